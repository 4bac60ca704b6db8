"""The curated feeds over HTTP."""

import re
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

import feedparser
import httpx
import pytest

from factories import NOW, make_release
from newswatch.model import FeedSettings
from newswatch.web.accept import wants_page
from newswatch.web.history import PAGE as LENGTH
from webdoors import BASE_URL, BROWSER, TOKEN, About, Doors, ask, make_rule, make_subscribers

FEED = "/feeds/desk/moldova.atom"
PRIVATE = f"/feeds/{TOKEN}/hidden.atom"
LAST_MODIFIED = "Wed, 05 Feb 2025 09:00:00 GMT"


def read(response: httpx.Response) -> Any:
    assert response.status_code == 200
    document = feedparser.parse(BytesIO(response.content))
    assert not document.bozo
    return document


def with_token() -> Doors:
    return Doors(tokens={sha256(TOKEN.encode()).hexdigest(): ("desk", "hidden")})


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


# -- private feeds ----------------------------------------------------------------------------------


def test_a_token_opens_its_private_feed() -> None:
    response = ask(with_token().app(), PRIVATE)
    assert read(response).feed.title == "Secret plans"
    assert response.headers["cache-control"] == "private, max-age=60"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["x-robots-tag"] == "noindex"


def test_a_held_private_feed_stays_private() -> None:
    app = with_token().app()
    again = ask(app, PRIVATE, if_none_match=ask(app, PRIVATE).headers["etag"])
    assert (again.status_code, again.headers["cache-control"]) == (304, "private, max-age=60")
    assert again.headers["x-robots-tag"] == "noindex"


def test_a_token_opens_no_other_feed() -> None:
    app = with_token().app()
    assert ask(app, f"/feeds/{TOKEN}/moldova.atom").status_code == 404
    assert ask(app, f"/feeds/{TOKEN[:-1]}x/hidden.atom").status_code == 404


def test_a_token_opens_nothing_once_its_rule_is_gone_or_has_no_feed() -> None:
    doors = with_token()
    doors.subscribers = [
        replace(make_subscribers()[0], rules=(make_rule(id="hidden", feed=FeedSettings("none")),))
    ]
    assert ask(doors.app(), PRIVATE).status_code == 404


def test_a_new_token_gets_its_own_address() -> None:
    doors, other = with_token(), TOKEN[::-1]
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
    response = ask(with_token().app(), PRIVATE, accept=BROWSER)
    assert "whoever has the address can read it" in response.text
    assert response.headers["cache-control"] == "private, max-age=60"
    assert response.headers["referrer-policy"] == "no-referrer"


def test_a_hostile_title_is_text_on_the_page() -> None:
    title = "<script>alert(1)</script>\x00\ud800\u202e]]>"
    doors = Doors(releases=[make_release(title=title)])
    page = ask(doors.app(), FEED, accept=BROWSER).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;]]&gt;" in page
    assert "<script" not in page
