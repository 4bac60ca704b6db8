"""Sending, beside plain loops: webhooks to 200 endpoints, with and without 20 that never answer, and
mails over STARTTLS and in the clear; and how long after its commit a release is on the wire, with
10,000 rules.

newswatch is all of it: the daemon's own loop claims from the database, renders, signs, connects
behind the address guard, sends, settles in the database and logs. The peers send what is ready, or,
of mails, what the standard library makes of a release. All take turns, round by round; the receivers
are another process on loopback. The
outbox is in SQLite.
"""

import asyncio
import os
import smtplib
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx
import structlog
from machine import machine
from sinks import Sinks, sinks

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from factories import make_delivery, make_poll, make_release
from installation import SECRET
from newswatch.app import Newswatch
from newswatch.config.load import load
from newswatch.daemon import Daemon
from newswatch.model import Change, Document, Fetched, Poll, Release, Validators

ENDPOINTS, HANGING, EACH = 200, 20, 5
ADDRESSES = 200
RULES, RELEASES = 10_000, 200
ROUNDS = 3
DEADLINE = 20.0  # seconds, of newswatch and its peers alike
AT_ONCE = 50  # requests of the peers: their best
LONGEST = 45.0  # seconds of a round
TEXT = "The observers opened a mission for the elections in Moldova, as they were invited. " * 20


@dataclass(frozen=True, slots=True)
class Took:
    """What one turn took: how much arrived, in how many seconds, and of processor time."""

    count: int
    seconds: float
    cpu: float


# -- newswatch ----------------------------------------------------------------------------------


def installed(directory: Path, sinks: Sinks, channels: Sequence[str], security: str) -> Path:
    """A configuration with a subscriber for each channel, which one rule sends to."""
    config = directory / "config"
    (config / "subscribers").mkdir(parents=True)
    (config / "newswatch.yaml").write_text(
        dedent(f"""\
        database: sqlite:///outbox.db
        web: {{base_url: "https://news.test"}}
        mail:
          from: "newswatch <alerts@news.test>"
          smtp: {{host: localhost, port: {sinks.smtp}, security: {security}}}
        network: {{allow_private: ["127.0.0.0/8"], contact: "https://news.test/about"}}
        polling: {{quiet_first_poll: false}}
        """)
    )
    (config / "sources.yaml").write_text(
        "sources:\n  - {id: newsroom, name: N, kind: feed, url: 'http://news.test/', publisher: P}\n"
    )
    for number, channel in enumerate(channels):
        (config / "subscribers" / f"s{number}.yaml").write_text(
            f"subscriber: s{number}\nname: Desk {number}\nchannels:\n  to: {channel}\nrules:\n"
            "  - {id: missions, title: Missions, when: {event: [mission.opened]}, send: [to]}\n"
        )
    return config


def hooks(url: str, hanging: int, healthy: int) -> list[str]:
    secret = "{env: BENCH_SECRET}"
    return [
        f'{{kind: webhook, url: "{one}", secret: {secret}}}'
        for one in endpoints(url, hanging, healthy)
    ]


def mailboxes(channels: int, readers: int) -> list[str]:
    return [
        f"{{kind: email, to: [{', '.join(f'reader{n}-{m}@news.test' for m in range(readers))}]}}"
        for n in range(channels)
    ]


def releases(count: int) -> list[Release]:
    return [make_release(id=f"{number:016x}", text=TEXT) for number in range(count)]


def owe(newswatch: Newswatch, channels: int) -> None:
    """Each release to all channels, as newsrooms publish them."""
    now = datetime.now(UTC)
    for release in releases(EACH):
        owed = tuple(
            make_delivery(
                id=f"dlv_{release.id}_{to}",
                subscriber=f"s{to}",
                channel="to",
                release_id=release.id,
                due=now,
                created=now,
            )
            for to in range(channels)
        )
        matches = tuple(match for one in owed for match in one.matches)
        newswatch.store.record(
            make_poll(changes=(Change("new", release, matches),), deliveries=owed)
        )


@dataclass(slots=True)
class Sending:
    """What the daemon drives, until all that can arrive has."""

    newswatch: Newswatch
    reachable: int
    sent: int = 0

    async def take_deliveries(self, room: int) -> list[Any]:
        return [partial(self.one, job) for job in await self.newswatch.take_deliveries(room)]

    async def one(self, job: Callable[[], Awaitable[Any]]) -> None:
        settled = await job()
        self.sent += sum(one.outcome.ok for one in settled)

    async def run(self) -> Took:
        daemon = Daemon(self, web=None, host="", port=0)  # it serves nothing
        started, cpu = time.perf_counter(), time.process_time()
        await daemon.tick("deliver")
        while self.sent < self.reachable and time.perf_counter() - started < LONGEST:
            await asyncio.sleep(0.005)
        took = Took(self.sent, time.perf_counter() - started, time.process_time() - cpu)
        daemon.is_ending = True
        await asyncio.gather(*daemon.claiming)
        for task in daemon.tasks["deliver"]:
            task.cancel()
        await asyncio.gather(*daemon.tasks["deliver"], return_exceptions=True)
        return took


@contextmanager
def started(
    sinks: Sinks,
    channels: Sequence[str],
    security: str = "none",
    others: Callable[[Path], None] = lambda _: None,
) -> Iterator[Newswatch]:
    with tempfile.TemporaryDirectory() as name:
        config = installed(Path(name), sinks, channels, security)
        others(config)
        running = Newswatch.start(partial(load, config))
        try:
            yield running
        finally:
            running.close()


def newswatch(
    sinks: Sinks,
    channels: Sequence[str],
    *,
    hanging: int = 0,
    readers: int = 1,
    security: str = "none",
) -> Took:
    """What arrived: requests, or mails to single readers."""
    with started(sinks, channels, security) as running:
        owe(running, len(channels))
        took = asyncio.run(Sending(running, EACH * (len(channels) - hanging)).run())
        return replace(took, count=took.count * readers)


# -- plain loops --------------------------------------------------------------------------------

BODY = b"x" * 2_600  # bytes, as many as newswatch sends


async def posted(clients: list[httpx.AsyncClient], urls: list[str], hanging: int) -> Took:
    """Every request in the order in which it is owed, by as many workers as there are clients."""
    owed, count = iter([url for _ in range(EACH) for url in urls]), 0
    reachable = EACH * (len(urls) - hanging)
    began, cpu = time.perf_counter(), time.process_time()

    async def work(client: httpx.AsyncClient) -> None:
        nonlocal count
        for url in owed:
            try:
                taken = (await client.post(url, content=BODY)).is_success
            except httpx.TimeoutException:
                continue
            count += taken

    workers = [asyncio.create_task(work(client)) for client in clients]
    while count < reachable and time.perf_counter() - began < LONGEST:
        await asyncio.sleep(0.005)
    took = Took(count, time.perf_counter() - began, time.process_time() - cpu)
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    return took


def client() -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    return httpx.AsyncClient(limits=limits, timeout=DEADLINE, trust_env=False)


def endpoints(url: str, hanging: int, healthy: int) -> list[str]:
    kinds = ["hang"] * hanging + ["well"] * healthy
    return [f"{url}/{kind}/{number}" for number, kind in enumerate(kinds)]


def shared_client(urls: list[str], hanging: int) -> Took:
    async def run() -> Took:
        async with client() as one:
            return await posted([one] * AT_ONCE, urls, hanging)

    return asyncio.run(run())


def client_a_worker(urls: list[str], hanging: int) -> Took:
    async def run() -> Took:
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(client()) for _ in range(AT_ONCE)]
            return await posted(clients, urls, hanging)

    return asyncio.run(run())


def mail(release: Release, address: str) -> EmailMessage:
    """What a plain loop makes of a release: text and HTML, for one reader."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "alerts@news.test", address, release.title
    made["Date"] = format_datetime(datetime.now(UTC))
    made["Message-ID"] = make_msgid(domain="news.test")
    made.set_content(f"{release.title}\n\n{release.text}\n\n{release.url}\n")
    html = f'<h1>{release.title}</h1><p>{release.text}</p><p><a href="{release.url}">Read</a></p>'
    made.add_alternative(f"<html><body>{html}</body></html>", subtype="html")
    return made


def connection(sinks: Sinks, security: str) -> smtplib.SMTP:
    made = smtplib.SMTP("localhost", sinks.smtp, timeout=30)
    if security == "starttls":
        made.starttls(context=ssl.create_default_context(cafile=sinks.authority))
    return made


def owed_mails() -> Iterator[EmailMessage]:
    return (mail(one, f"reader{n}@news.test") for one in releases(EACH) for n in range(ADDRESSES))


def connection_a_message(sinks: Sinks, security: str) -> Took:
    started, cpu = time.perf_counter(), time.process_time()
    for message in owed_mails():
        with connection(sinks, security) as session:
            session.send_message(message)
    return Took(EACH * ADDRESSES, time.perf_counter() - started, time.process_time() - cpu)


def one_connection(sinks: Sinks, security: str) -> Took:
    started, cpu = time.perf_counter(), time.process_time()
    with connection(sinks, security) as session:
        for message in owed_mails():
            session.send_message(message)
    return Took(EACH * ADDRESSES, time.perf_counter() - started, time.process_time() - cpu)


# -- in turns -----------------------------------------------------------------------------------


def compare(title: str, runs: dict[str, Callable[[], Took]], rounds: int = ROUNDS) -> None:
    """All take turns; medians of rates, and how many times that of the first."""
    took: dict[str, list[Took]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            took[name].append(run())
    rates = {
        name: statistics.median(one.count / one.seconds for one in turns)
        for name, turns in took.items()
    }
    base = next(iter(rates.values()))
    print(title)
    for name, turns in took.items():
        cpu = min(one.cpu / max(one.count, 1) for one in turns)
        arrived = min(one.count for one in turns)
        print(
            f"  {name:42} {rates[name]:6,.0f}/s  {rates[name] / base:5.1f} x"
            f"  {cpu * 1e6:6,.0f} µs of processor time each  ({arrived:,} arrived)"
        )


def webhooks(sinks: Sinks) -> None:
    well = ENDPOINTS - HANGING
    all_well, some_hang = endpoints(sinks.url, 0, ENDPOINTS), endpoints(sinks.url, HANGING, well)
    beside_hanging = partial(newswatch, sinks, hooks(sinks.url, HANGING, well), hanging=HANGING)
    compare(
        f"{ENDPOINTS * EACH:,} webhooks to {ENDPOINTS} endpoints, all well",
        {
            f"one shared httpx client, {AT_ONCE} at once": partial(shared_client, all_well, 0),
            f"an httpx client for each of {AT_ONCE} workers": partial(client_a_worker, all_well, 0),
            "newswatch": partial(newswatch, sinks, hooks(sinks.url, 0, ENDPOINTS)),
        },
    )
    compare(
        f"{well * EACH} webhooks to the {well} endpoints that are well",
        {
            "newswatch, nobody else is there": partial(newswatch, sinks, hooks(sinks.url, 0, well)),
            f"newswatch, {HANGING} others hang": beside_hanging,
        },
    )
    compare(
        f"the same, {HANGING} others hang for {DEADLINE:.0f} s",
        {
            "one shared httpx client": partial(shared_client, some_hang, HANGING),
            "an httpx client for each worker": partial(client_a_worker, some_hang, HANGING),
            "newswatch": beside_hanging,
        },
        rounds=1,
    )


def mails(sinks: Sinks) -> None:
    for security, words in (("none", "in the clear"), ("starttls", "over STARTTLS")):
        compare(
            f"{ADDRESSES * EACH:,} mails to {ADDRESSES} readers, {words}",
            {
                "smtplib, a connection a message": partial(connection_a_message, sinks, security),
                "smtplib, one connection": partial(one_connection, sinks, security),
                "newswatch, a reader on each channel": partial(
                    newswatch, sinks, mailboxes(ADDRESSES, 1), security=security
                ),
                "newswatch, ten readers on each channel": partial(
                    newswatch, sinks, mailboxes(ADDRESSES // 10, 10), readers=10, security=security
                ),
            },
        )


# -- from commit to wire ------------------------------------------------------------------------


@dataclass(slots=True)
class Newsroom:
    """A feed that has one more release each time."""

    published: int = 0

    async def fetch(self, url: str, _: Validators) -> Fetched:
        self.published += 1
        newest = range(self.published, max(0, self.published - 20), -1)
        items = "".join(
            f"<item><title>Observers open election observation mission in Moldova, {n}</title>"
            f"<link>{url}releases/{n}</link><description>{TEXT}</description></item>"
            for n in newest
        )
        body = f'<rss version="2.0"><channel><title>N</title>{items}</channel></rss>'
        return Document(url, "application/rss+xml; charset=utf-8", body.encode(), Validators())


@dataclass(slots=True)
class Publishing:
    """What the daemon drives: polls that each bring one release, and what they owe."""

    newswatch: Newswatch
    take_deliveries: Callable[[int], Awaitable[Any]]

    async def take_polls(self, _room: int) -> list[Any]:
        (source,) = self.newswatch.configuration.sources
        state = self.newswatch.store.source_states()[source.id]
        return [partial(self.newswatch.owed_by, source, state)]

    async def one(self, daemon: Daemon, times: Connection, committed: list[float]) -> float:
        """Seconds from the commit to the head of the request."""
        await daemon.tick("poll")
        arrived: float = await asyncio.to_thread(times.recv)
        await asyncio.gather(*daemon.tasks["deliver"])
        return arrived - committed[-1]

    async def run(self, times: Connection, count: int) -> list[float]:
        daemon = Daemon(self, web=None, host="", port=0)  # it serves nothing
        committed: list[float] = []
        record = self.newswatch.store.record

        def recorded(poll: Poll) -> None:
            record(poll)
            committed.append(time.monotonic())

        self.newswatch.store.record = recorded
        took = [await self.one(daemon, times, committed) for _ in range(count)]
        daemon.is_ending = True
        if daemon.refill:
            daemon.refill.cancel()
        await asyncio.gather(*daemon.claiming)
        return took


def other_rules(config: Path) -> None:
    """Those of others, which look at every release and meet none."""
    for desk in range(100):
        rules = "".join(
            f"  - {{id: r{n}, title: R, when: {{text: 'word{desk}x{n} AND mission'}}, send: []}}\n"
            for n in range(RULES // 100)
        )
        text = f"subscriber: other{desk}\nname: O\nchannels: {{}}\nrules:\n{rules}"
        (config / "subscribers" / f"other{desk}.yaml").write_text(text)


def to_the_wire(sinks: Sinks) -> None:
    channel = f'{{kind: webhook, url: "{sinks.url}/timed", secret: {{env: BENCH_SECRET}}}}'
    with started(sinks, [channel], others=other_rules) as running:
        running.pipeline = replace(running.pipeline, fetcher=Newsroom())
        work = Publishing(running, running.take_deliveries)
        took = sorted(asyncio.run(work.run(sinks.times, RELEASES)))
    p50, p99 = (took[int(RELEASES * share) - 1] * 1_000 for share in (0.5, 0.99))
    print(f"from a release's commit to its first byte on the wire, with {RULES:,} rules")
    print(
        f"  {RELEASES} releases: p50 {p50:.0f} ms, p99 {p99:.0f} ms, at most {took[-1] * 1_000:.0f} ms"
    )


def main() -> None:
    parts = {"webhooks": webhooks, "mails": mails, "wire": to_the_wire}
    with (
        tempfile.TemporaryDirectory() as directory,
        sinks(Path(directory)) as running,
        Path(os.devnull).open("w") as log,
    ):
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(log))
        os.environ |= {"SSL_CERT_FILE": str(running.authority), "BENCH_SECRET": SECRET}
        print(machine("httpx", "aiohttp", "aiosmtplib"))
        for name in sys.argv[1:] or parts:
            parts[name](running)


if __name__ == "__main__":
    main()
