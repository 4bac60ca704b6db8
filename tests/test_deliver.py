"""Sending, over real sockets: webhooks that verify, chat, and mail to a real SMTP server."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from factories import make_delivery
from installation import SECRET, free_port
from newswatch.deliver import make_senders
from newswatch.deliver.email import MailSender
from newswatch.deliver.relay import Relay
from newswatch.deliver.session import Sessions
from newswatch.model import Channel, MailServer, Outcome
from newswatch.ports import Message
from servers import Answer, Mailbox, Web, smtp_server, web_server

LOOPBACK = (ip_network("127.0.0.0/8"),)


def now() -> datetime:
    """The standardwebhooks library refuses old timestamps by its own clock."""
    return datetime.now(UTC)


OTHER = "whsec_" + "QW5vdGhlciBzZWNyZXQgb2YgMzIgYnl0ZXMgaGVyZSE="


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as running:
        yield running


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with smtp_server() as running:
        yield running


def message(channel: Channel, body: bytes = b'{"type":"release.published"}') -> Message:
    return Message(
        channel, (make_delivery(id="dlv_1"),), body, {"content-type": "application/json"}
    )


def hook(web: Web, *secrets: str) -> Message:
    return message(Channel("hook", "webhook", url=f"{web.url}/in", secrets=secrets or (SECRET,)))


def send(what: Message, allowed: tuple = LOOPBACK) -> Outcome:
    senders = make_senders(Sessions(allowed, "newswatch/0.1"), None, key=bytes)
    return asyncio.run(senders[what.channel.kind].send(what, now()))


def test_a_webhook_verifies_with_the_standard_library(web: Web) -> None:
    web.answer(Answer(200))
    assert send(hook(web)) == Outcome(ok=True, answer="200 OK")
    (request,) = web.requests
    assert Webhook(SECRET).verify(request.body, request.headers) == {"type": "release.published"}
    assert request.headers["webhook-id"] == "dlv_1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"] == "newswatch/0.1"


def test_a_webhook_does_not_verify_with_another_secret_or_body(web: Web) -> None:
    web.answer(Answer(200))
    send(hook(web))
    (request,) = web.requests
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(request.body, request.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(request.body + b" ", request.headers)


def test_while_a_secret_rotates_both_verify(web: Web) -> None:
    web.answer(Answer(204))
    send(hook(web, SECRET, OTHER))
    (request,) = web.requests
    for secret in (SECRET, OTHER):
        assert Webhook(secret).verify(request.body, request.headers)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(201), Outcome(ok=True, answer="201 Created")),
        (Answer(500), Outcome(ok=False, answer="500 Internal Server Error")),
        (Answer(400), Outcome(ok=False, answer="400 Bad Request")),
        (Answer(410), Outcome(ok=False, answer="410 Gone", retryable=False, disable=True)),
        (
            Answer(429, headers={"Retry-After": "60"}),
            Outcome(
                ok=False,
                answer="429 Too Many Requests",
                retry_after=timedelta(minutes=1),
                is_busy=True,
            ),
        ),
        (
            Answer(302, headers={"Location": "/x"}),
            Outcome(ok=False, answer="302 Found (redirects are not followed)"),
        ),
    ],
)
def test_an_answer_is_an_outcome(web: Web, answer: Answer, outcome: Outcome) -> None:
    web.answer(answer)
    assert send(hook(web)) == outcome
    assert len(web.requests) == 1


def test_an_endpoint_that_is_away_is_tried_again(web: Web) -> None:
    with web_server() as gone:
        what = hook(gone)
    outcome = send(what)
    assert (outcome.ok, outcome.retryable, outcome.disable) == (False, True, False)


def test_a_private_endpoint_is_refused_before_anything_is_sent(web: Web) -> None:
    outcome = send(hook(web), allowed=())
    assert "refused to connect" in outcome.answer
    assert web.requests == []


def test_no_answer_of_ours_holds_the_address_or_the_secret(web: Web) -> None:
    channel = Channel(
        "hook", "webhook", url=f"http://127.0.0.1:{free_port()}/token-1", secrets=(SECRET,)
    )
    outcome = send(message(channel))
    assert "token-1" not in outcome.answer
    assert SECRET not in repr(channel)
    assert "token-1" not in repr(channel)


def test_chat_gets_the_message_as_json(web: Web) -> None:
    web.answer(Answer(200, b"ok"))
    body = json.dumps({"text": "Mission opened"}).encode()
    assert send(message(Channel("chat", "chat", url=web.url), body)).ok
    assert json.loads(web.requests[0].body) == {"text": "Mission opened"}


MAIL = b"From: a@news.test\r\nSubject: Mission opened\r\n\r\nText\r\n"


def mail(*to: str) -> Message:
    return message(Channel("mail", "email", to=to or ("desk@news.test",)), MAIL)


def server(port: int, **fields: object) -> MailServer:
    return MailServer("newswatch <alerts@news.test>", "127.0.0.1", port, "none", **fields)  # type: ignore[arg-type]


def post(what: Message, port: int) -> Outcome:
    return asyncio.run(MailSender(Relay(server(port)), bytes).send(what, now()))


def test_a_mail_is_in_the_mailbox(mailbox: Mailbox) -> None:
    outcome = post(mail("desk@news.test", "b@news.test"), mailbox.port)
    assert (outcome.ok, "kept" in outcome.answer) == (True, True)
    assert mailbox.mails[0]["subject"] == "Mission opened"
    assert mailbox.envelopes == [
        ("alerts@news.test", ("desk@news.test",)),
        ("alerts@news.test", ("b@news.test",)),
    ]
    assert [one["to"] for one in mailbox.mails] == ["desk@news.test", "b@news.test"]


def test_a_mail_server_that_is_down_is_tried_again() -> None:
    outcome = post(mail(), free_port())
    assert (outcome.ok, outcome.retryable) == (False, True)
    assert "mail server" in outcome.answer


@pytest.mark.parametrize(
    ("reply", "retryable"), [("450 later", True), ("554 no spam", False), ("421 closing", True)]
)
def test_a_reply_says_whether_to_try_again(mailbox: Mailbox, reply: str, retryable: bool) -> None:
    mailbox.replies.append(reply)
    outcome = post(mail(), mailbox.port)
    assert (outcome.ok, outcome.retryable) == (False, retryable)
    assert reply[:3] in outcome.answer


def test_a_recipient_that_does_not_exist_is_final(mailbox: Mailbox) -> None:
    mailbox.refused["gone@news.test"] = "550 no such user"
    outcome = post(mail("gone@news.test"), mailbox.port)
    assert (outcome.ok, outcome.retryable) == (False, False)
    assert "gone@news.test: 550" in outcome.answer


def test_one_refused_recipient_does_not_keep_the_mail_from_the_other(mailbox: Mailbox) -> None:
    mailbox.refused["gone@news.test"] = "550 no such user"
    outcome = post(mail("gone@news.test", "desk@news.test"), mailbox.port)
    assert outcome.ok
    assert "refused for gone@news.test: 550" in outcome.answer
    assert mailbox.envelopes[0][1] == ("desk@news.test",)


def test_a_server_without_starttls_gets_no_mail_when_starttls_is_asked_for(
    mailbox: Mailbox,
) -> None:
    secure = MailServer("a@news.test", "127.0.0.1", mailbox.port, "starttls", "u", "the-password")
    outcome = asyncio.run(MailSender(Relay(secure), bytes).send(mail(), now()))
    assert (outcome.ok, mailbox.mails) == (False, [])
    assert "the-password" not in outcome.answer + repr(secure)
