"""Publishing by WebSub: newswatch's own hub and its followers, and pings to another."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from urllib.parse import parse_qsl, urlencode, urlsplit

import feedparser
import httpx
import pytest
from structlog.testing import capture_logs

from factories import NOW
from hubscene import HOUR, TAJIKISTAN, Scene, form
from newswatch.distribution import LONGEST_LEASE, RETRY, asked, lease_of, with_query
from newswatch.doors import make_site
from newswatch.errors import HubRequestError
from newswatch.push import is_signed
from servers import Answer, Request, Web, web_server

COUNTRY = "http://news.test/feeds/country/TJ.atom"
RULE = "http://news.test/feeds/desk/tajikistan.atom"
SECRET = "known to two"
BUILTIN = ("deliver: {", "publish: {hub: builtin}\ndeliver: {")


@dataclass
class Reader:
    """Somebody who follows feeds: confirms what it asked for, and keeps what it is sent."""

    web: Web
    asked: list[dict[str, str]] = field(default_factory=list)
    sent: list[Request] = field(default_factory=list)
    answer: Callable[[dict[str, str]], Answer] = lambda query: Answer(
        200, query["hub.challenge"].encode()
    )
    takes: Answer = field(default_factory=lambda: Answer(204))

    def handle(self, request: Request) -> Answer:
        if request.method == "POST":
            self.sent.append(request)
            return self.takes
        query = dict(parse_qsl(urlsplit(request.path).query))
        self.asked.append(query)
        return self.answer(query)

    @property
    def callback(self) -> str:
        return f"{self.web.url}/here?mine=1"

    def titles(self) -> list[list[str]]:
        """Of the entries in each document that was sent."""
        return [[e.title for e in feedparser.parse(one.body).entries] for one in self.sent]


@pytest.fixture
def reader() -> Iterator[Reader]:
    with web_server() as web:
        made = Reader(web)
        web.handle = made.handle
        yield made


@pytest.fixture
def stage(scene: Scene) -> Scene:
    """newswatch with a hub of its own, which has polled once."""
    scene.change("newswatch.yaml", BUILTIN)
    scene.publish("The first release of all")
    scene.look()
    work(scene)
    return scene


def call(scene: Scene, method: str, path: str, **more: object) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(make_site(scene.newswatch), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://news.test") as client:
            return await client.request(method, path, **more)  # type: ignore[arg-type]

    return asyncio.run(send())


def request(scene: Scene, reader: Reader, **changes: str) -> httpx.Response:
    said = {"mode": "subscribe", "topic": COUNTRY, "callback": reader.callback, "secret": SECRET}
    named = {f"hub.{name}": one for name, one in (said | changes).items() if one}
    return call(scene, "POST", "/hub", data=named)


def work(scene: Scene) -> None:
    """Announces what changed, and runs the errands that are due now."""

    async def run() -> None:
        for job in await scene.newswatch.take_errands(99):
            await job()

    asyncio.run(run())


def follow(scene: Scene, reader: Reader, **changes: str) -> None:
    assert request(scene, reader, **changes).status_code == 202
    work(scene)
    assert len(reader.asked) == 1


def publish(scene: Scene, *titles: str) -> None:
    scene.later(HOUR)
    scene.publish(*titles)
    scene.look()
    work(scene)


# -- what feeds say ---------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["atom", "rss", "json"])
def test_a_public_feed_names_its_hub_in_headers_and_document(stage: Scene, suffix: str) -> None:
    answer = call(stage, "GET", f"/feeds/desk/tajikistan.{suffix}")
    assert answer.headers["link"] == (
        f'<http://news.test/feeds/desk/tajikistan.{suffix}>; rel="self", '
        '<http://news.test/hub>; rel="hub"'
    )
    assert b"http://news.test/hub" in answer.content


def test_a_feed_names_no_hub_where_none_is_set(scene: Scene) -> None:
    answer = call(scene, "GET", "/feeds/desk/tajikistan.atom")
    assert "hub" not in answer.headers["link"]
    assert b"hub" not in answer.content


def test_a_feed_of_a_search_names_no_hub(stage: Scene) -> None:
    answer = call(stage, "GET", "/feeds/search.atom?q=release")
    assert "hub" not in answer.headers["link"]
    assert b'rel="hub"' not in answer.content


def test_a_hub_that_was_set_is_named_at_once_though_nothing_was_published(scene: Scene) -> None:
    app_before = call(scene, "GET", "/feeds/desk/tajikistan.atom")
    scene.change("newswatch.yaml", BUILTIN)
    after = call(scene, "GET", "/feeds/desk/tajikistan.atom")
    assert app_before.headers["etag"] != after.headers["etag"]


# -- following --------------------------------------------------------------------------------------


def test_a_reader_that_confirms_is_sent_the_feed_when_it_changes(
    stage: Scene, reader: Reader
) -> None:
    follow(stage, reader)
    publish(stage, TAJIKISTAN)
    assert reader.titles() == [[TAJIKISTAN]]
    (sent,) = reader.sent
    assert sent.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert sent.headers["link"] == f'<http://news.test/hub>; rel="hub", <{COUNTRY}>; rel="self"'
    assert is_signed(SECRET, sent.body, sent.headers["x-hub-signature"])
    assert sent.body == call(stage, "GET", "/feeds/country/TJ.atom").content


def test_followers_are_kept_and_told_on_either_database(everywhere: Scene, reader: Reader) -> None:
    stage = everywhere
    stage.change("newswatch.yaml", BUILTIN)
    follow(stage, reader)
    reader.takes = Answer(503)
    publish(stage, TAJIKISTAN)
    reader.takes = Answer(204)
    stage.later(RETRY[0])
    work(stage)
    assert reader.titles() == [[TAJIKISTAN]] * 2
    request(stage, reader, mode="unsubscribe")
    work(stage)
    publish(stage, "Tajikistan: observers open their office")
    assert len(reader.sent) == 2


def test_nothing_is_sent_while_nothing_changes(stage: Scene, reader: Reader) -> None:
    follow(stage, reader)
    publish(stage, TAJIKISTAN)
    publish(stage)
    work(stage)
    assert len(reader.sent) == 1


def test_nothing_is_sent_of_what_other_feeds_hold(stage: Scene, reader: Reader) -> None:
    follow(stage, reader)
    publish(stage, "Observers open mission in Moldova")
    assert reader.sent == []


def test_a_reader_is_asked_with_the_query_that_its_callback_has(
    stage: Scene, reader: Reader
) -> None:
    follow(stage, reader, lease_seconds="86400")
    (query,) = reader.asked
    challenge = query.pop("hub.challenge")
    assert len(challenge) >= 32
    assert query == {
        "mine": "1",
        "hub.mode": "subscribe",
        "hub.topic": COUNTRY,
        "hub.lease_seconds": "86400",
    }


def test_without_a_secret_nothing_is_signed(stage: Scene, reader: Reader) -> None:
    follow(stage, reader, secret="")
    publish(stage, TAJIKISTAN)
    assert "x-hub-signature" not in reader.sent[0].headers


@pytest.mark.parametrize(
    "no",
    [
        lambda query: Answer(404),
        lambda query: Answer(200, b"something else"),
        lambda query: Answer(200, query["hub.challenge"].encode() + b" and more"),
        lambda query: Answer(200),
        lambda query: Answer(302, headers={"Location": "/there"}),
        lambda query: Answer(200, iter([b"x" * 10_000] * 100)),
    ],
)
def test_a_reader_that_does_not_confirm_follows_nothing_and_is_asked_once(
    stage: Scene, reader: Reader, no: Callable[[dict[str, str]], Answer]
) -> None:
    reader.answer = no
    follow(stage, reader)
    stage.later(HOUR)
    publish(stage, TAJIKISTAN)
    assert len(reader.asked) == 1
    assert reader.sent == []


def test_a_reader_that_cannot_be_reached_is_asked_again_for_a_while(
    stage: Scene, reader: Reader
) -> None:
    with web_server() as web:
        gone = f"{web.url}/"
    request(stage, reader, callback=gone)
    for pause in RETRY:
        work(stage)
        assert stage.store.claim_errands(stage.clock(), HOUR, 9) == []
        stage.later(pause)
    work(stage)
    stage.later(timedelta(days=1))
    assert stage.store.claim_errands(stage.clock(), HOUR, 9) == []


def test_a_refused_renewal_leaves_what_runs(stage: Scene, reader: Reader) -> None:
    follow(stage, reader)
    reader.answer = lambda query: Answer(404)
    request(stage, reader, secret="of somebody else")
    work(stage)
    publish(stage, TAJIKISTAN)
    assert is_signed(SECRET, reader.sent[0].body, reader.sent[0].headers["x-hub-signature"])


def test_a_renewal_takes_the_new_secret_and_lease(stage: Scene, reader: Reader) -> None:
    follow(stage, reader, lease_seconds="3600")
    request(stage, reader, secret="another", lease_seconds="864000")
    work(stage)
    stage.later(2 * HOUR)
    publish(stage, TAJIKISTAN)
    assert is_signed("another", reader.sent[0].body, reader.sent[0].headers["x-hub-signature"])


def test_a_lease_that_ended_is_over(stage: Scene, reader: Reader) -> None:
    follow(stage, reader, lease_seconds="3600")
    stage.later(HOUR)
    publish(stage, TAJIKISTAN)
    assert reader.sent == []


def test_who_unfollows_is_sent_nothing_more(stage: Scene, reader: Reader) -> None:
    follow(stage, reader)
    request(stage, reader, mode="unsubscribe")
    work(stage)
    publish(stage, TAJIKISTAN)
    assert [query["hub.mode"] for query in reader.asked] == ["subscribe", "unsubscribe"]
    assert reader.sent == []


def test_nobody_unfollows_for_another(stage: Scene, reader: Reader) -> None:
    follow(stage, reader)
    reader.answer = lambda query: Answer(404)
    request(stage, reader, mode="unsubscribe")
    work(stage)
    publish(stage, TAJIKISTAN)
    assert len(reader.sent) == 1


def test_the_other_fields_of_a_request_are_ignored(stage: Scene, reader: Reader) -> None:
    follow(stage, reader, foo="bar", verify="sync")


# -- content ----------------------------------------------------------------------------------------


def test_a_reader_that_is_away_is_sent_the_feed_as_it_is_when_it_is_back(
    stage: Scene, reader: Reader
) -> None:
    follow(stage, reader)
    reader.takes = Answer(503)
    publish(stage, TAJIKISTAN)
    work(stage)
    assert len(reader.sent) == 1
    stage.publish("Tajikistan: observers open their office")
    stage.look()
    reader.takes = Answer(204)
    stage.later(RETRY[0])
    work(stage)
    assert len(reader.titles()[-1]) == 2
    stage.later(timedelta(days=1))
    work(stage)
    assert len(reader.sent) == 2


def test_a_reader_that_stays_away_is_given_up_for_now_and_still_follows(
    stage: Scene, reader: Reader
) -> None:
    follow(stage, reader)
    reader.takes = Answer(500)
    publish(stage, TAJIKISTAN)
    for pause in RETRY:
        stage.later(pause)
        work(stage)
    tries = len(reader.sent)
    assert tries == 1 + len(RETRY)
    stage.later(timedelta(days=1))
    work(stage)
    assert len(reader.sent) == tries
    reader.takes = Answer(204)
    publish(stage, "Tajikistan: observers open their office")
    assert len(reader.sent) == tries + 1


def test_a_reader_may_ask_for_time(stage: Scene, reader: Reader) -> None:
    follow(stage, reader)
    reader.takes = Answer(429, headers={"Retry-After": "1800"})
    publish(stage, TAJIKISTAN)
    stage.later(timedelta(minutes=29))
    work(stage)
    assert len(reader.sent) == 1
    stage.later(timedelta(minutes=1))
    work(stage)
    assert len(reader.sent) == 2


def test_a_reader_that_is_gone_follows_no_more(stage: Scene, reader: Reader) -> None:
    follow(stage, reader)
    reader.takes = Answer(410)
    publish(stage, TAJIKISTAN)
    publish(stage, "Tajikistan: observers open their office")
    assert len(reader.sent) == 1


def test_what_changed_while_newswatch_was_down_is_sent_after_the_start(
    stage: Scene, reader: Reader
) -> None:
    follow(stage, reader)
    stage.later(HOUR)
    stage.publish(TAJIKISTAN)
    stage.look()
    stage.restart()
    work(stage)
    assert reader.titles() == [[TAJIKISTAN]]


def test_an_errand_whose_worker_died_is_run_by_another(stage: Scene, reader: Reader) -> None:
    follow(stage, reader)
    stage.later(HOUR)
    stage.publish(TAJIKISTAN)
    stage.look()
    stage.newswatch.distributing.announce()
    assert len(stage.newswatch.distributing.claim(9)) == 1
    work(stage)
    assert reader.sent == []
    stage.later(timedelta(minutes=2))
    work(stage)
    assert len(reader.sent) == 1


def test_of_two_workers_one_announces(stage: Scene, reader: Reader) -> None:
    follow(stage, reader)
    stage.later(HOUR)
    stage.publish(TAJIKISTAN)
    stage.look()
    places = stage.newswatch.distributing.topics.places()
    assert stage.store.announce(places, "", stage.clock()) == 1
    assert stage.store.announce(places, "", stage.clock()) == 0


def test_a_feed_that_is_public_no_more_is_sent_to_nobody(stage: Scene, reader: Reader) -> None:
    follow(stage, reader, topic=RULE)
    stage.change(
        "subscribers/desk.yaml", ("feed: {visibility: public}", "feed: {visibility: none}")
    )
    publish(stage, TAJIKISTAN)
    assert reader.sent == []


# -- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mode": "publish"}, "hub.mode"),
        ({"mode": ""}, "hub.mode"),
        ({"callback": ""}, "hub.callback"),
        ({"callback": "ftp://reader.example/"}, "hub.callback"),
        ({"callback": "https://reader.example/#here"}, "hub.callback"),
        ({"callback": "https://a:b@reader.example/"}, "hub.callback"),
        ({"callback": "https://"}, "hub.callback"),
        ({"callback": "https://[broken"}, "hub.callback"),
        ({"callback": "https://reader.example:0/"}, "hub.callback"),
        ({"callback": "https://reader.example/\x00"}, "hub.callback"),
        ({"callback": "https://reader.example/" + "a" * 2_000}, "hub.callback"),
        ({"topic": ""}, "hub.topic"),
        ({"topic": "https://elsewhere.example/feed"}, "hub.topic"),
        ({"topic": "http://elsewhere.example/feeds/country/TJ.atom"}, "hub.topic"),
        ({"topic": "http://news.test/feeds/country/QQ.atom"}, "hub.topic"),
        ({"topic": "http://news.test/feeds/country/TJ.ics"}, "hub.topic"),
        ({"topic": "http://news.test/feeds/country/TJ.atom?page=2"}, "hub.topic"),
        ({"topic": "http://news.test/feeds/search.atom"}, "hub.topic"),
        ({"topic": "http://news.test/feeds/desk/missions.atom"}, "hub.topic"),
        ({"topic": "http://news.test/feeds/[x/y.atom"}, "hub.topic"),
        ({"secret": "s" * 200}, "hub.secret"),
    ],
)
def test_a_request_that_is_wrong_is_refused_in_words(
    stage: Scene, reader: Reader, changes: dict[str, str], said: str
) -> None:
    answer = request(stage, reader, **changes)
    assert (answer.status_code, said in answer.text) == (400, True)
    work(stage)
    assert reader.asked == []


@pytest.mark.parametrize("body", [b"\xff\xfe", b"hub.mode=%ff", b"a=1&" * 51, b"", b"{}"])
def test_what_is_no_form_is_refused(stage: Scene, body: bytes) -> None:
    assert call(stage, "POST", "/hub", content=body).status_code == 400


def test_a_request_that_is_too_long_is_not_read(stage: Scene) -> None:
    assert call(stage, "POST", "/hub", content=b"a" * 20_000).status_code == 413


def test_a_private_feed_cannot_be_followed_at_its_secret_address(
    stage: Scene, reader: Reader
) -> None:
    token = "t" * 43
    stage.store.issue_token("desk", "missions", sha256(token.encode()).hexdigest(), NOW)
    path = f"/feeds/{token}/missions.atom"
    answer = call(stage, "GET", path)
    assert (answer.status_code, "hub" in answer.headers["link"]) == (200, False)
    assert request(stage, reader, topic=f"http://news.test{path}").status_code == 400


def test_there_is_no_hub_where_none_is_set(scene: Scene, reader: Reader) -> None:
    assert request(scene, reader).status_code == 404


def test_the_hub_takes_no_more_than_it_can_verify(
    stage: Scene, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newswatch.store.hubs.MOST_UNVERIFIED", 1)
    assert request(stage, reader).status_code == 202
    assert request(stage, reader, topic=RULE).status_code == 503


def test_a_callback_inside_the_operators_network_is_not_called(
    stage: Scene, reader: Reader
) -> None:
    stage.change("newswatch.yaml", ('allow_private: ["127.0.0.0/8"]', "allow_private: []"))
    request(stage, reader)
    with capture_logs() as lines:
        work(stage)
    assert reader.asked == []
    assert "not verified: refused to connect" in lines[0]["answer"]


def test_nobody_is_shown_a_callback_or_a_secret(stage: Scene, reader: Reader) -> None:
    with capture_logs() as lines:
        follow(stage, reader)
        publish(stage, TAJIKISTAN)
    follower = stage.store.follower(COUNTRY, reader.callback, stage.clock())
    shown = f"{lines} {follower}"
    assert follower is not None
    assert SECRET not in shown
    assert "mine=1" not in shown


# -- another hub ------------------------------------------------------------------------------------


def elsewhere(scene: Scene) -> None:
    scene.change(
        "newswatch.yaml", ("deliver: {", f'publish: {{hub: "{scene.hub.url}"}}\ndeliver: {{')
    )
    scene.publish("The first release of all")
    scene.look()
    work(scene)
    scene.hub.requests.clear()


def test_another_hub_is_told_of_each_format_of_a_feed_that_changed(scene: Scene) -> None:
    elsewhere(scene)
    publish(scene, TAJIKISTAN)
    told = [form(one) for one in scene.hub.requests]
    assert {one["hub.mode"] for one in told} == {"publish"}
    topics = sorted(one["hub.url"] for one in told)
    feeds = ("country/TJ", "desk/tajikistan", "event/mission.opened", "source/newsroom")
    assert topics == [
        f"http://news.test/feeds/{feed}.{suffix}"
        for feed in feeds
        for suffix in ("atom", "json", "rss")
    ]


def test_no_private_feed_is_told_of(scene: Scene) -> None:
    elsewhere(scene)
    publish(scene, TAJIKISTAN)
    assert all(b"missions" not in one.body.replace(b"mission.", b"") for one in scene.hub.requests)


def test_a_hub_that_is_away_is_told_later_and_delays_nobody(scene: Scene) -> None:
    elsewhere(scene)
    scene.hub.answer(Answer(500))
    publish(scene, TAJIKISTAN)
    tried = len(scene.hub.requests)
    scene.hub.answer(Answer(204))
    scene.later(RETRY[0])
    work(scene)
    assert len(scene.hub.requests) == 2 * tried
    scene.later(timedelta(days=1))
    work(scene)
    assert len(scene.hub.requests) == 2 * tried


def test_a_feed_names_the_other_hub_and_there_is_none_here(scene: Scene, reader: Reader) -> None:
    elsewhere(scene)
    assert (
        f'<{scene.hub.url}>; rel="hub"'
        in call(scene, "GET", "/feeds/country/TJ.atom").headers["link"]
    )
    assert request(scene, reader).status_code == 404


# -- what is pure -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "lease"),
    [
        ("", timedelta(days=10)),
        ("soon", timedelta(days=10)),
        ("-5", timedelta(days=10)),
        ("1", timedelta(minutes=5)),
        ("86400", timedelta(days=1)),
        ("999999999", LONGEST_LEASE),
        ("9" * 40, timedelta(days=10)),
        ("٣", timedelta(days=10)),
    ],
)
def test_a_lease_is_what_was_asked_for_within_bounds(seconds: str, lease: timedelta) -> None:
    assert lease_of(seconds) == lease


def test_a_query_is_added_to_the_one_that_is_there() -> None:
    assert with_query("https://a.example/x?b=1;c=%20", {"d": "e&f"}) == (
        "https://a.example/x?b=1;c=%20&d=e%26f"
    )


def test_a_request_is_read_without_the_network() -> None:
    body = urlencode(
        {"hub.mode": "subscribe", "hub.topic": "t", "hub.callback": "http://r.example"}
    )
    assert asked(body.encode(), lambda topic: topic == "t", NOW).lease == timedelta(days=10)
    with pytest.raises(HubRequestError):
        asked(body.encode(), lambda topic: False, NOW)
