"""The rules of all subscribers, standing ready; a changed file costs what it holds. Pure."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from newswatch.rules.columns import distinct
from newswatch.rules.find import ReleaseText
from newswatch.rules.index import Segment
from newswatch.rules.rule import Rule, Subscriber

Rules: TypeAlias = tuple[Rule, ...]  # of one subscriber
Key: TypeAlias = tuple[int, int]  # whose these very rules are: their identity, and the how-manieth
Numbers: TypeAlias = npt.NDArray[np.int32]
Names: TypeAlias = frozenset[tuple[str, str]]  # subscribers and their rules
MOST_LOOSE = 0.2  # share of all rules that may lie outside the large segment, or in vain within it


class Part:
    """A segment, with the subscribers' rules that it was built from."""

    def __init__(self, rules: Mapping[Key, Rules]) -> None:
        self.rules = dict(rules)
        self.segment = Segment([rule.condition for some in rules.values() for rule in some])

    def size(self, keys: set[Key]) -> int:
        """How many rules it holds of some."""
        return sum(len(self.rules[key]) for key in keys & self.rules.keys())

    def numbers(self, starts: Mapping[Key, int]) -> Numbers:
        """The number of each rule among all; -1 for those that are no longer there."""
        pieces = [
            np.arange(starts[key], starts[key] + len(rules), dtype=np.int32)
            if key in starts
            else gone(len(rules))
            for key, rules in self.rules.items()
        ]
        return np.concatenate([*pieces, gone(0)])


def gone(count: int) -> Numbers:
    return np.full(count, -1, np.int32)


class Standing:
    """Subscribers with an index of their rules. Never changes; `updated` gives the next one.

    Most rules lie in one large segment. Those of changed files lie in a small one beside it, and
    what the large one still holds of them is passed over, until there is too much of that.
    """

    def __init__(
        self, subscribers: Sequence[Subscriber], parts: Sequence[Part], rules: Mapping[Key, Rules]
    ) -> None:
        self.subscribers = tuple(subscribers)
        self.parts = tuple(parts)
        self.starts = [0, *accumulate(len(one.rules) for one in subscribers)]
        starts = dict(zip(rules, self.starts, strict=False))
        self.numbers = [part.numbers(starts) for part in parts]

    @classmethod
    def of(cls, subscribers: Sequence[Subscriber]) -> "Standing":
        """An index built from nothing."""
        rules = keyed(subscribers)
        return cls(subscribers, [Part(rules)], rules)

    def updated(self, subscribers: Sequence[Subscriber]) -> "Standing":
        """The same for other subscribers; only rules that are not the very same are read anew."""
        rules = keyed(subscribers)
        settled, *beside = self.parts
        loose = {key: some for key, some in rules.items() if key not in settled.rules}
        vain = settled.size(settled.rules.keys() - rules.keys())
        count = sum(map(len, loose.values()))
        if count + vain > MOST_LOOSE * sum(map(len, rules.values())):
            return Standing.of(subscribers)
        if not (beside and beside[0].rules.keys() == loose.keys()):
            beside = [Part(loose)] if count else []
        return Standing(subscribers, [settled, *beside], rules)

    @cached_property
    def by_id(self) -> Mapping[str, Subscriber]:
        return {one.id: one for one in self.subscribers}

    @cached_property
    def wanting_copies(self) -> Names:
        """The rules that are told of an event by each newsroom and in each language."""
        return names(rule for rule in self.named() if rule[1].copies)

    @cached_property
    def wanting_corrections(self) -> Names:
        """The rules that are told what changes in releases that they had met."""
        return names(rule for rule in self.named() if rule[1].corrections)

    def named(self) -> Iterator[tuple[str, Rule]]:
        return ((one.id, rule) for one in self.subscribers for rule in one.rules)

    def met(self, text: ReleaseText) -> Iterator[tuple[Subscriber, Rule]]:
        """The rules that a release meets, in the order of the configuration."""
        for number in self.met_numbers(text).tolist():
            at = bisect_right(self.starts, number) - 1
            subscriber = self.subscribers[at]
            yield subscriber, subscriber.rules[number - self.starts[at]]

    def met_numbers(self, text: ReleaseText) -> Numbers:
        """The places of the rules that a release meets, counted over all subscribers."""
        found = [
            numbers.take(part.segment.met(text))
            for part, numbers in zip(self.parts, self.numbers, strict=True)
        ]
        together = distinct(np.concatenate(found))
        return together[together.searchsorted(0) :]


def names(rules: Iterable[tuple[str, Rule]]) -> Names:
    return frozenset((subscriber, rule.id) for subscriber, rule in rules)


def keyed(subscribers: Sequence[Subscriber]) -> dict[Key, Rules]:
    """The rules of each subscriber; several may have the very same."""
    seen: Counter[int] = Counter()
    found: dict[Key, Rules] = {}
    for subscriber in subscribers:
        identity = id(subscriber.rules)
        found[identity, seen[identity]] = subscriber.rules
        seen[identity] += 1
    return found
