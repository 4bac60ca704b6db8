"""The verbs: the three loops of newswatch, on one page. Pure but for the doors it is given.

    poll:     due sources → fetch → [parse → normalise] → known? → [understand → match → owe] → record
    deliver:  due deliveries → [render] → send → settle
    publish:  a feed is rendered from recorded releases when it is asked for (web/feeds.py)

In brackets: pure functions of their arguments. Everything that a poll decided is one value, `Poll`,
which the store records whole or not at all. `look` stops before that: it is the dry run.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from itertools import groupby
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from newswatch.dedupe import changes
from newswatch.errors import ParseError, RenderError
from newswatch.health import is_flood, with_notices
from newswatch.match import match, owe
from newswatch.model import (
    Change,
    Channel,
    Delivery,
    Document,
    Fetched,
    FetchFailure,
    NotModified,
    Outcome,
    Poll,
    Release,
    Source,
    SourceState,
    Validators,
    Visit,
)
from newswatch.ports import Fetcher, Message, Reader, Sender, Settled, Store
from newswatch.rules.rule import Subscriber
from newswatch.schedule import after_failure, after_success, digest_due, retry_due
from newswatch.understand import read as understand

LEASE = timedelta(minutes=10)  # longer than any send or poll may take
WAIT = timedelta(minutes=15)  # until a channel without its secret is looked at again
MOST_PAGES = 5  # that are read back in one poll
STILL_MORE = f"nothing on {MOST_PAGES} older pages was known: releases further back may be missing"
SIGHTINGS = 3  # of a permanent redirect, until it is believed
T = TypeVar("T")


class InThread(Protocol):
    """Runs blocking work beside the event loop."""

    def __call__(self, work: Callable[[], T]) -> Awaitable[T]: ...


class Renderer(Protocol):
    """Turns deliveries of one channel into one message. Raises `RenderError`."""

    def __call__(
        self,
        subscriber: Subscriber,
        channel: Channel,
        deliveries: Sequence[Delivery],
        releases: Mapping[str, Release],
        now: datetime,
    ) -> Message: ...


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The loops, with the doors that they use. Built by app.py, and rebuilt whole on reload."""

    fetcher: Fetcher
    refusal: Callable[[str], Awaitable[FetchFailure | None]]  # what a host's robots.txt says
    read: Reader
    store: Store
    senders: Mapping[str, Sender]  # by channel kind
    render: Renderer
    sources: Mapping[str, Source]
    subscribers: tuple[Subscriber, ...]
    retry: tuple[timedelta, ...]
    clock: Callable[[], datetime]
    spread: Callable[[], float]  # in [0, 1): what jitter is made of
    in_thread: InThread
    status_page: str = ""  # its address, for what newswatch says of itself

    # -- poll ---------------------------------------------------------------------------------

    async def poll(self, source: Source, state: SourceState) -> Poll:
        """Polls one source and records what came of it, in one transaction."""
        poll = await self.look(source, state)
        await self.in_thread(partial(self.store.record, poll))
        return poll

    async def look(self, source: Source, state: SourceState) -> Poll:
        """Polls one source and decides, without writing anything: the dry run."""
        validators = condition(source, state)
        answer = await self.ask(source, address(source, state), validators)
        poll = await self.in_thread(partial(self.decide, source, state, answer))
        poll = replace(poll, visit=visit(source, answer, poll.at, bool(validators)))
        poll = hold_flood(state, await self.page_back(source, poll))
        return with_notices(source, state, poll, self.subscribers, self.status_page)

    async def page_back(self, source: Source, poll: Poll) -> Poll:
        """While nothing on a page was known, older ones may hold more that is new: reads on until
        the pages overlap with what is held, at most a few."""
        for _ in range(MOST_PAGES):
            if poll.next_page is None:
                return poll
            answer = await self.ask(source, poll.next_page, Validators())
            poll = await self.in_thread(partial(self.further, source, poll, answer))
        return replace(poll, skipped=(*poll.skipped, STILL_MORE)) if poll.next_page else poll

    async def ask(self, source: Source, url: str, validators: Validators) -> Fetched:
        """The document; of a page that is no feed only if its host lets programs read it."""
        refusal = await self.refusal(url) if source.kind == "listing" else None
        return refusal or await self.fetcher.fetch(url, validators)

    def decide(self, source: Source, state: SourceState, answer: Fetched) -> Poll:
        """What an answer means: changes with their matches, owed deliveries, the next poll."""
        now = self.clock()
        if isinstance(answer, FetchFailure):
            return self.failed(source, state, answer, now)
        if isinstance(answer, NotModified):
            return self.unchanged(source, state, answer, "not_modified", now)
        digest = body_hash(answer, source)
        if (
            state.polled_once
            and state.state in ("ok", "not_modified")
            and digest == state.body_hash
        ):
            return self.unchanged(source, state, answer, "ok", now)
        try:
            return self.read_in(source, state, answer, digest, now)
        except ParseError as error:
            failure = FetchFailure(error.state, error.reason)
            return self.failed(source, state, failure, now)

    def read_in(
        self, source: Source, state: SourceState, document: Document, digest: str, now: datetime
    ) -> Poll:
        """A document that changed: entries → releases → what is new → who asked for it."""
        intake = self.read(document, source, now)
        read = replace(document, fresh_for=longest(document.fresh_for, intake.fresh_for))
        known = self.store.known([release.id for release in intake.releases])
        found = tuple(self.understood(change) for change in changes(intake.releases, known, now))
        quiet = source.quiet_first_poll and not state.polled_once
        owed = () if quiet else tuple(d for change in found for d in self.owed(change, now))
        return Poll(
            source_id=source.id,
            at=now,
            state=self.settled_state(source, state, read, digest, "ok", now),
            changes=found,
            deliveries=owed,
            skipped=intake.oddities,
            quiet=quiet,
            seen=intake.seen,
            next_page=intake.next_page if state.polled_once and not known else None,
        )

    def further(self, source: Source, poll: Poll, answer: Fetched) -> Poll:
        """The poll with what an older page adds; a page that cannot be read is told."""
        if not isinstance(answer, Document):
            reason = answer.reason if isinstance(answer, FetchFailure) else "answered 304"
            return gap(poll, reason)
        try:
            intake = self.read(answer, source, poll.at)
        except ParseError as error:
            return gap(poll, str(error))
        known = self.store.known([release.id for release in intake.releases])
        there = {change.release.id for change in poll.changes}
        new = [release for release in intake.releases if release.id not in there]
        found = tuple(self.understood(change) for change in changes(new, known, poll.at))
        return replace(
            poll,
            changes=poll.changes + found,
            deliveries=poll.deliveries
            + tuple(d for change in found for d in self.owed(change, poll.at)),
            skipped=poll.skipped + intake.oddities,
            seen=poll.seen + intake.seen,
            next_page=intake.next_page if new and not known else None,
        )

    def understood(self, change: Change) -> Change:
        release = replace(change.release, reading=understand(change.release))
        return replace(change, release=release, matches=match(release, self.subscribers))

    def owed(self, change: Change, now: datetime) -> tuple[Delivery, ...]:
        """Deliveries for the matches that are news: a revision that a rule had already met is not."""
        matches = change.matches
        if change.kind == "revised":
            told = {(m.subscriber, m.rule) for m in self.store.matches_of(change.release.id)}
            matches = tuple(m for m in matches if (m.subscriber, m.rule) not in told)
        return owe(matches, self.subscribers, now, due=due_at)

    def unchanged(
        self,
        source: Source,
        state: SourceState,
        answer: Document | NotModified,
        word: str,
        now: datetime,
    ) -> Poll:
        after = self.settled_state(source, state, answer, state.body_hash, word, now)
        return Poll(source_id=source.id, at=now, state=after)

    def settled_state(
        self,
        source: Source,
        state: SourceState,
        answer: Document | NotModified,
        digest: str | None,
        word: str,
        now: datetime,
    ) -> SourceState:
        moved = led(source, state, answer)
        return replace(
            moved,
            next_poll=after_success(source, now, answer.fresh_for, self.spread()),
            validators=answer.validators,
            body_hash=digest,
            state=word,
            reason=f"moved for good to {moved.moved_to}" if is_adopted(moved) else "",
            failures=0,
            polled_once=True,
            last_poll=now,
            last_success=now,
        )

    def failed(
        self, source: Source, state: SourceState, failure: FetchFailure, now: datetime
    ) -> Poll:
        """A failure keeps validators and entries as they are: it must not hide what comes later."""
        failures = state.failures + 1
        after = replace(
            state,
            next_poll=after_failure(source, failures, now, failure, self.spread()),
            state=failure.state,
            reason=failure.reason,
            failures=failures,
            last_poll=now,
        )
        return Poll(source_id=source.id, at=now, state=after)

    # -- deliver ------------------------------------------------------------------------------

    def claim(self, limit: int = 500) -> tuple[tuple[Delivery, ...], ...]:
        """Takes due deliveries under a lease, in batches that make one message each."""
        due = self.store.claim_deliveries(self.clock(), LEASE, limit)
        return tuple(batch for group in by_channel(due) for batch in self.batches(group))

    def batches(self, group: tuple[Delivery, ...]) -> tuple[tuple[Delivery, ...], ...]:
        """A digest takes all that is due on its channel; other channels one at a time."""
        _, channel = self.addressee(group[0])
        if channel is not None and channel.digest is not None:
            return (group,)
        return tuple((delivery,) for delivery in group)

    async def deliver(self, batch: tuple[Delivery, ...]) -> tuple[Settled, ...]:
        """Renders, sends and settles one batch of one channel."""
        subscriber, channel = self.addressee(batch[0])
        if subscriber is None or channel is None:
            return await self.settle(batch, self.clock(), REMOVED)
        started = self.clock()
        outcome = await self.send(subscriber, channel, batch, started)
        return await self.settle(batch, started, outcome)

    async def send(
        self, subscriber: Subscriber, channel: Channel, batch: tuple[Delivery, ...], now: datetime
    ) -> Outcome:
        if channel.missing:
            return Outcome(ok=False, answer=f"waiting for {channel.missing}", attempted=False)
        try:
            message = await self.in_thread(partial(self.rendered, subscriber, channel, batch, now))
        except RenderError as error:
            return Outcome(ok=False, answer=f"not sent: {error}", retryable=False)
        return await self.senders[channel.kind].send(message, now)

    def rendered(
        self, subscriber: Subscriber, channel: Channel, batch: tuple[Delivery, ...], now: datetime
    ) -> Message:
        releases = self.store.releases_by_id({delivery.release_id for delivery in batch})
        return self.render(subscriber, channel, batch, releases, now)

    async def settle(
        self, batch: tuple[Delivery, ...], started: datetime, outcome: Outcome
    ) -> tuple[Settled, ...]:
        now = self.clock()
        settled = tuple(
            Settled(self.after(delivery, outcome, now), started, now - started, outcome)
            for delivery in batch
        )
        await self.in_thread(partial(self.store.settle, settled))
        return settled

    def after(self, delivery: Delivery, outcome: Outcome, now: datetime) -> Delivery:
        """The delivery after an attempt: sent, deferred to its next try, or dead."""
        if not outcome.attempted:
            return set_aside(delivery, outcome, now)
        tried = replace(delivery, attempts=delivery.attempts + 1)
        if outcome.ok:
            return replace(tried, state="sent")
        if not outcome.retryable:
            return replace(tried, state="dead")
        due = retry_due(tried.attempts, self.retry, now, outcome.retry_after, self.spread())
        return (
            replace(tried, state="dead")
            if due is None
            else replace(tried, state="deferred", due=due)
        )

    def addressee(self, delivery: Delivery) -> tuple[Subscriber | None, Channel | None]:
        for subscriber in self.subscribers:
            if subscriber.id == delivery.subscriber:
                return subscriber, subscriber.channel(delivery.channel)
        return None, None


REMOVED = Outcome(
    ok=False,
    answer="the channel is no longer in the configuration",
    retryable=False,
    attempted=False,
)


def set_aside(delivery: Delivery, outcome: Outcome, now: datetime) -> Delivery:
    """A delivery that could not be tried: cancelled, or looked at again in a while."""
    if not outcome.retryable:
        return replace(delivery, state="cancelled")
    return replace(delivery, state="deferred", due=now + WAIT)


def way_of_reading(source: Source) -> str:
    """Changes when the source would be read otherwise: from elsewhere, or by other selectors."""
    how = repr((source.kind, source.url, source.layouts, source.language, source.timezone))
    return sha256(how.encode()).hexdigest()[:16]


def body_hash(document: Document, source: Source) -> str:
    """Of the bytes and of how they are read: a mended layout reads the same page again."""
    return f"{way_of_reading(source)}.{sha256(document.body).hexdigest()}"


def condition(source: Source, state: SourceState) -> Validators:
    """The validators of what is held, if it was read in the way in which it would be now."""
    is_same = (state.body_hash or "").startswith(f"{way_of_reading(source)}.")
    return state.validators if is_same else Validators()


def hold_flood(before: SourceState, poll: Poll) -> Poll:
    """Much that is old at once is no news: it is recorded, and nobody is alerted."""
    return replace(poll, deliveries=(), held=True) if is_flood(before, poll) else poll


def gap(poll: Poll, reason: str) -> Poll:
    """The poll, with an older page that could not be read: releases on it may be missing."""
    line = f"an older page could not be read, releases on it may be missing: {reason}"
    return replace(poll, next_page=None, skipped=(*poll.skipped, line))


def is_adopted(state: SourceState) -> bool:
    return state.moved_to is not None and state.moved_seen >= SIGHTINGS


def address(source: Source, state: SourceState) -> str:
    """Where a source is asked: where permanent redirects led several times, unless that fails or
    the configuration was changed since."""
    is_same = (state.body_hash or "").startswith(f"{way_of_reading(source)}.")
    if is_same and is_adopted(state) and state.failures < SIGHTINGS:
        return state.moved_to or source.url
    return source.url


def led(source: Source, state: SourceState, answer: Document | NotModified) -> SourceState:
    """The state with what permanent redirects say: seen again, elsewhere, or no more."""
    if answer.moved_to is None:
        is_there = address(source, state) != source.url
        return state if is_there else replace(state, moved_to=None, moved_seen=0)
    seen = state.moved_seen + 1 if answer.moved_to == state.moved_to else 1
    return replace(state, moved_to=answer.moved_to, moved_seen=seen)


def longest(*times: timedelta | None) -> timedelta | None:
    return max((time for time in times if time is not None), default=None)


def visit(source: Source, answer: Fetched, at: datetime, is_conditional: bool) -> Visit:
    """What the host saw of a poll."""
    outcome = "read"
    if isinstance(answer, NotModified):
        outcome = "not_modified"
    if isinstance(answer, FetchFailure):
        outcome = "refused" if answer.status in (401, 403, 429, 503) else "failed"
    return Visit(source.id, urlsplit(source.url).netloc, at, is_conditional, outcome)


def due_at(subscriber: Subscriber, channel: Channel, now: datetime) -> datetime:
    """When a delivery owed now goes out: at once, or with the channel's next digest."""
    if channel.digest is None:
        return now
    return digest_due(channel.digest, subscriber.timezone, now)


def by_channel(deliveries: Sequence[Delivery]) -> tuple[tuple[Delivery, ...], ...]:
    def key(delivery: Delivery) -> tuple[str, str]:
        return delivery.subscriber, delivery.channel

    return tuple(tuple(group) for _, group in groupby(sorted(deliveries, key=key), key=key))
