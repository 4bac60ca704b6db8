"""Publishing dates as feeds write them, right and wrong."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import make_document, make_source
from newswatch.model import Published
from newswatch.parse import parse
from newswatch.parse.dates import MONTHS, read_date


def published(stamp: str, channel: str = "", **source: object) -> Published | None:
    body = (
        f"<rss version='2.0'><channel><title>N</title>{channel}"
        f"<item><title>t</title><pubDate>{stamp}</pubDate></item></channel></rss>"
    )
    return parse(make_document(body.encode()), make_source(**source)).entries[0].published


def at(*clock: int) -> Published:
    return Published(date(2025, 1, 22), datetime(2025, 1, 22, *clock, tzinfo=UTC))


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("Wed, 22 Jan 2025 00:00:00 +0100", Published(date(2025, 1, 22))),
        ("2025-01-22", Published(date(2025, 1, 22))),
        ("22 January 2025", Published(date(2025, 1, 22))),
        (
            "Wed, 22 Jan 2025 09:00:00 CET",
            Published(date(2025, 1, 22), datetime(2025, 1, 22, 8, tzinfo=UTC)),
        ),
        (
            "Wed, 22 Jan 2025 23:30:00 GMT",
            Published(date(2025, 1, 23), datetime(2025, 1, 22, 23, 30, tzinfo=UTC)),
        ),
        ("1738663200", None),
        ("2025-W06-2", None),
        ("2025-01-22-01", Published(date(2025, 1, 22))),
        ("2025-01-22 09:14:00 +0100", at(8, 14)),
        ("2025-01-22 09:14 CET", at(8, 14)),
        ("2025-01-22T09:14:00.5Z", at(9, 14, 0, 500_000)),
        ("Wed, 22 Jan 2025 09:14:00 +01:00", at(8, 14)),
        ("Wed, 22 Jan 2025 09:14:00 GMT+0100", at(8, 14)),
        ("Wed, 22 Jan 2025 09:14:00 GMT-05:00", at(14, 14)),
        ("Wed, 22 Jan 2025 09:14:00 +0100 (Central European Time)", at(8, 14)),
        ("Wed, 22 Jan 2025 09:14:00 America/New_York", at(14, 14)),
        ("Wed, 22 Jan 2025 09:14:00 Middle/Earth", at(8, 14)),
        ("Wed, 22 Jan 2025 9:14 AM ET", at(14, 14)),
        ("Wed, 22 Jan 2025 1:14 PM EST", at(18, 14)),
        ("January 22, 2025 - 1:14 p.m.", at(12, 14)),
        ("Wed Jan 22 09:14:00 +0000 2025", at(9, 14)),
        ("Wed, 22 Jan 2025 09:14:00 XYZT", at(8, 14)),
        ("Wed, 22 Jan 2025 09:14:00 +9900", at(8, 14)),
        ("Wed, 22 Jan 2025 25:14:00 GMT", Published(date(2025, 1, 22))),
        ("Wed, 22 Jan 2025 09:14:60 GMT", Published(date(2025, 1, 22))),
        ("32 Jan 2025 09:14:00 GMT", None),
        ("22-01-2025", Published(date(2025, 1, 22))),
        ("soon", None),
        ("2004-13-01", None),
        ("2004-02-30T10:00:00Z", None),
        ("2004-02-28T25:00:00Z", Published(date(2004, 2, 28))),
        ("", None),
    ],
)
def test_a_date_is_read_or_is_none(stamp: str, expected: Published | None) -> None:
    assert published(stamp) == expected


@pytest.mark.parametrize(
    ("language", "stamp"),
    [
        ("de-AT", "Mi, 22 Mär 2023 09:14:00 +0100"),
        ("fr_FR", "mer., 22 mars 2023 09:14:00 +0100"),
        ("ru", "Ср, 22 марта 2023 09:14:00 +0100"),
    ],
)
def test_a_date_in_the_feeds_language_is_read_where_the_source_names_none(
    language: str, stamp: str
) -> None:
    found = published(stamp, f"<language>{language}</language>", language="not-a-language")
    assert found == Published(date(2023, 3, 22), datetime(2023, 3, 22, 8, 14, tzinfo=UTC))


def test_midnight_at_the_publisher_is_a_day_in_whatever_zone_it_is_written() -> None:
    assert published("Tue, 21 Jan 2025 23:00:00 GMT") == Published(date(2025, 1, 22))


DAYS = st.tuples(st.integers(0, 40), st.sampled_from([*MONTHS]), st.integers(1000, 2999))
CLOCKS = st.tuples(st.integers(0, 30), st.integers(0, 70), st.integers(0, 70))


@given(DAYS, CLOCKS, st.sampled_from(["", " GMT", " +0100", " CET", " +1500"]))
def test_the_usual_form_is_read_as_the_library_reads_it(
    day: tuple[int, str, int], clock: tuple[int, int, int], zone: str
) -> None:
    rest = "{} {} {} {:02}:{:02}:{:02}".format(*day, *clock) + zone
    usual, unusual = f"Wed, {rest}", f"wed, {rest}"  # what the library alone reads
    assert read_date(usual, "Europe/Vienna") == read_date(unusual, "Europe/Vienna")
