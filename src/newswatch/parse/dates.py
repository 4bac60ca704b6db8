"""Publishing dates, as feeds and newsrooms write them. Pure."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate, parsedate_to_datetime
from itertools import chain
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from newswatch.model import Published

# Zone names of feeds; those of most newsrooms are unknown to RFC 5322 readers. Hours from UTC.
ZONES = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7,
    "MDT": -6, "PST": -8, "PDT": -7,
    "CET": 1, "CEST": 2, "MET": 1, "MEST": 2, "WET": 0, "WEST": 1, "EET": 2, "EEST": 3, "BST": 1,
    "MSK": 3, "GET": 4, "AMT": 4, "AZT": 4, "UZT": 5, "TRT": 3, "EAT": 3, "CAT": 2, "WAT": 1,
    "SAST": 2, "BRT": -3, "ART": -3, "COT": -5, "PET": -5, "AEST": 10, "AEDT": 11, "JST": 9,
}  # fmt: skip
# Names that hold all year round, whatever the clocks do.
PLACES = {
    "ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}  # fmt: skip
# A clock, then its zone: +01:00, GMT+0100, CEST, (UTC), Europe/Vienna; a remark may follow.
ZONED = re.compile(
    r"(?P<rest>.*\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s?[ap]\.?m\b\.?)?)\s*"
    r"(?:(?:GMT|UTC)?(?P<offset>[+-]\d\d:?\d\d)|\(?(?P<name>[A-Z]{1,5})\)?"
    r"|(?P<place>[A-Z]\w+(?:/[\w+-]+)+))(?:\s*\(.*\))?$",
    re.IGNORECASE,
)
# "Wed, 22 Jan 2025 09:14:00 +0000", as nearly every feed writes it: the library takes ten times as
# long.
USUAL = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(?P<day>\d\d?) (?P<month>[A-Z][a-z]{2}) (?P<year>[12]\d{3}) "
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?P<zone> (?:GMT|(?P<offset>[+-]\d{4})))?",
    re.ASCII,
)
CLOCK = ("hour", "minute", "second")
MONTHS = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6, "Jul": 7, "Aug": 8, "Sep": 9,
    "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip
FURTHEST = 14 * 60  # minutes from UTC; what says more is a mistake
HALF_DAY = re.compile(r"\d\s?[ap]\.?m\b", re.IGNORECASE)
LONGEST_DATE = 100  # characters; longer texts are no dates, and slow to try
DAY_FIRST = re.compile(r"\d{4}-\d\d-\d\d(?P<separator>[Tt ]?)")


def read_date(
    text: str, zone: str, languages: Sequence[str] = (), formats: Sequence[str] = ()
) -> Published | None:
    """A publishing date, or None where the text is none.

    `zone` is the publisher's IANA zone: it holds where the text names none. Midnight on the dot is
    what content management systems write when they know the day only, and is read as the day.
    Tried in turn: the source's own formats, RFC 3339, RFC 5322 section 3.3, the language's forms.
    """
    text = " ".join(text.split())
    if not text or len(text) > LONGEST_DATE:
        return None
    for found in readings(text, languages, formats):
        return as_published(found, ZoneInfo(zone))
    return None


def readings(text: str, languages: Sequence[str], formats: Sequence[str]) -> Iterator[datetime]:
    yield from by_formats(text, formats)
    yield from at_once(text)
    rest, zone = without_zone(text)
    if DAY_FIRST.match(text):  # what is wrong in year, month and day is not to be guessed
        found = by_rfc3339(text, rest)
    else:
        found = chain(by_rfc5322(rest), by_language(rest, languages))
    yield from (each.replace(tzinfo=each.tzinfo or zone) for each in found)


def by_formats(text: str, formats: Sequence[str]) -> Iterator[datetime]:
    for pattern in formats:
        try:
            yield datetime.strptime(text, pattern)  # noqa: DTZ007  (the zone is added later)
        except ValueError:
            continue


def at_once(text: str) -> Iterator[datetime]:
    """What is written as nearly all feeds write it, without a look at what else it might be."""
    if usual := as_usual(text):
        yield usual
    elif (day_first := DAY_FIRST.match(text)) and day_first["separator"]:
        with suppress(ValueError):
            yield datetime.fromisoformat(text)


def without_zone(text: str) -> tuple[str, tzinfo | None]:
    """A text without the zone at its end, and that zone. The text stays whole where it names none
    that is known; an offset that cannot be is taken off all the same."""
    found = ZONED.match(text)
    if found is None:
        return text, None
    zone = zone_of(found)
    return (found["rest"], zone) if zone or found["offset"] else (text, None)


def zone_of(found: re.Match[str]) -> tzinfo | None:
    if found["offset"]:
        return offset_zone(minutes_of(found["offset"]))
    if found["place"]:
        return place_zone(found["place"])
    name = found["name"].upper()
    if name in PLACES:
        return place_zone(PLACES[name])
    return timezone(timedelta(hours=ZONES[name])) if name in ZONES else None


def minutes_of(offset: str) -> int:
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    return -minutes if offset[0] == "-" else minutes


def offset_zone(minutes: int) -> timezone | None:
    return timezone(timedelta(minutes=minutes)) if abs(minutes) <= FURTHEST else None


def place_zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def by_rfc3339(text: str, rest: str) -> Iterator[datetime]:
    """A date-time without its zone, or the day of one whose time is wrong."""
    separated = DAY_FIRST.match(text)
    forms = (rest,) if separated and separated["separator"] else ()
    for form in (*forms, text[:10]):
        try:
            yield datetime.fromisoformat(form)
        except ValueError:
            continue


def by_rfc5322(text: str) -> Iterator[datetime]:
    """A date-time, or the day of one whose time is wrong. The library passes over what it cannot
    read, so that a clock of twelve hours would lose its "pm"."""
    if usual := as_usual(text):
        yield usual
        return
    fields = None if HALF_DAY.search(text) else parsedate(text)
    if fields is None:
        return
    try:
        yield parsedate_to_datetime(text)
    except (ValueError, TypeError):
        yield from day_alone(*fields[:3])


def as_usual(text: str) -> datetime | None:
    found = USUAL.fullmatch(text)
    month = MONTHS.get(found["month"]) if found else None
    if found is None or month is None:
        return None
    year, day, hour, minute, second = map(int, found.group("year", "day", *CLOCK))
    zone = offset_zone(minutes_of(found["offset"] or "+0000")) if found["zone"] else None
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None


def day_alone(year: int, month: int, day: int) -> Iterator[datetime]:
    try:
        yield datetime(year, month, day)  # noqa: DTZ001  (the zone is added later)
    except ValueError:
        return


def by_language(text: str, languages: Sequence[str]) -> Iterator[datetime]:
    import dateparser

    try:
        found = dateparser.parse(
            text,
            languages=known_languages((*languages, "en")),
            settings={
                "STRICT_PARSING": True,
                "REQUIRE_PARTS": ["day", "month", "year"],
                "PARSERS": ["absolute-time"],
                "DATE_ORDER": "DMY",
            },
        )
    except (ValueError, OverflowError, TypeError, AttributeError, IndexError):
        return  # it raises on some texts that are no dates
    if found is not None:
        yield found


def known_languages(tags: Sequence[str]) -> list[str]:
    """The languages of tags (RFC 5646) that the library knows: it reads nothing if one is not."""
    from dateparser.data.languages_info import language_order

    primary = [tag.replace("_", "-").partition("-")[0].lower() for tag in tags]
    return [language for language in dict.fromkeys(primary) if language in language_order]


def as_published(found: datetime, zone: ZoneInfo) -> Published:
    """The day where the time is midnight as written or at the publisher's, else the instant."""
    day = found.date()
    if found.time() == time(0):
        return Published(day)
    try:
        local = found.astimezone(zone) if found.tzinfo else found.replace(tzinfo=zone)
        instant = local.astimezone(UTC)
    except OverflowError:  # the first or last day of the calendar
        return Published(day)
    return Published(local.date(), None if local.time() == time(0) else instant)
