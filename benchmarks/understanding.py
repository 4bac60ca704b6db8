"""How long it takes to load the names of countries and to understand a release of 1 kB.

    .venv/bin/python benchmarks/understanding.py

Times are of one core: the median over the releases of the best of several runs, so that other
processes of the machine count as little as can be.
"""

import json
import os
import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median

from newswatch.model import Published, Release
from newswatch.understand import read
from newswatch.understand.gazetteer import gazetteer
from newswatch.understand.passage import passage
from newswatch.understand.roles import read_roles
from newswatch.understand.terms import loaded

SET = Path(__file__).parent.parent / "tests" / "data" / "understanding" / "countries.jsonl"
SIZE = 1000  # characters of headline and text together
RUNS = 15


def main() -> None:
    print(f"{machine()}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}")
    print(f"{spent(loaded) * 1000:8.1f} ms  load the data, once")
    print(f"{spent(gazetteer) * 1000:8.1f} ms  build the automaton, once")
    releases = [release(json.loads(line)) for line in SET.read_text("utf-8").splitlines()]
    for what, run in (("countries", countries), ("everything", read)):
        times = [min(spent(lambda r=r, run=run: run(r)) for _ in range(RUNS)) for r in releases]
        print(f"{median(times) * 1e6:8.1f} µs  {what} of a release of {SIZE} characters, median")


def machine() -> str:
    cpus = Path("/proc/cpuinfo")
    lines = cpus.read_text().splitlines() if cpus.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()} × {os.cpu_count()}"


def spent(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def release(record: dict[str, str]) -> Release:
    """A release whose text is repeated until it has its size."""
    missing = SIZE - len(record["title"])
    text = (record["teaser"] + " ") * (missing // len(record["teaser"]) + 1)
    return Release(
        id=record["id"], source_id="bench", publisher="bench", url="https://example.org/",
        title=record["title"], first_seen=datetime(2026, 1, 1, tzinfo=UTC), fingerprint="",
        published=Published(date.fromisoformat(record["published"])), text=text[:missing],
        institutions=tuple(record["where"]),
    )  # fmt: skip


def countries(release: Release) -> object:
    posts = [passage("institutions", name) for name in release.institutions]
    return read_roles(passage("title", release.title), passage("text", release.text), posts)


if __name__ == "__main__":
    sys.exit(main())
