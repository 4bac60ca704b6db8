"""Silences: what is not to be sent for a while, and what each of them hid."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from newswatch.model import Delivery, Silence
from newswatch.store.codec import decode, encode
from newswatch.store.deliveries import delivery_of
from newswatch.store.schema import delivery, silence


def add(connection: sa.Connection, made: Silence) -> None:
    connection.execute(
        sa.insert(silence).values(encode(made) | {"created": made.created, "until": made.until})
    )


def every(connection: sa.Connection) -> Sequence[Silence]:
    """The newest first."""
    ordered = sa.select(silence).order_by(silence.c.created.desc(), silence.c.id)
    return [silence_of(row) for row in connection.execute(ordered)]


def at(connection: sa.Connection, now: datetime) -> Sequence[Silence]:
    """Those in force, the oldest first."""
    active = sa.select(silence).where(silence.c.created <= now, silence.c.until > now)
    ordered = active.order_by(silence.c.created, silence.c.id)
    return [silence_of(row) for row in connection.execute(ordered)]


def by_id(connection: sa.Connection, silence_id: str) -> Silence | None:
    found = connection.execute(sa.select(silence).where(silence.c.id == silence_id)).first()
    return None if found is None else silence_of(found)


def expire(connection: sa.Connection, silence_id: str, now: datetime) -> bool:
    """Ends a silence. False where it had ended already."""
    running = sa.update(silence).where(silence.c.id == silence_id, silence.c.until > now)
    return connection.execute(running.values(until=now)).rowcount > 0


def hid(connection: sa.Connection, silence_id: str) -> Sequence[Delivery]:
    """What it hid, the oldest first, as it is now."""
    theirs = sa.select(delivery).where(delivery.c.silence == silence_id)
    ordered = theirs.order_by(delivery.c.created, delivery.c.id)
    return [delivery_of(row) for row in connection.execute(ordered)]


def send(connection: sa.Connection, silence_id: str, now: datetime) -> int:
    """Queues what it hid and what was not sent since, due now; quiet hours and limits hold, it may
    be much. Returns how many."""
    held = sa.update(delivery).where(delivery.c.silence == silence_id, delivery.c.state == "held")
    return connection.execute(held.values(state="queued", due=now, ready=now)).rowcount


def silence_of(row: sa.Row[Any]) -> Silence:
    instants = {"created": row.created, "until": row.until}
    return decode(Silence, row._asdict() | {name: at.isoformat() for name, at in instants.items()})
