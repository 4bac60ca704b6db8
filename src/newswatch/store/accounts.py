"""What the ledger compares: versions of releases with what they met and what was owed of them, in the
order in which they were recorded."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from newswatch.ledger import Owed, Recorded
from newswatch.model import Match, Release
from newswatch.store.deliveries import delivery_of
from newswatch.store.releases import match_of, release_of
from newswatch.store.schema import attempt, delivery, match, release_version
from newswatch.store.statements import chunks

Place = tuple[datetime, str, int]  # when a version was recorded, its release and its number
version = release_version.c


def page(
    connection: sa.Connection,
    since: datetime,
    until: datetime,
    after: Place | None,
    most: int,
    subscriber: str | None,
) -> tuple[Sequence[Recorded], Place | None]:
    """The next versions that were recorded in a period, and the place of the last of them."""
    key = sa.tuple_(version.recorded, version.release_id, version.version)
    wanted = sa.select(release_version).where(version.recorded >= since, version.recorded < until)
    if after is not None:
        wanted = wanted.where(key > sa.tuple_(*map(sa.literal, after)))
    ordered = wanted.order_by(version.recorded, version.release_id, version.version)
    rows = connection.execute(ordered.limit(most)).all()
    last = rows[-1] if rows else None
    place = (last.recorded, last.release_id, last.version) if last else None
    return whole(connection, rows, subscriber), place


def of_release(
    connection: sa.Connection, release_id: str, subscriber: str | None
) -> Sequence[Recorded]:
    """All versions of a release, the first one first."""
    theirs = sa.select(release_version).where(version.release_id == release_id)
    return whole(connection, connection.execute(theirs.order_by(version.version)).all(), subscriber)


def whole(
    connection: sa.Connection, rows: Sequence[sa.Row[Any]], subscriber: str | None
) -> Sequence[Recorded]:
    releases = [release_of(row.document) for row in rows]
    ids = {one.id for one in releases}
    originals = {one.copy_of for one in releases if one.copy_of}
    matches = matches_of(connection, ids | originals, subscriber)
    owed = owed_of(connection, ids, subscriber)
    earlier = earlier_of(connection, [one.id for one in releases if one.version > 1])
    return [
        Recorded(
            release=one,
            at=row.recorded,
            quiet=row.quiet,
            matches=tuple(m for _, m in matches.get(one.id, ()) if m.version <= one.version),
            original=by_then(matches.get(one.copy_of or "", ()), row.recorded),
            owed=tuple(o for o in owed.get(one.id, ()) if o.delivery.version <= one.version),
            earlier={
                number: before
                for number, before in earlier.get(one.id, {}).items()
                if number < one.version
            },
        )
        for row, one in zip(rows, releases, strict=True)
    ]


def by_then(matches: Iterable[tuple[datetime, Match]], at: datetime) -> tuple[Match, ...]:
    return tuple(match for recorded, match in matches if recorded <= at)


def matches_of(
    connection: sa.Connection, ids: Collection[str], subscriber: str | None
) -> Mapping[str, list[tuple[datetime, Match]]]:
    """By release, with when the version that was met was recorded."""
    same = sa.and_(version.release_id == match.c.release_id, version.version == match.c.version)
    columns = sa.select(match, version.recorded).select_from(match.join(release_version, same))
    if subscriber is not None:
        columns = columns.where(match.c.subscriber == subscriber)
    ordered = columns.order_by(match.c.version, match.c.subscriber, match.c.rule)
    found: dict[str, list[tuple[datetime, Match]]] = {}
    for chunk in chunks(ids):
        for row in connection.execute(ordered.where(match.c.release_id.in_(chunk))):
            found.setdefault(row.release_id, []).append((row.recorded, match_of(row)))
    return found


def owed_of(
    connection: sa.Connection, ids: Collection[str], subscriber: str | None
) -> Mapping[str, list[Owed]]:
    columns = sa.select(delivery)
    if subscriber is not None:
        columns = columns.where(delivery.c.subscriber == subscriber)
    found: dict[str, list[Owed]] = {}
    for chunk in chunks(ids):
        rows = connection.execute(columns.where(delivery.c.release_id.in_(chunk)))
        for row in rows:
            one = Owed(delivery_of(row), row.settled_at, row.last_answer)
            found.setdefault(row.release_id, []).append(one)
    taken = taken_of(connection, [one.delivery.id for of in found.values() for one in of])
    return {
        release_id: [replace(one, taken=taken.get(one.delivery.id, 0)) for one in of]
        for release_id, of in found.items()
    }


def taken_of(connection: sa.Connection, ids: Collection[str]) -> Mapping[str, int]:
    """How often deliveries were taken; only those that were."""
    taken: dict[str, int] = {}
    for chunk in chunks(ids):
        which = sa.select(attempt.c.delivery_id, sa.func.count()).where(
            attempt.c.delivery_id.in_(chunk), attempt.c.ok
        )
        taken |= dict(connection.execute(which.group_by(attempt.c.delivery_id)).all())
    return taken


def earlier_of(connection: sa.Connection, ids: Collection[str]) -> Mapping[str, dict[int, Release]]:
    found: dict[str, dict[int, Release]] = {}
    columns = sa.select(version.release_id, version.version, version.document)
    for chunk in chunks(ids):
        for row in connection.execute(columns.where(version.release_id.in_(chunk))):
            found.setdefault(row.release_id, {})[row.version] = release_of(row.document)
    return found
