"""Election days as a calendar."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from factories import NOW, make_reading, make_release
from newswatch.model import Election, Release
from newswatch.render.entry import FeedHead
from newswatch.render.ics import calendar, folded

HEAD = FeedHead(
    id="urn:newswatch:feed:country:MD",
    title="Moldova, all; of it",
    self_url="https://news.example/feeds/country/MD.ics",
    site_url="https://news.example/",
)


def about(*elections: Election, **fields: object) -> Release:
    return make_release(reading=make_reading(elections=elections), **fields)


def lines(*releases: Release) -> list[str]:
    """Unfolded (RFC 5545 3.1)."""
    text = calendar(HEAD, releases, {"MD": "Moldova"}.__getitem__).decode()
    assert text.endswith("END:VCALENDAR\r\n")
    return text.replace("\r\n ", "").split("\r\n")


def test_a_day_on_which_a_country_votes_is_an_event_of_that_day() -> None:
    found = lines(about(Election("presidential", date(2025, 5, 4))))
    start = found.index("BEGIN:VEVENT")
    assert found[start : found.index("END:VEVENT") + 1] == [
        "BEGIN:VEVENT",
        "UID:2025-05-04-presidential-MD@newswatch",
        "DTSTAMP:20250205T090000Z",
        "LAST-MODIFIED:20250205T090000Z",
        "DTSTART;VALUE=DATE:20250504",
        "DTEND;VALUE=DATE:20250505",
        "SUMMARY:Presidential election: Moldova",
        (
            "DESCRIPTION:Observers open mission to Moldova "
            "https://news.example/releases/00000000000000a1"
        ),
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def test_releases_about_the_same_day_are_one_event() -> None:
    day = Election("presidential", date(2025, 5, 4))
    later = NOW + timedelta(hours=1)
    found = lines(about(day), about(day, id="b" * 16, title="Interim; report", updated=later))
    assert found.count("BEGIN:VEVENT") == 1
    assert "DTSTAMP:20250205T100000Z" in found
    assert any("\\nInterim\\; report https://" in line for line in found)


def test_an_election_without_a_full_date_is_no_event() -> None:
    assert "BEGIN:VEVENT" not in lines(about(Election("local")))
    assert "BEGIN:VEVENT" not in lines(about(Election("local", date.max)))


def test_the_days_stand_in_their_order() -> None:
    days = [Election("local", date(2025, month, 1)) for month in (9, 3, 6)]
    starts = [line for line in lines(about(*days)) if line.startswith("DTSTART")]
    assert starts == [f"DTSTART;VALUE=DATE:20250{month}01" for month in (3, 6, 9)]


def test_what_has_a_meaning_in_calendars_is_escaped() -> None:
    assert "X-WR-CALNAME:Moldova\\, all\\; of it" in lines()


def test_a_hostile_title_begins_no_line_of_its_own() -> None:
    day = Election("presidential", date(2025, 5, 4))
    found = lines(about(day, title="x\r\nEND:VCALENDAR\r\n\x00\u202e\ud800\\,;"))
    assert found.count("END:VCALENDAR") == 1


@given(st.text(max_size=300))
def test_a_line_is_folded_within_75_octets_and_unfolds_to_itself(text: str) -> None:
    one_line = text.replace("\r", "").replace("\n", "")
    parts = folded(one_line).split("\r\n")
    assert all(len(part.encode()) <= 75 for part in parts)
    assert "".join([parts[0], *(part[1:] for part in parts[1:])]) == one_line
