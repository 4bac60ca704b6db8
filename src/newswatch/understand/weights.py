"""The learned model of events: weights of traits, read from a file in the package. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import exp

Pairs = tuple[tuple[int, int], ...]
SCALE = 100  # weights are kept as hundredths


@dataclass(frozen=True, slots=True)
class Weights:
    """A multinomial logistic regression over traits that are there or not.

    `weights[trait]` holds pairs: number of an event, hundredths; `events` names the numbers;
    `warmth` divides the sums before they become probabilities (its calibration)."""

    events: tuple[str, ...]
    warmth: float
    weights: Mapping[str, Pairs]
    digest: str  # of what the model was made from

    def sums(self, pairs: Iterable[Pairs]) -> list[int]:
        """What the traits with these weights add to each event."""
        found = [0] * len(self.events)
        for of_trait in pairs:
            for number, weight in of_trait:
                found[number] += weight
        return found

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
    pairs = {
        trait: tuple(zip(flat[::2], flat[1::2], strict=True))
        for trait, flat in found["weights"].items()
    }
    return Weights(tuple(found["events"]), found["warmth"], pairs, found["digest"])
