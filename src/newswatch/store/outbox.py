"""The store's transactions on deliveries, their channels, and what makes them wait."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from newswatch.model import (
    Attempt,
    ChannelState,
    Delivery,
    DrillMessage,
    Lane,
    Limit,
    Poll,
    RuleText,
    Silence,
)
from newswatch.ports import Ended, Room, Verdict
from newswatch.store import (
    channels,
    choices,
    counters,
    deliveries,
    departures,
    drills,
    figures,
    releases,
    ruletexts,
    silences,
)
from newswatch.store.transactions import Transactions


class Outbox(Transactions):
    """What is owed, to whom, and what became of it."""

    # -- deliveries ---------------------------------------------------------------------------

    def claim_deliveries(
        self, now: datetime, lease: timedelta, limit: int, room: Room
    ) -> Sequence[Delivery]:
        """Takes due deliveries for `lease`: of each channel as many as `room` says of its state,
        longest due first; none of a channel that is stopped or is left alone for a while."""
        with self._writing() as connection:
            choices.wake(connection, now)
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

    def settle(self, ended: Sequence[Ended]) -> None:
        """Writes what became of the deliveries of attempts, and what that means for their channels:
        their state, what the operators are told, and what they missed, due now."""
        settled = [one for attempt in ended for one in attempt.settled]
        with self._writing() as connection:
            deliveries.settle(connection, settled)
            self._judge(connection, ended)
            counters.add(connection, figures.counted(settled))

    def _judge(self, connection: sa.Connection, ended: Sequence[Ended]) -> None:
        """First all channels, then all notices, then all that was missed: two workers that judge the
        same channels must not lock crosswise."""
        before = channels.all_locked(connection, {one.lane for one in ended})
        after, verdicts = dict(before), list[tuple[Verdict, datetime]]()
        for one in ended:
            verdict = one.judge(after[one.lane])
            if verdict.state != after[one.lane]:
                verdicts.append((verdict, one.at))
                after[one.lane] = verdict.state
        channels.save(connection, [state for lane, state in after.items() if state != before[lane]])
        for verdict, now in verdicts:
            self._tell(connection, verdict, now)
        for verdict, now in verdicts:
            if verdict.back_since is not None:
                deliveries.catch_up(connection, verdict.state.lane, verdict.back_since, now)

    def _tell(self, connection: sa.Connection, verdict: Verdict, now: datetime) -> None:
        if channels.is_news(connection, verdict, now):
            releases.record(connection, verdict.changes, now)
            deliveries.owe(connection, verdict.deliveries, now)

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

    def delivery_states(self, ids: Collection[str]) -> Mapping[str, str]:
        """By delivery id."""
        with self._reading() as connection:
            return deliveries.states(connection, ids)

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
            channels.save(connection, [replace(before, stopped="by hand", reason=reason)])

    def resume_channel(self, lane: Lane, now: datetime) -> bool:
        """Takes a channel for well; what it missed is due now. False where it is well anyway."""
        with self._writing() as connection:
            before = channels.locked(connection, lane)
            after = ChannelState(*lane)
            if before == after:
                return False
            channels.save(connection, [after])
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

    # -- drills -------------------------------------------------------------------------------

    def hold_drill(self, messages: Sequence[DrillMessage], poll: Poll) -> bool:
        """Owes the messages of a drill. False where it was held already."""
        with self._writing() as connection:
            if drills.is_held(connection, messages[0].drill):
                return False
            releases.record(connection, poll.changes, poll.at)
            deliveries.owe(connection, poll.deliveries, poll.at)
            drills.add(connection, messages)
            return True

    def drills(self, limit: int) -> Sequence[DrillMessage]:
        """The messages of so many drills, the newest first."""
        with self._reading() as connection:
            return drills.listed(connection, limit)

    def drill(self, drill: str) -> Sequence[DrillMessage]:
        """The messages of one drill, by subscriber and channel."""
        with self._reading() as connection:
            return drills.of(connection, drill)

    def last_drills(self) -> Mapping[str, datetime]:
        """When each subscriber was last drilled."""
        with self._reading() as connection:
            return drills.last(connection)

    def drill_message(self, token: str) -> DrillMessage | None:
        with self._reading() as connection:
            return drills.by_token(connection, token)

    def acknowledge_drill(self, token: str, now: datetime) -> DrillMessage | None:
        """The message as it is then; None where there is none. The first time counts."""
        with self._writing() as connection:
            drills.acknowledge(connection, token, now)
            return drills.by_token(connection, token)

    def unanswered_drills(self, until: datetime) -> Sequence[DrillMessage]:
        """What nobody acknowledged of drills until then, and nobody was told of."""
        with self._reading() as connection:
            return drills.unanswered(connection, until)

    def tell_drills(self, late: Sequence[DrillMessage], poll: Poll, now: datetime) -> None:
        """Owes what is told of unanswered messages, of which nothing is told again."""
        with self._writing() as connection:
            releases.record(connection, poll.changes, poll.at)
            deliveries.owe(connection, poll.deliveries, poll.at)
            drills.tell(connection, [one.token for one in late], now)

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
