"""Countries that share their name: with each other, with states of other countries, with people. Pure."""

import re
from functools import lru_cache

from newswatch.understand.gazetteer import Found

# Names that are also first names or family names.
FIRST_NAMES = frozenset([
    "asuncion", "austin", "chad", "chile", "cuba", "dallas", "darwin", "dominica", "england",
    "florence", "france", "georgia", "germany", "guadalupe", "holland", "houston", "india",
    "ireland", "israel", "jackson", "jersey", "jordan", "kenya", "kingston", "lima", "lincoln",
    "london", "lourdes", "malta", "milan", "paris", "perth", "salvador", "santiago", "savannah",
    "scotland", "sofia", "sydney", "trinidad", "victoria", "virginia", "wales",
])  # fmt: skip
LONGEST_SMALL_WORD = 3  # letters: "for", "the"
PLACED = re.compile(
    r"\b(?:in|to|at|across|into|throughout|within|towards|visits?|near|en|à|em)\s*$",
    re.IGNORECASE,
)
# Behind the people's name where "to" and "in" stand before: "memorial to Roma victims".
ROMA = re.compile(
    r" (?:and Sinti|victims|people|communit|famil|women|children|girls|youth|issues|inclusion|rights|"
    r"settlement|population|minorit|genocide|voters|leaders|activist)"
)
# Nationals that are also names and ordinary words; an article tells.
ALSO_NAMES = frozenset(["Swede", "Dane", "Finn", "Pole", "Turk", "Scot"])
A = re.compile(r"\b(?:a|an|the|un|une|ein|another)\s$", re.IGNORECASE)
GIVEN_NAME = re.compile(r"(?:^|[\s(“\"])([A-ZÀ-Þ][a-zß-ÿ’'-]{2,}|[A-Z]\.)\s+$")
SURNAME = re.compile(
    r"\s+((?:(?:de|van|von|al|el|da|di|O['’]|Mc)\s?)?[A-ZÀ-Þ][^\W\d_]+(?:-[A-ZÀ-Þ][^\W\d_]+)?)"
)
# With a capital beside a country, and no name of a person.
NO_SURNAMES = re.compile(
    r"elect|vote[rs]?$|poll|mission|observ|parliament|presiden|referend|central|government|minist|"
    r"office|officials|embass|delegat|police|border|assembl|council|commission|committee|court|region|"
    r"republic|north|south|east|west|project|programme|countr|state|campaign|local|general|municipal|"
    r"(?:begin|start|open|hold|host|urge|call|launch|end|receive|send|report|reform|mark|face|ready|get|"
    r"go|head|prepare|adopt|agree|sign|join|take|give|need|conclude|welcome|set)(?:s|es|ed|ing)?$|"
    r"(?:must|should|will|after|before|ahead|during|amid|and|for|from|city|county|eom|runoff|early|snap|"
    r"final|interim|today|security|law|media|women|youth|civil|human|has|is|was|are|to|in|on|of|by|with|"
    r"as|at|parties|leaders|group|talks|process|conference|meeting|summit|session|office|team)$|"
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|monday|"
    r"tuesday|wednesday|thursday|friday|saturday|sunday)$",
    re.IGNORECASE,
)
NO_GIVEN_NAMES = re.compile(
    r"elect|vote|mission|observ|visit|republic|north|south|east|west|monitor|neighbo|(?:new|about|"
    r"across|after|against|before|during|since|until|while|when|where|why|how|from|with|into|over|under|"
    r"through|towards?|within|kingdom|state|support|help|this|that|both|all|only|today|leaving|urging|mr|"
    r"ms|greater|central|modern|rural|unlike|besides|outside|inside|across|for|and|the|like|saint|port|"
    r"january|february|march|april|june|july|august|september|october|november|december|monday|"
    r"tuesday|wednesday|thursday|friday|saturday|sunday|atlanta|tbilisi|amman|jerusalem)$",
    re.IGNORECASE,
)
# What headlines say of persons.
PERSONAL = re.compile(
    r"\b(?:named|names|joins|appointed|honou?red|awarded|dies|remembering|mourns?|remembers|succeeds|"
    r"to lead|to head|elected|promoted|retires|speaks|obituary|tribute)\b",
    re.IGNORECASE,
)
STATE_OF_GEORGIA = re.compile(
    r"\b(?:county|counties|Fulton|Savannah|Atlanta, (?:GA|Georgia)|the state['’]s|State of Georgia|"
    r"U\.?S\.? state|Georgia (?:colleges?|residents?|churches|farm\w*|schools?|town)|governor|gubernatorial|secretary of state|Peach State|Nevada|Arizona|"
    r"Pennsylvania|Michigan|Wisconsin|New Mexico|Alabama|Florida|state (?:legislat|senat|election)\w*)",
    re.IGNORECASE,
)
COUNTRY_OF_GEORGIA = re.compile(
    r"\b(?:Tbilisi|Georgians?\b|Caucasus|Batumi|Kutaisi|OSCE\b(?!/ODIHR limited)|Abkhaz|Ossetia|Zugdidi|EU\b|"
    r"Rustavi|Gori\b|CEC\b)"
)
US_STATES = re.compile(
    r"\b(?:Alabama|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Idaho|Illinois|"
    r"Indiana|Iowa|Kansas|Kentucky|Louisiana|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|"
    r"Missouri|Montana|Nebraska|Nevada|New (?:Hampshire|Jersey|Mexico|York)|North (?:Carolina|Dakota)|"
    r"Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South (?:Carolina|Dakota)|Tennessee|Texas|Utah|"
    r"Vermont|Virginia|Wisconsin|Wyoming)\b"
)
ATLANTA = re.compile(r"\b(?:Atlanta|Savannah|Athens|Augusta|Macon),\s*$", re.IGNORECASE)
NIGER_STATE = re.compile(
    r"\b(?:states|Kano|Kaduna|Rivers|Kogi|Kwara|Benue|Sokoto|Kebbi|Zamfara|Minna)\b"
)
NIGERIA = re.compile(r"\bNigerian?s?\b|\bAbuja\b|\bINEC\b")
KINSHASA = re.compile(
    r"kinshasa|\bDRC\b|\bRDC\b|democrati|démocrati|demokrat|демократич", re.IGNORECASE
)
REPUBLIC_OF_CONGO = re.compile(
    r"(?<!democratic )republic of (?:the )?congo|congo-brazza|^brazzaville",
    re.IGNORECASE | re.MULTILINE,
)
BRAZZAVILLE = re.compile(r"brazzaville|braza?ville|браззавил", re.IGNORECASE)
BISSAU = re.compile(r"bissau|bisáu|бисау|bissao", re.IGNORECASE)
MALABO = re.compile(r"equatorial guinea|malabo|guinée équatoriale|guinea ecuatorial", re.IGNORECASE)
CONAKRY = re.compile(r"conakr|republic of guinea|\bGuinea\b(?!-Bissau|n| Bissau)", re.IGNORECASE)
ROSEAU = re.compile(r"\bRoseau\b|\bDominica\b")
SANTO_DOMINGO = re.compile(
    r"santo domingo|dominican republic|república dominicana|dominicaine", re.IGNORECASE
)
CABO_DELGADO = re.compile(r"mozambi|moçambi|cabo delgado|\bTete\b|nampula", re.IGNORECASE)
ZANZIBAR = re.compile(r"zanzibar|unguja|tanzani", re.IGNORECASE)
APIA = re.compile(r"pago pago|american samoa", re.IGNORECASE)
# Code → written words it concerns, what must be in the release, what must not, the code it is then.
SIBLINGS = {
    "CG": [(re.compile("congo$", re.IGNORECASE), KINSHASA, REPUBLIC_OF_CONGO, "CD")],
    "CD": [(re.compile("congol", re.IGNORECASE), BRAZZAVILLE, KINSHASA, "CG")],
    "GN": [
        (re.compile("guin", re.IGNORECASE), BISSAU, CONAKRY, "GW"),
        (re.compile("guin", re.IGNORECASE), MALABO, CONAKRY, "GQ"),
    ],
    "DO": [(re.compile("dominican", re.IGNORECASE), ROSEAU, SANTO_DOMINGO, "DM")],
    "OM": [(re.compile("\\w*عم"), re.compile("الأردن|أردن"), re.compile("سلطنة|مسقط"), "JO")],
    "TZ": [(re.compile("pemba", re.IGNORECASE), CABO_DELGADO, ZANZIBAR, "MZ")],
    "WS": [(re.compile("samoan", re.IGNORECASE), APIA, re.compile(r"\bApia\b"), "AS")],
}


def of_family(text: str, term: Found, whole: str) -> Found:
    """A term whose name several countries or their states share, as the one that is meant.

    A state of a federation is a place of its country, not its name.
    """
    words = text[term.start : term.end]
    if term.code == "GE" and words.lower() == "georgia" and is_the_state(text, term, whole):
        return term._replace(code="US", kind="place")
    if term.code == "NE" and words == "Niger" and is_niger_state(text, term, whole):
        return term._replace(code="NG", kind="place")
    for written, sign, counter, code in SIBLINGS.get(term.code, ()):
        if written.match(words) and sign.search(whole) and not counter.search(whole):
            return term._replace(code=code)
    return term


def is_the_state(text: str, term: Found, whole: str) -> bool:
    """Georgia, the state: behind its cities, or where its counties are told of and Tbilisi is not."""
    if ATLANTA.search(text[: term.start]):
        return True
    if US_STATES.search(text[max(0, term.start - 40) : term.end + 40]):
        return True
    return tells_of_the_state(whole)


@lru_cache(maxsize=8)  # asked for again for each Georgia of a release
def tells_of_the_state(whole: str) -> bool:
    return bool(STATE_OF_GEORGIA.search(whole)) and not COUNTRY_OF_GEORGIA.search(whole)


def is_niger_state(text: str, term: Found, whole: str) -> bool:
    around = text[max(0, term.start - 40) : term.end + 30]
    return bool(NIGER_STATE.search(around)) and bool(NIGERIA.search(whole))


def is_person(where: str, text: str, term: Found, whole: str) -> bool:
    """ "Georgia Katsaros", "Irene Holland": a name beside another word with a capital."""
    words = text[term.start : term.end]
    is_name = words.lower() in FIRST_NAMES and not words.isupper()
    if not is_name and words != "Roma" and words not in ALSO_NAMES:
        return False
    left = text[max(0, term.start - 25) : term.start]
    if words in ALSO_NAMES:
        return not A.search(left)
    if words == "Roma":  # the people, unless a preposition of place makes it the city
        return not PLACED.search(left) or ROMA.match(text, term.end) is not None
    if is_first_name(where, text, term, whole):
        return True
    given = GIVEN_NAME.search(left) if where == "text" else None
    return given is not None and not NO_GIVEN_NAMES.match(given[1])


def has_capitals_throughout(headline: str) -> bool:
    """Whether a headline is written In Title Case."""
    words = [word for word in headline.split() if len(word) > LONGEST_SMALL_WORD]
    return 2 * sum(word[0].isupper() for word in words) > len(words)


def is_first_name(where: str, text: str, term: Found, whole: str) -> bool:
    """In a headline every word has a capital: there the surname comes again, or a verb says so."""
    follows = SURNAME.match(text, term.end)
    if not follows or NO_SURNAMES.match(follows[1]):
        return False
    if len(re.findall(rf"\b{re.escape(follows[1])}\b", whole)) > 1:
        return True
    if where == "title" and has_capitals_throughout(text):
        return PERSONAL.search(text) is not None
    return not PLACED.search(text[max(0, term.start - 25) : term.start])
