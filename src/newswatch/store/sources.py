"""What is remembered of each source between polls, and who polls it next."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from newswatch.model import History, SourceState, Validators
from newswatch.push import BREATH
from newswatch.store.codec import decode, encode
from newswatch.store.pushes import pushed_of
from newswatch.store.schema import Instant, push, source_state
from newswatch.store.statements import claimed, insert, put

SKEW = timedelta(minutes=5)  # between the clocks of several machines

table = source_state.c


def ensure(connection: sa.Connection, source_ids: Iterable[str], now: datetime) -> None:
    """Sources without a state get one that is due now; the others stay as they are."""
    rows = [row(SourceState(source_id, now)) for source_id in sorted(set(source_ids))]
    if rows:
        connection.execute(insert(connection, source_state).on_conflict_do_nothing(), rows)


def states(connection: sa.Connection) -> Mapping[str, SourceState]:
    is_its = sa.and_(push.c.source_id == table.source_id, push.c.is_wanted)
    columns = (
        source_state,
        push.c.hub.label("pushed_hub"),
        push.c.until.label("pushed_until"),
        push.c.reason.label("pushed_reason"),
        push.c.verified,
        push.c.pinged,
        push.c.pending,
        push.c.failures.label("unverified"),
    )
    with_push = sa.select(*columns).select_from(source_state.outerjoin(push, is_its))
    found = connection.execute(with_push.order_by(table.source_id))
    return {state.source_id: state for state in map(state_of, found)}


def claim(
    connection: sa.Connection,
    now: datetime,
    lease: timedelta,
    limit: int,
    only: Collection[str] | None = None,
) -> Sequence[str]:
    """Takes at most `limit` sources that are due, or that a push asks for, and that nobody holds;
    longest due first. A push leads to a poll a minute at most. One that was polled in the future is
    due: the clock was put back, and it would wait for it to catch up."""
    put_back = table.last_poll > now + SKEW
    lease_end = table.lease_until
    free = sa.or_(lease_end.is_(None), lease_end <= now, lease_end > now + lease + SKEW)
    rested = sa.or_(table.hurried_at.is_(None), table.hurried_at <= now - BREATH)
    is_wanted = table.wanted_at <= now
    is_due = sa.or_(table.next_poll <= now, sa.and_(is_wanted, rested), put_back)
    due = sa.select(table.source_id).where(is_due, free)
    if only is not None:
        due = due.where(table.source_id.in_(sorted(only)))
    due = due.order_by(table.next_poll, table.source_id).limit(limit)
    taken = (
        sa.update(source_state)
        .where(table.source_id.in_(claimed(due, source_state)))
        .values(
            lease_until=now + lease,
            wanted_at=sa.case((is_wanted, None), else_=table.wanted_at),
            hurried_at=sa.case((is_wanted, sa.literal(now, Instant)), else_=table.hurried_at),
        )
        .returning(table.next_poll, table.source_id)
    )
    return [source_id for _, source_id in sorted(connection.execute(taken))]


def save(connection: sa.Connection, state: SourceState) -> None:
    """Writes the state after a poll, and gives the source back."""
    put(connection, source_state, [row(state)])


def want(connection: sa.Connection, source_id: str, at: datetime) -> None:
    """The source is to be polled at an instant, beside the clock; an earlier wish stands. A poll
    that runs meanwhile does not fulfil it."""
    is_later = sa.or_(table.wanted_at.is_(None), table.wanted_at > at)
    connection.execute(
        sa.update(source_state).where(table.source_id == source_id, is_later).values(wanted_at=at)
    )


def hasten(connection: sa.Connection, source_id: str, at: datetime) -> None:
    """The next poll comes at an instant, if it was to come later."""
    is_later = sa.and_(table.source_id == source_id, table.next_poll > at)
    connection.execute(sa.update(source_state).where(is_later).values(next_poll=at))


def let_go(connection: sa.Connection, source_id: str) -> None:
    """Nothing of the source is held any more, and what it gives now is what it usually gives."""
    connection.execute(
        sa.update(source_state)
        .where(table.source_id == source_id)
        .values(held="", history=None, body_hash=None)
    )


def row(state: SourceState) -> dict[str, Any]:
    return {
        "source_id": state.source_id,
        "next_poll": state.next_poll,
        "lease_until": None,
        "etag": state.validators.etag,
        "last_modified": state.validators.last_modified,
        "body_hash": state.body_hash,
        "state": state.state,
        "reason": state.reason,
        "failures": state.failures,
        "polled_once": state.polled_once,
        "last_poll": state.last_poll,
        "last_success": state.last_success,
        "validators_url": state.validators.url,
        "moved_to": state.moved_to,
        "moved_seen": state.moved_seen,
        "told_at": state.told_at,
        "last_new": state.last_new,
        "failing_since": state.failing_since,
        "held": state.held,
        "history": encode(state.history),
        "paused_until": state.paused_until,
        "hub": state.hub,
        "topic": state.topic,
        "unpushed": state.unpushed,
        "push_told_at": state.push_told_at,
    }


def state_of(found: sa.Row[Any]) -> SourceState:
    return SourceState(
        source_id=found.source_id,
        next_poll=found.next_poll,
        validators=Validators(found.etag, found.last_modified, found.validators_url or ""),
        body_hash=found.body_hash,
        state=found.state,
        reason=found.reason,
        failures=found.failures,
        polled_once=found.polled_once,
        last_poll=found.last_poll,
        last_success=found.last_success,
        moved_to=found.moved_to,
        moved_seen=found.moved_seen,
        told_at=found.told_at,
        last_new=found.last_new,
        failing_since=found.failing_since,
        held=found.held,
        history=decode(History, found.history or {}),
        paused_until=found.paused_until,
        hub=found.hub,
        topic=found.topic,
        unpushed=found.unpushed,
        push_told_at=found.push_told_at,
        pushed=pushed_of(found),
    )
