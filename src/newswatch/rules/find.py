"""Looks a query up in a release's words, and says where it was found. Pure."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from newswatch.fold import Token, tokens
from newswatch.model import Release
from newswatch.rules import language
from newswatch.rules.language import Near, Phrase, Prefix, Query, Regex, compiled_regex


@dataclass(frozen=True, slots=True)
class FieldText:
    """One field of a release, ready to be searched: its words, and where each of them stands."""

    name: str  # "title" or "text"
    text: str
    words: tuple[Token, ...]
    places: Mapping[str, tuple[int, ...]]  # a folded word → its positions in `words`
    sorted_words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReleaseText:
    """A release with its words, cut once for all rules."""

    release: Release
    fields: tuple[FieldText, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something was found: `text[start:end]` of the field."""

    field: str
    start: int
    end: int
    words: str


def prepare(release: Release) -> ReleaseText:
    """A release's words, cut and folded once, for any number of rules."""
    return ReleaseText(
        release, (field_text("title", release.title), field_text("text", release.text))
    )


def field_text(name: str, text: str) -> FieldText:
    words = tokens(text)
    places: dict[str, list[int]] = {}
    for position, token in enumerate(words):
        places.setdefault(token.word, []).append(position)
    return FieldText(
        name, text, words, {w: tuple(p) for w, p in places.items()}, tuple(sorted(places))
    )


def find(query: Query, fields: tuple[FieldText, ...]) -> tuple[Spot, ...] | None:
    """Where a query is met, or None. What is met by absence (NOT) has no spots."""
    match query:
        case language.Not(part=part):
            return () if find(part, fields) is None else None
        case language.In(field=name, part=part):
            return find(part, tuple(field for field in fields if field.name == name))
        case language.All(parts=parts):
            return find_all(parts, fields)
        case language.Any(parts=parts):
            return find_any(parts, fields)
        case _:
            return next(
                ((spot,) for field in fields for spot in look_up(query, field)),
                None,
            )


def find_all(parts: tuple[Query, ...], fields: tuple[FieldText, ...]) -> tuple[Spot, ...] | None:
    found: list[Spot] = []
    for part in parts:
        spots = find(part, fields)
        if spots is None:
            return None
        found.extend(spots)
    return tuple(found)


def find_any(parts: tuple[Query, ...], fields: tuple[FieldText, ...]) -> tuple[Spot, ...] | None:
    met = [spots for part in parts if (spots := find(part, fields)) is not None]
    return tuple(spot for spots in met for spot in spots) if met else None


def look_up(leaf: Phrase | Prefix | Near | Regex, field: FieldText) -> Iterator[Spot]:
    """The places of a leaf in one field, in order."""
    match leaf:
        case Phrase(words=words):
            return phrases(words, field)
        case Prefix(words=words):
            return prefixes(words, field)
        case Near(words=words, distance=distance):
            return nearby(words, distance, field)
        case Regex(pattern=pattern):
            return expressions(pattern, field)


def phrases(words: tuple[str, ...], field: FieldText) -> Iterator[Spot]:
    for place in field.places.get(words[0], ()):
        window = field.words[place : place + len(words)]
        if tuple(token.word for token in window) == words:
            yield spot(field, place, place + len(words) - 1)


def prefixes(words: tuple[str, ...], field: FieldText) -> Iterator[Spot]:
    *before, start = words
    first = bisect_left(field.sorted_words, start)
    for word in field.sorted_words[first:]:
        if not word.startswith(start):
            return
        yield from phrases((*before, word), field)


def nearby(words: tuple[str, ...], distance: int, field: FieldText) -> Iterator[Spot]:
    """All the words within a window of their number and `distance` more, in any order."""
    width = len(words) + distance
    for anchor in field.places.get(words[0], ()):
        for low in range(max(0, anchor - width + 1), anchor + 1):
            places = [place_within(word, low, low + width, field) for word in words]
            if all(place is not None for place in places):
                known = [place for place in places if place is not None]
                yield spot(field, min(known), max(known))
                break


def place_within(word: str, low: int, high: int, field: FieldText) -> int | None:
    places = field.places.get(word, ())
    position = bisect_left(places, low)
    return places[position] if position < len(places) and places[position] < high else None


def expressions(pattern: str, field: FieldText) -> Iterator[Spot]:
    found = compiled_regex(pattern).search(field.text)
    if found:
        start, end = found.span()
        yield Spot(field.name, start, end, field.text[start:end])


def spot(field: FieldText, first: int, last: int) -> Spot:
    start, end = field.words[first].start, field.words[last].end
    return Spot(field.name, start, end, field.text[start:end])
