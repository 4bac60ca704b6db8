"""Push (WebSub): a hub of our own on loopback is asked, verifies, pushes, and is relied on or not."""

import asyncio
import json
import threading
import urllib.request
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from structlog.testing import capture_logs

from factories import NOW
from hubscene import (
    DAYS,
    EVERY,
    HOUR,
    SLOW,
    TAJIKISTAN,
    Scene,
    form,
    installed,
    rss,
    signature,
    started,
    webs,
)
from installation import free_port
from newswatch.guard import make_client
from newswatch.hub import ask_hub, is_downgrade
from newswatch.model import Push
from servers import Answer, Request, Web, web_server
from test_cli import Shell
from test_end_to_end import daemon, until

# -- asking -----------------------------------------------------------------------------------------


def test_a_hub_that_a_poll_finds_is_asked_to_push(everywhere: Scene) -> None:
    everywhere.publish("One")
    everywhere.look()
    (asked,) = everywhere.ask()
    secret = asked.pop("hub.secret")
    token = asked["hub.callback"].removeprefix("http://news.test/push/")
    assert asked == {
        "hub.callback": f"http://news.test/push/{token}",
        "hub.mode": "subscribe",
        "hub.topic": everywhere.topic,
        "hub.lease_seconds": "864000",
    }
    assert len(token) == len(secret) == 43
    assert token != secret
    request = everywhere.hub.requests[0]
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert secret not in request.path
    assert everywhere.ask() == []


def test_a_source_without_a_hub_asks_nobody(scene: Scene) -> None:
    scene.publish("One", hub="https://[no")
    scene.look()
    assert scene.ask() == []
    assert scene.state.pushed is None


@pytest.mark.parametrize("mode", ["auto", "off"])
def test_hubs_are_left_alone_where_they_cannot_reach_us(scene: Scene, mode: str) -> None:
    scene.change("newswatch.yaml", ("push: on", f"push: {mode}"))
    scene.publish("One")
    scene.look()
    assert scene.ask() == []


def test_two_processes_ask_once(everywhere: Scene) -> None:
    everywhere.publish("One")
    everywhere.look()
    everywhere.newswatch.pushing.arranged(everywhere.clock())
    other = started(everywhere.config)
    assert len(other.pushing.claim(8)) == 1
    other.close()
    assert everywhere.ask() == []


def test_of_two_that_two_processes_made_one_stays(everywhere: Scene) -> None:
    everywhere.publish("One")
    everywhere.look()
    everywhere.newswatch.pushing.arranged(everywhere.clock())
    twin = replace(everywhere.push, token="~" * 43, callback="http://news.test/push/" + "~" * 43)
    everywhere.store.arrange_pushes([twin], [], [], everywhere.clock())
    assert len(everywhere.ask()) == 1
    assert [push.is_wanted for push in everywhere.store.pushes()] == [True, False]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(400, b"bad topic"), "the hub answered 400 Bad Request"),
        (Answer(404), "the hub answered 404 Not Found"),
        (Answer(500), "the hub answered 500 Internal Server Error"),
        (Answer(302, headers={"Location": "/other"}), "the hub answered 302 Found"),
        (Answer(307, headers={"Location": "/"}), "more than 3 redirects"),
        (Answer(308), "the hub answered 308 Permanent Redirect"),
    ],
    ids=["400", "404", "500", "302", "loop", "308 to nowhere"],
)
def test_a_hub_that_fails_is_asked_again_ever_more_rarely(
    scene: Scene, answer: Answer, reason: str
) -> None:
    scene.hub.answer(answer)
    scene.publish("One")
    scene.look()
    assert scene.ask()
    assert scene.state.pushed is not None
    assert scene.state.pushed.reason == reason
    for hours in (1, 2, 4, 8, 16, 24, 24):
        scene.later(hours * HOUR - timedelta(seconds=1))
        assert scene.ask() == []
        scene.later(timedelta(seconds=1))
        assert scene.ask()
    assert scene.is_due


def test_a_hub_that_is_down_harms_nothing(everywhere: Scene) -> None:
    everywhere.publish("One", hub=f"http://127.0.0.1:{free_port()}/")
    everywhere.look()
    everywhere.ask()
    assert "the hub cannot be asked" in everywhere.push.reason
    assert everywhere.state.state == "ok"


def test_a_hub_at_a_private_address_is_refused(scene: Scene) -> None:
    scene.publish("One")
    scene.look()
    scene.change("newswatch.yaml", ('allow_private: ["127.0.0.0/8"]', "allow_private: []"))
    assert scene.ask() == []
    assert "refused to connect" in scene.push.reason


@pytest.mark.parametrize("status", [307, 308])
def test_a_hub_may_lead_to_another(scene: Scene, status: int) -> None:
    def lead(request: Request) -> Answer:
        return Answer(202 if request.path == "/new" else status, headers={"Location": "/new"})

    scene.hub.handle = lead
    scene.publish("One")
    scene.look()
    first, second = scene.ask()
    assert first == second
    assert scene.push.reason == ""


def test_a_redirect_that_would_show_the_secret_is_not_followed() -> None:
    assert is_downgrade("https://hub.example/", "http://hub.example/")
    assert not is_downgrade("http://hub.example/", "http://other.example/")


def test_a_hub_that_never_answers_is_given_up(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newswatch.hub.DEADLINE", 0.05)
    waiting = threading.Event()

    def stall(request: Request) -> Answer:
        waiting.wait(20)
        return Answer(202)

    scene.hub.handle = stall
    scene.publish("One")
    scene.look()
    scene.ask()
    waiting.set()
    assert scene.push.reason.startswith("the hub did not answer within")


@pytest.mark.parametrize("address", ["http://[bad/", "ftp://hub.example/", "http://hub.example:x/"])
def test_an_address_that_is_none_is_a_reason(address: str) -> None:
    push = Push(
        "t",
        "newsroom",
        address,
        "https://newsroom.example/other",
        "https://news.example/push/t",
        "s",
        NOW,
    )
    assert asyncio.run(ask_hub(lambda: make_client((), "newswatch/test"), push))


# -- verification -------------------------------------------------------------------------------


def test_a_verification_is_answered_with_its_challenge(scene: Scene) -> None:
    scene.publish("One")
    scene.look()
    scene.ask()
    answer = scene.verify(challenge="<script>7</script>")
    assert (answer.status_code, answer.text) == (200, "<script>7</script>")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert scene.state.pushed is not None
    assert scene.state.pushed.until == NOW + 10 * DAYS


def test_a_hub_may_verify_before_it_answers(everywhere: Scene) -> None:
    def verify_and_fail(request: Request) -> Answer:
        everywhere.verify()
        return Answer(500)

    everywhere.hub.handle = verify_and_fail
    everywhere.publish("One")
    everywhere.look()
    everywhere.ask()
    assert (everywhere.push.until, everywhere.push.reason) == (NOW + 10 * DAYS, "")


@pytest.mark.parametrize(
    "change",
    [
        {"topic": "https://elsewhere.example/feed"},
        {"topic": ""},
        {"mode": "unsubscribe"},
        {"mode": "publish"},
        {"mode": ""},
        {"challenge": ""},
        {"challenge": "x" * 2001},
    ],
    ids=lambda change: "-".join(f"{key}={value[:12]}" for key, value in change.items()),
)
def test_what_was_not_asked_is_not_found(scene: Scene, change: dict[str, str]) -> None:
    scene.publish("One")
    scene.look()
    scene.ask()
    assert scene.verify(**change).status_code == 404
    assert scene.push.until is None


def test_a_verification_that_nobody_asked_for_is_not_found(scene: Scene) -> None:
    scene.publish("One")
    scene.look()
    scene.newswatch.pushing.arranged(scene.clock())
    assert scene.verify().status_code == 404


@pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 44, "ä" * 43])
def test_an_unknown_callback_is_not_found_and_is_gone_for_pushes(scene: Scene, token: str) -> None:
    scene.subscribe()
    callback = f"http://news.test/push/{token}"
    asked = {"hub.mode": "subscribe", "hub.topic": scene.topic, "hub.challenge": "c"}
    assert scene.call("GET", asked, callback=callback).status_code == 404
    answer = scene.call("POST", {}, callback=callback, content=b"")
    assert answer.status_code == 410
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE"])
def test_other_methods_change_nothing(scene: Scene, method: str) -> None:
    scene.publish("One")
    scene.look()
    scene.ask()
    asked = {"hub.mode": "subscribe", "hub.topic": scene.topic, "hub.challenge": "c"}
    assert scene.call(method, asked).status_code == 405
    assert scene.push.until is None


def test_a_verification_that_is_sent_again_does_not_lengthen_the_lease(everywhere: Scene) -> None:
    everywhere.subscribe()
    everywhere.later(DAYS)
    assert everywhere.verify().text == "c-1"
    assert everywhere.push.until == NOW + 10 * DAYS
    assert everywhere.verify(mode="unsubscribe").status_code == 404
    everywhere.later(3650 * DAYS)
    assert everywhere.verify().status_code == 404


def test_a_hub_that_refuses_is_asked_again_in_a_day(scene: Scene) -> None:
    scene.publish("One")
    scene.look()
    scene.ask()
    answer = scene.verify(mode="denied", reason="no\x1b[31m such\ntopic " + "x" * 999, challenge="")
    assert (answer.status_code, answer.text) == (200, "")
    assert scene.push.reason.startswith("the hub refuses: no [31m such topic x")
    assert len(scene.push.reason) < 250
    scene.later(DAYS - timedelta(seconds=1))
    assert scene.ask() == []
    scene.later(timedelta(seconds=1))
    assert len(scene.ask()) == 1


def test_a_hub_that_refuses_another_topic_is_not_heard(scene: Scene) -> None:
    scene.subscribe()
    assert scene.verify(mode="denied", topic="https://newsroom.example/other").status_code == 404
    assert scene.push.until is not None


def test_when_a_hub_refuses_after_all_polls_come_as_often_as_before(everywhere: Scene) -> None:
    everywhere.subscribe()
    everywhere.look()
    assert everywhere.state.next_poll == NOW + SLOW
    everywhere.verify(mode="denied")
    assert everywhere.state.next_poll == NOW + EVERY
    everywhere.look()
    assert everywhere.state.next_poll == NOW + EVERY


@pytest.mark.parametrize(
    ("said", "lease"),
    [("3600", HOUR), ("864000", 10 * DAYS), ("99999999", 30 * DAYS), ("", 10 * DAYS)],
    ids=["shorter", "as asked", "longer", "not said"],
)
def test_a_lease_is_renewed_when_two_thirds_are_over(
    scene: Scene, said: str, lease: timedelta
) -> None:
    scene.subscribe(lease_seconds=said)
    first = form(scene.hub.requests[0])
    assert scene.push.until == NOW + lease
    scene.later(lease * 2 / 3 - timedelta(seconds=1))
    assert scene.ask() == []
    scene.later(timedelta(seconds=2))
    assert scene.ask() == [first]
    assert scene.push.until == NOW + lease  # in force until the hub verifies anew
    scene.verify(lease_seconds="864000")
    assert scene.push.until == scene.clock() + 10 * DAYS


def test_a_lease_of_seconds_does_not_make_a_stream_of_requests(scene: Scene) -> None:
    scene.subscribe(lease_seconds="3")
    scene.later(timedelta(minutes=9))
    assert scene.ask() == []
    scene.later(timedelta(minutes=1))
    assert len(scene.ask()) == 1


# -- the end ------------------------------------------------------------------------------------------


def test_a_restart_keeps_the_subscription(everywhere: Scene) -> None:
    everywhere.subscribe()
    everywhere.look()
    before = everywhere.push
    everywhere.restart()
    assert everywhere.ask() == []
    assert everywhere.push == before
    everywhere.later(HOUR)
    everywhere.ping()
    assert everywhere.is_due


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("sources.yaml", ("id: newsroom", "id: other")),
        ("sources.yaml", ("language: en", "language: en, enabled: false")),
        ("newswatch.yaml", ("push: on", "push: off")),
    ],
    ids=["removed", "rested", "switched off"],
)
def test_a_source_that_is_not_polled_is_not_pushed(
    everywhere: Scene, file: str, change: tuple[str, str]
) -> None:
    everywhere.subscribe()
    callback = everywhere.push.callback
    everywhere.change(file, change)
    (asked,) = everywhere.ask()
    assert asked == {
        "hub.callback": callback,
        "hub.mode": "unsubscribe",
        "hub.topic": everywhere.topic,
    }
    assert everywhere.ping().status_code == 410
    assert everywhere.verify().status_code == 404
    assert everywhere.verify(mode="unsubscribe").text == "c-1"
    assert everywhere.store.pushes() == []
    assert everywhere.call("POST", {}, callback=callback, content=b"").status_code == 410


def test_an_end_that_no_hub_verifies_comes_with_the_lease(scene: Scene) -> None:
    scene.subscribe()
    scene.change("newswatch.yaml", ("push: on", "push: off"))
    scene.hub.answer(Answer(500))
    scene.ask()
    scene.later(10 * DAYS)
    assert scene.ask() == []
    assert scene.store.pushes() == []


def test_what_was_never_verified_is_ended_without_a_request(scene: Scene) -> None:
    scene.publish("One")
    scene.look()
    scene.ask()
    scene.change("newswatch.yaml", ("push: on", "push: off"))
    assert scene.ask() == []
    scene.later(HOUR)
    assert scene.ask() == []
    assert scene.store.pushes() == []


def test_a_source_that_is_gone_is_not_pushed(scene: Scene) -> None:
    scene.subscribe()
    scene.newsroom.answer(Answer(410))
    scene.look()
    assert [one["hub.mode"] for one in scene.ask()] == ["unsubscribe"]


def test_a_hub_that_a_feed_names_no_more_is_left(scene: Scene) -> None:
    scene.subscribe()
    scene.publish("Two", hub="https://[no")
    scene.look()
    assert [one["hub.mode"] for one in scene.ask()] == ["unsubscribe"]
    assert scene.state.pushed is None


def test_a_broken_document_does_not_end_a_subscription(scene: Scene) -> None:
    scene.subscribe()
    scene.newsroom.answer(Answer(body=b"<!DOCTYPE html><title>Maintenance</title>"))
    scene.look()
    assert scene.ask() == []
    assert scene.push.is_wanted


def test_another_hub_takes_over(everywhere: Scene) -> None:
    everywhere.subscribe()
    everywhere.later(2 * HOUR)
    with web_server() as other:
        other.answer(Answer(202))
        everywhere.publish("Two", hub=f"{other.url}/hub")
        everywhere.look()
        assert [one["hub.mode"] for one in everywhere.ask()] == ["unsubscribe"]
        assert [form(one)["hub.mode"] for one in other.requests] == ["subscribe"]
    assert everywhere.state.pushed is not None
    assert everywhere.state.pushed.hub == f"{other.url}/hub"


def test_a_feed_that_names_ever_other_hubs_does_not_make_newswatch_a_weapon(scene: Scene) -> None:
    for number in range(20):
        scene.publish(f"Release number {number}", hub=f"{scene.hub.url}/{number}")
        scene.look()
        scene.ask()
        scene.later(timedelta(minutes=1))
    assert len(scene.hub.requests) == 1
    scene.later(HOUR)
    scene.ask()
    assert [one.path for one in scene.hub.requests] == ["/0", "/19"]


def test_another_base_url_is_another_callback(scene: Scene) -> None:
    scene.subscribe()
    scene.later(2 * HOUR)
    scene.change("newswatch.yaml", ("http://news.test", "http://new.test/below/"))
    asked = {one["hub.mode"]: one["hub.callback"] for one in scene.ask()}
    assert asked["unsubscribe"].startswith("http://news.test/push/")
    assert asked["subscribe"].startswith("http://new.test/below/push/")


# -- what is shown --------------------------------------------------------------------------------------


@pytest.fixture
def shell(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    return Shell(scene.config, monkeypatch, capsys)


def test_nobody_is_shown_the_callback_or_the_secret(scene: Scene, shell: Shell) -> None:
    with capture_logs() as lines:
        scene.hub.answer(Answer(400, b"no"))
        scene.publish("One")
        scene.look()
        scene.ask()
        scene.verify()
        scene.ping()
        scene.ping(signed="")
        scene.verify(mode="denied", reason="enough")
    push = scene.push
    shown = [
        repr(lines),
        repr(push),
        shell("--json", "sources", "list").out,
        shell("sources", "list").out,
        shell("--json", "status").out,
        scene.call("GET", {}, callback="http://news.test/status").text,
    ]
    assert {line["event"] for line in lines} >= {
        "hub_asked_to_subscribe",
        "hub_verified",
        "push_due",
        "push_unsigned",
        "hub_denied",
    }
    for text in shown:
        assert "newsroom" in text
        assert push.token not in text
        assert push.secret not in text


def test_push_is_shown_with_the_sources(scene: Scene, shell: Shell) -> None:
    scene.subscribe()
    host = urlsplit(scene.hub.url).netloc
    page = scene.call("GET", {}, callback="http://news.test/status").text
    assert f"{host}, until <time" in page
    assert f"{host}, ended" in shell("sources", "list").out  # by the clock of the command
    scene.verify(mode="denied", reason="enough")
    assert f"{host}: the hub refuses: enough" in shell("sources", "list").out
    page = scene.call("GET", {}, callback="http://news.test/status").text
    assert f"{host}, not at the moment" in page
    assert "enough" not in page


# -- the daemon -------------------------------------------------------------------------------------------


def test_the_daemon_is_pushed_a_release(tmp_path: Path) -> None:
    with webs() as (newsroom, hub, hook):
        be_pushed(tmp_path, newsroom, hub, hook)


def be_pushed(tmp_path: Path, newsroom: Web, hub: Web, hook: Web) -> None:
    port = free_port()
    config = installed(tmp_path, newsroom, hook, port=port)
    service = config / "newswatch.yaml"
    service.write_text(
        service.read_text().replace('http://news.test"}', f'http://127.0.0.1:{port}"}}')
    )
    agreed: dict[str, str] = {}

    def answer(*titles: str) -> None:
        newsroom.answer(Answer(body=rss(*titles, hub=hub.url, topic=newsroom.url)))

    def verify(request: Request) -> Answer:
        asked = form(request)
        query = urlencode(
            {"hub.challenge": "c", **{k: asked[k] for k in ("hub.mode", "hub.topic")}}
        )
        with urllib.request.urlopen(f"{asked['hub.callback']}?{query}") as said:
            assert said.read() == b"c"
        agreed.update(asked)
        return Answer(202)

    hub.handle = verify
    answer("The first release of all")
    with daemon(config, port):
        until(lambda: agreed)
        answer(TAJIKISTAN, "The first release of all")
        body = b"there is news"
        signed = {"X-Hub-Signature": signature(agreed["hub.secret"], body)}
        ping = urllib.request.Request(agreed["hub.callback"], body, signed)
        assert urllib.request.urlopen(ping).status == 204
        until(lambda: hook.requests)
    titles = [json.loads(one.body)["data"]["release"]["title"] for one in hook.requests]
    assert titles == [TAJIKISTAN]
    assert len(newsroom.requests) == 2
