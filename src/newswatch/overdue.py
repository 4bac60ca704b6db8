"""Steps of missions that are late: whoever asked for it is told, once for each mission and step. Pure
but for the store.

What is told is a release of newswatch's own, so that it is matched, owed, sent and explained as any.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from newswatch.health import OURSELVES
from newswatch.match import match
from newswatch.missions import Expected, expected
from newswatch.model import (
    Change,
    Evidence,
    Match,
    Mission,
    Overdue,
    Poll,
    Reading,
    Release,
    SourceState,
)
from newswatch.pipeline import Pipeline
from newswatch.ports import Known
from newswatch.render.alert import lowered
from newswatch.render.words import ENGLISH
from newswatch.understand.countries import country_name

RECENT = timedelta(days=7)  # since a step became overdue; what is older is told to nobody
LOOKED_AT = timedelta(days=150)  # since a mission's last day: its final report is late long before


def tell_overdue(pipeline: Pipeline, site: str) -> tuple[Change, ...]:
    """Records and owes what became overdue and was not told yet. `site` is the site's address
    without a slash at its end."""
    now, store = pipeline.clock(), pipeline.store
    missions = store.missions_since(now.date() - LOOKED_AT)
    openings = store.known(opening for one in missions for opening in opened_by(one))
    late = [
        as_release(mission, step, now, site)
        for mission in missions
        for step in lately(mission, openings, now)
    ]
    told = store.known(release.id for release in late)
    changes = tuple(
        Change("new", release, tuple(asking(match(release, pipeline.standing))))
        for release in late
        if release.id not in told
    )
    if changes:
        state, owed = SourceState(OURSELVES, now), pipeline.desk.owed(changes, now)
        store.add(Poll(OURSELVES, now, state, changes=changes, deliveries=owed))
    return changes


def opened_by(mission: Mission) -> Iterator[str]:
    """The releases that opened it; without one, nothing is expected of it."""
    return (step.release_id for step in mission.steps if step.event == "mission.opened")


def lately(mission: Mission, openings: Mapping[str, Known], now: datetime) -> Iterator[Expected]:
    """The steps that became overdue these days, before the eyes of newswatch: what was late already
    when it first saw the mission is no news."""
    today = now.date()
    for step in expected(mission, today):
        seen = (openings[one].first_seen.date() for one in opened_by(mission) if one in openings)
        is_recent = step.is_overdue and today - step.overdue_from < RECENT
        if is_recent and any(day < step.overdue_from for day in seen):
            yield step


def asking(matches: Iterable[Match]) -> Iterator[Match]:
    """The rules that ask for late steps; those that ask for a country mean what newsrooms publish."""
    return (one for one in matches if any(why.field == "overdue" for why in one.why))


def as_release(mission: Mission, step: Expected, now: datetime, site: str) -> Release:
    """The notice. Its id is made of mission and step: both are told of once, whatever is corrected."""
    digest = sha256(f"{OURSELVES}\noverdue\n{mission.id}\n{step.event}".encode()).hexdigest()
    late = Overdue(step.event.removeprefix("mission."), step.due)
    due = f"due on {step.due.day} {step.due:%B %Y}"
    return Release(
        id=digest[:16],
        source_id=OURSELVES,
        publisher=OURSELVES,
        url=f"{site}/missions/{mission.id}",
        title=f"Overdue: {title(mission, step)}",
        first_seen=now,
        fingerprint=digest,
        content_type="Notice",
        text=f"It was {due}. No newsroom that newswatch reads has published it.",
        language="en",
        reading=Reading(
            countries=(mission.country,),
            mission=mission.type,
            elections=mission.elections,
            evidence=(Evidence("overdue", late.step, "text", 7, 7 + len(due), due),),
            bodies=mission.bodies,
        ),
        mission=replace(mission, steps=()),
        overdue=late,
    )


def title(mission: Mission, step: Expected) -> str:
    """ "final report of ODIHR, Georgia, parliamentary election of 26 October 2024"."""
    what = f"{lowered(ENGLISH.events[step.event])} of {', '.join(mission.bodies)}"
    votes = map(ENGLISH.election, mission.elections)
    return ", ".join((what, country_name(mission.country), *votes))
