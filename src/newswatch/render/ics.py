"""Election days as an iCalendar (RFC 5545): one event a day, country and kind of election. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from newswatch.model import Election, Release
from newswatch.render.entry import CountryName, FeedHead, release_path, updated
from newswatch.render.safe import address, line

MEDIA_TYPE = "text/calendar"
OCTETS = 75  # on a line, without its end (RFC 5545 3.1)
SPECIAL = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})
MOST = 20  # releases that are named with a day


@dataclass(frozen=True, slots=True)
class ElectionDay:
    """A day on which a country votes. The same for every release that says so."""

    day: date
    kind: str
    countries: tuple[str, ...]

    @property
    def uid(self) -> str:
        """Without its end, "@newswatch"."""
        return f"{self.day.isoformat()}-{self.kind}-{'-'.join(self.countries) or 'ZZ'}"


def calendar(head: FeedHead, releases: Sequence[Release], country_name: CountryName) -> bytes:
    """The calendar of the election days that the releases name, by day: CRLF, UTF-8, folded."""
    days = election_days(releases)
    in_order = sorted(days, key=lambda one: (one.day, one.uid))
    events = (event(day, days[day], head, country_name) for day in in_order)
    return document(head, (line for lines in events for line in lines))


def document(head: FeedHead, events: Iterable[str]) -> bytes:
    """A calendar around the lines of its events."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//newswatch//feeds//EN"]
    lines += [f"X-WR-CALNAME:{escaped(head.title)}", f"NAME:{escaped(head.title)}"]
    lines += [f"SOURCE;VALUE=URI:{address(head.self_url)}", "REFRESH-INTERVAL;VALUE=DURATION:PT1H"]
    lines += [*events, "END:VCALENDAR"]
    return "".join(folded(one) + "\r\n" for one in lines).encode()


def election_days(releases: Sequence[Release]) -> Mapping[ElectionDay, list[Release]]:
    found: dict[ElectionDay, list[Release]] = {}
    for release in releases:
        for election in release.reading.elections:
            if day := election_day(election, release):
                found.setdefault(day, []).append(release)
    return found


def election_day(election: Election, release: Release) -> ElectionDay | None:
    if election.date is None or election.date == date.max:
        return None
    return ElectionDay(election.date, election.kind, tuple(sorted(release.reading.countries)))


def event(
    day: ElectionDay, releases: Sequence[Release], head: FeedHead, country_name: CountryName
) -> Iterator[str]:
    changed = max(map(updated, releases))
    yield "BEGIN:VEVENT"
    yield f"UID:{day.uid}@newswatch"
    yield f"DTSTAMP:{in_zulu(changed)}"
    yield f"LAST-MODIFIED:{in_zulu(changed)}"
    yield from whole_day(day.day)
    yield f"SUMMARY:{escaped(summary(day, country_name))}"
    yield f"DESCRIPTION:{described(releases, address(head.site_url.rstrip('/')))}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def whole_day(day: date) -> tuple[str, str]:
    following = basic(day + timedelta(days=1))
    return f"DTSTART;VALUE=DATE:{basic(day)}", f"DTEND;VALUE=DATE:{following}"


def summary(day: ElectionDay, country_name: CountryName) -> str:
    kind = {"other": "Election", "referendum": "Referendum"}.get(
        day.kind, f"{day.kind.capitalize()} election"
    )
    where = ", ".join(map(country_name, day.countries))
    return f"{kind}: {where}" if where else kind


def described(releases: Sequence[Release], root: str) -> str:
    said = [f"{line(one.title)} {root}{release_path(one.id)}" for one in releases[:MOST]]
    return "\\n".join(map(escaped, said))


def escaped(text: str) -> str:
    """TEXT (RFC 5545 3.3.11), on one line."""
    return line(text).translate(SPECIAL)


def basic(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"


def in_zulu(instant: datetime) -> str:
    return f"{basic(instant.date())}T{instant.astimezone(UTC):%H%M%S}Z"


def folded(text: str) -> str:
    """Lines of at most 75 octets, none cut within a character."""
    lines, length = [""], 0
    for character in text:
        size = len(character.encode())
        if length + size > OCTETS:
            lines.append(" ")
            length = 1
        lines[-1] += character
        length += size
    return "\r\n".join(lines)
