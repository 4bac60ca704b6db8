"""The newsrooms' own documents, compressed, so that they can be read again when reading is mended.

Kept of each source: the last good one, the last bad ones, and for half a year each that brought
something.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from newswatch.model import Document, Raw, Validators
from newswatch.store.schema import raw_document
from newswatch.store.statements import insert

KEPT = timedelta(days=180)
LAST_BAD = 20  # a layout may be broken for a while: what was listed meanwhile is not lost
GOOD = "ok"

table = raw_document.c


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """What is known of a kept document without its content. `size` is in bytes, compressed."""

    digest: str
    at: datetime
    state: str
    reason: str
    brought: int
    url: str
    size: int


def keep(connection: sa.Connection, source_id: str, raws: Iterable[Raw], now: datetime) -> None:
    """Adds documents, and lets go of those that are not to be kept any longer."""
    rows = [row(source_id, raw, now) for raw in raws]
    for one in rows:
        again = {name: one[name] for name in ("at", "state", "reason")}
        connection.execute(
            insert(connection, raw_document)
            .values(one)
            .on_conflict_do_update(
                index_elements=[table.source_id, table.digest],
                set_={**again, "brought": raw_document.c.brought + one["brought"]},
            )
        )
    if rows:
        clear(connection, source_id, now)


def clear(connection: sa.Connection, source_id: str, now: datetime) -> None:
    of_source = sa.select(table.digest).where(table.source_id == source_id)
    newest = of_source.order_by(table.at.desc(), table.digest)
    good = newest.where(table.state == GOOD).limit(1)
    bad = newest.where(table.state != GOOD).limit(LAST_BAD)
    connection.execute(
        sa.delete(raw_document).where(
            table.source_id == source_id,
            sa.or_(table.brought == 0, table.at < now - KEPT),
            table.digest.not_in(good.scalar_subquery()),
            table.digest.not_in(bad.scalar_subquery()),
        )
    )


def row(source_id: str, raw: Raw, now: datetime) -> dict[str, Any]:
    document = raw.document
    return {
        "source_id": source_id,
        "digest": sha256(document.body).hexdigest(),
        "at": now,
        "state": raw.state,
        "reason": raw.reason,
        "brought": raw.brought,
        "url": document.url,
        "content_type": document.content_type,
        "content_location": document.content_location,
        "body": zlib.compress(document.body),
    }


def kept(connection: sa.Connection, source_id: str) -> Sequence[KeptDocument]:
    """The newest first."""
    columns = (table.digest, table.at, table.state, table.reason, table.brought, table.url)
    size = sa.func.length(table.body)
    found = sa.select(*columns, size).where(table.source_id == source_id)
    rows = connection.execute(found.order_by(table.at.desc(), table.digest))
    return [KeptDocument(*one) for one in rows]


def one(connection: sa.Connection, source_id: str, digest: str) -> Document | None:
    """By the beginning of its digest; None where that names none, or several."""
    named = table.digest.startswith(digest, autoescape=True)
    found = sa.select(raw_document).where(table.source_id == source_id, named).limit(2)
    rows = connection.execute(found).all()
    return document_of(rows[0]) if len(rows) == 1 else None


def document_of(found: sa.Row[Any]) -> Document:
    return Document(
        url=found.url,
        content_type=found.content_type,
        body=zlib.decompress(found.body),
        validators=Validators(),
        content_location=found.content_location,
    )
