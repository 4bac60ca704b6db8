"""The receivers of alerts: how each is, and which of them something is due to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from newswatch.breaker import is_probe, is_shut, probing
from newswatch.model import ChannelState, Lane
from newswatch.ports import Verdict
from newswatch.store.schema import channel_state, delivery, told
from newswatch.store.statements import chunks, insert, put

table = channel_state.c
owed = delivery.c


@dataclass(frozen=True, slots=True)
class Waiting:
    """A channel with due deliveries, and the states that they are in, the longest due first."""

    state: ChannelState
    since: datetime
    states: tuple[str, ...]


def ensure(connection: sa.Connection, lanes: Collection[Lane]) -> None:
    """Every channel that something is owed to has a row."""
    rows = [{"subscriber": one, "channel": other} for one, other in sorted(lanes)]
    connection.execute(insert(connection, channel_state).on_conflict_do_nothing(), rows)


def waiting(connection: sa.Connection, now: datetime) -> Sequence[Waiting]:
    """The channels that something is due to and that may be sent to: those that are well first,
    then those that wait longest. For each a few looks into an index, however much is owed."""
    firsts = {
        "queued": first_due("queued", owed.due),
        "deferred": first_due("deferred", owed.due),
        "leased": first_due("leased", owed.lease_until),
    }
    statement = sa.select(channel_state, *(f.label(f"first_{name}") for name, f in firsts.items()))
    open_now = sa.or_(table.wait_until.is_(None), table.wait_until <= now)
    rows = connection.execute(statement.where(open_now, table.stopped.in_(("", "failing"))))
    found = [one for row in rows if (one := waiting_of(row, tuple(firsts), now)) is not None]
    return sorted(found, key=lambda one: (one.state.failures > 0, one.since, one.state.lane))


def first_due(state: str, instant: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    return (
        sa.select(sa.func.min(instant))
        .where(owed.subscriber == table.subscriber, owed.channel == table.channel)
        .where(owed.state == state)
        .correlate(channel_state)
        .scalar_subquery()
    )


def waiting_of(row: sa.Row[Any], states: Sequence[str], now: datetime) -> Waiting | None:
    firsts = {state: getattr(row, f"first_{state}") for state in states}
    due = sorted((at, state) for state, at in firsts.items() if at is not None and at <= now)
    if not due:
        return None
    return Waiting(state_of(row), due[0][0], tuple(state for _, state in due))


def is_ours(connection: sa.Connection, state: ChannelState, now: datetime) -> bool:
    """Whether nobody else has begun a probe meanwhile, or is just settling one; nobody will before
    this transaction ends."""
    if not is_probe(state):
        return True
    found = connection.execute(one_of(state.lane).with_for_update(skip_locked=True)).first()
    return found is not None and not is_shut(state_of(found), now)


def begin_probe(connection: sa.Connection, state: ChannelState, now: datetime) -> None:
    save(connection, [probing(state, now)])


def save(connection: sa.Connection, states: Iterable[ChannelState]) -> None:
    put(connection, channel_state, [asdict(state) for state in states])


def is_news(connection: sa.Connection, verdict: Verdict, now: datetime) -> bool:
    """Whether nobody was told yet what a channel has in common with others: one row says so, which
    a second transaction waits for."""
    if not verdict.subject:
        return True
    if verdict.is_over:
        begins = told.c.subject.startswith(verdict.subject, autoescape=True)
        return connection.execute(sa.delete(told).where(begins)).rowcount > 0
    row = insert(connection, told).values(subject=verdict.subject, at=now)
    first = row.on_conflict_do_nothing().returning(told.c.subject)
    return connection.execute(first).first() is not None


def locked(connection: sa.Connection, lane: Lane) -> ChannelState:
    """A channel's state, until the transaction ends nobody else's to change."""
    found = connection.execute(one_of(lane).with_for_update()).first()
    return ChannelState(*lane) if found is None else state_of(found)


def all_locked(connection: sa.Connection, lanes: Collection[Lane]) -> Mapping[Lane, ChannelState]:
    """The same of several, in the order of their names: two workers must not lock crosswise."""
    found = {lane: ChannelState(*lane) for lane in lanes}
    named = sa.tuple_(table.subscriber, table.channel)
    for chunk in chunks(sorted(lanes)):
        here = sa.select(channel_state).where(named.in_(chunk))
        ordered = here.order_by(table.subscriber, table.channel).with_for_update()
        found |= {state.lane: state for state in map(state_of, connection.execute(ordered))}
    return found


def one_of(lane: Lane) -> sa.Select[Any]:
    subscriber, channel = lane
    return sa.select(channel_state).where(table.subscriber == subscriber, table.channel == channel)


def states(connection: sa.Connection) -> Sequence[ChannelState]:
    """By subscriber and channel."""
    rows = connection.execute(sa.select(channel_state))
    return sorted(map(state_of, rows), key=lambda state: state.lane)


def counts(connection: sa.Connection) -> Mapping[Lane, Mapping[str, int]]:
    """How many deliveries of each channel are in each state; only states that some are in."""
    columns = (owed.subscriber, owed.channel, owed.state)
    rows = connection.execute(sa.select(*columns, sa.func.count()).group_by(*columns))
    found: dict[Lane, dict[str, int]] = {}
    for subscriber, channel, state, count in rows:
        found.setdefault((subscriber, channel), {})[state] = count
    return found


def last_sent(connection: sa.Connection) -> Mapping[Lane, datetime]:
    """When each channel last took a message."""
    columns = (owed.subscriber, owed.channel)
    sent = sa.select(*columns, sa.func.max(owed.settled_at)).where(owed.state == "sent")
    return {(one, other): at for one, other, at in connection.execute(sent.group_by(*columns))}


def remove(connection: sa.Connection, lane: Lane) -> None:
    subscriber, channel = lane
    gone = sa.delete(channel_state).where(table.subscriber == subscriber, table.channel == channel)
    connection.execute(gone)


def state_of(row: sa.Row[Any]) -> ChannelState:
    return ChannelState(
        subscriber=row.subscriber,
        channel=row.channel,
        failures=row.failures,
        failing_since=row.failing_since,
        wait_until=row.wait_until,
        reason=row.reason,
        stopped=row.stopped,
        told_at=row.told_at,
        told_as=row.told_as,
    )
