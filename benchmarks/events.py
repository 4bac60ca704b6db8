"""How long it takes to read event, mission and elections of a release of about a kilobyte.

    python benchmarks/events.py

The texts are the labelled releases of corpus/, each lengthened to a kilobyte with releases that name
neither elections nor observers. Prints microseconds of processor time a release, the best of several
rounds, for releases of an event, and for those others, which most releases of a newsroom are.
"""

import json
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from newswatch.model import Reading
from newswatch.understand import read_events
from newswatch.understand.events import OF_VOTES
from newswatch.understand.passage import Passage, passage
from newswatch.understand.tagged import glance

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
SIZE = 1000  # letters
ROUNDS = 7
Case = tuple[Passage, Passage, date]


def cases() -> tuple[list[Case], list[Case]]:
    """Releases of an event, and of none."""
    lines = [line for name in "ab" for line in (CORPUS / f"{name}.jsonl").open(encoding="utf-8")]
    records = [json.loads(line) for line in lines]
    idle = [r for r in records if not speaks_of_votes(r)]
    padding = " ".join(record["teaser"] for record in idle)
    busy = [r for r in records if r["labels"]["event"] != "none"]
    return [as_case(r, padding) for r in busy], [as_case(r, padding) for r in idle]


def speaks_of_votes(record: dict[str, str]) -> bool:
    parts = passage("title", record["title"]), passage("text", record["teaser"])
    return any(glance(part).has(OF_VOTES) for part in parts)


def as_case(record: dict[str, str], padding: str) -> Case:
    text = f"{record['teaser']} {padding}"[: SIZE - len(record["title"])]
    day = date.fromisoformat(record["published"])
    return passage("title", record["title"]), passage("text", text), day


def seconds(found: Sequence[Case]) -> float:
    """The least time a release takes, of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for title, text, day in found:
            read_events(Reading(), title, text, day)
        best = min(best, time.process_time() - start)
    return best / len(found)


def main() -> None:
    for name, found in zip(
        ("of an event", "of neither elections nor observers"), cases(), strict=True
    ):
        print(f"{name}: {seconds(found) * 1e6:.0f} microseconds a release, {len(found)} releases")


if __name__ == "__main__":
    main()
