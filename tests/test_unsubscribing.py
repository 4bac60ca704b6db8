"""Readers unsubscribe by mail: what is heard, for whom, and what no mail can do."""

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from email.header import Header
from email.message import EmailMessage
from mailbox import Maildir
from urllib.parse import unquote

import pytest
import structlog

from newswatch.app import take_unread
from newswatch.recipients import Recipient, token
from newswatch.unsubscribing import tokens
from readerscene import ANN, BEN, Scene, first_mail, for_, on_each_engine, on_one_engine
from shell import Shell
from test_bounces import report

DAY = timedelta(days=1)
TOKEN = "aB3-_" * 4 + "xy"
KEY = b"a key"


scene = pytest.fixture(on_each_engine)
one = pytest.fixture(on_one_engine)


def subject_in(mail: EmailMessage) -> str:
    """What a mail program would fill in, of the address in `List-Unsubscribe`."""
    found = re.search(r"<mailto:alerts@news\.test\?subject=([^&>]+)>", mail["List-Unsubscribe"])
    assert found
    return unquote(found[1])


def written(subject: str, *more: str, to: str = "alerts@news.test") -> bytes:
    """A mail as a reader's program sends it."""
    lines = [f"From: {ANN}", f"To: {to}", f"Subject: {subject}", *more, "", "unsubscribe"]
    return "\r\n".join(lines).encode()


def comes(scene: Scene, *mails: bytes) -> list[str]:
    """Puts mails into the Maildir; what the daemon says of them."""
    inbox = scene.newswatch.configuration.bounces
    assert inbox is not None
    box = Maildir(inbox)
    for mail in mails:
        box.add(mail)
    return take_unread(scene.newswatch.configuration, scene.store)


# -- as readers do it -----------------------------------------------------------------------------


def test_a_mail_unsubscribes_one_address_and_the_other_stays(scene: Scene) -> None:
    mail = first_mail(scene)
    assert comes(scene, written(subject_in(mail))) == ["desk/desk-mail: unsubscribed by mail"]
    scene.publish()
    assert {one["To"] for one in scene.deliver()} == {BEN}
    assert comes(scene, written(subject_in(for_(scene.mailbox.mails, BEN)))) != []
    assert sorted(one.address for one in scene.store.choices()) == [ANN, BEN]


def test_a_mail_does_what_one_click_does(scene: Scene) -> None:
    mail = first_mail(scene)
    comes(scene, written(subject_in(mail)))
    by_mail = scene.store.choices()
    scene.store.choose([], by_mail, {}, scene.clock.now)
    path = f"/u/{subject_in(mail).partition(':')[2]}"
    scene.ask("POST", path, data={"List-Unsubscribe": "One-Click"})
    assert scene.store.choices() == by_mail
    assert "You are unsubscribed" in scene.get(path).text


def test_what_waited_for_the_reader_is_cancelled_in_the_same_moment(scene: Scene) -> None:
    scene.publish("opens")
    (waiting,) = scene.deliveries("weekly")
    assert waiting.state == "queued"
    weekly = token(scene.store.link_key(), "unsubscribe", Recipient("desk", "weekly", ANN))
    comes(scene, written(f"stop:{weekly}"))
    (waiting,) = scene.deliveries("weekly")
    assert waiting.state == "cancelled"
    assert f"unsubscribed on 2025-02-05 by {ANN}" in scene.answers()


def test_the_same_mail_again_changes_nothing_and_each_is_read_once(one: Scene) -> None:
    mail = written(subject_in(first_mail(one)))
    comes(one, mail, mail)
    first = one.store.choices()
    one.clock.now += DAY
    assert comes(one) == []
    assert len(comes(one, mail)) == 1
    assert one.store.choices() == first


def test_who_has_come_back_may_unsubscribe_again(one: Scene) -> None:
    subject = subject_in(first_mail(one))
    comes(one, written(subject))
    one.post(f"/u/{subject.partition(':')[2]}", take_back="yes")
    assert one.store.choices() == []
    comes(one, written(subject))
    assert [choice.kind for choice in one.store.choices()] == ["all"]


def test_it_is_logged_as_a_choice_without_address_and_token(
    one: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    subject = subject_in(first_mail(one))
    capsys.readouterr()
    with structlog.testing.capture_logs() as logged:
        lines = comes(one, written(subject))
    assert logged == [
        {"event": "chosen", "log_level": "info", "subscriber": "desk", "channel": "desk-mail", "choice": "all"},
    ]  # fmt: skip
    assert ANN not in "".join(lines)
    assert subject.partition(":")[2] not in "".join(lines)


def test_a_pipe_takes_such_a_mail_too(
    one: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = one.config / "mail"
    file.write_bytes(written(subject_in(first_mail(one))))
    result = Shell(one.config, monkeypatch, capsys)("bounces", "take", str(file))
    assert (result.code, "desk/desk-mail: unsubscribed by mail" in result.err) == (0, True)
    assert [choice.address for choice in one.store.choices()] == [ANN]


@pytest.mark.anyio
async def test_the_daemon_reads_them(one: Scene) -> None:
    mine = token(one.store.link_key(), "unsubscribe", Recipient("desk", "desk-mail", ANN))
    inbox = one.newswatch.configuration.bounces
    assert inbox is not None
    (inbox / "new/1.x").write_bytes(written(f"stop:{mine}"))
    for job in await one.newswatch.take_bounces(1):
        await job()
    assert [choice.address for choice in one.store.choices()] == [ANN]
    assert [file.name for file in (inbox / "cur").iterdir()] == ["1.x:2,S"]


# -- what no mail can do --------------------------------------------------------------------------


def of(purpose: str) -> Callable[[bytes], str]:
    who = Recipient("desk", "desk-mail", ANN)
    return lambda key: token(key, purpose, who)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "forged",
    [
        lambda _: TOKEN,
        of("manage"),
        of("useful"),
        lambda _: of("unsubscribe")(KEY),
        lambda key: token(key, "unsubscribe", Recipient("desk", "desk-mail", "c@news.test")),
        lambda key: of("unsubscribe")(key)[:-1] + "!",
        lambda key: of("unsubscribe")(key).swapcase(),
        lambda key: of("unsubscribe")(key) + "A",
    ],
    ids=["made up", "manage", "useful", "key", "nobody", "cut", "case", "longer"],
)  # fmt: skip
def test_a_token_that_is_none_is_left_as_any_unknown_mail(
    one: Scene, forged: Callable[[bytes], str]
) -> None:
    (line,) = comes(one, written(f"stop:{forged(one.store.link_key())}"))
    assert line == "nothing was taken: it is no report on a mail of newswatch"
    assert one.store.choices() == []


def test_links_that_were_ended_are_ended_by_mail_too(one: Scene) -> None:
    subject = subject_in(first_mail(one))
    one.store.renew_link_key()
    assert "nothing was taken" in comes(one, written(subject))[0]
    assert one.store.choices() == []


def test_a_mail_that_came_back_unsubscribes_nobody_though_the_token_is_in_it(one: Scene) -> None:
    mail = first_mail(one)
    (sent,) = [d for d in one.deliveries() if d.state == "sent"]
    returned = report(sent.id, address=ANN).replace(
        b"Subject: An alert", f"List-Unsubscribe: {mail['List-Unsubscribe']}".encode()
    )
    assert subject_in(mail).encode() in returned
    (line,) = comes(one, returned)
    assert "came back" in line
    assert one.store.choices() == []


def test_an_answer_that_a_program_wrote_is_nobodys_wish_and_is_not_answered(one: Scene) -> None:
    subject = subject_in(first_mail(one))
    before = len(one.mailbox.mails)
    answers = [
        written(f"Re: {subject}", f"Auto-Submitted: {said}")
        for said in ("auto-replied", "Auto-Replied; owner-email=x")
    ]
    assert all("nothing was taken" in line for line in comes(one, *answers))
    comes(one, written(subject, "Auto-Submitted: auto-generated"))  # by the reader's program
    assert len(one.store.choices()) == 1
    assert [*one.deliver(), *one.mailbox.mails[before:]] == []


# -- mails, whatever programs make of them --------------------------------------------------------


@pytest.mark.parametrize(
    "mail",
    [
        written(f"stop:{TOKEN}"),
        written(f"Re: [EXTERNAL] STOP: {TOKEN} (was: alerts)"),
        written(f"stop:\r\n {TOKEN}"),
        written(str(Header(f"stop:{TOKEN} – bitte", "utf-8"))),
        written(f"=?no-such?q?x?= stop:{TOKEN}"),
        written("ünsubscribe stop:" + TOKEN),
        written("stop please", to=f"Alerts <alerts+{TOKEN}@news.test>"),
        written("", f"Delivered-To: alerts+{TOKEN}@news.test"),
        written("x", f"X-Original-To: alerts+{TOKEN}@news.test"),
        written("x", f"Subject: stop:{TOKEN}"),
        f"Subject: stop:{TOKEN}\n\n".encode() + b"\xff" * 900_000,
    ],
    ids=["plain", "dressed up", "folded", "encoded", "badly encoded", "not ASCII", "to", "delivered", "original", "twice", "large"],
)  # fmt: skip
def test_a_token_is_found(mail: bytes) -> None:
    assert list(tokens(mail)) == [TOKEN]


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        bytes(range(256)) * 400,
        b"Subject: =?utf-8?b?" + b"=" * 5_000 + b"?=\n\n",
        b"Subject: " + b"stop:" * 20_000 + TOKEN.encode() + b"\n\n",
        f"Subject: nonstop:{TOKEN}\nFrom: alerts+{TOKEN}@news.test\n\nstop:{TOKEN}".encode(),
        f"Subject: hello\n\nSubject: stop:{TOKEN}\n".encode(),
        b"X: " + b"x" * 200_000 + f"\nSubject: stop:{TOKEN}\n\n".encode(),
        b"To: a@x.test\n" * 10_000 + f"Subject: stop:{TOKEN}\n\n".encode(),
    ],
    ids=["empty", "noise", "bad", "long", "elsewhere", "body", "late", "many"],
)
def test_no_token_is_found_where_none_should_be(mail: bytes) -> None:
    assert list(tokens(mail)) == []


def test_of_many_tokens_only_so_many_are_looked_at() -> None:
    head = "".join(f"To: a+{number:022d}@x.test\n" for number in range(1_000))
    assert len(list(tokens(head.encode()))) == 10


# -- where it is heard ----------------------------------------------------------------------------


def edited(scene: Scene, inbox: str) -> EmailMessage:
    """The first mail of a newswatch with another mailbox, or none."""
    service = scene.config / "newswatch.yaml"
    service.write_text(service.read_text().replace(", bounces: {maildir: inbox}", inbox))
    asyncio.run(scene.newswatch.reload())
    scene.publish("opens")
    return scene.deliver()[0]


def test_no_mail_is_offered_where_no_mailbox_is_read(one: Scene) -> None:
    stop = edited(one, "")["List-Unsubscribe"]
    assert re.fullmatch(r"<https://news\.test/u/[\w-]{22}>", stop)


def test_a_pipe_is_told_by_its_address(one: Scene) -> None:
    stop = edited(one, ", bounces: {address: stop@lists.test}")["List-Unsubscribe"]
    assert re.search(r" <mailto:stop@lists\.test\?subject=stop:[\w-]{22}>$", stop)


def test_the_mailbox_of_a_maildir_may_have_another_address_than_the_sender(one: Scene) -> None:
    stop = edited(one, ", bounces: {maildir: inbox, address: stop@lists.test}")["List-Unsubscribe"]
    assert "mailto:stop@lists.test?" in stop


def test_an_address_that_is_none_is_refused(
    one: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    service = one.config / "newswatch.yaml"
    service.write_text(service.read_text().replace("maildir: inbox", "address: nobody"))
    result = Shell(one.config, monkeypatch, capsys)("check")
    assert (result.code, "is not a mail address" in result.out) == (2, True)
