"""The part that a country has in its sentence, from the words before and behind it. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from newswatch.model import Evidence
from newswatch.understand import lexicon as lex
from newswatch.understand.gazetteer import Found, find_misspelt, find_terms
from newswatch.understand.namesakes import STATES, is_person, of_family
from newswatch.understand.passage import Passage
from newswatch.understand.terms import flat

BEFORE, BEHIND = 90, 60  # characters around a country that are looked at
NEAR = 4  # words
CITY_NEAR = 2
GENITIVE_NEAR = 3
GLUE = re.compile(
    r"(?:['’]s)?[\s,/&-]*(?:(?:and|or|y|e|et|ou|und|oder|и|й|та|і|i|dhe|și|ve|the|of|la|le|les|el|"
    r"los|du|de|del|da|do|both|as well as|also|from|l['’]|republic)(?:\s+|(?<=['’])))*",
    re.IGNORECASE,
)
LONGEST_GLUE = 24  # characters
CLAUSE_END = re.compile(r"[.!?;:\n]\s|\s[–—]\s|[(]")
FIELD = re.compile(
    r"mission|office|presence|cent(?:re|er)|programme|project|co-?ordinator|delegation|represent|"
    r"bureau|miss|misi|mandate|operation|liaison|country|ambassad|united nations|kosovo|ukraine",
    re.IGNORECASE,
)
NO_FIELD = re.compile(
    r"to the (?:UN|United Nations|OSCE|African Union|AU|Council of Europe|OECD|WTO|International)\b|"
    r"International Organi[sz]ations|High Commissioner|Permanent (?:Mission|Representation|Delegation)",
    re.IGNORECASE,
)
ACRONYMS = {
    "BINUH": "HT", "MINUSTAH": "HT", "MINUJUSTH": "HT", "UNAMI": "IQ", "UNITAD": "IQ",
    "MINUSCA": "CF", "MONUSCO": "CD", "MONUC": "CD", "UNMISS": "SS", "UNAMA": "AF",
    "UNSMIL": "LY", "UNMIK": "XK", "OMIK": "XK", "EULEX": "XK", "KFOR": "XK", "UNITAMS": "SD",
    "UNAMID": "SD", "UNMIT": "TL", "UNTAET": "TL", "UNMIL": "LR", "UNOCI": "CI", "ONUCI": "CI",
    "MINUSMA": "ML", "UNFICYP": "CY", "UNIFIL": "LB", "UNDOF": "SY", "UNSOM": "SO", "ATMIS": "SO",
    "AMISOM": "SO", "UNTMIS": "SO", "UNMHA": "YE", "MENUB": "BI", "BNUB": "BI", "MINURSO": "EH",
    "UNMIN": "NP", "SMM": "UA", "UNIPSIL": "SL", "UNISFA": "SD", "EUFOR": "BA", "EUMM": "GE",
    "SAMIM": "MZ", "UNIOGBIS": "GW", "MAPP": "CO", "MACCIH": "HN",
}  # fmt: skip
# "Dr Awa Ndiaye of Mauritius", "Maria Silva of Portugal"; not "the Central Bank of …".
OF_PERSON = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Sir|Dame|Justice|Judge|Ambassador|Prof|Professor|Hon|Senator|Excellency)\b"
    r"[^.,;:()]{0,40}|(?:^|[^.]\s)[A-Z][^\W\d_]+ (?!Government|Parliament|Republic|Bank|Court|Council|"
    r"Assembl|Commission|Committee|Union|Congress|Office|Universit|Minist|Republi|Chamber|House|Police|"
    r"President|Federation|Kingdom|Institut|People|Speaker|State|Societ|Agency|Elect|Mission|Authorit)"
    r"[A-Z][^\W\d_]+(?:-[A-Z][^\W\d_]+)?) of (?:the )?$"
)
EUROPEAN_ELECTION = re.compile(
    r"\b(?:European (?:Parliament|Parliamentary)? ?(?:elections?|polls?|vote)|"
    r"elections? (?:to|of|for) the European Parliament|EP elections?|élections? européennes?|"
    r"élections? (?:au|du) Parlement européen|elecciones (?:europeas|al Parlamento Europeo)|"
    r"eleições (?:europeias|para o Parlamento Europeu)|Europawahl\w*|"
    r"Wahl\w* zum Europäischen Parlament|"
    r"выбор\w* в Европ\w+ парламент\w*|выбор\w* в Европарламент\w*|вибор\w* до Європ\w+ парламент\w*)",
    re.IGNORECASE,
)


class Part(Enum):
    """What a country does in its sentence."""

    ASIDE = auto()  # who somebody is, who paid, where somebody is from, what is compared
    VENUE = auto()  # where people meet: a city behind "in", or one that hosts
    MATTER = auto()
    ELECTION = auto()  # the matter, beside a word for voting or for a mission


@dataclass(frozen=True, slots=True)
class Spot:
    """A country named at a place. `is_actor`: it opens the sentence, so that it does something."""

    code: str
    kind: str
    passage: Passage
    start: int
    end: int
    part: Part
    is_actor: bool = False

    @property
    def in_dateline(self) -> bool:
        return self.end <= self.passage.dateline

    def evidence(self, field: str, sure: float) -> Evidence:
        return self.passage.evidence(field, self.code, self.start, self.end, sure)


@dataclass(frozen=True, slots=True)
class Around:
    """The words around one country or a list of them, nearest first on both sides."""

    before: list[str]
    behind: list[str]
    start: int
    opens: bool  # nothing stands before it in its sentence

    @property
    def preposition(self) -> str:
        return next((word for word in self.before if word not in lex.ARTICLES), "")

    @property
    def governing(self) -> list[str]:
        """What stands before the preposition."""
        word = self.preposition
        return self.before[self.before.index(word) + 1 :] if word else []


def european(passage: Passage) -> Spot | None:
    """Elections to the European Parliament are about the Union as a whole."""
    found = EUROPEAN_ELECTION.search(passage.text)
    if not found:
        return None
    return Spot("EU", "name", passage, found.start(), found.end(), Part.ELECTION)


def posts_of(post: Passage) -> Iterator[Spot]:
    """The countries of a field mission or institution: "OSCE Mission to Skopje (closed)"."""
    if NO_FIELD.search(post.text):
        return
    for found in re.finditer(r"\b[A-Z]{3,}\b", post.text):
        if found[0] in ACRONYMS:
            yield Spot(ACRONYMS[found[0]], "name", post, *found.span(), Part.MATTER)
    if FIELD.search(post.text):
        for term in find_terms(post.text):
            if term.kind != "people":
                yield Spot(term.code, term.kind, post, term.start, term.end, Part.MATTER)


def spots(passage: Passage, whole: str) -> list[Spot]:
    """The countries that a passage names; `whole` is the release, which tells namesakes apart."""
    terms = [term for term in find_terms(passage.text) if not is_person(passage.text, term, whole)]
    found: list[Spot] = []
    for group in grouped(passage, terms):
        around = surroundings(passage, group)
        if not is_language(around, group):
            found += (spot(passage, term, around, whole) for term in group)
    return found


def spot(passage: Passage, term: Found, around: Around, whole: str) -> Spot:
    code = of_family(passage.text, term, whole)
    # a state of the federation is a place of its country, not its name
    kind = term.kind if (term.code, code) not in STATES else "place"
    part = Part.MATTER if term.end <= passage.dateline else part_of(passage, term, around)
    is_actor = around.opens and kind == "name" and part is not Part.ASIDE
    return Spot(code, kind, passage, term.start, term.end, part, is_actor)


def misspelt(passage: Passage) -> list[Spot]:
    """Countries whose name is one letter off: "Azerbaijian". A last resort."""
    return [
        Spot(term.code, term.kind, passage, term.start, term.end, Part.MATTER)
        for term in find_misspelt(passage.text)
    ]


def grouped(passage: Passage, terms: list[Found]) -> list[list[Found]]:
    """Countries that only commas and conjunctions part have one part in the sentence."""
    groups: list[list[Found]] = []
    for term in terms:
        last = groups[-1][-1] if groups else None
        if last and is_list(passage, last, term):
            groups[-1].append(term)
        else:
            groups.append([term])
    return groups


def is_list(passage: Passage, last: Found, term: Found) -> bool:
    gap = passage.text[last.end : term.start]
    return (
        len(gap) <= LONGEST_GLUE
        and (last.kind == "people") == (term.kind == "people")
        and last.end > passage.dateline
        and GLUE.fullmatch(gap) is not None
    )


def surroundings(passage: Passage, group: list[Found]) -> Around:
    first, last = group[0].start, group[-1].end
    left = passage.text[max(passage.dateline, first - BEFORE) : first]
    cut = max((end.end() for end in CLAUSE_END.finditer(left)), default=0)
    behind = passage.text[last : last + BEHIND]
    end = CLAUSE_END.search(behind)
    before = flat(left[cut:]).split()[::-1]
    opens = not [word for word in before if word not in lex.ARTICLES] and (
        cut > 0 or first - BEFORE <= passage.dateline
    )
    words = flat(behind[: end.start() + 1] if end else behind).split()
    return Around(before, words, first, opens)


def is_language(around: Around, group: list[Found]) -> bool:
    """ "available in Albanian and Serbian": an adjective without a noun, behind "in"."""
    if group[0].kind != "people":
        return False
    if any(word in lex.LANGUAGES for word in around.behind[:2]):
        return True
    has_noun = bool(around.behind) and around.behind[0] not in lex.AFTER_LANGUAGE
    before = around.before[0] if around.before else ""
    is_listed = len(group) > 1 and before in lex.IN_LANGUAGES
    return is_listed or (not has_noun and before in lex.INTO_LANGUAGE)


def in_brackets(passage: Passage, term: Found) -> bool:
    """ "(Switzerland, ALDE)": where a person comes from."""
    return passage.text[term.start - 1 : term.start] == "("


def part_of(passage: Passage, term: Found, around: Around) -> Part:
    if in_brackets(passage, term) or is_aside(passage, term, around):
        return Part.ASIDE
    is_city = term.kind in ("capital", "place")
    if is_city and lex.HOSTS.any_in(around.behind[:1]):
        return Part.VENUE
    if is_elected(around, CITY_NEAR if is_city else NEAR):
        return Part.ELECTION
    return Part.VENUE if is_city and around.preposition in lex.IN else Part.MATTER


def is_elected(around: Around, near: int) -> bool:
    """ "Serbian local elections", "elections in Serbia", "mission to Serbia"."""
    if lex.ELECTION.any_in(around.behind[:near]):
        return True
    words = around.governing[: NEAR + 1]
    if around.preposition not in lex.PLACE or lex.GOING.any_in(words[:2]):
        return False
    return lex.ELECTION.any_in(words) or lex.MISSION.any_in(words)


def is_aside(passage: Passage, term: Found, around: Around) -> bool:
    if term.kind == "people":
        return is_somebody(around)
    if is_possessor_of_office(around) or is_giver(around):
        return True
    near = around.before[: NEAR + 3]
    if is_genitive(passage, term, around):
        return True
    if lex.A.any_in(around.before[:1]) and passage.where == "text":  # "un Suisse"
        return True
    if around.preposition in lex.OF and is_of_somebody(passage, around, near):
        return True
    if around.preposition == "with" and passage.where == "text":
        return True
    is_range = around.preposition == "to" and "from" in near  # "from Andorra to Uzbekistan"
    return is_range or is_elsewhere(around, near)


def is_somebody(around: Around) -> bool:
    """ "a retired Zambian general", "un ministre burundais", "German-funded"."""
    before = around.before[:2]
    if lex.MEETING.any_in(before):
        return False
    if is_giver(around) or lex.GIVING.any_in(around.behind[:NEAR]) or lex.INTERNAL.any_in(around.before[:3]):
        return True
    if any(word in lex.PERSONS for word in before[:1]) or lex.FORMER.any_in(before):
        return True
    return leads_to_person(around.behind) or is_doer(around) or is_a_national(around)


def is_a_national(around: Around) -> bool:
    """ "led by a Dane", "une Belge et un Suisse": a national without a noun."""
    is_alone = not around.behind or around.behind[0] in lex.AFTER_LANGUAGE
    return is_alone and lex.A.any_in(around.before[:1])


def is_doer(around: Around) -> bool:
    first = around.behind[0] if around.behind else ""
    return first in lex.LEADERSHIP or first in lex.GIVING


def leads_to_person(words: list[str]) -> bool:
    """ "prime minister", "retired judge"; "general elections" and "national assembly" are none."""
    for place, word in enumerate(words[:NEAR]):
        if word in lex.PERSONS:
            return not lex.ELECTION.any_in(words[place + 1 : place + 2])
        if word not in lex.BEFORE_PERSONS:
            return False
    return False


def is_possessor_of_office(around: Around) -> bool:
    """ "Zambia's Minister of Foreign Affairs"."""
    return around.behind[:1] == ["s"] and leads_to_person(around.behind[1:])


def is_genitive(passage: Passage, term: Found, around: Around) -> bool:
    """ "депутат парламента Польши", "ambasade Švedske": a case stands for the preposition."""
    if around.preposition in lex.PLACE or around.preposition in lex.OF:
        return False
    if not is_cyrillic(passage, term):
        return lex.GENITIVES.any_in(around.before[:1])
    words = around.before[:GENITIVE_NEAR]
    return any(kind.any_in(words) for kind in (lex.OFFICES_OF, lex.GIFTS, lex.PERSONS))


def is_cyrillic(passage: Passage, term: Found) -> bool:
    return "\u0400" <= passage.text[term.start] <= "\u04ff"


def is_giver(around: Around) -> bool:
    """ "Norway paid for the scanners", "with the support of Norway"."""
    behind = around.behind[1:3] if around.behind[:1] == ["has"] else around.behind[:1]
    if lex.GIVING.any_in(behind):
        return True
    return around.preposition in lex.OF and lex.GIFTS.any_in(around.before[:NEAR])


def is_of_somebody(passage: Passage, around: Around, near: list[str]) -> bool:
    """ "led by a former minister of Togo", "observers from Nepal", "embassy of Nepal"."""
    if lex.OFFICES_OF.any_in(near[:NEAR]) or lex.LEADERSHIP.any_in(around.before[:9]):
        return True
    if passage.where == "text" and OF_PERSON.search(passage.text[max(0, around.start - BEFORE) : around.start]):
        return True
    if lex.FORMER.any_in(near) and lex.STATE_HEADS.any_in(near):
        return True
    if around.preposition not in lex.FROM or lex.RETURNING.any_in(near):
        return False
    return passage.where != "title" or lex.VISITORS.any_in(near)


def is_elsewhere(around: Around, near: list[str]) -> bool:
    """ "citizens living in Greece", "places such as Nepal", "the border with China"."""
    if lex.LIKENESS.any_in(around.before[:2]) or lex.BORDER.any_in(near[:3]):
        return True
    if lex.INTERNAL.any_in(near[:3]):
        return True
    return lex.ELSEWHERE.any_in(near) or lex.CAREER.any_in(around.before)
