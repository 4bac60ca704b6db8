"""The outbox: deliveries that are owed, who is sending them, and what became of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, get_args, get_type_hints

import sqlalchemy as sa

from newswatch.breaker import is_probe
from newswatch.model import Attempt, Delivery, Difference, Lane, Match, Stop
from newswatch.ports import Room, Settled
from newswatch.revisions import merged
from newswatch.store import channels
from newswatch.store.codec import decode, encode
from newswatch.store.schema import attempt, delivery, kept_message, release, release_version
from newswatch.store.statements import chunks, insert

STATES: tuple[str, ...] = get_args(get_type_hints(Delivery)["state"])
WAITING = ("queued", "deferred", "held")
FINAL = ("sent", "dead", "cancelled")
AGAIN = ("dead", "deferred", "cancelled", "held")  # what a person may send again
REPLACED = "replaced by a newer version"
RECALLED = "withdrawn by its publisher"

UNDER_WAY = timedelta(minutes=1)  # longer than any attempt at one message takes

table = delivery.c


# -- owed ---------------------------------------------------------------------------------------


def owe(connection: sa.Connection, owed: Iterable[Delivery], now: datetime) -> None:
    """Adds deliveries; one that is owed already stays as it is."""
    ordered = sorted(owed, key=lambda one: one.id)
    rows = [row(in_place(connection, one, now), now) for one in ordered]
    if rows:
        connection.execute(insert(connection, delivery).on_conflict_do_nothing(), rows)
        channels.ensure(connection, {(one["subscriber"], one["channel"]) for one in rows})


def in_place(connection: sa.Connection, one: Delivery, now: datetime) -> Delivery:
    """A correction, in the place of what still waits to tell of earlier versions: decided here, as
    that may be sent at any moment before."""
    if one.corrects is None:
        return one
    here = (table.subscriber == one.subscriber, table.channel == one.channel)
    earlier = (table.release_id == one.release_id, table.version < one.version)
    for waiting in give_up_untried(connection, now, REPLACED, *here, *earlier):
        one = merged(one, waiting)
    return one


def recall(connection: sa.Connection, release_id: str, now: datetime) -> Collection[Lane]:
    """Gives up what still waits to tell of a release that was taken back. Returns the channels that
    were told nothing of it."""
    given_up = give_up_untried(connection, now, RECALLED, table.release_id == release_id)
    return {(one.subscriber, one.channel) for one in given_up if one.corrects is None}


def give_up_untried(
    connection: sa.Connection, now: datetime, reason: str, *which: sa.ColumnElement[bool]
) -> Sequence[Delivery]:
    """Cancels what waits and was never tried. Returns it as it was, the latest versions first."""
    tried = sa.exists().where(attempt.c.delivery_id == table.id)
    untried = sa.select(delivery).where(*which, table.state.in_(WAITING), ~tried)
    rows = connection.execute(untried.order_by(table.version.desc(), table.id).with_for_update())
    found = [delivery_of(one) for one in rows]
    if found:
        theirs = sa.update(delivery).where(table.id.in_([one.id for one in found]))
        connection.execute(theirs.values(state="cancelled", settled_at=now, last_answer=reason))
    return found


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
        "held_until": one.held_until,
        "corrects": one.corrects,
        "changes": encode(one.changes),
        "taken": one.taken,
        "turned_away": one.turned_away,
        "receipt": one.receipt,
        "ready": one.ready or one.due,
    }


# -- sent ---------------------------------------------------------------------------------------


def claim(
    connection: sa.Connection, now: datetime, lease: timedelta, limit: int, room: Room
) -> Sequence[Delivery]:
    """Takes at most `limit` due deliveries that nobody holds: of each channel as many as it has
    room for, those of channels that are well first, then the longest due."""
    found: list[str] = []
    for waiting in channels.waiting(connection, now):
        if len(found) >= limit:
            break
        free = min(room(waiting.state), limit - len(found))
        if free < 1 or not channels.is_ours(connection, waiting.state, now):
            continue
        due = locked_due(connection, waiting.state.lane, waiting.states, now, free)
        if due and is_probe(waiting.state):
            channels.begin_probe(connection, waiting.state, now)
        found += due
    return lease_out(connection, found, now + lease)


def locked_due(
    connection: sa.Connection, lane: Lane, states: Sequence[str], now: datetime, most: int
) -> list[str]:
    """The ids of what is due on a channel, for this transaction to take; rows that another worker is
    taking are passed over. State by state, so that an index gives the longest due of many without
    sorting them."""
    subscriber, channel = lane
    found: list[str] = []
    for state in states:
        if most > len(found):
            where = {"subscriber": subscriber, "channel": channel, "state": state, "now": now}
            due = DUE_LEASED if state == "leased" else DUE
            rows = connection.execute(due, where | {"most": most - len(found)})
            found += rows.scalars()
    return found


# SQLite drops FOR UPDATE: there the writing transaction is alone (BEGIN IMMEDIATE).
DUE = (
    sa.select(table.id)
    .where(table.subscriber == sa.bindparam("subscriber"), table.channel == sa.bindparam("channel"))
    .where(table.state == sa.bindparam("state"), table.due <= sa.bindparam("now"))
    .order_by(table.due, table.id)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
DUE_LEASED = DUE.where(table.lease_until <= sa.bindparam("now"))  # its holder is gone


def lease_out(connection: sa.Connection, ids: Iterable[str], until: datetime) -> list[Delivery]:
    """The longest due first."""
    found: list[Delivery] = []
    for chunk in chunks(ids):
        leased = sa.update(delivery).where(table.id.in_(chunk))
        taken = leased.values(state="leased", lease_until=until).returning(delivery)
        found += map(delivery_of, connection.execute(taken))
    return sorted(found, key=lambda one: (one.due, one.id))


def settle(connection: sa.Connection, settled: Iterable[Settled]) -> None:
    """Writes what became of attempts, in the order of ids: two workers must not lock crosswise. A
    worker that lost its lease may still say "sent", and must not undo what another wrote."""
    ordered = sorted(settled, key=lambda one: one.delivery.id)
    sent = [one for one in ordered if one.delivery.state == "sent"]
    others = [one for one in ordered if one.delivery.state != "sent"]
    if sent:
        connection.execute(SENT, [ending(one) | durations(one) for one in sent])
    if others:
        connection.execute(NOT_SENT, [ending(one) for one in others])
    if tried := [tried_as(one) for one in ordered if one.outcome.attempted]:
        connection.execute(TRIED, tried)
    forget_message(connection, [one.delivery.id for one in ordered if is_final(one)])
    keep_messages(connection, [one for one in others if not is_final(one)])


# Statements of many columns are made once: to make one takes longer than to run it.
HERE = sa.update(delivery).where(table.id == sa.bindparam("settled_id"))
SENT = HERE.values(took=sa.func.coalesce(table.took, sa.bindparam("newly_took")))
NOT_SENT = HERE.where(table.state == "leased")
TRIED = sa.insert(attempt).values(
    # numbers go on where a retry by hand starts the schedule again
    number=sa.select(sa.func.coalesce(sa.func.max(attempt.c.number), 0) + 1)
    .where(attempt.c.delivery_id == sa.bindparam("settled_id"))
    .scalar_subquery()
)


def is_final(settled: Settled) -> bool:
    return settled.delivery.state in FINAL


def ended_at(settled: Settled) -> datetime:
    return settled.at + settled.duration


def ending(settled: Settled) -> dict[str, Any]:
    after, outcome = settled.delivery, settled.outcome
    return {
        "settled_id": after.id,
        "state": after.state,
        "attempts": after.attempts,
        "due": after.due,
        "lease_until": None,
        "held_until": after.held_until,
        "stops": encode(after.stops),
        "settled_at": ended_at(settled) if is_final(settled) else None,
        "refused": not (outcome.ok or outcome.retryable or outcome.disable),
        "last_answer": outcome.answer,
        "taken": after.taken,
        "turned_away": after.turned_away,
        "receipt": after.receipt,
    }


def durations(settled: Settled) -> dict[str, float | None]:
    """The seconds that it took, from when it was to leave, and from when it was owed. What is sent
    once more was there long before: of that, only the time since somebody asked for it counts."""
    sent, at = settled.delivery, ended_at(settled)
    return {
        "waited": (at - sent.ready).total_seconds() if sent.ready else None,
        "newly_took": (at - sent.created).total_seconds() if sent.created else None,
    }


def tried_as(settled: Settled) -> dict[str, Any]:
    return {
        "settled_id": settled.delivery.id,
        "delivery_id": settled.delivery.id,
        "at": settled.at,
        "seconds": settled.duration.total_seconds(),
        "ok": settled.outcome.ok,
        "answer": settled.outcome.answer,
    }


def keep_messages(connection: sa.Connection, deferred: Sequence[Settled]) -> None:
    """What failed is kept as it was sent, until the delivery is settled for good."""
    rows = [
        {"delivery_id": one.delivery.id, "body": sent.body, "headers": dict(sent.headers)}
        for one in deferred
        if (sent := one.message) is not None
    ]
    if rows:
        connection.execute(insert(connection, kept_message).on_conflict_do_nothing(), rows)


def forget_message(connection: sa.Connection, ids: Sequence[str]) -> None:
    for chunk in chunks(ids):
        connection.execute(sa.delete(kept_message).where(kept_message.c.delivery_id.in_(chunk)))


def message_of(
    connection: sa.Connection, delivery_id: str
) -> tuple[bytes, Mapping[str, str]] | None:
    """The body and the headers that were sent before, if they are kept."""
    found = connection.execute(
        sa.select(kept_message).where(kept_message.c.delivery_id == delivery_id)
    ).first()
    return None if found is None else (found.body, found.headers)


# -- given up, and sent again -------------------------------------------------------------------


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


def retry(connection: sa.Connection, ids: Iterable[str], now: datetime) -> Sequence[str]:
    """Puts deliveries back, due now, with the whole schedule of tries before them; whoever asks for
    that does not want them to wait. Returns the ids of those that were dead, deferred, cancelled or
    held; the others stay as they are."""
    again: list[str] = []
    for chunk in chunks(ids):
        again += send_again(connection, now, table.id.in_(chunk), table.state.in_(AGAIN))
    return sorted(again)


def replay(
    connection: sa.Connection, which: Sequence[sa.ColumnElement[bool]], now: datetime
) -> Sequence[str]:
    """The same for whatever was owed, sent or not, but for what is under way or waits anyway."""
    return sorted(send_again(connection, now, *which, table.state.in_((*AGAIN, "sent"))))


def send_again(
    connection: sa.Connection, now: datetime, *which: sa.ColumnElement[bool]
) -> Sequence[str]:
    """Whoever asks for that does not want it to wait for quiet hours or a digest."""
    again = put_back(connection, now, *which)
    for chunk in chunks(again):
        at_once = sa.update(delivery).where(table.id.in_(chunk))
        connection.execute(at_once.values(urgent=True))
    return again


def put_back(
    connection: sa.Connection, now: datetime, *which: sa.ColumnElement[bool]
) -> Sequence[str]:
    """Rendered anew when they are sent, and to addresses too that refused: whoever sends again may
    have mended what was wrong."""
    statement = (
        sa.update(delivery)
        .where(*which)
        .values(
            state="queued",
            due=now,
            ready=now,
            attempts=0,
            settled_at=None,
            held_until=None,
            turned_away=[],
        )
        .returning(table.id)
    )
    again = connection.execute(statement).scalars().all()
    for chunk in chunks(again):
        forget_message(connection, chunk)
    return again


def owed_between(
    subscriber: str, channel: str | None, since: datetime, until: datetime
) -> Sequence[sa.ColumnElement[bool]]:
    which = [table.subscriber == subscriber, table.created >= since, table.created < until]
    return which if channel is None else [*which, table.channel == channel]


def catch_up(connection: sa.Connection, lane: Lane, since: datetime, now: datetime) -> None:
    """What a channel missed is due now: what waits for its next try, and what ran out of tries.
    What its receiver refused for good stays dead."""
    subscriber, channel = lane
    here = (table.subscriber == subscriber, table.channel == channel)
    waiting = sa.update(delivery).where(*here, table.state == "deferred", table.due > now)
    connection.execute(waiting.values(due=now))
    # what was under way beside the first failure may have ended a moment before it
    began = since - UNDER_WAY
    ran_out = (table.state == "dead", ~table.refused, table.settled_at >= began)
    put_back(connection, now, *here, *ran_out)


def let_go(connection: sa.Connection, source_id: str, now: datetime) -> int:
    """Queues what is held of a source; it is due when it was, and was not to leave before."""
    ready = sa.case((table.due < now, now), else_=table.due)
    return connection.execute(held_of(source_id).values(state="queued", ready=ready)).rowcount


def drop(connection: sa.Connection, source_id: str, now: datetime, reason: str) -> int:
    """Gives up what is held of a source."""
    given_up = {"state": "cancelled", "settled_at": now, "last_answer": reason}
    return connection.execute(held_of(source_id).values(given_up)).rowcount


def held_of(source_id: str) -> sa.Update:
    """What the doubts about a source hold; not what a silence hides or a reader's pause holds."""
    releases = sa.select(release.c.id).where(release.c.source_id == source_id)
    return sa.update(delivery).where(
        table.state == "held",
        table.silence == "",
        table.held_until.is_(None),
        table.release_id.in_(releases),
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


def of_release(connection: sa.Connection, release_id: str) -> Sequence[Delivery]:
    """What was owed of a release and not given up, in the order of versions."""
    theirs = sa.select(delivery).where(table.release_id == release_id, table.state != "cancelled")
    rows = connection.execute(theirs.order_by(table.version, table.id))
    return [delivery_of(one) for one in rows]


Place = tuple[int, str]  # the change that a delivery came with, and its id


def owed_after(
    connection: sa.Connection, subscriber: str, channels: Collection[str], after: Place, most: int
) -> Sequence[tuple[int, Delivery]]:
    """What channels were owed after a place, in the order in which it was recorded, each with its
    change. Changes become visible in their order, so that nothing appears behind a place later; but
    what is held or was given up is left out."""
    change = release_version.c.change
    same_version = sa.and_(
        release_version.c.release_id == table.release_id,
        release_version.c.version == table.version,
    )
    is_later = sa.or_(change > after[0], sa.and_(change == after[0], table.id > after[1]))
    statement = (
        sa.select(change, delivery)
        .select_from(delivery.join(release_version, same_version))
        .where(table.subscriber == subscriber, table.channel.in_(channels), is_later)
        .where(table.state.not_in(("held", "cancelled")))
        .order_by(change, table.id)
        .limit(most)
    )
    return [(one.change, delivery_of(one)) for one in connection.execute(statement)]


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


def states(connection: sa.Connection, ids: Collection[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for chunk in chunks(ids):
        statement = sa.select(table.id, table.state).where(table.id.in_(chunk))
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
        held_until=found.held_until,
        corrects=found.corrects,
        changes=tuple(decode(Difference, one) for one in found.changes),
        taken=tuple(found.taken),
        turned_away=tuple(found.turned_away),
        receipt=found.receipt,
        ready=found.ready,
    )
