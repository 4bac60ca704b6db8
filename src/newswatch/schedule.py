"""When next: the interval of a source, backoff, retries, digests. Pure.

`spread` is a number in [0, 1) that jitter is made of, so that many sources do not fall due at once.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from newswatch.model import Digest, FetchFailure, Source

LONGEST_PAUSE = timedelta(hours=24)  # a source that fails is asked at least once a day
GONE_PAUSE = timedelta(days=7)  # after 410 Gone: the publisher said not to come back
LONGEST_RETRY_AFTER = timedelta(days=1)
JITTER = 0.1  # of the interval


def after_success(
    source: Source, now: datetime, fresh_for: timedelta | None, spread: float
) -> datetime:
    """The next poll after one that worked: the source's interval, and up to a tenth more.

    Never sooner than the publisher's own caching headers or `ttl` ask for, up to a day.
    """
    asked = min(fresh_for or timedelta(0), LONGEST_PAUSE)
    return now + max(source.every, asked) * (1 + JITTER * spread)


def after_failure(
    source: Source, failures: int, now: datetime, failure: FetchFailure, spread: float
) -> datetime:
    """The next poll after `failures` in a row: the interval doubles with each, up to a day.

    Never sooner than the server's Retry-After (RFC 9110 section 10.2.3), of which at most a day is
    believed; a week later where the server said 410 Gone (RFC 9110 section 15.5.11).
    """
    if failure.state == "gone":
        return now + GONE_PAUSE
    doubled = source.every * (1 << min(failures, 16))
    pause = max(min(doubled, LONGEST_PAUSE), source.every)
    asked = min(failure.retry_after or timedelta(0), LONGEST_RETRY_AFTER)
    return now + max(pause, asked) * (1 + JITTER * spread)


def retry_due(
    attempts: int,
    schedule: tuple[timedelta, ...],
    now: datetime,
    retry_after: timedelta | None,
    spread: float,
) -> datetime | None:
    """When a delivery that failed `attempts` times is tried again; None: the schedule is used up.

    Never sooner than the receiver's Retry-After, of which at most a day is believed.
    """
    if attempts > len(schedule):
        return None
    asked = min(retry_after or timedelta(0), LONGEST_RETRY_AFTER)
    return now + max(schedule[attempts - 1] * (1 + JITTER * spread), asked)


def digest_due(digest: Digest, timezone: str, now: datetime) -> datetime:
    """The next time, after `now`, that a digest goes out, in UTC.

    Local time decides: 07:00 stays 07:00 when the clocks change. A time that the change skips is
    the same number of minutes after the change; of a time that comes twice, the first counts.
    """
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=ahead) for ahead in range(9))
    return next(
        instant
        for day in days
        if digest.weekday is None or day.weekday() == digest.weekday
        if (instant := at_local(datetime.combine(day, digest.at), zone)) > now
    )


def at_local(local: datetime, zone: ZoneInfo) -> datetime:
    """A local time as an instant (PEP 495: fold 0)."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)
