"""The store's transactions on sources, their hubs and documents, and on what polls decide."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from newswatch.model import (
    Document,
    Poll,
    Push,
    SourceState,
    Visit,
)
from newswatch.store import (
    counters,
    deliveries,
    documents,
    missions,
    pushes,
    releases,
    sources,
    visits,
    withdrawals,
)
from newswatch.store.documents import KeptDocument
from newswatch.store.transactions import Transactions

FIRST_POLL = "its source was polled for the first time, quietly"
BESIDE = "it was read beside the clock: an older page, or a document again"


def add(connection: sa.Connection, poll: Poll, why_quiet: str) -> None:
    releases.record(connection, poll.changes, poll.at, why_quiet if poll.quiet else "")
    missions.record(connection, poll.changes)
    deliveries.owe(connection, poll.deliveries, poll.at)
    documents.keep(connection, poll.source_id, poll.raws, poll.at)


class Newsrooms(Transactions):
    """What is remembered of newsrooms."""

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
            counters.add(connection, {("pushes", push.source_id, "", ""): 1})

    # -- recording --------------------------------------------------------------------------

    def record(self, poll: Poll) -> None:
        """Writes all that a poll decided, or nothing. Recording it again changes nothing."""
        with self._writing() as connection:
            sources.save(connection, poll.state)
            add(connection, poll, FIRST_POLL)
            if poll.visit is not None:
                visits.record(connection, poll.visit)
            for one in poll.withdrawals:
                withdrawals.record(connection, one, poll.at)
            if poll.lets_go:
                deliveries.let_go(connection, poll.source_id, poll.at)
            counters.add(connection, {("polls", poll.source_id, poll.state.state, ""): 1})

    def add(self, poll: Poll) -> None:
        """Writes what was found beside the clock; the source's state stays as it is."""
        with self._writing() as connection:
            add(connection, poll, BESIDE)

    def documents(self, source_id: str) -> Sequence[KeptDocument]:
        """The source's own documents that are kept, the newest first."""
        with self._reading() as connection:
            return documents.kept(connection, source_id)

    def document(self, source_id: str, digest: str) -> Document | None:
        """A kept document; the beginning of its digest is enough where it names one alone."""
        with self._reading() as connection:
            return documents.one(connection, source_id, digest)

    def let_go(self, source_id: str, now: datetime) -> int:
        """Sends what is held of a source, and takes what it gives now for what it usually gives.
        Returns how many deliveries were held."""
        with self._writing() as connection:
            sources.let_go(connection, source_id)
            return deliveries.let_go(connection, source_id, now)

    def drop_held(self, source_id: str, now: datetime, reason: str) -> int:
        """Like `let_go`, but what is held is given up."""
        with self._writing() as connection:
            sources.let_go(connection, source_id)
            return deliveries.drop(connection, source_id, now, reason)

    def visits_since(self, instant: datetime) -> Sequence[Visit]:
        """The polls as their hosts saw them, oldest first; kept for a month."""
        with self._reading() as connection:
            return visits.since(connection, instant)
