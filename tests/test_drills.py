"""Drills: through every channel, acknowledged by people, planned by the clock, and told when unheard."""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from factories import NOW
from installation import SECRET, install
from newsroom import Item, as_rss
from newswatch.app import Newswatch
from newswatch.config.load import load
from newswatch.doors import make_site
from newswatch.drilling import Drilling, drill_id
from newswatch.model import Channel, DrillMessage, DrillPlan, Outcome
from newswatch.ports import Settled
from newswatch.rules.rule import Subscriber
from newswatch.settling import settled
from newswatch.store import SqlStore
from newswatch.web.shelf import Shelf
from outbox import claim, settle
from servers import Answer, Mailbox, Web, smtp_server, web_server
from shell import Shell
from webdoors import asking

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DESK = Subscriber(
    "desk",
    "The desk",
    "Europe/Vienna",
    channels=(
        Channel("mail", "email", to=("desk@news.test",)),
        Channel("hook", "webhook", url="https://hook.test/"),
    ),
)
OPERATORS = Subscriber("operators", "Operators", channels=(Channel("ops", "email", to=("o@x.y",)),))


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def drilling(store: SqlStore, clock: Clock, **plan: object) -> Drilling:
    tokens = iter(f"token-{n}" for n in range(1_000))
    return Drilling(
        store=store,
        subscribers=(DESK, OPERATORS),
        site="https://news.test",
        plan=DrillPlan(**plan),  # type: ignore[arg-type]
        since=NOW,
        token=lambda: f"{clock.now:%j%H}-{next(tokens)}",
        clock=clock,
    )


def channels(messages: tuple[DrillMessage, ...]) -> list[str]:
    return ["/".join(one.lane) for one in messages]


# -- hold -----------------------------------------------------------------------------------------


def test_a_drill_owes_every_channel_a_message_with_a_link_of_its_own(store: SqlStore) -> None:
    held = drilling(store, Clock()).hold([DESK])
    assert channels(held) == ["desk/mail", "desk/hook"]
    owed = [store.delivery(one.delivery_id) for one in held]
    assert all(one is not None and one.urgent and one.due == NOW for one in owed)
    releases = store.releases_by_id(one.release_id for one in owed if one)
    assert {one.url for one in releases.values()} == {
        f"https://news.test/drills/{one.token}" for one in held
    }
    assert all(one.title.startswith("Drill: ") for one in releases.values())
    assert store.drill(held[0].drill) == sorted(held, key=lambda one: one.lane)


def test_a_drill_is_in_no_list_of_releases(store: SqlStore) -> None:
    drilling(store, Clock()).hold([DESK])
    assert store.releases_recent(10) == []
    assert store.release_ids() == []


def test_who_acknowledges_first_is_what_counts(store: SqlStore) -> None:
    (first, _) = drilling(store, Clock()).hold([DESK])
    assert store.acknowledge_drill(first.token, NOW + HOUR) == replace(
        first, acknowledged=NOW + HOUR
    )
    again = store.acknowledge_drill(first.token, NOW + DAY)
    assert again is not None
    assert again.acknowledged == NOW + HOUR
    assert store.acknowledge_drill("another", NOW) is None


# -- planned --------------------------------------------------------------------------------------


def test_nothing_is_planned_unless_somebody_asks_for_it(store: SqlStore) -> None:
    assert drilling(store, Clock()).hold_planned() == ()


def test_every_so_often_begins_at_once_and_comes_once_for_each_time(store: SqlStore) -> None:
    clock = Clock()
    drills = drilling(store, clock, every=timedelta(days=30))
    assert channels(drills.hold_planned()) == ["desk/mail", "desk/hook", "operators/ops"]
    assert drills.hold_planned() == ()
    clock.now += timedelta(days=29)
    assert drills.hold_planned() == ()
    clock.now += DAY
    assert len(drills.hold_planned()) == 3


def test_a_crontab_line_is_read_by_the_subscribers_clock(store: SqlStore) -> None:
    clock = Clock()  # 5 February, 9:00 UTC
    drills = drilling(store, clock, cron="0 9 1 * *")
    assert drills.hold_planned() == ()
    clock.now = datetime(2025, 3, 1, 7, 59, tzinfo=UTC)
    assert drills.hold_planned() == ()
    clock.now = datetime(2025, 3, 1, 8, 0, tzinfo=UTC)  # 9:00 in Vienna
    assert channels(drills.hold_planned()) == ["desk/mail", "desk/hook"]
    clock.now = datetime(2025, 3, 1, 9, 0, tzinfo=UTC)
    assert channels(drills.hold_planned()) == ["operators/ops"]


def test_what_was_missed_for_months_is_held_once(store: SqlStore) -> None:
    clock = Clock()
    drills = drilling(store, clock, cron="0 9 1 * *")
    clock.now = datetime(2025, 3, 1, 12, tzinfo=UTC)
    assert len(drills.hold_planned()) == 3
    clock.now = datetime(2025, 8, 15, tzinfo=UTC)
    assert len(drills.hold_planned()) == 3
    assert drills.hold_planned() == ()


def test_the_same_occasion_is_held_once_whoever_asks(store: SqlStore) -> None:
    clock = Clock()
    first, second = (drilling(store, clock, every=DAY) for _ in range(2))
    name = drill_id("desk", NOW)
    assert first.held(name, [DESK], NOW)
    assert second.held(name, [DESK], NOW) == ()
    assert len(store.drill(name)) == 2


def test_a_subscribers_own_plan_goes_before_that_of_all(store: SqlStore) -> None:
    clock = Clock()
    weekly = replace(DESK, drill=DrillPlan(every=timedelta(days=7)))
    drills = replace(
        drilling(store, clock, every=timedelta(days=30)), subscribers=(weekly, OPERATORS)
    )
    assert channels(drills.hold_planned()) == ["desk/mail", "desk/hook", "operators/ops"]
    clock.now += timedelta(days=7)
    assert channels(drills.hold_planned()) == ["desk/mail", "desk/hook"]
    clock.now += timedelta(days=23)
    assert channels(drills.hold_planned()) == ["desk/mail", "desk/hook", "operators/ops"]


def test_a_subscriber_with_a_plan_is_drilled_where_nobody_else_is(store: SqlStore) -> None:
    clock = Clock()
    monthly = replace(DESK, drill=DrillPlan(cron="0 9 1 * *"))
    drills = replace(drilling(store, clock), subscribers=(monthly, OPERATORS))
    assert drills.hold_planned() == ()
    clock.now = datetime(2025, 3, 1, 8, 0, tzinfo=UTC)  # 9:00 in Vienna
    assert channels(drills.hold_planned()) == ["desk/mail", "desk/hook"]


def test_who_is_left_out_is_drilled_by_name_only(store: SqlStore) -> None:
    clock = Clock()
    left_out = replace(DESK, drill=DrillPlan())
    drills = replace(drilling(store, clock, every=DAY), subscribers=(left_out, OPERATORS))
    assert channels(drills.hold_planned()) == ["operators/ops"]
    assert channels(drills.hold([left_out])) == ["desk/mail", "desk/hook"]


# -- nobody answers -------------------------------------------------------------------------------


def send_all(store: SqlStore, outcomes: dict[str, Outcome], now: datetime) -> None:
    for one in claim(store, now, HOUR, 100):
        outcome = outcomes.get(one.channel, Outcome(ok=True, answer="250 OK"))
        after = settled(one, outcome, now, (), 0.0)
        settle(store, Settled(after, now, timedelta(0), outcome))


def told(store: SqlStore) -> list[str]:
    """What the operators are owed, apart from drills."""
    owed = store.deliveries(subscriber="operators")
    releases = store.releases_by_id(one.release_id for one in owed)
    return [one.text for one in releases.values() if one.content_type == "Notice"]


def test_operators_are_told_once_of_people_who_did_not_acknowledge(store: SqlStore) -> None:
    clock = Clock()
    drills = drilling(store, clock)
    mail, _ = drills.hold([DESK])
    send_all(store, {}, NOW)
    clock.now += 2 * DAY - HOUR
    assert drills.remind() == ()
    clock.now += HOUR
    assert channels(drills.remind()) == ["desk/mail"]  # the webhook took its own
    (text,) = told(store)
    assert text.startswith("Nobody acknowledged: desk/mail (drill of 5 February 2025: sent). ")
    assert drills.remind() == ()
    assert len(told(store)) == 1
    assert store.acknowledge_drill(mail.token, clock.now) is not None


def test_each_subscriber_has_its_own_patience(store: SqlStore) -> None:
    clock = Clock()
    hasty = replace(DESK, drill=DrillPlan(every=7 * DAY, remind_after=HOUR))
    drills = replace(drilling(store, clock), subscribers=(hasty, OPERATORS))
    drills.hold([hasty, OPERATORS])
    send_all(store, {}, NOW)
    clock.now += HOUR
    assert channels(drills.remind()) == ["desk/mail"]
    assert drills.remind() == ()
    clock.now = NOW + 2 * DAY
    assert channels(drills.remind()) == ["operators/ops"]
    assert len(told(store)) == 2


def test_nobody_is_told_where_all_is_acknowledged(store: SqlStore) -> None:
    clock = Clock()
    drills = drilling(store, clock)
    mail, _ = drills.hold([DESK])
    send_all(store, {}, NOW)
    store.acknowledge_drill(mail.token, NOW)
    clock.now += 3 * DAY
    assert drills.remind() == ()
    assert told(store) == []


def test_a_webhook_that_did_not_take_it_is_told_too(sqlite_store: SqlStore) -> None:
    clock = Clock()
    drills = drilling(sqlite_store, clock, remind_after=DAY)
    mail, _ = drills.hold([DESK])
    refused = Outcome(ok=False, answer="403 Forbidden", retryable=False)
    send_all(sqlite_store, {"hook": refused}, NOW)
    sqlite_store.acknowledge_drill(mail.token, NOW)
    clock.now += DAY
    assert channels(drills.remind()) == ["desk/hook"]
    assert "desk/hook (drill of 5 February 2025: dead)" in told(sqlite_store)[0]


def test_a_channel_that_is_gone_is_nobodys_fault(sqlite_store: SqlStore) -> None:
    clock = Clock()
    drills = drilling(sqlite_store, clock)
    drills.hold([DESK])
    clock.now += 3 * DAY
    assert replace(drills, subscribers=(OPERATORS,)).remind() == ()


# -- as people run it -----------------------------------------------------------------------------


@pytest.fixture
def hook() -> Iterator[Web]:
    with web_server() as running:
        running.answer(Answer(200))
        yield running


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with smtp_server() as running:
        yield running


@pytest.fixture
def shell(
    tmp_path: Path,
    hook: Web,
    mailbox: Mailbox,
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Shell]:
    monkeypatch.chdir(tmp_path)
    with web_server() as newsroom:
        newsroom.answer(
            Answer(
                body=as_rss([Item("1", "Nothing", date(2020, 5, 1), "")], "http://newsroom.test")
            )
        )
        config = install(
            tmp_path,
            newsroom=newsroom.url,
            hook=hook.url,
            smtp_port=mailbox.port,
            database=sqlite_url,
            quiet=True,
        )
        yield Shell(config, monkeypatch, capsys)


def site_of(shell: Shell) -> tuple[Newswatch, Shelf]:
    newswatch = Newswatch.start(partial(load, shell.config))
    return newswatch, make_site(newswatch)


def link_in(text: str) -> str:
    found = re.search(r"http://news\.test(/drills/[\w-]+)", text)
    assert found, text
    return found[1]


def test_a_drill_goes_out_is_acknowledged_and_reported(
    shell: Shell, hook: Web, mailbox: Mailbox
) -> None:
    first = shell("drill", "--wait", "0s")
    assert first.code == 1  # nothing sends yet
    assert "does `newswatch run` run?" in first.err
    assert shell("run", "--once").code == 0

    payload = Webhook(SECRET).verify(hook.requests[0].body, hook.requests[0].headers)
    assert payload["type"] == "newswatch.drill"
    (mail,) = mailbox.mails
    assert mail["Subject"] == "Drill: this only tries desk/mail"
    body = mail.get_body(("plain",))
    assert body is not None
    mail_link, hook_link = link_in(body.get_content()), link_in(payload["data"]["release"]["url"])
    assert mail_link != hook_link

    newswatch, app = site_of(shell)
    try:
        shown = asking(app, "GET", mail_link)
        assert (shown.status_code, "I have read it" in shown.text) == (200, True)
        assert shown.headers["cache-control"] == "no-store"
        assert "form-action 'self'" in shown.headers["content-security-policy"]
        (drill,) = shell("--json", "drills", "list").json
        assert (drill["channels"], drill["taken"], drill["acknowledged"]) == (2, 2, 0)
        thanked = asking(app, "POST", mail_link)
        assert (thanked.status_code, "Thank you" in thanked.text) == (200, True)
        assert "Thank you" in asking(app, "GET", mail_link).text
    finally:
        newswatch.close()

    rows = {row["channel"]: row for row in shell("--json", "drills", "show", drill["drill"]).json}
    assert rows["desk/mail"]["acknowledged"] is not None
    assert rows["desk/hook"]["acknowledged"] is None
    assert rows["desk/hook"]["answer"] == "200 OK"
    assert "not yet" in shell("drills", "show", drill["drill"]).out
    assert shell("releases", "list").out.count("Drill") == 0


def test_a_link_that_is_none_is_not_found_and_tells_nothing(shell: Shell) -> None:
    newswatch, app = site_of(shell)
    try:
        for method in ("GET", "POST"):
            assert asking(app, method, "/drills/" + "x" * 32).status_code == 404
            assert asking(app, method, "/drills/" + "x" * 500).status_code == 404
        assert asking(app, "DELETE", "/drills/x").status_code == 405
    finally:
        newswatch.close()


def test_the_daemons_tick_holds_what_is_planned(shell: Shell, hook: Web) -> None:
    path = shell.config / "newswatch.yaml"
    path.write_text(path.read_text() + "drill: {every: 30d}\n")
    newswatch, _ = site_of(shell)

    async def tick() -> None:
        for job in await newswatch.take_drills(1):
            await job()
        await newswatch.once()

    try:
        asyncio.run(tick())
        asyncio.run(tick())
    finally:
        newswatch.close()
    assert [json.loads(one.body)["type"] for one in hook.requests] == ["newswatch.drill"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("drill: {cron: '0 9 1 * *', every: 30d}", "by cron or by every"),
        ("drill: {cron: '0 9 * *'}", "4 fields, and not five"),
        ("drill: {every: 5m}", "every must be between 1d and 366d"),
        ("drill: {remind_after: 1m}", "remind_after must be 1h or more"),
    ],
)
def test_a_plan_that_cannot_be_is_an_error_of_the_file(shell: Shell, text: str, words: str) -> None:
    path = shell.config / "newswatch.yaml"
    path.write_text(f"{path.read_text()}{text}\n")
    result = shell("check")
    assert result.code == 2
    assert words in result.out


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("{cron: '0 9 1 * *'}", DrillPlan("0 9 1 * *", remind_after=6 * HOUR)),
        ("{every: 7d, remind_after: 1d}", DrillPlan(every=7 * DAY, remind_after=DAY)),
        ("never", DrillPlan(remind_after=6 * HOUR)),
        ("", None),
    ],
)
def test_a_subscriber_says_when_and_else_all_is_as_for_everybody(
    shell: Shell, text: str, plan: DrillPlan | None
) -> None:
    in_desk(shell, f"drill: {text}")
    service = shell.config / "newswatch.yaml"
    service.write_text(service.read_text() + "drill: {every: 30d, remind_after: 6h}\n")
    configuration = load(shell.config)
    assert [one.drill for one in configuration.subscribers] == [plan]
    assert configuration.service.drills == DrillPlan(every=30 * DAY, remind_after=6 * HOUR)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nevr", "'nevr' will not do; drill as a word is 'never'"),
        ("{}", "drill needs cron or every; drill: never leaves the subscriber out"),
        ("{remind_after: 1d}", "drill needs cron or every"),
        ("{every: 5m}", "every must be between 1d and 366d"),
        ("{every: 7d, remind_after: 5m}", "remind_after must be 1h or more"),
        ("{evry: 7d}", "unknown key 'evry'; did you mean 'every'?"),
    ],
)
def test_a_subscribers_plan_that_cannot_be_is_one_problem_of_its_file(
    shell: Shell, text: str, words: str
) -> None:
    in_desk(shell, f"drill: {text}")
    result = shell("--json", "check")
    assert result.code == 2
    (problem,) = result.json
    assert words in problem["message"]


def test_a_drill_of_all_leaves_out_who_wants_none(shell: Shell) -> None:
    in_desk(shell, "drill: never")
    assert shell("drill", "--wait", "0s").code == 1
    assert shell("drills", "list").code == 1
    shell("drill", "desk", "--wait", "0s")
    assert [one["channels"] for one in shell("--json", "drills", "list").json] == [2]


def in_desk(shell: Shell, line: str) -> None:
    path = shell.config / "subscribers/desk.yaml"
    path.write_text(f"{path.read_text()}{line}\n")


def test_names_that_are_none_are_told(shell: Shell) -> None:
    result = shell("drill", "nobody")
    assert (result.code, "there are: desk" in result.err) == (1, True)
    assert shell("drill", "--wait", "soon").code == 2
    assert shell("drills", "show", "drl_x").code == 1
    assert (shell("drills", "list").code, shell("--json", "drills", "list").json) == (1, [])
