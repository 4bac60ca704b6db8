"""Publishing dates, as feeds and newsrooms write them. Pure."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta, timezone
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from newswatch.model import Published

# Zone names that RFC 5322 parsers take for UTC, or do not know. Hours from UTC.
ZONES = {
    "CET": 1, "CEST": 2, "MET": 1, "MEST": 2, "WET": 0, "WEST": 1, "EET": 2, "EEST": 3, "BST": 1,
    "MSK": 3, "GET": 4, "AMT": 4, "AZT": 4, "UZT": 5, "TRT": 3, "EAT": 3, "CAT": 2, "WAT": 1,
    "SAST": 2, "BRT": -3, "ART": -3, "COT": -5, "PET": -5, "AEST": 10, "AEDT": 11, "JST": 9,
}  # fmt: skip
NAMED_ZONE = re.compile(r"\s\(?([A-Z]{3,4})\)?$")
LONGEST_DATE = 100  # characters; longer texts are no dates, and slow to try
DAY_ONLY = re.compile(r"\d{4}-\d\d-\d\d")


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
    yield from by_rfc3339(text)
    if DAY_ONLY.match(text):
        return  # year, month, day: what is wrong in it is not to be guessed
    yield from by_rfc5322(text)
    yield from by_language(text, languages)


def by_formats(text: str, formats: Sequence[str]) -> Iterator[datetime]:
    for pattern in formats:
        try:
            yield datetime.strptime(text, pattern)  # noqa: DTZ007  (the zone is added later)
        except ValueError:
            continue


def by_rfc3339(text: str) -> Iterator[datetime]:
    """A date-time, or the day of one whose time is wrong."""
    if not DAY_ONLY.match(text) or "W" in text:
        return
    for form in (text, text[:10]):
        try:
            yield datetime.fromisoformat(form)
        except ValueError:
            continue


def by_rfc5322(text: str) -> Iterator[datetime]:
    named = NAMED_ZONE.search(text)
    hours = ZONES.get(named[1]) if named else None
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return
    if hours is not None:
        found = found.replace(tzinfo=timezone(timedelta(hours=hours)))
    yield found


def by_language(text: str, languages: Sequence[str]) -> Iterator[datetime]:
    import dateparser

    try:
        found = dateparser.parse(
            text,
            languages=[*dict.fromkeys([*languages, "en"])],
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
