"""rules list, backtest and lint, as people use them."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from factories import make_match, make_poll, make_reading, make_release
from newswatch.app import clock
from newswatch.model import Change, Published, Release
from newswatch.store import open_store
from shell import Shell

# -- list -----------------------------------------------------------------------------------------


def test_rules_are_listed_with_what_they_ask_and_what_they_met(
    shell: Shell, tmp_path: Path
) -> None:
    release = make_release(first_seen=clock(), reading=make_reading(countries=("TJ",)))
    store = open_store(f"sqlite:///{tmp_path}/newswatch.db")
    store.record(
        make_poll(
            changes=(Change("new", release, (make_match(rule="tajikistan"),)),), deliveries=()
        )
    )
    store.close()
    rows = [line.split("  ") for line in shell("rules", "list").out.splitlines()]
    assert [[cell.strip() for cell in row if cell] for row in rows] == [
        ["rule", "sends to", "feed", "30 days", "useful", "asks for"],
        ["desk/tajikistan", "mail, hook", "public", "1", "no vote", "country: TJ"],
        ["desk/missions", "hook", "private", "0", "no vote", "event: mission.opened"],
    ]
    listed = shell("--json", "rules", "list").json
    assert [(one["rule"], one["matches"], one["line"]) for one in listed] == [
        ("tajikistan", 1, 8),
        ("missions", 0, 13),
    ]


def test_what_a_rule_asks_is_on_one_line(shell: Shell) -> None:
    path = shell.config / "subscribers/desk.yaml"
    nested = "{any_of: [{text: 'a OR b'}, {not: {country: [GE]}, topic: x}]}"
    path.write_text(path.read_text().replace("{country: [TJ]}", nested))
    asked = shell("--json", "rules", "list").json[0]["asks"]
    assert asked == "any of (text: a OR b) | (not (country: GE); topic: x)"


# -- backtest -------------------------------------------------------------------------------------


@pytest.fixture
def archive(shell: Shell, tmp_path: Path) -> list[Release]:
    """Ten releases about Tajikistan, of ten days; every other one opens a mission."""
    made = [
        make_release(
            id=f"{number:016}",
            title=f"Release {number} on Tajikistan",
            text="",
            published=Published(date(2025, 1, 10 + number)),
            reading=make_reading(
                countries=("TJ",), event="mission.opened" if number % 2 else "none", evidence=()
            ),
        )
        for number in range(10)
    ]
    store = open_store(f"sqlite:///{tmp_path}/newswatch.db")
    store.record(make_poll(changes=tuple(Change("new", one) for one in made), deliveries=()))
    store.close()
    return made


def edited(shell: Shell, old: str, new: str) -> Path:
    """A copy of the configuration with one change of the desk's file."""
    directory = shell.config.parent / "edited"
    shutil.copytree(shell.config, directory)
    path = directory / "subscribers/desk.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    return directory


def test_a_backtest_lists_what_a_rule_would_have_met_and_why(
    shell: Shell, archive: list[Release]
) -> None:
    result = shell("rules", "backtest", "desk/missions")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines()[0] == (
        "desk/missions  2025-01-11  Release 1 on Tajikistan [0000000000000001]: event mission.opened"
    )
    assert result.out.splitlines()[-1] == "5 matches in 10 releases"


def test_a_backtest_begins_at_a_day(shell: Shell, archive: list[Release]) -> None:
    found = shell("--json", "rules", "backtest", "desk", "--since", "2025-01-16").json
    assert (found["releases"], found["added"]) == (4, 6)
    assert {(one["rule"], one["release"]) for one in found["matches"]} == {
        *(("tajikistan", f"{number:016}") for number in (6, 7, 8, 9)),
        *(("missions", f"{number:016}") for number in (7, 9)),
    }


def test_a_backtest_that_meets_nothing_exits_with_1(shell: Shell, archive: list[Release]) -> None:
    assert shell("rules", "backtest", "desk", "--since", "2025-02-01").code == 1


def test_a_backtest_of_nobody_says_where_the_names_are(shell: Shell) -> None:
    result = shell("rules", "backtest", "desk/mission")
    assert (result.code, "newswatch rules list" in result.err) == (1, True)


def test_a_directory_that_changes_nothing_exits_with_0(
    shell: Shell, archive: list[Release]
) -> None:
    same = edited(shell, "country: [TJ]", "country: [Tajikistan]")
    result = shell("rules", "backtest", "--against", str(same))
    assert (result.code, result.out) == (0, "+0, −0 in 10 releases\n")


def test_what_an_edit_adds_and_takes_away_is_listed_with_why(
    shell: Shell, archive: list[Release]
) -> None:
    other = edited(
        shell, "event: [mission.opened]", "event: [none], text: 'release 1 OR release 2'"
    )
    result = shell("rules", "backtest", "--against", str(other))
    assert result.code == 1
    assert result.out.splitlines() == [
        "− desk/missions  2025-01-11  Release 1 on Tajikistan [0000000000000001]: event none: it is mission.opened",
        "+ desk/missions  2025-01-12  Release 2 on Tajikistan [0000000000000002]: event none; text release 1 OR release 2 (“Release … 2”)",
        *(
            f"− desk/missions  2025-01-{10 + n}  Release {n} on Tajikistan [{n:016}]: event none: it is mission.opened"
            for n in (3, 5, 7, 9)
        ),
        "+1, −5 in 10 releases",
    ]


def test_a_rule_that_is_gone_is_told(shell: Shell, archive: list[Release]) -> None:
    other = edited(shell, "id: missions", "id: opened")
    out = shell("rules", "backtest", "desk", "--against", str(other)).out
    assert out.count("+ desk/opened") == 5
    assert out.count("− desk/missions") == 5
    assert out.count("there is no such rule any more") == 5


def test_a_rule_that_sends_elsewhere_is_a_difference(shell: Shell, archive: list[Release]) -> None:
    other = edited(shell, "send: [hook]", "send: [mail]")
    result = shell("rules", "backtest", "--against", str(other))
    assert (result.code, result.out.splitlines()) == (
        1,
        [
            "~ desk/missions: sends to mail, a private feed; before: sends to hook, a private feed",
            "+0, −0 in 10 releases",
        ],
    )


def test_a_directory_that_does_not_validate_is_told_with_its_places(
    shell: Shell, archive: list[Release]
) -> None:
    other = edited(shell, "event:", "evnt:")
    result = shell("rules", "backtest", "--against", str(other))
    assert (
        result.code,
        f"{other}/subscribers/desk.yaml:15:12: unknown key 'evnt'" in result.err,
    ) == (2, True)
    assert shell("rules", "backtest", "--against", "nowhere").code == 2
