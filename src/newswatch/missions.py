"""Releases → missions: which observation of which election a release tells of, and in what state it
brings it. Pure.

Releases of one body on one election belong to one mission, whatever the wording, language or
newsroom. What is compared is the country, the bodies, and the election: its day, where both name
one, else its kind and whether the time fits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from newswatch.model import Election, Mission, Release, Step
from newswatch.understand.bodies import TOGETHER

STATES: Mapping[str, str] = {
    "mission.announced": "announced",
    "mission.needs_assessment": "assessed",
    "mission.opened": "opened",
    "mission.interim_report": "interim",
    "mission.preliminary_statement": "preliminary",
    "mission.final_report": "final",
    "mission.follow_up": "followed_up",
    "mission.cancelled": "cancelled",
    "mission.declined": "declined",
}
# Assessments come before announcements or after them: the later of the two counts.
RANKS = {
    "announced": 1,
    "assessed": 1,
    "opened": 2,
    "interim": 3,
    "preliminary": 4,
    "final": 5,
    "followed_up": 6,
}
ENDED = ("cancelled", "declined")
# Events that come after election day; the others come before it.
AFTER = ("mission.preliminary_statement", "mission.final_report", "mission.follow_up")
ROUNDS = timedelta(days=45)  # between the days of one election's rounds, at most
AHEAD = timedelta(days=400)  # that a mission is spoken of before its election
BEHIND = timedelta(days=5 * 365)  # that its recommendations are followed up
STRAY = timedelta(days=3)  # that a release before the election may come after its day
UNDATED = timedelta(days=270)  # between releases of a mission whose election has no day
VISITING = "NAM"  # the type of the visit that prepares a mission


@dataclass(frozen=True, slots=True)
class Joined:
    """A release's mission, the state that the release brought it into, if it did, and the state
    before."""

    mission: Mission
    transition: str | None
    before: str | None


def join(release: Release, held: Iterable[Mission]) -> Joined | None:
    """The mission that a release tells of, with the release on its timeline: one of those that are
    held, else a new one. None where it tells of none, or not of which body's or country's."""
    reading = release.reading
    if not reading.event.startswith("mission.") or not reading.countries or not reading.bodies:
        return None
    told = without(release.id, (one for one in held if one.country == reading.countries[0]))
    before = best(release, told) or made_of(release)
    after = with_step(before, release)
    changed = state_of(after) != state_of(before)
    return Joined(after, state_of(after) if changed else None, state_of(before))


def without(release_id: str, missions: Iterable[Mission]) -> list[Mission]:
    """The missions as they would be without a release, which may have been read otherwise before."""
    return [
        replace(one, steps=tuple(step for step in one.steps if step.release_id != release_id))
        for one in missions
    ]


# -- which ----------------------------------------------------------------------------------------


def best(release: Release, missions: Sequence[Mission]) -> Mission | None:
    """The mission that fits best: on the very day, else the one whose election is closest."""
    day = day_of(release)
    own = mission_id(release)
    fitting = [one for one in missions if one.id == own or fits(release, one)]
    stated = {election.date for election in release.reading.elections if election.date}

    def distance(mission: Mission) -> tuple[bool, timedelta]:
        days = dates(mission.elections)
        apart = abs((days[0] if days else last_day(mission, day)) - day)
        return not stated & set(days), apart

    return min(fitting, key=distance, default=None)


def fits(release: Release, mission: Mission) -> bool:
    reading = release.reading
    if not are_together(reading.bodies, mission.bodies):
        return False
    if not are_compatible(reading.elections, mission.elections):
        return False
    stated, known = dates(reading.elections), dates(mission.elections)
    if stated and known:
        return any(abs(one - other) <= ROUNDS for one in stated for other in known)
    if known:
        return is_in_time(reading.event, day_of(release), known)
    return abs(last_day(mission, day_of(release)) - day_of(release)) <= UNDATED


def are_together(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether bodies observe together: the same ones, or those that always do."""
    return bool(set(ours) & set(theirs) or (TOGETHER & set(ours) and TOGETHER & set(theirs)))


def are_compatible(ours: Sequence[Election], theirs: Sequence[Election]) -> bool:
    """Whether the kinds of two releases' elections may be those of one election day."""
    one, other = {e.kind for e in ours}, {e.kind for e in theirs}
    return not one or not other or bool(one & other) or "general" in one | other


def is_in_time(event: str, day: date, known: Sequence[date]) -> bool:
    if event in AFTER:
        return known[0] <= day <= known[-1] + BEHIND
    return known[0] - AHEAD <= day <= known[-1] + STRAY


def made_of(release: Release) -> Mission:
    """A mission of which nothing else is known yet."""
    reading = release.reading
    return Mission(
        id=mission_id(release),
        country=reading.countries[0],
        bodies=(),
        elections=(),
    )


def mission_id(release: Release) -> str:
    """Made from what a mission is, so that two processes that meet it at once give it one id:
    country, day of the election (else its year and kind) and body."""
    reading = release.reading
    days = dates(reading.elections)
    kind = reading.elections[0].kind if reading.elections else "election"
    when = days[0].isoformat() if days else f"{day_of(release).year}-{kind}"
    body = "odihr" if TOGETHER & set(reading.bodies) else reading.bodies[0].lower()
    return f"{reading.countries[0].lower()}-{when}-{body.replace(' ', '-')}"


# -- the timeline ---------------------------------------------------------------------------------


def with_step(mission: Mission, release: Release) -> Mission:
    """The mission with a release on its timeline, and with what that says of it."""
    reading = release.reading
    step = Step(release.id, reading.event, day_of(release))
    steps = sorted((*mission.steps, step), key=lambda one: (one.day, rank(one), one.release_id))
    visits = reading.mission == VISITING
    return replace(
        mission,
        bodies=tuple(dict.fromkeys((*mission.bodies, *reading.bodies))),
        type=mission.type or (None if visits else reading.mission),
        elections=merged(mission.elections, reading.elections),
        steps=tuple(steps),
    )


def rank(step: Step) -> int:
    """The order of what happened on one day."""
    state = STATES.get(step.event, "")
    return RANKS.get(state, len(RANKS) if state in ENDED else 0)


def merged(ours: Sequence[Election], theirs: Sequence[Election]) -> tuple[Election, ...]:
    """Both, the dated ones in the order of their days; one without a day only where its kind has
    none that is dated."""
    every = dict.fromkeys((*ours, *theirs))
    dated = {election.kind for election in every if election.date}
    kept = [one for one in every if one.date or one.kind not in dated]
    return tuple(sorted(kept, key=lambda one: (one.date or date.max, one.kind)))


def state_of(mission: Mission) -> str | None:
    """The state that the steps led to; None where none of them changes it."""
    state: str | None = None
    is_coming = False  # what was only assessed is not
    for step in mission.steps:
        told = STATES.get(step.event)
        state = following(state if is_coming or told != "declined" else None, told)
        is_coming = is_coming or told not in (None, "assessed", "declined")
    return state


def state_with(mission: Mission, release_id: str) -> str | None:
    """The state that the steps up to a release's led to, whatever came later."""
    place = [step.release_id for step in mission.steps].index(release_id)
    return state_of(replace(mission, steps=mission.steps[: place + 1]))


def following(state: str | None, told: str | None) -> str | None:
    """What has ended is only begun anew by an announcement or an opening."""
    if told is None or state is None:
        return told or state
    if told == "declined":  # what was announced or is at work can only be called off
        return state if state in ENDED else "cancelled"
    if told == "cancelled":
        return told
    if state in ENDED:
        return told if told in ("announced", "opened") else state
    return told if RANKS[told] >= RANKS[state] else state


def dates(elections: Iterable[Election]) -> list[date]:
    return sorted({election.date for election in elections if election.date})


def last_day(mission: Mission, otherwise: date) -> date:
    return mission.steps[-1].day if mission.steps else otherwise


def day_of(release: Release) -> date:
    return release.published.day if release.published else release.first_seen.date()


# -- what is to come ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expected:
    """A step that a mission of its kind will take, and when; from a day on it is overdue."""

    event: str
    due: date
    overdue_from: date
    is_overdue: bool


# The days from election day, and those that a step may be late: an interim report some two weeks
# before, the preliminary statement the day after, the final report about two months after.
STEPS: tuple[tuple[str, int, int], ...] = (
    ("mission.interim_report", -10, 7),
    ("mission.preliminary_statement", 1, 3),
    ("mission.final_report", 60, 45),
)
FULL = ("EOM", "LEOM", "SEOM", "ROM", "IEOM", None)  # types that make all of these steps
LONG = timedelta(days=28)  # before the election that a mission with an interim report opens


def expected(mission: Mission, today: date) -> tuple[Expected, ...]:
    """The steps that an open mission has not taken yet."""
    days = dates(mission.elections)
    opened = [step.day for step in mission.steps if step.event == "mission.opened"]
    state = state_of(mission)
    if not days or not opened or state in ENDED or mission.type not in FULL:
        return ()
    taken = RANKS.get(state or "", 0)
    return tuple(
        step_to_come(event, due(days, offset), timedelta(days=grace), today)
        for event, offset, grace in STEPS
        if RANKS[STATES[event]] > taken and (offset > 0 or days[0] - opened[0] >= LONG)
    )


def step_to_come(event: str, day: date, grace: timedelta, today: date) -> Expected:
    overdue_from = day + grace + timedelta(days=1)
    return Expected(event, day, overdue_from, today >= overdue_from)


def due(days: Sequence[date], offset: int) -> date:
    """Final reports count from the last round, all else from the first."""
    return (days[-1] if offset > 1 else days[0]) + timedelta(days=offset)
