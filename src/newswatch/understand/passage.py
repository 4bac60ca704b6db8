"""A release's text cut up for reading: words, dateline, sentences. Pure."""

import re
from dataclasses import dataclass

from newswatch.fold import Token, tokens
from newswatch.model import Evidence

LONGEST = 20_000  # characters that are read; what a release is about stands at its beginning
DATELINE = re.compile(
    r"(?P<places>[^\W\d_][^\n–—:\d,]{1,60})"
    r"(?:,\s*(?P<date>[^–—:\n]{2,45}?))?"
    r"\s*(?:\([^)\n]{1,20}\)\s*)?(?:–|—|--|\.-|-\s|:\s)"
)
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[\W\d]*[A-ZÀ-ÞА-ЯЀ-Џ¿¡“\"])")


@dataclass(frozen=True, slots=True)
class Passage:
    """One field of a release. `dateline` is where its dateline ends (0: it has none)."""

    where: str  # "title", "text", "institutions"
    text: str
    words: tuple[Token, ...]
    dateline: int = 0

    def evidence(self, field: str, value: str, start: int, end: int, sure: float) -> Evidence:
        return Evidence(field, value, self.where, start, end, self.text[start:end], sure)

    def sentences(self) -> tuple[tuple[int, int], ...]:
        """Start and end of each sentence, the dateline left out."""
        ends = [m.start() for m in SENTENCE_END.finditer(self.text, self.dateline)]
        starts = [
            self.dateline,
            *(m.end() for m in SENTENCE_END.finditer(self.text, self.dateline)),
        ]
        return tuple(zip(starts, [*ends, len(self.text)], strict=True))


def passage(where: str, text: str) -> Passage:
    text = text[:LONGEST]
    end = dateline_end(text) if where == "text" else 0
    return Passage(where, text, tokens(text), end)


def dateline_end(text: str) -> int:
    """Where the dateline ends: "WARSAW/COPENHAGEN, 9 January 2025 – ", "Kinshasa, 22 December: ".

    Cities in capitals make one, and so do cities with a date.
    """
    found = DATELINE.match(text[:160])
    if not found:
        return 0
    places, day = found["places"].strip(), found["date"] or ""
    has_date = any(char.isdigit() for char in day)
    cities = places.split("(")[0]
    is_shouted = cities.isupper() and len(cities) > 3
    is_short = len(places.split()) <= 5
    return found.end() if (is_shouted or (has_date and is_short)) else 0
