"""Push (WebSub): a hub of our own on loopback is asked, verifies, pushes, fails and forgets."""

import asyncio
import hashlib
import hmac
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from structlog.testing import capture_logs

from factories import NOW, make_document, make_source
from installation import free_port, install
from newswatch.app import Newswatch, make_site
from newswatch.config.load import load
from newswatch.guard import make_client
from newswatch.hub import ask_hub, is_downgrade
from newswatch.intake import take_in
from newswatch.links import linked
from newswatch.model import Listing, Pick, Push, SourceState
from newswatch.pipeline import LEASE
from newswatch.push import LEASE as ASKED_LEASE
from newswatch.push import LONGEST_LEASE, is_reachable, is_signed, lease_of
from servers import Answer, Request, Web, web_server
from test_end_to_end import command, daemon, until
from test_pipeline import Clock

HOUR = timedelta(hours=1)
EVERY = timedelta(minutes=30)  # what sources have without `poll`
SLOW = 8 * EVERY
DAYS = timedelta(days=1)
TAJIKISTAN = "Observers open mission in Tajikistan"
HUB = "https://hub.example/"
SELF = "https://newsroom.example/feed.xml"
BASE = "https://newsroom.example/feed"


# -- discovery ------------------------------------------------------------------------------------


def rss(*titles: str, hub: str = "", topic: str = "") -> bytes:
    links = "".join(
        f'<atom:link rel="{relation}" href="{escape(address)}"/>'
        for relation, address in (("hub", hub), ("self", topic))
        if address
    )
    items = "".join(
        f"<item><title>{title}</title><link>https://newsroom.example/{title[-20:]}</link></item>"
        for title in titles
    )
    return (
        f'<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>N</title>'
        f"{links}{items}</channel></rss>"
    ).encode()


ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>N</title><id>urn:n</id>
<link rel="hub" href="{HUB}"/><link rel="self" href="{SELF}"/>
<entry><title>One</title><id>urn:1</id><link href="/1"/></entry></feed>""".encode()
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "feed_url": SELF,
        "hubs": [
            {"type": "rssCloud", "url": "https://cloud.example/"},
            {"type": "WebSub", "url": HUB},
        ],
        "items": [{"id": "1", "url": "/1", "title": "One"}],
    }
).encode()
PAGE = f"""<!DOCTYPE html><html><head><title>N</title><link rel="hub" href="{HUB}">
<link rel="alternate self" href="/feed.xml"></head><body><link rel="hub" href="https://other.example/">
<ul><li><a href="/1">One</a></li></ul></body></html>""".encode()
LISTING = make_source(
    kind="listing", layouts=(Listing(item="li", title=Pick("a"), link=Pick("a@href")),)
)


def found(body: bytes, link: str | None = None, **source: Any) -> tuple[str | None, str | None]:
    document = make_document(body, content_type=None, link=link)
    intake = take_in(document, LISTING if body == PAGE else make_source(**source), NOW)
    return intake.hub, intake.topic


@pytest.mark.parametrize(
    "body", [rss("One", hub=HUB, topic=SELF), ATOM, JSON, PAGE], ids=["RSS", "Atom", "JSON", "HTML"]
)
def test_a_hub_is_found_in_the_document(body: bytes) -> None:
    assert found(body) == (HUB, SELF)


def test_link_headers_win_over_the_document() -> None:
    header = '<https://head.example/hub>; rel="hub", </canonical>; rel="self"'
    body = rss("One", hub=HUB, topic=SELF)
    assert found(body, header) == ("https://head.example/hub", "https://newsroom.example/canonical")


def test_a_document_that_does_not_name_itself_is_known_by_its_address() -> None:
    assert found(rss("One", hub=HUB)) == (HUB, BASE)


@pytest.mark.parametrize("hub", ["", "ftp://hub.example/", "javascript:alert(1)", "http://[bad/"])
def test_what_is_no_web_address_is_no_hub(hub: str) -> None:
    assert found(rss("One", hub=hub, topic=SELF)) == (None, None)


@pytest.mark.parametrize("feed_url", ["http://[bad/", 7, None])
def test_a_json_feed_with_odd_hubs_is_read_all_the_same(feed_url: object) -> None:
    odd = json.loads(JSON) | {"feed_url": feed_url, "hubs": [1, {"type": "WebSub", "url": "x://["}]}
    assert found(json.dumps(odd).encode()) == (None, None)


@pytest.mark.parametrize(
    ("header", "address"),
    [
        (f"<{HUB}>; rel=hub", HUB),
        (f'<{HUB}>; rel="next HUB"', HUB),
        (f'<https://a.example/>; rel="self", <{HUB}>;rel="hub"', HUB),
        (f'<https://a.example/?x=1,2>; title="a, b; rel=hub", <{HUB}>; rel="hub"', HUB),
        (f'<{HUB}>; title="a \\"b\\" c"; rel="hub"', HUB),
        (f'<{HUB}>; crossorigin; rel="hub"', HUB),
        ("</hub>; rel=hub", "https://newsroom.example/hub"),
        ("<>; rel=hub", BASE),
        (f'<{HUB}>; rel=hub; anchor="{BASE}"', HUB),
        (f'<{HUB}>; rel=hub; anchor="/elsewhere"', None),
        (f"<{HUB}>; rel=self; rel=hub", None),
        ("<ftp://hub.example/>; rel=hub", None),
        ("<http://[bad/>; rel=hub", None),
        ("rel=hub", None),
        ("<" * 20_000, None),
        ("<a>;" + " " * 90_000, None),
        ("", None),
        (None, None),
    ],
)
def test_a_link_header_is_read_as_rfc_8288_says(header: str | None, address: str | None) -> None:
    assert linked(header, "hub", BASE) == address


# -- what is ours -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "is_so"),
    [
        ("https://news.osce-watch.org", True),
        ("http://93.184.216.34:8080/news", True),
        ("http://127.0.0.1:8080", False),
        ("http://localhost", False),
        ("http://newswatch", False),
        ("http://10.1.2.3", False),
        ("http://[::1]:8080", False),
        ("http://[fd00::1]", False),
        ("https://news.example", False),
        ("https://news.corp.internal.", False),
    ],
)
def test_an_address_inside_is_given_to_no_hub(address: str, is_so: bool) -> None:
    assert is_reachable(address) is is_so


def signature(secret: str, body: bytes, method: str = "sha256") -> str:
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_each_method_of_the_recommendation_signs(method: str) -> None:
    right = signature("secret", b"news", method)
    assert is_signed("secret", b"news", right)
    assert is_signed("secret", b"news", right.upper().replace(method.upper(), method))
    assert not is_signed("other", b"news", right)
    assert not is_signed("secret", b"newz", right)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256",
        "sha256=",
        "md5=" + hashlib.md5(b"").hexdigest(),
        "=",
        "shake_128=00",
        "sha256=é",
    ],
)
def test_what_is_no_signature_signs_nothing(header: str) -> None:
    assert not is_signed("secret", b"", header)


@pytest.mark.parametrize(
    ("said", "lease"),
    [
        ("3600", HOUR),
        ("864000", 10 * DAYS),
        ("0003600", HOUR),
        ("99999999", LONGEST_LEASE),
        *((odd, ASKED_LEASE) for odd in ("", "0", "-5", "1e9", "9" * 5000, "١٢٣", "abc")),
    ],
)
def test_a_lease_is_as_long_as_the_hub_says_within_bounds(said: str, lease: timedelta) -> None:
    assert lease_of(said) == lease


# -- a newsroom, a hub, and newswatch ---------------------------------------------------------------


@dataclass
class Scene:
    """The real application on a store, with its clock, a newsroom that has a hub, and a receiver."""

    config: Path
    clock: Clock
    newsroom: Web
    hub: Web
    hook: Web
    newswatch: Newswatch
    titles: list[str] = field(default_factory=list)
    read: int = 0

    def start(self) -> None:
        self.newswatch = started(self.config)

    def restart(self) -> None:
        self.newswatch.close()
        self.start()

    def change(self, file: str, *changes: tuple[str, str]) -> None:
        """Changes the configuration, and reloads."""
        path = self.config / file
        text = path.read_text()
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        path.write_text(text)
        self.restart()

    def publish(self, *titles: str, hub: str | None = None) -> None:
        self.titles[:0] = titles
        body = rss(*self.titles, hub=self.hub.url if hub is None else hub, topic=self.topic)
        self.newsroom.answer(Answer(body=body, headers={"Content-Type": "application/rss+xml"}))

    @property
    def topic(self) -> str:
        return f"{self.newsroom.url}/feed?a=1&b=ü"

    @property
    def store(self) -> Any:
        return self.newswatch.store

    @property
    def state(self) -> SourceState:
        return self.store.source_states()["newsroom"]

    @property
    def push(self) -> Push:
        (only,) = self.store.pushes()
        return only

    @property
    def is_due(self) -> bool:
        return bool(self.poll())

    def later(self, time: timedelta) -> None:
        self.clock.now += time

    def poll(self) -> list[str]:
        """Polls what is due now; the ids."""
        claimed = self.store.claim_sources(self.clock(), LEASE, 9)
        states = self.store.source_states()
        for one in claimed:
            asyncio.run(self.newswatch.poll(self.newswatch.pipeline.sources[one], states[one]))
        return list(claimed)

    def look(self) -> None:
        """Polls the newsroom, due or not."""
        source = self.newswatch.pipeline.sources["newsroom"]
        asyncio.run(self.newswatch.poll(source, self.state))

    def ask(self) -> list[dict[str, str]]:
        """Asks the hubs that are to be asked now; what they were sent."""

        async def work() -> None:
            for job in await self.newswatch.take_pushes(8):
                await job()

        asyncio.run(work())
        new, self.read = self.hub.requests[self.read :], len(self.hub.requests)
        return [form(request) for request in new]

    def call(self, method: str, query: dict[str, str], **more: Any) -> httpx.Response:
        """What a hub sends to the callback."""
        path = f"{urlsplit(more.pop('callback', '') or self.push.callback).path}"

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(make_site(self.newswatch), raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://news.test"
            ) as client:
                return await client.request(method, path, params=query, **more)

        return asyncio.run(send())

    def verify(self, **changes: str) -> httpx.Response:
        """The hub verifies what it was asked; `lease_seconds` and the others can be said otherwise."""
        mode = changes.pop("mode", "subscribe")
        asked = {"mode": mode, "topic": self.topic, "challenge": "c-1", "lease_seconds": "864000"}
        return self.call("GET", {f"hub.{k}": v for k, v in (asked | changes).items() if v})

    def ping(self, body: bytes = b"<rss/>", signed: str | None = None) -> httpx.Response:
        """The hub pushes, signed as agreed or as given."""
        said = signature(self.push.secret, body) if signed is None else signed
        return self.call(
            "POST", {}, content=body, headers={"X-Hub-Signature": said} if said else {}
        )

    def subscribe(self, **changes: str) -> None:
        """A poll, a request and a verification: push works."""
        self.publish("The first release of all")
        self.look()
        self.ask()
        assert self.verify(**changes).status_code == 200


def form(request: Request) -> dict[str, str]:
    return {name: one for name, (one,) in parse_qs(request.body.decode()).items()}


def started(config: Path) -> Newswatch:
    newswatch = Newswatch.start(lambda: load(config))
    still: Callable[[], float] = lambda: 0.0  # noqa: E731
    newswatch.pipeline = replace(newswatch.pipeline, read=take_in, spread=still)
    newswatch.pushing = replace(newswatch.pushing, spread=still)
    return newswatch


def installed(directory: Path, newsroom: Web, hook: Web, **more: Any) -> Path:
    config = install(directory, newsroom=newsroom.url, hook=hook.url, **more)
    service = config / "newswatch.yaml"
    service.write_text(service.read_text().replace("polling: {", "polling: {push: on, "))
    return config


@pytest.fixture
def webs() -> Iterator[tuple[Web, Web, Web]]:
    with web_server() as newsroom, web_server() as hub, web_server() as hook:
        hub.answer(Answer(202))
        hook.answer(Answer(200))
        yield newsroom, hub, hook


@pytest.fixture
def scene(
    tmp_path: Path,
    webs: tuple[Web, Web, Web],
    store_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Scene]:
    clock = Clock()
    monkeypatch.setattr("newswatch.app.clock", clock)
    newsroom, hub, hook = webs
    config = installed(tmp_path, newsroom, hook, database=store_url)
    made = Scene(config, clock, newsroom, hub, hook, started(config))
    made.publish()
    yield made
    made.newswatch.close()


# -- asking -----------------------------------------------------------------------------------------


def test_a_hub_that_a_poll_finds_is_asked_to_push(scene: Scene) -> None:
    scene.publish("One")
    scene.look()
    (asked,) = scene.ask()
    secret = asked.pop("hub.secret")
    token = asked["hub.callback"].removeprefix("http://news.test/push/")
    assert asked == {
        "hub.callback": f"http://news.test/push/{token}",
        "hub.mode": "subscribe",
        "hub.topic": scene.topic,
        "hub.lease_seconds": "864000",
    }
    assert len(token) == len(secret) == 43
    assert token != secret
    request = scene.hub.requests[0]
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert secret not in request.path
    assert scene.ask() == []


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


def test_two_processes_ask_once(scene: Scene) -> None:
    scene.publish("One")
    scene.look()
    scene.newswatch.pushing.arranged(scene.clock())
    other = started(scene.config)
    assert len(other.pushing.claim(8)) == 1
    other.close()
    assert scene.ask() == []


def test_of_two_that_two_processes_made_one_stays(scene: Scene) -> None:
    scene.publish("One")
    scene.look()
    scene.newswatch.pushing.arranged(scene.clock())
    twin = replace(scene.push, token="~" * 43, callback="http://news.test/push/" + "~" * 43)
    scene.store.arrange_pushes([twin], [], [], scene.clock())
    assert len(scene.ask()) == 1
    assert [push.is_wanted for push in scene.store.pushes()] == [True, False]


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


def test_a_hub_that_is_down_harms_nothing(scene: Scene) -> None:
    scene.publish("One", hub=f"http://127.0.0.1:{free_port()}/")
    scene.look()
    scene.ask()
    assert "the hub cannot be asked" in scene.push.reason
    assert scene.state.state == "ok"


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
    push = Push("t", "newsroom", address, SELF, "https://news.example/push/t", "s", NOW)
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


def test_a_hub_may_verify_before_it_answers(scene: Scene) -> None:
    def verify_and_fail(request: Request) -> Answer:
        scene.verify()
        return Answer(500)

    scene.hub.handle = verify_and_fail
    scene.publish("One")
    scene.look()
    scene.ask()
    assert (scene.push.until, scene.push.reason) == (NOW + 10 * DAYS, "")


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


def test_a_verification_that_is_sent_again_does_not_lengthen_the_lease(scene: Scene) -> None:
    scene.subscribe()
    scene.later(DAYS)
    assert scene.verify().text == "c-1"
    assert scene.push.until == NOW + 10 * DAYS
    assert scene.verify(mode="unsubscribe").status_code == 404
    scene.later(3650 * DAYS)
    assert scene.verify().status_code == 404


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
    assert scene.verify(mode="denied", topic=SELF).status_code == 404
    assert scene.push.until is not None


def test_when_a_hub_refuses_after_all_polls_come_as_often_as_before(scene: Scene) -> None:
    scene.subscribe()
    scene.look()
    assert scene.state.next_poll == NOW + SLOW
    scene.verify(mode="denied")
    assert scene.state.next_poll == NOW + EVERY
    scene.look()
    assert scene.state.next_poll == NOW + EVERY


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


# -- pushes -----------------------------------------------------------------------------------------


def test_a_push_brings_a_poll_and_a_delivery(scene: Scene) -> None:
    scene.subscribe()
    scene.look()
    scene.later(HOUR)
    scene.publish(TAJIKISTAN)
    assert not scene.is_due
    assert scene.ping().status_code == 204
    assert scene.poll() == ["newsroom"]
    for batch in scene.newswatch.pipeline.claim():
        asyncio.run(scene.newswatch.deliver(batch))
    titles = [json.loads(one.body)["data"]["release"]["title"] for one in scene.hook.requests]
    assert titles == [TAJIKISTAN]


def test_what_was_pushed_is_not_read(scene: Scene) -> None:
    scene.subscribe()
    scene.later(HOUR)
    scene.ping(rss("A release that the newsroom does not have"))
    scene.poll()
    assert len(scene.store.releases_recent(9)) == 1


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_push_may_be_signed_in_each_way(scene: Scene, method: str) -> None:
    scene.subscribe()
    scene.look()
    scene.later(HOUR)
    scene.ping(b"news", signature(scene.push.secret, b"news", method))
    assert scene.is_due


@pytest.mark.parametrize("signed", ["", "sha256=" + "0" * 64, "sha1=", "md5=0", "nonsense"])
def test_a_push_that_is_signed_wrong_is_thanked_for_and_ignored(scene: Scene, signed: str) -> None:
    scene.subscribe()
    scene.look()
    scene.later(HOUR)
    with capture_logs() as lines:
        assert scene.ping(b"news", signed).status_code == 204
    assert not scene.is_due
    assert [(line["event"], line["log_level"]) for line in lines] == [("push_unsigned", "warning")]
    assert scene.state.pushed is not None
    assert scene.state.pushed.pinged is None


def test_a_push_that_is_too_large_is_refused(scene: Scene) -> None:
    scene.change("newswatch.yaml", ("polling: {", "polling: {largest: 10000, "))
    scene.subscribe()
    scene.look()
    scene.later(HOUR)
    assert scene.ping(b"x" * 10_001).status_code == 413
    assert not scene.is_due
    assert scene.ping(b"x" * 10_000).status_code == 204


def test_many_pushes_bring_one_poll_a_minute(scene: Scene) -> None:
    scene.subscribe()
    scene.look()
    scene.later(HOUR)
    for _ in range(5):
        scene.ping()
    assert [scene.poll(), scene.poll()] == [["newsroom"], []]
    scene.ping()
    scene.later(timedelta(seconds=59))
    assert not scene.is_due
    scene.later(timedelta(seconds=1))
    assert scene.is_due
    assert not scene.is_due


def test_a_push_during_a_poll_is_not_lost(scene: Scene) -> None:
    scene.subscribe()
    scene.look()
    scene.later(HOUR)
    scene.ping()
    old, page = scene.newsroom.handle, scene.newsroom

    def push_meanwhile(request: Request) -> Answer:
        page.handle = old
        scene.later(timedelta(seconds=1))
        scene.ping()
        return old(request)

    page.handle = push_meanwhile
    assert scene.poll() == ["newsroom"]
    scene.later(timedelta(minutes=1))
    assert scene.poll() == ["newsroom"]


def test_a_push_does_not_break_a_pause_that_the_host_asked_for(scene: Scene) -> None:
    twin = f"  - {{id: twin, name: T, kind: feed, url: '{scene.newsroom.url}/2', publisher: T}}\n"
    with (scene.config / "sources.yaml").open("a") as file:
        file.write(twin)
    scene.subscribe()
    scene.restart()
    scene.look()
    scene.later(HOUR)
    good = scene.newsroom.handle
    scene.newsroom.answer(Answer(429, headers={"Retry-After": "7200"}))
    assert scene.poll() == ["twin"]
    scene.newsroom.handle = good
    scene.restart()  # what the fetcher remembers of the host goes with it
    scene.ping()
    scene.later(2 * HOUR - timedelta(seconds=1))
    assert not scene.is_due
    scene.later(timedelta(seconds=1))
    assert "newsroom" in scene.poll()


def test_a_push_ends_the_pause_after_failures(scene: Scene) -> None:
    scene.subscribe()
    good = scene.newsroom.handle
    scene.newsroom.answer(Answer(500))
    for _ in range(6):
        scene.look()
    scene.newsroom.handle = good
    scene.later(HOUR)
    assert not scene.is_due
    scene.ping()
    assert scene.is_due
    assert scene.state.state in ("ok", "not_modified")


# -- polling stays the truth ----------------------------------------------------------------------------


def test_polls_are_rarer_while_push_works_and_until_the_lease_ends(scene: Scene) -> None:
    scene.publish("One")
    scene.look()
    assert scene.state.next_poll == NOW + EVERY
    scene.ask()
    scene.look()
    assert scene.state.next_poll == NOW + EVERY
    scene.verify(lease_seconds=str(3 * 3600))
    scene.look()
    assert scene.state.next_poll == NOW + 3 * HOUR
    scene.later(3 * HOUR)
    scene.look()
    assert scene.state.next_poll == scene.clock() + EVERY


def test_after_a_push_the_next_poll_is_not_late(scene: Scene) -> None:
    scene.subscribe()
    scene.look()
    scene.later(HOUR)
    scene.ping()  # and a cache still has the page of before
    scene.later(timedelta(seconds=1))
    scene.poll()
    assert scene.state.next_poll == scene.clock() + EVERY
    scene.later(EVERY)
    scene.poll()
    assert scene.state.next_poll == scene.clock() + SLOW


def test_a_hub_that_misses_a_release_is_relied_on_only_after_its_next_push(scene: Scene) -> None:
    scene.subscribe()
    scene.look()
    scene.later(SLOW)
    scene.publish(TAJIKISTAN)
    scene.poll()
    assert scene.state.next_poll == scene.clock() + EVERY
    scene.later(EVERY)
    scene.poll()
    assert scene.state.next_poll == scene.clock() + EVERY
    scene.verify()
    scene.later(timedelta(minutes=2))
    scene.ping()
    scene.poll()
    scene.later(EVERY)
    scene.poll()
    assert scene.state.next_poll == scene.clock() + SLOW


def test_a_release_that_was_pushed_is_not_missed(scene: Scene) -> None:
    scene.subscribe()
    scene.look()
    scene.later(HOUR)
    scene.publish(TAJIKISTAN)
    scene.ping()
    scene.later(timedelta(seconds=1))
    scene.poll()
    assert scene.state.unpushed is None


def test_what_was_there_before_the_subscription_is_not_missed(scene: Scene) -> None:
    scene.publish("One")
    scene.look()
    scene.ask()
    scene.later(EVERY)
    scene.verify()
    scene.publish(TAJIKISTAN)
    scene.look()
    assert scene.state.unpushed is None


# -- the end ------------------------------------------------------------------------------------------


def test_a_restart_keeps_the_subscription(scene: Scene) -> None:
    scene.subscribe()
    scene.look()
    before = scene.push
    scene.restart()
    assert scene.ask() == []
    assert scene.push == before
    scene.later(HOUR)
    scene.ping()
    assert scene.is_due


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
    scene: Scene, file: str, change: tuple[str, str]
) -> None:
    scene.subscribe()
    callback = scene.push.callback
    scene.change(file, change)
    (asked,) = scene.ask()
    assert asked == {
        "hub.callback": callback,
        "hub.mode": "unsubscribe",
        "hub.topic": scene.topic,
    }
    assert scene.ping().status_code == 410
    assert scene.verify().status_code == 404
    assert scene.verify(mode="unsubscribe").text == "c-1"
    assert scene.store.pushes() == []
    assert scene.call("POST", {}, callback=callback, content=b"").status_code == 410


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


def test_another_hub_takes_over(scene: Scene) -> None:
    scene.subscribe()
    scene.later(2 * HOUR)
    with web_server() as other:
        other.answer(Answer(202))
        scene.publish("Two", hub=f"{other.url}/hub")
        scene.look()
        assert [one["hub.mode"] for one in scene.ask()] == ["unsubscribe"]
        assert [form(one)["hub.mode"] for one in other.requests] == ["subscribe"]
    assert scene.state.pushed is not None
    assert scene.state.pushed.hub == f"{other.url}/hub"


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


def test_nobody_is_shown_the_callback_or_the_secret(scene: Scene) -> None:
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
        command(scene.config, "--json", "sources", "list").stdout,
        command(scene.config, "sources", "list").stdout,
        command(scene.config, "--json", "status").stdout,
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


def test_push_is_shown_with_the_sources(scene: Scene) -> None:
    scene.subscribe()
    host = urlsplit(scene.hub.url).netloc
    page = scene.call("GET", {}, callback="http://news.test/status").text
    assert f"{host}, until <time" in page
    assert f"{host}, ended" in command(scene.config, "sources", "list").stdout  # years ago
    scene.verify(mode="denied", reason="enough")
    assert f"{host}: the hub refuses: enough" in command(scene.config, "sources", "list").stdout
    page = scene.call("GET", {}, callback="http://news.test/status").text
    assert f"{host}, not at the moment" in page
    assert "enough" not in page


# -- the daemon -------------------------------------------------------------------------------------------


def test_the_daemon_is_pushed_a_release(tmp_path: Path, webs: tuple[Web, Web, Web]) -> None:
    newsroom, hub, hook = webs
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
