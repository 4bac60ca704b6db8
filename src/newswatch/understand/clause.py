"""The part that a country has in its sentence, from the words before and behind it. Pure."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from newswatch.model import Evidence
from newswatch.understand import lexicon as lex
from newswatch.understand.gazetteer import Found, find_misspelt, find_terms, terms_in
from newswatch.understand.namesakes import is_person, of_family
from newswatch.understand.parts import BEFORE, Around, Part, part_of
from newswatch.understand.passage import Passage
from newswatch.understand.terms import flat

BEHIND = 60  # characters behind a country that are looked at
GLUE = re.compile(
    r"(?:['’]s)?[\s,/&-]*(?:(?:and|or|y|e|et|ou|und|oder|и|й|та|і|i|dhe|și|ve|the|of|la|le|les|el|"
    r"los|du|de|del|da|do|both|as well as|also|from|l['’]|republic)(?:\s+|(?<=['’])))*",
    re.IGNORECASE,
)
LONGEST_GLUE = 24  # characters
CLAUSE_END = re.compile(r"(?<!\.[A-Z])[.!?;:\n]\s|\s[–—]\s|[(]")
FIELD = re.compile(
    r"mission|office|presence|cent(?:re|er)|programme|project|co-?ordinator|delegation|represent|"
    r"bureau|miss|misi|mandate|operation|liaison|country|ambassad|united nations|kosovo|ukraine|"
    r"бюро|центр|мисси|місі|мисиј|представ|присут|координатор|делегац|офис",
    re.IGNORECASE,
)
NO_FIELD = re.compile(
    r"to the (?:UN|United Nations|OSCE|African Union|AU|Council of Europe|OECD|WTO|International)\b|"
    r"International Organi[sz]ations|Minsk Conference|High Commissioner|Permanent (?:Mission|Representation|Delegation)",
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
EUROPEAN_ELECTION = re.compile(
    r"\b(?:European (?:Parliament|Parliamentary)? ?(?:elections?|polls?|vote)|"
    r"elections? (?:to|of|for) the European Parliament|EP elections?|"
    r"(?:elect|choose|vote for)s? (?:a |the |their |its )?(?:new )?European Parliament|élections? européennes?|"
    r"élections? (?:au|du) Parlement européen|elecciones (?:europeas|al Parlamento Europeo)|"
    r"eleições (?:europeias|para o Parlamento Europeu)|Europawahl\w*|"
    r"Wahl\w* zum Europäischen Parlament|"
    r"выбор\w* в Европ\w+ парламент\w*|выбор\w* в Европарламент\w*|вибор\w* до Європ\w+ парламент\w*)",
    re.IGNORECASE,
)
OF_EUROPE = ("europ", "ep election", "европ", "європ")


class Spot(NamedTuple):
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


def european(passage: Passage) -> Spot | None:
    """Elections to the European Parliament are about the Union as a whole."""
    if not any(sign in flattened(passage) for sign in OF_EUROPE):
        return None  # the expression is slow
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


def named(passage: Passage, whole: str) -> list[list[Found]]:
    """The countries that a passage names, in the lists that they stand in; no persons, no languages.
    `whole` is the release, which tells namesakes apart."""
    terms = [
        of_family(passage.text, term, whole)
        for term in terms_in(passage.text, flattened(passage))
        if not is_person(passage.where, passage.text, term, whole)
    ]
    return [
        group
        for group in grouped(passage, terms)
        if group[0].kind != "people" or not is_language(surroundings(passage, group), group)
    ]


def spots(passage: Passage, groups: list[list[Found]]) -> list[Spot]:
    """Countries with their parts in the sentence."""
    found: list[Spot] = []
    for group in groups:
        around = surroundings(passage, group)
        found += (spot(passage, term, around) for term in group)
    return found


def spot(passage: Passage, term: Found, around: Around) -> Spot:
    part = Part.MATTER if term.end <= passage.dateline else part_of(passage, term, around)
    is_actor = around.opens and term.kind == "name" and part is not Part.ASIDE
    return Spot(term.code, term.kind, passage, term.start, term.end, part, is_actor)


def partless(passage: Passage, groups: list[list[Found]]) -> list[Spot]:
    """Countries as they are named, where their parts do not matter."""
    return [
        Spot(term.code, term.kind, passage, term.start, term.end, Part.MATTER)
        for group in groups
        for term in group
    ]


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
    begin = max(passage.dateline, first - BEFORE)
    cut = clause_start(passage, begin, first)
    left, right = slice(cut or begin, first), slice(last, clause_stop(passage, last, last + BEHIND))
    before = [lex.kinds(word) for word in reversed(words(passage, left))]
    behind = [lex.kinds(word) for word in words(passage, right)]
    place = next((n for n, word in enumerate(before) if not word & lex.ARTICLES), len(before))
    is_first = place == len(before) and (cut > 0 or begin == passage.dateline)
    return Around(before, behind, place, first, is_first)


def clause_start(passage: Passage, begin: int, place: int) -> int:
    """Where the clause begins that a place stands in, 0 if that is before `begin`."""
    ends = clause_ends(passage)
    number = bisect_right(ends, place, key=itemgetter(1)) - 1
    return ends[number][1] if number >= 0 and ends[number][0] >= begin else 0


def clause_stop(passage: Passage, place: int, most: int) -> int:
    """Where the clause ends that a place stands in, at most `most`."""
    ends = clause_ends(passage)
    number = bisect_left(ends, place, key=itemgetter(0))
    is_near = number < len(ends) and ends[number][1] <= most
    return ends[number][0] + 1 if is_near else most


@lru_cache(maxsize=8)  # asked for again for each country of a passage
def clause_ends(passage: Passage) -> list[tuple[int, int]]:
    return [end.span() for end in CLAUSE_END.finditer(passage.text)]


@lru_cache(maxsize=8)
def flattened(passage: Passage) -> str:
    return flat(passage.text)


def words(passage: Passage, part: slice) -> list[str]:
    whole = flattened(passage)
    if len(whole) == len(passage.text):
        return whole[part].split()
    return flat(passage.text[part]).split()  # something invisible stands in the text


def is_language(around: Around, group: list[Found]) -> bool:
    """ "available in Albanian and Serbian": an adjective without a noun, behind "in"."""
    if lex.has(around.behind[:2], lex.LANGUAGES):
        return True
    before = around.before[0] if around.before else 0
    has_noun = bool(around.behind) and not around.behind[0] & lex.AFTER_LANGUAGE
    if len(group) > 1 and before & lex.IN_LANGUAGES:
        return True
    return not has_noun and bool(before & lex.INTO_LANGUAGE)
