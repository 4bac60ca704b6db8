"""Country names, nationals and capitals in many languages, found in a text with their place. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from newswatch.fold import Token, fold, tokens

Kind = Literal["name", "people", "capital"]
LONGEST = 8  # words in a name
SHORTEST_STEM = 4  # letters of a Cyrillic word that its case endings follow
LONGEST_ENDING = 5


@dataclass(frozen=True, slots=True)
class Term:
    """One way to name a country. `is_capitalised`: only counts when written with a capital."""

    code: str
    kind: Kind
    is_capitalised: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A term in a text: `tokens[first:last]` of it."""

    term: Term
    first: int
    last: int


@lru_cache(maxsize=1)
def data() -> Mapping[str, Any]:
    """The reviewed data: code → {name, names, people, capitals}."""
    path = files("newswatch.understand").joinpath("data/countries.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def written(code: str) -> Iterator[tuple[str, Kind]]:
    """Every way in which the data writes a country, names first."""
    record = data()[code]
    yield from ((name, "name") for name in record["names"])
    yield from ((name, "capital") for name in record["capitals"])
    yield from ((name, "people") for name in record["people"])


@lru_cache(maxsize=1)
def terms() -> Mapping[tuple[str, ...], Term]:
    """Folded words → what they name; a name goes before a capital, a capital before nationals."""
    found: dict[tuple[str, ...], Term] = {}
    for kind in ("name", "capital", "people"):
        for code in data():
            for text, of_kind in written(code):
                words = tuple(token.word for token in tokens(text))
                if of_kind == kind and words:
                    found.setdefault(words, Term(code, of_kind, text[0].isupper()))
    return found


@lru_cache(maxsize=1)
def stems() -> Mapping[str, Term]:
    """Cyrillic words without the ending that changes with the case: "таджикистан", "украин"."""
    found: dict[str, Term] = {}
    for words, term in terms().items():
        word = words[0].rstrip("аеиоуыэюяьй")
        if len(words) == 1 and is_cyrillic(words[0]) and len(word) >= SHORTEST_STEM:
            found.setdefault(word, term)
    return found


def is_cyrillic(word: str) -> bool:
    return "\u0400" <= word[:1] <= "\u04ff"


def find_terms(text: str, words: tuple[Token, ...]) -> Iterator[Found]:
    """The terms of a text from left to right, the longest at each place."""
    place = 0
    while place < len(words):
        found = term_at(text, words, place)
        if found:
            yield found
        place = found.last if found else place + 1


def term_at(text: str, words: tuple[Token, ...], place: int) -> Found | None:
    has_capital = text[words[place].start].isupper()
    for length in range(min(LONGEST, len(words) - place), 0, -1):
        last = place + length
        term = terms().get(tuple(token.word for token in words[place:last]))
        if term and (has_capital or not term.is_capitalised):
            return Found(term, place, last)
    stem = stem_of(words[place].word) if has_capital else None
    return Found(stem, place, place + 1) if stem else None


def stem_of(word: str) -> Term | None:
    if not is_cyrillic(word):
        return None
    shortest = max(SHORTEST_STEM, len(word) - LONGEST_ENDING)
    lengths = range(len(word), shortest - 1, -1)
    return next((term for n in lengths if (term := stems().get(word[:n]))), None)


@lru_cache(maxsize=1)
def by_name() -> Mapping[str, str]:
    """Folded names → codes, for people who write a country's name in a rule."""
    found: dict[str, str] = {}
    for code in data():
        for text, kind in written(code):
            if kind == "name":
                found.setdefault(fold(text), code)
    return found
