"""A release's text cut up for reading: dateline, sentences. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from newswatch.model import Evidence
from newswatch.understand.gazetteer import find_terms

LONGEST = 20_000  # characters that are read; what a release is about stands at its beginning
LONGEST_HEAD = 160  # characters among which a dateline ends
# What ends a dateline: a dash of any kind, a colon, a bar, or the full stop behind a year.
HEAD = re.compile(
    r"(?P<head>[^\n–—:;!?|]{3,100}?)"
    r"\s*(?:[\])]\s*)?(?:–|—|--|\.\s?-|-\s|:(?=\s)|\||(?<=\d{4})\.(?=\s)|(?<=\d{4}\))(?=\s))\s*"
)
OPENING = re.compile(r"[\s\[(\"“«*]*(?:\d{1,2}\.? [^\W\d_]{3,12} \d{4},\s*)?")
BRACKETS = re.compile(r"\([^)]*\)?")
WORD = re.compile(r"[^\W\d_][^\s,/]*")
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[\W\d]*[A-ZÀ-ÞА-ЯЀ-Џ¿¡“\"])")
MOST_PLACES = 9  # words of a dateline before its date
SHORTEST_SHOUT = 3  # letters


@dataclass(frozen=True, slots=True)
class Passage:
    """One field of a release. `dateline` is where its dateline ends (0: it has none)."""

    where: str  # "title", "text", "institutions"
    text: str
    dateline: int = 0

    def evidence(self, field: str, value: str, start: int, end: int, sure: float) -> Evidence:
        return Evidence(field, value, self.where, start, end, self.text[start:end], sure)

    def sentences(self) -> Iterator[tuple[int, int]]:
        """Start and end of each sentence, the dateline left out."""
        start = self.dateline
        for end in SENTENCE_END.finditer(self.text, start):
            yield start, end.start()
            start = end.end()
        yield start, len(self.text)


def passage(where: str, text: str) -> Passage:
    text = text[:LONGEST]
    return Passage(where, text, dateline_end(text) if where == "text" else 0)


def dateline_end(text: str) -> int:
    """Where the dateline ends: "WARSAW/COPENHAGEN, 9 January 2025 – ", "Kinshasa, 22 December: ".

    A dateline is a few words with capitals and perhaps a date. Words all in capitals, or with a date
    or before a dash words that begin with a place which the gazetteer knows, make one.
    """
    opening = OPENING.match(text)
    begin = opening.end() if opening else 0
    found = HEAD.match(text[: begin + LONGEST_HEAD], begin)
    if not found:
        return 0
    head = found["head"]
    places = BRACKETS.sub(" ", re.split(r"\d", head, maxsplit=1)[0])
    if not is_named(places) or len(head.split()) > MOST_PLACES + 6:
        return 0
    has_date = begin > 0 or places != BRACKETS.sub(" ", head)
    ends_softly = text[found.end("head") : found.end()].strip() in (":", ".", "|", "")
    if is_shouted(places) and (has_date or not ends_softly):
        return found.end()
    is_known = has_date or (not ends_softly and len(head.split()) <= MOST_PLACES // 2)
    return found.end() if is_known and begins_with_place(head) else 0


def is_named(places: str) -> bool:
    """Whether every longer word begins with a capital, and there are few."""
    words = WORD.findall(places)
    return 0 < len(words) <= MOST_PLACES and all(
        not word[0].islower() or len(word) <= 3 for word in words
    )


def is_shouted(places: str) -> bool:
    city = re.split(r"[,(]", places, maxsplit=1)[0]
    return city.isupper() and sum(char.isalpha() for char in city) >= SHORTEST_SHOUT


def begins_with_place(head: str) -> bool:
    found = find_terms(head)
    return bool(found) and found[0].start <= 1 and found[0].kind != "people"
