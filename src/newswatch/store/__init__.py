"""The store: everything that is remembered, in SQLite or PostgreSQL.

schema.py      the tables               engine.py   connections, migrations, errors
sources.py     sources and their leases releases.py releases, versions, matches
deliveries.py  the outbox               channels.py their receivers
documents.py   the newsrooms' pages    visits.py   what each host saw
missions.py    missions, timelines     corrections.py   what people know better
pushes.py      subscriptions at hubs   hubs.py     followers of our own hub, errands
silences.py    silences, what they hid feeds.py    tokens of private feeds
departures.py  what waits although due ruletexts.py rules as they were written
codec.py       values to and from JSON
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from newswatch.model import (
    Attempt,
    Change,
    ChannelState,
    Correction,
    Delivery,
    Document,
    Errand,
    Follower,
    Lane,
    Limit,
    Match,
    Mission,
    Poll,
    Push,
    Release,
    RuleText,
    Silence,
    SourceState,
    Visit,
)
from newswatch.ports import Judge, Known, Room, Settled, Verdict
from newswatch.store import (
    channels,
    corrections,
    deliveries,
    departures,
    documents,
    feeds,
    hubs,
    missions,
    pushes,
    releases,
    ruletexts,
    silences,
    sources,
    visits,
)
from newswatch.store.documents import KeptDocument
from newswatch.store.engine import READING, connect, make_ready, plain_errors
from newswatch.store.feeds import FeedToken

__all__ = ["FeedToken", "KeptDocument", "SqlStore", "open_store"]

BUSY_TIMEOUT = timedelta(seconds=30)


def open_store(
    url: str, *, migrate: bool = True, busy_timeout: timedelta = BUSY_TIMEOUT
) -> "SqlStore":
    """Opens "sqlite:///path" or "postgresql://…", makes or upgrades its tables where `migrate`.

    Raises `StoreError`: no such directory, not a database, not reachable, newer than this version
    of newswatch, or not up to date. `busy_timeout` is how long a write waits for another (SQLite).
    """
    engine = connect(url, busy_timeout)
    try:
        with plain_errors():
            make_ready(engine, allowed=migrate)
    except BaseException:
        engine.dispose()
        raise
    return SqlStore(engine)


def add(connection: sa.Connection, poll: Poll) -> None:
    releases.record(connection, poll.changes, poll.at)
    missions.record(connection, poll.changes)
    deliveries.owe(connection, poll.deliveries, poll.at)
    documents.keep(connection, poll.source_id, poll.raws, poll.at)


class SqlStore:
    """What is remembered (`ports.Store`, and what the commands and the pages ask for).

    Every method is one transaction, and may be called from any thread. Each raises `StoreError`
    where the database does not do what it should. Instants are aware.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(**{READING: True})

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with plain_errors(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with plain_errors(), self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Closes the connections that are not in use."""
        self._engine.dispose()

    def ping(self) -> None:
        """Returns if the database answers."""
        with self._reading() as connection:
            connection.execute(sa.select(1))

    # -- sources ------------------------------------------------------------------------------

    def ensure_sources(self, source_ids: Iterable[str], now: datetime) -> None:
        """Sources that are new are due now; the others stay as they are."""
        with self._writing() as connection:
            sources.ensure(connection, source_ids, now)

    def source_states(self) -> Mapping[str, SourceState]:
        """By source id, in the order of ids."""
        with self._reading() as connection:
            return sources.states(connection)

    def claim_sources(
        self, now: datetime, lease: timedelta, limit: int, only: Collection[str] | None = None
    ) -> Sequence[str]:
        """Takes due sources for `lease`, or until their poll is recorded; longest due first."""
        with self._writing() as connection:
            return sources.claim(connection, now, lease, limit, only)

    # -- push ---------------------------------------------------------------------------------

    def pushes(self) -> Sequence[Push]:
        """The subscriptions at hubs, those that are to be ended among them."""
        with self._reading() as connection:
            return pushes.held(connection)

    def push(self, token: str) -> Push | None:
        with self._reading() as connection:
            return pushes.by_token(connection, token)

    def arrange_pushes(
        self, new: Sequence[Push], given_up: Sequence[str], over: Sequence[str], now: datetime
    ) -> None:
        """Adds subscriptions; gives up those with some tokens; forgets those with others."""
        with self._writing() as connection:
            pushes.give_up(connection, given_up, now)
            pushes.drop(connection, over)
            pushes.add(connection, new)

    def claim_push(self, asked: Push, due: datetime) -> bool:
        """Writes that a hub is asked. False where another process has asked it since `due`."""
        with self._writing() as connection:
            return pushes.claim(connection, asked, due)

    def refuse_push(self, asked: Push, reason: str) -> None:
        """Writes why a request failed, unless the hub has verified it all the same."""
        with self._writing() as connection:
            pushes.refused(connection, asked, reason)

    def settle_push(self, said: Push) -> None:
        """Writes what a hub said of a subscription."""
        with self._writing() as connection:
            pushes.settle(connection, said)

    def deny_push(self, said: Push, next_poll: datetime) -> None:
        """Writes that a hub refuses; its source is polled at `next_poll` at the latest."""
        with self._writing() as connection:
            pushes.settle(connection, said)
            sources.hasten(connection, said.source_id, next_poll)

    def end_push(self, token: str) -> None:
        """Forgets a subscription that its hub has ended."""
        with self._writing() as connection:
            pushes.drop(connection, [token])

    def record_push(self, push: Push, now: datetime, poll_at: datetime) -> None:
        """Writes that a hub pushed: its source is to be polled at `poll_at`."""
        with self._writing() as connection:
            pushes.ping(connection, push.token, now)
            sources.want(connection, push.source_id, poll_at)

    # -- releases -----------------------------------------------------------------------------

    def record(self, poll: Poll) -> None:
        """Writes all that a poll decided, or nothing. Recording it again changes nothing."""
        with self._writing() as connection:
            sources.save(connection, poll.state)
            add(connection, poll)
            if poll.visit is not None:
                visits.record(connection, poll.visit)
            if poll.lets_go:
                deliveries.let_go(connection, poll.source_id)

    def add(self, poll: Poll) -> None:
        """Writes what was found beside the clock; the source's state stays as it is."""
        with self._writing() as connection:
            add(connection, poll)

    def documents(self, source_id: str) -> Sequence[KeptDocument]:
        """The source's own documents that are kept, the newest first."""
        with self._reading() as connection:
            return documents.kept(connection, source_id)

    def document(self, source_id: str, digest: str) -> Document | None:
        """A kept document; the beginning of its digest is enough where it names one alone."""
        with self._reading() as connection:
            return documents.one(connection, source_id, digest)

    def let_go(self, source_id: str) -> int:
        """Sends what is held of a source, and takes what it gives now for what it usually gives.
        Returns how many deliveries were held."""
        with self._writing() as connection:
            sources.let_go(connection, source_id)
            return deliveries.let_go(connection, source_id)

    def drop_held(self, source_id: str, now: datetime, reason: str) -> int:
        """Like `let_go`, but what is held is given up."""
        with self._writing() as connection:
            sources.let_go(connection, source_id)
            return deliveries.drop(connection, source_id, now, reason)

    def visits_since(self, instant: datetime) -> Sequence[Visit]:
        """The polls as their hosts saw them, oldest first; kept for a month."""
        with self._reading() as connection:
            return visits.since(connection, instant)

    def known(self, release_ids: Iterable[str]) -> Mapping[str, Known]:
        with self._reading() as connection:
            return releases.known(connection, release_ids)

    def like(self, source_id: str, likenesses: Iterable[str]) -> Mapping[str, Known]:
        """Releases of a source by their `dedupe.likeness`."""
        with self._reading() as connection:
            return releases.like(connection, source_id, likenesses)

    def covers_election(self, source_id: str, first: date, last: date) -> bool:
        """Whether a release of the source is about an election between two days."""
        with self._reading() as connection:
            return releases.covers_election(connection, source_id, first, last)

    def release_by_id(self, release_id: str) -> Release | None:
        """Its current version."""
        return self.releases_by_id([release_id]).get(release_id)

    def releases_by_id(self, ids: Iterable[str]) -> Mapping[str, Release]:
        """The current versions; ids that nothing has are left out."""
        with self._reading() as connection:
            return releases.by_id(connection, ids)

    def releases_recent(
        self,
        limit: int,
        *,
        source: str | None = None,
        since: datetime | None = None,
        country: str | None = None,
        event: str | None = None,
        query: str | None = None,
        before: tuple[datetime, str] | None = None,
    ) -> Sequence[Release]:
        """The newest first, by publishing date, or where that is unknown by when it was seen.
        `query` is words that all stand in title or text; case and diacritics do not count.
        `before` is the `shown` and the id of a release: those that come after it in this order."""
        wanted = {
            "source": source,
            "since": since,
            "country": country,
            "event": event,
            "query": query,
            "before": before,
        }
        with self._reading() as connection:
            return releases.recent(connection, limit, wanted)

    def release_versions(self, release_id: str) -> Sequence[Release]:
        """The first version first."""
        with self._reading() as connection:
            return releases.versions(connection, release_id)

    def releases_by_version(
        self, keys: Iterable[tuple[str, int]]
    ) -> Mapping[tuple[str, int], Release]:
        """By id and version; keys that nothing has are left out."""
        with self._reading() as connection:
            return releases.by_version(connection, keys)

    def history(self, after: int, most: int = 1_000) -> Sequence[tuple[int, Release]]:
        """The versions that came after a change, with theirs, in the order in which they were
        recorded: of whole changes, `most` and those of the same change. Nothing: no more."""
        with self._reading() as connection:
            return releases.history(connection, after, most)

    def withdraw(self, taken_back: Release, owed: Sequence[Delivery], now: datetime) -> bool:
        """Records the version that says that a release's publisher took it back, with what is
        owed for it. What still waits to tell of the release is given up, and who was told nothing
        else is told nothing. False where it is not the version to come of a release that stands."""
        with self._writing() as connection:
            if not releases.withdraw(connection, taken_back, now):
                return False
            unaware = deliveries.recall(connection, taken_back.id, now)
            aware = [one for one in owed if (one.subscriber, one.channel) not in unaware]
            deliveries.owe(connection, aware, now)
            return True

    def matches_of(self, release_id: str) -> Sequence[Match]:
        """The rules that any version of the release met."""
        with self._reading() as connection:
            return releases.matches_of(connection, release_id)

    def match_counts(self, since: datetime) -> Mapping[tuple[str, str], int]:
        """(subscriber, rule) to how many of the releases first seen since then it met."""
        with self._reading() as connection:
            return releases.match_counts(connection, since)

    def archive(
        self, since: datetime | None = None, at_once: int = 500
    ) -> Iterator[Sequence[Release]]:
        """The current versions of all releases of newsrooms that stand, the oldest first, in pages:
        however many there are, `at_once` are in memory. Each page is a transaction."""
        after = None
        while True:
            with self._reading() as connection:
                found = releases.page(connection, since, after, at_once)
            if not found:
                return
            yield [one for _, one in found]
            after = found[-1][0]

    def releases_between(
        self, countries: Collection[str], first: date, last: date
    ) -> Sequence[Release]:
        """The releases about some countries of a few days, the newest first."""
        with self._reading() as connection:
            return releases.between(connection, countries, first, last)

    # -- missions -----------------------------------------------------------------------------

    def missions_about(self, countries: Collection[str]) -> Sequence[Mission]:
        """The missions to some countries, the latest first."""
        with self._reading() as connection:
            return missions.about(connection, countries)

    def missions_since(self, day: date) -> Sequence[Mission]:
        """Those whose last election or release is of that day or later, the latest first."""
        with self._reading() as connection:
            return missions.since(connection, day)

    def missions_latest(
        self, limit: int, *, country: str | None = None, body: str | None = None
    ) -> Sequence[Mission]:
        """Those with the latest election or release first."""
        with self._reading() as connection:
            return missions.latest(connection, limit, country, body)

    def missions_by_id(self, ids: Iterable[str]) -> Mapping[str, Mission]:
        with self._reading() as connection:
            return {one.id: one for one in missions.by_id(connection, ids)}

    # -- corrections --------------------------------------------------------------------------

    def corrections(self, release_ids: Iterable[str]) -> Sequence[Correction]:
        with self._reading() as connection:
            return corrections.of(connection, release_ids)

    def every_correction(self) -> Sequence[Correction]:
        """The oldest first."""
        with self._reading() as connection:
            return corrections.every(connection)

    def correct(self, made: Sequence[Correction]) -> None:
        """The latest correction of a field counts."""
        with self._writing() as connection:
            for one in made:
                corrections.save(connection, one)

    def drop_corrections(self, release_id: str) -> int:
        """Returns how many there were."""
        with self._writing() as connection:
            return corrections.drop(connection, release_id)

    def release_ids(self) -> Sequence[str]:
        """All releases of newsrooms, the oldest first."""
        with self._reading() as connection:
            return releases.ids_by_day(connection)

    def rewrite(
        self,
        placed: Sequence[Change],
        revised: Sequence[Change],
        owed: Sequence[Delivery],
        now: datetime,
    ) -> None:
        """Writes releases as they are read now: those that say something else as new versions, all
        on the timelines of their missions, and what is owed for them."""
        with self._writing() as connection:
            releases.record(connection, revised, now)
            missions.record(connection, placed)
            deliveries.owe(connection, owed, now)

    def forget_missions(self) -> None:
        """To make them anew from the archive."""
        with self._writing() as connection:
            missions.clear(connection)

    def change_marker(self) -> int:
        """Grows whenever a release is added or revised; the same for every worker."""
        with self._reading() as connection:
            return releases.change_marker(connection)

    # -- deliveries ---------------------------------------------------------------------------

    def claim_deliveries(
        self, now: datetime, lease: timedelta, limit: int, room: Room
    ) -> Sequence[Delivery]:
        """Takes due deliveries for `lease`: of each channel as many as `room` says of its state,
        longest due first; none of a channel that is stopped or is left alone for a while."""
        with self._writing() as connection:
            return deliveries.claim(connection, now, lease, limit, room)

    def claim_company(
        self, channels: Iterable[tuple[str, str]], now: datetime, lease: timedelta
    ) -> Sequence[Delivery]:
        """Takes all else that is due on some channels (subscriber, channel), for `lease`."""
        with self._writing() as connection:
            return departures.claim_company(connection, channels, now, lease)

    def put_back(self, stay: Sequence[Delivery]) -> None:
        """Ends the lease of deliveries that do not leave yet, with what they wait for."""
        if stay:
            with self._writing() as connection:
                departures.put_back(connection, stay)

    def spend(
        self, one: Delivery, limit: Limit, wanted: int, now: datetime
    ) -> tuple[int, datetime]:
        """How many messages may go to the delivery's channel now, which are counted by this; and
        when more may."""
        with self._writing() as connection:
            return departures.spend(connection, one, limit, wanted, now)

    def waiting(self, release_id: str) -> Sequence[Delivery]:
        """What is queued of a release and was never tried."""
        with self._reading() as connection:
            return departures.of_release(connection, release_id)

    def owed_of(self, release_id: str) -> Sequence[Delivery]:
        """What was owed of a release and not given up, in the order of versions."""
        with self._reading() as connection:
            return deliveries.of_release(connection, release_id)

    def kept_message(self, delivery_id: str) -> tuple[bytes, Mapping[str, str]] | None:
        """Body and headers of what was sent and not taken."""
        with self._reading() as connection:
            return deliveries.message_of(connection, delivery_id)

    def settle(self, settled: Sequence[Settled], judge: Judge) -> None:
        """Writes what became of the deliveries of one attempt, and what that means for their
        channel: its state, what the operators are told, and what it missed, due now."""
        if not settled:
            return
        with self._writing() as connection:
            deliveries.settle(connection, settled)
            one = settled[0]
            lane = (one.delivery.subscriber, one.delivery.channel)
            before = channels.locked(connection, lane)
            verdict = judge(before)
            if verdict.state != before:
                self._judge(connection, verdict, one.at + one.duration)

    def _judge(self, connection: sa.Connection, verdict: Verdict, now: datetime) -> None:
        channels.save(connection, verdict.state)
        releases.record(connection, verdict.changes, now)
        deliveries.owe(connection, verdict.deliveries, now)
        if verdict.back_since is not None:
            deliveries.catch_up(connection, verdict.state.lane, verdict.back_since, now)

    def deliveries(
        self,
        state: str | None = None,
        subscriber: str | None = None,
        limit: int = 100,
        *,
        release_id: str | None = None,
    ) -> Sequence[Delivery]:
        """The newest first."""
        with self._reading() as connection:
            return deliveries.listed(connection, state, subscriber, release_id, limit)

    def delivery(self, delivery_id: str) -> Delivery | None:
        with self._reading() as connection:
            return deliveries.by_id(connection, delivery_id)

    def owed_after(
        self, subscriber: str, channels: Collection[str], after: tuple[int, str], most: int
    ) -> Sequence[tuple[int, Delivery]]:
        """What some channels were owed after a place (a change and a delivery's id), in the order
        in which it was recorded, each with its change; nothing that is held or was given up."""
        with self._reading() as connection:
            return deliveries.owed_after(connection, subscriber, channels, after, most)

    def attempts(self, delivery_id: str) -> Sequence[Attempt]:
        """In the order of their numbers, which count from 1."""
        with self._reading() as connection:
            return deliveries.attempts(connection, delivery_id)

    def last_answers(self, ids: Collection[str]) -> Mapping[str, str]:
        """By delivery id, what was last said of it; "" before the first attempt."""
        with self._reading() as connection:
            return deliveries.last_answers(connection, ids)

    def delivery_counts(self) -> Mapping[str, int]:
        """By state; every state is there."""
        with self._reading() as connection:
            return deliveries.counts(connection)

    def retry(self, ids: Iterable[str], now: datetime) -> Sequence[str]:
        """Queues dead, deferred and cancelled deliveries again, due now, with the whole schedule
        before them. Returns the ids of those it queued."""
        with self._writing() as connection:
            return deliveries.retry(connection, ids, now)

    def cancel_deliveries(self, subscriber: str, channel: str, now: datetime, reason: str) -> int:
        """Gives up what waits for a channel. Returns how many."""
        with self._writing() as connection:
            return deliveries.cancel(connection, subscriber, channel, now, reason)

    def replay(
        self,
        subscriber: str,
        since: datetime,
        until: datetime,
        now: datetime,
        channel: str | None = None,
    ) -> Sequence[str]:
        """Queues what was owed to a subscriber between two instants again, with the same ids: sent,
        dead or given up. Returns the ids."""
        which = deliveries.owed_between(subscriber, channel, since, until)
        with self._writing() as connection:
            return deliveries.replay(connection, which, now)

    # -- channels -----------------------------------------------------------------------------

    def channel_states(self) -> Sequence[ChannelState]:
        """Of each channel that something was ever owed to, by subscriber and channel."""
        with self._reading() as connection:
            return channels.states(connection)

    def channel_counts(self) -> Mapping[Lane, Mapping[str, int]]:
        """How many deliveries of each channel are in each state that some are in."""
        with self._reading() as connection:
            return channels.counts(connection)

    def channel_successes(self) -> Mapping[Lane, datetime]:
        """When each channel last took a message."""
        with self._reading() as connection:
            return channels.last_sent(connection)

    def stop_channel(self, lane: Lane, reason: str) -> None:
        """Sends it nothing more until `resume_channel`; its deliveries wait."""
        with self._writing() as connection:
            before = channels.locked(connection, lane)
            channels.save(connection, replace(before, stopped="by hand", reason=reason))

    def resume_channel(self, lane: Lane, now: datetime) -> bool:
        """Takes a channel for well; what it missed is due now. False where it is well anyway."""
        with self._writing() as connection:
            before = channels.locked(connection, lane)
            after = ChannelState(*lane)
            if before == after:
                return False
            channels.save(connection, after)
            deliveries.catch_up(connection, lane, before.failing_since or now, now)
            return True

    def drop_channels(
        self, known: Collection[Lane], now: datetime, reason: str
    ) -> Mapping[Lane, int]:
        """Forgets the channels that are not known, and gives up what waits for them. Returns how
        much that was, by channel."""
        with self._writing() as connection:
            gone = [one.lane for one in channels.states(connection) if one.lane not in known]
            given_up = {lane: deliveries.cancel(connection, *lane, now, reason) for lane in gone}
            for lane in gone:
                channels.remove(connection, lane)
            return given_up

    # -- silences -----------------------------------------------------------------------------

    def add_silence(self, made: Silence) -> None:
        with self._writing() as connection:
            silences.add(connection, made)

    def silences(self) -> Sequence[Silence]:
        """All there ever were, the newest first."""
        with self._reading() as connection:
            return silences.every(connection)

    def silences_at(self, now: datetime) -> Sequence[Silence]:
        """Those in force, the oldest first."""
        with self._reading() as connection:
            return silences.at(connection, now)

    def silence(self, silence_id: str) -> Silence | None:
        with self._reading() as connection:
            return silences.by_id(connection, silence_id)

    def hidden_by(self, silence_id: str) -> Sequence[Delivery]:
        """What a silence hid, the oldest first, as it is now."""
        with self._reading() as connection:
            return silences.hid(connection, silence_id)

    def expire_silence(self, silence_id: str, now: datetime) -> bool:
        """Ends a silence. False where it had ended already."""
        with self._writing() as connection:
            return silences.expire(connection, silence_id, now)

    def send_hidden(self, silence_id: str, now: datetime) -> int:
        """Queues what a silence hid, due now. Returns how many."""
        with self._writing() as connection:
            return silences.send(connection, silence_id, now)

    # -- rules --------------------------------------------------------------------------------

    def see_rules(self, texts: Iterable[RuleText]) -> None:
        """Keeps the texts of rules that are in force."""
        with self._writing() as connection:
            ruletexts.see(connection, texts)

    def rule_texts(self, digests: Iterable[str]) -> Mapping[str, RuleText]:
        """By digest, as far as they are known."""
        with self._reading() as connection:
            return ruletexts.by_digest(connection, digests)

    # -- private feeds ------------------------------------------------------------------------

    def issue_token(
        self,
        subscriber: str,
        rule: str,
        token_hash: str,
        now: datetime,
        *,
        grace: timedelta = timedelta(),
    ) -> None:
        """Makes this the feed's token; those before it work for `grace` more."""
        with self._writing() as connection:
            feeds.end(connection, subscriber, rule, now + grace)
            feeds.issue(connection, subscriber, rule, token_hash, now)

    def revoke_tokens(self, subscriber: str, rule: str, now: datetime) -> int:
        """Ends all tokens of a feed, at once. Returns how many worked."""
        with self._writing() as connection:
            return feeds.end(connection, subscriber, rule, now)

    def feed_by_token(self, token_hash: str, now: datetime) -> tuple[str, str] | None:
        """The subscriber and the rule whose feed the token opens."""
        with self._reading() as connection:
            return feeds.by_token(connection, token_hash, now)

    def tokens(self, now: datetime) -> Sequence[FeedToken]:
        """Those that work, by subscriber and rule."""
        with self._reading() as connection:
            return feeds.tokens(connection, now)

    # -- followed feeds -----------------------------------------------------------------------

    def follow(self, follower: Follower) -> None:
        """Writes a subscription that was verified, anew if it was there."""
        with self._writing() as connection:
            hubs.follow(connection, follower)

    def unfollow(self, topic: str, callback: str) -> None:
        with self._writing() as connection:
            hubs.unfollow(connection, topic, callback)

    def follower(self, topic: str, callback: str, now: datetime) -> Follower | None:
        """The subscription, while its lease runs."""
        with self._reading() as connection:
            return hubs.following(connection, topic, callback, now)

    def announce(self, places: hubs.Places, hub: str, now: datetime) -> int:
        """Owes what feeds that changed are to be told of, to followers and, where there is one, to
        another hub. Returns how many errands that makes."""
        with self._writing() as connection:
            return hubs.announce(connection, places, hub, now)

    def owe_verification(self, errand: Errand) -> bool:
        """False where too many wait already."""
        with self._writing() as connection:
            return hubs.owe_verification(connection, errand)

    def claim_errands(self, now: datetime, lease: timedelta, limit: int) -> Sequence[Errand]:
        """Takes due errands for `lease`, longest due first."""
        with self._writing() as connection:
            return hubs.claim(connection, now, lease, limit)

    def settle_errand(self, done: Errand, again: Errand | None) -> None:
        """Forgets an errand that was run, or puts it off, unless another took its place."""
        with self._writing() as connection:
            hubs.settle(connection, done, again)
