"""Missions for people: all of them by state, and one with its timeline."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from newswatch.copies import grouped
from newswatch.missions import dates, day_of, expected, state_of
from newswatch.model import Mission, Release
from newswatch.web.catalogue import MISSION_ID, mission_feed, missions_feed
from newswatch.web.doors import Site
from newswatch.web.pages import Pages

SHOWN = 200
STATES = {
    "announced": "announced",
    "assessed": "needs assessed",
    "opened": "at work",
    "interim": "at work, interim report issued",
    "preliminary": "preliminary statement issued",
    "final": "final report issued",
    "followed_up": "followed up",
    "cancelled": "called off",
    "declined": "will not take place",
}


class Line(NamedTuple):
    """One line of a timeline: what happened, or what is expected."""

    day: date
    event: str
    release: Release | None = None
    copies: tuple[Release, ...] = ()  # that tell of the same
    note: str = ""


class MissionPages:
    """The endpoints. They block, so Starlette runs them in threads."""

    def __init__(self, site: Site, pages: Pages) -> None:
        self.site = site
        self.pages = pages

    def index(self, _request: Request) -> Response:
        today = self.site.today()
        found = self.site.missions(SHOWN)
        ahead = [one for one in found if is_ahead(one, today)]
        values = {
            "groups": [
                ("Elections to come", sorted(ahead, key=lambda one: dates(one.elections)[0])),
                ("Past, and without a day", [one for one in found if one not in ahead]),
            ],
            "state": in_words,
            "calendar": missions_feed(),
        }
        return self.pages.page("missions.html", values)

    def mission(self, request: Request) -> Response:
        mission_id = request.path_params["mission_id"]
        found = self.site.mission(mission_id) if MISSION_ID.fullmatch(mission_id) else None
        if found is None:
            raise HTTPException(404)
        mission, releases = found
        lines = timeline(mission, releases, self.site.today())
        feed = mission_feed(self.site, mission_id)
        values = {"mission": mission, "lines": lines, "state": in_words, "feed": feed}
        return self.pages.page("mission.html", values)


def is_ahead(mission: Mission, today: date) -> bool:
    days = dates(mission.elections)
    return bool(days) and days[-1] >= today


def in_words(mission: Mission) -> str:
    """Statements and notices alone come from a mission that is at work."""
    return STATES[state_of(mission) or "opened"]


def timeline(mission: Mission, releases: Mapping[str, Release], today: date) -> Sequence[Line]:
    """What happened, election days and what is expected, in the order of the days."""
    held = [releases[step.release_id] for step in mission.steps if step.release_id in releases]
    told = [
        Line(day_of(first), first.reading.event, first, tuple(rest))
        for first, *rest in grouped(held, mission.bodies)
    ]
    votes = [
        Line(one.date, "", note=f"{one.kind} election" if one.kind != "referendum" else one.kind)
        for one in mission.elections
        if one.date
    ]
    to_come = [
        Line(one.due, one.event, note="overdue" if one.is_overdue else "expected")
        for one in expected(mission, today)
    ]
    return sorted([*told, *votes, *to_come], key=lambda line: line.day)
