"""When alerts come, as it is written: every key, its mistakes with their places, rules as they are
kept."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from ruamel.yaml import YAML

from newswatch.config.load import load
from newswatch.config.texts import rule_text
from newswatch.model import EVENTS, Channel, Digest, Limit, Window
from newswatch.rules.rule import Rollout, Rule, Subscriber
from test_config import FILES, changed, write

DESK = FILES["subscribers/desk.yaml"]
DIGEST = ', digest: {daily: "07:00"}'
URL = 'url: "https://hook.test/in",'


def channel(tmp_path: Path, settings: str) -> Channel:
    """The mail channel with settings."""
    text = DESK.replace(DIGEST, f", {settings}")
    (subscriber,) = load(write(tmp_path, subscribers_desk_yaml=text)).subscribers
    return subscriber.channels[0]


def rule(tmp_path: Path, settings: str, of_subscriber: str = "") -> Rule:
    """The rule with settings of its own, and of its subscriber."""
    text = DESK.replace("name: The desk", f"name: The desk\n        {of_subscriber}")
    text = text.replace("send: [mail, hook]", f"send: [mail, hook]\n            {settings}")
    (subscriber,) = load(write(tmp_path, subscribers_desk_yaml=text)).subscribers
    return subscriber.rules[0]


def subscriber(tmp_path: Path, settings: str) -> Subscriber:
    text = DESK.replace("name: The desk", f"name: The desk\n        {settings}")
    (found,) = load(write(tmp_path, subscribers_desk_yaml=text)).subscribers
    return found


def test_a_subscriber_has_a_language(tmp_path: Path) -> None:
    assert subscriber(tmp_path / "none", "").language == "en"
    assert subscriber(tmp_path / "one", "language: ru").language == "ru"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('{daily: "07:00"}', Digest(time(7))),
        ('{weekly: "Monday 08:30"}', Digest(time(8, 30), 0)),
        ('{cron: "0 7 * * 1-5"}', Digest(cron="0 7 * * 1-5")),
        ('{group: rule, daily: "07:00"}', Digest(time(7), group="rule")),
        ('{cron: "0 7,16 * * *", group: country}', Digest(cron="0 7,16 * * *", group="country")),
    ],
)
def test_digests_are_read(tmp_path: Path, written: str, expected: Digest) -> None:
    assert channel(tmp_path, f"digest: {written}").digest == expected


WEEKEND = frozenset((5, 6))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('{from: "22:00", to: "07:00"}', (Window(time(22), time(7)),)),
        ("{from: 22:00, to: 07:00}", (Window(time(22), time(7)),)),
        ('{from: "00:00", to: "24:00", days: [sat, sun]}', (Window(days=WEEKEND),)),
        ("{days: [saturday, Sun]}", (Window(days=WEEKEND),)),
        (
            '[{days: [sat]}, {from: "12:00", to: "13:00", timezone: Asia/Almaty}]',
            (
                Window(days=frozenset((5,))),
                Window(time(12), time(13), timezone="Asia/Almaty"),
            ),
        ),
    ],
)
def test_windows_are_read(tmp_path: Path, written: str, expected: tuple[Window, ...]) -> None:
    assert channel(tmp_path, f"quiet: {written}").quiet == expected
    assert channel(tmp_path / "active", f"active: {written}").active == expected


def test_limit_and_merge_are_read(tmp_path: Path) -> None:
    found = channel(tmp_path, "limit: {messages: 20, per: 1h}, merge: 10m")
    assert (found.limit, found.merge) == (Limit(20, timedelta(hours=1)), timedelta(minutes=10))


@pytest.mark.parametrize(
    ("of_rule", "of_subscriber", "expected"),
    [
        ("", "", set()),
        ("", "urgent: [mission.cancelled]", {"mission.cancelled"}),
        ("urgent: mission.opened", "urgent: [mission.cancelled]", {"mission.opened"}),
        ("urgent: []", "urgent: [mission.cancelled]", set()),
        ("urgent: true", "", set(EVENTS)),
    ],
)
def test_what_is_urgent_for_a_rule_takes_the_place_of_its_subscribers(
    tmp_path: Path, of_rule: str, of_subscriber: str, expected: set[str]
) -> None:
    assert rule(tmp_path, of_rule, of_subscriber).urgent == expected


def test_a_rollout_ends_when_its_day_begins_where_the_subscriber_is(tmp_path: Path) -> None:
    found = rule(tmp_path, "rollout: {first: [mail], until: 2026-07-01}")
    assert found.rollout == Rollout(("mail",), datetime(2026, 6, 30, 22, tzinfo=UTC))
    assert rule(tmp_path / "open", "rollout: {first: [mail]}").rollout == Rollout(("mail",))


def test_a_rule_may_be_a_shadow(tmp_path: Path) -> None:
    assert rule(tmp_path, "shadow: true").shadow
    assert not rule(tmp_path / "live", "").shadow


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        (DIGEST, ', quite: {days: [sat]}', "5:45", "unknown key 'quite'; did you mean 'quiet'?"),
        (DIGEST, ", quiet: {form: x, to: y}", "5:53", "unknown key 'form'; did you mean 'from'?"),
        (DIGEST, ', quiet: {from: "7", to: "08:00"}', "5:59", "'7' is not a time of day"),
        (DIGEST, ', quiet: {from: "25:00", to: "08:00"}', "5:59", "'25:00' is not a time of day"),
        (DIGEST, ', quiet: {from: "07:00"}', "5:52", "from and to belong together"),
        (DIGEST, ", quiet: {timezone: UTC}", "5:52", "needs times (from, to), days, or both"),
        (DIGEST, ', quiet: {from: "07:00", to: "07:00"}', "5:52", "from and to are the same"),
        (DIGEST, ", quiet: {days: [mom]}", "5:60", "'mom' is not a day of the week; did you mean 'mon'?"),
        (DIGEST, ", quiet: {days: []}", "5:59", "an empty list says nothing"),
        (DIGEST, ", quiet: {days: [sat], timezone: Vienna}", "5:76", "not a time zone"),
        (DIGEST, ', quiet: {from: "00:00", to: "24:00"}', "5:52", "leave none in which an alert could come"),
        (DIGEST, ', active: {days: [sat]}, quiet: {days: [sat]}', "5:75", "leave none"),
        (DIGEST, ", limit: {messages: 0, per: 1h}", "5:63", "greater than or equal to 1"),
        (DIGEST, ", limit: {messages: 5, per: 1s}", "5:52", "per must be between 1m and 31d"),
        (DIGEST, ", limit: {message: 5, per: 1h}", "5:53", "unknown key 'message'; did you mean 'messages'?"),
        (DIGEST, ", merge: 2d", "5:52", "at most 1d"),
        (DIGEST, ", merge: 0m", "5:52", "longer than nothing"),
        (DIGEST, ', digest: {cron: "0 7 * *"}', "5:53", "there are 4 fields, and not five; write it like"),
        (DIGEST, ', digest: {cron: "0 25 * * *"}', "5:53", "'25' is no hour (0 to 23)"),
        (DIGEST, ', digest: {cron: "0 7 30 2 *"}', "5:53", "a day that never comes; write it like"),
        (DIGEST, ', digest: {cron: "0 7 1 * 1"}', "5:53", "one is *"),
        (DIGEST, ', digest: {cron: 7}', "5:53", "there are 1 fields"),
        (DIGEST, ', digest: {daily: "07:00", cron: "0 7 * * *"}', "5:53", "a digest is"),
        (DIGEST, ', digest: {group: country}', "5:53", "a digest is"),
        (DIGEST, ', digest: {daily: "07:00", group: newsroom}', "5:53", "group: country or group: rule"),
        (DIGEST, ', digest: {daily: "07:00", group: [rule]}', "5:53", "group: country or group: rule"),
        (DIGEST, DIGEST + ", merge: 5m", "5:9", "a digest is one message already"),
        (URL, URL + " merge: 5m,", "6:54", "unknown key 'merge'; there are: concurrency, gap, quiet, active"),
        ("name: The desk", "name: The desk\nurgent: [mission.canceled]", "3:10", "did you mean 'mission.cancelled'?"),
        ("name: The desk", "name: The desk\nlanguage: de", "3:11", "'de' will not do; language is 'en', 'fr', 'ru' or 'es'"),
        ("name: The desk", "name: The desk\nlanguage: [fr]", "3:11", "'en', 'fr', 'ru' or 'es'"),
        ("name: The desk", "name: The desk\nlangauge: fr", "3:1", "did you mean 'language'?"),
        ("send:", "urgent: [opened]\n    send:", "11:14", "unknown event 'opened'"),
        ("send:", "urgnt: true\n    send:", "11:5", "unknown key 'urgnt'; did you mean 'urgent'?"),
        ("send:", "shadow: dark\n    send:", "11:13", "shadow must be true or false"),
        ("send:", "rollout: {first: [male]}\n    send:", "11:23", "no channel is called 'male' in this rule's send; did you mean 'mail'?"),
        ("send:", "rollout: {first: [mail], until: soon}\n    send:", "11:37", "until"),
        ("send:", "rollout: {until: 2026-01-01}\n    send:", "11:14", "the key 'first' is missing"),
        ("send:", "rollout: {frist: [mail]}\n    send:", "11:15", "did you mean 'first'?"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, place: str, words: str
) -> None:
    found = changed(tmp_path, "subscribers/desk.yaml", old, new)
    start = f"subscribers/desk.yaml:{place}: "
    assert any(line.startswith(start) and words in line for line in found), found


# -- rules as they are kept ---------------------------------------------------------------------


class Names:
    """An installation's names."""

    groups: ClassVar = {"neighbours": frozenset(("PL", "CZ"))}

    def keywords(self, name: str) -> tuple[str, ...] | None:
        return {"words": ("a", "b c")}.get(name)

    def query(self, name: str) -> str | None:
        return {"outer": "$inner OR $words", "inner": "x AND y"}.get(name)


WRITTEN: dict[str, Any] = {
    "id": "r-1",
    "title": 'It says: "no"',
    "when": {
        "country": ["NO", "neighbours", "yes"],
        "any_of": [{"text": "$outer"}, {"event": "none", "not": {"topic": ["1", "ü"]}}],
        "published": {"within": "30d"},
    },
    "send": [],
    "urgent": True,
    "tests": [{"title": "x", "expect": "match"}],
}


def test_a_rule_is_kept_as_yaml_that_says_the_same() -> None:
    text = rule_text(WRITTEN, Names())
    kept = {key: value for key, value in WRITTEN.items() if key != "tests"}
    assert YAML(typ="safe").load(text) == kept


def test_a_rule_is_kept_with_what_it_takes_from_the_groups() -> None:
    text = rule_text(WRITTEN, Names())
    assert text.partition("# from groups.yaml:\n")[2] == (
        '#   $inner: "x AND y"\n'
        '#   $outer: "$inner OR $words"\n'
        '#   $words: [a, "b c"]\n'
        "#   neighbours: [CZ, PL]\n"
    )


def test_a_text_has_another_digest_when_it_or_a_group_of_it_says_something_else(
    tmp_path: Path,
) -> None:
    same = rule(tmp_path / "1", "")
    spaced = rule(tmp_path / "2", "# a comment\n            shadow: false").digest
    assert rule(tmp_path / "3", "").digest == same.digest != spaced
    groups = FILES["groups.yaml"].replace("Poland", "Poland, DE")
    (other,) = load(write(tmp_path / "4", groups_yaml=groups)).subscribers
    assert other.rules[0].digest != same.digest
    assert replace(other.rules[0], text="", digest="").id == same.id


def test_how_a_rule_is_laid_out_and_tested_does_not_count(tmp_path: Path) -> None:
    laid_out = DESK.replace(
        "send: [mail, hook]", "send:\n              - mail   # first\n              - hook"
    ).replace("feed:", "tests: [{title: Observers in Norway, expect: match}]\n            feed:")
    (found,) = load(write(tmp_path / "2", subscribers_desk_yaml=laid_out)).subscribers
    assert found.rules[0].digest == rule(tmp_path / "1", "").digest
