"""What people corrected in the reading of releases."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from newswatch.model import Correction
from newswatch.store.schema import correction
from newswatch.store.statements import chunks, put


def save(connection: sa.Connection, made: Correction) -> None:
    """The latest correction of a field counts."""
    values = {
        "release_id": made.release_id,
        "field": made.field,
        "value": list(made.value),
        "author": made.author,
        "reason": made.reason,
        "at": made.at,
    }
    put(connection, correction, [values])


def drop(connection: sa.Connection, release_id: str) -> int:
    """Lets newswatch read the release again. Returns how many corrections there were."""
    gone = sa.delete(correction).where(correction.c.release_id == release_id)
    return connection.execute(gone).rowcount


def of(connection: sa.Connection, release_ids: Iterable[str]) -> Sequence[Correction]:
    rows = [
        row
        for chunk in chunks(release_ids)
        for row in connection.execute(
            sa.select(correction).where(correction.c.release_id.in_(list(chunk)))
        )
    ]
    return [correction_of(row) for row in sorted(rows, key=lambda row: (row.release_id, row.field))]


def every(connection: sa.Connection) -> Sequence[Correction]:
    """All of them, the oldest first."""
    ordered = sa.select(correction).order_by(correction.c.at, correction.c.release_id)
    return [correction_of(row) for row in connection.execute(ordered)]


def correction_of(row: sa.Row[Any]) -> Correction:
    return Correction(row.release_id, row.field, tuple(row.value), row.author, row.reason, row.at)
