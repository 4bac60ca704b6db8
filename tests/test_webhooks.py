"""Webhooks against a receiver that does everything receivers do (Standard Webhooks 1.0)."""

import asyncio
import json
import re
import ssl
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks.webhooks import Webhook

from factories import make_delivery
from installation import SECRET
from newswatch.deliver import make_senders
from newswatch.deliver.session import Sessions
from newswatch.model import Channel, Identity, Outcome
from newswatch.ports import Message
from receiver import (
    Behaviour,
    Receiver,
    drips,
    half_a_status,
    hangs,
    huge_header,
    loses_the_answer,
    never_ends,
    not_http,
    receiver,
    resets,
    says,
)
from servers import Answer, web_server

LOOPBACK = (ip_network("127.0.0.0/8"),)
NOW = datetime(2025, 2, 5, 9, 0, 0, 999_999, tzinfo=UTC)
SOON = timedelta(seconds=0.3)  # the deadline of exchanges that are meant to miss it
BODY = json.dumps({"title": "Мисия в Молдова – ОДИХР 😀"}, ensure_ascii=False).encode()
# An Ed25519 key of RFC 8032 section 7.1, test 1
PRIVATE = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


@pytest.fixture
def endpoint() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


def channel(url: str, *secrets: str, **fields: object) -> Channel:
    return Channel("hook", "webhook", url=url, secrets=secrets or (SECRET,), **fields)  # type: ignore[arg-type]


def message(to: Channel, body: bytes = BODY, message_id: str = "dlv_1") -> Message:
    return Message(to, (make_delivery(id=message_id),), body, {"content-type": "application/json"})


def send(
    what: Message, now: datetime = NOW, deadline: timedelta = timedelta(seconds=20)
) -> Outcome:
    sessions = Sessions(LOOPBACK, "newswatch/0.1")
    return asyncio.run(make_senders(sessions, None, deadline, key=bytes)["webhook"].send(what, now))


def send_to(endpoint: Receiver, *secrets: str, **fields: object) -> Outcome:
    return send(message(channel(endpoint.at("/in"), *secrets, **fields)))


# -- what is sent -------------------------------------------------------------------------------


def test_the_headers_are_those_of_the_standard(endpoint: Receiver) -> None:
    assert send_to(endpoint).ok
    (hit,) = endpoint.hits
    assert hit.id == "dlv_1"
    assert hit.header("webhook-timestamp") == str(int(NOW.timestamp()))
    assert re.fullmatch(r"v1,[A-Za-z0-9+/]{43}=", hit.header("webhook-signature"))
    assert hit.header("content-type") == "application/json"
    assert hit.header("user-agent") == "newswatch/0.1"
    assert "cookie" not in dict(hit.headers)
    assert hit.body == BODY  # what is signed is what is sent, whatever the script


def test_a_later_attempt_has_the_same_id_and_bytes_and_its_own_time(endpoint: Receiver) -> None:
    what = message(channel(endpoint.at("/in")))
    send(what)
    send(what, NOW + timedelta(minutes=5))
    first, second = endpoint.hits
    assert (first.id, first.body) == (second.id, second.body)
    times = [int(hit.header("webhook-timestamp")) for hit in (first, second)]
    assert times[1] - times[0] == 300
    assert first.header("webhook-signature") != second.header("webhook-signature")


def test_an_instant_of_another_zone_signs_the_same_second(endpoint: Receiver) -> None:
    from zoneinfo import ZoneInfo

    now = datetime.now(UTC)
    send(message(channel(endpoint.at("/in"))), now.astimezone(ZoneInfo("Asia/Bishkek")))
    (hit,) = endpoint.hits
    assert Webhook(SECRET).verify(hit.body, dict(hit.headers))


def verifies(hit_headers: dict[str, str], body: bytes, public: str) -> bool:
    token = next(t for t in hit_headers["webhook-signature"].split(" ") if t.startswith("v1a,"))
    content = f"{hit_headers['webhook-id']}.{hit_headers['webhook-timestamp']}.".encode() + body
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
    key.verify(b64decode(token.removeprefix("v1a,")), content)
    return True


def test_an_asymmetric_key_signs_so_that_its_public_half_verifies(endpoint: Receiver) -> None:
    send_to(endpoint, PRIVATE)
    (hit,) = endpoint.hits
    assert verifies(dict(hit.headers), hit.body, PUBLIC)
    assert "v1," not in hit.header("webhook-signature")


def test_symmetric_and_asymmetric_signatures_stand_beside_each_other(endpoint: Receiver) -> None:
    now = datetime.now(UTC)
    send(message(channel(endpoint.at("/in"), PRIVATE, SECRET)), now)
    (hit,) = endpoint.hits
    assert verifies(dict(hit.headers), hit.body, PUBLIC)
    assert Webhook(SECRET).verify(hit.body, dict(hit.headers))  # which splits at spaces and commas


def test_own_headers_are_sent_and_cannot_replace_those_of_the_standard(endpoint: Receiver) -> None:
    own = (("x-tenant", "desk"), ("authorization", "Bearer token"), ("webhook-id", "forged"))
    send_to(endpoint, headers=own)
    (hit,) = endpoint.hits
    assert (hit.header("x-tenant"), hit.header("authorization")) == ("desk", "Bearer token")
    assert hit.id == "dlv_1"


# -- what receivers do --------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_success(endpoint: Receiver, status: int) -> None:
    endpoint.then(says(status, body=b""))
    assert send_to(endpoint).ok


@pytest.mark.parametrize(
    "status", [300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 408, 422, 500, 501, 505, 599]
)
def test_everything_else_is_a_failure_that_is_tried_again(endpoint: Receiver, status: int) -> None:
    endpoint.then(says(status, f"location: {endpoint.at('/elsewhere')}"))
    outcome = send_to(endpoint)
    assert (outcome.ok, outcome.retryable, outcome.disable) == (False, True, False)
    assert outcome.answer.startswith(str(status))
    assert [hit.path for hit in endpoint.hits] == ["/in"]  # no redirect is followed


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_an_endpoint_that_is_busy_says_so_and_may_say_for_how_long(
    endpoint: Receiver, status: int
) -> None:
    until = format_datetime(NOW.replace(microsecond=0) + timedelta(hours=1), usegmt=True)
    endpoint.then(
        says(status), says(status, "retry-after: 90"), says(status, f"retry-after: {until}")
    )
    outcomes = [send_to(endpoint) for _ in range(3)]
    assert [outcome.is_busy for outcome in outcomes] == [True] * 3
    asked = [outcome.retry_after for outcome in outcomes]
    assert asked[:2] == [None, timedelta(seconds=90)]
    assert asked[2] is not None
    assert timedelta(minutes=59) < asked[2] <= timedelta(hours=1)


@pytest.mark.parametrize("value", ["soon", "-5", "1e3", "99999999999999999999", "", "٣"])
def test_a_retry_after_that_is_none_is_ignored(endpoint: Receiver, value: str) -> None:
    endpoint.then(says(503, f"retry-after: {value}"))
    outcome = send_to(endpoint)
    assert (outcome.is_busy, outcome.retry_after) == (True, None)


def test_410_switches_the_endpoint_off(endpoint: Receiver) -> None:
    endpoint.then(says(410))
    outcome = send_to(endpoint)
    assert (outcome.ok, outcome.retryable, outcome.disable) == (False, False, True)


@pytest.mark.parametrize("behaviour", [hangs, drips], ids=["silence", "a byte now and then"])
def test_the_deadline_is_for_the_whole_exchange(endpoint: Receiver, behaviour: Behaviour) -> None:
    endpoint.then(behaviour)
    outcome = send(message(channel(endpoint.at("/in"))), deadline=SOON)
    assert outcome == Outcome(ok=False, answer="no answer within 0.3 s")


@pytest.mark.parametrize("behaviour", [resets, half_a_status, loses_the_answer, not_http])
def test_a_connection_that_breaks_is_a_failure(endpoint: Receiver, behaviour: Behaviour) -> None:
    endpoint.then(behaviour)
    outcome = send_to(endpoint)
    assert (outcome.ok, outcome.retryable, outcome.is_busy) == (False, True, False)
    assert outcome.answer


@pytest.mark.parametrize(("status", "ok"), [(200, True), (500, False)])
def test_an_endless_answer_is_not_read(endpoint: Receiver, status: int, ok: bool) -> None:
    endpoint.then(never_ends(status))
    assert send_to(endpoint).ok is ok


def test_endless_headers_are_a_failure(endpoint: Receiver) -> None:
    endpoint.then(huge_header)
    assert not send_to(endpoint).ok


def test_a_lost_answer_leads_to_one_more_with_the_same_id(endpoint: Receiver) -> None:
    endpoint.then(loses_the_answer, says(200))
    what = message(channel(endpoint.at("/in")))
    assert [send(what).ok, send(what).ok] == [False, True]
    assert [hit.id for hit in endpoint.hits] == ["dlv_1", "dlv_1"]


def test_a_host_without_an_address_is_a_failure() -> None:
    outcome = send(message(channel("http://no-such-host.invalid/in")))
    assert (outcome.ok, outcome.retryable) == (False, True)


@pytest.mark.parametrize(("minutes", "words"), [(8, "7 min ahead of"), (-90, "90 min behind")])
def test_a_clock_that_is_off_is_named_where_an_endpoint_refuses(
    endpoint: Receiver, minutes: int, words: str
) -> None:
    theirs = format_datetime(NOW.replace(microsecond=0) + timedelta(minutes=minutes), usegmt=True)
    endpoint.then(says(401, f"date: {theirs}"), says(200, f"date: {theirs}"))
    assert words in send_to(endpoint).answer
    assert send_to(endpoint).answer == "200 OK"


@pytest.mark.parametrize("date", ["yesterday", "Wed, 05 Feb 2025 09:04:00 GMT", ""])
def test_a_clock_that_is_right_or_unknown_is_not(endpoint: Receiver, date: str) -> None:
    endpoint.then(says(401, f"date: {date}"))
    assert send_to(endpoint).answer == "401 Unauthorized"


# -- TLS ----------------------------------------------------------------------------------------


def test_a_certificate_of_an_unknown_authority_is_a_failure() -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with web_server(lambda _: Answer(200), tls=context) as web:
        outcome = send(message(channel(f"{web.url}/in")))
    assert not outcome.ok
    assert "certificate" in outcome.answer.lower()
    assert web.requests == []


@pytest.fixture
def mutual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Identity]]:
    """A receiver that asks for a client certificate, and one that it takes."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    ours = authority.issue_cert("newswatch.test")
    ours.private_key_pem.write_to_path(tmp_path / "key.pem")
    ours.cert_chain_pems[0].write_to_path(tmp_path / "certificate.pem")
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with web_server(lambda _: Answer(200), tls=context) as web:
        paths = (str(tmp_path / "certificate.pem"), str(tmp_path / "key.pem"))
        yield f"{web.url}/in", Identity(*paths)


def test_a_receiver_that_asks_who_calls_is_told(mutual: tuple[str, Identity]) -> None:
    url, identity = mutual
    assert send(message(channel(url, identity=identity))).ok


def test_a_client_certificate_that_is_not_there_is_a_failure(mutual: tuple[str, Identity]) -> None:
    url, identity = mutual
    outcome = send(message(channel(url, identity=Identity("/nowhere.pem", identity.key))))
    assert not outcome.ok
    assert "client certificate" in outcome.answer
