"""Polling: 60 feeds of 30 entries, everything that newswatch does with them, beside the `reader` library.

    python -W ignore benchmarks/polling.py [feeds]

Three rounds: all is new; nothing changed (the server answers 304); every tenth feed has one entry
more. newswatch reads, understands, links to missions, matches its rules, indexes for search and
records; reader reads, indexes and records. Both keep their database in SQLite on disk. The server is
another process on loopback. An entry is 3 kB of HTML; one in four speaks of an election, as in a busy
newsroom of observers. Prints seconds on the clock and of processor time, ours with its reading
processes.
"""

import asyncio
import email.utils
import json
import logging
import multiprocessing
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from textwrap import dedent
from threading import Thread
from typing import NamedTuple

import structlog
from machine import machine
from reader import make_reader

from newswatch.app import Newswatch
from newswatch.config.load import load
from newswatch.model import Document, Source, Validators
from newswatch.understand.events import OF_VOTES
from newswatch.understand.gazetteer import gazetteer
from newswatch.understand.genre import lexicon
from newswatch.understand.passage import passage
from newswatch.understand.tagged import glance
from newswatch.understand.weights import weights
from newswatch.workers import Workers

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
ENTRIES, SIZE = 30, 3000  # a feed, and letters an entry
OF_ELECTIONS = 4  # one in so many
AT_ONCE = 64
WARM = "<item><title>Warm</title><link>https://news.test/warm</link></item>"
ROUNDS = ("all new", "nothing changed", "one entry more in a tenth")


class Cost(NamedTuple):
    wall: float
    cpu: float


class Newsroom:
    """Feeds made from the labelled releases, each entry unlike the others."""

    def __init__(self) -> None:
        lines = [line for path in sorted(CORPUS.glob("?.jsonl")) for line in path.open()]
        records = [json.loads(line) for line in lines]
        votes = [r for r in records if r["labels"]["event"] != "none"]
        others = [r for r in records if not speaks_of_votes(r)]
        self.random = random.Random(1)
        self.heads = {True: votes, False: others}
        self.paragraphs = [record["teaser"] for record in others]

    def entry(self, feed: int, number: int) -> str:
        head = self.random.choice(self.heads[number % OF_ELECTIONS == 0])
        day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number, hours=feed % 24)
        body = "".join(f"<p>{escape(text)}</p>" for text in self.texts(head["teaser"]))
        return (
            f"<item><title>{escape(head['title'])}</title><guid isPermaLink='false'>{feed}-{number}"
            f"</guid><link>https://news.test/{feed}/{number}</link>"
            f"<pubDate>{email.utils.format_datetime(day)}</pubDate>"
            f"<description>{escape(body)}</description></item>"
        )

    def texts(self, first: str) -> Iterator[str]:
        size = 0
        text = first
        while size < SIZE:
            yield text
            size += len(text)
            text = self.random.choice(self.paragraphs)

    def feed(self, number: int) -> list[str]:
        return [self.entry(number, place) for place in range(ENTRIES, 0, -1)]


def speaks_of_votes(record: dict[str, str]) -> bool:
    parts = passage("title", record["title"]), passage("text", record["teaser"])
    return any(glance(part).has(OF_VOTES) for part in parts)


def document(number: int, entries: list[str]) -> bytes:
    head = f"<rss version='2.0'><channel><title>Feed {number}</title><link>https://news.test</link>"
    return f"{head}{''.join(entries)}</channel></rss>".encode()


def serve(said: Connection, feeds: int) -> None:
    """Serves until it is killed; for each message that comes, a tenth of the feeds grows."""
    newsroom = Newsroom()
    entries = [newsroom.feed(number) for number in range(feeds)]
    pages = [document(number, made) for number, made in enumerate(entries)]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet

        def do_GET(self) -> None:
            page = pages[int(self.path.strip("/"))]
            tag = f'"{hash(page):x}"'
            is_known = self.headers["If-None-Match"] == tag
            self.send_response(304 if is_known else 200)
            self.send_header("ETag", tag)
            self.send_header("Content-Type", "application/rss+xml")
            if not is_known:
                self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            if not is_known:
                self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    ThreadingHTTPServer.request_queue_size = 128
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    said.send(server.server_port)
    Thread(target=server.serve_forever, daemon=True).start()
    grown = ENTRIES
    while said.recv():
        grown += 1
        for number in range(0, feeds, 10):
            entries[number] = [newsroom.entry(number, grown), *entries[number][:-1]]
            pages[number] = document(number, entries[number])
        said.send(True)


@contextmanager
def server(feeds: int) -> Iterator[tuple[str, int, Callable[[], None]]]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs, feeds))
    process.start()

    def grow() -> None:
        ours.send(True)
        ours.recv()

    yield f"http://127.0.0.1:{ours.recv()}", process.pid or 0, grow
    process.kill()
    process.join()


def used(apart_from: int) -> float:
    """Processor seconds of this process and its children, but for one."""
    alive = [child.pid for child in multiprocessing.active_children() if child.pid != apart_from]
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime + sum(map(of_process, alive))


def of_process(pid: int | None) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timed(work: Callable[[], object], server_pid: int) -> Cost:
    wall, cpu = time.perf_counter(), used(server_pid)
    work()
    return Cost(time.perf_counter() - wall, used(server_pid) - cpu)


def install(directory: Path, urls: list[str]) -> Path:
    config = directory / "config"
    (config / "subscribers").mkdir(parents=True)
    (config / "newswatch.yaml").write_text(
        dedent(f"""\
        database: sqlite:///{directory}/newswatch.db
        web: {{listen: "127.0.0.1:1", base_url: "http://news.test"}}
        network: {{allow_private: ["127.0.0.0/8"], contact: "http://news.test/about"}}
        polling: {{quiet_first_poll: true, per_host: {{concurrency: 8, gap: 0s}}}}
        """)
    )
    lines = [
        f'  - {{id: s{number}, name: Source {number}, kind: feed, url: "{url}", publisher: The observers, language: en}}'
        for number, url in enumerate(urls)
    ]
    (config / "sources.yaml").write_text("sources:\n" + "\n".join(lines))
    (config / "subscribers" / "desk.yaml").write_text(
        dedent("""\
        subscriber: desk
        name: The desk
        timezone: UTC
        channels: {}
        rules:
          - {id: missions, title: Missions, when: {event: [mission.opened]}, feed: {visibility: public}}
          - {id: balkans, title: Western Balkans, when: {country: [western-balkans]}, feed: {visibility: public}}
        """)
    )
    return config


async def poll_all(newswatch: Newswatch) -> None:
    states = newswatch.store.source_states()
    room = asyncio.Semaphore(AT_ONCE)

    async def one(source_id: str) -> None:
        async with room:
            await newswatch.poll(newswatch.pipeline.sources[source_id], states[source_id])

    await asyncio.gather(*map(one, newswatch.pipeline.sources))


def rounds(work: Callable[[], object], grow: Callable[[], object], server_pid: int) -> list[Cost]:
    found = [timed(work, server_pid), timed(work, server_pid)]
    grow()
    return [*found, timed(work, server_pid)]


def main() -> None:
    logging.disable()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    feeds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    print(machine("reader", "feedparser"))
    with server(feeds) as (base, pid, grow), tempfile.TemporaryDirectory() as place:
        urls = [f"{base}/{number}" for number in range(feeds)]
        ours = of_newswatch(Path(place), urls, grow, pid)
        theirs = of_reader(Path(place), urls, grow, pid)
    for name, one, other in zip(ROUNDS, ours, theirs, strict=True):
        print(
            f"{name:26}  newswatch {one.wall:6.2f} s, cpu {one.cpu:6.2f} s"
            f"  reader {other.wall:6.2f} s, cpu {other.cpu:6.2f} s"
            f"  {other.wall / one.wall:5.1f} x, cpu {other.cpu / one.cpu:5.1f} x"
        )


def of_newswatch(place: Path, urls: list[str], grow: Callable[[], None], pid: int) -> list[Cost]:
    config = install(place, urls)
    newswatch = Newswatch.start(partial(load, config))
    lexicon(), gazetteer(), weights()
    warm(newswatch.workers)
    with asyncio.Runner() as runner:  # one loop, as the daemon has: its clients live in it
        found = rounds(lambda: runner.run(poll_all(newswatch)), grow, pid)
    newswatch.close()
    return found


def warm(workers: Workers) -> None:
    """Starts the reading processes, as a daemon's first documents do."""
    source = Source("warm", "Warm", "feed", "https://news.test/feed", "The observers")
    page = Document(source.url, "application/rss+xml", document(0, [WARM]), Validators())
    with ThreadPoolExecutor(workers.count) as threads:
        tasks = [
            threads.submit(workers.read, page, source, datetime.now(UTC))
            for _ in range(8 * workers.count)  # until each has had one
        ]
        for task in tasks:
            task.result()


def of_reader(place: Path, urls: list[str], grow: Callable[[], None], pid: int) -> list[Cost]:
    made = make_reader(str(place / "reader.db"))
    made.enable_search()
    for url in urls:
        made.add_feed(url)

    def update() -> None:
        made.update_feeds(scheduled=False, workers=10)
        made.update_search()

    found = rounds(update, grow, pid)
    made.close()
    return found


if __name__ == "__main__":
    main()
