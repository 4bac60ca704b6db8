"""Missions as an iCalendar (RFC 5545): election days, press conferences, and the steps to come. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from newswatch.missions import expected
from newswatch.model import Mission, Release
from newswatch.render.entry import EPOCH, CountryName, FeedHead, release_path, updated
from newswatch.render.ics import (
    ElectionDay,
    basic,
    document,
    escaped,
    in_zulu,
    summary,
    whole_day,
)
from newswatch.render.safe import address, line
from newswatch.render.words import ENGLISH
from newswatch.understand.conferences import Conference, conference

Observed = tuple[Mission, Mapping[str, Release]]  # a mission and the releases on its timeline


@dataclass(frozen=True, slots=True)
class Appointment:
    """One event of the calendar. `start` is a line or two that say when."""

    uid: str
    start: tuple[str, ...]
    summary: str
    page: str  # its address
    changed: datetime

    def lines(self) -> Iterator[str]:
        yield "BEGIN:VEVENT"
        yield f"UID:{self.uid}@newswatch"
        yield f"DTSTAMP:{in_zulu(self.changed)}"
        yield f"LAST-MODIFIED:{in_zulu(self.changed)}"
        yield from self.start
        yield f"SUMMARY:{escaped(self.summary)}"
        yield f"DESCRIPTION:{escaped(self.page)}"
        yield f"URL;VALUE=URI:{self.page}"
        yield "TRANSP:TRANSPARENT"
        yield "END:VEVENT"


def agenda(head: FeedHead, observed: Sequence[Observed], country_name: CountryName) -> bytes:
    """The calendar of the missions, in their order: CRLF, UTF-8, folded."""
    found: dict[str, Appointment] = {}
    for mission, releases in observed:
        for one in Appointments(head, mission, releases, country_name).all():
            found.setdefault(one.uid, one)  # two bodies observe one election day
    return document(head, (line for one in found.values() for line in one.lines()))


@dataclass(frozen=True, slots=True)
class Appointments:
    """What one mission gives."""

    head: FeedHead
    mission: Mission
    releases: Mapping[str, Release]
    country_name: CountryName

    def all(self) -> Iterator[Appointment]:
        yield from self.votes()
        yield from self.steps()
        yield from self.conferences()

    def votes(self) -> Iterator[Appointment]:
        for election in self.mission.elections:
            if election.date and election.date < date.max:
                day = ElectionDay(election.date, election.kind, (self.mission.country,))
                name = summary(day, self.country_name)
                yield self.appointment(day.uid, whole_day(day.day), name)

    def steps(self) -> Iterator[Appointment]:
        """Those that were not taken yet; whether they are overdue by now is on the page."""
        for step in expected(self.mission, date.min):
            name = f"{ENGLISH.events[step.event]} expected: {self.who}"
            uid = f"{self.mission.id}-{step.event.removeprefix('mission.')}"
            yield self.appointment(uid, whole_day(step.due), name)

    def conferences(self) -> Iterator[Appointment]:
        for step in self.mission.steps:
            release = self.releases.get(step.release_id)
            found = conference(release) if release and not release.copy_of else None
            if release and found:
                yield Appointment(
                    f"{release.id}-conference",
                    (start_of(found),),
                    f"Press conference: {self.who}",
                    self.root + release_path(release.id),
                    updated(release),
                )

    def appointment(self, uid: str, start: tuple[str, ...], name: str) -> Appointment:
        page = f"{self.root}/missions/{self.mission.id}"
        return Appointment(uid, start, name, page, self.changed)

    @property
    def who(self) -> str:
        bodies = ", ".join(map(line, self.mission.bodies))
        return f"{bodies}, {self.country_name(self.mission.country)}"

    @property
    def root(self) -> str:
        return address(self.head.site_url.rstrip("/"))

    @property
    def changed(self) -> datetime:
        return max(map(updated, self.releases.values()), default=EPOCH)


def start_of(found: Conference) -> str:
    """In UTC; a local time of no zone (RFC 5545 3.3.5, form 1) where the country has several."""
    if found.instant:
        return f"DTSTART:{in_zulu(found.instant)}"
    return f"DTSTART:{basic(found.local.date())}T{found.local:%H%M%S}"
