"""Quiet hours and active times: by the clock on the wall, through every change of it."""

from datetime import UTC, datetime, time, timedelta

import pytest

from newswatch.hours import is_open, opens
from newswatch.model import Channel, Window

VIENNA = "Europe/Vienna"
NIGHT = Window(time(22), time(7))
WEEKDAYS = frozenset(range(5))
OFFICE = Window(time(9), time(17, 30), WEEKDAYS)


def quiet(*windows: Window) -> Channel:
    return Channel("mail", "email", quiet=windows)


def active(*windows: Window) -> Channel:
    return Channel("mail", "email", active=windows)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def opening(channel: Channel, at: str, timezone: str = VIENNA) -> str:
    """When the channel opens, as UTC."""
    found = opens(channel, timezone, utc(at))
    assert found is not None
    return found.strftime("%Y-%m-%d %H:%M:%S")


def test_a_channel_without_windows_is_always_open() -> None:
    assert opens(Channel("mail", "email"), VIENNA, utc("2025-02-05 03:00")) == utc(
        "2025-02-05 03:00"
    )


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2025-02-05 20:59:59", "2025-02-05 20:59:59"),
        ("2025-02-05 21:00", "2025-02-06 06:00:00"),
        ("2025-02-06 05:59:59", "2025-02-06 06:00:00"),
        ("2025-02-06 06:00", "2025-02-06 06:00:00"),
        ("2025-07-05 21:00", "2025-07-06 05:00:00"),
    ],
)
def test_a_night_ends_in_the_morning_where_the_subscriber_is(at: str, expected: str) -> None:
    assert opening(quiet(NIGHT), at) == expected


def test_a_window_may_have_a_zone_of_its_own() -> None:
    night = Window(time(22), time(7), timezone="Asia/Almaty")
    assert opening(quiet(night), "2025-02-05 18:00") == "2025-02-06 02:00:00"


def test_days_are_those_on_which_a_window_begins() -> None:
    friday_night = quiet(Window(time(22), time(7), frozenset((4,))))
    assert opening(friday_night, "2025-02-08 03:00") == "2025-02-08 06:00:00"
    assert opening(friday_night, "2025-02-07 03:00") == "2025-02-07 03:00:00"


def test_windows_that_touch_are_waited_for_together() -> None:
    weekend = Window(days=frozenset((5, 6)))
    assert opening(quiet(NIGHT, weekend), "2025-02-07 22:00") == "2025-02-10 06:00:00"


def test_active_times_are_the_only_ones() -> None:
    assert opening(active(OFFICE), "2025-02-07 16:29") == "2025-02-07 16:29:00"
    assert opening(active(OFFICE), "2025-02-07 16:30") == "2025-02-10 08:00:00"


def test_quiet_hours_may_lie_in_active_times() -> None:
    lunch = Window(time(12), time(13))
    channel = Channel("mail", "email", quiet=(lunch,), active=(OFFICE,))
    assert opening(channel, "2025-02-07 11:30") == "2025-02-07 12:00:00"


@pytest.mark.parametrize(
    "channel",
    [
        quiet(Window()),
        quiet(Window(time(0), time(12)), Window(time(12), time(0))),
        Channel("mail", "email", quiet=(Window(time(8), time(18)),), active=(OFFICE,)),
    ],
)
def test_windows_may_leave_no_time_at_all(channel: Channel) -> None:
    assert opens(channel, VIENNA, utc("2025-02-05 09:00")) is None


# -- when clocks are changed (Vienna: 2025-03-30 02:00 to 03:00, 2025-10-26 03:00 to 02:00) ---------


def test_a_night_is_an_hour_shorter_or_longer_when_clocks_are_changed() -> None:
    assert opening(quiet(NIGHT), "2025-03-29 22:00") == "2025-03-30 05:00:00"
    assert opening(quiet(NIGHT), "2025-10-25 22:00") == "2025-10-26 06:00:00"


def test_an_end_that_is_skipped_is_when_the_clocks_are_changed() -> None:
    assert opening(quiet(Window(time(22), time(2, 30))), "2025-03-29 23:00") == (
        "2025-03-30 01:00:00"
    )


def test_a_beginning_that_is_skipped_is_when_the_clocks_are_changed() -> None:
    channel = active(Window(time(2, 30), time(3, 15)))
    assert opening(channel, "2025-03-30 00:30") == "2025-03-30 01:00:00"
    assert not is_open(channel, VIENNA, utc("2025-03-30 01:15"))


def test_a_window_that_is_skipped_whole_comes_the_next_day() -> None:
    channel = active(Window(time(2, 10), time(2, 50)))
    assert opening(channel, "2025-03-30 00:30") == "2025-03-31 00:10:00"


def test_a_weekly_window_that_is_skipped_comes_the_next_week() -> None:
    channel = active(Window(time(2, 10), time(2, 50), frozenset((6,))))
    assert opening(channel, "2025-03-24 00:00") == "2025-04-06 00:10:00"


def test_a_time_that_is_shown_twice_is_quiet_twice() -> None:
    channel = quiet(Window(time(22), time(2, 30)))
    assert opening(channel, "2025-10-26 00:29") == "2025-10-26 00:30:00"
    assert opening(channel, "2025-10-26 00:45") == "2025-10-26 00:45:00"
    assert opening(channel, "2025-10-26 01:00") == "2025-10-26 01:30:00"


def test_a_zone_may_change_by_half_an_hour() -> None:
    """Lord Howe, 2025-10-05: at 02:00 clocks show 02:30."""
    channel = quiet(Window(time(22), time(2, 15)))
    assert opening(channel, "2025-10-04 15:00", "Australia/Lord_Howe") == "2025-10-04 15:30:00"


def test_what_opens_is_open_and_a_second_before_it_was_not() -> None:
    channel = Channel("mail", "email", quiet=(NIGHT,), active=(OFFICE,))
    at = utc("2025-10-20 00:00")
    for step in range(14 * 24):
        now = at + step * timedelta(hours=1, minutes=7)
        found = opens(channel, VIENNA, now)
        assert found is not None
        assert is_open(channel, VIENNA, found)
        assert found == now or not is_open(channel, VIENNA, found - timedelta(seconds=1))
