"""Names of countries, nationals, capitals and places in many languages, found in a text. Pure.

The text is folded one character for one, so that what is found keeps its place; one pass of an
Aho-Corasick automaton finds every word that may begin a term, and the endings of declined words
are looked at only there.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation

from newswatch.understand.terms import FOLDING, KINDS, Kind, Term, all_entries, data, flat

LONG_WORD = re.compile(r"\b[A-Z][a-z]{7,}\b")
LONGEST_ACRONYM = 6  # characters: "D.R.C."


class Found(NamedTuple):
    """A term in a text: `text[start:end]`."""

    code: str
    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The automaton, and for each of its keys the terms that begin so."""

    automaton: AhoCorasick
    terms: tuple[tuple[Term, ...], ...]


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    found: dict[str, tuple[Term, ...]] = {}
    for key, term in all_entries():
        known = found.get(key)
        if known is None:
            found[key] = (term,)
        elif all(term.rest != other.rest for other in known):
            found[key] = (*known, term)
    automaton = AhoCorasick(
        list(found), implementation=Implementation.NoncontiguousNFA, store_patterns=False
    )
    return Gazetteer(automaton, tuple(found.values()))


def find_terms(text: str) -> list[Found]:
    """The terms of a text from left to right, the longest at each place."""
    return terms_in(text, flat(text))


def terms_in(text: str, flattened: str) -> list[Found]:
    """The same for a text whose folded letters are at hand."""
    folded = f" {flattened} "
    places = None if len(folded) == len(text) + 2 else visible(text)
    known = gazetteer()
    best: dict[int, tuple[int, int, Term]] = {}
    for index, start, end in known.automaton.find_matches_as_indexes(folded, overlapping=True):
        for term in known.terms[index]:
            last = end_of(folded, end, term)
            found = (last, end, term)
            if last and is_better(found, best.get(start)) and is_written(text, places, start, term):
                best[start] = found
    return list(without_overlaps(best, places))


def is_better(found: tuple[int, int, Term], other: tuple[int, int, Term] | None) -> bool:
    """The longer one; of the same words, the one with the longer stem ("Нигери~", not "Нигер~"), and
    then the one whose kind goes first."""
    if other is None or found[:2] != other[:2]:
        return other is None or found[:2] > other[:2]
    return KINDS.index(found[2].kind) < KINDS.index(other[2].kind)


def visible(text: str) -> list[int]:
    """Where the characters stand that folding keeps, and where the text ends."""
    kept = [place for place, char in enumerate(text) if FOLDING[ord(char)] is not None]
    return [*kept, len(text)]


def is_written(text: str, places: list[int] | None, start: int, term: Term) -> bool:
    """Whether a name has its capital in the text, and an acronym all of them ("CAR", "US")."""
    shown = term.shown
    if not shown[0].isupper():
        return True
    begin = places[start] if places else start
    if shown.isupper() and len(shown) <= LONGEST_ACRONYM:
        return text[begin : begin + len(shown)].isupper()
    return text[begin].isupper() or text[begin].lower() == text[begin].upper()


def end_of(folded: str, end: int, term: Term) -> int:
    """Where a term that began ends, 0 if what follows is not its rest."""
    if not term.rest:
        return end - 1
    for piece in term.rest:
        stop = folded.find(" ", end)
        if folded[end:stop] not in term.endings:
            return 0
        end = stop + len(piece)
        if not folded.startswith(piece, stop):
            return 0
    return end if folded[end] == " " else 0


def without_overlaps(
    best: Mapping[int, tuple[int, int, Term]], places: list[int] | None
) -> Iterator[Found]:
    reached = 0
    for start in sorted(best):
        end, _, term = best[start]
        if start < reached:
            continue
        reached = end
        if term.kind != "trap":
            first, last = start, end - 1
            if places:
                first, last = places[first], places[last - 1] + 1
            yield Found(term.code, term.kind, first, last)


def find_misspelt(text: str) -> list[Found]:
    """Long words with a capital that are one slip away from the English name of a country."""
    return [
        Found(code, "name", word.start(), word.end())
        for word in LONG_WORD.finditer(text)
        if (code := slipped(word[0].lower())) and not find_terms(word[0])
    ]


def slipped(word: str) -> str | None:
    """The country whose name differs by a letter too many, missing, wrong, or by two swapped."""
    known = long_names().get(word[0], ())
    return next((code for name, code in known if name != word and is_slip(word, name)), None)


def is_slip(word: str, name: str) -> bool:
    start = shared(word, name)
    end = shared(word[start:][::-1], name[start:][::-1])
    one, other = word[start : len(word) - end], name[start : len(name) - end]
    return (len(one) <= 1 and len(other) <= 1) or (len(one) == 2 and one == other[::-1])


def shared(one: str, other: str) -> int:
    """How many letters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


@lru_cache(maxsize=1)
def long_names() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """First letter → names of a word of eight letters and more, with their codes."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for code, record in data().items():
        name = record["name"].lower()
        if LONG_WORD.fullmatch(record["name"]):
            found[name[0]] = (*found.get(name[0], ()), (name, code))
    return found
