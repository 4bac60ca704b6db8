"""How long alerts took to reach their receivers, as percentiles. Pure.

What counts is the time from when a delivery was to leave: a digest, quiet hours and limits hold on
purpose. The time from when its release was seen is told beside it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from math import ceil

WINDOWS = {"24 h": timedelta(hours=24), "30 days": timedelta(days=30)}
SHARES = (0.5, 0.9, 0.99, 1.0)  # the last is the maximum


@dataclass(frozen=True, slots=True)
class Latency:
    """Of one kind of channel, or of all, in one window. Seconds; percentiles by nearest rank."""

    window: str  # one of WINDOWS
    kind: str  # "all", or a kind of channel
    sent: int
    due: tuple[float, ...]  # from when they were to leave: of each of SHARES
    seen: tuple[float, ...]  # from when their releases were first seen


Sample = tuple[str, float, float, int]  # kind, seconds from due, from seen, how many alike


def latencies(samples: Mapping[str, Iterable[Sample]]) -> tuple[Latency, ...]:
    """By window: all channels, then each kind that something was sent to."""
    found: list[Latency] = []
    for window, given in samples.items():
        every = tuple(given)
        kinds = sorted({kind for kind, *_ in every})
        for kind in ("all", *kinds):
            mine = [one for one in every if kind in ("all", one[0])]
            found.append(summed(window, kind, mine))
    return tuple(one for one in found if one.sent)


def summed(window: str, kind: str, samples: Iterable[Sample]) -> Latency:
    mine = tuple(samples)
    due = percentiles((seconds, count) for _, seconds, _, count in mine)
    seen = percentiles((seconds, count) for _, _, seconds, count in mine)
    return Latency(window, kind, sum(one[3] for one in mine), due, seen)


def percentiles(values: Iterable[tuple[float, int]]) -> tuple[float, ...]:
    """Of values that each stand for several: the least that so large a share is not above."""
    ordered = sorted(values)
    total = sum(count for _, count in ordered)
    return tuple(at_rank(ordered, max(1, ceil(share * total))) for share in SHARES if total)


def at_rank(ordered: Sequence[tuple[float, int]], rank: int) -> float:
    upto = accumulate(count for _, count in ordered)
    return next(value for (value, _), there in zip(ordered, upto, strict=True) if there >= rank)


def in_words(seconds: float) -> str:
    """Like "0.4 s", "3 min", "2 h", "5 d"."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s"
