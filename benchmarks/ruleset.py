"""Generated rules and releases: the same seed gives the same ones, on every machine."""

from bisect import bisect
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from random import Random

from newswatch.model import Reading, Release
from newswatch.rules.conditions import Condition, Every, Fact, Text
from newswatch.rules.language import All, Any, Not, Phrase, Query

CONSONANTS, VOWELS = "bcdfghklmnprstvz", "aeiou"
VOCABULARY = 30_000  # words of a language
FREQUENT = 150  # of them so frequent that no rule asks for them
ASKED = 0.25  # how much more often rules name what is frequent
COLLOCATIONS = 8_000  # phrases of two or three words that texts repeat
COUNTRIES = [a + b for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJKLMNOPQRST"]  # 200
TEXT_SIZE = 3_000  # characters
NOW = datetime(2025, 2, 5, tzinfo=UTC)


class Zipf:
    """Draws from a list so that the n-th is drawn in proportion to 1/n, or a power of it."""

    def __init__(self, items: list[str], random: Random, power: float = 1) -> None:
        self.items = items
        self.random = random
        self.weights = list(accumulate(rank**-power for rank in range(1, len(items) + 1)))

    def draw(self) -> str:
        return self.items[bisect(self.weights, self.random.random() * self.weights[-1])]


@dataclass(frozen=True, slots=True)
class Spec:
    """A rule, for every method to make its own of: all groups, one word or phrase of each; none of
    the excluded; one of the countries, where there are any."""

    groups: tuple[tuple[str, ...], ...]
    excluded: tuple[str, ...]
    countries: tuple[str, ...]

    def query(self) -> str:
        """As a person writes it."""
        groups = ("(" + " OR ".join(map(quoted, group)) + ")" for group in self.groups)
        return " AND ".join(groups) + "".join(f" NOT {quoted(one)}" for one in self.excluded)

    def condition(self) -> Condition:
        """What newswatch compiles that to, without the cost of reading it."""
        parts: list[Query] = [any_of([phrase(term) for term in group]) for group in self.groups]
        parts += [Not(phrase(term)) for term in self.excluded]
        text = Text(parts[0] if len(parts) == 1 else All(tuple(parts)), "")
        if not self.countries:
            return text
        return Every((text, Fact("country", frozenset(self.countries), "")))

    def terms(self) -> tuple[str, ...]:
        return tuple(term for group in self.groups for term in group) + self.excluded


def any_of(parts: list[Query]) -> Query:
    return parts[0] if len(parts) == 1 else Any(tuple(parts))


def phrase(term: str) -> Phrase:
    return Phrase(tuple(term.split()), term)


def quoted(term: str) -> str:
    return f'"{term}"' if " " in term else term


class Language:
    """A made-up language, its texts and rules about them."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.words = self.made_up_words()
        self.frequent = Zipf(self.words, self.random)
        self.asked = Zipf(self.words[FREQUENT:], self.random, ASKED)
        self.countries = Zipf(COUNTRIES, self.random)
        self.phrases = Zipf(self.collocations(), self.random)
        self.asked_phrases = Zipf(self.phrases.items, self.random, ASKED)

    def collocations(self) -> list[str]:
        made = (
            " ".join(self.asked.draw() for _ in range(self.random.choice((2, 2, 3))))
            for _ in range(COLLOCATIONS)
        )
        return list(dict.fromkeys(made))

    def made_up_words(self) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < VOCABULARY:
            syllables = self.random.choice((1, 2, 2, 3, 3, 4)) if len(found) > 200 else 1
            pairs = (
                self.random.choice(CONSONANTS) + self.random.choice(VOWELS)
                for _ in range(syllables)
            )
            found["".join(pairs) + self.random.choice(("", *CONSONANTS))] = None
        return list(found)

    def text(self, size: int) -> str:
        pieces: list[str] = []
        length = 0
        while length < size:
            source = self.phrases if self.random.random() < 0.1 else self.frequent
            pieces.append(source.draw())
            length += len(pieces[-1]) + 1
        return " ".join(pieces)[:size].rpartition(" ")[0].capitalize() + "."

    def releases(self, count: int) -> list[Release]:
        return [self.release(number) for number in range(count)]

    def release(self, number: int) -> Release:
        countries = {self.countries.draw() for _ in range(self.random.choice((1, 1, 2)))}
        return Release(
            id=f"{number:016x}",
            source_id="newsroom",
            publisher="The observers",
            url=f"https://newsroom.example/{number}",
            title=self.text(80),
            text=self.text(TEXT_SIZE),
            first_seen=NOW,
            fingerprint="",
            language="en",
            reading=Reading(countries=tuple(sorted(countries)), event="mission.opened"),
        )

    def rules(self, count: int) -> list[Spec]:
        return [self.rule() for _ in range(count)]

    def rule(self) -> Spec:
        """One to five words and phrases, ANDed, ORed or excluded, and none to three countries."""
        groups, excluded = [[self.term()]], []
        for _ in range(self.random.randrange(5)):
            kind = self.random.random()
            if kind < 0.45:
                groups.append([self.term()])
            elif kind < 0.8:
                groups[-1].append(self.term())
            else:
                excluded.append(self.term())
        countries = {self.countries.draw() for _ in range(self.random.randrange(4))}
        return Spec(tuple(map(tuple, groups)), tuple(excluded), tuple(sorted(countries)))

    def term(self) -> str:
        return (self.asked_phrases if self.random.random() < 0.25 else self.asked).draw()
