"""Missions: which releases belong to one, and what becomes of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from factories import make_reading, make_release
from newswatch.missions import Joined, expected, join, state_of
from newswatch.model import Election, Mission, Published, Release

VOTE = date(2025, 3, 2)


def release(
    event: str,
    day: str,
    *,
    vote: date | None = VOTE,
    kind: str | None = "parliamentary",
    country: str = "TJ",
    bodies: Sequence[str] = ("ODIHR",),
    mission: str | None = "EOM",
) -> Release:
    """A release about a mission; its id is its day and event."""
    reading = make_reading(
        countries=(country,),
        event=f"mission.{event}",
        mission=mission,
        elections=(Election(kind, vote),) if kind else (),
        bodies=tuple(bodies),
    )
    published = Published(date.fromisoformat(day))
    return make_release(id=f"{day}-{event}", published=published, reading=reading)


def story(*releases: Release) -> list[Joined]:
    """What becomes of releases in turn, each with the missions that are held by then."""
    held: dict[str, Mission] = {}
    found = []
    for one in releases:
        joined = join(one, held.values())
        assert joined is not None
        held[joined.mission.id] = joined.mission
        found.append(joined)
    return found


def test_the_mission_to_tajikistan_was_opened_and_called_off() -> None:
    """The text that ended it names no day, and no word of calling off."""
    opened = release("opened", "2025-01-22")
    ended = release("cancelled", "2025-02-04", vote=None, mission=None)
    first, second = story(opened, ended)
    assert first.mission.id == second.mission.id == "tj-2025-03-02-odihr"
    assert [first.transition, second.transition] == ["opened", "cancelled"]
    assert [step.event for step in second.mission.steps] == ["mission.opened", "mission.cancelled"]
    assert second.mission.elections == (Election("parliamentary", VOTE),)
    assert second.mission.type == "EOM"


def test_a_mission_goes_from_its_assessment_to_the_follow_up() -> None:
    steps = [
        ("needs_assessment", "2024-11-20", None, "NAM", "assessed"),
        ("announced", "2025-01-10", VOTE, "EOM", "announced"),
        ("opened", "2025-01-22", VOTE, "EOM", "opened"),
        ("statement", "2025-01-30", VOTE, "EOM", None),
        ("interim_report", "2025-02-14", VOTE, "EOM", "interim"),
        ("media_notice", "2025-02-26", VOTE, None, None),
        ("preliminary_statement", "2025-03-03", VOTE, "IEOM", "preliminary"),
        ("final_report", "2025-05-14", None, "EOM", "final"),
        ("follow_up", "2026-06-01", None, None, "followed_up"),
    ]
    found = story(
        *(release(event, day, vote=vote, mission=kind) for event, day, vote, kind, _ in steps)
    )
    assert len({one.mission.id for one in found}) == 1
    assert [one.transition for one in found] == [transition for *_, transition in steps]
    assert found[-1].mission.type == "EOM"
    assert found[-1].mission.elections == (Election("parliamentary", VOTE),)


def test_the_order_in_which_releases_are_seen_does_not_matter() -> None:
    opened, ended = release("opened", "2025-01-22"), release("cancelled", "2025-02-04")
    (_, late) = story(ended, opened)
    assert state_of(late.mission) == "cancelled"
    assert late.transition is None


def test_two_rounds_are_one_election() -> None:
    first = release(
        "preliminary_statement", "2025-05-05", vote=date(2025, 5, 4), kind="presidential"
    )
    second = release(
        "preliminary_statement", "2025-05-19", vote=date(2025, 5, 18), kind="presidential"
    )
    one, other = story(first, second)
    assert one.mission.id == other.mission.id
    assert [election.date for election in other.mission.elections] == [
        date(2025, 5, 4),
        date(2025, 5, 18),
    ]


@pytest.mark.parametrize(
    "other",
    [
        release("opened", "2025-01-23", country="KG"),
        release("opened", "2025-01-23", bodies=["EU"]),
        release("opened", "2025-01-23", vote=date(2025, 10, 5)),
        release("opened", "2025-01-23", vote=date(2025, 3, 30), kind="presidential"),
        release("final_report", "2021-01-15", vote=date(2020, 3, 1)),
        release("announced", "2027-01-10", vote=None),
    ],
)
def test_another_country_body_or_election_is_another_mission(other: Release) -> None:
    first, second = story(release("opened", "2025-01-22"), other)
    assert first.mission.id != second.mission.id


def test_those_who_observe_together_have_one_mission() -> None:
    first, second = story(
        release("opened", "2025-01-22"),
        release("preliminary_statement", "2025-03-03", bodies=["PACE", "OSCE PA", "ODIHR"]),
    )
    assert second.mission.id == first.mission.id
    assert second.mission.bodies == ("ODIHR", "PACE", "OSCE PA")


def test_elections_of_one_day_are_one_mission() -> None:
    both = release("opened", "2025-01-22", kind="general")
    part = release("interim_report", "2025-02-14", kind="presidential")
    first, second = story(both, part)
    assert first.mission.id == second.mission.id


def test_of_two_missions_the_one_whose_election_is_closest_is_meant() -> None:
    old = release("final_report", "2020-05-01", vote=date(2020, 3, 1))
    new = release("opened", "2025-01-22")
    meant = release("interim_report", "2025-02-14", vote=None, kind=None)
    *_, last = story(old, new, meant)
    assert last.mission.id == "tj-2025-03-02-odihr"


def test_a_mission_without_a_day_takes_the_day_that_comes_later() -> None:
    first, second = story(
        release("announced", "2024-12-01", vote=None), release("opened", "2025-01-22")
    )
    assert second.mission.id == first.mission.id == "tj-2024-parliamentary-odihr"
    assert second.mission.elections == (Election("parliamentary", VOTE),)


def test_a_release_that_is_read_again_leaves_its_old_place() -> None:
    (first,) = story(release("opened", "2025-01-22"))
    again = replace(
        release("opened", "2025-01-22"),
        reading=replace(release("announced", "2025-01-22").reading),
    )
    joined = join(again, [first.mission])
    assert joined is not None
    assert [step.event for step in joined.mission.steps] == ["mission.announced"]


def test_a_mission_that_was_called_off_may_be_announced_anew() -> None:
    *_, last = story(
        release("opened", "2025-01-22"),
        release("cancelled", "2025-02-04"),
        release("statement", "2025-02-05"),
        release("opened", "2025-02-10"),
    )
    assert last.transition == "opened"


def test_what_was_at_work_can_only_be_called_off() -> None:
    *_, last = story(
        release("opened", "2025-01-22"), release("declined", "2025-02-04", mission=None)
    )
    assert last.transition == "cancelled"


def test_what_was_only_assessed_is_declined_and_not_called_off() -> None:
    *_, declined = story(
        release("needs_assessment", "2025-01-08"), release("declined", "2025-02-04", mission=None)
    )
    assert declined.transition == "declined"
    *_, called_off = story(
        release("announced", "2025-01-02"),
        release("needs_assessment", "2025-01-08"),
        release("declined", "2025-02-04", mission=None),
    )
    assert called_off.transition == "cancelled"


def test_a_declined_mission_is_one_too() -> None:
    (one,) = story(release("declined", "2025-01-08", mission=None))
    assert (one.transition, one.mission.type) == ("declined", None)


@pytest.mark.parametrize(
    "reading",
    [
        make_reading(event="none"),
        make_reading(event="election.assistance", bodies=("ODIHR",)),
        make_reading(event="mission.opened", countries=(), bodies=("ODIHR",)),
        make_reading(event="mission.opened", bodies=()),
    ],
)
def test_a_release_on_no_mission_joins_none(reading: object) -> None:
    assert join(make_release(reading=reading), []) is None


# -- what is to come ------------------------------------------------------------------------------


def due(mission: Mission, day: date) -> list[tuple[str, str, bool]]:
    return [(one.event[8:], one.due.isoformat(), one.is_overdue) for one in expected(mission, day)]


def test_an_open_mission_is_expected_to_report() -> None:
    (one,) = story(release("opened", "2025-01-22"))
    assert due(one.mission, date(2025, 2, 1)) == [
        ("interim_report", "2025-02-20", False),
        ("preliminary_statement", "2025-03-03", False),
        ("final_report", "2025-05-01", False),
    ]


def test_what_is_late_is_overdue() -> None:
    *_, last = story(
        release("opened", "2025-01-22"), release("preliminary_statement", "2025-03-03")
    )
    (final,) = expected(last.mission, date(2025, 5, 20))
    assert not final.is_overdue
    (final,) = expected(last.mission, date(2025, 7, 1))
    assert final.is_overdue


def test_the_final_report_counts_from_the_last_round() -> None:
    later = VOTE + timedelta(days=14)
    *_, last = story(
        release("opened", "2025-01-22"), release("statement", "2025-03-10", vote=later)
    )
    assert due(last.mission, VOTE)[-1] == ("final_report", "2025-05-15", False)


@pytest.mark.parametrize(
    "releases",
    [
        [release("announced", "2025-01-22")],
        [release("opened", "2025-01-22"), release("cancelled", "2025-02-04")],
        [release("opened", "2025-01-22", mission="EET")],
        [release("opened", "2025-01-22", vote=None)],
    ],
)
def test_nothing_is_expected_of_a_mission_that_is_not_at_work(releases: list[Release]) -> None:
    *_, last = story(*releases)
    assert expected(last.mission, date(2025, 2, 10)) == ()


def test_a_mission_that_opens_late_writes_no_interim_report() -> None:
    (one,) = story(release("opened", "2025-02-18"))
    assert [event for event, *_ in due(one.mission, date(2025, 2, 20))] == [
        "preliminary_statement",
        "final_report",
    ]
