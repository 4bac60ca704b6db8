"""What is odd about rules: dead, idle, shadowed and equal ones, and names of countries as words."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from factories import make_poll, make_reading, make_release
from newswatch.app import clock
from newswatch.config.load import load
from newswatch.config.written import Written
from newswatch.match import match
from newswatch.model import Change, Release
from newswatch.review.lint import Seen, lint
from newswatch.rules.standing import Standing
from newswatch.store import open_store
from shell import Shell

HEAD = """\
subscriber: desk
name: The desk
channels:
  mail: {kind: email, to: [desk@news.test]}
  night: {kind: email, to: [night@news.test]}
rules:
"""


def found(shell: Shell, rules: str, releases: Iterator[Release] | None = None) -> list[str]:
    """What is told of the desk's rules, the first of which stands on line 7: "line:column: …"."""
    (shell.config / "subscribers/desk.yaml").write_text(HEAD + dedent(rules))
    configuration = load(shell.config)
    written = Written()
    standing, seen = Standing.of(configuration.subscribers), Seen()
    for release in releases or ():
        seen.add(match(release, standing))
    told = lint(
        configuration.subscribers,
        configuration.sources,
        written.when,
        seen if releases is not None else None,
    )
    problems = [written.problem(one.rule, one.path, one.word, one.message) for one in told]
    return [f"{one.line}:{one.column}: {one.message}" for one in problems]


def release(*countries: str, event: str = "none") -> Release:
    return make_release(reading=make_reading(countries=countries, event=event))


# -- names of countries ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "word", "told"),
    [
        ("{text: Georgia}", "Georgia", "also finds the American state, and the first name; country: [GE] is"),
        ("{text: Macedonia}", "Macedonia", "also finds the region of Greece and is short for “North Macedonia”; country: [MK]"),
        ("{text: observers AND Turkey}", "Turkey", "also finds the bird and misses “Türkiye”; country: [TR]"),
        ("{text: '\"North Macedonia\"'}", '"North', "misses “Macedonia”"),
        ("{keywords: [missions, Serbia]}", "Serbia", "Serbia as a word is found wherever it is named; country: [RS]"),
        ("{keywords: {all: [Czech Republic]}}", "Czech", "misses “Czechia”; country: [CZ]"),
        ("{not: {text: 'title:Jordan'}, event: [none]}", "Jordan", "the first and family name"),
        ("{any_of: [{text: [a, Chad]}, {topic: x}]}", "Chad", "the first name"),
    ],
)  # fmt: skip
def test_a_name_of_a_country_as_a_word_is_told_with_its_place(
    shell: Shell, when: str, word: str, told: str
) -> None:
    rule = f"- {{id: r, title: R, send: [mail], when: {when}}}\n"
    (said,) = found(shell, rule)
    assert said.startswith(f"7:{rule.index(word) + 1}: ")
    assert told in said


@pytest.mark.parametrize(
    "when",
    [
        "{country: [GE]}",
        "{country: [south-caucasus], text: Georgia}",  # asked for as a country too
        "{text: '\"mission to Serbia\"'}",
        "{text: 'topic:Georgia'}",
        "{text: 'serb* OR stem:Georgia'}",
        "{text: UK}",
        "{text: mission, keywords: [$observation]}",
    ],
)
def test_other_words_are_not_told(shell: Shell, when: str) -> None:
    (shell.config / "groups.yaml").write_text("keywords: {observation: [Georgia]}\n")
    assert found(shell, f"- {{id: r, title: R, send: [mail], when: {when}}}\n") == []


def test_of_two_spellings_none_is_missed(shell: Shell) -> None:
    told = found(shell, "- {id: r, title: R, send: [mail], when: {text: Turkey OR Türkiye}}\n")
    assert [" misses " in one for one in told] == [False, False]


# -- dead -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("{language: [fr]}", "7:52: can never match: no enabled source has it; there are: en"),
        ("{publisher: [NATO], text: a}", "can never match: no enabled source has it; there are: The observers"),
        ("{source: [resting]}", "there are: newsroom"),
        ("{not: {publisher: [observers]}}", "can never match: no enabled source has all"),
        ("{any_of: [{language: [fr]}, {language: [de], text: a}]}", "can never match"),
    ],
)  # fmt: skip
def test_what_no_source_can_bring_is_dead(shell: Shell, when: str, words: str) -> None:
    sources = shell.config / "sources.yaml"
    resting = "  - {id: resting, name: R, kind: feed, url: 'http://r.test/', publisher: NATO, language: fr, enabled: false}\n"
    sources.write_text(sources.read_text() + resting)
    (told,) = found(shell, f"- {{id: r, title: R, send: [mail], when: {when}}}\n")
    assert words in told


@pytest.mark.parametrize(
    "when",
    [
        "{language: [en]}",
        "{not: {language: [fr]}, text: a}",
        "{any_of: [{language: [fr]}, {text: a}]}",
        "{publisher: [observers]}",
    ],
)
def test_what_a_source_may_bring_is_not_dead(shell: Shell, when: str) -> None:
    assert found(shell, f"- {{id: r, title: R, send: [mail], when: {when}}}\n") == []


def test_a_source_without_a_language_may_bring_any(shell: Shell) -> None:
    sources = shell.config / "sources.yaml"
    sources.write_text(sources.read_text().replace(", language: en", ""))
    assert found(shell, "- {id: r, title: R, send: [mail], when: {language: [fr]}}\n") == []


def test_a_rule_that_nobody_hears_of_is_told(shell: Shell) -> None:
    assert found(shell, "- {id: r, title: R, when: {topic: a}}\n") == [
        "7:8: sends nowhere and has no feed: nobody hears of it; add send: or feed:, or remove it"
    ]


# -- equal and shadowed ---------------------------------------------------------------------------


def test_rules_that_ask_the_same_in_other_words_are_told(shell: Shell) -> None:
    told = found(
        shell,
        """\
        - {id: a, title: A, send: [mail], when: {country: [TJ], text: "(b OR a) c"}}
        - {id: b, title: B, send: [night], when: {text: "c AND (A OR b)", country: [Tajikistan]}}
        - {id: c, title: C, send: [mail], when: {country: [TJ], text: "(b OR a) d"}}
        """,
    )
    assert told == ["8:42: asks the same as 'a' (line 7): one of them would do"]


RULES = """\
- {id: missions, title: A, send: [mail, night], when: {event: [mission.opened]}}
- {id: tajikistan, title: B, send: [mail], when: {event: [mission.opened], country: [TJ]}}
- {id: idle, title: C, send: [mail], when: {country: [AQ]}}
"""


def test_a_rule_in_the_shadow_of_another_is_told(shell: Shell) -> None:
    releases = (release("TJ", event="mission.opened"), release("MD", event="mission.opened"))
    assert found(shell, RULES, iter(releases)) == [
        "8:50: adds nothing: each of the 1 releases that it met in the last year met 'missions' too (line 7), which sends to the same channels",
        "9:44: met none of the 2 releases of the last year",
    ]


def test_an_archive_without_releases_says_nothing_of_rules(shell: Shell) -> None:
    assert found(shell, RULES, iter(())) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[mail, night]", "[night]"),  # the other sends elsewhere
        ("send: [mail], when: {event", "send: [mail], feed: {visibility: public}, when: {event"),
        ("event: [mission.opened], country", "event: [none, mission.opened], country"),
    ],
)
def test_a_rule_that_adds_something_is_not_in_the_shadow(shell: Shell, old: str, new: str) -> None:
    releases = (release("TJ", event="mission.opened"), release("TJ"), release("AQ"))
    assert not [
        one for one in found(shell, RULES.replace(old, new), iter(releases)) if "adds" in one
    ]


def test_of_two_that_met_the_same_one_is_told(shell: Shell) -> None:
    rules = RULES.replace("[mail, night]", "[mail]")
    told = found(shell, rules, iter((release("TJ", event="mission.opened"), release("AQ"))))
    assert [one.split(":")[0] for one in told] == ["8"]


# -- the command ----------------------------------------------------------------------------------


def record(tmp_path: Path, *ages: int) -> None:
    store = open_store(f"sqlite:///{tmp_path}/newswatch.db")
    for age in ages:
        seen = clock() - timedelta(days=age)
        one = replace(release("TJ"), id=f"{age:016}", first_seen=seen, published=None)
        store.record(make_poll(changes=(Change("new", one),), deliveries=()))
    store.close()


def test_an_archive_of_a_year_says_what_was_never_met(shell: Shell, tmp_path: Path) -> None:
    record(tmp_path, 10, 400)
    desk = shell.config / "subscribers/desk.yaml"
    result = shell("rules", "lint")
    assert (result.code, result.out, result.err) == (
        1,
        f"{desk}:15:11: missions: met none of the 1 releases of the last year\n",
        "",
    )


def test_a_young_archive_cannot_say_what_is_never_met(shell: Shell, tmp_path: Path) -> None:
    assert "the archive holds less than a year:" in shell("rules", "lint").err
    record(tmp_path, 10)
    result = shell("rules", "lint")
    assert (result.code, result.out) == (0, "nothing to say\n")
    assert "the archive holds less than a year, since " in result.err


def test_findings_are_given_as_json(shell: Shell) -> None:
    path = shell.config / "subscribers/desk.yaml"
    path.write_text(path.read_text().replace("{country: [TJ]}", "{text: Georgia}"))
    (one,) = shell("--json", "rules", "lint").json
    assert (one["file"], one["line"], one["column"]) == (str(path), 10, 18)


def test_the_shipped_rules_are_in_order(shell: Shell) -> None:
    configuration = load(Path(__file__).parent.parent / "config")
    told = lint(configuration.subscribers, configuration.sources, Written().when, None)
    assert list(told) == []
