"""Percentiles of how long alerts took, from when they were to leave."""

import pytest

from newswatch.latency import Latency, in_words, latencies, percentiles


def test_percentiles_are_values_that_there_are() -> None:
    assert percentiles((float(n), 1) for n in range(1, 101)) == (50.0, 90.0, 99.0, 100.0)
    assert percentiles([(0.1, 98), (5.0, 1), (60.0, 1)]) == (0.1, 0.1, 5.0, 60.0)
    assert percentiles([(2.0, 1)]) == (2.0, 2.0, 2.0, 2.0)
    assert percentiles([]) == ()


def test_each_window_has_all_channels_and_each_kind() -> None:
    day = [("email", 1.0, 3_601.0, 1), ("webhook", 0.2, 0.2, 3)]
    assert latencies({"24 h": day, "30 days": []}) == (
        Latency("24 h", "all", 4, (0.2, 1.0, 1.0, 1.0), (0.2, 3_601.0, 3_601.0, 3_601.0)),
        Latency("24 h", "email", 1, (1.0,) * 4, (3_601.0,) * 4),
        Latency("24 h", "webhook", 3, (0.2,) * 4, (0.2,) * 4),
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, "0.0 s"), (119.0, "119.0 s"), (120.0, "2 min"), (7_200.0, "2 h"), (864_000.0, "10 d")],
)
def test_times_are_told_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
