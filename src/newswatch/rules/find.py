"""Looks a query up in a release's words, and says where it was found. Pure."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from newswatch.fold import spans, words
from newswatch.model import Release
from newswatch.rules import language
from newswatch.rules.language import (
    Leaf,
    Near,
    Phrase,
    Prefix,
    Query,
    Regex,
    Stem,
    compiled_regex,
)
from newswatch.rules.stems import stem

SEARCHED = ("title", "text")  # where a query looks that names no field

FIELDS: Mapping[str, Callable[[Release], tuple[str, ...]]] = {
    "title": lambda release: (release.title,),
    "text": lambda release: (release.text,),
    "institution": lambda release: release.institutions,
    "topic": lambda release: release.topics,
    "content_type": lambda release: (release.content_type or "",),
    "publisher": lambda release: (release.publisher,),
    "source": lambda release: (release.source_id,),
    "language": lambda release: (release.language or "",),
    "url": lambda release: (release.url,),
}


class Spot(NamedTuple):
    """Where something was found: `text[start:end]` of the field."""

    field: str
    start: int
    end: int
    words: str


class FieldText:
    """One value of a field: its folded words, and, once they are asked for, their places."""

    def __init__(self, name: str, text: str, language: str | None) -> None:
        self.name = name
        self.text = text
        self.language = language
        self.words = words(text)

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Where each word stands in `text`."""
        return spans(self.text)

    @cached_property
    def firsts(self) -> Mapping[str, int]:
        """A word → its first position in `words`."""
        return dict(zip(reversed(self.words), range(len(self.words) - 1, -1, -1), strict=True))

    @cached_property
    def places(self) -> Mapping[str, list[int]]:
        """A word → its positions in `words`."""
        return positions(self.words)

    @cached_property
    def stems(self) -> Mapping[str, list[int]]:
        """A stem → the positions of its inflections in `words`."""
        return positions([stem(word, self.language) for word in self.words])

    @cached_property
    def sorted_words(self) -> list[str]:
        return sorted(self.firsts)

    def places_of(self, word: str) -> Iterator[int]:
        """The positions of a word. Mostly the first is all that is asked for, and a table of all of
        them costs three times as much."""
        first = self.firsts.get(word)
        if first is not None:
            yield first
            yield from self.places[word][1:]

    def spot(self, first: int, last: int) -> Spot:
        """The words from one position to another, both included."""
        start, end = self.spans[first][0], self.spans[last][1]
        return Spot(self.name, start, end, self.text[start:end])


def positions(found: list[str]) -> Mapping[str, list[int]]:
    places: dict[str, list[int]] = {}
    for position, word in enumerate(found):
        places.setdefault(word, []).append(position)
    return places


class ReleaseText:
    """A release with its words, each field cut once, when a rule first asks for it."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.cut: dict[str, tuple[FieldText, ...]] = {}

    def searched(self, scope: str) -> tuple[FieldText, ...]:
        """The values of a field; of title and text where none is named. A phrase never runs from one
        into the next."""
        found = self.cut.get(scope)
        if found is None:
            found = self.field(scope) if scope else sum(map(self.searched, SEARCHED), ())
            self.cut[scope] = found
        return found

    def field(self, name: str) -> tuple[FieldText, ...]:
        of = self.release.language
        return tuple(FieldText(name, text, of) for text in FIELDS[name](self.release))


def prepare(release: Release) -> ReleaseText:
    """A release's words, cut and folded once, for any number of rules."""
    return ReleaseText(release)


def find(query: Query, text: ReleaseText, scope: str = "") -> tuple[Spot, ...] | None:
    """Where a query is met, or None. What is met by absence (NOT) has no spots. `scope` is the
    field it is about, "" for title and text."""
    match query:
        case language.Not(part=part):
            return () if find(part, text, scope) is None else None
        case language.In(field=name, part=part):
            return find(part, text, name)
        case language.All(parts=parts):
            return find_all(parts, text, scope)
        case language.Any(parts=parts):
            return find_any(parts, text, scope)
        case _:
            return find_first(query, text, scope)


def find_first(leaf: Leaf, text: ReleaseText, scope: str) -> tuple[Spot, ...] | None:
    for field in text.searched(scope):
        for spot in look_up(leaf, field):
            return (spot,)
    return None


def find_all(parts: tuple[Query, ...], text: ReleaseText, scope: str) -> tuple[Spot, ...] | None:
    found: list[Spot] = []
    for part in parts:
        spots = find(part, text, scope)
        if spots is None:
            return None
        found.extend(spots)
    return tuple(found)


def find_any(parts: tuple[Query, ...], text: ReleaseText, scope: str) -> tuple[Spot, ...] | None:
    met = [spots for part in parts if (spots := find(part, text, scope)) is not None]
    return tuple(spot for spots in met for spot in spots) if met else None


def look_up(leaf: Leaf, field: FieldText) -> Iterator[Spot]:
    """The places of a leaf in one field, in order."""
    match leaf:
        case Phrase(words=wanted):
            return phrases(wanted, field)
        case Prefix(words=wanted):
            return prefixes(wanted, field)
        case Stem(words=wanted):
            return inflections(wanted, field)
        case Near(words=wanted, distance=distance):
            return nearby(wanted, distance, field)
        case Regex(pattern=pattern):
            return expressions(pattern, field)


def phrases(wanted: tuple[str, ...], field: FieldText) -> Iterator[Spot]:
    rest = list(wanted[1:])
    for place in field.places_of(wanted[0]):
        if not rest or field.words[place + 1 : place + 1 + len(rest)] == rest:
            yield field.spot(place, place + len(rest))


def prefixes(wanted: tuple[str, ...], field: FieldText) -> Iterator[Spot]:
    *before, start = wanted
    first = bisect_left(field.sorted_words, start)
    for word in field.sorted_words[first:]:
        if not word.startswith(start):
            return
        yield from phrases((*before, word), field)


def inflections(wanted: tuple[str, ...], field: FieldText) -> Iterator[Spot]:
    stems = [stem(word, field.language) for word in wanted]
    for place in field.stems.get(stems[0], ()):
        if all(
            place + number in field.stems.get(one, ())
            for number, one in enumerate(stems[1:], start=1)
        ):
            yield field.spot(place, place + len(stems) - 1)


def nearby(wanted: tuple[str, ...], distance: int, field: FieldText) -> Iterator[Spot]:
    """All the words within a window of their number and `distance` more, in any order."""
    if not all(word in field.places for word in wanted):
        return
    width = len(wanted) + distance
    for low in sorted({place for word in wanted for place in field.places[word]}):
        places = [place_within(word, low, low + width, field) for word in wanted]
        known = [place for place in places if place is not None]
        if len(known) == len(wanted):
            yield field.spot(low, max(known))


def place_within(word: str, low: int, high: int, field: FieldText) -> int | None:
    places = field.places.get(word, ())
    position = bisect_left(places, low)
    return places[position] if position < len(places) and places[position] < high else None


def expressions(pattern: str, field: FieldText) -> Iterator[Spot]:
    found = compiled_regex(pattern).search(field.text)
    if found:
        start, end = found.span()
        yield Spot(field.name, start, end, field.text[start:end])
