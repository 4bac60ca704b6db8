"""Chat over real sockets: what services answer, what a correction does, and Apprise kept in bounds."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from ipaddress import ip_network
from typing import Any

import pytest

from factories import NOW, make_delivery, make_release
from newswatch.courier import redacted, why_not_done, why_not_there
from newswatch.deliver import make_senders
from newswatch.deliver.session import Sessions
from newswatch.model import Channel, Outcome
from newswatch.ports import Message
from newswatch.render.message import render_message
from newswatch.store import SqlStore
from receiver import drips, receiver
from servers import Answer, Request, Web, web_server
from test_pipeline import poll
from test_render_message import DESK, HEAD
from test_revisions import HOUR, LETTERS, OPENED, RETITLED, scene, sent, take_back, told

LOOPBACK = (ip_network("127.0.0.0/8"),)
SECONDS = timedelta(seconds=30)


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as running:
        yield running


def senders(allowed: tuple[Any, ...] = LOOPBACK, deadline: timedelta = SECONDS) -> Any:
    return make_senders(Sessions(allowed, "newswatch/0.1"), None, deadline, allowed, key=bytes)


def message(url: str, service: str, title: str = "Observers open mission") -> Message:
    channel = Channel("chat", "chat", url=url, service=service)
    releases = {one.id: one for one in [make_release(title=title)]}
    return render_message(HEAD, DESK, channel, [make_delivery()], releases, NOW)


def send(what: Message, **settings: Any) -> Outcome:
    return asyncio.run(senders(**settings)["chat"].send(what, NOW))


def json_answer(status: int, value: object, **headers: str) -> Answer:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, json.dumps(value).encode(), named)


# -- what services answer -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "answer", "expected"),
    [
        ("slack", Answer(200, b"ok"), Outcome(ok=True, answer="200 OK")),
        (
            "slack",
            Answer(429, b"rate_limited", {"Retry-After": "30"}),
            Outcome(
                ok=False,
                answer="429 Too Many Requests (rate_limited)",
                retry_after=timedelta(seconds=30),
                is_busy=True,
            ),
        ),
        (
            "slack",
            Answer(404, b"no_service"),
            Outcome(ok=False, answer="404 Not Found (no_service)", retryable=False, disable=True),
        ),
        (
            "slack",
            Answer(400, b"invalid_blocks"),
            Outcome(ok=False, answer="400 Bad Request (invalid_blocks)", retryable=False),
        ),
        (
            "slack",
            Answer(410, b"channel_is_archived"),
            Outcome(ok=False, answer="410 Gone", retryable=False, disable=True),
        ),
        (
            "discord",
            json_answer(429, {"message": "You are being rate limited.", "retry_after": 1.2}),
            Outcome(
                ok=False,
                answer="429 Too Many Requests (You are being rate limited.)",
                retry_after=timedelta(seconds=2),
                is_busy=True,
            ),
        ),
        (
            "discord",
            json_answer(429, {"retry_after": 0.3}, Retry_After="65"),
            Outcome(
                ok=False,
                answer="429 Too Many Requests",
                retry_after=timedelta(seconds=65),
                is_busy=True,
            ),
        ),
        (
            "discord",
            json_answer(404, {"message": "Unknown Webhook", "code": 10015}),
            Outcome(
                ok=False, answer="404 Not Found (Unknown Webhook)", retryable=False, disable=True
            ),
        ),
        (
            "discord",
            json_answer(400, {"message": "Invalid Form Body", "code": 50035}),
            Outcome(ok=False, answer="400 Bad Request (Invalid Form Body)", retryable=False),
        ),
        ("discord", Answer(200, b"no JSON"), Outcome(ok=True, answer="200 OK")),
        (
            "discord",
            json_answer(200, {"id": "../../evil"}),
            Outcome(ok=True, answer="200 OK"),
        ),
        (
            "discord",
            json_answer(429, {"retry_after": "for ever"}),
            Outcome(ok=False, answer="429 Too Many Requests", is_busy=True),
        ),
        ("teams", Answer(202), Outcome(ok=True, answer="202 Accepted")),
        (
            "teams",
            Answer(200, b"Webhook message delivery failed with error: HTTP error 429"),
            Outcome(
                ok=False,
                answer="200 OK (Webhook message delivery failed with error: HTTP error 429)",
                is_busy=True,
            ),
        ),
        (
            "teams",
            json_answer(404, {"error": {"code": "WorkflowNotFound", "message": "gone"}}),
            Outcome(
                ok=False, answer="404 Not Found (WorkflowNotFound)", retryable=False, disable=True
            ),
        ),
        ("googlechat", Answer(200), Outcome(ok=True, answer="200 OK")),
        ("mattermost", Answer(500), Outcome(ok=False, answer="500 Internal Server Error")),
    ],
)
def test_an_answer_is_read_as_its_service_means_it(
    web: Web, service: str, answer: Answer, expected: Outcome
) -> None:
    web.answer(answer)
    assert send(message(f"{web.url}/hook", service)) == expected


def test_what_a_service_says_is_one_short_line(web: Web) -> None:
    web.answer(Answer(500, b"\x1b[31mline\r\nline " + b"x" * 100_000))
    answer = send(message(web.url, "slack")).answer
    assert answer.isprintable()
    assert len(answer) < 150


def test_discord_is_asked_for_the_message_and_its_id_is_the_receipt(web: Web) -> None:
    web.answer(json_answer(200, {"id": "1187", "content": ""}))
    assert send(message(f"{web.url}/api/webhooks/1/t?thread_id=7", "discord")).receipt == "1187"
    (request,) = web.requests
    assert (request.method, request.path) == ("POST", "/api/webhooks/1/t?thread_id=7&wait=true")


def test_google_chat_is_asked_to_answer_in_the_thread(web: Web) -> None:
    web.answer(Answer(200))
    send(message(f"{web.url}/v1/spaces/x/messages?key=k&token=t", "googlechat"))
    (request,) = web.requests
    assert "key=k&token=t&messageReplyOption=REPLY_MESSAGE_FALLBACK" in request.path


@pytest.mark.parametrize("service", ["slack", "discord", "teams", "googlechat", "mattermost"])
def test_a_private_room_is_refused_before_anything_is_sent(web: Web, service: str) -> None:
    outcome = send(message(web.url, service), allowed=())
    assert "refused to connect" in outcome.answer
    assert web.requests == []


# -- corrections ----------------------------------------------------------------------------------


class Discord:
    """A channel of Discord's: its messages by id, and what was asked."""

    def __init__(self) -> None:
        self.messages: dict[str, str] = {}
        self.asked: list[str] = []

    def __call__(self, request: Request) -> Answer:
        self.asked.append(request.method)
        embeds = json.loads(request.body)["embeds"]
        if request.method == "POST":
            identity = str(1000 + len(self.asked))
        else:
            identity = request.path.rpartition("/")[2].partition("?")[0]
            if identity not in self.messages:
                return json_answer(404, {"message": "Unknown Message", "code": 10008})
        self.messages[identity] = embeds[0]["title"]
        return json_answer(200, {"id": identity})


def room_pipeline(store: SqlStore, url: str, service: str) -> Any:
    channel = Channel("hook", "chat", url=url, service=service)
    render = partial(render_message, LETTERS)
    return scene(store, OPENED, RETITLED, channel=channel, senders=senders(), render=render)


def test_a_correction_takes_the_place_of_its_message_and_a_withdrawal_too(
    store: SqlStore, web: Web
) -> None:
    web.handle = room = Discord()
    pipeline = room_pipeline(store, f"{web.url}/api/webhooks/1/t", "discord")
    first, second = told(pipeline, HOUR)
    assert room.asked == ["POST", "PATCH"]
    (shown,) = room.messages.values()
    assert shown.startswith("Corrected: ODIHR opens")
    assert [store.delivery(one.id).receipt for one in (first, second)] == [*room.messages] * 2
    take_back(pipeline, first.release_id)
    sent(pipeline)
    (shown,) = room.messages.values()
    assert shown.startswith("Withdrawn: ODIHR opens")


def test_a_message_that_tells_several_releases_gives_way_to_no_correction_of_one(
    sqlite_store: SqlStore, web: Web
) -> None:
    web.handle = Discord()
    pipeline = room_pipeline(sqlite_store, f"{web.url}/api/webhooks/1/t", "discord")
    poll(pipeline)
    (batch,) = pipeline.claim()
    making = pipeline.attempts.make(*pipeline.addressee(batch[0]), batch * 2, NOW)
    attempt = asyncio.run(making)
    assert (attempt.outcome.ok, attempt.outcome.receipt) == (True, "")


def test_where_the_message_was_deleted_a_correction_is_a_new_one(
    sqlite_store: SqlStore, web: Web
) -> None:
    web.handle = room = Discord()
    pipeline = room_pipeline(sqlite_store, f"{web.url}/api/webhooks/1/t", "discord")
    told(pipeline)
    room.messages.clear()
    (second,) = told(pipeline)
    assert room.asked == ["POST", "PATCH", "POST"]
    assert sqlite_store.delivery(second.id).receipt in room.messages


def test_elsewhere_a_correction_is_a_new_message_that_says_so(
    sqlite_store: SqlStore, web: Web
) -> None:
    web.answer(Answer(200, b"ok"))
    told(room_pipeline(sqlite_store, web.url, "slack"), HOUR)
    first, second = (json.loads(one.body)["text"] for one in web.requests)
    assert "|ODIHR opens" in first
    assert "|Corrected: ODIHR opens" in second


# -- through Apprise ------------------------------------------------------------------------------


def apprise(scheme: str, web: Web, path: str, user: str = "") -> str:
    return f"{scheme}://{user}127.0.0.1:{web.port}{path}"


def test_ntfy_gets_the_message(web: Web) -> None:
    web.answer(Answer(200, b"{}"))
    outcome = send(message(apprise("ntfy", web, "/topic"), "apprise"))
    assert outcome == Outcome(ok=True, answer="200 OK")
    told_it = json.loads(web.requests[0].body)
    assert told_it["topic"] == "topic"
    assert told_it["message"].startswith("Observers open mission – https://newsroom.example/")


def test_gotify_gets_the_message_with_its_token(web: Web) -> None:
    web.answer(Answer(200, b"{}"))
    assert send(message(apprise("gotify", web, "/AaBbCcDd1234567"), "apprise")).ok
    assert web.requests[0].headers["x-gotify-key"] == "AaBbCcDd1234567"


def matrix(request: Request) -> Answer:
    if request.path.endswith("/account/whoami"):
        return json_answer(200, {"user_id": "@nw:test"})
    if "/join/" in request.path:
        return json_answer(200, {"room_id": "!room:test"})
    known = "/send/m.room.message" in request.path
    return json_answer(200, {"event_id": "$1"}) if known else json_answer(404, {})


def test_matrix_gets_html_in_which_a_title_is_a_title(web: Web) -> None:
    web.handle = matrix
    url = apprise("matrix", web, "/!room:test", "sometoken@")
    outcome = send(message(url, "apprise", title="<b>@room</b> & [x](y)"))
    assert outcome.ok, outcome
    event = json.loads(web.requests[-1].body)
    assert event["formatted_body"].startswith('<b><a href="https://newsroom.example/releases/1">')
    assert "&lt;b&gt;@\u200broom&lt;/b&gt; &amp; [x](y)</a></b>" in event["formatted_body"]
    assert "@room" not in event["body"]


def test_too_many_is_what_the_service_said_it_is(web: Web) -> None:
    web.answer(Answer(429, b"{}", {"Retry-After": "40"}))
    outcome = send(message(apprise("gotify", web, "/AaBbCcDd1234567"), "apprise"))
    assert (outcome.ok, outcome.retry_after, outcome.is_busy) == (
        False,
        timedelta(seconds=40),
        True,
    )
    assert outcome.answer.startswith("429 Too Many Requests (Failed to send Gotify notification")


def test_no_answer_of_apprise_holds_anything_of_the_address(web: Web) -> None:
    web.answer(Answer(403, b'{"error": "not allowed at hunter2secret"}'))
    url = apprise("ntfy", web, "/hiddentopic", "someuser:hunter2secret@")
    answer = send(message(url, "apprise")).answer
    assert answer.startswith("403 Forbidden (Failed to send ntfy notification")
    for secret in ("hunter2secret", "hiddentopic", "someuser", "127.0.0.1"):
        assert secret not in answer


def test_apprise_may_not_reach_a_private_address(web: Web) -> None:
    outcome = send(message(apprise("ntfy", web, "/topic"), "apprise"), allowed=())
    assert outcome.answer == "refused to connect: a private address (127.0.0.1)"
    assert (outcome.ok, web.requests) == (False, [])


def test_apprise_may_not_reach_a_name_that_leads_to_a_private_address(web: Web) -> None:
    url = f"gotify://localhost:{web.port}/AaBbCcDd1234567"
    outcome = send(message(url, "apprise"), allowed=(ip_network("10.0.0.0/8"),))
    assert outcome.answer.startswith("refused to connect: a private address (")
    assert web.requests == []


def test_apprise_follows_no_redirect(web: Web) -> None:
    web.answer(Answer(302, headers={"Location": f"{web.url}/elsewhere"}))
    assert not send(message(apprise("ntfy", web, "/topic"), "apprise")).ok
    assert len(web.requests) == 1


def test_a_service_that_hangs_costs_its_deadline_and_delays_no_other(web: Web) -> None:
    web.answer(Answer(200, b"{}"))
    with receiver() as slow:
        slow.behave = drips
        port = slow.url.rpartition(":")[2]
        chat = senders(deadline=timedelta(seconds=8))["chat"]
        order: list[str] = []

        async def noted(what: Message, name: str) -> Outcome:
            outcome: Outcome = await chat.send(what, NOW)
            order.append(name)
            return outcome

        async def both() -> tuple[Outcome, Outcome]:
            hung = noted(message(f"ntfy://127.0.0.1:{port}/topic", "apprise"), "hung")
            quick = noted(message(apprise("ntfy", web, "/topic"), "apprise"), "quick")
            first, second = await asyncio.gather(hung, quick)
            return first, second

        first, second = asyncio.run(both())
    assert first == Outcome(ok=False, answer="no answer within 8 s")
    assert second.ok
    assert order == ["quick", "hung"]


def test_an_address_that_lacks_something_is_told(web: Web) -> None:
    outcome = send(message(apprise("gotify", web, ""), "apprise"))
    assert outcome.answer == ("no answer over HTTP (the address lacks something, or has too much)")


# -- what the courier may do -----------------------------------------------------------------------

IN_THE_COURIER = """
from newswatch.courier import Report, guard
report = Report()
guard([], report)
import os, socket, subprocess
def tried(do):
    try:
        do()
    except PermissionError as error:
        return str(error)
    except OSError as error:
        return type(error).__name__
    return "done"
print(tried(lambda: socket.create_connection(("127.0.0.1", 9))))
print(tried(lambda: socket.socket().connect_ex(("127.0.0.1", 9))))
print(tried(lambda: socket.socket().connect(("localhost", 9))))
print(tried(lambda: socket.socket(socket.AF_UNIX).connect("/run/dbus")))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print(tried(lambda: udp.sendto(b"x", ("10.0.0.1", 53))))
print(tried(lambda: subprocess.run(["true"])))
print(tried(lambda: os.system("true")))
print(tried(lambda: os.fork()))
print(tried(lambda: open("written", "w")))
print(tried(lambda: os.open("written", os.O_WRONLY | os.O_CREAT)))
print(tried(lambda: open(os.devnull).close()))
"""


def test_the_couriers_guard_cannot_be_passed_by_any_library(tmp_path: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", IN_THE_COURIER],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "a private address (127.0.0.1)",
        "a private address (127.0.0.1)",
        "a host that is not resolved",
        "a socket of this machine",
        "a private address (10.0.0.1)",
        "a program",
        "a program",
        "a program",
        "a file to write",
        "a file to write",
        "done",
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (("93.184.215.14", 443), ""),
        (("93.184.215.14", 25), "port 25, which is for other services than the web"),
        (("fe80::1%eth0", 443, 0, 2), "a private address (fe80::1)"),
        (("::ffff:127.0.0.1", 443, 0, 0), "a private address (::ffff:7f00:1)"),
        (("169.254.169.254", 80), "a private address (169.254.169.254)"),
        (("", 80), "a host that is not resolved"),
        (b"/run/x", "a socket of this machine"),
        (None, ""),
    ],
)
def test_an_address_is_judged_as_it_is_connected_to(address: object, why: str) -> None:
    assert why_not_there(address, ()) == why


def test_reading_is_no_writing() -> None:
    assert why_not_done("open", ("x", "r", 0)) == ""
    assert why_not_done("open", ("x", None, None)) == ""
    assert why_not_done("import", ("os",)) == ""


def test_no_part_of_an_address_is_left_in_what_apprise_says() -> None:
    url = "tgram://123456789:AbC-dEf_ghi/@room%2Fname/?token=Sec%20ret"
    text = "failed for abc-def_ghi at https://api.telegram.org/bot123456789:AbC/x room/name Sec ret"
    shown = redacted(text, url)
    for secret in ("bc-dEf", "123456789", "telegram", "room", "Sec"):
        assert secret.lower() not in shown.lower()
