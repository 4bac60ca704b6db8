"""The words for which a release came, marked in its title and in its text. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from newswatch.model import Evidence, Match, Release

Span = tuple[int, int]


class Piece(NamedTuple):
    """A part of a text, as it stands there: whoever shows it escapes it."""

    text: str
    is_marked: bool


def marked(field: str, shown: str, release: Release, matches: Sequence[Match]) -> tuple[Piece, ...]:
    """What is shown of a field ("title" or "text"), in pieces. It may be shortened, with its white
    space made one: words are looked for anew, nearest to the place where they were read."""
    found = dict.fromkeys(why.evidence for match in matches for why in match.why)
    spans = (
        span
        for evidence in found
        for words in evidence.split(" … ")  # of a query, which may be met in several places
        if (span := find(shown, words, place(field, words, release.reading.evidence)))
    )
    return tuple(pieces(shown, joined(spans)))


def place(field: str, words: str, evidence: Iterable[Evidence]) -> int | None:
    """Where the words were read in the field, if they were."""
    return next((one.start for one in evidence if (one.where, one.words) == (field, words)), None)


def find(shown: str, words: str, start: int | None) -> Span | None:
    """The words at their place; else the nearest, or the first, that are whole words there too. All of
    a text is not worth a mark."""
    wanted = " ".join(words.split())
    if not wanted or wanted == shown:
        return None
    if start is not None and shown.startswith(wanted, start):
        return start, start + len(wanted)
    spans = [one.span() for one in re.finditer(rf"(?<!\w){re.escape(wanted)}(?!\w)", shown)]
    return min(spans, key=lambda span: abs(span[0] - (start or 0)), default=None)


def joined(spans: Iterable[Span]) -> list[Span]:
    """In order; those that overlap or touch as one."""
    whole: list[Span] = []
    for start, end in sorted(spans):
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((start, end))
    return whole


def pieces(text: str, spans: Iterable[Span]) -> Iterator[Piece]:
    """The whole text, cut at the spans, which do not overlap."""
    done = 0
    for start, end in spans:
        if start > done:
            yield Piece(text[done:start], is_marked=False)
        yield Piece(text[start:end], is_marked=True)
        done = end
    if done < len(text):
        yield Piece(text[done:], is_marked=False)
