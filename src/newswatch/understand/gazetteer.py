"""Names of countries, nationals, capitals and places in many languages, found in a text. Pure.

The text is folded one character for one, so that what is found keeps its place; one pass of an
Aho-Corasick automaton finds every word that may begin a term, and the endings of declined words
are looked at only there.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from ahocorasick_rs import AhoCorasick, Implementation

from newswatch.fold import fold, folded_char

Kind = Literal["name", "people", "capital", "place", "trap"]
KINDS: tuple[Kind, ...] = ("name", "capital", "people", "place", "trap")
LONGEST_ACRONYM = 6  # characters: "D.R.C."
ARABIC_PREFIXES = ("", "و", "ب", "ل", "ف", "وب", "ول")


@dataclass(frozen=True, slots=True)
class Term:
    """One way to name a country: `key` as the automaton knows it, then what must follow it.

    `rest` holds the words between the endings, `endings` what they may be. `shown` is the term as
    the data writes it, or its beginning: what has capitals there has them in a text.
    """

    code: str
    kind: Kind
    shown: str
    rest: tuple[str, ...] = ()
    endings: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """A term in a text: `text[start:end]`."""

    code: str
    kind: Kind
    start: int
    end: int


class Folding(dict[int, str | None]):
    """Character → the one it is compared as: a letter, a space for what is none, nothing."""

    def __missing__(self, point: int) -> str | None:
        char = chr(point)
        folded = folded_char(char)
        one: str | None = char.lower() if len(folded) > 1 and len(char.lower()) == 1 else folded
        if not folded:
            one = None
        elif not (one or "").isalnum() or len(one or "") > 1:
            one = " "
        self[point] = one
        return one


FOLDING = Folding()
RUNS = re.compile(r"[\x00-\x7f]+|[^\x00-\x7f]+")  # str.translate is ten times faster for ASCII


def flat(text: str) -> str:
    """Words of folded letters between spaces; as long as the text if nothing in it is invisible."""
    return RUNS.sub(lambda run: run[0].translate(FOLDING), text)


def suffixes(text: str) -> frozenset[str]:
    """Endings as folded text has them; none at all is always one."""
    return frozenset(["", *flat(text).split()])


# The endings of nouns and adjectives, by the script or language of the stem they follow.
CYRILLIC = suffixes(
    "а я ы и і ї у ю е є о ь й ой ей ою ею єю ом ем ём єм ам ям ах ях ами ями ью ию ии ия ів ов "
    "ові еві ија ије ији ију ијом ама ий ый ая яя ое ее ие ые ого его ому ему им ым ую юю их ых "
    "ими ыми ої ій ог ата иот ото ите та те то цем ца цу це ци"
)
LATIN = suffixes(
    "a e i o u ă s om oj og ih im em ima es ei ele eve in it et en ene esc ean eni ve n ëve ve"
)
ROMANCE = suffixes("a o as os e es s")
ENDINGS: Mapping[str, frozenset[str]] = {
    "fr": suffixes("e s es ne nes le les"),
    "es": ROMANCE,
    "pt": ROMANCE,
    "de": suffixes("e en er es em"),
}


@lru_cache(maxsize=1)
def loaded() -> Mapping[str, Any]:
    path = files("newswatch.understand").joinpath("data/countries.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def data() -> Mapping[str, Any]:
    """The reviewed data: code → {name, names, people, capitals, places}, most by language."""
    countries: Mapping[str, Any] = loaded()["countries"]
    return countries


def written(record: Mapping[str, Any]) -> Iterator[tuple[str, Kind, str]]:
    """Every way in which the data writes a country, its kind and its language."""
    for field, kind in (("names", "name"), ("capitals", "capital"), ("people", "people")):
        for language, texts in record[field].items():
            yield from ((text, kind, language) for text in texts)  # type: ignore[misc]
    yield from ((text, "place", "other") for text in record["places"])


def all_written() -> Iterator[tuple[str, str, Kind, str]]:
    """Code, text, kind and language of everything that is looked for; the best of kinds first."""
    found = {
        (code, text, kind, language if kind == "people" else "other")
        for code, record in data().items()
        for text, kind, language in written(record)
    }
    found |= {("", text, "trap", "other") for text in loaded()["traps"]}
    return iter(sorted(found, key=lambda one: (KINDS.index(one[2]), *one)))


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The automaton, and for each of its keys the terms that begin so."""

    automaton: AhoCorasick
    terms: tuple[tuple[Term, ...], ...]


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    found: dict[str, dict[tuple[str, ...], Term]] = {}
    for code, text, kind, language in all_written():
        for key, term in entries(code, text, kind, language):
            found.setdefault(key, {}).setdefault(term.rest, term)
    automaton = AhoCorasick(list(found), implementation=Implementation.ContiguousNFA)
    return Gazetteer(automaton, tuple(tuple(terms.values()) for terms in found.values()))


def entries(code: str, text: str, kind: Kind, language: str) -> Iterator[tuple[str, Term]]:
    """The keys of a written form; a stem's ends with its letters, a whole word's with a space."""
    if kind == "people" and language != "en" and "~" not in text:
        text += "~"
    for form in arabic_forms(text) if "\u0600" <= text[0] <= "\u06ff" else (text,):
        first, *rest = (" ".join(flat(part).split()) for part in f"{form}".split("~"))
        if rest:
            pieces = tuple(f" {piece}" if piece else "" for piece in rest)
            yield f" {first}", Term(code, kind, text, pieces, endings(first, language))
        elif first:
            yield f" {first} ", Term(code, kind, text)


def arabic_forms(name: str) -> Iterator[str]:
    """With the particles that Arabic writes together with the word that follows them."""
    yield from (prefix + name for prefix in ARABIC_PREFIXES)
    if name.startswith("ال"):
        yield from ("لل" + name[2:], "ولل" + name[2:])


def endings(stem: str, language: str) -> frozenset[str]:
    return CYRILLIC if "\u0400" <= stem[-1:] <= "\u04ff" else ENDINGS.get(language, LATIN)


def find_terms(text: str) -> list[Found]:
    """The terms of a text from left to right, the longest at each place."""
    folded = f" {flat(text)} "
    places = None if len(folded) == len(text) + 2 else visible(text)
    known = gazetteer()
    best: dict[int, tuple[int, Term]] = {}
    for index, start, end in known.automaton.find_matches_as_indexes(folded, overlapping=True):
        for term in known.terms[index]:
            last = end_of(folded, end, term)
            if last and is_better(last, term, best.get(start)) and is_written(text, places, start, term):
                best[start] = (last, term)
    return list(without_overlaps(best, places))


def is_better(last: int, term: Term, other: tuple[int, Term] | None) -> bool:
    """The longer one; of the same words, the one whose kind goes first."""
    if other is None or last != other[0]:
        return other is None or last > other[0]
    return KINDS.index(term.kind) < KINDS.index(other[1].kind)


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
    best: Mapping[int, tuple[int, Term]], places: list[int] | None
) -> Iterator[Found]:
    reached = 0
    for start in sorted(best):
        end, term = best[start]
        if start < reached:
            continue
        reached = end
        if term.kind != "trap":
            first, last = start, end - 1
            if places:
                first, last = places[first], places[last - 1] + 1
            yield Found(term.code, term.kind, first, last)


@lru_cache(maxsize=1)
def by_name() -> Mapping[str, str]:
    """Folded names → codes, for people who write a country's name in a rule."""
    found: dict[str, str] = {}
    for code, record in data().items():
        for text, kind, _ in written(record):
            if kind == "name" and "~" not in text:
                found.setdefault(fold(text), code)
    return found
