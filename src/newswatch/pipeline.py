"""The verbs: the three loops of newswatch, on one page. Pure but for the doors it is given.

    poll:     due sources → fetch → [parse → normalise] → known? → [understand → match → owe] → record
    deliver:  due deliveries → [render] → send → settle
    publish:  a feed is rendered from recorded releases when it is asked for (web/feeds.py)

In brackets: pure functions of their arguments. Everything that a poll decided is one value, `Poll`,
which the store records whole or not at all. `look` stops before that: it is the dry run.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Protocol, TypeVar

from newswatch.asking import (
    address,
    body_hash,
    condition,
    counted,
    is_over,
    led,
    longest,
    read_no_more,
    visit,
)
from newswatch.copies import DAYS
from newswatch.dedupe import changes, moved
from newswatch.drift import doubt, doubted, learned, refuse_broken
from newswatch.errors import ParseError, RenderError
from newswatch.health import with_notices
from newswatch.match import match, owe
from newswatch.missions import day_of
from newswatch.model import (
    Change,
    Channel,
    Correction,
    Delivery,
    Document,
    Fetched,
    FetchFailure,
    NotModified,
    Outcome,
    Poll,
    Raw,
    Release,
    Source,
    SourceState,
    Validators,
)
from newswatch.ports import ArticleReader, Fetcher, Known, Message, Reader, Sender, Settled, Store
from newswatch.push import noted, pushed_for
from newswatch.recognise import read, recognise
from newswatch.rules.rule import Subscriber
from newswatch.rules.standing import Standing
from newswatch.schedule import (
    AROUND,
    LONGEST_PAUSE,
    after_failure,
    after_success,
    digest_due,
    interval,
    look_again,
    pause_end,
    retry_due,
)

LEASE = timedelta(minutes=10)  # longer than any send or poll may take
WAIT = timedelta(minutes=15)  # until a channel without its secret is looked at again
MOST_PAGES = 5  # that are read back in one poll
MOST_ARTICLES = 20  # releases' own pages that are read in one poll
TIME_FOR_ARTICLES = timedelta(minutes=5)  # after which none is begun: the lease must not end
STILL_MORE = f"nothing on {MOST_PAGES} older pages was known: releases further back may be missing"
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
    read_article: ArticleReader
    store: Store
    senders: Mapping[str, Sender]  # by channel kind
    render: Renderer
    sources: Mapping[str, Source]
    standing: Standing
    retry: tuple[timedelta, ...]
    clock: Callable[[], datetime]
    spread: Callable[[], float]  # in [0, 1): what jitter is made of
    in_thread: InThread
    status_page: str = ""  # its address, for what newswatch says of itself

    @property
    def subscribers(self) -> tuple[Subscriber, ...]:
        return self.standing.subscribers

    # -- poll ---------------------------------------------------------------------------------

    async def poll(self, source: Source, state: SourceState) -> Poll:
        """Polls one source and records what came of it, in one transaction."""
        poll = await self.look(source, state)
        await self.in_thread(partial(self.store.record, poll))
        return poll

    async def look(self, source: Source, state: SourceState) -> Poll:
        """Polls one source and decides, without writing anything: the dry run."""
        if is_over(source, state):
            return self.with_notices(source, state, self.still_gone(state))
        validators, url = condition(source, state), address(source, state)
        answer = await self.ask(source, url, validators)
        poll = await self.in_thread(partial(self.decide, source, state, answer))
        poll = replace(poll, visit=visit(url, source, answer, poll.at, bool(validators)))
        poll = await self.with_articles(source, await self.page_back(source, poll))
        poll = self.weighed(source, state, poll)
        return self.with_notices(source, state, poll)

    async def page_back(self, source: Source, poll: Poll, most: int = MOST_PAGES) -> Poll:
        """While nothing on a page was known, older ones may hold more that is new: reads on until
        the pages overlap with what is held, at most a few."""
        for _ in range(most):
            if poll.next_page is None:
                return poll
            answer = await self.ask(source, poll.next_page, Validators())
            poll = await self.in_thread(partial(self.further, source, poll, answer))
            poll = counted(poll, answer)
        return replace(poll, skipped=(*poll.skipped, STILL_MORE)) if poll.next_page else poll

    async def with_articles(self, source: Source, poll: Poll) -> Poll:
        """The poll with the text of its releases' own pages, where the source asks for that; a
        page that cannot be read is told, and its release stays as the newsroom's list has it."""
        if not source.full_text or not poll.changes:
            return poll
        until = poll.at + TIME_FOR_ARTICLES
        told: list[str] = []
        found: list[Change] = []
        for change in poll.changes:
            if len(found) == MOST_ARTICLES or self.clock() > until:
                break
            answer = await self.article(change.release.url)
            poll = counted(poll, answer)
            read = await self.with_article(source, change, answer)
            if isinstance(read, ParseError):
                told.append(f"the page {change.release.url} {read.reason}")
            found.append(change if isinstance(read, ParseError) else read)
        rest = poll.changes[len(found) :]
        if rest:
            told.append(f"the pages of {len(rest)} more releases were not read")
        understood = await self.in_thread(partial(self.understood, found))
        return replace(
            poll,
            changes=understood + rest,
            deliveries=() if poll.quiet else self.owed(understood + rest, poll.at),
            skipped=poll.skipped + tuple(told),
        )

    async def article(self, url: str) -> Fetched:
        return await self.refusal(url) or await self.fetcher.fetch(url, Validators())

    async def with_article(
        self, source: Source, change: Change, answer: Fetched
    ) -> Change | ParseError:
        """The change with what its release's own page says, or why that cannot be had."""
        if not isinstance(answer, Document):
            reason = answer.reason if isinstance(answer, FetchFailure) else "answered 304"
            return ParseError("http", f"cannot be had: {reason}")
        read = partial(self.read_article, answer, source, change.release)
        try:
            return replace(change, release=await self.in_thread(read))
        except ParseError as error:
            return error

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
        if digest == state.body_hash:
            return self.unchanged(source, state, answer, "ok", now)
        try:
            return self.read_in(source, state, answer, digest, now)
        except ParseError as error:
            failure = FetchFailure(error.state, error.reason)
            bad = Raw(answer, error.state, error.reason)
            return replace(self.failed(source, state, failure, now), raws=(bad,))

    def read_in(
        self, source: Source, state: SourceState, document: Document, digest: str, now: datetime
    ) -> Poll:
        """A document that changed: entries → releases → what is new → who asked for it."""
        intake = self.read(document, source, now)
        refuse_broken(source, state.history, intake.tally)
        read = replace(document, fresh_for=longest(document.fresh_for, intake.fresh_for))
        known = self.known(source, intake.releases)
        found = self.understood(changes(intake.releases, known, now))
        quiet = source.quiet_first_poll and not state.polled_once
        state = noted(state, intake, found, now)
        return Poll(
            source_id=source.id,
            at=now,
            state=self.settled_state(source, state, read, digest, "ok", now),
            changes=found,
            deliveries=() if quiet else self.owed(found, now),
            skipped=intake.oddities,
            quiet=quiet,
            raws=(Raw(read, "ok", brought=len(found)),),
            tally=replace(intake.tally, known=len(known)),
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
        there = {change.release.id for change in poll.changes}
        new = [release for release in intake.releases if release.id not in there]
        known = self.known(source, new)
        found = self.understood(changes(new, known, poll.at))
        return replace(
            poll,
            changes=poll.changes + found,
            deliveries=poll.deliveries + (() if poll.quiet else self.owed(found, poll.at)),
            skipped=poll.skipped + intake.oddities,
            raws=(*poll.raws, Raw(answer, "ok", brought=len(found))),
            tally=poll.tally and replace(poll.tally, known=poll.tally.known + len(known)),
            next_page=intake.next_page if new and not known else None,
        )

    def known(self, source: Source, releases: Sequence[Release]) -> Mapping[str, Known]:
        """Those that are held, by the id that they have in this document."""
        known = self.store.known([release.id for release in releases])
        rest = [release for release in releases if release.id not in known]
        likenesses = [release.likeness for release in rest if release.likeness]
        like = self.store.like(source.id, likenesses) if likenesses else {}
        return {**known, **moved(releases, known, like)}

    def understood(self, found: Sequence[Change]) -> tuple[Change, ...]:
        """Changes with what their releases say, their missions, and the rules that they meet."""
        if not found:
            return ()
        known = group_by(self.store.corrections({c.release.id for c in found}), by_release)
        releases = [read(c.release, known.get(c.release.id, ())) for c in found]
        countries = {code for release in releases for code in release.reading.countries}
        days = sorted(map(day_of, releases))
        recognised = recognise(
            releases,
            self.store.missions_about(countries),
            self.store.releases_between(countries, days[0] - DAYS, days[-1] + DAYS),
        )
        return tuple(
            replace(
                change,
                release=one.release,
                mission=one.mission,
                matches=match(one.release, self.standing),
            )
            for change, one in zip(found, recognised, strict=True)
        )

    def owed(self, found: Sequence[Change], now: datetime) -> tuple[Delivery, ...]:
        return tuple(delivery for change in found for delivery in self.owed_for(change, found, now))

    def owed_for(
        self, change: Change, found: Sequence[Change], now: datetime
    ) -> tuple[Delivery, ...]:
        """Deliveries for the matches that are news. They are not where the rule had met an earlier
        version, or another release that told of the same event."""
        told = self.told(change, found)
        matches = [m for m in change.matches if (m.subscriber, m.rule) not in told]
        return owe(matches, self.subscribers, now, due=due_at)

    def told(self, change: Change, found: Sequence[Change]) -> set[tuple[str, str]]:
        release = change.release
        before = [release.id] if change.kind == "revised" else []
        before += [release.copy_of] if release.copy_of else []
        matches = [m for one in before for m in self.store.matches_of(one)]
        matches += [m for c in found if c.release.id == release.copy_of for m in c.matches]
        return {(m.subscriber, m.rule) for m in matches}

    def weighed(self, source: Source, before: SourceState, poll: Poll) -> Poll:
        """The poll, against what the source usually gives: a document in doubt stores no
        validators, and its alerts may wait; a good one lets go of those that waited for it."""
        found = doubt(source, before.history, poll)
        if found is None:
            state = replace(poll.state, history=learned(before.history, poll))
            return let_go(replace(poll, state=state))
        if not found.held:
            failure = FetchFailure(found.state, found.reason)
            return let_go(doubted(poll, found, self.failed(source, before, failure, poll.at).state))
        held = "ask" if before.held else found.held
        after = replace(
            poll.state,
            next_poll=self.second_look(source, poll) if held == "soon" else poll.state.next_poll,
            validators=before.validators,
            body_hash=before.body_hash,
            state=found.state,
            reason=found.reason,
            held=held,
        )
        return doubted(poll, found, after)

    def second_look(self, source: Source, poll: Poll) -> datetime:
        fresh = longest(*(raw.document.fresh_for for raw in poll.raws))
        return look_again(source, poll.at, fresh, self.spread())

    def with_notices(self, source: Source, before: SourceState, poll: Poll) -> Poll:
        return with_notices(source, before, poll, self.subscribers, self.status_page)

    # -- the state after a poll -----------------------------------------------------------------

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
        return replace(
            led(source, state, answer),
            next_poll=after_success(
                self.interval(source, state, now), now, answer.fresh_for, self.spread()
            ),
            validators=answer.validators,
            body_hash=digest,
            state=word,
            reason="",
            failures=0,
            failing_since=None,
            paused_until=None,
            polled_once=True,
            last_poll=now,
            last_success=now,
        )

    def interval(self, source: Source, state: SourceState, now: datetime) -> timedelta:
        first, last = ((now + days).date() for days in AROUND)
        is_busy = self.store.covers_election(source.id, first, last)
        rest = pushed_for(state, now)
        return interval(source, state.history, is_busy=is_busy, pushed_for=rest)

    def failed(
        self, source: Source, state: SourceState, failure: FetchFailure, now: datetime
    ) -> Poll:
        """A failure keeps validators and entries as they are: it must not hide what comes later."""
        failures = state.failures + 1
        after = replace(
            state,
            next_poll=after_failure(source, failures, now, failure, self.spread()),
            body_hash=read_no_more(source) if failure.state == "gone" else state.body_hash,
            state=failure.state,
            reason=failure.reason,
            failures=failures,
            failing_since=state.failing_since or now,
            paused_until=pause_end(failure, now),
            last_poll=now,
        )
        return Poll(source_id=source.id, at=now, state=after)

    def still_gone(self, state: SourceState) -> Poll:
        """A source that ended is asked no more; its operators are still reminded."""
        now = self.clock()
        after = replace(state, next_poll=now + LONGEST_PAUSE)
        return Poll(source_id=state.source_id, at=now, state=after)

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


def by_release(correction: Correction) -> str:
    return correction.release_id


def group_by(values: Iterable[T], key: Callable[[T], str]) -> Mapping[str, list[T]]:
    grouped: dict[str, list[T]] = {}
    for value in values:
        grouped.setdefault(key(value), []).append(value)
    return grouped


def set_aside(delivery: Delivery, outcome: Outcome, now: datetime) -> Delivery:
    """A delivery that could not be tried: cancelled, or looked at again in a while."""
    if not outcome.retryable:
        return replace(delivery, state="cancelled")
    return replace(delivery, state="deferred", due=now + WAIT)


def gap(poll: Poll, reason: str) -> Poll:
    """The poll, with an older page that could not be read: releases on it may be missing."""
    line = f"an older page could not be read, releases on it may be missing: {reason}"
    return replace(poll, next_page=None, skipped=(*poll.skipped, line))


def let_go(poll: Poll) -> Poll:
    """After a document whose alerts wait for the next look: this one shows the same entries."""
    if poll.tally is None or poll.state.held != "soon":
        return poll
    return replace(poll, state=replace(poll.state, held=""), lets_go=True)


def due_at(subscriber: Subscriber, channel: Channel, now: datetime) -> datetime:
    """When a delivery owed now goes out: at once, or with the channel's next digest."""
    if channel.digest is None:
        return now
    return digest_due(channel.digest, subscriber.timezone, now)


def by_channel(deliveries: Sequence[Delivery]) -> tuple[tuple[Delivery, ...], ...]:
    def key(delivery: Delivery) -> tuple[str, str]:
        return delivery.subscriber, delivery.channel

    return tuple(tuple(group) for _, group in groupby(sorted(deliveries, key=key), key=key))
