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


FILLER = """ The head of the team thanked the authorities for their co-operation and said that the
work would be carried out according to the code of conduct for international observers. Analysts
follow the campaign, the media, campaign finance, the resolution of complaints and the work of the
election administration at every level. Meetings with candidates, civil society and journalists are
part of the programme. On election day teams of two will visit polling stations throughout the
country to look at opening, voting, counting and the tabulation of results. A statement will be
presented at a press conference on the day after. Reports are published in English and in the
language of the country. The team has no mandate to judge the result; it compares the process with
national law and with international commitments. """.replace("\n", " ")


def release(record: dict[str, str]) -> Release:
    """A release of the set, made as long as they are by sentences of the kind that follow."""
    missing = SIZE - len(record["title"])
    text = record["teaser"] + FILLER * 2
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
