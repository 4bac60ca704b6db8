"""When a crontab line comes true, by the clock on the wall. Pure."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from newswatch.errors import UsageError

FIELDS = 5
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


def next_after(line: str, timezone: str, moment: datetime) -> datetime:
    """The first time after a moment. Raises `UsageError`: it is no such line, or never comes true."""
    fields = line.split()
    if len(fields) == FIELDS and any(map(str.isdigit, fields[-1])):
        # the library counts from Monday, cron from Sunday
        raise UsageError(f"{line!r}: write days of the week by name (mon … sun)")
    zone = ZoneInfo(timezone)
    try:
        trigger = CronTrigger.from_crontab(line, timezone=zone)
    except ValueError as error:
        raise UsageError(f"{line!r} is no crontab line, such as 0 9 1 * *: {error}") from None
    later = (moment + timedelta(seconds=1)).astimezone(zone)
    found: datetime | None = trigger.get_next_fire_time(None, later)
    if found is None:
        raise UsageError(f"{line!r} never comes true")
    return found.astimezone(UTC)


def wrong_line(line: str) -> str:
    """What is wrong with a crontab line; "" where nothing is."""
    try:
        next_after(line, "UTC", LONG_AGO)
    except UsageError as error:
        return str(error)
    return ""
