"""Reading feeds: newswatch beside feedparser, and a whole poll beside the library `reader`.

    python benchmarks/reading.py            every figure in one run
    python benchmarks/reading.py --quick    fewer rounds

All peers read the same bytes in turn, round by round, so that a busy machine slows them alike; the
medians and their ratio to feedparser with its default options are printed. Nothing here is a test.
"""

import argparse
import asyncio
import io
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import feedparser
import structlog
from machine import machine

from newswatch.app import Newswatch, clock
from newswatch.asking import body_hash
from newswatch.config.load import load
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


# -- whole polls ------------------------------------------------------------------------------------


class Newsrooms:
    """Feeds on loopback, with ETags."""

    def __init__(self, count: int) -> None:
        self.newest = dict.fromkeys(range(count), 1000)

    def body(self, number: int) -> bytes:
        return rss(self.newest[number] + number * 10_000)

    def publish(self, share: int) -> None:
        """One new entry in every `share`-th feed."""
        for number in list(self.newest)[::share]:
            self.newest[number] += 1


@contextmanager
def serving(newsrooms: Newsrooms) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = newsrooms.body(int(self.path.rsplit("/", 1)[-1]))
            tag = f'"{sha256(body).hexdigest()[:16]}"'
            same = self.headers.get("If-None-Match") == tag
            self.send_response(304 if same else 200)
            self.send_header("ETag", tag)
            self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
            self.send_header("Content-Length", "0" if same else str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if same else body)

        def log_message(self, *_: object) -> None:
            """Not part of what is measured."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


CONFIGURATION = """\
database: sqlite:///bench.db
web: {listen: "127.0.0.1:8080", base_url: "http://news.test"}
network: {allow_private: ["127.0.0.0/8"], contact: "http://news.test/about"}
polling: {quiet_first_poll: true, per_host: {concurrency: 8, gap: 0s}}
"""
DESK = """\
subscriber: desk
name: The desk
channels: {hook: {kind: chat, url: {env: NO_SUCH_SECRET}}}
rules: [{id: all, title: Missions, when: {text: "mission observers"}, send: [hook]}]
"""


def installed(directory: Path, url: str, count: int) -> Newswatch:
    (directory / "config" / "subscribers").mkdir(parents=True)
    lines = "".join(
        f'  - {{id: s{n}, name: S{n}, kind: feed, url: "{url}/{n}", publisher: P, language: en}}\n'
        for n in range(count)
    )
    (directory / "config" / "newswatch.yaml").write_text(CONFIGURATION)
    (directory / "config" / "sources.yaml").write_text(f"sources:\n{lines}")
    (directory / "config" / "subscribers" / "desk.yaml").write_text(DESK)
    return Newswatch.start(lambda: load(directory / "config"))


async def poll_all(newswatch: Newswatch) -> None:
    states = newswatch.store.source_states()
    sources = list(newswatch.pipeline.sources.values())
    places = asyncio.Semaphore(8)

    async def poll(source: Source) -> None:
        async with places:
            await newswatch.pipeline.poll(source, states[source.id])

    await asyncio.gather(*(poll(source) for source in sources))


def polling(count: int) -> None:
    """Wall and processor time of a pass over all feeds: this process and its children."""
    from reader import make_reader

    newsrooms = Newsrooms(count)
    with serving(newsrooms) as url, tempfile.TemporaryDirectory() as directory:
        newswatch = installed(Path(directory), url, count)
        reader = make_reader(str(Path(directory) / "reader.db"))
        for number in range(count):
            reader.add_feed(f"{url}/{number}")
        passes = {
            "reader": lambda: list(reader.update_feeds_iter(scheduled=False)),
            "newswatch": lambda: asyncio.run(poll_all(newswatch)),
        }
        steps: list[tuple[str, int]] = [
            ("cold", 0),
            ("nothing changed", 0),
            ("a tenth has one new", 10),
        ]
        print(
            f"\nA pass over {count} feeds of {ENTRIES} entries, wall seconds (understanding, rules and outbox included)"
        )
        for name, share in steps:
            if share:
                newsrooms.publish(share)
            took = {peer: clocked(run) for peer, run in passes.items()}
            ratio = took["reader"] / took["newswatch"]
            print(
                f"  {name:<24}"
                + "".join(f"{p} {s:7.2f}   " for p, s in took.items())
                + f"{ratio:5.1f} ×"
            )
        newswatch.close()


def clocked(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="fewer rounds")
    quick = options.parse_args().quick
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    print(machine("feedparser", "reader", "lxml", "nh3"), f"{clock():%d %B %Y}", sep=", ")
    reading(rounds=5 if quick else 31)
    polling(count=20 if quick else 100)


if __name__ == "__main__":
    main()
