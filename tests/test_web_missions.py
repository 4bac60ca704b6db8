"""The pages of missions: all of them, and the timeline of one."""

from dataclasses import replace
from datetime import date

import httpx
import pytest

from factories import make_reading, make_release
from newswatch.model import Election, Mission, Published, Step
from webdoors import Doors, ask

TITLES = {"00000000000000a1": "A mission opens in Moldova", "00000000000000b2": "It goes <on>"}
MISSION = Mission(
    id="md-2025-05-04-odihr",
    country="MD",
    bodies=("ODIHR", "OSCE PA"),
    type="EOM",
    elections=(
        Election("presidential", date(2025, 5, 4)),
        Election("referendum", date(2025, 5, 4)),
    ),
    steps=(
        Step("00000000000000a1", "mission.opened", date(2025, 2, 3)),
        Step("00000000000000b2", "mission.statement", date(2025, 2, 4)),
    ),
)
GONE = replace(
    MISSION,
    id="ge-2024-10-26-eu",
    country="GE",
    elections=(Election("parliamentary", date(2024, 10, 26)),),
    steps=(Step("00000000000000a1", "mission.cancelled", date(2024, 10, 1)),),
)


@pytest.fixture
def doors() -> Doors:
    releases = [
        make_release(
            id=step.release_id,
            title=TITLES[step.release_id],
            published=Published(step.day),
            reading=make_reading(event=step.event),
        )
        for step in MISSION.steps
    ]
    return Doors(releases=releases, missions=[GONE, MISSION])


def test_a_mission_has_a_feed_in_every_format(doors: Doors) -> None:
    told = [replace(one, mission=replace(MISSION, steps=())) for one in doors.releases]
    doors.change(*[replace(one, version=2) for one in told])
    page = ask(doors.app(), "/missions/md-2025-05-04-odihr").text
    for suffix in ("atom", "rss", "json"):
        path = f"/missions/md-2025-05-04-odihr.{suffix}"
        assert f'href="{path}"' in page
        answer = ask(doors.app(), path)
        assert answer.status_code == 200
        assert "A mission opens in Moldova" in answer.text
        assert f"https://news.example{path}" in answer.text
    atom = ask(doors.app(), "/missions/md-2025-05-04-odihr.atom").text
    assert "urn:newswatch:feed:mission:md-2025-05-04-odihr" in atom


def test_a_mission_has_a_calendar_of_what_is_to_come(doors: Doors) -> None:
    calendar = unfolded(ask(doors.app(), "/missions/md-2025-05-04-odihr.ics"))
    assert [one for one in calendar if one.startswith("SUMMARY")] == [
        "SUMMARY:Presidential election: Moldova",
        "SUMMARY:Referendum: Moldova",
        "SUMMARY:Interim report expected: ODIHR\\, OSCE PA\\, Moldova",
        "SUMMARY:Preliminary statement expected: ODIHR\\, OSCE PA\\, Moldova",
        "SUMMARY:Final report expected: ODIHR\\, OSCE PA\\, Moldova",
    ]
    assert "URL;VALUE=URI:https://news.example/missions/md-2025-05-04-odihr" in calendar


def test_press_conferences_are_in_the_calendar_of_all_missions(doors: Doors) -> None:
    first, second = doors.releases
    notice = replace(
        second,
        reading=replace(second.reading, event="mission.media_notice"),
        text="Journalists are invited on 6 February at 15:00 in the Radisson.",
    )
    doors.releases[:] = [first, notice]
    calendar = unfolded(ask(doors.app(), "/missions.ics"))
    place = calendar.index(f"UID:{notice.id}-conference@newswatch")
    assert "DTSTART:20250206T130000Z" in calendar[place:]
    assert "SUMMARY:Press conference: ODIHR\\, OSCE PA\\, Moldova" in calendar[place:]
    assert "UID:2024-10-26-parliamentary-GE@newswatch" in calendar


def test_a_missions_feed_has_one_address(doors: Doors) -> None:
    for suffix in ("atom", "ics"):
        path = f"/feeds/mission/md-2025-05-04-odihr.{suffix}"
        assert ask(doors.app(), path).status_code == 404


def test_a_calendar_is_the_same_until_something_changes(doors: Doors) -> None:
    app = doors.app()
    first = ask(app, "/missions.ics")
    again = ask(app, "/missions.ics", if_none_match=first.headers["etag"])
    assert (first.headers["content-type"], again.status_code) == (
        "text/calendar; charset=utf-8",
        304,
    )
    doors.missions = [GONE]
    doors.marks += 1
    changed = ask(app, "/missions.ics", if_none_match=first.headers["etag"])
    assert changed.status_code == 200


def test_pages_name_the_feeds_and_calendars_of_missions(doors: Doors) -> None:
    page = ask(doors.app(), "/missions").text
    assert '<link rel="alternate" type="text/calendar"' in page
    page = ask(doors.app(), "/missions/md-2025-05-04-odihr").text
    assert '<link rel="alternate" type="application/atom+xml" title="Moldova, presidential' in page


@pytest.mark.parametrize("name", ["xx.atom", "xx.ics", "md-2025-05-04-odihr.pdf", "A_b.atom"])
def test_a_feed_of_no_mission_is_not_found(doors: Doors, name: str) -> None:
    assert ask(doors.app(), f"/missions/{name}").status_code == 404


def unfolded(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200
    return answer.text.replace("\r\n ", "").split("\r\n")


def test_all_missions_are_shown_with_their_state(doors: Doors) -> None:
    page = ask(doors.app(), "/missions").text
    assert (
        page.index("Elections to come")
        < page.index("Moldova")
        < page.index("Past, and without a day")
    )
    assert 'href="/missions/md-2025-05-04-odihr"' in page
    assert "at work" in page
    assert "called off" in page


def test_a_mission_has_a_timeline_of_what_was_and_what_is_expected(doors: Doors) -> None:
    page = ask(doors.app(), "/missions/md-2025-05-04-odihr").text
    page = page[page.index("<h1>") :]
    places = [
        page.index(words)
        for words in (
            "A mission opens in Moldova",
            "It goes &lt;on&gt;",
            "Interim report",
            "presidential election",
            "Preliminary statement",
            "Final report",
        )
    ]
    assert places == sorted(places)
    assert page.count("· expected") == 3


def test_what_is_late_is_said_to_be(doors: Doors) -> None:
    votes = (Election("presidential", date(2024, 11, 3)),)
    steps = (Step("00000000000000a1", "mission.opened", date(2024, 9, 20)),)
    doors.missions = [replace(MISSION, elections=votes, steps=steps)]
    assert "overdue" in ask(doors.app(), "/missions/md-2025-05-04-odihr").text


def test_copies_stand_under_the_release_of_most_authority(doors: Doors) -> None:
    first, second = doors.releases
    doors.releases[:] = [
        replace(first, publisher="A wire"),
        replace(second, publisher="ODIHR", copy_of=first.id),
    ]
    page = ask(doors.app(), "/missions/md-2025-05-04-odihr").text
    assert page.index("It goes &lt;on&gt;") < page.index("Also told by")
    assert f'<a href="/releases/{first.id}">A wire</a>' in page
    assert "A mission opens in Moldova" not in page


def test_a_release_leads_to_its_mission_and_to_the_one_that_told_it_first(doors: Doors) -> None:
    doors.releases[0] = replace(
        doors.releases[0], mission=replace(MISSION, steps=()), copy_of="00000000000000b2"
    )
    page = ask(doors.app(), "/releases/00000000000000a1").text
    assert 'href="/missions/md-2025-05-04-odihr"' in page
    assert 'href="/releases/00000000000000b2"' in page


@pytest.mark.parametrize(
    "path", ["/missions/xx", "/missions/%2e%2e%2f", "/missions/%00", "/missions/A_b"]
)
def test_a_mission_that_is_not_there_is_not_found(doors: Doors, path: str) -> None:
    assert ask(doors.app(), path).status_code == 404


def test_a_site_without_missions_says_so() -> None:
    assert "No release has told of a mission yet" in ask(Doors().app(), "/missions").text
