"""What each host saw of newswatch: one row for each poll, kept for a month."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from newswatch.model import Visit
from newswatch.store.schema import visit
from newswatch.store.statements import insert

KEPT = timedelta(days=30)
OLD = sa.delete(visit).where(
    visit.c.source_id == sa.bindparam("its_source"), visit.c.at < sa.bindparam("first")
)


def record(connection: sa.Connection, made: Visit) -> None:
    """Adds a visit; of the source, those that are older than a month go."""
    row = {
        "source_id": made.source_id,
        "at": made.at,
        "host": made.host,
        "is_conditional": made.is_conditional,
        "outcome": made.outcome,
        "requests": made.requests,
    }
    connection.execute(insert(connection, visit).on_conflict_do_nothing(), row)
    connection.execute(OLD, {"its_source": made.source_id, "first": made.at - KEPT})


def since(connection: sa.Connection, instant: datetime) -> Sequence[Visit]:
    """The visits since an instant, oldest first."""
    found = connection.execute(
        sa.select(visit).where(visit.c.at >= instant).order_by(visit.c.at, visit.c.source_id)
    )
    return [visit_of(row) for row in found]


def at(
    connection: sa.Connection, source_id: str, instants: Collection[datetime]
) -> Sequence[Visit]:
    found = sa.select(visit).where(visit.c.source_id == source_id, visit.c.at.in_(instants))
    return [visit_of(row) for row in connection.execute(found)]


def visit_of(row: sa.Row[Any]) -> Visit:
    return Visit(row.source_id, row.host, row.at, row.is_conditional, row.outcome, row.requests)
