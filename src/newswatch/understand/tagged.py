"""A passage as words with tags: what the readers of events, missions and elections share. Pure."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from operator import attrgetter
from typing import NamedTuple

from newswatch.model import Evidence
from newswatch.understand.genre import PIECE, Word, lexicon, lowered
from newswatch.understand.marks import Mark, marks_of
from newswatch.understand.passage import Passage

LONGEST = 4_000  # characters that are tagged: what a release is about stands at its beginning
STOPS = frozenset(".!?…")
TAGS = attrgetter("tags")
MONTHS = ("may", "mai", "мая", "мај")


class Glance(NamedTuple):
    """A passage cut into pieces (words and punctuation, small letters), and what is known of each."""

    passage: Passage
    pieces: list[str]
    words: list[Word]

    def has(self, tags: frozenset[str]) -> bool:
        """Whether a word has one of the tags: the cheap test that most releases end with."""
        return not tags.isdisjoint(chain.from_iterable(map(TAGS, self.words)))


@dataclass(frozen=True, slots=True, eq=False)
class Tagged:
    """A passage with its pieces, marks and sentences.

    `sentence[i]` is the number of the sentence that piece i stands in; `spans` fills as far as the
    places of pieces are asked for."""

    passage: Passage
    pieces: Sequence[str]
    words: Sequence[Word]
    marks: tuple[Mark, ...]
    sentence: tuple[int, ...]
    spans: list[tuple[int, int]] = field(default_factory=list, repr=False)

    def evidence(self, name: str, value: str, first: int, last: int, sure: float) -> Evidence:
        if last > len(self.spans):
            text, begin = letters(self.passage)
            rest = PIECE.finditer(text, self.spans[-1][1] if self.spans else begin)
            self.spans.extend(found.span() for found in islice(rest, last - len(self.spans)))
        start, end = self.spans[first][0], self.spans[last - 1][1]
        return self.passage.evidence(name, value, start, end, sure)

    def between(self, start: int, end: int) -> Sequence[Mark]:
        """The marks that begin at `pieces[start:end]`: they stand in this order."""
        first = bisect_left(self.marks, start, key=where)
        return self.marks[first : bisect_left(self.marks, end, first, key=where)]

    def tags(self) -> frozenset[str]:
        return frozenset(mark.tag for mark in self.marks)


def where(mark: Mark) -> int:
    return mark.first


def letters(passage: Passage) -> tuple[str, int]:
    """The small letters that are read, and where to begin: after the dateline."""
    return lowered(passage.text[: passage.dateline + LONGEST]), passage.dateline


def glance(passage: Passage) -> Glance:
    pieces = PIECE.findall(*letters(passage))
    known = lexicon()
    return Glance(passage, pieces, [known[piece] for piece in pieces])


def tag(seen: Glance) -> Tagged:
    marks = tuple(marks_of(seen.words))
    return Tagged(seen.passage, seen.pieces, seen.words, marks, tuple(numbered(seen.pieces)))


def numbered(pieces: Sequence[str]) -> Iterator[int]:
    """The number of each piece's sentence. A stop after a number or a short word that is no month
    ends none: "Oct. 15"."""
    number = 0
    before = ""
    for piece in pieces:
        yield number
        if piece in STOPS and (len(before) > 3 or before in MONTHS) and not before.isdigit():
            number += 1
        before = piece
