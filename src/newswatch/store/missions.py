"""Missions and their timelines: a row for what a mission is, and one for each release on it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from newswatch.missions import merged
from newswatch.model import Change, Election, Mission, Step
from newswatch.store.codec import decode, encode
from newswatch.store.schema import mission, mission_step
from newswatch.store.statements import chunks, insert, put


def record(connection: sa.Connection, changes: Iterable[Change]) -> None:
    """Puts each release on the timeline of its mission, and off any other."""
    changes = tuple(changes)
    leave(connection, [change.release.id for change in changes])
    for change in changes:
        if change.mission is not None:
            take(connection, change.mission, change.release.id)


def leave(connection: sa.Connection, release_ids: Iterable[str]) -> None:
    steps = mission_step.c
    for chunk in chunks(release_ids):
        connection.execute(sa.delete(mission_step).where(steps.release_id.in_(chunk)))


def take(connection: sa.Connection, one: Mission, release_id: str) -> None:
    """Adds to what is held of the mission: another process may have added to it meanwhile."""
    whole = together(connection, one)
    values = {
        "id": one.id,
        "country": one.country,
        "bodies": list(whole.bodies),
        "type": whole.type,
        "elections": encode(whole.elections),
        "last_day": max(
            [*(e.date for e in whole.elections if e.date), *(s.day for s in whole.steps)]
        ),
    }
    put(connection, mission, [values])
    steps = [
        {"mission_id": one.id, "release_id": step.release_id, "event": step.event, "day": step.day}
        for step in one.steps
        if step.release_id == release_id
    ]
    connection.execute(insert(connection, mission_step).on_conflict_do_nothing(), steps)


def together(connection: sa.Connection, one: Mission) -> Mission:
    row = connection.execute(
        sa.select(mission).where(mission.c.id == one.id).with_for_update()
    ).first()
    if row is None:
        return one
    held = mission_of(row, ())
    return replace(
        one,
        bodies=tuple(dict.fromkeys((*held.bodies, *one.bodies))),
        type=held.type or one.type,
        elections=merged(held.elections, one.elections),
    )


# -- reading --------------------------------------------------------------------------------------


def about(connection: sa.Connection, countries: Collection[str]) -> Sequence[Mission]:
    """The missions to some countries."""
    return listed(connection, mission.c.country.in_(sorted(countries)))


def since(connection: sa.Connection, day: date) -> Sequence[Mission]:
    """Those whose last day, of an election or a release, is not before a day."""
    return listed(connection, mission.c.last_day >= day)


def latest(
    connection: sa.Connection, limit: int, country: str | None, body: str | None
) -> Sequence[Mission]:
    """Those with the latest election or release first."""
    wanted = [mission.c.country == country] if country else []
    found = [
        one
        for one in listed(connection, *wanted)
        if body is None or body.casefold() in {name.casefold() for name in one.bodies}
    ]
    return found[:limit]


def by_id(connection: sa.Connection, ids: Iterable[str]) -> Sequence[Mission]:
    return [
        one for chunk in chunks(ids) for one in listed(connection, mission.c.id.in_(list(chunk)))
    ]


def listed(connection: sa.Connection, *wanted: sa.ColumnElement[bool]) -> list[Mission]:
    """Those that still have a release on their timeline, the latest first."""
    joined = mission.join(mission_step, mission_step.c.mission_id == mission.c.id)
    columns = (mission, mission_step.c.release_id, mission_step.c.event, mission_step.c.day)
    rows = connection.execute(
        sa.select(*columns)
        .select_from(joined)
        .where(*wanted)
        .order_by(
            mission.c.last_day.desc(),
            mission.c.id,
            mission_step.c.day,
            mission_step.c.release_id,
        )
    ).all()
    return [gathered(list(group)) for _, group in groupby(rows, key=lambda row: row.id)]


def gathered(rows: Sequence[sa.Row[Any]]) -> Mission:
    return mission_of(rows[0], tuple(Step(row.release_id, row.event, row.day) for row in rows))


def mission_of(row: sa.Row[Any], steps: tuple[Step, ...]) -> Mission:
    return Mission(
        id=row.id,
        country=row.country,
        bodies=tuple(row.bodies),
        type=row.type,
        elections=tuple(decode(Election, one) for one in row.elections),
        steps=steps,
    )


def clear(connection: sa.Connection) -> None:
    """Forgets all missions, to make them anew from the archive."""
    connection.execute(sa.delete(mission_step))
    connection.execute(sa.delete(mission))
