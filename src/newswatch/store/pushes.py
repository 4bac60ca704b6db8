"""Subscriptions at hubs (WebSub): what was asked, what the hub verified, when it last pushed."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from newswatch.model import Push, Pushed
from newswatch.store.schema import push

table = push.c
SETTLED = ("pending", "failures", "until", "verified", "next_ask", "reason")


def held(connection: sa.Connection) -> Sequence[Push]:
    """All of them, in the order of sources."""
    found = connection.execute(sa.select(push).order_by(table.source_id, table.token))
    return [push_of(row) for row in found]


def by_token(connection: sa.Connection, token: str) -> Push | None:
    found = connection.execute(sa.select(push).where(table.token == token)).first()
    return None if found is None else push_of(found)


def add(connection: sa.Connection, new: Sequence[Push]) -> None:
    if new:
        connection.execute(sa.insert(push), [asdict(one) for one in new])


def give_up(connection: sa.Connection, tokens: Sequence[str], now: datetime) -> None:
    """These are to be ended: what was asked for them is asked no more."""
    unwanted = sa.update(push).where(table.token.in_(tokens), table.is_wanted)
    connection.execute(unwanted.values(is_wanted=False, pending="", failures=0, next_ask=now))


def drop(connection: sa.Connection, tokens: Sequence[str]) -> None:
    connection.execute(sa.delete(push).where(table.token.in_(tokens)))


def claim(connection: sa.Connection, asked: Push, due: datetime) -> bool:
    """Writes that a request goes out, unless another process has sent it: it was due at `due`."""
    mine = sa.update(push).where(
        table.token == asked.token, table.next_ask == due, table.is_wanted == asked.is_wanted
    )
    values = {name: getattr(asked, name) for name in (*SETTLED, "asked")}
    return connection.execute(mine.values(values)).rowcount == 1


def refused(connection: sa.Connection, asked: Push, reason: str) -> None:
    """Writes why a request failed, unless the hub has verified it all the same."""
    same = sa.and_(table.token == asked.token, table.asked == asked.asked, table.pending != "")
    connection.execute(sa.update(push).where(same).values(reason=reason))


def settle(connection: sa.Connection, said: Push) -> None:
    """Writes what a hub said: its lease, or its refusal."""
    values = {name: getattr(said, name) for name in SETTLED}
    connection.execute(sa.update(push).where(table.token == said.token).values(values))


def ping(connection: sa.Connection, token: str, now: datetime) -> None:
    connection.execute(sa.update(push).where(table.token == token).values(pinged=now))


def push_of(row: sa.Row[Any]) -> Push:
    values = dict(row._mapping)  # noqa: SLF001 (its public name)
    del values["pinged"]
    return Push(**values)


def pushed_of(row: sa.Row[Any]) -> Pushed | None:
    """What a row of `sources.states` says of the hub that is asked to push."""
    if row.pushed_hub is None:
        return None
    return Pushed(
        row.pushed_hub,
        row.pushed_until,
        row.verified,
        row.pinged,
        row.pushed_reason,
        is_refused=bool(row.pushed_reason) and not row.pending,
        failures=row.unverified,
    )
