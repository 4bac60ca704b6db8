"""Press conferences: day and time, where a notice gives both and no other."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from factories import make_reading, make_release
from newswatch.model import Published, Release
from newswatch.understand.conferences import conference
from newswatch.understand.zones import instant, zones

NOTICE = make_release(
    title="Observers to speak",
    published=Published(date(2025, 2, 5)),
    reading=make_reading(countries=("MD",), event="mission.media_notice"),
)
THAT_DAY = datetime.combine(date(2025, 2, 10), time(15))


def notice(text: str, **fields: Any) -> Release:
    return replace(NOTICE, **{"text": text} | fields)


@pytest.mark.parametrize(
    "text",
    [
        "The conclusions will be made public on 10 February at 15:00 in the Radisson.",
        "They face reporters at 15:00 on 10 February, a day after the elections of 9 February.",
        "When: Monday, 10 February, at 15.00.",
        "Briefing: 10 February 2025, 3:00 p.m., Hotel Europa",
        "Briefing on 10 February at 3:00 pm. Doors open in time.",
        "La conférence de presse aura lieu lundi 10 février à 15h00.",
        "La rueda de prensa será el 10 de febrero a las 15:00.",
        "Конференция пройдёт 10 февраля в 15:00.",
    ],
)
def test_day_and_time_side_by_side_are_a_conference(text: str) -> None:
    found = conference(notice(text))
    assert found is not None
    assert found.local == THAT_DAY
    assert found.instant == datetime(2025, 2, 10, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "The briefing is on 10 February.",
        "The briefing begins at 15:00.",
        "They answer questions at 11:30 a week before the 12 February elections.",
        "Please be seated by 14:30 on 10 February.",
        "On 10 February at 15:00, and on 11 February at 16:00.",
        "Online on 10 February at 16:00 Warsaw time.",
        "Online on 10 February at 16:00 CET.",
        "On 10 February at 25:00, or at 15:61.",
        "On 10 February, 12.50 per cent had voted.",
        "On 10 February 2024 at 15:00.",  # past
        "On 10 December at 15:00.",  # far ahead
        "15:00",
        "",
    ],
)
def test_what_is_not_both_or_not_one_is_none(text: str) -> None:
    assert conference(notice(text)) is None


def test_only_notices_of_a_day_and_a_country_have_one() -> None:
    text = "The briefing is on 10 February at 15:00."
    reading = NOTICE.reading
    assert conference(notice(text, published=None)) is None
    assert conference(notice(text, reading=replace(reading, countries=()))) is None
    assert conference(notice(text, reading=replace(reading, event="mission.opened"))) is None


def test_where_a_country_has_several_times_the_instant_is_not_known() -> None:
    reading = replace(NOTICE.reading, countries=("US",))
    found = conference(notice("On 10 February at 15:00.", reading=reading))
    assert found is not None
    assert (found.local, found.instant) == (THAT_DAY, None)


def test_zones_that_agree_are_one_time() -> None:
    assert len(zones()["KZ"]) > 1
    assert instant(THAT_DAY, "KZ") == datetime(2025, 2, 10, 10, 0, tzinfo=UTC)
    assert instant(THAT_DAY, "XK") == datetime(2025, 2, 10, 14, 0, tzinfo=UTC)
    assert instant(THAT_DAY, "EU") is None
