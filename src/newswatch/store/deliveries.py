"""The outbox: deliveries that are owed, who is sending them, and what became of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, get_args, get_type_hints

import sqlalchemy as sa

from newswatch.model import Attempt, Delivery, Match, Stop
from newswatch.ports import Settled
from newswatch.store.codec import decode, encode
from newswatch.store.schema import OPEN, attempt, channel_state, delivery, release
from newswatch.store.statements import chunks, claimed, insert

STATES: tuple[str, ...] = get_args(get_type_hints(Delivery)["state"])
WAITING = ("queued", "deferred", "held")
FINAL = ("sent", "dead", "cancelled")
AGAIN = ("dead", "deferred", "cancelled", "held")  # what a person may send again

table = delivery.c


# -- owed ---------------------------------------------------------------------------------------


def owe(connection: sa.Connection, owed: Iterable[Delivery], now: datetime) -> None:
    """Adds deliveries; one that is owed already stays as it is."""
    rows = [row(one, now) for one in sorted(owed, key=lambda one: one.id)]
    if rows:
        connection.execute(insert(connection, delivery).on_conflict_do_nothing(), rows)


def row(one: Delivery, now: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "subscriber": one.subscriber,
        "channel": one.channel,
        "release_id": one.release_id,
        "version": one.version,
        "state": one.state,
        "due": one.due,
        "attempts": one.attempts,
        "matches": encode(one.matches),
        "created": one.created or now,
        "last_answer": "",
        "urgent": one.urgent,
        "stops": encode(one.stops),
        "silence": one.silence,
    }


# -- sent ---------------------------------------------------------------------------------------


def claim(
    connection: sa.Connection, now: datetime, lease: timedelta, limit: int
) -> Sequence[Delivery]:
    """Takes at most `limit` due deliveries that nobody holds, longest due first. A lease that
    ended is taken again: its holder is gone."""
    due = (
        sa.select(table.id)
        .where(table.state.in_(OPEN), table.due <= now)
        .where(sa.or_(table.lease_until.is_(None), table.lease_until <= now))
        .where(~disabled())
        .order_by(table.due, table.id)
        .limit(limit)
    )
    taken = (
        sa.update(delivery)
        .where(table.id.in_(claimed(due, delivery)))
        .values(state="leased", lease_until=now + lease)
        .returning(delivery)
    )
    found = [delivery_of(one) for one in connection.execute(taken)]
    return sorted(found, key=lambda one: (one.due, one.id))


def disabled() -> sa.ColumnElement[bool]:
    return sa.exists().where(
        channel_state.c.subscriber == table.subscriber, channel_state.c.channel == table.channel
    )


def settle(connection: sa.Connection, settled: Iterable[Settled]) -> None:
    """Writes what became of attempts, in the order of ids: two workers must not lock crosswise."""
    for one in sorted(settled, key=lambda one: one.delivery.id):
        settle_one(connection, one)


def settle_one(connection: sa.Connection, settled: Settled) -> None:
    """A worker that lost its lease may still say "sent", and must not undo what another wrote."""
    after, outcome = settled.delivery, settled.outcome
    ended = settled.at + settled.duration if after.state in FINAL else None
    update = sa.update(delivery).where(table.id == after.id)
    if not outcome.ok:
        update = update.where(table.state == "leased")
    connection.execute(
        update.values(
            state=after.state,
            attempts=after.attempts,
            due=after.due,
            lease_until=None,
            settled_at=ended,
            last_answer=outcome.answer,
        )
    )
    if outcome.attempted:
        add_attempt(connection, settled)
    if outcome.disable:
        disable(connection, settled)


def add_attempt(connection: sa.Connection, settled: Settled) -> None:
    """Numbers go on where a retry by hand starts the schedule again."""
    before = sa.select(sa.func.coalesce(sa.func.max(attempt.c.number), 0)).where(
        attempt.c.delivery_id == settled.delivery.id
    )
    connection.execute(
        sa.insert(attempt).values(
            delivery_id=settled.delivery.id,
            number=before.scalar_subquery() + 1,
            at=settled.at,
            seconds=settled.duration.total_seconds(),
            ok=settled.outcome.ok,
            answer=settled.outcome.answer,
        )
    )


# -- channels -----------------------------------------------------------------------------------


def disable(connection: sa.Connection, settled: Settled) -> None:
    statement = insert(connection, channel_state).values(
        subscriber=settled.delivery.subscriber,
        channel=settled.delivery.channel,
        disabled_at=settled.at + settled.duration,
        reason=settled.outcome.answer,
    )
    connection.execute(statement.on_conflict_do_nothing())


def enable(connection: sa.Connection, subscriber: str, channel: str) -> bool:
    """Sends to the channel again. False where it was not disabled."""
    statement = sa.delete(channel_state).where(
        channel_state.c.subscriber == subscriber, channel_state.c.channel == channel
    )
    return connection.execute(statement).rowcount > 0


def disabled_channels(connection: sa.Connection) -> Mapping[tuple[str, str], str]:
    """(subscriber, channel) to the reason, for every channel that is not sent to."""
    rows = connection.execute(sa.select(channel_state)).all()
    return {(one.subscriber, one.channel): one.reason for one in sorted(rows)}


def cancel(
    connection: sa.Connection, subscriber: str, channel: str, now: datetime, reason: str
) -> int:
    """Gives up what waits for a channel; what is being sent is left to its sender."""
    statement = (
        sa.update(delivery)
        .where(table.subscriber == subscriber, table.channel == channel)
        .where(table.state.in_(WAITING))
        .values(state="cancelled", settled_at=now, last_answer=reason)
    )
    return connection.execute(statement).rowcount


def waited_for(connection: sa.Connection) -> Sequence[tuple[str, str]]:
    """Each (subscriber, channel) that something waits for."""
    waiting = sa.select(table.subscriber, table.channel).where(table.state.in_(WAITING)).distinct()
    return sorted((one.subscriber, one.channel) for one in connection.execute(waiting))


def retry(connection: sa.Connection, ids: Iterable[str], now: datetime) -> Sequence[str]:
    """Puts deliveries back, due now, with the whole schedule of tries before them; whoever asks for
    that does not want them to wait. Returns the ids of those that were dead, deferred, cancelled or
    held; the others stay as they are."""
    again: list[str] = []
    for chunk in chunks(ids):
        statement = (
            sa.update(delivery)
            .where(table.id.in_(chunk), table.state.in_(AGAIN))
            .values(state="queued", due=now, attempts=0, settled_at=None, urgent=True)
            .returning(table.id)
        )
        again += connection.execute(statement).scalars()
    return sorted(again)


def let_go(connection: sa.Connection, source_id: str) -> int:
    """Queues what is held of a source; it is due when it was."""
    return connection.execute(held_of(source_id).values(state="queued")).rowcount


def drop(connection: sa.Connection, source_id: str, now: datetime, reason: str) -> int:
    """Gives up what is held of a source."""
    given_up = {"state": "cancelled", "settled_at": now, "last_answer": reason}
    return connection.execute(held_of(source_id).values(given_up)).rowcount


def held_of(source_id: str) -> sa.Update:
    """What the doubts about a source hold; not what a silence hides."""
    releases = sa.select(release.c.id).where(release.c.source_id == source_id)
    return sa.update(delivery).where(
        table.state == "held", table.silence == "", table.release_id.in_(releases)
    )


# -- looked at ----------------------------------------------------------------------------------


def listed(
    connection: sa.Connection,
    state: str | None,
    subscriber: str | None,
    release_id: str | None,
    limit: int,
) -> Sequence[Delivery]:
    """The newest first."""
    wanted = {"state": state, "subscriber": subscriber, "release_id": release_id}
    conditions = [table[name] == value for name, value in wanted.items() if value is not None]
    newest = sa.select(delivery).where(*conditions).order_by(table.created.desc(), table.id)
    return [delivery_of(one) for one in connection.execute(newest.limit(limit))]


def by_id(connection: sa.Connection, delivery_id: str) -> Delivery | None:
    found = connection.execute(sa.select(delivery).where(table.id == delivery_id)).first()
    return None if found is None else delivery_of(found)


def last_answers(connection: sa.Connection, ids: Collection[str]) -> Mapping[str, str]:
    """What the last attempt, or whoever cancelled, said of each delivery; "" before the first."""
    found: dict[str, str] = {}
    for chunk in chunks(ids):
        statement = sa.select(table.id, table.last_answer).where(table.id.in_(chunk))
        found |= dict(connection.execute(statement).all())
    return found


def attempts(connection: sa.Connection, delivery_id: str) -> Sequence[Attempt]:
    statement = sa.select(attempt).where(attempt.c.delivery_id == delivery_id)
    return [
        Attempt(
            delivery_id=one.delivery_id,
            number=one.number,
            at=one.at,
            duration=timedelta(seconds=one.seconds),
            ok=one.ok,
            answer=one.answer,
        )
        for one in connection.execute(statement.order_by(attempt.c.number))
    ]


def counts(connection: sa.Connection) -> Mapping[str, int]:
    """How many deliveries are in each state; every state is there."""
    found = connection.execute(sa.select(table.state, sa.func.count()).group_by(table.state))
    return dict.fromkeys(STATES, 0) | dict(found.all())


def delivery_of(found: sa.Row[Any]) -> Delivery:
    return Delivery(
        id=found.id,
        subscriber=found.subscriber,
        channel=found.channel,
        release_id=found.release_id,
        version=found.version,
        due=found.due,
        matches=tuple(decode(Match, one) for one in found.matches),
        state=found.state,
        attempts=found.attempts,
        created=found.created,
        urgent=found.urgent,
        stops=tuple(decode(Stop, one) for one in found.stops),
        silence=found.silence,
    )
