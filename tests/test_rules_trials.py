"""Tests written beside rules: what may be written, what is made of them, how failures are told."""

import json
from pathlib import Path
from textwrap import dedent, indent

import pytest

from factories import make_poll, make_reading, make_release
from newswatch.config.load import load
from newswatch.model import Change
from newswatch.rules.trial import Trial
from newswatch.store import open_store
from shell import Shell

ROOT = Path(__file__).parent.parent
DESK = """\
subscriber: desk
name: The desk
channels:
  mail: {kind: email, to: [desk@news.test]}
  night: {kind: email, to: [night@news.test]}
rules:
  - id: missions
    title: Missions opened
    when: {event: [mission.opened], country: [western-balkans]}
    send: [mail]
    tests:
"""
OPENED = "ODIHR opens election observation mission in Serbia"
MOLDOVA = "ODIHR opens election observation mission in Moldova"


def write(shell: Shell, of_rule: str, of_subscriber: str = "") -> Path:
    """The desk's file, with tests of its rule and of its own. The first stands on line 12."""
    path = shell.config / "subscribers/desk.yaml"
    own = f"tests:\n{dedent(of_subscriber)}" if of_subscriber else ""
    path.write_text(DESK + indent(dedent(of_rule), "      ") + own)
    return path


# -- what is made ---------------------------------------------------------------------------------


def test_tests_that_hold_are_counted(shell: Shell) -> None:
    write(
        shell,
        f"""\
        - {{title: "{OPENED}", expect: match}}
        - {{title: OSCE Mission to Serbia opens photo exhibition, expect: no match}}
        """,
    )
    result = shell("rules", "test")
    assert (result.code, result.out) == (0, "2 tests, none failed\n")


def test_tests_need_no_database(shell: Shell, tmp_path: Path) -> None:
    write(shell, f'- {{title: "{OPENED}", expect: match}}\n')
    shell("rules", "test")
    assert not (tmp_path / "newswatch.db").exists()


def test_a_match_that_does_not_come_says_what_stopped_it(shell: Shell) -> None:
    path = write(shell, f'- {{title: "{MOLDOVA}", expect: match}}\n')
    result = shell("rules", "test")
    assert (result.code, result.out.splitlines()) == (
        1,
        [
            f"{path}:12:9: expected desk/missions to match, and it does not: “{MOLDOVA}”",
            "    missions:",
            "      no   country western-balkans: it is MD; asked for: AL, BA, ME, MK, RS, XK",
            "1 test, 1 failed",
        ],
    )


def test_a_match_that_should_not_come_says_which_words_made_it(shell: Shell) -> None:
    path = write(shell, f'- {{title: "{OPENED}", expect: no match}}\n')
    result = shell("rules", "test")
    assert result.code == 1
    assert result.out.splitlines()[:4] == [
        f"{path}:12:9: expected no match of desk/missions, and there is one: “{OPENED}”",
        "    missions:",
        "      yes  event mission.opened: mission.opened “opens election observation mission” (title 6–40)",
        "      yes  country western-balkans: RS “Serbia” (title 44–50)",
    ]


def test_words_that_come_near_are_told(shell: Shell) -> None:
    path = shell.config / "subscribers/desk.yaml"
    path.write_text(
        DESK.replace("{event: [mission.opened], country: [western-balkans]}", "{text: observer}")
        + "      - {title: Observers arrive, language: en, expect: match}\n"
    )
    assert "stem:observer or observer* would find it" in shell("rules", "test").out


@pytest.mark.parametrize(
    ("test", "passed"),
    [
        ("expect: match", True),
        ("expect: match, rule: missions", True),
        ("expect: match, channel: mail", True),
        ("expect: match, channel: night", False),
        ("expect: no match, channel: night", True),
        ("expect: match, rule: missions, channel: mail", True),
        ("expect: no match, rule: missions", False),
    ],
)
def test_a_subscriber_tests_which_rule_matches_and_where_it_goes(
    shell: Shell, test: str, passed: bool
) -> None:
    write(shell, f'- {{title: "{OPENED}", expect: match}}\n', f'- {{title: "{OPENED}", {test}}}')
    assert shell("rules", "test").code == (0 if passed else 1)


def test_a_channel_that_no_rule_sends_to_is_told(shell: Shell) -> None:
    write(shell, "[]\n", f'- {{title: "{OPENED}", expect: match, channel: night}}')
    told = "expected a match of any rule of desk that sends to night, and no rule sends there"
    assert told in shell("rules", "test").out


def test_only_the_tests_of_some_files_are_made(shell: Shell) -> None:
    path = write(shell, f'- {{title: "{OPENED}", expect: match}}\n')
    other = path.with_name("other.yaml")
    other.write_text(path.read_text().replace("desk\n", "other\n", 1).replace("match", "no match"))
    assert shell("rules", "test", str(path)).code == 0
    assert shell("rules", "test", str(other)).code == 1
    assert shell("rules", "test", "subscribers/nothing.yaml").code == 2


def test_what_came_of_tests_is_given_as_json(shell: Shell) -> None:
    path = write(shell, f'- {{title: "{OPENED}", expect: match}}\n')
    (made,) = json.loads(shell("--json", "rules", "test").out)
    assert (made["file"], made["line"], made["passed"]) == (str(path), 12, True)
    assert made["why"][0]["verdicts"][1]["found"] == "RS “Serbia” (title 44–50)"


def test_check_says_that_there_are_tests(shell: Shell) -> None:
    write(shell, f'- {{title: "{OPENED}", expect: match}}\n')
    assert "1 test beside the rules; to make them: newswatch rules test" in shell("check").err


# -- releases of the archive ----------------------------------------------------------------------


def test_a_test_may_name_a_release_of_the_archive(shell: Shell, tmp_path: Path) -> None:
    release = make_release(reading=make_reading(countries=("RS",)))
    with_release = open_store(f"sqlite:///{tmp_path}/newswatch.db")
    with_release.record(make_poll(changes=(Change("new", release),), deliveries=()))
    with_release.close()
    path = write(
        shell,
        f"""\
        - {{release: "{release.id}", expect: match}}
        - {{release: "ffffffffffffffff", expect: match}}
        """,
    )
    result = shell("rules", "test")
    assert (result.code, result.out.splitlines()) == (
        1,
        [
            f"{path}:13:9: no release of the archive is called so: 'ffffffffffffffff'",
            "2 tests, 1 failed",
        ],
    )


# -- what may be written --------------------------------------------------------------------------


def trials(shell: Shell, test: str) -> tuple[Trial, ...]:
    write(shell, test)
    return load(shell.config).trials


def test_a_release_is_written_with_all_that_rules_ask_for(shell: Shell) -> None:
    (trial,) = trials(
        shell,
        """\
        - title: Mission opens
          teaser: It will stay for a month.
          published: 2025-01-22
          source: newsroom
          content_type: Press release
          institutions: [ODIHR]
          topics: [Elections, Human rights]
          expect: no match
        """,
    )
    release = trial.release
    assert not isinstance(release, str)
    assert (trial.expected, trial.rule, trial.line, trial.column) == (False, "missions", 12, 9)
    assert (release.title, release.text) == ("Mission opens", "It will stay for a month.")
    assert (release.source_id, release.publisher) == ("newsroom", "The observers")
    assert release.language == "en"  # its source's
    assert (release.institutions, release.topics) == (("ODIHR",), ("Elections", "Human rights"))
    assert str(release.published.day) == "2025-01-22"
    assert release.first_seen.date() == release.published.day


def test_a_language_that_is_written_goes_before_that_of_the_source(shell: Shell) -> None:
    (trial,) = trials(shell, "- {title: A, source: newsroom, language: fr, expect: match}\n")
    assert trial.release.language == "fr"


@pytest.mark.parametrize(
    ("test", "column", "words"),
    [
        ("{title: A}", 9, "the key 'expect' is missing"),
        ("{expect: match}", 9, "a test has a title, or release:"),
        ("{title: A, release: b, expect: match}", 9, "not both"),
        ("{release: b, language: fr, expect: match}", 9, "with all that it has"),
        ("{title: A, text: b, teaser: c, expect: match}", 9, "teaser and text are the same"),
        ("{title: A, expect: maybe}", 28, "expect is 'match' or 'no match'"),
        ("{title: A, expect: match, source: newsrom}", 43, "did you mean 'newsroom'?"),
        ("{title: A, expect: match, titel: b}", 35, "did you mean 'title'?"),
        ("{title: A, expect: match, rule: missions}", 35, "unknown key 'rule'"),
        ("{title: A, published: soon, expect: match}", 31, "published"),
    ],
)
def test_a_mistake_in_a_test_is_told_with_its_place(
    shell: Shell, test: str, column: int, words: str
) -> None:
    path = write(shell, f"- {test}\n")
    told = shell("check").out.splitlines()
    assert any(one.startswith(f"{path}:12:{column}: ") and words in one for one in told), told


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ("rule: mission", "no rule is called 'mission' in this file; did you mean 'missions'?"),
        ("channel: maill", "no channel is called 'maill' in this file; did you mean 'mail'?"),
    ],
)
def test_a_subscribers_test_names_rules_and_channels_of_its_file(
    shell: Shell, test: str, words: str
) -> None:
    write(shell, "[]\n", f"- {{title: A, expect: match, {test}}}")
    assert words in shell("check").out


# -- the shipped configuration --------------------------------------------------------------------


def test_every_shipped_rule_has_a_test_and_all_of_them_hold(shell: Shell) -> None:
    shell.config = ROOT / "config"
    result = shell("rules", "test")
    assert (result.code, result.out.endswith("none failed\n")) == (0, True), result.out
    configuration = load(ROOT / "config")
    rules = {(one.id, rule.id) for one in configuration.subscribers for rule in one.rules}
    assert rules == {(trial.subscriber, trial.rule) for trial in configuration.trials if trial.rule}
