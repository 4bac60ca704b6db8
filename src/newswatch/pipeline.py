"""The verbs: the three loops of newswatch, on one page. Pure but for the doors it is given.

    poll:     due sources → fetch → [parse → normalise] → known? → [understand → match → owe] → record
    deliver:  due deliveries → what may leave now → [render] → send → settle
    publish:  a feed is rendered from recorded releases when it is asked for (web/feeds.py)

In brackets: pure functions of their arguments. Everything that a poll decided is one value, `Poll`,
which the store records whole or not at all. `look` stops before that: it is the dry run.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from newswatch.afterwards import failed, read_well, still_gone, weighed
from newswatch.alarm import judged
from newswatch.articles import Articles
from newswatch.asking import address, body_hash, condition, counted, is_over, longest, visit
from newswatch.attempts import Attempt, Attempts, Groups, Renderer
from newswatch.breaker import PATIENCE
from newswatch.dedupe import changes
from newswatch.departures import Departures
from newswatch.drift import refuse_broken
from newswatch.errors import ParseError, StoreError
from newswatch.health import with_notices
from newswatch.lanes import Lanes
from newswatch.model import (
    Channel,
    ChannelState,
    Delivery,
    Document,
    Fetched,
    FetchFailure,
    NotModified,
    Poll,
    Raw,
    Release,
    Source,
    SourceState,
    Validators,
)
from newswatch.newsdesk import Newsdesk
from newswatch.ports import (
    ArticleReader,
    Ended,
    Fetcher,
    InThread,
    Reader,
    Sender,
    Settled,
    Store,
)
from newswatch.push import noted, pushed_for
from newswatch.rules.rule import Subscriber
from newswatch.rules.standing import Standing
from newswatch.schedule import AROUND, after_success, interval, pace
from newswatch.settling import lane_of, settled

LEASE = timedelta(minutes=10)  # longer than any send or poll may take
MOST_PAGES = 5  # that are read back in one poll
PAGE_GONE = "its own page is gone for good (410)"
STILL_MORE = f"nothing on {MOST_PAGES} older pages was known: releases further back may be missing"


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
    patience: timedelta = PATIENCE  # with a channel that fails
    lanes: Lanes = field(default_factory=Lanes)  # of this process: outlives a reload
    groups: Groups = field(default_factory=Groups)

    @property
    def subscribers(self) -> tuple[Subscriber, ...]:
        return self.standing.subscribers

    @property
    def desk(self) -> Newsdesk:
        return Newsdesk(self.store, self.standing)

    @property
    def attempts(self) -> Attempts:
        doors = (self.store, self.senders, self.render, self.clock, self.in_thread)
        return Attempts(*doors, self.groups)

    @property
    def articles(self) -> Articles:
        return Articles(self.fetcher, self.refusal, self.read_article, self.clock, self.in_thread)

    # -- poll ---------------------------------------------------------------------------------

    async def poll(self, source: Source, state: SourceState) -> Poll:
        """Polls one source and records what came of it, in one transaction."""
        poll = await self.look(source, state)
        await self.in_thread(partial(self.store.record, poll))
        return poll

    async def look(self, source: Source, state: SourceState) -> Poll:
        """Polls one source and decides, without writing anything: the dry run."""
        if is_over(source, state):
            return self.with_notices(source, state, still_gone(state, self.clock()))
        validators, url = condition(source, state), address(source, state)
        answer = await self.ask(source, url, validators)
        poll = await self.in_thread(partial(self.decide, source, state, answer))
        poll = replace(poll, visit=visit(url, source, answer, poll.at, bool(validators)))
        poll = await self.with_articles(source, await self.page_back(source, poll))
        poll = weighed(source, state, poll, self.spread())
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
        """The poll with the text of its releases' own pages, where the source asks for that."""
        if not source.full_text or not poll.changes:
            return poll
        poll, gone = await self.articles.read_for(source, poll)
        return await self.in_thread(partial(self.understood, poll, gone))

    def understood(self, poll: Poll, gone: Sequence[Release]) -> Poll:
        """The poll after its releases' own pages were read; some of those were gone for good."""
        found = self.desk.understood(poll.changes)
        before = (replace(one, version=one.version - 1) for one in gone)
        lost = tuple(self.desk.withdrawal(one, PAGE_GONE, poll.at) for one in before)
        return replace(
            poll,
            changes=found,
            deliveries=() if poll.quiet else self.desk.owed(found, poll.at),
            withdrawals=poll.withdrawals + lost,
        )

    async def ask(self, source: Source, url: str, validators: Validators) -> Fetched:
        """The document; of a page that is no feed only if its host lets programs read it."""
        refusal = await self.refusal(url) if source.kind == "listing" else None
        return refusal or await self.fetcher.fetch(url, validators)

    def decide(self, source: Source, state: SourceState, answer: Fetched) -> Poll:
        """What an answer means: changes with their matches, owed deliveries, the next poll."""
        now = self.clock()
        if isinstance(answer, FetchFailure):
            return failed(source, state, answer, now, self.spread())
        if isinstance(answer, NotModified):
            return self.unchanged(source, state, answer, now)
        digest = body_hash(answer, source)
        if digest == state.body_hash:
            return self.unchanged(source, state, answer, now)
        try:
            return self.read_in(source, state, answer, digest, now)
        except ParseError as error:
            failure = FetchFailure(error.state, error.reason)
            bad = Raw(answer, error.state, error.reason)
            return replace(failed(source, state, failure, now, self.spread()), raws=(bad,))

    def read_in(
        self, source: Source, state: SourceState, document: Document, digest: str, now: datetime
    ) -> Poll:
        """A document that changed: entries → releases → what is new → who asked for it."""
        intake = self.read(document, source, now)
        refuse_broken(source, state.history, intake.tally)
        read = replace(document, fresh_for=longest(document.fresh_for, intake.fresh_for))
        known = self.desk.known(source, intake.releases)
        found = self.desk.understood(changes(intake.releases, known, now))
        quiet = source.quiet_first_poll and not state.polled_once
        state = replace(noted(state, intake, found, now), body_hash=digest)
        return Poll(
            source_id=source.id,
            at=now,
            state=read_well(source, state, read, now, self.next_poll(source, state, read, now)),
            changes=found,
            deliveries=() if quiet else self.desk.owed(found, now),
            withdrawals=self.desk.taken_back(source, intake, known, now),
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
        known = self.desk.known(source, new)
        found = self.desk.understood(changes(new, known, poll.at))
        return replace(
            poll,
            changes=poll.changes + found,
            deliveries=poll.deliveries + (() if poll.quiet else self.desk.owed(found, poll.at)),
            skipped=poll.skipped + intake.oddities,
            raws=(*poll.raws, Raw(answer, "ok", brought=len(found))),
            tally=poll.tally and replace(poll.tally, known=poll.tally.known + len(known)),
            next_page=intake.next_page if new and not known else None,
        )

    def with_notices(self, source: Source, before: SourceState, poll: Poll) -> Poll:
        return with_notices(source, before, poll, self.subscribers, self.status_page)

    def unchanged(
        self, source: Source, state: SourceState, answer: Document | NotModified, now: datetime
    ) -> Poll:
        due = self.next_poll(source, state, answer, now)
        return Poll(source.id, now, read_well(source, state, answer, now, due))

    def next_poll(
        self, source: Source, state: SourceState, answer: Document | NotModified, now: datetime
    ) -> datetime:
        first, last = ((now + days).date() for days in AROUND)
        is_busy = self.store.covers_election(source.id, first, last)
        every, rest = pace(source, answer.validators, is_busy=is_busy), pushed_for(state, now)
        due = interval(every, state.history, is_busy=is_busy, pushed_for=rest)
        return after_success(due, now, answer.fresh_for, self.spread())

    # -- deliver ------------------------------------------------------------------------------

    def claim(self, limit: int = 500) -> tuple[tuple[Delivery, ...], ...]:
        """Takes due deliveries under a lease, in batches that make one message each: of every
        channel as many as it has room for, so that none waits for another's. What is due and has to
        wait is put back to a later time, so that nothing hides behind it."""
        now, departures = self.clock(), Departures(self.store, self.addressee)
        while due := self.store.claim_deliveries(now, LEASE, limit, partial(self.room, now)):
            if leaving := departures.leaving(due, now, LEASE):
                for batch in leaving:
                    self.lanes.begin(lane_of(batch), now)
                return leaving
        return ()

    def room(self, now: datetime, state: ChannelState) -> int:
        return self.lanes.room(self.channel(state.subscriber, state.channel)[1], state, now)

    async def deliver(self, batch: tuple[Delivery, ...]) -> tuple[Settled, ...]:
        """Renders, sends and settles one batch of one channel."""
        started = self.clock()
        try:
            attempt = await self.attempts.make(*self.addressee(batch[0]), batch, started)
            return await self.settle(batch, started, attempt)
        finally:
            self.lanes.end(lane_of(batch))

    async def settle(
        self, batch: tuple[Delivery, ...], started: datetime, attempt: Attempt
    ) -> tuple[Settled, ...]:
        now, dice = self.clock(), self.spread()  # one throw: what was tried as one stays together
        kind = self.kind_of(batch[0])

        def ended(one: Delivery) -> Settled:
            said = attempt.of(one)
            after = attempt.left(one, settled(one, said, now, self.retry, dice))
            return Settled(after, started, now - started, said, attempt.kept, kind)

        done = tuple(map(ended, batch))
        judge = partial(
            judged,
            attempt.outcome,
            now,
            self.patience,
            self.subscribers,
            self.status_page,
            self.spread(),
        )
        await self.groups.ends(Ended(done, judge), self.write_all)
        return done

    async def write_all(self, ended: Sequence[Ended]) -> Sequence[Exception | None]:
        return await self.in_thread(partial(self.write, ended))

    def write(self, ended: Sequence[Ended]) -> Sequence[Exception | None]:
        """All in one transaction; where that fails, each in its own, so that none fails for
        another's sake."""
        try:
            self.store.settle(ended)
        except StoreError as error:
            return [error] if len(ended) == 1 else [self.write([one])[0] for one in ended]
        return [None] * len(ended)

    def kind_of(self, delivery: Delivery) -> str:
        """The kind of its channel; "" where that is gone."""
        channel = self.addressee(delivery)[1]
        return channel.kind if channel else ""

    def addressee(self, delivery: Delivery) -> tuple[Subscriber | None, Channel | None]:
        return self.channel(delivery.subscriber, delivery.channel)

    def channel(self, subscriber: str, channel: str) -> tuple[Subscriber | None, Channel | None]:
        found = self.standing.by_id.get(subscriber)
        return found, found.channel(channel) if found else None


def gap(poll: Poll, reason: str) -> Poll:
    """The poll, with an older page that could not be read: releases on it may be missing."""
    line = f"an older page could not be read, releases on it may be missing: {reason}"
    return replace(poll, next_page=None, skipped=(*poll.skipped, line))
