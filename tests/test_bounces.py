"""Mails that came back: which count, for whom, and what no report can do."""

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from factories import NOW, make_delivery, make_poll, make_release
from newswatch.app import Newswatch, clock, take_unread
from newswatch.assembly import bouncing
from newswatch.bounces import Failure, Report, read
from newswatch.bouncing import Bouncing
from newswatch.config.load import load
from newswatch.match import delivery_id
from newswatch.model import Change, Channel, Outcome
from newswatch.ports import Settled
from newswatch.rules.rule import Subscriber
from newswatch.store import SqlStore
from outbox import claim, settle
from shell import Shell
from smtpscript import scripted
from test_ledger import Desk
from test_pipeline import OPENED

ADDRESS = "desk@news.test"
MAIL = Channel("mail", "email", to=(ADDRESS, "two@news.test"))
DESK = Subscriber("desk", "The desk", channels=(MAIL,))
OPERATORS = Subscriber("operators", "They", channels=(Channel("mail", "email", to=("o@x.test",)),))
MINUTE = timedelta(minutes=1)


def name(number: int) -> str:
    return delivery_id("desk", "mail", f"{number:016x}", 1)


def report(
    delivery: str,
    *,
    address: str = ADDRESS,
    action: str = "failed",
    status: str = "5.1.1",
    original: str = "message/rfc822",
) -> bytes:
    """As Postfix writes them (RFC 3464)."""
    return f"""\
From: MAILER-DAEMON@relay.test (Mail Delivery System)
To: alerts@news.test
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

This is the mail system at host relay.test.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.test

Final-Recipient: rfc822; {address}
Original-Recipient: rfc822;{address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} <{address}>: no such user

--B
Content-Type: {original}

Message-ID: <{delivery}@news.test>
Subject: An alert

--B--
""".replace("\n", "\r\n").encode()


def send(store: SqlStore, number: int, at: datetime = NOW) -> str:
    """A mail that the mail server took, a minute after the one before."""
    at += number * MINUTE
    release = make_release(id=f"{number:016x}")
    owed = make_delivery(id=name(number), release_id=release.id, due=at, created=at)
    store.record(
        make_poll(changes=(Change("new", release, owed.matches),), deliveries=(owed,), at=at)
    )
    (one,) = claim(store, at, MINUTE, 1)
    settle(store, Settled(replace(one, state="sent"), at, timedelta(), Outcome(True, "250 OK")))
    return one.id


def taking(store: SqlStore, after: int = 3) -> Bouncing:
    return Bouncing(store, (DESK, OPERATORS), after, "https://news.test/status")


# -- reports ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_a_notification_names_the_delivery_and_what_failed(kind: str) -> None:
    said = "5.1.1 550 5.1.1 <desk@news.test>: no such user"
    expected = Report(name(1), (Failure(ADDRESS, True, said),))
    assert read(report(name(1), original=kind)) == expected


def test_a_delay_is_no_failure() -> None:
    (delayed,) = read(report(name(1), action="delayed", status="4.4.7")).failures
    assert not delayed.is_final


def test_a_report_in_words_is_read_where_a_mail_server_wrote_it() -> None:
    text = f"From: MAILER-DAEMON@x.test\n\n<{ADDRESS}>: 550 unknown\nMessage-ID: <{name(1)}@x>\n"
    assert read(text.encode()).delivery == name(1)
    assert Failure(ADDRESS, True, "550") in read(text.encode()).failures
    exim = f"X-Failed-Recipients: {ADDRESS}\n\n5.7.1 no\n{name(1)}\n"
    assert read(exim.encode()).failures == (Failure(ADDRESS, True, "5.7.1"),)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        os.urandom(10_000),
        b"From: someone@x.test\n\nOut of office. 550 dlv_" + b"a" * 26,
        b"Content-Type: multipart/report\n\n--",
        b"Content-Type: multipart/mixed; boundary=B\n\n" + b"--B\nContent-Type: message/rfc822\n\n" * 3_000,
        b"Content-Type: message/delivery-status\n\n" + b"Final-Recipient: rfc822; a@b\nAction: failed\n\n" * 9_000,
        b"Content-Type: text/plain; charset=no-such\nFrom: MAILER-DAEMON@x\n\n\xff\xfe 550",
        b"A: " + b"x" * 2_000_000,
    ],
    ids=["empty", "noise", "out of office", "cut off", "nested", "many", "charset", "huge"],
)  # fmt: skip
def test_whatever_comes_is_survived_and_names_nothing_of_ours(raw: bytes) -> None:
    assert len(read(raw).failures) <= 100
    assert not read(raw).delivery


# -- what counts --------------------------------------------------------------------------------


def test_after_three_in_a_row_an_address_gets_no_more_and_the_operators_hear_it_once(
    store: SqlStore,
) -> None:
    sent = [send(store, number) for number in range(4)]
    lines = [line for one in sent for line in taking(store).take(report(one), NOW)]
    assert ["suppressed" in line for line in lines] == [False, False, True, False]
    assert store.suppressed([("desk", "mail")]) == {("desk", "mail"): {ADDRESS}}
    (told,) = store.deliveries(subscriber="operators")
    assert ADDRESS in store.release_by_id(told.release_id).text


def test_a_mail_that_did_not_come_back_begins_the_count_anew(store: SqlStore) -> None:
    sent = [send(store, number) for number in range(5)]
    for number in (0, 1, 3, 4):  # and not 2
        taking(store).take(report(sent[number]), NOW)
    assert store.suppressions() == []


def test_mails_that_were_sent_since_do_not_hide_what_came_back(store: SqlStore) -> None:
    sent = [send(store, number) for number in range(6)]
    for one in sent[:3]:
        taking(store).take(report(one), NOW)
    assert len(store.suppressions()) == 1


def test_the_same_report_counts_once(store: SqlStore) -> None:
    sent = send(store, 0)
    for _ in range(5):
        taking(store).take(report(sent), NOW)
    assert store.suppressions() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "delayed", "status": "4.4.7"},
        {"status": "4.2.2"},
        {"status": "5.3.4"},  # too large: the mail's fault
        {"address": "somebody.else@news.test"},
    ],
)
def test_what_is_not_final_or_not_ours_does_not_count(
    store: SqlStore, fields: dict[str, Any]
) -> None:
    for number in range(4):
        taking(store, 1).take(report(send(store, number), **fields), NOW)
    assert store.suppressions() == []


def test_a_forged_report_does_nothing(store: SqlStore) -> None:
    send(store, 0)
    waits = make_delivery(id=name(1), release_id=f"{1:016x}")
    change = Change("new", make_release(id=waits.release_id), waits.matches)
    store.record(make_poll(changes=(change,), deliveries=(waits,)))
    for forged in (name(1), name(2)):  # not sent yet; never owed
        taking(store, 1).take(report(forged), NOW)
    assert store.suppressions() == []


def test_an_address_is_recognised_in_any_case(store: SqlStore) -> None:
    taking(store, 1).take(report(send(store, 0), address=ADDRESS.upper()), NOW)
    assert store.suppressed([("desk", "mail")]) == {("desk", "mail"): {ADDRESS}}
    assert store.forget_bounces(ADDRESS.upper()) == 1
    assert store.suppressions() == []
    taking(store, 2).take(report(send(store, 1)), NOW)
    assert store.suppressions() == []  # what was before does not count any more


# -- with everything ----------------------------------------------------------------------------


@pytest.fixture
def desk(shell: Shell) -> Iterator[Desk]:
    with closing(Newswatch.start(partial(load, shell.config))) as newswatch:
        yield Desk(shell.config, newswatch)


def suppress(desk: Desk) -> None:
    (sent,) = desk.newswatch.store.deliveries(state="sent", subscriber="desk", limit=1)
    mail = delivery_id("desk", "mail", sent.release_id, 1)
    bouncing = Bouncing(desk.newswatch.store, desk.newswatch.pipeline.subscribers, 1, "x")
    assert "suppressed" in bouncing.take(report(mail), clock())[0]


def test_what_is_owed_to_a_suppressed_address_waits_and_says_why(desk: Desk, shell: Shell) -> None:
    desk.reads(OPENED)
    desk.sends()
    suppress(desk)
    desk.reads(OPENED, ("Another mission in Tajikistan", "It opened."))
    desk.sends()
    (waits,) = desk.newswatch.store.deliveries(state="deferred")
    assert (waits.channel, waits.attempts) == ("mail", 0)
    assert "came back" in desk.newswatch.store.last_answers([waits.id])[waits.id]
    assert ADDRESS in shell("bounces", "list").out
    assert shell("bounces", "forget", ADDRESS).code == 0
    assert shell("bounces", "forget", ADDRESS).code == 1
    assert shell("bounces", "list").code == 1


@pytest.mark.anyio
async def test_a_refusal_of_the_mail_server_counts_too(desk: Desk) -> None:
    with scripted(RCPT="550 5.1.1 no such user") as server:
        file = desk.config / "newswatch.yaml"
        text = file.read_text().replace(
            "security: none}}", "security: none}, bounces: {suppress_after: 1}}"
        )
        import re

        file.write_text(
            re.sub(r"host: 127.0.0.1, port: \d+", f"host: 127.0.0.1, port: {server.port}", text)
        )
        await desk.newswatch.reload()
        # the newsroom's page is put in by hand: what counts here is the mail
        owed = make_delivery(id=name(1), due=clock(), created=clock())
        desk.newswatch.store.record(make_poll(deliveries=(owed,)))
        for job in await desk.newswatch.take_deliveries(9):
            await job()
    assert [one.address for one in desk.newswatch.store.suppressions()] == [ADDRESS]


def test_a_maildir_is_read_once(desk: Desk, tmp_path: Path) -> None:
    for part in ("new", "cur", "tmp"):
        (tmp_path / "bounces" / part).mkdir(parents=True)
    desk.reads(OPENED)
    desk.sends()
    (sent,) = [d for d in desk.newswatch.store.deliveries() if d.channel == "mail"]
    (tmp_path / "bounces/new/1.x").write_bytes(report(sent.id))
    (tmp_path / "bounces/new/2.x").write_bytes(b"no report")
    ours = replace(desk.newswatch.configuration, bounces=tmp_path / "bounces")
    assert len(take_unread(ours, desk.newswatch.store)) == 2
    assert take_unread(ours, desk.newswatch.store) == []
    assert sorted(f.name for f in (tmp_path / "bounces/cur").iterdir()) == ["1.x:2,S", "2.x:2,S"]
    assert bouncing(ours, desk.newswatch.store).after == 3


def test_a_command_takes_a_report_and_never_sends_it_back(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "report"
    file.write_bytes(report(name(1)))
    result = shell("bounces", "take", str(file))
    assert result.code == 0
    assert "nothing was taken" in result.err
