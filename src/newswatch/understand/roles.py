"""Which countries a release is about, and which it only names. Pure.

A release is about the countries of its headline and of the field mission that it comes from; where
those name none, about the countries that its first telling sentence names; last, about the city of
its dateline. Headquarters, nationals in office, donors and home countries of observers are named
only.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from newswatch.model import Evidence
from newswatch.understand.gazetteer import Found, find_terms
from newswatch.understand.passage import Passage

# Capitals where the bodies that observe elections sit: a dateline there says nothing.
SEATS = frozenset(["PL", "AT", "DK", "BE", "FR", "US", "GB", "ET", "CH", "FI", "NG", "BW"])
OFFICES = frozenset(
    [
        "ambassador",
        "ambassadors",
        "embassy",
        "diplomat",
        "diplomats",
        "minister",
        "ministers",
        "mep",
        "meps",
        "member",
        "senator",
        "judge",
        "politician",
        "chairperson",
        "chairman",
        "chairmanship",
        "chair",
        "envoy",
        "national",
        "nationals",
        "citizen",
        "mp",
        "parliamentarian",
        "lawyer",
        "professor",
        "general",
        "governor",
        "excanciller",
        "ministro",
        "ministra",
        "embajador",
        "embajada",
        "ambassadeur",
        "ambassade",
        "ministre",
        "député",
        "députée",
        "diplomate",
        "deputy",
        "academic",
        "colonel",
        "foreign",
        "funding",
        "donors",
        "donor",
        "botschafter",
        "minister",
        "abgeordneter",
        "abgeordnete",
    ]
)
BEFORE_OFFICES = frozenset(("prime", "former", "ex", "foreign", "vice"))
ASIDE_BEFORE = frozenset(
    [
        "ambassador",
        "ambassadors",
        "embassy",
        "embassies",
        "minister",
        "ministers",
        "diplomat",
        "diplomats",
        "national",
        "nationals",
        "senator",
        "native",
        "citizens",
        "neighbouring",
        "neighboring",
        "donors",
        "funded",
        "chaired",
        "alongside",
        "like",
        "excanciller",
        "embajador",
        "embajada",
        "ministro",
        "ministra",
        "ambassadeur",
        "ambassade",
        "ministre",
        "originaire",
        "посол",
        "посольство",
        "посольства",
    ]
)
LISTED_FROM = frozenset(("from", "including", "e.g", "namely"))
# Names that are also first names or family names.
PERSONAL = frozenset(
    [
        "georgia",
        "jordan",
        "chad",
        "israel",
        "holland",
        "ireland",
        "england",
        "london",
        "paris",
        "sofia",
        "france",
        "victoria",
        "lima",
        "santos",
        "kenya",
        "germany",
        "wales",
    ]
)
PREPOSITIONS = frozenset(
    [
        "in",
        "to",
        "of",
        "for",
        "from",
        "with",
        "between",
        "and",
        "at",
        "across",
        "on",
        "by",
        "into",
        "about",
        "over",
        "the",
        "through",
        "within",
        "towards",
        "under",
        "after",
        "before",
        "during",
        "against",
    ]
)
STATE_OF_GEORGIA = re.compile(
    r"\b(?:county|counties|Fulton|Savannah|state's|state’s|State of Georgia|U\.?S\.? state|governor|"
    r"gubernatorial|secretary of state|runoff)\b",
    re.IGNORECASE,
)
COUNTRY_OF_GEORGIA = re.compile(r"\bTbilisi|\bGeorgian|\bCaucasus|\bBatumi|\bOSCE\b|\bODIHR\b")
EUROPEAN_ELECTION = re.compile(
    r"\b(?:European (?:Parliament|Parliamentary)? ?elections?|elections? (?:to|of|for) the European "
    r"Parliament|élections? européennes?|elecciones europeas|eleições europeias|Europawahl\w*|"
    r"выбор\w* в Европ\w+ парламент\w*)",
    re.IGNORECASE,
)
NO_PLACES = {  # the words after which a term names no country, and those before which
    "minsk": (frozenset(), frozenset(("group", "agreements", "agreement", "protocol"))),
    "american": (frozenset(("latin", "inter", "pan", "south", "north", "central")), frozenset(("states",))),
    "moscow": (frozenset(), frozenset(("mechanism",))),
    "vienna": (frozenset(), frozenset(("document", "convention"))),
    "copenhagen": (frozenset(), frozenset(("document", "commitments"))),
    "paris": (frozenset(("of",)), frozenset(("charter", "club", "agreement"))),
    "helsinki": (frozenset(), frozenset(("final", "commission", "committee"))),
    "macedonia": (frozenset(("central", "eastern", "western")), frozenset(("region",))),
    "mexico": (frozenset(("new",)), frozenset()),
    "indian": (frozenset(), frozenset(("ocean",))),
    "german": (frozenset(), frozenset(("marshall",))),
    "dutch": (frozenset(), frozenset(("disease",))),
    "washington": (frozenset(("state", "of")), frozenset(("post",))),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spot:
    """A country named at a place. `is_aside`: a person's or a donor's country, not the matter's."""

    code: str
    kind: str
    passage: Passage
    start: int
    end: int
    is_aside: bool

    @property
    def in_dateline(self) -> bool:
        return self.end <= self.passage.dateline

    def evidence(self, field: str, sure: float) -> Evidence:
        return self.passage.evidence(field, self.code, self.start, self.end, sure)


@dataclass(frozen=True, slots=True)
class Roles:
    """Codes in the order of their first evidence."""

    subjects: tuple[str, ...]
    mentioned: tuple[str, ...]
    evidence: tuple[Evidence, ...]


def read_roles(title: Passage, text: Passage, institutions: Sequence[Passage]) -> Roles:
    """The countries of a release with their roles, and the words that say so."""
    titled = list(spots(title, text))
    told = list(spots(text, title))
    posts = [spot for post in institutions for spot in spots(post, title)]
    chosen, sure = choose(title, text, titled, told, posts)
    subjects = tuple(dict.fromkeys(spot.code for spot in chosen))
    others = [s for s in (*titled, *told) if s.code not in subjects and s.code != "EU"]
    mentioned = tuple(dict.fromkeys(spot.code for spot in others))
    return Roles(
        subjects,
        mentioned,
        tuple(
            [spot.evidence("country", sure) for spot in firsts(chosen)]
            + [spot.evidence("mentioned", 0.8) for spot in firsts(others)]
        ),
    )


def firsts(found: Sequence[Spot]) -> list[Spot]:
    return list({spot.code: spot for spot in reversed(found)}.values())[::-1]


def choose(
    title: Passage, text: Passage, titled: list[Spot], told: list[Spot], posts: list[Spot]
) -> tuple[list[Spot], float]:
    """The spots that say what the release is about, and how sure that is."""
    union = european(title, text)
    heads = [spot for spot in titled if not spot.is_aside]
    if heads or posts:
        return heads + posts + ([] if heads else union), 0.95
    if union:
        return union, 0.9
    matter = [spot for spot in told if not spot.is_aside and not spot.in_dateline]
    if matter:
        return first_sentence(text, matter), 0.8
    city = [spot for spot in told if spot.in_dateline and spot.code not in SEATS]
    return city, 0.6


def first_sentence(text: Passage, matter: list[Spot]) -> list[Spot]:
    """The spots of the first sentence that names a country by its name, else that names one."""
    for kinds in (("name",), ("name", "capital", "people")):
        for start, end in text.sentences():
            here = [s for s in matter if start <= s.start < end and s.kind in kinds]
            if here:
                return here
    return matter


def european(title: Passage, text: Passage) -> list[Spot]:
    """Elections to the European Parliament are about the Union as a whole."""
    for passage in (title, text):
        found = EUROPEAN_ELECTION.search(passage.text)
        if found:
            return [Spot("EU", "name", passage, found.start(), found.end(), False)]
    return []


def spots(passage: Passage, other: Passage) -> Iterator[Spot]:
    for found in find_terms(passage.text, passage.words):
        if names_no_place(passage, found) or is_person(passage, found):
            continue
        start, end = passage.words[found.first].start, passage.words[found.last - 1].end
        code = found.term.code
        if code == "GE" and is_the_state(passage.text + "\n" + other.text):
            code = "US"
        if code == "CG" and "kinshasa" in (passage.text + other.text).lower():
            code = "CD"
        yield Spot(code, found.term.kind, passage, start, end, is_aside(passage, found))


def word(passage: Passage, place: int) -> str:
    return passage.words[place].word if 0 <= place < len(passage.words) else ""


def names_no_place(passage: Passage, found: Found) -> bool:
    """ "Minsk Group", "Organization of American States", and languages."""
    first = word(passage, found.first)
    before, after = NO_PLACES.get(first, (frozenset(), frozenset()))
    if word(passage, found.first - 1) in before or word(passage, found.last) in after:
        return True
    if first in ("us", "uk", "usa") and not is_upper(passage, found):
        return True
    return found.term.kind == "people" and is_language(passage, found)


def is_upper(passage: Passage, found: Found) -> bool:
    token = passage.words[found.first]
    return passage.text[token.start : token.end].isupper()


def is_language(passage: Passage, found: Found) -> bool:
    before = {word(passage, found.first - step) for step in (1, 2, 3)}
    after = {word(passage, found.last + step) for step in (0, 1, 2)}
    return bool(
        before & {"into", "english", "romani"}
        or after & {"language", "languages", "romani", "speaking", "translation", "version"}
        or word(passage, found.first - 1) == "in"
    )


def is_person(passage: Passage, found: Found) -> bool:
    """ "Georgia Katsaros", "Irene Holland": a name beside another word with a capital."""
    if found.last - found.first > 1 or word(passage, found.first) not in PERSONAL:
        return False
    if is_upper(passage, found) or passage.where == "institutions":
        return False
    before, after = neighbour(passage, found.first - 1), neighbour(passage, found.last)
    is_first_name = is_name(after, passage, found.last) and (
        word(passage, found.first - 1) not in PREPOSITIONS
    )
    is_family_name = (
        is_name(before, passage, found.first - 1) and before.lower() not in PREPOSITIONS
    )
    joined = passage.text[passage.words[found.first].start - 1 :][:1] == " "
    if passage.where == "title":  # headlines write every word with a capital
        return False
    return is_first_name or (is_family_name and joined)


def neighbour(passage: Passage, place: int) -> str:
    if not 0 <= place < len(passage.words):
        return ""
    token = passage.words[place]
    return passage.text[token.start : token.end]


def is_name(written: str, passage: Passage, place: int) -> bool:
    """A word with a capital that only a space parts from the other."""
    if not (written[:1].isupper() and written[1:].islower() and len(written) > 2):
        return False
    token = passage.words[place]
    left, right = (
        passage.text[token.start - 1 : token.start],
        passage.text[token.end : token.end + 1],
    )
    return left in (" ", "") or right == " "


def is_the_state(text: str) -> bool:
    """Georgia, the state: its counties and governors are told of, and nothing of the country."""
    return bool(STATE_OF_GEORGIA.search(text)) and not COUNTRY_OF_GEORGIA.search(text)


def is_aside(passage: Passage, found: Found) -> bool:
    """Whether the term tells of a person, a donor or a home country instead of the matter."""
    if passage.where == "institutions":
        return False
    after = [word(passage, found.last + step) for step in range(3)]
    before = [word(passage, found.first - step) for step in range(1, 5)]
    if found.term.kind == "people":
        return after[0] in OFFICES or (after[0] in BEFORE_OFFICES) or is_office_of(before)
    if after[0] == "s" and (after[1] in OFFICES | BEFORE_OFFICES):
        return True
    return in_brackets(passage, found) or is_office_of(before) or is_listed(passage, found)


def is_office_of(before: list[str]) -> bool:
    """ "ambassador of the Republic of …", "embajada de …"."""
    return bool(set(before[:3]) & ASIDE_BEFORE) or (
        "former" in before and bool(set(before) & {"president", "minister"})
    )


def in_brackets(passage: Passage, found: Found) -> bool:
    """ "(Switzerland, ALDE)": where a person comes from."""
    start = passage.words[found.first].start
    return passage.text[start - 1 : start] == "("


def is_listed(passage: Passage, found: Found) -> bool:
    """ "most of them from Indonesia, Nepal and the Philippines", "such as Liberia and Nepal"."""
    start = passage.words[found.first].start
    sentence = re.split(r"[.;!?]\s", passage.text[max(0, start - 120) : start])[-1]
    return bool(
        re.search(
            r"(?:\bfrom|\bsuch as|\bincluding|\bin places such as|\bunder the guidance of|"
            r"\bsupport of|\bfunded by|\bdonated by|\bprocedentes? de|\bvenus? de|\baus)"
            r"(?: the| la| le| los| l’| l')?(?:\s[A-Z][\w'’-]*,?| and| the| y| et| und|,)*\s?$",
            sentence,
        )
    )
