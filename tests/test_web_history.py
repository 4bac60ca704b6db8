"""A feed's archive and deltas, followed by a client that rebuilds everything from them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from factories import NOW, make_poll, make_reading, make_release
from feedclient import ARCHIVE, FeedClient, link
from newswatch.errors import StoreError
from newswatch.health import OURSELVES
from newswatch.model import Change, Release
from newswatch.store import SqlStore
from newswatch.web import history, make_app
from newswatch.web.history import PAGE
from webdoors import BASE_URL, About, Doors, ask, make_rule, make_subscribers

FEED = "/feeds/desk/moldova.atom"
MINUTE = timedelta(minutes=1)


def numbered(*numbers: int, about: str = "MD") -> list[Release]:
    return [
        make_release(
            id=f"{number:016x}",
            title=f"Release {number}",
            first_seen=NOW + number * MINUTE,
            published=None,
            reading=make_reading(countries=(about,)),
        )
        for number in numbers
    ]


def revised(release: Release, minutes: int, **fields: object) -> Release:
    later = {"version": release.version + 1, "updated": NOW + minutes * MINUTE}
    return replace(release, **later | fields)  # type: ignore[arg-type]


def client_of(doors: Doors, path: str = FEED) -> FeedClient:
    return FeedClient(partial(get, doors.app()), path)


def get(app: object, address: str, **headers: str) -> httpx.Response:
    return ask(app, address.removeprefix(BASE_URL), **headers)  # type: ignore[arg-type]


def ids(releases: Iterable[Release]) -> set[str]:
    return {f"urn:newswatch:release:{one.id}" for one in releases}


def rebuilt(doors: Doors, path: str = FEED) -> FeedClient:
    client = client_of(doors, path)
    client.rebuild()
    return client


# -- the archive ----------------------------------------------------------------------------------


def test_a_new_reader_rebuilds_the_whole_history_from_the_archive() -> None:
    releases = numbered(*range(4 * PAGE + 7))
    client = rebuilt(Doors(releases=releases))
    assert client.entries.keys() == ids(releases)
    assert len(client.asked) == 5


def test_a_short_feed_has_no_archive() -> None:
    assert rebuilt(Doors(releases=numbered(*range(PAGE - 1)))).asked == [FEED]


def test_a_page_of_the_archive_says_what_it_is() -> None:
    app = Doors(releases=numbered(*range(2 * PAGE))).app()
    second = link(etree.fromstring(ask(app, FEED).content), "prev-archive")
    response = get(app, second)
    page = etree.fromstring(response.content)
    assert page.find(ARCHIVE) is not None
    assert (link(page, "self"), link(page, "current")) == (second, BASE_URL + FEED)
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["link"] == f'<{second}>; rel="self"'
    first = etree.fromstring(get(app, link(page, "prev-archive")).content)
    assert link(first, "prev-archive") == ""
    assert etree.fromstring(ask(app, FEED).content).find(ARCHIVE) is None


def test_a_page_of_the_archive_never_changes() -> None:
    doors = Doors(releases=numbered(*range(2 * PAGE)))
    app = doors.app()
    address = link(etree.fromstring(ask(app, FEED).content), "prev-archive")
    before = get(app, address)
    more = numbered(*range(2 * PAGE, 5 * PAGE))
    doors.change(*more, revised(doors.releases[3], 600, title="Corrected"))
    after = get(app, address)
    assert after.content == before.content
    assert after.headers["etag"] == before.headers["etag"]


def test_a_page_is_the_same_from_every_worker() -> None:
    doors = Doors(releases=numbered(*range(2 * PAGE)))
    address = link(etree.fromstring(ask(doors.app(), FEED).content), "prev-archive")
    first, second = get(doors.app(), address), get(doors.app(), address)
    assert (first.content, first.headers) == (second.content, second.headers)


def test_a_page_that_never_was_is_not_there() -> None:
    app = Doors(releases=numbered(*range(2 * PAGE))).app()
    for name in ("1-0000000000000000", "9-0000000000000000", "0-0000000000000000", "x", "1"):
        assert ask(app, f"/feeds/desk/moldova/{name}.atom").status_code == 404


def test_an_edited_rule_has_another_archive_and_the_old_one_is_gone() -> None:
    doors = Doors(releases=numbered(*range(PAGE)) + numbered(*range(PAGE, 2 * PAGE), about="GE"))
    app = doors.app()
    old = link(etree.fromstring(ask(app, FEED).content), "prev-archive")
    doors.subscribers = [replace(make_subscribers()[0], rules=(make_rule(condition=About("GE")),))]
    new = link(etree.fromstring(ask(app, FEED).content), "prev-archive")
    assert old != new
    assert get(app, old).status_code == 404
    assert rebuilt(doors).entries.keys() == ids(numbered(*range(PAGE, 2 * PAGE)))


def test_every_format_has_the_archive() -> None:
    app = Doors(releases=numbered(*range(2 * PAGE))).app()
    following = ask(app, "/feeds/desk/moldova.json").json()["next_url"]
    assert len(get(app, following).json()["items"]) == PAGE
    rss = etree.fromstring(ask(app, "/feeds/desk/moldova.rss").content)
    (previous,) = [
        one.get("href") for one in rss.iter("{*}link") if one.get("rel") == "prev-archive"
    ]
    assert len(etree.fromstring(get(app, previous).content).findall("channel/item")) == PAGE


# -- deltas ---------------------------------------------------------------------------------------


def test_a_delta_holds_what_is_new_and_nothing_else() -> None:
    doors = Doors(releases=numbered(*range(30)))
    app = doors.app()
    etag = ask(app, FEED).headers["etag"]
    doors.change(*numbered(30, 31))
    response = ask(app, FEED, if_none_match=etag, a_im="feed")
    entries = etree.fromstring(response.content).findall("{*}entry")
    assert response.status_code == 226
    assert [one.findtext("{*}title") for one in entries] == ["Release 31", "Release 30"]
    assert response.headers["im"] == "feed"
    assert response.headers["cache-control"] == "no-store, im"
    assert response.headers["delta-base"] == etag.replace("-br", "")
    assert response.headers["etag"] == ask(app, FEED).headers["etag"]


def test_a_client_that_does_not_ask_for_deltas_gets_the_feed() -> None:
    doors = Doors(releases=numbered(*range(3)))
    app = doors.app()
    etag = ask(app, FEED).headers["etag"]
    doors.change(*numbered(3))
    for wish in ("", "vcdiff", "feed;q=0", "feedback"):
        response = ask(app, FEED, if_none_match=etag, a_im=wish)
        assert response.status_code == 200
    assert ask(app, FEED, if_none_match=etag, a_im="vcdiff, feed;q=0.5").status_code == 226


def test_a_tag_that_this_feed_never_had_gets_the_feed() -> None:
    doors = Doors(releases=numbered(*range(3)))
    for place in ("1.0123456789abcdef", "ff.0123456789abcdef"):
        tag = f'"{place}.0123456789abcdef0123"'
        assert ask(doors.app(), FEED, if_none_match=tag, a_im="feed").status_code == 200


def test_a_feed_that_did_not_change_is_not_a_delta() -> None:
    app = Doors().app()
    etag = ask(app, FEED).headers["etag"]
    assert ask(app, FEED, if_none_match=etag, a_im="feed").status_code == 304


def test_a_client_that_missed_very_much_gets_the_feed_and_finds_the_rest_in_its_archive() -> None:
    doors = Doors(releases=numbered(0))
    client = rebuilt(doors)
    doors.change(*numbered(*range(1, 600)))
    client.follow()
    assert client.answers == [200]
    assert rebuilt(doors).entries.keys() == ids(numbered(*range(600)))


# -- corrections ----------------------------------------------------------------------------------


def test_a_revised_release_keeps_its_id_and_says_what_changed() -> None:
    doors = Doors(releases=numbered(1))
    client = rebuilt(doors)
    doors.change(revised(doors.releases[0], 60, title="Release one"))
    client.follow()
    assert client.answers == [226]
    assert client.entries == {
        "urn:newswatch:release:0000000000000001": ("2025-02-05T10:00:00Z", "Release one")
    }
    (entry,) = etree.fromstring(ask(doors.app(), FEED).content).findall("{*}entry")
    assert "Corrected: the title was “Release 1”." in entry.findtext("{*}content")
    (change,) = entry.findall("{urn:newswatch:facts:1}change")
    assert dict(change.attrib) == {"field": "title", "before": "Release 1", "after": "Release one"}


def test_a_withdrawn_release_leaves_a_tombstone() -> None:
    doors = Doors(releases=numbered(1, 2))
    client = rebuilt(doors)
    doors.change(revised(doors.releases[0], 60, withdrawn="published in error"))
    client.follow()
    assert client.entries.keys() == ids(numbered(2))
    (tombstone,) = etree.fromstring(ask(doors.app(), FEED).content).findall("{*}deleted-entry")
    assert dict(tombstone.attrib) == {
        "ref": "urn:newswatch:release:0000000000000001",
        "when": "2025-02-05T10:00:00Z",
    }
    assert tombstone.findtext("{*}comment") == "Withdrawn by its publisher: published in error"


def test_a_withdrawn_release_is_named_in_every_format() -> None:
    doors = Doors(releases=numbered(1))
    doors.change(revised(doors.releases[0], 60, withdrawn="published in error"))
    deleted = ask(doors.app(), "/feeds/desk/moldova.json").json()["_newswatch"]["deleted"]
    assert [one["id"] for one in deleted] == ["urn:newswatch:release:0000000000000001"]
    rss = etree.fromstring(ask(doors.app(), "/feeds/desk/moldova.rss").content)
    assert rss.find("channel/{*}deleted-entry") is not None


def test_a_release_that_is_corrected_to_be_about_something_else_leaves_the_feed() -> None:
    doors = Doors(releases=numbered(1))
    moldova, georgia = rebuilt(doors), rebuilt(doors, "/feeds/country/GE.atom")
    doors.change(revised(doors.releases[0], 60, reading=make_reading(countries=("GE",))))
    moldova.follow()
    georgia.follow()
    assert (moldova.entries, georgia.entries.keys()) == ({}, ids(numbered(1)))


def test_what_newswatch_says_of_itself_is_in_no_feed() -> None:
    doors = Doors(releases=[make_release(source_id=OURSELVES)])
    assert rebuilt(doors).entries == {}


# -- the store ------------------------------------------------------------------------------------


def test_every_database_gives_the_same_bytes(store: SqlStore) -> None:
    doors = Doors(releases=numbered(*range(PAGE + 3)))
    doors.change(*numbered(90, 91), revised(doors.releases[0], 60, title="Corrected"))
    doors.change(revised(doors.releases[0], 70, withdrawn="in error"))
    for _, changes in groupby(doors.log, key=itemgetter(0)):
        found = tuple(Change("new", one) for _, one in changes)
        store.record(make_poll(changes=found, deliveries=()))
    site = replace(
        doors.site(),
        marker=lambda: str(store.change_marker()),
        history=lambda after: store.history(after, 7),
        versions=store.releases_by_version,
    )
    app = make_app(site)
    page = link(etree.fromstring(ask(app, FEED).content), "prev-archive")
    for path in (FEED, page, "/feeds/country/MD.json", "/feeds/source/newsroom.rss"):
        ours, plain = get(app, path), get(doors.app(), path)
        assert (ours.content, ours.headers) == (plain.content, plain.headers)


def test_a_store_that_fails_in_between_leaves_no_gap() -> None:
    doors = Doors(releases=numbered(*range(3)))
    broken = [True]

    def history_of(after: int) -> list[tuple[int, Release]]:
        if after and broken[0]:
            raise StoreError("away")
        return doors.history(after)

    doors.change(*doors.releases, *numbered(3, 4))
    app = make_app(replace(doors.site(), history=history_of))
    assert ask(app, FEED).status_code == 503
    broken[0] = False
    assert len(etree.fromstring(ask(app, FEED).content).findall("{*}entry")) == 5


def test_a_store_that_fails_while_a_rule_is_read_again_leaves_no_gap() -> None:
    doors = Doors(releases=numbered(*range(3), about="GE"))
    broken = [False]

    def history_of(after: int) -> list[tuple[int, Release]]:
        if broken[0]:
            raise StoreError("away")
        return doors.history(after)

    app = make_app(replace(doors.site(), history=history_of))
    ask(app, FEED)
    doors.subscribers = [replace(make_subscribers()[0], rules=(make_rule(condition=About("GE")),))]
    broken[0] = True
    assert ask(app, FEED).status_code == 503
    broken[0] = False
    assert len(etree.fromstring(ask(app, FEED).content).findall("{*}entry")) == 3


# -- any history ----------------------------------------------------------------------------------

Act = tuple[str, int]
ACTS = st.lists(
    st.tuples(st.sampled_from(["new", "revise", "turn", "withdraw"]), st.integers(0, 9)),
    max_size=25,
)


def played(doors: Doors, act: Act, minutes: int) -> None:
    """One thing that happens to one of ten releases."""
    what, number = act
    (fresh,) = numbered(number)
    latest = {one.id: one for _, one in doors.log}
    held = latest.get(fresh.id)
    if held is None:
        doors.change(replace(fresh, first_seen=NOW + minutes * MINUTE))
    elif what == "withdraw":
        doors.change(revised(held, minutes, withdrawn="in error"))
    elif what == "turn":
        other = "GE" if held.reading.countries == ("MD",) else "MD"
        doors.change(revised(held, minutes, reading=make_reading(countries=(other,)), withdrawn=""))
    else:
        doors.change(revised(held, minutes, title=f"After {minutes}", withdrawn=""))


def standing(doors: Doors) -> dict[str, str]:
    """What must be in the feed, by the releases as they are now."""
    latest = {one.id: one for _, one in doors.log}
    return {
        f"urn:newswatch:release:{one.id}": one.title
        for one in latest.values()
        if one.reading.countries == ("MD",) and not one.withdrawn
    }


@given(ACTS, st.integers(0, 24))
@settings(max_examples=60)
def test_whatever_happens_a_follower_and_a_newcomer_hold_what_stands(
    acts: list[Act], joins: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "PAGE", 3)
        doors = Doors(releases=[])
        follower = FeedClient(partial(get, doors.app()), FEED)
        for minutes, act in enumerate(acts, 1):
            played(doors, act, minutes)
            if minutes == joins:
                follower.rebuild()
            elif minutes > joins and minutes % 3 == 0:
                follower.follow()
        if not follower.etag:
            follower.rebuild()
        follower.follow()
        held = {name: title for name, (_, title) in follower.entries.items()}
        newcomer = {name: title for name, (_, title) in rebuilt(doors).entries.items()}
        assert held == newcomer == standing(doors)
        assert set(follower.answers) <= {226, 304}


@given(ACTS)
@settings(max_examples=20)
def test_a_worker_that_starts_later_serves_the_same_bytes(acts: list[Act]) -> None:
    doors = Doors(releases=[])
    early = doors.app()
    for minutes, act in enumerate(acts, 1):
        played(doors, act, minutes)
        ask(early, FEED)
    first, second = ask(early, FEED), ask(doors.app(), FEED)
    assert (first.content, first.headers) == (second.content, second.headers)
