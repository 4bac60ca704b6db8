"""What the statements of every concern share: inserts that know conflicts, lists cut to size."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")

MOST = 5_000  # values in one IN list: SQLite takes 32 766 in a statement, PostgreSQL 65 535


def insert(connection: sa.Connection, table: sa.Table) -> postgresql.dml.Insert | sqlite.dml.Insert:
    """An INSERT with `on_conflict_…`, spelt alike by both engines."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def chunks(values: Iterable[T]) -> Iterator[Sequence[T]]:
    """The distinct values, in lists short enough for one statement."""
    rest = iter(dict.fromkeys(values))
    while chunk := list(islice(rest, MOST)):
        yield chunk


def claimed(candidates: sa.Select[tuple[str]], table: sa.Table) -> sa.Select[tuple[str]]:
    """The ids of `candidates`, locked; rows that another worker is taking are passed over.

    A CTE, so that PostgreSQL evaluates LIMIT once. SQLite drops FOR UPDATE: there the writing
    transaction is alone (BEGIN IMMEDIATE).
    """
    due = candidates.with_for_update(skip_locked=True, of=table).cte("due")
    return sa.select(*due.prefix_with("MATERIALIZED").c)
