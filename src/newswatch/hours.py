"""Quiet hours and active times: whether a channel may be sent to, and when it may again. Pure.

What the clock on the wall shows decides. Where it is put forward, a time that is skipped never
comes; where it is put back, a time that is shown twice counts both times.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from newswatch.model import Channel, Window

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
# Days that are looked at: all windows come every week, and one of them may fall into the hour that
# the clocks skip.
AHEAD = 15


def is_open(channel: Channel, timezone: str, instant: datetime) -> bool:
    """Whether the channel may be sent to. `timezone` is that of its subscriber."""
    if channel.active and not any(holds(one, timezone, instant) for one in channel.active):
        return False
    return not any(holds(one, timezone, instant) for one in channel.quiet)


def opens(channel: Channel, timezone: str, now: datetime) -> datetime | None:
    """The first instant from now on when the channel may be sent to, in UTC; None: never."""
    if is_open(channel, timezone, now):
        return now
    turns = sorted(turn for turn in turning(channel, timezone, now) if turn > now)
    return next((turn for turn in turns if is_open(channel, timezone, turn)), None)


def holds(window: Window, timezone: str, instant: datetime) -> bool:
    """Whether the clock on the wall shows a time of the window."""
    local = instant.astimezone(zone_of(window, timezone))
    at, is_today = local.time(), local.weekday() in window.days
    if window.start < window.end:
        return is_today and window.start <= at < window.end
    was_yesterday = (local.weekday() - 1) % 7 in window.days
    return (is_today and at >= window.start) or (was_yesterday and at < window.end)


def zone_of(window: Window, timezone: str) -> ZoneInfo:
    return ZoneInfo(window.timezone or timezone)


def turning(channel: Channel, timezone: str, now: datetime) -> Iterator[datetime]:
    """Every instant of the days to come at which a window may begin or end."""
    for window in (*channel.quiet, *channel.active):
        zone = zone_of(window, timezone)
        today = now.astimezone(zone).date()
        for ahead in range(AHEAD):
            yield from ends(window, zone, today + ahead * DAY)
            yield from clock_changes(zone, now + ahead * DAY)


def ends(window: Window, zone: ZoneInfo, day: date) -> Iterator[datetime]:
    """Beginning and end of the window on a local day, both folds (PEP 495)."""
    for at in (window.start, window.end):
        for fold in (0, 1):
            yield datetime.combine(day, at, zone).replace(fold=fold).astimezone(UTC)


def clock_changes(zone: ZoneInfo, instant: datetime) -> Iterator[datetime]:
    """When clocks are changed within a day from an instant, to the second."""
    before, after = instant.astimezone(UTC), instant.astimezone(UTC) + DAY
    offset = before.astimezone(zone).utcoffset()
    if after.astimezone(zone).utcoffset() == offset:
        return
    while after - before > SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    yield after.replace(microsecond=0)
