"""The curated feeds over HTTP."""

import asyncio
import gzip
import re
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

import brotli
import feedparser
import httpx
import pytest
import zstandard

from factories import NOW, make_release
from newswatch.model import FeedSettings
from newswatch.web.accept import wants_page
from newswatch.web.coding import chosen
from newswatch.web.history import PAGE as LENGTH
from webdoors import (
    BASE_URL,
    BROWSER,
    TOKEN,
    About,
    Doors,
    ask,
    make_rule,
    make_subscribers,
    with_token,
)

FEED = "/feeds/desk/moldova.atom"
PRIVATE = with_token()[1]
LAST_MODIFIED = "Wed, 05 Feb 2025 09:00:00 GMT"


def read(response: httpx.Response) -> Any:
    assert response.status_code == 200
    document = feedparser.parse(BytesIO(response.content))
    assert not document.bozo
    return document


# -- what is in a feed ------------------------------------------------------------------------------


def test_a_feed_holds_the_releases_that_meet_its_rule() -> None:
    document = read(ask(Doors().app(), FEED))
    assert document.feed.title == "Everything about Moldova"
    assert [entry.title for entry in document.entries] == ["Observers open mission to Moldova"]


def test_a_feed_names_its_own_address() -> None:
    links = read(ask(Doors().app(), FEED)).feed.links
    assert [link.href for link in links if link.rel == "self"] == [BASE_URL + FEED]


def test_a_feed_that_nothing_meets_is_valid() -> None:
    doors = Doors(releases=[])
    assert read(ask(doors.app(), FEED)).entries == []


def test_a_feed_holds_the_newest_releases_only() -> None:
    days = [NOW + timedelta(days=n) for n in range(3 * LENGTH)]
    releases = [
        make_release(id=f"{n:016x}", first_seen=day, published=None) for n, day in enumerate(days)
    ]
    entries = read(ask(Doors(releases=releases).app(), FEED)).entries
    # the newest, and what stands on the last archive page beside them
    assert [int(entry.id[-16:], 16) for entry in entries] == list(range(3 * LENGTH))[
        : -LENGTH - 1 : -1
    ]


def test_a_feed_id_does_not_depend_on_the_base_url() -> None:
    moved = Doors(base_url="https://elsewhere.example/news/")
    first, second = read(ask(Doors().app(), FEED)), read(ask(moved.app(), FEED))
    assert first.feed.id == second.feed.id == "urn:newswatch:feed:desk:moldova"
    assert second.feed.link == "https://elsewhere.example/news/"


def test_two_workers_serve_the_same_bytes() -> None:
    first, second = ask(Doors().app(), FEED), ask(Doors().app(), FEED)
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]


def test_a_feed_is_rendered_once_until_something_changes() -> None:
    condition = About("MD")
    rules = (make_rule(condition=condition),)
    doors = Doors(subscribers=[replace(make_subscribers()[0], rules=rules)])
    app = doors.app()
    ask(app, FEED)
    asked = len(condition.asked)
    assert ask(app, FEED).status_code == 200
    assert len(condition.asked) == asked


def test_a_changed_release_changes_the_feed() -> None:
    doors = Doors()
    app = doors.app()
    before = ask(app, FEED)
    later = NOW + timedelta(hours=1)
    doors.change(make_release(title="Corrected", version=2, updated=later))
    after = ask(app, FEED, if_none_match=before.headers["etag"])
    assert read(after).entries[0].title == "Corrected"
    assert after.headers["last-modified"] == "Wed, 05 Feb 2025 10:00:00 GMT"


def test_a_changed_rule_changes_the_feed() -> None:
    doors = Doors()
    app = doors.app()
    ask(app, FEED)
    doors.subscribers = [replace(make_subscribers()[0], rules=(make_rule(condition=About("GE")),))]
    assert read(ask(app, FEED)).entries[0].title == "Observers cancel mission to Georgia"


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/desk/hidden.atom",
        "/feeds/desk/unfed.atom",
        "/feeds/desk/unknown.atom",
        "/feeds/nobody/moldova.atom",
        PRIVATE,
    ],
)
def test_a_feed_that_is_not_public_looks_like_one_that_is_not_there(path: str) -> None:
    response = ask(Doors().app(), path)
    assert (response.status_code, response.json()) == (
        404,
        {
            "type": "about:blank",
            "title": "Not found",
            "status": 404,
            "detail": "Nothing is at this address.",
        },
    )
    assert response.headers["content-type"] == "application/problem+json"


# -- validators -------------------------------------------------------------------------------------


def test_a_feed_carries_validators_and_may_be_cached_for_a_minute() -> None:
    response = ask(Doors().app(), FEED)
    assert re.fullmatch(r'"1\.[0-9a-f]{16}\.[0-9a-f]{20}-br"', response.headers["etag"])
    assert response.headers["last-modified"] == LAST_MODIFIED
    assert response.headers["cache-control"] == "public, max-age=60"
    assert response.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert response.headers["vary"] == "Accept, Accept-Encoding"


def test_a_head_request_has_the_headers_and_no_body() -> None:
    app = Doors().app()
    head, get = ask(app, FEED, "HEAD"), ask(app, FEED)
    assert head.headers == get.headers
    assert head.content == b""


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', 'W/"a,b",{} , "c"', "*"])
def test_a_feed_that_is_held_is_not_sent_again(form: str) -> None:
    app = Doors().app()
    first = ask(app, FEED)
    again = ask(app, FEED, if_none_match=form.format(first.headers["etag"]))
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "last-modified", "cache-control", "vary"):
        assert again.headers[name] == first.headers[name]


@pytest.mark.parametrize("tag", ['"other"', "unquoted", "", '"'])
def test_a_feed_that_is_not_held_is_sent(tag: str) -> None:
    assert ask(Doors().app(), FEED, if_none_match=tag).status_code == 200


@pytest.mark.parametrize(
    ("since", "status"),
    [
        (LAST_MODIFIED, 304),
        ("Thu, 06 Feb 2025 00:00:00 GMT", 304),
        ("Wed, 05 Feb 2025 08:59:59 GMT", 200),
        ("Wed Feb  5 09:00:00 2025", 304),
        ("yesterday", 200),
        ("Wed, 99 Feb 2025 09:00:00 GMT", 200),
    ],
)
def test_if_modified_since_is_honoured(since: str, status: int) -> None:
    assert ask(Doors().app(), FEED, if_modified_since=since).status_code == status


def test_if_none_match_takes_precedence_over_if_modified_since() -> None:
    app = Doors().app()
    etag = ask(app, FEED).headers["etag"]
    old = "Wed, 05 Feb 2020 09:00:00 GMT"
    changed = ask(app, FEED, if_none_match='"other"', if_modified_since=LAST_MODIFIED)
    held = ask(app, FEED, if_none_match=etag, if_modified_since=old)
    assert (changed.status_code, held.status_code) == (200, 304)


def test_a_feed_can_only_be_read() -> None:
    response = ask(Doors().app(), FEED, "POST")
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}


# -- formats ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [
        ("atom", "application/atom+xml"),
        ("rss", "application/rss+xml"),
        ("json", "application/feed+json"),
        ("ics", "text/calendar"),
    ],
)
def test_a_feed_is_had_in_every_format_with_its_media_type(suffix: str, kind: str) -> None:
    app = Doors().app()
    response = ask(app, f"/feeds/desk/moldova.{suffix}")
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{kind}; charset=utf-8"
    assert response.headers["access-control-allow-origin"] == "*"
    address = f"{BASE_URL}/feeds/desk/moldova.{suffix}"
    assert response.headers["link"] == f'<{address}>; rel="self"'
    tag = response.headers["etag"]
    assert ask(app, f"/feeds/desk/moldova.{suffix}", if_none_match=tag).status_code == 304


@pytest.mark.parametrize("suffix", ["xml", "", "atom.atom", "ATOM"])
def test_a_format_that_is_none_is_not_there(suffix: str) -> None:
    assert ask(Doors().app(), f"/feeds/desk/moldova.{suffix}").status_code == 404


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/feeds/country/GE.atom", "Georgia"),
        ("/feeds/event/mission.cancelled.atom", "Mission cancelled"),
        ("/feeds/source/newsroom.atom", "An observer's newsroom"),
    ],
)
def test_countries_events_and_newsrooms_have_feeds(path: str, title: str) -> None:
    document = read(ask(Doors().app(), path))
    assert document.feed.title == title
    assert "Observers cancel mission to Georgia" in [entry.title for entry in document.entries]


@pytest.mark.parametrize(
    "path",
    [
        *("country/XX", "country/ge", "country/georgia", "event/none", "event/x", "source/x"),
        *("source/newswatch", "country/%2e%2e", "mission/x"),
    ],
)
def test_what_is_no_country_event_or_newsroom_has_no_feed(path: str) -> None:
    assert ask(Doors().app(), f"/feeds/{path}.atom").status_code == 404


def test_queries_that_a_feed_does_not_know_are_harmless() -> None:
    app = Doors().app()
    first, second = ask(app, FEED), ask(app, f"{FEED}?utm_source=x&page=9&q=%00")
    assert (first.content, first.headers) == (second.content, second.headers)


# -- searches ---------------------------------------------------------------------------------------


def test_a_search_has_a_feed() -> None:
    document = read(ask(Doors().app(), "/feeds/search.atom?q=mission&country=GE&unknown=1"))
    assert document.feed.title == "Releases: “mission”, Georgia"
    assert [entry.title for entry in document.entries] == ["Observers cancel mission to Georgia"]


def test_a_search_for_nothing_finds_all() -> None:
    assert len(read(ask(Doors().app(), "/feeds/search.atom")).entries) == 2


def test_a_search_names_its_own_address_whatever_the_order_of_its_words() -> None:
    app = Doors().app()
    one = read(ask(app, "/feeds/search.rss?country=GE&q=open%20mission"))
    (found,) = [link.href for link in one.feed.links if link.rel == "self"]
    assert found == f"{BASE_URL}/feeds/search.rss?q=open+mission&country=GE"


def test_the_id_of_a_search_is_a_urn() -> None:
    feed = read(ask(Doors().app(), "/feeds/search.atom?q=a%20b%26&country=GE")).feed
    assert feed.id == "urn:newswatch:search:q=a+b%2526%26country=GE"
    assert re.fullmatch(r"urn:newswatch:(?:[A-Za-z0-9()+,\-.:=@;$_!*']|%[0-9a-fA-F]{2})+", feed.id)


def test_searches_do_not_mix() -> None:
    app = Doors().app()
    titles = [
        [entry.title for entry in read(ask(app, f"/feeds/search.atom?country={code}")).entries]
        for code in ("MD", "GE")
    ]
    assert titles == [
        ["Observers open mission to Moldova"],
        ["Observers cancel mission to Georgia"],
    ]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("q=" + "x" * 201, 400),
        ("q=%00", 400),
        ("country=XX", 404),
        ("event=none", 404),
        ("source=x", 404),
        ("q=%ff%fe]]%3E%3Cscript%3E", 200),
    ],
)
def test_a_search_has_limits(query: str, status: int) -> None:
    assert ask(Doors().app(), f"/feeds/search.atom?{query}").status_code == status


# -- codings ----------------------------------------------------------------------------------------

DECODERS = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body),
}


async def raw(app: Any, path: str, coding: str) -> tuple[dict[str, str], bytes]:
    """Headers and the bytes as they were sent."""
    transport = httpx.ASGITransport(app)
    async with (
        httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client,
        client.stream("GET", path, headers={"accept-encoding": coding}) as response,
    ):
        body = b"".join([part async for part in response.aiter_raw()])
        return dict(response.headers), body


@pytest.mark.parametrize("coding", DECODERS)
def test_a_feed_is_sent_in_the_coding_that_is_asked_for(coding: str) -> None:
    app = Doors().app()
    plain, body = asyncio.run(raw(app, FEED, "identity"))
    headers, coded = asyncio.run(raw(app, FEED, coding))
    assert headers["content-encoding"] == coding
    assert DECODERS[coding](coded) == body
    assert len(coded) < len(body)
    assert headers["etag"] == plain["etag"][:-1] + f'-{coding}"'
    assert ask(app, FEED, if_none_match=plain["etag"]).status_code == 304


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("", ""),
        ("identity", ""),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP;q=0.5, zstd;q=1.0", "zstd"),
        ("br;q=0, *", "zstd"),
        ("*;q=0", ""),
        ("gzip;q=0.2, identity;q=0.5", ""),
        ("compress, x", ""),
        (";;,q=", ""),
    ],
)
def test_the_coding_is_the_one_that_a_client_likes_best(accept: str, coding: str) -> None:
    assert chosen(accept) == coding


# -- private feeds ----------------------------------------------------------------------------------


def test_a_token_opens_its_private_feed() -> None:
    response = ask(with_token()[0].app(), PRIVATE)
    assert read(response).feed.title == "Secret plans"
    assert response.headers["cache-control"] == "private, max-age=60"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["x-robots-tag"] == "noindex"


def test_a_held_private_feed_stays_private() -> None:
    app = with_token()[0].app()
    again = ask(app, PRIVATE, if_none_match=ask(app, PRIVATE).headers["etag"])
    assert (again.status_code, again.headers["cache-control"]) == (304, "private, max-age=60")
    assert again.headers["x-robots-tag"] == "noindex"


def test_a_private_feed_is_closed_to_scripts_and_is_in_every_format() -> None:
    for suffix in ("rss", "json", "ics"):
        response = ask(with_token()[0].app(), PRIVATE.replace(".atom", f".{suffix}"))
        assert response.status_code == 200
        assert "access-control-allow-origin" not in response.headers
        assert response.headers["x-robots-tag"] == "noindex"


def test_a_token_opens_no_other_feed() -> None:
    app = with_token()[0].app()
    assert ask(app, f"/feeds/{TOKEN}/moldova.atom").status_code == 404
    assert ask(app, f"/feeds/{TOKEN[:-1]}x/hidden.atom").status_code == 404


def test_a_token_opens_nothing_once_its_rule_is_gone_or_has_no_feed() -> None:
    doors = with_token()[0]
    doors.subscribers = [
        replace(make_subscribers()[0], rules=(make_rule(id="hidden", feed=FeedSettings("none")),))
    ]
    assert ask(doors.app(), PRIVATE).status_code == 404


def test_a_new_token_gets_its_own_address() -> None:
    doors, other = with_token()[0], TOKEN[::-1]
    app = doors.app()
    ask(app, PRIVATE)
    doors.tokens = {sha256(other.encode()).hexdigest(): ("desk", "hidden")}
    response = ask(app, f"/feeds/{other}/hidden.atom")
    assert TOKEN not in response.text
    assert other in response.text


def test_a_missing_feed_does_not_repeat_the_token() -> None:
    for accept in ("*/*", BROWSER):
        response = ask(Doors().app(), PRIVATE, accept=accept)
        assert TOKEN not in response.text
        assert response.headers["cache-control"] == "no-store"


# -- who gets a page --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        ("", False),
        ("*/*", False),
        ("text/html", True),
        (BROWSER, True),
        ("application/atom+xml, text/html;q=0.8, */*;q=0.1", False),
        ("application/rss+xml, application/atom+xml;q=0.9, text/xml;q=0.8", False),
        ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", False),
        ("text/html;q=0, */*", False),
        ("text/html;q=oops", True),
        (";;,,q=1", False),
    ],
)
def test_a_browser_gets_a_page_and_a_reader_the_feed(accept: str, page: bool) -> None:
    assert wants_page(accept) is page


def test_a_browser_reads_the_feed_as_a_page() -> None:
    response = ask(Doors().app(), FEED, accept=BROWSER)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["vary"] == "Accept, Accept-Encoding"
    assert BASE_URL + FEED in response.text
    assert "Observers open mission to Moldova" in response.text


def test_a_browser_reads_a_private_feed_without_leaving_traces() -> None:
    response = ask(with_token()[0].app(), PRIVATE, accept=BROWSER)
    assert "whoever has the address can read it" in response.text
    assert response.headers["cache-control"] == "private, max-age=60"
    assert response.headers["referrer-policy"] == "no-referrer"


def test_a_hostile_title_is_text_on_the_page() -> None:
    title = "<script>alert(1)</script>\x00\ud800\u202e]]>"
    doors = Doors(releases=[make_release(title=title)])
    page = ask(doors.app(), FEED, accept=BROWSER).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;]]&gt;" in page
    assert "<script" not in page
