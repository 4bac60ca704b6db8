"""When a notice to the media says that observers meet the press: only where day and time stand side
by side, and say one thing. Pure.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from newswatch.model import Release
from newswatch.understand.among import among
from newswatch.understand.day_words import WEEKDAY
from newswatch.understand.days import days
from newswatch.understand.passage import passage
from newswatch.understand.tagged import Tagged, glance, tag
from newswatch.understand.zones import instant

AHEAD = timedelta(days=45)  # that a notice comes before its conference
APART = 6  # pieces between a day and its time
AT = among("at from à às a las um time heure hora в kl klo ob në orën")
BETWEEN = (
    AT
    | frozenset(",.:()")
    | among("on the le la el o am uhr hours hrs h hs horas heures local date día dia")
    | frozenset(WEEKDAY)
)
HOUR = {f"{hour:0{width}}": hour for hour in range(24) for width in (1, 2)}
MINUTE = {f"{minute:02}": minute for minute in range(60)}
WRITTEN = re.compile(r"(\d{1,2})h(\d{2})")
UNTIL = among("by until till before jusqu hasta até до")  # when to be seated, or to apply
ELSEWHERE = among("utc gmt cet cest eet eest msk est edt")
HALVES = {"am": 0, "pm": 12}


@dataclass(frozen=True, slots=True)
class Conference:
    """A press conference. `local` has no zone; `instant` is in UTC, None where the country has
    several times."""

    local: datetime
    instant: datetime | None


class Time(NamedTuple):
    """A time of day that `pieces[first:last]` give."""

    time: time
    first: int
    last: int


def conference(release: Release) -> Conference | None:
    """The one that a notice invites to; None where it gives no day and time, or several."""
    reading, published = release.reading, release.published
    if reading.event != "mission.media_notice" or not published or not reading.countries:
        return None
    texts = (("title", release.title), ("text", release.text))
    found = {
        moment
        for where, text in texts
        for moment in moments(tag(glance(passage(where, text))), published.day)
    }
    if len(found) != 1:
        return None
    (local,) = found
    return Conference(local, instant(local, reading.countries[0]))


def moments(tagged: Tagged, published: date) -> Iterator[datetime]:
    """Days with the times beside them, that lie ahead."""
    told = days(tagged, published)
    for at in times(tagged.pieces):
        for day in told:
            between = tagged.pieces[min(at.last, day.last) : max(at.first, day.first)]
            is_beside = len(between) <= APART and BETWEEN.issuperset(between)
            if is_beside and published <= day.day <= published + AHEAD:
                yield datetime.combine(day.day, at.time)


def times(pieces: Sequence[str]) -> Iterator[Time]:
    """The local times at which something is to begin."""
    for first, piece in enumerate(pieces):
        hour, minute, last = written(pieces, first, piece)
        is_limit = first > 0 and pieces[first - 1] in UNTIL
        if hour not in HOUR or minute not in MINUTE or is_limit:
            continue
        last, half = half_after(pieces, last)
        hours = HOUR[hour] if half is None else HOUR[hour] % 12 + half
        if not is_elsewhere(pieces[last : last + 2]):
            yield Time(time(hours, MINUTE[minute]), first, last)


def written(pieces: Sequence[str], first: int, piece: str) -> tuple[str, str, int]:
    """Hour and minute, and where they end: 15:00, 15h00; 15.00 only behind "at", as elsewhere it
    may be a day or a figure."""
    if found := WRITTEN.fullmatch(piece):
        return found[1], found[2], first + 1
    sign, minute = (*pieces[first + 1 : first + 3], "", "")[:2]
    is_time = sign == ":" or (sign == "." and first > 0 and pieces[first - 1] in AT)
    return piece if is_time else "", minute, first + 3


def is_elsewhere(after: Sequence[str]) -> bool:
    """Whether another place's time is meant: "16:00 Warsaw time", "14:00 CET"."""
    first, second = (*after, "", "")[:2]
    return first in ELSEWHERE or (second == "time" and first not in ("local", ",", "."))


def half_after(pieces: Sequence[str], place: int) -> tuple[int, int | None]:
    """Where a time ends, and the hours that "p.m." adds: 12; "a.m." none, though it says so."""
    word = pieces[place] if place < len(pieces) else ""
    if word in HALVES:
        return place + 1, HALVES[word]
    dotted = "".join(pieces[place : place + 3]).replace(".", "")
    if word in ("a", "p") and dotted in HALVES:
        return place + 4 if pieces[place + 3 : place + 4] == ["."] else place + 3, HALVES[dotted]
    return place, None
