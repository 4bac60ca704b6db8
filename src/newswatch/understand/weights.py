"""The learned model of events: weights of traits, read from a file in the package. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import exp

Row = tuple[int, ...]  # what a trait adds to each event, in hundredths
SCALE = 100  # weights are kept as hundredths


@dataclass(frozen=True, slots=True)
class Weights:
    """A multinomial logistic regression over traits that are there or not.

    `weights[trait]` has a number for each of `events`;
    `warmth` divides the sums before they become probabilities (its calibration)."""

    events: tuple[str, ...]
    warmth: float
    weights: Mapping[str, Row]
    digest: str  # of what the model was made from

    def sums(self, rows: Iterable[Row]) -> list[int]:
        """What the traits with these weights add to each event."""
        return list(map(sum, zip(*rows, strict=True))) or [0] * len(self.events)

    def chances(self, sums: list[int]) -> list[float]:
        """How likely each event is; together 1."""
        highest = max(sums)
        powers = [exp((value - highest) / SCALE / self.warmth) for value in sums]
        whole = sum(powers)
        return [power / whole for power in powers]


@lru_cache(maxsize=1)
def weights() -> Weights:
    path = files("newswatch.understand").joinpath("data/events.json")
    found = json.loads(path.read_text(encoding="utf-8"))
    events = tuple(found["events"])
    rows = {trait: row(flat, len(events)) for trait, flat in found["weights"].items()}
    return Weights(events, found["warmth"], rows, found["digest"])


def row(flat: Sequence[int], length: int) -> Row:
    """From number and weight in turn, as the file has them: most weights are nothing."""
    found = [0] * length
    for number, weight in zip(flat[::2], flat[1::2], strict=True):
        found[number] = weight
    return tuple(found)
