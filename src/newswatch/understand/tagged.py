"""A passage as words with tags: what the readers of events, missions and elections share. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from newswatch.model import Evidence
from newswatch.understand.lexicon import PIECE, Word, lexicon, lowered, phrases_at
from newswatch.understand.passage import Passage

LONGEST = 4_000  # characters that are tagged: what a release is about stands at its beginning
STOPS = frozenset(".!?…")


class Mark(NamedTuple):
    """A tag on `pieces[first:last]`."""

    tag: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, eq=False)
class Tagged:
    """A passage with its pieces (words and punctuation, small letters), marks and sentences.

    `sentence[i]` is the number of the sentence that piece i stands in."""

    passage: Passage
    begin: int  # where in the passage's text the pieces begin: after the dateline
    pieces: tuple[str, ...]
    words: tuple[Word, ...]
    marks: tuple[Mark, ...]
    sentence: tuple[int, ...]

    def evidence(self, field: str, value: str, first: int, last: int, sure: float) -> Evidence:
        start, end = self.span(first, last)
        return self.passage.evidence(field, value, start, end, sure)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """The characters of `pieces[first:last]`. Costs a second look at the text: for evidence."""
        text = lowered(self.passage.text)
        start = end = self.begin
        for number, found in enumerate(PIECE.finditer(text, self.begin)):
            if number == first:
                start = found.start()
            if number == last - 1:
                end = found.end()
                break
        return start, end

    def tags(self) -> frozenset[str]:
        return frozenset(mark.tag for mark in self.marks)


def tag(passage: Passage) -> Tagged:
    begin = passage.dateline
    text = lowered(passage.text[: begin + LONGEST])
    pieces = PIECE.findall(text, begin)
    known = lexicon()
    words = [known[piece] for piece in pieces]
    marks = tuple(marks_of(words))
    return Tagged(passage, begin, tuple(pieces), tuple(words), marks, tuple(numbered(pieces)))


def marks_of(words: list[Word]) -> Iterator[Mark]:
    """All tags of words and phrases, in the order in which they begin."""
    for place, word in enumerate(words):
        for name in word.tags:
            yield Mark(name, place, place + 1)
        if word.close or word.apart:
            for name, end in phrases_at(words, place):
                yield Mark(name, place, end)


def numbered(pieces: list[str]) -> Iterator[int]:
    """The number of each piece's sentence. A stop after a number or a letter ends none: "Oct. 15"."""
    number = 0
    before = ""
    for piece in pieces:
        yield number
        if piece in STOPS and len(before) > 3 and not before.isdigit():
            number += 1
        before = piece
