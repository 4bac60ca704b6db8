"""What is known of a release beside itself: corrections, its mission, and whether it was told before."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from factories import NOW, make_document, make_reading, make_release
from installation import install
from newswatch.copies import Seen
from newswatch.model import Correction, Election, Mission, Poll, Published, Release
from newswatch.recognise import read, recognise
from newswatch.store import SqlStore, open_store
from servers import Answer, Web, web_server
from test_cli import Shell
from test_pipeline import DESK, make_pipeline, poll, rss, rule

TEXT = (
    "The observers presented their findings on the elections at a press conference in the capital, "
    "and commended the calm in which twelve thousand polling stations opened on time."
)
MISSION = Mission("md-2025-05-04-odihr", "MD", ("ODIHR",))


def told(**fields: Any) -> Release:
    """A release on a mission to Moldova."""
    reading = make_reading(
        countries=fields.pop("countries", ("MD",)),
        event=fields.pop("event", "mission.preliminary_statement"),
        bodies=("ODIHR",),
    )
    defaults = {"text": TEXT, "reading": reading, "mission": MISSION}
    return make_release(**defaults | fields)


# -- copies -----------------------------------------------------------------------------------


def test_two_newsrooms_on_one_event_of_a_mission_tell_the_same() -> None:
    other = told(id="b2", source_id="pace", title="Quiet vote", text="Other words.")
    assert Seen([told()]).original(other) == told()


def test_a_copy_of_a_text_elsewhere_is_one() -> None:
    ours = told(event="election.assistance", mission=None)
    copied = replace(ours, id="b2", source_id="wire", text=f"GENEVA – {TEXT}")
    assert Seen([ours]).original(copied) == ours


def test_a_translation_on_the_day_with_the_same_figures_is_one() -> None:
    ours = told(event="none", mission=None, text="On 4 May 12 observers came.", language="en")
    french = replace(ours, id="b2", text="Le 4 mai, 12 observateurs sont venus.", language="fr-CH")
    assert Seen([ours]).original(french) == ours


@pytest.mark.parametrize(
    "other",
    [
        told(id="b2"),  # a newsroom does not tell the same twice in one language
        told(id="b2", source_id="pace", countries=("GE",)),
        told(id="b2", source_id="pace", event="mission.final_report"),
        told(id="b2", source_id="pace", mission=replace(MISSION, id="md-2025-05-04-eu")),
        told(id="b2", source_id="pace", published=Published(date(2025, 2, 9))),
        told(id="b2", source_id="pace", event="mission.statement", text="Something else entirely."),
        told(id="b2", publisher="Another", language="fr", event="none", mission=None),
    ],
)
def test_what_is_alike_in_title_alone_is_no_copy(other: Release) -> None:
    assert Seen([told()]).original(other) is None


def test_of_several_that_told_it_the_first_seen_is_the_original() -> None:
    later = told(id="b2", source_id="osce", first_seen=NOW + timedelta(hours=1))
    assert Seen([later, told()]).original(told(id="c3", source_id="pace")) == told()


def test_the_copy_of_a_copy_is_of_the_first() -> None:
    texts = [("One opens", "odihr"), ("Two opens", "pace"), ("Three opens", "wire")]
    releases = [
        told(id=f"a{n}", title=title, source_id=source, first_seen=NOW + timedelta(hours=n))
        for n, (title, source) in enumerate(texts)
    ]
    found = recognise(releases, [], [])
    assert [one.release.copy_of for one in found] == [None, "a0", "a0"]


# -- a document with a whole story ------------------------------------------------------------

STORY = (
    (
        "Without accreditation by Tajikistan, OSCE observation of elections cannot go on",
        "WARSAW, 4 February 2025 – ODIHR had to cancel the observation of the parliamentary elections.",
    ),
    (
        "ODIHR opens election observation mission in Tajikistan",
        "DUSHANBE – ODIHR today opened a mission for the 2 March parliamentary elections.",
    ),
)


def story() -> bytes:
    """The newest first, as newsrooms list."""
    body = rss(*STORY).decode()
    return body.replace("Wed, 22 Jan 2025", "Tue, 04 Feb 2025", 1).encode()


def polled(store: SqlStore) -> Poll:
    return poll(make_pipeline(store, [make_document(story())]))


def test_the_story_of_tajikistan_is_one_mission(store: SqlStore) -> None:
    polled(store)
    (mission,) = store.missions_latest(10)
    assert mission.id == "tj-2025-03-02-odihr"
    assert [step.event for step in mission.steps] == ["mission.opened", "mission.cancelled"]
    assert mission.elections == (Election("parliamentary", date(2025, 3, 2)),)


def test_releases_know_their_mission_and_what_they_changed(store: SqlStore) -> None:
    polled(store)
    found = {one.title: one for one in store.releases_recent(10)}
    ended = found[STORY[0][0]]
    assert ended.transition == "cancelled"
    assert ended.mission is not None
    assert (ended.mission.id, ended.mission.steps) == ("tj-2025-03-02-odihr", ())


def test_a_rule_is_met_by_the_change_of_a_missions_state(store: SqlStore) -> None:
    ended = replace(DESK, rules=(rule("ended", transition=["cancelled", "declined"]),))
    found = poll(make_pipeline(store, [make_document(story())], subscribers=(ended,)))
    (owed,) = found.deliveries
    (why,) = owed.matches[0].why
    assert (why.field, why.value) == ("transition", "cancelled")
    assert why.evidence


def test_a_second_newsroom_on_the_same_event_alerts_nobody_again(store: SqlStore) -> None:
    first = polled(store)
    assert len(first.deliveries) == 2
    elsewhere = make_pipeline(
        store,
        [make_document(story().replace(b"newsroom.example/", b"other.example/"))],
        source=replace(make_source_named("other"), quiet_first_poll=False),
    )
    second = poll(elsewhere)
    assert len(second.changes) == 2
    assert {change.release.copy_of for change in second.changes} == {
        change.release.id for change in first.changes
    }
    assert second.deliveries == ()


def test_a_rule_may_ask_for_copies_as_well(store: SqlStore) -> None:
    wants = replace(DESK, rules=(replace(rule("tj", country=["TJ"]), copies=True),))
    polled(store)
    elsewhere = make_pipeline(
        store,
        [make_document(story().replace(b"newsroom.example/", b"other.example/"))],
        source=replace(make_source_named("other"), quiet_first_poll=False),
        subscribers=(wants,),
    )
    assert len(poll(elsewhere).deliveries) == 2


def make_source_named(name: str) -> Any:
    from factories import make_source

    return make_source(id=name, url=f"https://{name}.example/feed", publisher="Another")


def test_a_mission_that_was_at_work_is_called_off_in_whatever_words() -> None:
    day = Published(date(2025, 2, 4))
    vote = (Election("parliamentary", date(2025, 3, 2)),)
    opening, no = (
        make_reading(event=event, bodies=("ODIHR",), elections=vote, evidence=())
        for event in ("mission.opened", "mission.declined")
    )
    before = make_release(id="a1", reading=opening, published=Published(date(2025, 1, 22)))
    _, found = recognise([before, make_release(id="b2", reading=no, published=day)], [], [])
    assert found.release.reading.event == "mission.cancelled"
    assert [one.words for one in found.release.reading.evidence] == [
        "the mission was opened before"
    ]


def test_a_revised_release_keeps_what_it_changed_while_its_mission_went_on() -> None:
    vote = (Election("parliamentary", date(2025, 3, 2)),)
    opened, interim = (
        make_release(
            id=number,
            published=Published(date(2025, 1, day)),
            reading=make_reading(event=event, bodies=("ODIHR",), elections=vote),
        )
        for number, day, event in (
            ("a1", 20, "mission.opened"),
            ("b2", 22, "mission.interim_report"),
        )
    )
    found = recognise([opened, interim], [], [])
    held = found[1].mission
    assert held is not None
    others = [one.release for one in found]
    (again,) = recognise([replace(opened, title="Corrected")], [held], others)
    assert again.release.transition == "opened"
    other = replace(opened, reading=replace(opened.reading, event="mission.announced"))
    (otherwise,) = recognise([other], [held], others)
    assert otherwise.release.transition is None


def test_why_says_of_a_copy_that_its_event_was_told_before(shell: Shell, newsroom: Web) -> None:
    second = newsroom.url.replace("127.0.0.1", "localhost")
    sources = shell.config / "sources.yaml"
    other = (
        "  - {id: other, name: Another, kind: feed, publisher: Another, language: en, url: "
        f'"{second}"}}\n'
    )
    sources.write_text(sources.read_text() + other)
    body = story().replace(b"newsroom.example/", b"other.example/")
    newsroom.answer(Answer(body=body, headers={"Content-Type": "application/rss+xml"}))
    shell("poll", "other")
    copies = [one for one in shell("--json", "releases", "list").json if one["copy_of"]]
    assert len(copies) == 2
    shown = shell("why", copies[0]["id"], "desk").out
    assert f"not sent: it is a copy of {copies[0]['copy_of']}, which this rule had met" in shown
    told = shell("--json", "why", copies[0]["id"], "desk").json
    assert told["copy_of"] == copies[0]["copy_of"]
    assert "tajikistan" in told["not_sent_as_copy"]


# -- corrections ------------------------------------------------------------------------------


def correction(field: str, *value: str) -> Correction:
    return Correction("00000000000000a1", field, value, "Ada", "it says so", NOW)


def test_a_correction_takes_the_place_of_what_was_read() -> None:
    found = read(
        make_release(),
        [
            correction("countries", "GE", "AM"),
            correction("event", "mission.cancelled"),
            correction("mission"),
            correction("elections", "local 2025-10-04", "referendum"),
        ],
    ).reading
    assert found.countries == ("GE", "AM")
    assert (found.event, found.mission) == ("mission.cancelled", None)
    assert found.elections == (Election("local", date(2025, 10, 4)), Election("referendum"))
    evidence = {one.field: one for one in found.evidence}
    assert evidence["event"].words == "Ada: it says so"
    assert evidence["event"].where == "correction"


@pytest.fixture
def newsroom() -> Iterator[Web]:
    with web_server() as web:
        web.answer(Answer(body=story(), headers={"Content-Type": "application/rss+xml"}))
        yield web


@pytest.fixture
def shell(
    tmp_path: Path,
    newsroom: Web,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    config = install(tmp_path, newsroom=newsroom.url, hook=newsroom.url, quiet=True)
    monkeypatch.chdir(tmp_path)
    made = Shell(config, monkeypatch, capsys)
    made("poll")
    return made


def opened(shell: Shell) -> str:
    found = shell("--json", "releases", "search", "opens").json
    return str(found[0]["id"])


WHO = ("--author", "Ada", "--reason", "the text says so")


def test_a_correction_holds_when_the_publisher_revises_the_release(
    shell: Shell, newsroom: Web
) -> None:
    shell("releases", "correct", opened(shell), "--event", "mission.announced", *WHO)
    revised = story().replace(b"today opened", b"today, at noon, opened")
    newsroom.answer(Answer(body=revised, headers={"Content-Type": "application/rss+xml"}))
    shell("poll")
    (found,) = shell("--json", "releases", "search", "opens").json
    assert (found["version"], found["reading"]["event"]) == (3, "mission.announced")
    assert "announced" in shell("missions", "show", "tj-2025-03-02-odihr").out


def test_a_correction_is_a_version_and_what_it_does_not_change_is_none(shell: Shell) -> None:
    release = opened(shell)
    shell("releases", "correct", release, "--event", "mission.opened", *WHO)
    (same,) = shell("--json", "releases", "search", "opens").json
    assert same["version"] == 1
    shell("releases", "correct", release, "--event", "mission.announced", *WHO)
    (now,) = shell("--json", "releases", "search", "opens").json
    assert (now["version"], now["reading"]["event"]) == (2, "mission.announced")
    assert now["updated"] > now["first_seen"]


def test_what_was_read_before_a_correction_is_kept(shell: Shell) -> None:
    release = opened(shell)
    shell("releases", "correct", release, "--countries", "GE", *WHO)
    with closing(open_store(f"sqlite:///{shell.config.parent / 'newswatch.db'}")) as store:
        versions = store.release_versions(release)
        changes = [change for change, one in store.history(0) if one.id == release]
    assert [one.reading.countries for one in versions] == [("TJ",), ("GE",)]
    assert changes == sorted(set(changes))  # so that feeds take it in


def test_an_archive_that_is_read_again_as_it_was_has_no_new_versions(shell: Shell) -> None:
    shell("missions", "rebuild")
    assert {one["version"] for one in shell("--json", "releases", "list").json} == {1}
    assert "opened" in shell("missions", "show", "tj-2025-03-02-odihr").out


def test_a_correction_is_listed_and_given_as_an_example(shell: Shell) -> None:
    release = opened(shell)
    shell("releases", "correct", release, "--countries", "Georgia, AM", "--mission", "-", *WHO)
    listed = shell("releases", "corrections").out.splitlines()
    assert listed[1].split()[:4] == [release, "countries", "GE,", "AM"]
    example = shell("releases", "corrections", "--examples").json
    assert example["labels"]["countries"] == ["GE", "AM"]
    assert example["labels"]["mission"] is None


def test_a_correction_may_alert_by_the_rules_that_are_met_only_now(shell: Shell) -> None:
    release = opened(shell)
    shell("releases", "correct", release, "--countries", "GE", *WHO)
    assert shell("--json", "deliveries", "list").json == []
    shell("releases", "correct", release, "--countries", "TJ", "--alert", *WHO)
    assert shell("--json", "deliveries", "list").json == []  # it had met the rule before


def test_a_correction_can_be_taken_back(shell: Shell) -> None:
    release = opened(shell)
    shell("releases", "correct", release, "--event", "none", *WHO)
    shell("releases", "uncorrect", release)
    (found,) = shell("--json", "releases", "search", "opens").json
    assert found["reading"]["event"] == "mission.opened"
    assert shell("releases", "corrections").code == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((), "nothing to correct"),
        (("--event", "mission.open"), "is none of"),
        (("--countries", "Montenegru"), "did you mean"),
        (("--election", "parliamentary 2.3.2025"), "the day must be like 2025-03-02"),
        (("--election", "papal"), "is none of"),
        (("--mission", "XYZ"), "is none of"),
    ],
)
def test_a_wrong_correction_changes_nothing_and_says_why(
    shell: Shell, given: Sequence[str], said: str
) -> None:
    result = shell("releases", "correct", opened(shell), *given, *WHO)
    assert result.code == 2
    assert said in result.err


# -- commands ---------------------------------------------------------------------------------


def test_missions_are_listed_and_shown(shell: Shell) -> None:
    listed = shell("missions", "list").out.splitlines()
    assert listed[1].split("  ")[0] == "tj-2025-03-02-odihr"
    assert listed[1].rstrip().endswith("cancelled")
    shown = shell("missions", "show", "tj-2025-03-02-odihr").out
    assert shown.index("mission opened") < shown.index("mission cancelled")
    assert shell("missions", "list", "--country", "ge").code == 1
    assert shell("missions", "list", "--body", "odihr").code == 0


def test_an_unknown_mission_is_said_so(shell: Shell) -> None:
    result = shell("missions", "show", "xx")
    assert result.code == 1
    assert "newswatch missions list" in result.err


def test_missions_can_be_made_anew_from_the_archive(shell: Shell) -> None:
    before = shell("--json", "missions", "list").json
    result = shell("missions", "rebuild")
    assert "2 releases read again" in result.err
    assert shell("--json", "missions", "list").json == before
    assert shell("--json", "deliveries", "list").json == []
