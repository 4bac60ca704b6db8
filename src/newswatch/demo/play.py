"""The demo's play: a quiet first poll, a mission opened, the same mission called off, a digest."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import feedparser
from aiosmtpd.controller import Controller
from starlette.types import ASGIApp

from newswatch.app import Newswatch, clock, drain
from newswatch.config.load import load
from newswatch.daemon import listening, quiet_server
from newswatch.demo.installation import Places, write_installation
from newswatch.demo.newsroom import Newsrooms, Sample, samples
from newswatch.demo.sinks import Arrival, HookSink, MailSink
from newswatch.doors import make_site
from newswatch.errors import NewswatchError
from newswatch.model import Poll

A_WEEK = timedelta(days=8)  # every digest has fallen due by then
Say = Callable[[str], None]


@dataclass(slots=True)
class Demo:
    """A running demo: what was told, and to whom."""

    newswatch: Newswatch
    newsrooms: Newsrooms
    hooks: HookSink
    places: Places
    mailbox: Path
    say: Say
    arrivals: list[Arrival]
    told: int = 0  # arrivals that were shown already

    async def play(self, live: Sequence[Sample]) -> None:
        await self.first_poll()
        for release in live:
            await self.publish(release)
        await self.digests()
        await self.read_feeds()

    async def first_poll(self) -> None:
        polls = await self.poll_all()
        count = sum(len(poll.changes) for poll in polls)
        owed = sum(len(poll.deliveries) for poll in polls)
        self.say(f"\n1. The first poll: {len(polls)} newsrooms, {count} releases, {owed} alerts")
        self.say(
            "   The first poll of a source is quiet: it records what is there, and alerts nobody."
        )

    async def publish(self, release: Sample) -> None:
        """A release appears in its newsroom; everything is polled, and what is due delivered."""
        number = 2 + sum(one.live for one in self.newsrooms.shown)
        self.newsrooms.publish(release)
        polls = await self.poll_all()
        self.say(f"\n{number}. {release.newsroom} publishes: {release.title}")
        for poll in polls:
            self.show_changes(poll)
        await drain(self.newswatch.take_deliveries, 256)
        self.show_arrivals()

    async def digests(self) -> None:
        """The clock of the delivery loop is put a week ahead: what waits for a digest is due."""
        pipeline = self.newswatch.pipeline
        self.newswatch.pipeline = replace(pipeline, clock=lambda: clock() + A_WEEK)
        await drain(self.newswatch.take_deliveries, 256)
        self.newswatch.pipeline = pipeline
        self.say("\n4. The digests (the clock is put forward, so that you need not wait for them)")
        self.show_arrivals()

    async def read_feeds(self) -> None:
        """Every public feed is fetched over HTTP and read back as a feed reader would."""
        self.say("\n5. The curated feeds, read back by a feed reader")
        for subscriber in self.newswatch.configuration.subscribers:
            for rule in subscriber.rules:
                if rule.feed.visibility == "public":
                    url = f"http://{self.places.site}/feeds/{subscriber.id}/{rule.id}.atom"
                    found = await asyncio.to_thread(feedparser.parse, url)
                    if found.get("status") != 200 or found.bozo:
                        raise NewswatchError(f"{url} cannot be read: {found.get('status')}")
                    self.say(f"   {len(found.entries):2} entries  {url}")

    async def poll_all(self) -> list[Poll]:
        newswatch = self.newswatch
        states = newswatch.store.source_states()
        sources = newswatch.pipeline.sources.values()
        jobs = (newswatch.pipeline.poll(source, states[source.id]) for source in sources)
        return await asyncio.gather(*jobs)

    # -- what is shown --------------------------------------------------------------------------

    def show_changes(self, poll: Poll) -> None:
        for change in poll.changes:
            reading = change.release.reading
            elections = ", ".join(f"{e.kind} {e.date or ''}".strip() for e in reading.elections)
            parts = (", ".join(reading.countries), reading.event, reading.mission or "", elections)
            self.say(f"   understood: {'; '.join(part for part in parts if part)}")
            for match in change.matches:
                why = ", ".join(
                    f"{w.field} {w.value}" + (f" (“{w.evidence}”)" if w.evidence else "")
                    for w in match.why
                )
                self.say(f"   matches {match.subscriber}/{match.rule}: {why}")

    def show_arrivals(self) -> None:
        for arrival in self.arrivals[self.told :]:
            self.say(f"   → {arrival.subscriber}, {arrival.kind}: {arrival.note}")
        self.told = len(self.arrivals)


# (subscriber, kind of channel, slug of the release): exactly what must arrive.
EXPECTED = frozenset(
    (
        ("central-asia-desk", "webhook", "kyrgyzstan-mission-opens"),
        ("central-asia-desk", "email", "kyrgyzstan-mission-opens"),
        ("central-asia-desk", "webhook", "kyrgyzstan-mission-ends"),
        ("central-asia-desk", "email", "kyrgyzstan-mission-ends"),
        ("newsroom-chat", "chat", "kyrgyzstan-mission-ends"),
        ("morning-digest", "email", "kyrgyzstan-mission-opens"),
        ("morning-digest", "email", "kyrgyzstan-mission-ends"),
    )
)


def received(arrivals: Sequence[Arrival]) -> list[tuple[str, str, str]]:
    """(subscriber, kind of channel, slug) of everything that arrived, repeats included."""
    slugs = {one.title: one.slug for one in samples()}
    return [(one.subscriber, one.kind, slugs[title]) for one in arrivals for title in one.titles]


def verdict(arrivals: Sequence[Arrival], refused: Sequence[str], say: Say) -> bool:
    """Whether everything expected arrived, once, and nothing else; in words."""
    got = received(arrivals)
    missing, strange = EXPECTED - set(got), set(got) - EXPECTED
    for subscriber, kind, slug in sorted(missing):
        say(f"missing: {kind} to {subscriber} about {slug}")
    for subscriber, kind, slug in sorted(strange):
        say(f"not expected: {kind} to {subscriber} about {slug}")
    for line in refused:
        say(f"refused: {line}")
    if len(got) > len(set(got)):
        say("something arrived twice")
    arrived = not missing and not strange and not refused and len(got) == len(set(got))
    if arrived:
        say(f"\nEvery expected alert arrived, once: {len(got)} of {len(EXPECTED)}.")
    return arrived


@asynccontextmanager
async def demo(examples: Path, directory: Path, say: Say) -> AsyncIterator[Demo]:
    """Starts everything on loopback, and stops it at the end."""
    arrivals: list[Arrival] = []
    everything = samples()
    newsrooms = Newsrooms([one for one in everything if not one.live])
    hooks = HookSink({}, arrivals)
    mails = MailSink(directory / "mailbox.mbox", arrivals, tuple(one.title for one in everything))
    door = site_door()
    async with (
        serving(newsrooms.app(), listening("127.0.0.1", 0)) as rooms,
        serving(hooks.app(), listening("127.0.0.1", 0)) as sinks,
    ):
        with mail_server(mails) as smtp:
            places = Places(address(door), f"http://{rooms}", f"http://{sinks}", smtp)
            hooks.secrets = write_installation(examples, directory / "config", places)
            newswatch = Newswatch.start(lambda: load(directory / "config"))
            async with serving(make_site(newswatch), door):
                yield Demo(newswatch, newsrooms, hooks, places, mails.path, say, arrivals)
            newswatch.close()


def site_door() -> socket.socket:
    """The usual port of the site, or a free one where that is taken."""
    try:
        return listening("127.0.0.1", 8080)
    except NewswatchError:
        return listening("127.0.0.1", 0)


def address(door: socket.socket) -> str:
    host, port = door.getsockname()[:2]
    return f"{host}:{port}"


@asynccontextmanager
async def serving(app: ASGIApp, door: socket.socket) -> AsyncIterator[str]:
    """A running web server; gives its host and port."""
    server = quiet_server(app)
    task = asyncio.create_task(server.serve(sockets=[door]))
    try:
        yield address(door)
    finally:
        server.should_exit = True
        await task


@contextmanager
def mail_server(sink: MailSink) -> Iterator[int]:
    """A running SMTP server; gives its port."""
    with listening("127.0.0.1", 0) as free:
        port: int = free.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


async def perform(examples: Path, directory: Path, say: Say, until: asyncio.Event | None) -> bool:
    """Plays the demo; with `until`, leaves the site up until it is set or Ctrl-C comes."""
    async with demo(examples, directory, say) as running:
        live = sorted((one for one in samples() if one.live), key=lambda one: one.published)
        await running.play(live)
        arrived = verdict(running.arrivals, running.hooks.refused, say)
        say(f"The mails are in {running.mailbox}")
        if until is not None:
            say(f"The site is at http://{running.places.site}/  (Ctrl-C stops it)")
            await stopped(until)
    return arrived


async def stopped(until: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, until.set)
    await until.wait()
