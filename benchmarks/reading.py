"""Reading feeds: newswatch beside feedparser (whole polls: polling.py).

    python benchmarks/reading.py            every figure in one run
    python benchmarks/reading.py --quick    fewer rounds

All peers read the same bytes in turn, round by round, so that a busy machine slows them alike; the
medians and their ratio to feedparser with its default options are printed. Nothing here is a test.
"""

import argparse
import io
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from html import escape

import feedparser
import structlog
from machine import machine

from newswatch.app import clock
from newswatch.asking import body_hash
from newswatch.intake import take_in
from newswatch.model import Document, Source, Validators
from newswatch.ports import Intake, Known
from newswatch.reading import Reading
from newswatch.workers import Workers

NOW = datetime(2025, 2, 5, 9, 0, tzinfo=UTC)
SOURCE = Source("news", "News", "feed", "https://news.example/feed", "News", language="en")
WORDS = """mission observers election parliament candidate registration voter commission report
statement region authority international legal campaign media women ballot polling station""".split()  # noqa: SIM905  (reads better)
ENTRIES = 30


# -- the corpus -----------------------------------------------------------------------------------


def words(dice: random.Random, count: int) -> str:
    return " ".join(dice.choice(WORDS) for _ in range(count))


def article(number: int) -> tuple[str, str]:
    """Title and 3 kB of HTML, the same for the same number."""
    dice = random.Random(number)
    paragraphs = (
        f'<p>{words(dice, 60)} <a href="https://news.example/x/{number}">{words(dice, 3)}</a> '
        f"<b>{words(dice, 4)}</b></p>"
        for _ in range(6)
    )
    return f"{words(dice, 8)} {number}", "".join(paragraphs)


def rss_item(number: int, extra: str = "") -> str:
    title, markup = article(number)
    return (
        f"<item><title>{title}</title><link>https://news.example/r/{number}</link>"
        f'<guid isPermaLink="false">g{number}</guid>{extra}<category>elections</category>'
        f"<pubDate>Wed, 22 Jan 2025 09:{number % 60:02}:00 +0000</pubDate>"
        f"<description>{escape(markup, quote=False)}</description></item>"
    )


def rss(first: int, build: int = 0, extra: str = "") -> bytes:
    """The feed with its newest entry `first`, dated by the build as most of them are."""
    items = "".join(rss_item(n, extra) for n in range(first, first - ENTRIES, -1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:media="http://search.yahoo.com/mrss/"><channel><title>News</title>'
        "<link>https://news.example/</link><description>News</description><language>en</language>"
        f"<lastBuildDate>Wed, 22 Jan 2025 10:00:{build % 60:02} GMT</lastBuildDate>{items}"
        "</channel></rss>"
    ).encode()


def atom(first: int) -> bytes:
    entries = "".join(atom_entry(n) for n in range(first, first - ENTRIES, -1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>News</title><id>tag:news.example,2025:all</id>{entries}</feed>"
    ).encode()


def atom_entry(number: int) -> str:
    title, markup = article(number)
    return (
        f"<entry><title>{title}</title><id>tag:news.example,2025:{number}</id>"
        f'<link href="https://news.example/r/{number}"/>'
        f"<updated>2025-01-22T09:{number % 60:02}:00Z</updated>"
        f'<content type="html">{escape(markup, quote=False)}</content></entry>'
    )


def document(body: bytes) -> Document:
    return Document(SOURCE.url, "application/rss+xml; charset=utf-8", body, Validators())


# -- measuring ------------------------------------------------------------------------------------


def by_default(body: bytes) -> object:
    return feedparser.parse(io.BytesIO(body))


def tuned(body: bytes) -> object:
    return feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)


def whole(body: bytes) -> Intake:
    return take_in(document(body), SOURCE, NOW)


def compare(
    title: str, bodies: list[bytes], peers: dict[str, Callable[[bytes], object]], entries: int
) -> None:
    """A line for each peer: median time of a document, entries a second, ratio to the first."""
    times: dict[str, list[float]] = {name: [] for name in peers}
    for body in bodies:
        for name, read in peers.items():
            started = time.perf_counter()
            read(body)
            times[name].append(time.perf_counter() - started)
    medians = {name: statistics.median(found) for name, found in times.items()}
    first = next(iter(medians.values()))
    size = len(bodies[0])
    print(f"\n{title} ({size / 1000:.0f} kB, {entries} entries, {len(bodies)} rounds)")
    for name, seconds in medians.items():
        rate = entries / seconds
        print(f"  {name:<46}{seconds * 1000:9.3f} ms {rate:12,.0f}/s {first / seconds:8.1f} ×")


def remembering(workers: Workers) -> Callable[[bytes], object]:
    """newswatch as it polls: in a reading process, with what was recorded held."""
    held: dict[str, Known] = {}

    def known(ids: object) -> dict[str, Known]:
        return {one: held[one] for one in ids if one in held}

    reading = Reading(workers.read, known)

    def read(body: bytes) -> Intake:
        intake = reading.read(document(body), SOURCE, NOW)
        held.update({r.id: Known(r.id, r.fingerprint, 1, NOW) for r in intake.releases})
        return intake

    return read


def reading(rounds: int) -> None:
    peers = {
        "feedparser": by_default,
        "feedparser, no sanitiser, no resolver": tuned,
        "newswatch, whole": whole,
    }
    numbers = range(1000, 1000 + rounds * ENTRIES, ENTRIES)
    compare("All entries new, plain RSS", [rss(n) for n in numbers], peers, ENTRIES)
    compare("All entries new, plain Atom", [atom(n) for n in numbers], peers, ENTRIES)
    unusual = "<media:rating>x</media:rating>"  # known to feedparser alone
    others = [rss(n, extra=unusual) for n in numbers]
    compare("All entries new, with other elements", others, peers, ENTRIES)
    workers = Workers()
    read = remembering(workers)
    read(rss(999))
    one_new = [rss(1000 + n, n) for n in range(rounds)]
    peers = {"feedparser": by_default, "newswatch, one entry new": read}
    compare("One entry new", one_new, peers, ENTRIES)
    built = [rss(1000 + rounds - 1, n) for n in range(1, rounds)]
    peers = {"feedparser": by_default, "newswatch, dated anew": read}
    compare("Nothing new, but dated anew", built, peers, ENTRIES)
    workers.close()
    peers = {
        "feedparser": by_default,
        "newswatch, the same bytes": lambda body: body_hash(document(body), SOURCE),
        "SHA-256 alone": lambda body: sha256(body).hexdigest(),
    }
    compare("The same bytes", [rss(1000)] * rounds, peers, ENTRIES)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="fewer rounds")
    quick = options.parse_args().quick
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    print(machine("feedparser", "lxml", "nh3"), f"{clock():%d %B %Y}", sep=", ")
    reading(rounds=5 if quick else 31)


if __name__ == "__main__":
    main()
