"""When next: intervals, backoff, retries, digests."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

import pytest

from factories import NOW, make_source
from newswatch.model import Digest, FetchFailure, History, Validators
from newswatch.schedule import (
    after_failure,
    after_success,
    digest_due,
    interval,
    look_again,
    pace,
    retry_due,
)

HOURLY = make_source(every=timedelta(hours=1))
HOUR = timedelta(hours=1)
DOWN = FetchFailure("unreachable", "no route")


def minutes(count: float) -> datetime:
    return NOW + timedelta(minutes=count)


def test_what_can_only_be_asked_for_whole_is_asked_for_rarely_but_around_elections() -> None:
    source = make_source(every=HOUR, unconditional=24 * HOUR)
    known = Validators(last_modified=b"Wed, 05 Feb 2025 08:00:00 GMT")
    assert pace(source, known, is_busy=False) == HOUR
    assert pace(source, Validators(), is_busy=False) == 24 * HOUR
    assert pace(source, Validators(), is_busy=True) == HOUR


def test_however_rare_releases_are_a_source_is_asked_once_a_day() -> None:
    rare = history(*range(0, 900, 90))
    assert interval(24 * HOUR, rare) == 24 * HOUR
    assert interval(24 * HOUR, rare, pushed_for=timedelta(days=9)) == 24 * HOUR
    assert interval(timedelta(days=7), rare) == timedelta(days=7)


def test_the_next_poll_is_an_interval_away_and_at_most_a_tenth_more() -> None:
    assert after_success(HOUR, NOW, None, 0.0) == minutes(60)
    assert minutes(65) < after_success(HOUR, NOW, None, 0.99) < minutes(66)


def test_caching_headers_are_kept_to_up_to_a_day() -> None:
    two, year = timedelta(hours=2), timedelta(days=365)
    assert after_success(HOUR, NOW, two, 0.0) == minutes(120)
    assert after_success(HOUR, NOW, year, 0.0) == minutes(24 * 60)
    assert after_success(HOUR, NOW, timedelta(0), 0.0) == minutes(60)


@pytest.mark.parametrize(
    ("failures", "hours"), [(1, 2), (2, 4), (3, 8), (4, 16), (5, 24), (99, 24)]
)
def test_the_pause_doubles_with_each_failure_up_to_a_day(failures: int, hours: int) -> None:
    assert after_failure(HOURLY, failures, NOW, DOWN, 0.0) == NOW + timedelta(hours=hours)


def test_a_source_polled_less_than_daily_is_not_polled_more_often_when_it_fails() -> None:
    weekly = make_source(every=timedelta(days=7))
    assert after_failure(weekly, 1, NOW, DOWN, 0.0) == NOW + timedelta(days=7)


def test_retry_after_is_kept_to() -> None:
    busy = FetchFailure("http", "429", 429, retry_after=timedelta(hours=5))
    assert after_failure(HOURLY, 1, NOW, busy, 0.0) == NOW + timedelta(hours=5)


def test_of_an_absurd_retry_after_a_day_is_believed() -> None:
    busy = FetchFailure("http", "503", 503, retry_after=timedelta(days=4000))
    assert after_failure(HOURLY, 1, NOW, busy, 0.0) == NOW + timedelta(days=1)


def history(*days: float) -> History:
    return History(dates=tuple(NOW - timedelta(days=day) for day in sorted(days, reverse=True)))


@pytest.mark.parametrize(
    ("days", "hours"),
    [((), 1), ((1,), 1), ((1, 2, 3, 4), 1), (range(0, 100, 5), 2.4), (range(0, 900, 90), 4)],
    ids=["nothing known", "one release", "daily", "every five days", "every quarter"],
)
def test_a_source_that_publishes_rarely_is_asked_rarely_up_to_a_bound(
    days: Sequence[int], hours: float
) -> None:
    assert interval(HOUR, history(*days)) == timedelta(hours=hours)


def test_around_an_election_a_source_is_asked_as_often_as_may_be() -> None:
    assert interval(HOUR, history(*range(0, 900, 90)), is_busy=True) == HOUR


def test_a_source_that_is_pushed_is_asked_to_check_only() -> None:
    pushed = interval(HOUR, history(1, 2, 3), pushed_for=timedelta(days=9), is_busy=True)
    assert pushed == 8 * HOUR


def test_a_source_whose_lease_ends_is_asked_then() -> None:
    assert interval(HOUR, history(), pushed_for=3 * HOUR) == 3 * HOUR
    assert interval(HOUR, history(), pushed_for=HOUR / 2) == HOUR


def test_a_document_in_doubt_is_looked_at_again_after_half_the_interval() -> None:
    assert look_again(HOURLY, NOW, None, 0.0) == minutes(30)
    assert look_again(HOURLY, NOW, timedelta(hours=2), 0.0) == minutes(120)


SCHEDULE = (timedelta(seconds=5), timedelta(minutes=5))


def test_retries_follow_the_schedule_and_end_with_it() -> None:
    due = [retry_due(attempts, SCHEDULE, NOW, None, 0.0) for attempts in (1, 2, 3)]
    assert due == [NOW + SCHEDULE[0], NOW + SCHEDULE[1], None]


def test_a_receivers_retry_after_delays_a_retry() -> None:
    assert retry_due(1, SCHEDULE, NOW, timedelta(hours=1), 0.0) == NOW + timedelta(hours=1)


SEVEN = Digest(time(7))


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2025-02-05T05:59:00", "2025-02-05T06:00:00"),  # Vienna is an hour ahead in winter
        ("2025-02-05T06:00:00", "2025-02-06T06:00:00"),
        ("2025-03-29T12:00:00", "2025-03-30T05:00:00"),  # and two from the night of 30 March
        ("2025-10-25T12:00:00", "2025-10-26T06:00:00"),
    ],
)
def test_a_daily_digest_keeps_to_local_time(now: str, due: str) -> None:
    given, expected = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (now, due))
    assert digest_due(SEVEN, "Europe/Vienna", given) == expected


def test_a_time_that_the_clock_change_skips_comes_after_the_change() -> None:
    now = datetime(2025, 3, 29, 12, tzinfo=UTC)
    due = digest_due(Digest(time(2, 30)), "Europe/Vienna", now)
    assert due == datetime(2025, 3, 30, 1, 30, tzinfo=UTC)


def test_a_time_that_comes_twice_counts_once() -> None:
    first = digest_due(Digest(time(2, 30)), "Europe/Vienna", datetime(2025, 10, 25, 12, tzinfo=UTC))
    second = digest_due(Digest(time(2, 30)), "Europe/Vienna", first)
    assert first == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    assert second == datetime(2025, 10, 27, 1, 30, tzinfo=UTC)


def test_a_weekly_digest_comes_on_its_day() -> None:
    monday = Digest(time(8), weekday=0)
    assert digest_due(monday, "UTC", NOW) == datetime(2025, 2, 10, 8, tzinfo=UTC)
