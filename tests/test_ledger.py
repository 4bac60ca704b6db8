"""The ledger: whatever happened to a release, what its rules asked for is accounted for."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from factories import NOW, make_delivery, make_match, make_poll, make_release
from newswatch.accounting import course, ledger, sending, texts_of
from newswatch.app import Newswatch, clock
from newswatch.catchup import correct, withdraw
from newswatch.config.load import load
from newswatch.doors import make_doors
from newswatch.ledger import Balance, Entry, Expected, Found, account, balance
from newswatch.model import Change, Correction, Editor, Outcome, Release, Silence
from newswatch.rules.rule import Rollout
from newswatch.store.schema import delivery, match, release_version
from newswatch.web import make_app
from shell import Shell
from test_pipeline import OPENED, Answers, Sender, deliver, here, page, poll
from webdoors import ask

CHANGED = ("ODIHR opens election observation mission in Tajikistan, again", OPENED[1])
LONG = timedelta(days=36_500)


@dataclass
class Desk:
    """An installation whose newsroom gives the pages it was given, in turn."""

    config: Path
    newswatch: Newswatch

    def reads(self, *items: tuple[str, str]) -> None:
        fetcher = Answers([page(*items)])
        self.newswatch.pipeline = replace(self.newswatch.pipeline, fetcher=fetcher, in_thread=here)
        poll(self.newswatch.pipeline)

    def sends(self, outcome: Outcome | None = None) -> None:
        sender = Sender([outcome] * 9 if outcome else [])
        senders = {"webhook": sender, "email": sender}
        self.newswatch.pipeline = replace(self.newswatch.pipeline, senders=senders, in_thread=here)
        deliver(self.newswatch.pipeline)

    def release(self) -> Release:
        return self.newswatch.store.releases_recent(1)[0]

    def balance(self) -> Balance:
        store, ours = self.newswatch.store, self.newswatch.configuration
        now = clock()
        return balance(ledger(store, texts_of(store, ours), now - LONG, now + LONG))

    def counts(self) -> dict[str, int]:
        return dict(self.balance().counts)

    def edit(self, old: str, new: str) -> None:
        file = self.config / "subscribers" / "desk.yaml"
        file.write_text(file.read_text().replace(old, new))
        asyncio.run(self.newswatch.reload())

    def execute(self, statement: sa.Executable) -> None:
        with self.newswatch.store._engine.begin() as connection:
            connection.execute(statement)


@pytest.fixture
def desk(shell: Shell) -> Iterator[Desk]:
    with closing(Newswatch.start(partial(load, shell.config))) as newswatch:
        yield Desk(shell.config, newswatch)


# -- the account --------------------------------------------------------------------------------


def test_every_key_of_what_was_expected_and_found_is_in_the_account_once() -> None:
    expected = {"a": Expected(), "b": Expected(), "c": Expected(outcome="copy", reason="x")}
    found = {"a": Found("delivered", taken=2), "d": Found("delivered", taken=1)}
    whole = balance(account(expected, found))
    assert whole.counts == {"delivered": 1, "lost": 1, "copy": 1, "unexpected": 1}
    assert [(one.key, one.outcome) for one in whole.wrong] == [("b", "lost"), ("d", "unexpected")]
    assert (whole.expected, whole.duplicates) == (3, 1)


def test_what_a_reason_forbids_is_unexpected_when_it_is_there() -> None:
    (entry,) = account({"a": Expected(outcome="shadow")}, {"a": Found("delivered", taken=1)})
    assert entry == Entry("a", "unexpected", taken=1)


def test_a_rule_sends_where_its_text_says() -> None:
    text = (
        "id: x\nsend: [mail, hook]\ncopies: true\nrollout:\n  first: [mail]\n  until: 2025-03-01\n"
    )
    read = sending(text, "Europe/Vienna")
    midnight = NOW.replace(month=2, day=28, hour=23)
    assert (read.send, read.copies, read.corrections) == (("mail", "hook"), True, False)
    assert read.rollout == Rollout(("mail",), midnight)


# -- from fetch to receipt ----------------------------------------------------------------------


def test_what_was_sent_is_delivered_and_what_was_not_waits(desk: Desk) -> None:
    desk.reads(OPENED)
    assert desk.counts() == {"waiting": 2}
    desk.sends()
    assert desk.counts() == {"delivered": 2}


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome(ok=False, answer="500 no"), "waiting"),
        (Outcome(ok=False, answer="550 no", retryable=False), "dead"),
    ],
)
def test_what_failed_waits_or_is_dead(desk: Desk, outcome: Outcome, expected: str) -> None:
    desk.reads(OPENED)
    desk.sends(outcome)
    assert desk.counts() == {expected: 2}


def test_what_was_recorded_quietly_says_why(desk: Desk) -> None:
    (source,) = desk.newswatch.pipeline.sources.values()
    quiet = {source.id: replace(source, quiet_first_poll=True)}
    desk.newswatch.pipeline = replace(desk.newswatch.pipeline, sources=quiet)
    desk.reads(OPENED)
    assert desk.counts() == {"quiet": 2}


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("shadow: true", {"shadow": 2}),
        ("rollout: {first: [mail]}", {"waiting": 1, "rollout": 1}),
    ],
)
def test_a_rule_that_keeps_something_back_says_so(
    desk: Desk, setting: str, expected: dict[str, int]
) -> None:
    desk.edit("    send: [hook]\n", "    send: []\n")  # the other rule
    desk.edit("    send: [mail, hook]\n", f"    send: [mail, hook]\n    {setting}\n")
    desk.reads(OPENED)
    assert desk.counts() == expected


def test_a_later_version_is_told_again_only_where_that_is_asked_for(desk: Desk) -> None:
    desk.reads(OPENED)
    desk.sends()
    desk.reads(CHANGED)
    assert desk.counts() == {"delivered": 2, "told": 2}
    desk.edit("    send: [mail, hook]\n", "    send: [mail, hook]\n    corrections: true\n")
    desk.reads((CHANGED[0] + " and again", OPENED[1]))
    desk.sends()
    assert desk.counts() == {"delivered": 4, "told": 2}


def test_a_correction_in_the_place_of_what_waited_is_accounted_for(desk: Desk) -> None:
    desk.edit("    send: [mail, hook]\n", "    send: [mail, hook]\n    corrections: true\n")
    desk.reads(OPENED)
    desk.reads(CHANGED)
    assert desk.counts() == {"cancelled": 2, "waiting": 2}


def test_withdrawals_and_corrections_of_editors_are_accounted_for(desk: Desk) -> None:
    desk.reads(OPENED)
    desk.sends()
    made = [Correction(desk.release().id, "event", ("none",), "Ann", "it was", clock())]
    correct(desk.newswatch.pipeline, desk.release(), made)
    assert desk.counts() == {"delivered": 2, "quiet": 2}
    withdraw(desk.newswatch.pipeline, desk.release(), "an error")
    assert desk.balance().wrong == []


def test_what_a_silence_hides_is_silenced(desk: Desk) -> None:
    now = clock()
    silence = Silence("sil_1", "Ann", "a test", now, now + LONG, subscribers=("desk",))
    desk.newswatch.store.add_silence(silence)
    desk.reads(OPENED)
    assert desk.counts() == {"silenced": 2}


def test_the_rules_as_they_were_count_and_not_as_they_are(desk: Desk) -> None:
    desk.reads(OPENED)
    desk.sends()
    desk.edit("send: [mail, hook]", "send: [hook]")
    assert desk.counts() == {"delivered": 2}


def test_what_was_recorded_before_the_ledger_is_no_loss(desk: Desk) -> None:
    desk.reads(OPENED)
    desk.execute(sa.delete(delivery))
    desk.execute(sa.update(release_version).values(quiet=None))
    assert desk.counts() == {"unknown": 2}


def test_many_pages_give_the_same_as_one(desk: Desk) -> None:
    desk.reads(OPENED, CHANGED, ("Another mission in Tajikistan", "It opened."))
    store, now = desk.newswatch.store, clock()
    one, many = (
        [
            key(recorded)
            for page in store.recorded(now - LONG, now + LONG, None, at)
            for recorded in page
        ]
        for at in (100, 1)
    )
    assert one == many
    assert len(one) == 3


def key(recorded: object) -> tuple[str, int]:
    return recorded.release.id, recorded.release.version


def test_the_store_gives_what_the_ledger_needs_on_every_engine(store: object) -> None:
    first = make_release()
    copy = replace(first, id="00000000000000b2", copy_of=first.id, version=2)
    owed, later = make_delivery(), make_match(release_id=copy.id, version=2)
    store.record(make_poll(deliveries=(owed,)))
    store.record(make_poll(changes=(Change("revised", copy, (later,)),), deliveries=()))
    (page,) = store.recorded(NOW, NOW + LONG)
    by_id = {one.release.id: one for one in page}
    assert by_id[first.id].owed[0].delivery == owed
    assert by_id[copy.id].original == by_id[first.id].matches
    assert list(store.recorded(NOW + timedelta(days=1), NOW + LONG)) == []


# -- the command --------------------------------------------------------------------------------


def test_a_period_in_which_nothing_was_lost_is_proved(desk: Desk, shell: Shell) -> None:
    desk.reads(OPENED)
    desk.sends()
    result = shell("ledger", "--since", "2025-01-01")
    assert result.code == 0
    assert "lost 0, unexpected 0, duplicates 0" in result.out
    whole = shell("--json", "ledger", "--since", "2025-01-01", "--subscriber", "desk").json
    assert (whole["expected"], whole["delivered"], whole["lost"]) == (2, 2, 0)


def test_a_delivery_that_is_gone_is_lost_and_named_with_the_next_step(
    desk: Desk, shell: Shell
) -> None:
    desk.reads(OPENED)
    desk.execute(sa.delete(delivery).where(delivery.c.channel == "mail"))
    result = shell("ledger", "--since", "2025-01-01")
    assert result.code == 1
    assert "lost 1, unexpected 0" in result.out
    assert f"release {desk.release().id} version 1 for desk/mail, rule tajikistan" in result.out
    assert f"newswatch ledger {desk.release().id} desk" in result.out


def test_a_delivery_that_no_rule_asked_for_is_unexpected(desk: Desk, shell: Shell) -> None:
    desk.reads(OPENED)
    desk.execute(sa.delete(match))
    result = shell("ledger", "--since", "2025-01-01")
    assert result.code == 1
    assert "lost 0, unexpected 2" in result.out


def test_what_was_taken_twice_is_listed_and_no_fault(desk: Desk, shell: Shell) -> None:
    desk.reads(OPENED)
    desk.sends()
    now = clock()
    desk.newswatch.store.replay("desk", now - LONG, now + LONG, now, "hook")
    desk.sends()
    result = shell("ledger", "--since", "2025-01-01")
    assert (result.code, "duplicates 1" in result.out) == (0, True)
    assert "taken 2 times" in result.out


def test_the_course_of_a_release_is_in_the_order_of_time(desk: Desk, shell: Shell) -> None:
    desk.reads(OPENED)
    desk.sends(Outcome(ok=False, answer="503 busy"))
    asked = shell("--json", "ledger", desk.release().id, "desk").json
    events = [one["what"] for one in asked["events"]]
    stages = [
        "published",
        "fetched",
        "recorded",
        "understood",
        "matched",
        "owed",
        "attempt",
        "waits",
    ]
    assert list(dict.fromkeys(events)) == stages
    assert [one["at"] for one in asked["events"]] == sorted(one["at"] for one in asked["events"])
    assert {one["outcome"] for one in asked["account"]} == {"waiting"}
    text = shell("ledger", desk.release().id, "desk").out
    assert "rule tajikistan, as written then" in text
    assert "not taken: 503 busy" in text


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("ledger",), 2),
        (("ledger", "nothing", "desk"), 1),
        (("ledger", "--since", "soon"), 2),
        (("ledger", "--since", "2025-01-01", "--subscriber", "nobody"), 1),
    ],
)
def test_what_it_cannot_show_it_says(shell: Shell, arguments: Sequence[str], code: int) -> None:
    assert shell(*arguments).code == code


def test_nothing_is_known_of_a_release_that_is_not_there(desk: Desk) -> None:
    store = desk.newswatch.store
    texts = texts_of(store, desk.newswatch.configuration)
    assert course(store, texts, "nothing", "desk") == ((), ())


# -- the API ------------------------------------------------------------------------------------


def test_the_api_gives_the_course_and_its_account_to_bearers_of_a_token(desk: Desk) -> None:
    desk.reads(OPENED)
    desk.sends()
    release, token = desk.release().id, "t" * 30
    site = replace(make_doors(desk.newswatch), editors=lambda: (Editor("Ann", token),))
    app, bearer = make_app(site), f"Bearer {token}"
    path = f"/api/v1/ledger?release={release}&subscriber=desk"
    assert ask(app, path).status_code == 401
    answer = ask(app, path, authorization=bearer).json()
    assert {one["outcome"] for one in answer["account"]} == {"delivered"}
    assert answer["events"][0]["what"] == "published"
    for wrong in (path + "x", path.replace(release, "nothing")):
        assert ask(app, wrong, authorization=bearer).status_code == 404
    described = ask(app, "/api/openapi.json").json()
    assert described["paths"]["/api/v1/ledger"]["get"]["security"] == [{"token": []}]
