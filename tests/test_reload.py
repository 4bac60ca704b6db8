"""Reloading: on change, all or nothing; a bad edit is told, and what was removed is cancelled."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from factories import make_delivery, make_match, make_poll, make_release
from installation import install
from newswatch.app import Newswatch, clock
from newswatch.config.kept import Kept
from newswatch.config.load import load, traces
from newswatch.errors import ConfigurationError
from newswatch.model import Change
from shell import Shell

OPERATORS = """\
subscriber: operators
name: Operators
channels:
  mail: {kind: email, to: [ops@news.test]}
rules: []
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    made = install(tmp_path, newsroom="http://127.0.0.1:9/", hook="http://127.0.0.1:9/")
    (made / "subscribers/operators.yaml").write_text(OPERATORS)
    return made


@pytest.fixture
def newswatch(config: Path) -> Iterator[Newswatch]:
    with closing(
        Newswatch.start(partial(load, config, Kept()), partial(traces, config))
    ) as started:
        yield started


def edit(config: Path, old: str, new: str, name: str = "subscribers/desk.yaml") -> None:
    path = config / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def tick(newswatch: Newswatch) -> int:
    """A tick of the clock: how many reloads it asked for; they are made."""
    jobs = asyncio.run(newswatch.take_reloads(1))
    for job in jobs:
        asyncio.run(job())
    return len(jobs)


# -- on change ------------------------------------------------------------------------------------


def test_a_change_is_loaded_once_the_files_have_rested_for_a_tick(
    newswatch: Newswatch, config: Path
) -> None:
    assert [tick(newswatch), tick(newswatch)] == [0, 0]
    edit(config, "Missions opened", "Missions opened or begun")
    assert tick(newswatch) == 0
    edit(config, "id: missions", "id: opened")
    assert [tick(newswatch), tick(newswatch), tick(newswatch)] == [0, 1, 0]
    assert newswatch.pipeline.subscribers[0].rules[1].id == "opened"


def test_files_that_come_and_go_are_changes(newswatch: Newswatch, config: Path) -> None:
    path = config / "subscribers/other.yaml"
    path.write_text(OPERATORS.replace("operators", "other"))
    assert [tick(newswatch), tick(newswatch)] == [0, 1]
    path.unlink()
    assert [tick(newswatch), tick(newswatch)] == [0, 1]
    assert [one.id for one in newswatch.pipeline.subscribers] == ["desk", "operators"]


def test_rules_of_files_that_did_not_change_are_the_very_same(
    newswatch: Newswatch, config: Path
) -> None:
    before = newswatch.pipeline.subscribers[0].rules
    edit(config, "Operators", "Who runs it", "subscribers/operators.yaml")
    asyncio.run(newswatch.reload())
    assert newswatch.pipeline.subscribers[1].name == "Who runs it"
    assert newswatch.pipeline.subscribers[0].rules is before


def test_a_changed_group_changes_the_rules_that_name_it(newswatch: Newswatch, config: Path) -> None:
    (config / "groups.yaml").write_text("countries: {mine: [TJ]}\n")
    edit(config, "[TJ]", "[mine]")
    asyncio.run(newswatch.reload())
    (config / "groups.yaml").write_text("countries: {mine: [KZ]}\n")
    asyncio.run(newswatch.reload())
    rule = newswatch.pipeline.subscribers[0].rules[0]
    assert rule.condition.wanted_values == {"KZ"}


def test_a_secret_that_comes_later_reaches_its_channel(
    newswatch: Newswatch, config: Path, tmp_path: Path
) -> None:
    (tmp_path / "hook.secret").write_text("")
    asyncio.run(newswatch.reload())
    hook = newswatch.pipeline.subscribers[0].channel("hook")
    assert hook is not None
    assert "the file is empty" in hook.missing


def test_a_file_that_was_mended_back_is_good_again(config: Path) -> None:
    kept = Kept()
    good = load(config, kept)
    edit(config, "country: [TJ]", "contry: [TJ]")
    with pytest.raises(ConfigurationError):
        load(config, kept)
    with pytest.raises(ConfigurationError):
        load(config, kept)
    edit(config, "contry: [TJ]", "country: [TJ]")
    assert load(config, kept) == good == load(config)


# -- a bad edit -----------------------------------------------------------------------------------


def test_a_bad_edit_changes_nothing_and_is_told_once_to_the_operators(
    newswatch: Newswatch, config: Path
) -> None:
    before = newswatch.configuration
    edit(config, "country: [TJ]", "contry: [TJ]")
    for _ in range(3):
        asyncio.run(newswatch.reload())
    assert newswatch.configuration is before
    (owed,) = newswatch.store.deliveries(subscriber="operators")
    told = newswatch.store.release_by_id(owed.release_id)
    assert told is not None
    assert (owed.channel, told.title) == ("mail", "configuration: refused")
    assert "The last good one stays in force." in told.text
    assert f"{config}/subscribers/desk.yaml:10:12: unknown key 'contry'" in told.text


def test_another_mistake_is_told_again_and_a_mended_one_is_forgotten(
    newswatch: Newswatch, config: Path
) -> None:
    edit(config, "country: [TJ]", "contry: [TJ]")
    asyncio.run(newswatch.reload())
    edit(config, "contry: [TJ]", "county: [TJ]")
    asyncio.run(newswatch.reload())
    assert len(newswatch.store.deliveries(subscriber="operators")) == 2
    edit(config, "county: [TJ]", "country: [TJ]")
    asyncio.run(newswatch.reload())
    assert newswatch.reload_problem == ""


def test_of_very_many_mistakes_the_first_are_told(newswatch: Newswatch, config: Path) -> None:
    (config / "groups.yaml").write_text("".join(f"wrong{number}: x\n" for number in range(100)))
    asyncio.run(newswatch.reload())
    (owed,) = newswatch.store.deliveries(subscriber="operators")
    told = newswatch.store.release_by_id(owed.release_id)
    assert told is not None
    assert told.text.endswith("… and 80 more")


def test_status_says_that_the_last_good_one_stays(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(config, "country: [TJ]", "contry: [TJ]")
    result = Shell(config, monkeypatch, capsys)("status")
    assert result.code == 2
    assert result.err.startswith("newswatch keeps to the last good configuration")
    assert "desk.yaml:10:12: unknown key 'contry'" in result.err


def test_status_shows_how_things_are_while_the_configuration_is_wrong(
    newswatch: Newswatch,
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    edit(config, "country: [TJ]", "contry: [TJ]")
    shell = Shell(config, monkeypatch, capsys)
    assert "not polled yet" in shell("status").out
    assert list(shell("--json", "status").json["sources"]) == ["newsroom"]
    (config / "newswatch.yaml").write_text("database: 7\n")  # where it is, nobody knows now
    result = shell("status")
    assert (result.code, result.out) == (2, "")


# -- what was removed -----------------------------------------------------------------------------


def owe(newswatch: Newswatch, *channels: str) -> None:
    owed = tuple(
        make_delivery(id=name, channel=name, due=clock(), matches=(make_match(),))
        for name in channels
    )
    newswatch.store.record(make_poll(changes=(Change("new", make_release()),), deliveries=owed))


@pytest.mark.parametrize("removed", ["channel", "subscriber"])
def test_what_waits_for_a_removed_channel_is_cancelled_and_says_why(
    newswatch: Newswatch,
    config: Path,
    removed: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    owe(newswatch, "mail", "hook")
    if removed == "subscriber":
        (config / "subscribers/desk.yaml").unlink()
    else:
        edit(config, "  mail: {kind: email, to: [desk@news.test]}\n", "")
        edit(config, "send: [mail, hook]", "send: [hook]")
    asyncio.run(newswatch.reload())
    states = {one.channel: one.state for one in newswatch.store.deliveries(subscriber="desk")}
    assert states == {
        "mail": "cancelled",
        "hook": "queued" if removed == "channel" else "cancelled",
    }
    shown = Shell(config, monkeypatch, capsys)("deliveries", "list", "--state", "cancelled").out
    assert "the channel is no longer in the configuration" in shown


def test_what_was_removed_while_nothing_ran_is_cancelled_at_the_start(
    newswatch: Newswatch,
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    owe(newswatch, "mail", "gone")
    Shell(config, monkeypatch, capsys)("run", "--once")
    (cancelled,) = newswatch.store.deliveries(state="cancelled")
    assert cancelled.channel == "gone"
