"""The part that a country has in its sentence, told from the words around it. Pure."""

import re
from enum import Enum, auto
from typing import NamedTuple

from newswatch.understand import lexicon as lex
from newswatch.understand.gazetteer import Found
from newswatch.understand.passage import Passage

BEFORE = 90  # characters before a country that are looked at
NEAR, FAR, FARTHEST = 4, 7, 9  # words
CITY_NEAR = 2
NEAR_VERB = 3
GENITIVE_NEAR = 3
# "Dr Awa Ndiaye of Mauritius", "Maria Silva of Portugal"; not "the Central Bank of …".
OF_PERSON = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Sir|Dame|Justice|Judge|Ambassador|Prof|Professor|Hon|Senator|Excellency)\b"
    r"[^.,;:()]{0,40}|(?:^|[^.]\s)[A-Z][^\W\d_]+ (?!Government|Parliament|Republic|Bank|Court|Council|"
    r"Assembl|Commission|Committee|Union|Congress|Office|Universit|Minist|Republi|Chamber|House|Police|"
    r"President|Federation|Kingdom|Institut|People|Speaker|State|Societ|Agency|Elect|Mission|Authorit)"
    r"[A-Z][^\W\d_]+(?:-[A-Z][^\W\d_]+)?) of (?:the )?$"
)
# In a headline only of whom a body chooses: "Secretary-General appoints Maria Silva of Portugal".
APPOINTS = re.compile(r"\b(?:appoint|nominat|designat)\w*|\bnames\b", re.IGNORECASE)


class Part(Enum):
    """What a country does in its sentence."""

    ASIDE = auto()  # who somebody is, who paid, where somebody is from, what is compared
    VENUE = auto()  # where people meet: a city behind "in", or one that hosts
    MATTER = auto()
    ELECTION = auto()  # the matter, beside a word for voting or for a mission


class Around(NamedTuple):
    """The words around one country or a list of them, as their classes, nearest first on both sides.

    `place` is where in `before` the preposition stands: the first word that is no article. `start` is
    where the countries begin in their passage; `opens` says that nothing stands before them in their
    sentence.
    """

    before: list[int]
    behind: list[int]
    place: int
    start: int
    opens: bool

    @property
    def preposition(self) -> int:
        return self.before[self.place] if self.place < len(self.before) else 0

    @property
    def governing(self) -> list[int]:
        """What stands before the preposition."""
        return self.before[self.place + 1 :]


def part_of(passage: Passage, term: Found, around: Around) -> Part:
    if in_brackets(passage, term) or is_aside(passage, term, around):
        return Part.ASIDE
    is_city = term.kind in ("capital", "place")
    if is_city and lex.has(around.behind[:1], lex.HOSTS):
        return Part.VENUE
    if is_elected(around, is_city):
        return Part.ELECTION
    return Part.VENUE if is_city and around.preposition & lex.IN else Part.MATTER


def in_brackets(passage: Passage, term: Found) -> bool:
    """ "(Switzerland, ALDE)": where a person comes from."""
    return passage.text[term.start - 1 : term.start] == "("


def is_elected(around: Around, is_city: bool) -> bool:
    """ "Serbian local elections", "elections in Serbia", "mission to Serbia"; "visit to Oslo" is not."""
    if lex.has(around.behind[: CITY_NEAR if is_city else NEAR], lex.ELECTION):
        return True
    words = around.governing[: NEAR + 1]
    if not around.preposition & lex.PLACE or lex.has(words[:2], lex.GOING):
        return False
    return lex.has(words, lex.ELECTION if is_city else lex.ELECTION | lex.MISSION)


def is_aside(passage: Passage, term: Found, around: Around) -> bool:
    if term.kind == "people":
        return is_somebody(around)
    if is_possessor_of_office(around) or is_giver(around) or is_genitive(passage, term, around):
        return True
    if lex.has(around.before[:1], lex.FORMER) and leads_to_person(around.behind):
        return True  # "led by former Botswana minister"
    if around.preposition & lex.OF and is_of_somebody(passage, around):
        return True
    return is_elsewhere(around) or (passage.where == "text" and is_by_the_way(around))


def is_by_the_way(around: Around) -> bool:
    """ "un Suisse", "talks with Georgia": in a headline these are the matter."""
    return lex.has(around.before[:1], lex.A) or bool(around.preposition & lex.WITH)


def is_somebody(around: Around) -> bool:
    """ "a retired Zambian general", "un ministre burundais", "German-funded"."""
    before = around.before
    if lex.has(before[:2], lex.MEETING):
        return False
    if is_giver(around) or lex.has(around.behind[:NEAR_VERB], lex.GIVING):
        return True
    if lex.has(before[:1], lex.PERSONS) or lex.has(before[:2], lex.FORMER):
        return True
    if lex.has(before[:1], lex.STATES) and lex.has(before[:3], lex.CHIEFS):
        return True
    if lex.has(before[:3], lex.INTERNAL) or lex.has(around.behind[:1], lex.LEADERSHIP):
        return True
    return leads_to_person(around.behind) or is_a_national(around)


def is_a_national(around: Around) -> bool:
    """ "led by a Dane", "une Belge et un Suisse": a national without a noun."""
    is_alone = not around.behind or around.behind[0] & (lex.AFTER_LANGUAGE | lex.DESIGNATED)
    return bool(is_alone) and lex.has(around.before[:1], lex.A)


def leads_to_person(words: list[int]) -> bool:
    """ "prime minister", "retired judge"; "general elections" and "national assembly" are none."""
    for place, word in enumerate(words[:NEAR]):
        if word & lex.PERSONS:
            after = words[place + 1 : place + 2]
            return lex.has(after, lex.ELECTED) or not lex.has(after, lex.ELECTION | lex.MISSION)
        if not word & lex.BEFORE_PERSONS:
            return False
    return False


def is_possessor_of_office(around: Around) -> bool:
    """ "Zambia's Minister of Foreign Affairs"."""
    is_possessor = lex.has(around.behind[:1], lex.POSSESSIVE)
    return is_possessor and leads_to_person(around.behind[1:])


def is_genitive(passage: Passage, term: Found, around: Around) -> bool:
    """ "депутат парламента Польши", "ambasade Švedske": a case stands for the preposition."""
    if around.preposition & (lex.PLACE | lex.OF):
        return False
    if not "\u0400" <= passage.text[term.start] <= "\u04ff":
        return lex.has(around.before[:1], lex.GENITIVES)
    near = around.before[:GENITIVE_NEAR]
    is_vote = lex.has(near, lex.ELECTION)  # "вибори Президента України"
    return not is_vote and lex.has(near, lex.OFFICES_OF | lex.GIFTS | lex.PERSONS)


def is_giver(around: Around) -> bool:
    """ "Norway paid for the scanners", "with the support of Norway"."""
    skipped = 1 if lex.has(around.behind[:1], lex.HAS) else 0
    if lex.has(around.behind[skipped : skipped + 1], lex.GIVING):
        return True
    return bool(around.preposition & lex.OF) and lex.has(around.before[:NEAR], lex.GIFTS)


def is_of_somebody(passage: Passage, around: Around) -> bool:
    """ "led by a former minister of Togo", "observers from Nepal", "embassy of Nepal"."""
    near = around.before[:FAR]
    if lex.has(near[:NEAR], lex.OFFICES_OF) or lex.has(around.before[:FARTHEST], lex.LEADERSHIP):
        return True
    if lex.has(near, lex.FORMER) and lex.has(near, lex.STATE_HEADS):
        return True
    if around.preposition & lex.FROM and not lex.has(near, lex.RETURNING):
        return passage.where != "title" or lex.has(near, lex.VISITORS)
    left = passage.text[max(0, around.start - BEFORE) : around.start]
    is_told = passage.where == "text" or APPOINTS.search(left) is not None
    return is_told and OF_PERSON.search(left) is not None


def is_elsewhere(around: Around) -> bool:
    """ "citizens living in Greece", "places such as Nepal", "the border with China"."""
    near = around.before[:FAR]
    if lex.has(near[:2], lex.LIKENESS) or lex.has(near[:3], lex.BORDER | lex.INTERNAL):
        return True
    if lex.has(near[:1], lex.NOT) or (
        around.preposition and lex.has(around.governing[:1], lex.NOT)
    ):
        return True
    if around.preposition & lex.TO and lex.has(near, lex.FROM):  # "from Andorra to Uzbekistan"
        return True
    return lex.has(near, lex.ELSEWHERE) or lex.has(around.before, lex.CAREER)
