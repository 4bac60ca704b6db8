"""When next: the interval of a source, backoff, retries, digests. Pure.

`spread` is a number in [0, 1) that jitter is made of, so that many sources do not fall due at once.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median_low
from zoneinfo import ZoneInfo

from newswatch.cron import cron_times
from newswatch.model import Digest, FetchFailure, History, Source, Validators

LONGEST_PAUSE = timedelta(hours=24)  # a source that fails is asked at least once a day
SLOWEST = 4  # times its interval: how rarely a source is asked that publishes rarely
ASKED_EACH = 50  # polls for each release, about
PUSHED = 8  # times its interval: how rarely a source is asked that is pushed to us as well
AROUND = (timedelta(days=-1), timedelta(days=3))  # an election day, when newsrooms are busy
LONGEST_RETRY_AFTER = timedelta(days=1)
JITTER = 0.1  # of the interval
LONGEST_SKIP = timedelta(hours=2)  # by a clock that is put forward


def pace(source: Source, validators: Validators, *, is_busy: bool) -> timedelta:
    """How often a source may be asked: more rarely where it can only be asked for everything, unless
    it covers an election these days."""
    return source.every if validators or is_busy else source.unconditional


def interval(
    every: timedelta,
    history: History,
    *,
    is_busy: bool = False,
    pushed_for: timedelta = timedelta(0),
) -> timedelta:
    """How often a source is asked that may be asked every so often: so often while it publishes
    often or covers an election these days; up to four times as rarely where releases are rare, and
    eight times while a hub pushes them as well, which it has agreed to do for `pushed_for`; at least
    once a day."""
    return max(unpushed(every, history, is_busy), min(pushed_for, rarest(every, PUSHED)))


def unpushed(every: timedelta, history: History, is_busy: bool) -> timedelta:
    gaps = [later - earlier for earlier, later in pairwise(history.dates)]
    if is_busy or not gaps:
        return every
    return max(every, min(median_low(gaps) / ASKED_EACH, rarest(every, SLOWEST)))


def rarest(every: timedelta, times: int) -> timedelta:
    """So many times as rarely, and still once a day where no longer interval is configured."""
    return max(every, min(every * times, LONGEST_PAUSE))


def after_success(
    every: timedelta, now: datetime, fresh_for: timedelta | None, spread: float
) -> datetime:
    """The next poll after one that worked: after the interval, and up to a tenth more.

    Never sooner than the publisher's own caching headers or `ttl` ask for, up to a day.
    """
    asked = min(fresh_for or timedelta(0), LONGEST_PAUSE)
    return now + max(every, asked) * (1 + JITTER * spread)


def look_again(
    source: Source, now: datetime, fresh_for: timedelta | None, spread: float
) -> datetime:
    """The next poll after a document whose alerts wait for a second look: after half the interval,
    the only time when a source is asked sooner than it would be."""
    return after_success(source.every / 2, now, fresh_for, spread)


def after_failure(
    source: Source, failures: int, now: datetime, failure: FetchFailure, spread: float
) -> datetime:
    """The next poll after `failures` in a row: the interval doubles with each, up to a day.

    Never sooner than the server's Retry-After (RFC 9110 section 10.2.3), of which at most a day is
    believed.
    """
    doubled = source.every * (1 << min(failures, 16))
    pause = max(min(doubled, LONGEST_PAUSE), source.every)
    asked = min(failure.retry_after or timedelta(0), LONGEST_RETRY_AFTER)
    return now + max(pause, asked) * (1 + JITTER * spread)


def pause_end(failure: FetchFailure, now: datetime) -> datetime | None:
    """Until when a server asked not to be asked, of which at most a day is believed."""
    if failure.retry_after is None:
        return None
    return now + min(failure.retry_after, LONGEST_RETRY_AFTER)


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
    if digest.cron:
        return cron_due(digest.cron, timezone, now)
    zone = ZoneInfo(timezone)
    times = times_of(digest, now.astimezone(zone).replace(tzinfo=None))
    return next(instant for local in times if (instant := at_local(local, zone)) > now)


def cron_due(expression: str, timezone: str, now: datetime) -> datetime:
    """The same of the times that a crontab's five fields say."""
    zone = ZoneInfo(timezone)
    times = cron_times(expression, now.astimezone(zone).replace(tzinfo=None) - LONGEST_SKIP)
    return next(instant for local in times if (instant := at_local(local, zone)) > now)


def times_of(digest: Digest, here: datetime) -> Iterator[datetime]:
    """The times on the clock on the wall, from the day of `here` on."""
    for ahead in range(9):
        day = here.date() + timedelta(days=ahead)
        if digest.weekday is None or day.weekday() == digest.weekday:
            yield datetime.combine(day, digest.at)


def at_local(local: datetime, zone: ZoneInfo) -> datetime:
    """A local time as an instant (PEP 495: fold 0)."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)
