"""Drills: the message of each channel, and when it was acknowledged."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from newswatch.model import DrillMessage
from newswatch.store.schema import drill_message
from newswatch.store.statements import chunks

table = drill_message.c


def is_held(connection: sa.Connection, drill: str) -> bool:
    found = sa.select(sa.exists().where(table.drill == drill))
    return bool(connection.execute(found).scalar())


def add(connection: sa.Connection, messages: Sequence[DrillMessage]) -> None:
    connection.execute(sa.insert(drill_message), [asdict(one) for one in messages])


def listed(connection: sa.Connection, limit: int) -> Sequence[DrillMessage]:
    """The messages of the newest drills, those of one together, by subscriber and channel."""
    held = sa.func.max(table.at)
    newest = sa.select(table.drill).group_by(table.drill).order_by(held.desc(), table.drill)
    chosen = drill_message.select().where(table.drill.in_(newest.limit(limit)))
    order = (table.at.desc(), table.drill, table.subscriber, table.channel)
    return [message_of(row) for row in connection.execute(chosen.order_by(*order))]


def of(connection: sa.Connection, drill: str) -> Sequence[DrillMessage]:
    """By subscriber and channel."""
    theirs = drill_message.select().where(table.drill == drill)
    rows = connection.execute(theirs.order_by(table.subscriber, table.channel))
    return [message_of(row) for row in rows]


def by_token(connection: sa.Connection, token: str) -> DrillMessage | None:
    row = connection.execute(drill_message.select().where(table.token == token)).first()
    return None if row is None else message_of(row)


def acknowledge(connection: sa.Connection, token: str, now: datetime) -> None:
    """The first time counts."""
    open_still = sa.update(drill_message).where(table.token == token, table.acknowledged.is_(None))
    connection.execute(open_still.values(acknowledged=now))


def last(connection: sa.Connection) -> Mapping[str, datetime]:
    """When each subscriber was last drilled."""
    latest = sa.select(table.subscriber, sa.func.max(table.at, type_=table.at.type))
    return dict(connection.execute(latest.group_by(table.subscriber)).all())


def unanswered(connection: sa.Connection, until: datetime) -> Sequence[DrillMessage]:
    """What nobody acknowledged of drills until then, and nobody was told of; the oldest first."""
    quiet = drill_message.select().where(
        table.acknowledged.is_(None), table.told_at.is_(None), table.at <= until
    )
    rows = connection.execute(quiet.order_by(table.at, table.subscriber, table.channel))
    return [message_of(row) for row in rows]


def tell(connection: sa.Connection, tokens: Collection[str], now: datetime) -> None:
    for chunk in chunks(tokens):
        theirs = sa.update(drill_message).where(table.token.in_(chunk))
        connection.execute(theirs.values(told_at=now))


def message_of(row: sa.Row[Any]) -> DrillMessage:
    return DrillMessage(**row._asdict())
