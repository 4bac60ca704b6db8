"""A good guest: what a host sees of newswatch over many polls, by the checks of feed readers."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from installation import install
from newswatch.app import Newswatch, clock
from newswatch.cli.run import poll_all
from newswatch.config.load import load
from newswatch.intake import take_in
from newswatch.model import FetchFailure, Poll, SourceState, Validators
from servers import Answer, Handle, Request, Web, web_server

FEED = (
    b"<rss version='2.0'><channel><title>N</title>%s<item><title>One</title></item></channel></rss>"
)
BODY = FEED % b""
LOGIN = b"<!DOCTYPE html><form><input type=password></form>"


@pytest.fixture
def host() -> Iterator[Web]:
    with web_server() as running:
        running.answer(Answer(body=BODY))
        yield running


class Guest:
    """newswatch with one source, polled by hand."""

    def __init__(self, newswatch: Newswatch) -> None:
        self.newswatch = newswatch
        self.started = clock()

    def poll(self) -> SourceState:
        (source,) = self.newswatch.pipeline.sources.values()
        poll = self.newswatch.pipeline.poll(source, self.state)
        return asyncio.run(poll).state

    @property
    def state(self) -> SourceState:
        return self.newswatch.store.source_states()["newsroom"]

    def wait(self) -> timedelta:
        """Polls, and says how long newswatch will wait then."""
        state = self.poll()
        assert state.last_poll is not None
        return state.next_poll - state.last_poll


@pytest.fixture
def guest(tmp_path: Path, host: Web) -> Iterator[Guest]:
    config = install(tmp_path, newsroom=f"{host.url}/feed", hook=host.url)
    newswatch = Newswatch.start(lambda: load(config))
    newswatch.pipeline = replace(newswatch.pipeline, read=take_in, spread=lambda: 0.0)
    yield Guest(newswatch)
    newswatch.close()


def conditions(host: Web) -> list[tuple[str | None, str | None]]:
    """(If-None-Match, If-Modified-Since) of each request."""
    return [
        (r.headers.get("if-none-match"), r.headers.get("if-modified-since")) for r in host.requests
    ]


def ok(body: bytes = BODY, **headers: str) -> Answer:
    return Answer(
        body=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


# -- validators -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([ok(), ok()], [(None, None)] * 2),
        ([ok(ETag='"1"'), ok()], [(None, None), ('"1"', None)]),
        (
            [ok(Last_Modified="Thu, 1 Jan 2026 00:00:00 GMT"), ok()],
            [(None, None), (None, "Thu, 1 Jan 2026 00:00:00 GMT")],
        ),
        ([ok(ETag='W/"1"', Last_Modified="then"), ok()], [(None, None), ('W/"1"', "then")]),
        ([ok(ETag="unquoted"), ok()], [(None, None), ("unquoted", None)]),
        ([ok(ETag='"1"'), ok(ETag='"2"'), ok()], [(None, None), ('"1"', None), ('"2"', None)]),
        ([ok(ETag='"1"'), ok(), ok()], [(None, None), ('"1"', None), (None, None)]),
        ([ok(ETag='"1"'), Answer(304), ok()], [(None, None), ('"1"', None), ('"1"', None)]),
        (
            [ok(ETag='"1"'), Answer(304, headers={"ETag": '"2"'}), ok()],
            [(None, None), ('"1"', None), ('"2"', None)],
        ),
        (
            [ok(ETag='"1"'), Answer(500, headers={"ETag": '"bad"'}), ok()],
            [(None, None), ('"1"', None), ('"1"', None)],
        ),
        (
            [ok(ETag='"1"'), ok(LOGIN, ETag='"login"', Content_Type="text/html"), ok()],
            [(None, None), ('"1"', None), ('"1"', None)],
        ),
        (
            [ok(ETag='"1"'), Answer(body=iter([b"<rss"]), headers={"Content-Length": "99", "ETag": '"cut"'}), ok()],
            [(None, None), ('"1"', None), ('"1"', None)],
        ),
    ],
    ids=[
        "none seen, none sent", "ETag", "Last-Modified byte for byte", "both", "unquoted", "newest",
        "gone from a 200", "304 keeps", "304 renews", "not of an error", "not of a login page",
        "not of a truncated body",
    ],
)  # fmt: skip
def test_validators_are_what_the_server_sent_last(
    guest: Guest, host: Web, answers: list[Answer], expected: list[tuple[str | None, str | None]]
) -> None:
    host.answer(*answers)
    for _ in answers:
        guest.poll()
    assert conditions(host) == expected


def test_a_page_with_the_same_etag_and_other_bytes_is_read(guest: Guest, host: Web) -> None:
    host.answer(ok(ETag='"1"'), ok(BODY.replace(b"One", b"Two"), ETag='"1"'))
    guest.poll()
    guest.poll()
    assert len(guest.newswatch.store.releases_recent(10)) == 2


# -- redirects ------------------------------------------------------------------------------------


def paths(host: Web) -> list[str]:
    return [request.path for request in host.requests]


def redirecting(status: int) -> Handle:
    def handle(request: Request) -> Answer:
        if request.path == "/feed":
            return Answer(status, headers={"Location": "/new"})
        return ok(ETag='"new"')

    return handle


@pytest.mark.parametrize("status", [301, 308])
def test_a_permanent_redirect_is_believed_after_three_sightings(
    guest: Guest, host: Web, status: int
) -> None:
    host.handle = redirecting(status)
    states = [guest.poll() for _ in range(5)]
    assert paths(host) == ["/feed", "/new"] * 3 + ["/new"] * 2
    assert states[-1].reason == f"moved for good to {host.url}/new"


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_temporary_redirect_stays_temporary(guest: Guest, host: Web, status: int) -> None:
    host.handle = redirecting(status)
    for _ in range(5):
        guest.poll()
    assert paths(host) == ["/feed", "/new"] * 5


def test_a_redirect_that_ends_is_forgotten(guest: Guest, host: Web) -> None:
    host.handle = redirecting(301)
    guest.poll()
    guest.poll()
    host.answer(ok())
    assert guest.poll().moved_to is None


def test_a_new_address_that_dies_leads_back_to_the_configured_one(guest: Guest, host: Web) -> None:
    host.handle = redirecting(301)
    for _ in range(4):
        guest.poll()
    host.requests.clear()
    host.answer(Answer(404))
    for _ in range(4):
        guest.poll()
    assert paths(host) == ["/new", "/new", "/new", "/feed"]


# -- how often ------------------------------------------------------------------------------------


def test_the_interval_is_kept(guest: Guest) -> None:
    assert guest.wait() == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (ok(Cache_Control="max-age=7200"), timedelta(hours=2)),
        (ok(Cache_Control="max-age=60"), timedelta(minutes=30)),
        (ok(Cache_Control="max-age=99999999"), timedelta(days=1)),
        (ok(FEED % b"<ttl>180</ttl>"), timedelta(hours=3)),
        (ok(FEED % b"<ttl>soon</ttl>"), timedelta(minutes=30)),
        (Answer(500), timedelta(hours=1)),
        (Answer(404), timedelta(hours=1)),
        (Answer(403, headers={"cf-mitigated": "challenge"}), timedelta(hours=1)),
        (Answer(429, headers={"Retry-After": "36000"}), timedelta(hours=10)),
        (Answer(503, headers={"Retry-After": "36000"}), timedelta(hours=10)),
        (Answer(429, headers={"Retry-After": "60"}), timedelta(hours=1)),
    ],
    ids=[
        "max-age", "short max-age", "endless max-age", "ttl", "bad ttl", "500", "404", "challenge",
        "429 long", "503 long", "429 short",
    ],
)  # fmt: skip
def test_the_host_says_when_to_come_again(
    guest: Guest, host: Web, answer: Answer, wait: timedelta
) -> None:
    host.answer(answer)
    assert guest.wait() == wait


def test_the_pause_grows_with_each_failure_and_ends_with_a_success(guest: Guest, host: Web) -> None:
    host.answer(*[Answer(500)] * 7, ok())
    waits = [guest.wait() / timedelta(hours=1) for _ in range(8)]
    assert waits == [1, 2, 4, 8, 16, 24, 24, 0.5]


def test_what_the_publisher_calls_gone_is_asked_no_more(guest: Guest, host: Web) -> None:
    host.answer(Answer(410), ok())
    assert [guest.poll().state for _ in range(3)] == ["gone"] * 3
    assert len(host.requests) == 1


def test_what_was_gone_is_asked_again_when_its_address_was_changed(guest: Guest, host: Web) -> None:
    host.answer(Answer(410), ok())
    guest.poll()
    (source,) = guest.newswatch.pipeline.sources.values()
    elsewhere = {source.id: replace(source, url=f"{host.url}/new")}
    guest.newswatch.pipeline = replace(guest.newswatch.pipeline, sources=elsewhere)
    assert guest.poll().state == "ok"


def test_what_was_gone_is_asked_again_by_hand(guest: Guest, host: Web) -> None:
    host.answer(Answer(410), ok())
    guest.poll()
    (poll,) = asyncio.run(by_hand(guest.newswatch))
    assert poll.state.state == "ok"


async def by_hand(newswatch: Newswatch) -> list[Poll]:
    states = newswatch.store.source_states()
    return await poll_all(
        newswatch, list(newswatch.pipeline.sources.values()), states, dry_run=False
    )


def test_a_host_that_asks_for_a_pause_is_left_alone_by_all_its_sources(
    guest: Guest, host: Web
) -> None:
    host.answer(Answer(429, headers={"Retry-After": "3600"}), ok())
    guest.poll()
    fetcher = guest.newswatch.pipeline.fetcher
    other = asyncio.run(fetcher.fetch(f"{host.url}/other", Validators()))
    assert isinstance(other, FetchFailure)
    assert other.reason.startswith("not asked: its host asked for a pause until ")
    assert len(host.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer(403, headers={"cf-mitigated": "challenge"}),
        Answer(503, b"<title>Just a moment...</title>"),
        Answer(429, b"<html><title>Attention Required! | Cloudflare</title>" + b" " * 99_999),
        ok(b"<!DOCTYPE html><title>Checking your browser</title>", Content_Type="text/html"),
    ],
    ids=["header", "title", "a long page", "with status 200"],
)
def test_a_bot_check_is_told_from_an_error(guest: Guest, host: Web, answer: Answer) -> None:
    host.answer(answer)
    assert guest.poll().state == "blocked"


def test_a_plain_refusal_is_no_bot_check(guest: Guest, host: Web) -> None:
    host.answer(Answer(403, b"<title>Forbidden</title>"))
    assert guest.poll().state == "http"


def test_what_is_not_due_is_not_asked_after_a_restart(guest: Guest, host: Web) -> None:
    guest.poll()
    store = guest.newswatch.store
    store.ensure_sources(["newsroom"], clock())
    assert store.claim_sources(clock(), timedelta(minutes=1), 10) == []
    later = clock() + timedelta(minutes=31)
    assert store.claim_sources(later, timedelta(minutes=1), 10) == ["newsroom"]


def test_many_sources_do_not_fall_due_at_once(guest: Guest) -> None:
    import random

    guest.newswatch.pipeline = replace(guest.newswatch.pipeline, spread=random.Random(1).random)
    due: set[datetime] = {guest.poll().next_poll.replace(microsecond=0) for _ in range(10)}
    assert len(due) > 5


# -- what a request looks like --------------------------------------------------------------------


def test_a_request_names_us_and_gives_away_nothing(guest: Guest, host: Web) -> None:
    host.answer(ok(Set_Cookie="id=1; Path=/"), ok())
    guest.poll()
    guest.poll()
    for request in host.requests:
        assert request.method == "GET"
        assert request.path == "/feed"
        assert request.headers["user-agent"].startswith("newswatch/")
        assert "(+http://news.test/about)" in request.headers["user-agent"]
        assert not {"cookie", "referer", "authorization"} & request.headers.keys()


def test_visits_are_counted_as_the_host_saw_them(guest: Guest, host: Web) -> None:
    host.answer(ok(ETag='"1"'), Answer(304), Answer(429), Answer(500))
    for _ in range(4):
        guest.poll()
    visits = guest.newswatch.store.visits_since(guest.started)
    assert [(v.is_conditional, v.outcome) for v in visits] == [
        (False, "read"),
        (True, "not_modified"),
        (True, "refused"),
        (True, "failed"),
    ]


# -- robots.txt -----------------------------------------------------------------------------------


LISTING = b"<div class=item><h3><a href='/1'>One</a></h3></div>"


@pytest.fixture
def crawler(tmp_path: Path, host: Web) -> Iterator[Guest]:
    config = install(tmp_path, newsroom=f"{host.url}/news", hook=host.url)
    (config / "sources.yaml").write_text(
        f"sources: [{{id: newsroom, name: N, kind: listing, url: '{host.url}/news', publisher: P, "
        "listing: {item: .item, title: h3, link: h3 a@href}}]"
    )
    newswatch = Newswatch.start(lambda: load(config))
    newswatch.pipeline = replace(newswatch.pipeline, read=take_in)
    yield Guest(newswatch)
    newswatch.close()


@pytest.mark.parametrize(
    ("robots", "state"),
    [
        (Answer(404), "ok"),
        (Answer(403), "ok"),
        (Answer(body=b""), "ok"),
        (Answer(body=b"User-agent: *\nDisallow: /admin"), "ok"),
        (Answer(body=b"User-agent: *\nDisallow: /"), "robots"),
        (Answer(body=b"User-agent: *\nDisallow: /\nAllow: /news"), "ok"),
        (Answer(body=b"User-agent: newswatch\nDisallow: /news"), "robots"),
        (Answer(body=b"User-agent: other\nDisallow: /"), "ok"),
        (Answer(body=b"\x00\xff nonsense"), "ok"),
        (Answer(503), "robots"),
    ],
)
def test_a_page_is_read_if_its_host_lets_programs_read_it(
    crawler: Guest, host: Web, robots: Answer, state: str
) -> None:
    host.handle = lambda request: robots if request.path == "/robots.txt" else Answer(body=LISTING)
    assert crawler.poll().state == state
    assert ("/news" in paths(host)) is (state == "ok")


def test_robots_txt_is_asked_for_once_a_day(crawler: Guest, host: Web) -> None:
    host.handle = lambda request: Answer(404 if request.path == "/robots.txt" else 200, LISTING)
    crawler.poll()
    crawler.poll()
    assert paths(host) == ["/robots.txt", "/news", "/news"]


def test_a_feed_is_there_for_programs(guest: Guest, host: Web) -> None:
    guest.poll()
    assert paths(host) == ["/feed"]
