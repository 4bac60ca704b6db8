"""How long it takes to find the rules that a release meets: the index beside its peers, in one run.

    python benchmarks/rules.py [--releases N] [SIZE ...]

Each size runs in a process of its own, so that its memory is its own. All methods of a size meet the
same rules and releases, taking turns, and must find the same matches.
"""

import argparse
import gc
import json
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from peers import AhoCorasick, Fts5, Re2Set, RegexLoop, UnionRegex
from ruleset import Language, Spec

from newswatch.match import match
from newswatch.model import Release
from newswatch.rules.conditions import Text
from newswatch.rules.find import prepare
from newswatch.rules.language import parse_query
from newswatch.rules.rule import Rule, Subscriber
from newswatch.rules.standing import Standing

SIZES = (1_000, 10_000, 100_000, 1_000_000)
RELEASES = 100
RULES_OF_ONE = 5_000  # the most that one subscriber may have
SLOW = 1_000  # rules beyond which a method that asks them all is left out
LARGE = 100_000  # rules beyond which the other peers are left out
FEW = 5  # releases for methods that need more than so long
SLOW_SECONDS = 0.005
ROUNDS = 7
PEERS = {
    "loop of compiled regexes": (RegexLoop, SLOW),
    "SQLite FTS5, a query a rule": (Fts5, SLOW),
    "union regex": (UnionRegex, SLOW),
    "RE2 set, then the rules filed under what it found": (Re2Set, 10_000),
    "Aho-Corasick (ahocorasick_rs), then the same": (AhoCorasick, LARGE),
}
Method = Callable[[Release], Sequence[object]]


def resident() -> float:
    """Memory of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def subscribers(specs: Sequence[Spec]) -> list[Subscriber]:
    rules = [Rule(str(number), "", spec.condition()) for number, spec in enumerate(specs)]
    return [
        Subscriber(f"s{start}", "", rules=tuple(rules[start : start + RULES_OF_ONE]))
        for start in range(0, len(rules), RULES_OF_ONE)
    ]


def measure(size: int, releases: int) -> dict[str, object]:
    """All methods on one number of rules."""
    language = Language(seed=7)
    specs = language.rules(size)
    found = language.releases(releases)
    everybody = subscribers(specs)
    gc.collect()
    gc.freeze()
    before, begun = resident(), process_time()
    standing = Standing.of(everybody)
    build = process_time() - begun
    gc.collect()
    held = resident() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3 - before
    methods: dict[str, Method] = {
        "newswatch: which rules": lambda release: standing.met_numbers(prepare(release)).tolist(),
        "newswatch: which rules, and why": lambda release: match(release, standing),
    }
    built = {name: peer(specs) for name, (peer, most) in PEERS.items() if size <= most}
    methods |= {name: peer.met for name, peer in built.items()}
    check(methods, found[:FEW])
    return {
        "rules": size,
        "build_s": round(build, 2),
        "update_ms": round(update(standing) * 1e3, 1),
        "held_mb": round(held),
        "peak_mb": round(peak),
        "matches": sum(len(methods["newswatch: which rules"](one)) for one in found) / len(found),
        "microseconds": timed(methods, found),
        "compile_us": compiling(specs[:500]),
    }


def check(methods: dict[str, Method], releases: Sequence[Release]) -> None:
    """Raises `ValueError` where methods disagree."""
    for release in releases:
        expected = list(methods["newswatch: which rules"](release))
        for name, met in methods.items():
            answer = list(met(release))
            if "why" in name:
                answer = [int(one.rule) for one in answer]
            if answer != expected:
                raise ValueError(f"{name} finds {answer[:9]}…, not {expected[:9]}…")


def timed(methods: dict[str, Method], releases: Sequence[Release]) -> dict[str, float]:
    """Median microseconds of each method, in processor time: others on the machine stretch most what
    takes long. They take turns, each with all releases; those that need milliseconds have a few
    releases only."""
    times: dict[str, list[float]] = {name: [] for name in methods}
    for _ in range(ROUNDS):
        for name, met in methods.items():
            is_slow = median(times[name] or [0]) > SLOW_SECONDS
            for release in releases[: FEW if is_slow or not times[name] else None]:
                fresh = replace(release)
                begun = process_time()
                met(fresh)
                times[name].append(process_time() - begun)
    return {name: round(median(each) * 1e6, 1) for name, each in times.items()}


def update(standing: Standing) -> float:
    """Seconds until one subscriber's changed file stands ready."""
    first, *rest = standing.subscribers
    changed = replace(
        first, rules=tuple(replace(rule) for rule in first.rules[: RULES_OF_ONE // 10])
    )
    begun = perf_counter()
    standing.updated([changed, *rest])
    return perf_counter() - begun


def compiling(specs: Sequence[Spec]) -> float:
    """Microseconds to read one query, and whether it means what the rule says."""
    queries = [spec.query() for spec in specs]
    parse_query("ready")
    begun = perf_counter()
    trees = [parse_query(query) for query in queries]
    spent = perf_counter() - begun
    written = Standing.of(
        [Subscriber("w", "", rules=tuple(Rule("", "", Text(t, "")) for t in trees))]
    )
    plain = [replace(spec, countries=()) for spec in specs]
    built = Standing.of(subscribers(plain))
    for release in Language(seed=8).releases(20):
        text = prepare(release)
        if written.met_numbers(text).tolist() != built.met_numbers(text).tolist():
            raise ValueError("a query does not mean what the rule says")
    return round(spent / len(specs) * 1e6, 1)


def machine() -> str:
    cpu = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    libraries = ", ".join(
        f"{name} {version(name)}" for name in ("numpy", "google-re2", "ahocorasick-rs")
    )
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {cpu}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
        f"Python {platform.python_version()}, {libraries}"
    )


def show(result: dict[str, object]) -> None:
    print(
        f"\n{result['rules']:,} rules, {result['matches']:.1f} matches a release; index built in "
        f"{result['build_s']} s of processor time, holds {result['held_mb']} MB (peak {result['peak_mb']} MB); 500 changed "
        f"rules in {result['update_ms']} ms; a query is read in {result['compile_us']} µs"
    )
    times = result["microseconds"]
    own = times["newswatch: which rules"]
    for name, microseconds in times.items():
        print(f"  {name:52} {microseconds:>12,.1f} µs  {microseconds / own:>8.1f} ×")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("sizes", nargs="*", type=int, default=SIZES)
    arguments.add_argument("--releases", type=int, default=RELEASES)
    arguments.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.one:
        print(json.dumps(measure(chosen.sizes[0], chosen.releases)))
        return
    print(machine())
    for size in chosen.sizes:
        command = [sys.executable, __file__, "--one", "--releases", str(chosen.releases), str(size)]
        run = subprocess.run(command, check=True, capture_output=True, text=True)
        show(json.loads(run.stdout))


if __name__ == "__main__":
    main()
