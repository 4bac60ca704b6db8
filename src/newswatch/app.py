"""The only wiring: an installation that runs.

assembly.py makes the parts of a configuration, doors.py what the web side looks through. Nothing here
decides anything: it introduces the pipeline to its doors, and gives everybody the clock, the dice and
the threads that the rest of the program takes as arguments.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog

from newswatch.alarm import drill
from newswatch.assembly import (
    Tools,
    bouncing,
    build,
    build_distributing,
    build_drilling,
    build_inbox,
    build_pushing,
    letterhead,
    make_sessions,
    status_page,
)
from newswatch.bounces import LARGEST
from newswatch.config.load import Configuration
from newswatch.deliver import make_senders
from newswatch.distributing import Distributing
from newswatch.doors import make_doors
from newswatch.errors import ConfigurationError, NotFoundError
from newswatch.health import refused
from newswatch.journal import log_choices, log_poll, log_push, log_settled
from newswatch.lanes import Lanes
from newswatch.maildir import unread
from newswatch.model import (
    Channel,
    Delivery,
    Errand,
    Outcome,
    Poll,
    Push,
    RuleText,
    Source,
    SourceState,
)
from newswatch.overdue import tell_overdue
from newswatch.pipeline import LEASE, Pipeline
from newswatch.ports import Settled
from newswatch.push import host_of
from newswatch.pushing import Pushing
from newswatch.render.message import render_message
from newswatch.rules.rule import Subscriber
from newswatch.rules.standing import Standing
from newswatch.settling import REMOVED
from newswatch.store import SqlStore, open_store
from newswatch.web import Files
from newswatch.workers import Workers

log = structlog.get_logger()
T = TypeVar("T")
Job = Callable[[], Awaitable[object]]


def clock() -> datetime:
    return datetime.now(UTC)


async def in_thread(work: Callable[[], T]) -> T:
    return await asyncio.to_thread(work)


def tools() -> Tools:
    return Tools(clock, in_thread)


def no_traces() -> Hashable:
    """Where nobody watches the files."""
    return None


def supervisor_settings() -> tuple[str | None, timedelta | None]:
    """What the service manager put into the environment (sd_notify(3), sd_watchdog_enabled(3))."""
    period = os.environ.get("WATCHDOG_USEC", "")
    watchdog = timedelta(microseconds=int(period)) if period.isdigit() else None
    return os.environ.get("NOTIFY_SOCKET"), watchdog


def connect(configuration: Configuration, *, migrate: bool = True) -> SqlStore:
    """Opens the configured database. Raises `StoreError`."""
    return open_store(configuration.database, migrate=migrate)


@dataclass(slots=True)
class Newswatch:
    """A running installation: a store, and parts that a reload swaps in one step."""

    load: Callable[[], Configuration]
    configuration: Configuration
    store: SqlStore
    pipeline: Pipeline
    pushing: Pushing
    workers: Workers
    reload_problem: str = ""
    traces: Callable[[], Hashable] = no_traces  # of the configuration: another value after a change
    traced: Hashable = None  # at the last tick
    loaded: Hashable = None  # at the last load
    files: Files | None = None
    published: str = ""  # the marker of what the files were last written for
    distributing: Distributing | None = None
    announced: str = ""  # the marker of what hub and followers were last told of
    started: datetime = field(default_factory=clock)
    loaded_at: datetime = field(default_factory=clock)
    problems: int = 0  # of an edited configuration that is not in force

    @classmethod
    def start(
        cls, load: Callable[[], Configuration], traces: Callable[[], Hashable] = no_traces
    ) -> "Newswatch":
        """Loads, connects and builds. Raises `ConfigurationError` or `StoreError`."""
        traced = traces()
        configuration = load()
        store = connect(configuration)
        store.ensure_sources([source.id for source in configuration.sources], clock())
        see_rules(store, configuration)
        workers = Workers()
        standing = Standing.of(configuration.subscribers)
        pipeline = build(configuration, store, workers, standing, Lanes(), tools())
        pushing = build_pushing(configuration, store, tools())
        made = cls(load, configuration, store, pipeline, pushing, workers)
        made.files, made.distributing = make_files(made), make_distributing(made)
        made.traces, made.traced, made.loaded = traces, traced, traced
        return made

    def close(self) -> None:
        """Ends the reading processes and the database's connections."""
        self.workers.close()
        self.store.close()

    # -- what the daemon drives -----------------------------------------------------------------

    async def take_polls(self, room: int) -> list[Job]:
        """Jobs for the sources that are due, claimed under a lease."""
        due = await in_thread(partial(self.claim_sources, room))
        return [partial(self.owed_by, source, state) for source, state in due]

    def claim_sources(self, room: int) -> list[tuple[Source, SourceState]]:
        sources = self.pipeline.sources
        claimed = self.store.claim_sources(clock(), LEASE, room, only=sources.keys())
        states: Mapping[str, SourceState] = self.store.source_states() if claimed else {}
        return [(sources[source_id], states[source_id]) for source_id in claimed]

    async def poll(self, source: Source, state: SourceState) -> Poll:
        poll = await self.pipeline.poll(source, state)
        log_poll(poll)
        return poll

    async def owed_by(self, source: Source, state: SourceState) -> Sequence[Delivery]:
        """Polls, and gives what that owes."""
        return (await self.poll(source, state)).deliveries

    async def take_deliveries(self, room: int) -> list[Job]:
        """Jobs for the deliveries that are due, one for each message."""
        batches = await in_thread(partial(self.pipeline.claim, room))
        return [partial(self.deliver, batch) for batch in batches]

    async def deliver(self, batch: tuple[Delivery, ...]) -> tuple[Settled, ...]:
        settled = await self.pipeline.deliver(batch)
        for one in settled:
            log_settled(one)
        if settled and settled[0].outcome.refusals:
            sent, refusals = [one.delivery for one in settled], settled[0].outcome.refusals
            taking = bouncing(self.configuration, self.store)
            await in_thread(partial(taking.refused, sent, refusals, clock()))
        return settled

    async def take_bounces(self, room: int) -> list[Job]:
        """A job where mails to our address are put into a Maildir."""
        return [self.read_bounces] if room and self.configuration.bounces else []

    async def read_bounces(self) -> None:
        for line in await in_thread(partial(take_unread, self.configuration, self.store)):
            log.info("mail_taken", said=line)

    async def take_publications(self, room: int) -> list[Job]:
        """A job where feeds are also written as files, and something changed since they were."""
        if self.files is None or room < 1:
            return []
        marker = str(await in_thread(self.store.change_marker))
        return [partial(self.publish, marker)] if marker != self.published else []

    async def publish(self, marker: str) -> None:
        """Writes the files; what cannot be written is told, and tried again with the next change."""
        files, self.published = self.files, marker
        if files is None:
            return
        try:
            changed = await in_thread(files.write)
        except OSError as error:
            log.error("feeds_not_written", directory=str(files.directory), error=str(error))
        else:
            log.info("feeds_written", directory=str(files.directory), changed=changed)

    async def take_pushes(self, room: int) -> list[Job]:
        """Jobs for the hubs that are to be asked."""
        pushing = self.pushing
        asked = await in_thread(partial(pushing.claim, room))
        return [partial(ask_to_push, pushing, one) for one in asked]

    async def take_errands(self, room: int) -> list[Job]:
        """Jobs for what followers of feeds, or a hub, are owed; after whatever changed is
        announced."""
        distributing = self.distributing
        if distributing is None:
            return []
        marker = str(await in_thread(self.store.change_marker))
        if marker != self.announced:
            await in_thread(distributing.announce)
            self.announced = marker
        errands = await in_thread(partial(distributing.claim, room))
        return [partial(run_errand, distributing, one) for one in errands]

    async def take_reminders(self, room: int) -> list[Job]:
        """A job that looks for steps of missions that became overdue."""
        return [self.remind] if room else []

    async def remind(self) -> None:
        site = self.configuration.service.web.base_url.rstrip("/")
        for change in await in_thread(partial(tell_overdue, self.pipeline, site)):
            log.info("overdue", page=change.release.url, rules=len(change.matches))

    async def take_drills(self, room: int) -> list[Job]:
        """A job that holds the drills that are planned, and tells of what nobody acknowledged."""
        return [self.drill] if room else []

    async def drill(self) -> None:
        drilling = build_drilling(self.configuration, self.store, self.started, tools())
        for held in await in_thread(drilling.hold_planned):
            log.info("drill", drill=held.drill, subscriber=held.subscriber, channel=held.channel)
        for late in await in_thread(drilling.remind):
            log.warning("drill_unanswered", subscriber=late.subscriber, channel=late.channel)

    async def take_reloads(self, room: int) -> list[Job]:
        """A job where the configuration's files changed, and have rested for a tick: an editor may
        write several, one after the other."""
        before, self.traced = self.traced, await in_thread(self.traces)
        is_due = self.traced == before and self.traced != self.loaded
        return [self.reload] if is_due and room > 0 else []

    async def reload(self) -> None:
        """Loads and builds everything, then swaps in one step; a bad file changes nothing."""
        self.loaded = await in_thread(self.traces)
        try:
            configuration = await in_thread(self.load)
        except ConfigurationError as error:
            await in_thread(partial(self.refuse, error))
            return
        await in_thread(partial(self.swap, configuration))
        log.info(
            "configuration_loaded",
            sources=len(configuration.sources),
            subscribers=len(configuration.subscribers),
        )

    def refuse(self, error: ConfigurationError) -> None:
        """Tells of a bad edit, and its operators once of the same one."""
        told, self.reload_problem = self.reload_problem, str(error)
        self.problems = len(error.problems)
        log.error("configuration_refused", problems=str(error), running="the last good one")
        if self.reload_problem != told:
            lines = [str(problem) for problem in error.problems]
            pipeline = self.pipeline
            notice = refused(lines, pipeline.subscribers, clock(), pipeline.status_page)
            self.store.add(notice)

    def cancel_removed(self) -> None:
        """Gives up what waits for channels that are no longer there, and says so."""
        cancelled = self.store.drop_channels(self.configuration.lanes, clock(), REMOVED.answer)
        for (subscriber, channel), count in cancelled.items():
            log.warning(
                "deliveries_cancelled",
                subscriber=subscriber,
                channel=channel,
                count=count,
                reason=REMOVED.answer,
            )

    def swap(self, configuration: Configuration) -> None:
        self.store.ensure_sources([source.id for source in configuration.sources], clock())
        see_rules(self.store, configuration)
        standing = self.pipeline.standing.updated(configuration.subscribers)
        lanes = self.pipeline.lanes
        pipeline = build(configuration, self.store, self.workers, standing, lanes, tools())
        self.pushing = build_pushing(configuration, self.store, tools())
        self.configuration, self.pipeline, self.reload_problem = configuration, pipeline, ""
        self.loaded_at, self.problems = clock(), 0
        self.files, self.published = make_files(self), ""
        self.distributing, self.announced = make_distributing(self), ""
        self.cancel_removed()

    # -- one full pass --------------------------------------------------------------------------

    async def once(self) -> None:
        """Polls all that is due, then delivers all that is due."""
        await drain(self.take_polls, 64)
        await self.remind()
        await drain(self.take_publications, 1)
        await drain(self.take_deliveries, 256)
        await drain(self.take_errands, 64)

    def source(self, source_id: str) -> Source:
        """The configured source of that name. Raises `NotFoundError`, which names those there are."""
        for source in self.configuration.sources:
            if source.id == source_id:
                return source
        names = ", ".join(source.id for source in self.configuration.sources)
        raise NotFoundError(f"no source is called {source_id!r}; there are: {names}")


def see_rules(store: SqlStore, configuration: Configuration) -> None:
    """Keeps the rules as they are written now: alerts are explained by the rule as it was."""
    now = clock()
    store.see_rules(
        RuleText(rule.digest, subscriber.id, rule.id, rule.text, now, now)
        for subscriber in configuration.subscribers
        for rule in subscriber.rules
    )


def make_files(newswatch: Newswatch) -> Files | None:
    """The directory of feeds, if the configuration asks for one."""
    directory = newswatch.configuration.publish
    return Files(make_doors(newswatch), directory) if directory else None


def make_distributing(newswatch: Newswatch) -> Distributing | None:
    service = newswatch.configuration.service
    return build_distributing(service, newswatch.store, make_doors(newswatch), tools())


def take_unread(configuration: Configuration, store: SqlStore) -> list[str]:
    """Takes the mails that came to our address; what came of each, in lines."""
    inbox = build_inbox(configuration, store, log_choices, clock)
    directory = configuration.bounces
    if directory is None:
        return []
    return [line for raw in unread(directory, LARGEST) for line in inbox.take(raw, clock())]


async def run_errand(distributing: Distributing, errand: Errand) -> None:
    """What becomes of it is logged without the callback, which only its subscriber should know."""
    outcome = await distributing.run(errand)
    say = log.info if outcome.ok else log.warning
    to = host_of(errand.address)
    say(f"hub_{errand.kind}", topic=errand.topic, to=to, ok=outcome.ok, answer=outcome.answer)


async def ask_to_push(pushing: Pushing, asked: Push) -> None:
    reason = await pushing.ask(asked)
    log_push(asked, f"hub_asked_to_{asked.pending}", strange=bool(reason), reason=reason)


async def try_channel(
    configuration: Configuration, subscriber: Subscriber, channel: Channel
) -> Outcome:
    """Sends a channel a message that is marked as a test, past the outbox."""
    now, workers, store = clock(), Workers(), connect(configuration)
    senders = make_senders(
        make_sessions(configuration.service),
        configuration.mail,
        configuration.service.deliver.deadline,
        configuration.service.network.allow_private,
        key=store.link_key,
    )
    release, delivery = drill(subscriber, channel, now, status_page(configuration.service))
    letters = letterhead(configuration, workers)
    try:
        message = await in_thread(
            partial(
                render_message, letters, subscriber, channel, [delivery], {release.id: release}, now
            )
        )
        return await senders[channel.kind].send(message, now)
    finally:
        workers.close()
        store.close()


async def drain(take: Callable[[int], Awaitable[list[Job]]], at_once: int) -> None:
    """Takes and does, until nothing is due; a job that fails is told, and harms no other; one that
    takes long keeps its own place only."""
    running: set[asyncio.Task[object]] = set()
    while True:
        jobs = await take(at_once - len(running)) if len(running) < at_once else []
        running |= {asyncio.ensure_future(job()) for job in jobs}
        if not running:
            return
        done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for error in filter(None, (task.exception() for task in done)):
            log.error("job_failed", error=f"{type(error).__name__}: {error}")
