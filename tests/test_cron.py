"""Crontab expressions: which times they say, and what is wrong with those that say none."""

from datetime import UTC, datetime
from itertools import islice

import pytest

from newswatch.cron import cron_times
from newswatch.model import Digest
from newswatch.schedule import digest_due

WEDNESDAY = datetime.fromisoformat("2025-02-05T09:00")


def times(expression: str, count: int = 3, start: datetime = WEDNESDAY) -> list[str]:
    return [f"{one:%a %d.%m. %H:%M}" for one in islice(cron_times(expression, start), count)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 7 * * *", ["Thu 06.02. 07:00", "Fri 07.02. 07:00", "Sat 08.02. 07:00"]),
        ("0 7 * * 1-5", ["Thu 06.02. 07:00", "Fri 07.02. 07:00", "Mon 10.02. 07:00"]),
        ("0 7 * * mon-FRI", ["Thu 06.02. 07:00", "Fri 07.02. 07:00", "Mon 10.02. 07:00"]),
        ("0 7 * * mon-fri/2", ["Fri 07.02. 07:00", "Mon 10.02. 07:00", "Wed 12.02. 07:00"]),
        ("0 7 * * 0", ["Sun 09.02. 07:00", "Sun 16.02. 07:00", "Sun 23.02. 07:00"]),
        ("0 7 * * 5-7", ["Fri 07.02. 07:00", "Sat 08.02. 07:00", "Sun 09.02. 07:00"]),
        ("0 7 * * */3", ["Sat 08.02. 07:00", "Sun 09.02. 07:00", "Wed 12.02. 07:00"]),
        ("*/20 9 * * *", ["Wed 05.02. 09:00", "Wed 05.02. 09:20", "Wed 05.02. 09:40"]),
        ("50/5 9 * * *", ["Wed 05.02. 09:50", "Wed 05.02. 09:55", "Thu 06.02. 09:50"]),
        ("30 8,18 * * *", ["Wed 05.02. 18:30", "Thu 06.02. 08:30", "Thu 06.02. 18:30"]),
        ("0 7 1,15 * *", ["Sat 15.02. 07:00", "Sat 01.03. 07:00", "Sat 15.03. 07:00"]),
        ("0 7 1 jan-mar/2 *", ["Sat 01.03. 07:00", "Thu 01.01. 07:00", "Sun 01.03. 07:00"]),
        ("0  7\t31 * *", ["Mon 31.03. 07:00", "Sat 31.05. 07:00", "Thu 31.07. 07:00"]),
    ],
)  # fmt: skip
def test_an_expression_means_what_it_means_in_a_crontab(
    expression: str, expected: list[str]
) -> None:
    assert times(expression) == expected


def test_a_leap_day_comes_every_four_years() -> None:
    found = list(islice(cron_times("0 7 29 2 *", WEDNESDAY), 2))
    assert [one.year for one in found] == [2028, 2032]


def test_a_day_that_never_comes_is_no_time() -> None:
    assert list(cron_times("0 7 30 2 *", WEDNESDAY)) == []


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("0 7 * *", "4 fields, and not five"),
        ("0 7 * * * *", "6 fields, and not five"),
        ("", "0 fields, and not five"),
        ("60 7 * * *", r"'60' is no minute \(0 to 59\)"),
        ("0 24 * * *", r"'24' is no hour \(0 to 23\)"),
        ("0 7 0 * *", "'0' is no day of the month"),
        ("0 7 * 13 *", "'13' is no month"),
        ("0 7 * * 8", "'8' is no day of the week"),
        ("0 7 * * moon", "'moon' is no day of the week"),
        ("0 7 * foo *", "'foo' is no month"),
        ("0 mon * * *", "'mon' is no hour"),
        ("0 18-9 * * *", "'18-9' is no hour"),
        ("*/0 * * * *", r"'\*/0' is no minute"),
        ("1,,2 * * * *", "'' is no minute"),
        ("-1 * * * *", "'-1' is no minute"),
        ("0 7 L * *", "'l' is no day of the month"),
        ("0 7 last * *", "'last' is no day of the month"),
        ("0 7 ? * *", r"'\?' is no day of the month"),
        ("٣ 7 * * *", "'٣' is no minute"),
        ("0 7 13 * 5", "one is *"),
        ("@daily", "1 fields, and not five"),
        ("9" * 5_000 + " * * * *", "minute|digits"),
    ],
)
def test_what_no_crontab_has_is_refused_in_words(expression: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("one is *", r"one is \*")):
        times(expression)


# -- in a zone -----------------------------------------------------------------------------------


def due(cron: str, now: str, zone: str = "Europe/Vienna") -> str:
    found = digest_due(Digest(cron=cron), zone, datetime.fromisoformat(now).replace(tzinfo=UTC))
    return found.strftime("%d.%m. %H:%M")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2025-02-05T05:59", "05.02. 06:00"),  # Vienna is an hour ahead in winter
        ("2025-02-05T06:00", "06.02. 06:00"),
        ("2025-02-07T06:00", "10.02. 06:00"),  # not on the weekend
        ("2025-03-28T12:00", "31.03. 05:00"),  # two hours from the night of 30 March
        ("2025-10-24T12:00", "27.10. 06:00"),
    ],
)
def test_seven_stays_seven_when_the_clocks_change(now: str, expected: str) -> None:
    assert due("0 7 * * 1-5", now) == expected


def test_a_time_that_the_clock_skips_comes_after_the_change_once() -> None:
    assert due("30 2 * * *", "2025-03-29T12:00") == "30.03. 01:30"
    assert due("30 2 * * *", "2025-03-30T01:10") == "30.03. 01:30"
    assert due("30 2 * * *", "2025-03-30T01:30") == "31.03. 00:30"


def test_a_time_that_the_clock_shows_twice_comes_once() -> None:
    assert due("30 2 * * *", "2025-10-25T12:00") == "26.10. 00:30"
    assert due("30 2 * * *", "2025-10-26T00:30") == "27.10. 01:30"


def test_a_time_of_every_hour_goes_on_over_both_changes() -> None:
    moment, hours = "2025-03-30T00:00", []
    for _ in range(3):
        hours.append(due("0 * * * *", moment))
        moment = f"2025-03-30T{hours[-1][-5:]}"
    assert hours == ["30.03. 01:00", "30.03. 02:00", "30.03. 03:00"]
    assert due("0 * * * *", "2025-10-26T00:30") == "26.10. 02:00"
