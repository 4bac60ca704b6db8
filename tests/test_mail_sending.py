"""Mail to a server that refuses, drops the line or hangs, at every stage of the dialogue."""

import asyncio
import gc
import ssl
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import trustme
from aiosmtpd.controller import Controller

from factories import NOW, make_delivery
from installation import free_port
from newswatch.breaker import OPENS, after
from newswatch.deliver import relay
from newswatch.deliver.email import MailSender
from newswatch.deliver.relay import AT_ONCE, Relay
from newswatch.model import Channel, ChannelState, Delivery, MailServer, Outcome
from newswatch.ports import Message
from newswatch.settling import settled
from servers import Mailbox
from smtpscript import DEAF, DROP, HANG, Script, scripted

A, B, C = "a@news.test", "b@news.test", "c@news.test"
BODY = b"From: alerts@news.test\r\nMessage-ID: <dlv_1@news.test>\r\nSubject: Opened\r\n\r\nText\r\n"
STAGES = ("connect", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "dot")
RETRY = (timedelta(minutes=5),) * 3


def sender(port: int, step: float = 0.3, **fields: object) -> MailSender:
    server = MailServer("newswatch <alerts@news.test>", "127.0.0.1", port, "none", "nw", "pass-1")
    return MailSender(Relay(replace(server, **fields), step), bytes)  # type: ignore[arg-type]


def send(script: Script, delivery: Delivery | None = None, to: tuple[str, ...] = (A,)) -> Outcome:
    return asyncio.run(sender(script.port).send(make_message(delivery, to), NOW))


def make_message(delivery: Delivery | None = None, to: tuple[str, ...] = (A,)) -> Message:
    return Message(Channel("mail", "email", to=to), (delivery or make_delivery(),), BODY, {})


def next_try(delivery: Delivery, outcome: Outcome) -> Delivery:
    return settled(delivery, outcome, NOW, RETRY, 0.0)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("fault", [DROP, HANG, "421 closing", "451 later"])
def test_a_fault_at_any_stage_is_a_matter_of_time(stage: str, fault: str) -> None:
    with scripted(**{stage: fault}) as script:
        outcome = send(script)
    assert (outcome.ok, outcome.retryable, outcome.attempted) == (False, True, True)
    assert next_try(make_delivery(), outcome).state == "deferred"
    assert "pass-1" not in outcome.answer


@pytest.mark.parametrize("stage", ["RCPT", "DATA", "dot"])
def test_what_is_refused_for_good_is_not_tried_again(stage: str) -> None:
    with scripted(**{stage: "554 no"}) as script:
        outcome = send(script)
    assert (outcome.retryable, outcome.turned_away) == (False, (A,))
    assert next_try(make_delivery(), outcome).state == "dead"


def test_a_mail_that_is_too_large_is_refused_for_good() -> None:
    with scripted(MAIL="552 too large") as script:
        assert next_try(make_delivery(), send(script)).state == "dead"


@pytest.mark.parametrize(
    ("stage", "reply"),
    [("AUTH", "535 bad password"), ("MAIL", "550 not from here"), ("RCPT", "530 log in first")],
)
def test_wrong_settings_cost_no_try_and_open_the_channel_at_once(stage: str, reply: str) -> None:
    with scripted(**{stage: reply}) as script:
        outcome = send(script)
    after_it = next_try(make_delivery(), outcome)
    assert (outcome.is_misconfigured, after_it.state, after_it.attempts) == (True, "deferred", 0)
    state = after(ChannelState("desk", "mail"), outcome, NOW, timedelta(days=5), 0.0)
    assert state.failures == OPENS
    assert reply[:3] in state.reason


def test_a_line_that_is_lost_after_the_last_dot_costs_one_copy_with_the_same_bytes() -> None:
    with scripted(dot=DROP) as script:
        delivery = next_try(make_delivery(), send(script))
        del script.says["dot"]
        assert next_try(delivery, send(script, delivery)).state == "sent"
    first, second = script.kept
    assert first == second


def test_a_line_that_is_lost_after_the_answer_is_no_failure() -> None:
    for fault in (DROP, HANG):
        with scripted(QUIT=fault) as script:
            assert send(script).ok


def test_a_server_that_takes_nothing_keeps_no_line_open() -> None:
    large = replace(make_message(), body=BODY + b"word " * 2_000_000)
    with scripted(EHLO="250-mail.test\r\n250 AUTH PLAIN", dot=DEAF) as script:
        outcome = asyncio.run(sender(script.port).send(large, NOW))
    assert (outcome.ok, outcome.retryable) == (False, True)
    gc.collect()  # a line that is open still is told now, and fails the test


def test_each_address_gets_an_envelope_and_a_mail_of_its_own() -> None:
    with scripted() as script:
        assert send(script, to=(A, B)).ok
    assert [one for one, _ in script.kept] == [A, B]
    assert [body.splitlines()[0] for _, body in script.kept] == [
        f"To: {x}".encode() for x in (A, B)
    ]
    assert sum(line.startswith("EHLO") for line in script.heard) == 1


def test_who_has_a_mail_gets_it_no_second_time_while_others_wait() -> None:
    to = (A, B, C)
    with scripted(**{f"RCPT {B}": "450 busy", f"RCPT {C}": "550 unknown"}) as script:
        delivery = next_try(make_delivery(), send(script, to=to))
        assert (delivery.state, delivery.taken, delivery.turned_away) == ("deferred", (A,), (C,))
        del script.says[f"RCPT {B}"]
        outcome = send(script, delivery, to)
        assert next_try(delivery, outcome).state == "sent"
    assert [one for one, _ in script.kept] == [A, B]


def test_when_the_last_address_refuses_the_mail_is_sent_if_another_has_it() -> None:
    delivery = make_delivery(state="leased", attempts=1, taken=(A,))
    with scripted(RCPT="550 unknown") as script:
        outcome = send(script, delivery, (A, B))
    assert outcome.ok
    assert f"refused for {B}: 550" in outcome.answer


def test_a_server_that_closes_between_two_addresses_leaves_the_rest_for_later() -> None:
    with scripted(**{f"RCPT {B}": "421 enough"}) as script:
        outcome = send(script, to=(A, B, C))
    assert (outcome.ok, outcome.taken, outcome.turned_away) == (False, (A,), ())
    assert outcome.answer == f"250 kept; not yet for {B}, {C}: 421 enough".removeprefix("250 ")


def test_the_server_hears_a_whole_name_and_the_size() -> None:
    with scripted() as script:
        send(script)
    assert script.heard[0] == "EHLO news.test"
    size = len(script.kept[0][1])
    assert f"MAIL FROM:<alerts@news.test> size={size}" in script.heard


def test_an_address_in_other_letters_needs_a_server_that_takes_it() -> None:
    with scripted() as script:
        outcome = send(script, to=("пресса@news.test", A))
    assert (outcome.ok, outcome.taken) == (True, (A,))
    assert "553" in outcome.answer


def test_a_mail_in_many_hands_does_not_outlast_its_deadline() -> None:
    with scripted(**{f"RCPT {B}": HANG}) as script:
        what = Message(Channel("mail", "email", to=(A, B, C)), (make_delivery(),), BODY, {})
        outcome = asyncio.run(replace(sender(script.port, step=1.5), deadline=0.3).send(what, NOW))
    assert outcome.taken == (A,)
    assert "no answer in time" in outcome.answer


@pytest.mark.parametrize("is_known", [True, False])
def test_starttls_checks_who_answers(
    is_known: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, other = trustme.CA(), trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    (authority if is_known else other).cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    mailbox = Mailbox(free_port())
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=mailbox.port,
        tls_context=context,
        require_starttls=True,
    )
    controller.start()
    try:
        what = Message(Channel("mail", "email", to=(A,)), (make_delivery(),), BODY, {})
        plain = sender(mailbox.port, step=5, security="starttls", username="", password="")
        outcome = asyncio.run(plain.send(what, NOW))
    finally:
        controller.stop()
    assert (outcome.ok, outcome.is_misconfigured, len(mailbox.mails)) == (
        is_known,
        not is_known,
        int(is_known),
    )


# -- connections ----------------------------------------------------------------------------------


def send_all(script: Script, count: int) -> list[Outcome]:
    """So many mails, all at the same time."""

    async def scene() -> list[Outcome]:
        one = sender(script.port, step=5)
        mails = [make_message(make_delivery(id=f"d{number}")) for number in range(count)]
        return await asyncio.gather(*(one.send(mail, NOW) for mail in mails))

    return asyncio.run(scene())


def said(script: Script, verb: str) -> int:
    return sum(line.startswith(verb) for line in script.heard)


def test_many_mails_share_a_few_connections_and_none_stays_open() -> None:
    with scripted() as script:
        assert all(outcome.ok for outcome in send_all(script, 5 * AT_ONCE))
        assert len(script.kept) == 5 * AT_ONCE
        assert said(script, "EHLO") == said(script, "QUIT") == AT_ONCE


def test_a_connection_is_ended_when_it_has_had_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "MANY", 2)
    with scripted() as script:
        assert all(outcome.ok for outcome in send_all(script, 4 * AT_ONCE))
        assert 2 * AT_ONCE <= said(script, "EHLO") == said(script, "QUIT") < 4 * AT_ONCE


@pytest.mark.parametrize("fault", [DROP, "421 you rested too long"])
def test_a_connection_that_was_lost_while_it_rested_costs_no_try(
    monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(relay, "A_MOMENT", -1.0)
    with scripted(RSET=fault) as script:
        assert all(outcome.ok for outcome in send_all(script, 2 * AT_ONCE))
        assert said(script, "EHLO") == 2 * AT_ONCE
        assert len(script.kept) == 2 * AT_ONCE
