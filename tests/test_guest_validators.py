"""A good guest: validators come back as they were sent, redirects lead where they should."""

import gzip
from dataclasses import replace

import pytest

from guesthost import BODY, Guest, ok, paths
from newswatch.model import Source
from servers import Answer, Handle, Request, Web, web_server

LOGIN = b"<!DOCTYPE html><form><input type=password></form>"
CAFE = b'"caf\xe9"'


def conditions(host: Web) -> list[tuple[str | None, str | None]]:
    """(If-None-Match, If-Modified-Since) of each request."""
    return [
        (r.headers.get("if-none-match"), r.headers.get("if-modified-since")) for r in host.requests
    ]


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
        ([ok(ETag=CAFE), ok()], [(None, None), (CAFE.decode("latin-1"), None)]),
        ([ok(ETag=""), ok()], [(None, None)] * 2),
        ([ok(ETag='"1"'), ok(ETag='"2"'), ok()], [(None, None), ('"1"', None), ('"2"', None)]),
        (
            [ok(ETag='"1"', Last_Modified="then"), ok(ETag='"2"', Last_Modified="then"), ok()],
            [(None, None), ('"1"', "then"), ('"2"', "then")],
        ),
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
        (
            [ok(ETag='"1"'), ok(gzip.compress(BODY)[:-9], ETag='"cut"', Content_Encoding="gzip"), ok()],
            [(None, None), ('"1"', None), ('"1"', None)],
        ),
        (
            [ok(ETag='"1"'), ok(b"", ETag='"empty"'), ok()],
            [(None, None), ('"1"', None), ('"1"', None)],
        ),
        (
            [ok(ETag='"1"'), ok(ETag='"coded"', Content_Encoding="br"), ok()],
            [(None, None), ('"1"', None), ('"1"', None)],
        ),
    ],
    ids=[
        "none seen, none sent", "ETag", "Last-Modified byte for byte", "both", "unquoted", "not ASCII",
        "empty", "newest", "one moves alone", "gone from a 200", "304 keeps", "304 renews", "not of an error", "not of a login page",
        "not of a truncated body", "not of truncated gzip", "not of nothing",
        "not of a coding that was not asked for",
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


def test_an_address_gets_its_validators_however_it_is_written(guest: Guest, host: Web) -> None:
    (source,) = guest.newswatch.pipeline.sources.values()
    for written in ("HTTP://LOCALHOST", "http://localhost"):
        host.requests.clear()
        host.answer(ok(ETag='"1"'))
        ask_at(guest, source, f"{written}:{host.port}/fe ed/ü?q=ä#top".replace(" ", "%20"))
        guest.poll()
        guest.poll()
        assert conditions(host) == [(None, None), ('"1"', None)]


def ask_at(guest: Guest, source: Source, url: str) -> None:
    sources = {source.id: replace(source, url=url)}
    guest.newswatch.pipeline = replace(guest.newswatch.pipeline, sources=sources)


def test_what_a_failed_poll_leaves_is_what_was_held(guest: Guest, host: Web) -> None:
    host.answer(ok(), ok(b""), Answer(body=iter([b"<rss"]), headers={"Content-Length": "99"}))
    states = [guest.poll() for _ in range(3)]
    assert [state.state for state in states] == ["ok", "empty", "unreachable"]
    assert len(guest.newswatch.store.releases_recent(10)) == 1


def test_a_page_in_place_of_a_feed_is_told_with_the_feed_that_it_names(
    guest: Guest, host: Web
) -> None:
    link = b"<link rel=alternate type='application/atom+xml' href='/new.atom'>"
    host.answer(ok(b"<!DOCTYPE html><title>News</title>" + link))
    reason = "an HTML page came in place of the feed, titled “News”; the feed that it names is "
    assert guest.poll().reason == f"{reason}{host.url}/new.atom"


# -- redirects ------------------------------------------------------------------------------------


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


def test_another_host_learns_nothing_of_the_first(guest: Guest, host: Web) -> None:
    with web_server(lambda _: ok(ETag='"theirs"')) as other:
        there = f"http://name:password@127.0.0.1:{other.port}/feed"
        host.answer(
            ok(ETag='"ours"', Set_Cookie="id=1; Path=/"), Answer(302, headers={"Location": there})
        )
        for _ in range(3):
            guest.poll()
    assert "if-none-match" not in host.requests[2].headers
    for request, etag in zip(other.requests, (None, '"theirs"'), strict=True):
        assert request.headers.get("if-none-match") == etag
        told = {"host", "user-agent", "accept", "accept-encoding", "connection", "if-none-match"}
        assert request.headers.keys() <= told


def test_relative_links_start_at_the_address_that_answered(guest: Guest, host: Web) -> None:
    feed = BODY.replace(b"</title></item>", b"</title><link>r/1</link></item>")
    host.answer(Answer(302, headers={"Location": "/en/feed"}), ok(feed))
    guest.poll()
    (release,) = guest.newswatch.store.releases_recent(10)
    assert release.url == f"{host.url}/en/r/1"


def test_a_redirect_to_nowhere_is_a_reason(guest: Guest, host: Web) -> None:
    host.answer(Answer(301, headers={"Location": "http://[::1"}))
    assert guest.poll().state == "unreachable"
    assert len(host.requests) == 1
