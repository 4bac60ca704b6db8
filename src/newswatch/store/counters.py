"""What only grows: counted in the transaction that it is part of."""

from collections.abc import Mapping

import sqlalchemy as sa

from newswatch.store.schema import counter
from newswatch.store.statements import insert

Key = tuple[str, str, str, str]  # name, two labels, and a part that only keeps rows apart
Counts = Mapping[tuple[str, str, str], float]  # name and labels, over all parts

table = counter.c


def add(connection: sa.Connection, counts: Mapping[Key, float]) -> None:
    """In the order of keys: two workers must not lock crosswise."""
    if not counts:
        return
    names = ("name", "one", "two", "part")
    rows = [dict(zip(names, key, strict=True)) | {"value": counts[key]} for key in sorted(counts)]
    statement = insert(connection, counter)
    more = {"value": table.value + statement.excluded.value}
    connection.execute(statement.on_conflict_do_update(index_elements=names, set_=more), rows)


def read(connection: sa.Connection) -> Counts:
    labels = (table.name, table.one, table.two)
    rows = connection.execute(sa.select(*labels, sa.func.sum(table.value)).group_by(*labels))
    return {(name, one, two): value for name, one, two, value in rows}
