"""rules list, backtest and lint, as people use them."""

from pathlib import Path

import pytest

from factories import make_match, make_poll, make_reading, make_release
from installation import install
from newswatch.app import clock
from newswatch.model import Change
from newswatch.store import open_store
from shell import Shell


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    monkeypatch.chdir(tmp_path)
    config = install(tmp_path, newsroom="http://127.0.0.1:9/", hook="http://127.0.0.1:9/")
    return Shell(config, monkeypatch, capsys)


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
        ["rule", "sends to", "feed", "30 days", "asks for"],
        ["desk/tajikistan", "mail, hook", "public", "1", "country: TJ"],
        ["desk/missions", "hook", "private", "0", "event: mission.opened"],
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
