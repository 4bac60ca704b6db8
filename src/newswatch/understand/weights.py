"""The learned model of events: weights of traits, read from a file in the package. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import exp

from newswatch.model import EVENTS

SCALE = 100  # weights are kept as hundredths
# The weights of a trait for all events lie side by side in one number, so that a release's are added
# up by adding numbers: 32 bits for each event, in which the bias keeps the sum of 65,536 positive.
BITS = 32
BIAS = 1 << 15
MASK = (1 << BITS) - 1
UNITS = [1 << BITS * number for number in range(len(EVENTS))]


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """A multinomial logistic regression over traits that are there or not.

    `rows` has the packed weights of each trait that weighs anything, in hundredths, in the order of
    `events`; `nothing` is the row of all others; `warmth` divides the sums before they become
    probabilities (its calibration)."""

    events: tuple[str, ...]
    warmth: float
    rows: Mapping[str, int]
    nothing: int
    digest: str  # of what the model was made from

    def sums(self, rows: Sequence[int]) -> list[int]:
        """What rows add up to, for each event."""
        whole, bias = sum(rows), BIAS * len(rows)
        return [(whole >> BITS * number & MASK) - bias for number in range(len(self.events))]

    def chances(self, sums: Sequence[int]) -> list[float]:
        """How likely each event is; together 1."""
        highest = max(sums)
        powers = [exp((value - highest) / SCALE / self.warmth) for value in sums]
        whole = sum(powers)
        return [power / whole for power in powers]


def weights_for(event: int, rows: Sequence[int]) -> list[int]:
    """What each row adds to an event."""
    shift = BITS * event
    return [(row >> shift & MASK) - BIAS for row in rows]


@lru_cache(maxsize=1)
def weights() -> Weights:
    path = files("newswatch.understand").joinpath("data/events.json")
    found = json.loads(path.read_text(encoding="utf-8"))
    events = tuple(found["events"])
    nothing = sum(BIAS << BITS * number for number in range(len(events)))
    rows = {trait: nothing + packed(flat) for trait, flat in found["weights"].items()}
    return Weights(events, found["warmth"], rows, nothing, found["digest"])


def packed(flat: Sequence[int]) -> int:
    """From number and weight in turn, as the file has them: most weights are nothing."""
    whole = 0
    pairs = iter(flat)
    for number, weight in zip(pairs, pairs, strict=True):
        whole += weight * UNITS[number]
    return whole
