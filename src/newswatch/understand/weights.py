"""The learned model of events: weights of traits, read from a file in the package. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import exp

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int32]  # traits × events: what each trait adds to each event, in hundredths
SCALE = 100  # weights are kept as hundredths
UNKNOWN = 0  # the row of a trait that weighs nothing


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """A multinomial logistic regression over traits that are there or not.

    `numbers[trait]` is the trait's row in `rows`, which has a column for each of `events`;
    `warmth` divides the sums before they become probabilities (its calibration)."""

    events: tuple[str, ...]
    warmth: float
    numbers: Mapping[str, int]
    rows: Rows
    digest: str  # of what the model was made from

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
    numbers = {trait: number for number, trait in enumerate(found["weights"], 1)}
    rows = matrix(list(found["weights"].values()), len(events))
    return Weights(events, found["warmth"], numbers, rows, found["digest"])


def matrix(flat: Sequence[Sequence[int]], events: int) -> Rows:
    """From number and weight in turn, as the file has them: most weights are nothing."""
    rows = np.zeros((1 + len(flat), events), np.int32)
    lengths = [len(one) // 2 for one in flat]
    pairs = np.array([value for one in flat for value in one], np.int32).reshape(-1, 2)
    rows[np.repeat(np.arange(1, len(rows)), lengths), pairs[:, 0]] = pairs[:, 1]
    return rows
