"""What the statements of every concern share: inserts that know conflicts, lists cut to size."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")
Insert: TypeAlias = postgresql.dml.Insert | sqlite.dml.Insert

MOST = 5_000  # values in one IN list: SQLite takes 32 766 in a statement, PostgreSQL 65 535


def insert(connection: sa.Connection, table: sa.Table) -> Insert:
    """An INSERT with `on_conflict_…`, spelt alike by both engines."""
    return insert_of(connection.dialect.name, table)


def insert_of(dialect: str, table: sa.Table) -> Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def put(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes whole rows, each in the place of the one with its primary key."""
    if rows:
        connection.execute(putting(connection.dialect.name, table, tuple(rows[0])), rows)


@lru_cache(maxsize=64)
def putting(dialect: str, table: sa.Table, columns: tuple[str, ...]) -> Insert:
    """Building a statement of twenty columns takes longer than SQLite takes to run it."""
    statement = insert_of(dialect, table)
    given = {name: statement.excluded[name] for name in columns}
    return statement.on_conflict_do_update(index_elements=table.primary_key.columns, set_=given)


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
