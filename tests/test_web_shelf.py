"""Answers that are given again while nothing changed."""

from dataclasses import dataclass, field, replace

from factories import NOW, make_release
from newswatch.web import make_app
from newswatch.web.shelf import Shelf
from webdoors import BROWSER, About, Doors, ask, make_rule, make_subscribers, with_token

FEED = "/feeds/desk/moldova.atom"


@dataclass
class Shop:
    """A site whose marker is remembered until a second has passed. Counts questions to the store."""

    doors: Doors = field(default_factory=Doors)
    seconds: float = 1.0
    asked: int = 0

    def app(self) -> Shelf:
        return make_app(replace(self.doors.site(), moment=lambda: self.seconds, marker=self.marker))

    def marker(self) -> str:
        self.asked += 1
        return str(self.doors.marks)


def test_the_store_is_not_asked_twice_within_a_moment() -> None:
    shop = Shop()
    app = shop.app()
    first, second, third = (ask(app, FEED) for _ in range(3))
    assert shop.asked == 1
    assert first.content == second.content == third.content
    assert first.headers == second.headers == third.headers


def test_what_changed_is_seen_a_moment_later() -> None:
    shop = Shop()
    app = shop.app()
    before = [ask(app, FEED) for _ in range(3)][-1]
    shop.doors.change(make_release(title="Corrected", version=2, updated=NOW))
    shop.seconds += 1
    after = [ask(app, FEED) for _ in range(3)]
    assert {b"Corrected" in one.content for one in after} == {True}
    assert after[0].headers["etag"] != before.headers["etag"]


def test_an_edited_rule_is_seen_at_once() -> None:
    shop = Shop()
    app = shop.app()
    for _ in range(3):
        ask(app, FEED)
    shop.doors.subscribers = [
        replace(make_subscribers()[0], rules=(make_rule(condition=About("GE")),))
    ]
    assert b"Observers cancel mission to Georgia" in ask(app, FEED).content


def test_a_reader_that_holds_the_feed_is_answered_from_the_shelf_too() -> None:
    shop = Shop()
    app = shop.app()
    etag = ask(app, FEED).headers["etag"]
    answers = [ask(app, FEED, if_none_match=etag) for _ in range(3)]
    assert [one.status_code for one in answers] == [304, 304, 304]
    assert [one.content for one in answers] == [b"", b"", b""]
    assert answers[0].headers == answers[2].headers
    assert ask(app, FEED, if_none_match='"other"').status_code == 200
    assert shop.asked == 1


def test_answers_of_different_wishes_do_not_mix() -> None:
    app = Shop().app()
    for _ in range(3):
        kinds = [
            ask(app, FEED, accept=accept, accept_encoding=coding).headers
            for accept, coding in ((BROWSER, "gzip"), ("*/*", "gzip"), ("*/*", "identity"))
        ]
        assert [one["content-type"].partition(";")[0] for one in kinds] == [
            "text/html",
            "application/atom+xml",
            "application/atom+xml",
        ]
        assert [one.get("content-encoding") for one in kinds[1:]] == ["gzip", None]


def test_a_request_that_asks_otherwise_is_passed_on() -> None:
    shop = Shop()
    app = shop.app()
    etag = [ask(app, FEED) for _ in range(3)][-1].headers["etag"]
    shop.doors.change(*shop.doors.releases, make_release(id="f" * 16))
    shop.seconds += 1
    assert ask(app, FEED, if_none_match=etag, a_im="feed").status_code == 226
    assert ask(app, FEED, if_modified_since="Wed, 05 Feb 2025 09:00:00 GMT").status_code == 304
    assert ask(app, FEED, "HEAD").content == b""
    assert ask(app, FEED, "POST").status_code == 405


def test_private_feeds_are_never_on_the_shelf() -> None:
    doors, address = with_token()
    shop = Shop(doors)
    app = shop.app()
    for _ in range(3):
        assert ask(app, address).status_code == 200
    doors.tokens = {}
    assert ask(app, address).status_code == 404
