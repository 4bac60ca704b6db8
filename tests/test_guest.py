"""A good guest: what a host sees of newswatch over many polls, by the checks of feed readers."""

import asyncio
import random
import threading
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from factories import NOW
from guesthost import FEED, LISTING, UNSAID, Guest, guest_at, ok, paths
from newswatch.app import Newswatch
from newswatch.cli.run import poll_all
from newswatch.daemon import TICKS
from newswatch.model import FetchFailure, Poll, SourceState, Validators
from servers import Answer, Request, Web, web_server

# -- how often ------------------------------------------------------------------------------------


def test_the_interval_is_kept(guest: Guest) -> None:
    assert guest.wait() == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (ok(ETag='"1"'), timedelta(hours=1)),
        (ok(Last_Modified="Wed, 05 Feb 2025 08:00:00 GMT"), timedelta(hours=1)),
        (ok(), timedelta(days=1)),
    ],
    ids=["ETag", "Last-Modified", "neither"],
)
def test_where_nobody_says_how_often_a_host_is_asked_once_in_an_hour_or_once_a_day(
    tmp_path: Path, host: Web, monkeypatch: pytest.MonkeyPatch, answer: Answer, wait: timedelta
) -> None:
    with guest_at(tmp_path, f"{host.url}/feed", monkeypatch, UNSAID) as guest:
        host.answer(answer)
        assert guest.wait() == wait


IN_TWO_HOURS = f"{NOW + timedelta(hours=2):%a, %d %b %Y %H:%M:%S} GMT"


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (ok(Cache_Control="max-age=7200"), timedelta(hours=2)),
        (ok(Cache_Control="max-age=7200, no-cache"), timedelta(minutes=30)),
        (ok(Expires=IN_TWO_HOURS), timedelta(hours=2)),
        (Answer(429, headers={"Retry-After": IN_TWO_HOURS}), timedelta(hours=2)),
        (Answer(429, headers={"Retry-After": "99999999"}), timedelta(days=1)),
        (Answer(403), timedelta(hours=1)),
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
        "max-age", "no-cache", "Expires", "429 date", "429 endless", "403", "short max-age", "endless max-age", "ttl", "bad ttl", "500", "404", "challenge",
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


def test_a_pause_holds_for_those_who_stand_in_line(guest: Guest, host: Web) -> None:
    host.answer(Answer(429, headers={"Retry-After": "3600"}), ok())
    fetch = guest.newswatch.pipeline.fetcher.fetch

    async def many() -> None:
        await asyncio.gather(*(fetch(f"{host.url}/{n}", Validators()) for n in range(5)))

    asyncio.run(many())
    assert len(host.requests) == 1


def test_a_pause_holds_for_redirects_too(guest: Guest, host: Web) -> None:
    fetch = guest.newswatch.pipeline.fetcher.fetch
    with web_server() as other:
        other.answer(Answer(503, headers={"Retry-After": "3600"}))
        asyncio.run(fetch(other.url, Validators()))
        host.answer(Answer(302, headers={"Location": other.url}))
        answer = asyncio.run(fetch(host.url, Validators()))
        assert (len(host.requests), len(other.requests)) == (1, 1)
    assert answer.requests == 1


def test_a_pause_outlives_a_restart_for_all_sources_of_the_host(guest: Guest, host: Web) -> None:
    host.answer(Answer(429, headers={"Retry-After": "3600"}), ok())
    guest.poll()
    guest.restart()
    fetch = guest.newswatch.pipeline.fetcher.fetch
    assert isinstance(asyncio.run(fetch(f"{host.url}/other", Validators())), FetchFailure)
    guest.clock.now += timedelta(hours=1)
    assert not isinstance(asyncio.run(fetch(f"{host.url}/other", Validators())), FetchFailure)
    assert len(host.requests) == 2


@pytest.mark.parametrize("shift", [timedelta(days=1), timedelta(days=-3)])
def test_no_pause_is_for_ever(guest: Guest, host: Web, shift: timedelta) -> None:
    """Neither one of three years, nor one from before the clock was put back."""
    host.answer(Answer(429, headers={"Retry-After": "99999999"}), ok())
    guest.poll()
    guest.clock.now += shift
    assert guest.poll().state == "ok"


def test_a_restart_brings_no_poll_before_its_time(guest: Guest, host: Web) -> None:
    guest.poll()
    guest.restart()
    guest.clock.now += timedelta(minutes=30) - timedelta(seconds=1)
    assert polled(guest) == 0
    guest.clock.now += timedelta(seconds=1)
    assert polled(guest) == 1
    assert len(host.requests) == 2


def polled(guest: Guest) -> int:
    """How many sources were due, and are polled now."""

    async def work() -> int:
        jobs = await guest.newswatch.take_polls(TICKS["poll"].at_once)
        await asyncio.gather(*(job() for job in jobs))
        return len(jobs)

    return asyncio.run(work())


def feed_of(*numbers: int) -> bytes:
    items = (f"<item><title>Release {n}</title><guid>{n}</guid></item>" for n in numbers)
    return f"<rss version='2.0'><channel><title>N</title>{''.join(items)}</channel></rss>".encode()


def test_a_host_is_never_asked_sooner_than_after_half_the_interval(guest: Guest, host: Web) -> None:
    """Whatever it answers: news, floods, other entries each time, errors, nothing new."""
    dice = random.Random(1)
    guest.newswatch.pipeline = replace(guest.newswatch.pipeline, spread=dice.random)
    host.handle = lambda request: dice.choice(
        [
            ok(feed_of(*range(dice.randrange(9), 9))),
            ok(feed_of(*range(first := dice.randrange(9, 9_999), first + 25))),
            ok(feed_of(*(dice.randrange(10**9) for _ in range(9)))),
            ok(b""),
            Answer(500),
            ok(ETag='"1"'),
        ]
    )
    asked = []
    for _ in range(30):
        polled(guest)
        asked += [guest.clock.now] * len(host.requests)
        host.requests.clear()
        guest.clock.now = guest.state.next_poll
    waits = [later - earlier for earlier, later in pairwise(asked)]
    assert len(asked) == 30
    assert min(waits) >= timedelta(minutes=15)


@pytest.fixture
def crowd(guest: Guest, host: Web) -> Guest:
    """newswatch with 100 sources of one interval, at hosts that nobody may ask."""
    rows = (
        f"  - {{id: s{n}, name: S, kind: feed, url: 'http://10.0.0.1:{n}/', publisher: P}}\n"
        for n in range(1, 100)
    )
    with (guest.config / "sources.yaml").open("a") as file:
        file.writelines(rows)
    guest.restart()
    guest.newswatch.pipeline = replace(guest.newswatch.pipeline, spread=random.Random(1).random)
    return guest


def test_many_sources_do_not_fall_due_at_once(crowd: Guest) -> None:
    """Not after the start, when all of them are due, and not after the clock was put forward."""
    assert [polled(crowd) for _ in range(5)] == [32, 32, 32, 4, 0]
    seconds = [s.next_poll.replace(microsecond=0) for s in states(crowd)]
    assert max(seconds.count(second) for second in set(seconds)) < 10
    crowd.clock.now += timedelta(days=3)
    assert polled(crowd) == 32


def states(guest: Guest) -> list[SourceState]:
    return list(guest.newswatch.store.source_states().values())


def test_a_source_that_hangs_delays_no_other(guest: Guest, host: Web) -> None:
    freed = threading.Event()

    def hang(request: Request) -> Answer:
        freed.wait(30)
        return ok()

    async def both() -> None:
        hanging = asyncio.create_task(fetch(f"{host.url}/feed", Validators()))
        with web_server(lambda _: ok()) as other:
            answer = await fetch(other.url, Validators())
        assert not isinstance(answer, FetchFailure)
        assert not hanging.done()
        freed.set()
        await hanging

    host.handle = hang
    fetch = guest.newswatch.pipeline.fetcher.fetch
    asyncio.run(both())


def test_a_host_that_hangs_is_asked_ever_more_rarely(guest: Guest, host: Web) -> None:
    freed = threading.Event()

    def hang(request: Request) -> Answer:
        freed.wait(30)
        return ok()

    host.handle = hang
    guest.allow(deadline=timedelta(seconds=0.2))
    waits = [guest.wait() / timedelta(hours=1) for _ in range(3)]
    assert (guest.state.state, waits) == ("timeout", [1, 2, 4])
    freed.set()
    guest.allow(deadline=timedelta(seconds=30))
    assert guest.wait() == timedelta(minutes=30)


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
        guest.clock.now += timedelta(hours=1)
    visits = guest.newswatch.store.visits_since(NOW)
    assert [(v.is_conditional, v.outcome) for v in visits] == [
        (False, "read"),
        (True, "not_modified"),
        (True, "refused"),
        (True, "failed"),
    ]


def test_every_request_of_a_poll_is_counted(guest: Guest, host: Web) -> None:
    host.answer(*[Answer(302, headers={"Location": "/elsewhere"})] * 2, ok())
    guest.poll()
    (visit,) = guest.newswatch.store.visits_since(NOW)
    assert (visit.host, visit.requests) == (host.url.removeprefix("http://"), 3)


def test_what_was_not_asked_is_no_visit(guest: Guest, host: Web) -> None:
    host.answer(Answer(429, headers={"Retry-After": "3600"}))
    guest.poll()
    guest.clock.now += timedelta(minutes=30)
    guest.poll()
    assert len(guest.newswatch.store.visits_since(NOW)) == 1


def test_a_page_that_robots_txt_keeps_is_no_visit(crawler: Guest, host: Web) -> None:
    host.answer(Answer(body=b"User-agent: *\nDisallow: /"))
    crawler.poll()
    assert crawler.newswatch.store.visits_since(NOW) == []


# -- robots.txt -----------------------------------------------------------------------------------


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
    for hours in (0, 23, 1, 1):
        crawler.clock.now += timedelta(hours=hours)
        crawler.poll()
    assert paths(host) == ["/robots.txt", *["/news"] * 3, "/robots.txt", "/news"]


def test_a_feed_is_there_for_programs(guest: Guest, host: Web) -> None:
    guest.poll()
    assert paths(host) == ["/feed"]
