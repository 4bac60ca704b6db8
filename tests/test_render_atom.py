"""The Atom feed, read back by a feed reader's parser."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from io import BytesIO
from typing import Any

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from factories import NOW, make_reading, make_release
from newswatch.model import Election, Published, Release
from newswatch.render.atom import render_atom
from newswatch.render.entry import FeedHead, feed_updated
from newswatch.render.safe import address, shortened

HEAD = FeedHead(
    id="urn:newswatch:feed:desk:missions",
    title="New missions",
    self_url="https://news.example/feeds/desk/missions.atom",
    site_url="https://news.example/",
    subtitle="Chosen for the desk",
)
NAMES = {"MD": "Moldova", "RO": "Romania", "CI": "Côte d’Ivoire"}
ATOM = "{http://www.w3.org/2005/Atom}"
NW = "{urn:newswatch:facts:1}"


def name_of(code: str) -> str:
    return NAMES[code]


def render(*releases: Release) -> bytes:
    return render_atom(HEAD, releases, name_of)


def read(*releases: Release) -> Any:
    document = feedparser.parse(BytesIO(render(*releases)))
    assert not document.bozo
    return document


def tree(*releases: Release) -> Any:
    return etree.fromstring(render(*releases))


def read_title(title: str) -> str:
    (found,) = tree(make_release(title=title)).iterfind(f"{ATOM}entry/{ATOM}title")
    return str(found.text)


# -- the feed -----------------------------------------------------------------------------------


def test_a_feed_says_what_it_is() -> None:
    feed = read(make_release()).feed
    assert (feed.id, feed.title, feed.subtitle) == (HEAD.id, HEAD.title, HEAD.subtitle)
    assert (feed.author, feed.generator) == ("newswatch", "newswatch")


def test_a_feed_links_to_itself_and_to_its_site() -> None:
    links = {link.rel: (link.href, link.type) for link in read(make_release()).feed.links}
    assert links == {
        "self": (HEAD.self_url, "application/atom+xml"),
        "alternate": (HEAD.site_url, "text/html"),
    }


def test_a_feed_is_as_new_as_its_newest_entry() -> None:
    later = make_release(id="b", updated=NOW + timedelta(days=2))
    assert feed_updated([make_release(), later, make_release(id="c")]) == NOW + timedelta(days=2)
    assert read(make_release(), later).feed.updated == "2025-02-07T09:00:00+00:00"


def test_an_empty_feed_is_valid_and_never_changes() -> None:
    document = read()
    assert (document.feed.updated, document.entries) == ("2000-01-01T00:00:00+00:00", [])


def test_the_same_releases_give_the_same_bytes() -> None:
    releases = [make_release(), make_release(id="b")]
    assert render(*releases) == render(*map(replace, releases))


def test_entries_keep_the_order_of_the_releases() -> None:
    entries = read(*(make_release(id=one) for one in "cab")).entries
    assert [entry.id[-1] for entry in entries] == ["c", "a", "b"]


# -- an entry -----------------------------------------------------------------------------------


def test_an_entry_says_what_the_release_says() -> None:
    (entry,) = read(make_release()).entries
    assert entry.title == "Observers open mission to Moldova"
    assert entry.link == "https://newsroom.example/releases/1"
    assert entry.author == "The observers"
    assert entry.summary == "The observers opened a mission for the elections in Moldova."
    assert entry.content[0].value == f"<p>{entry.summary}</p>"
    assert entry.content[0].language == "en"


def test_the_id_of_an_entry_depends_on_the_release_alone() -> None:
    changed = make_release(title="Corrected", url="https://elsewhere.example/", version=2)
    (first,), (second,) = read(make_release()).entries, read(changed).entries
    assert first.id == second.id == "urn:newswatch:release:00000000000000a1"


def test_an_instant_is_published_as_it_is() -> None:
    zone = timezone(timedelta(hours=1))
    instant = datetime(2025, 2, 5, 0, 30, tzinfo=zone)
    (entry,) = read(make_release(published=Published(date(2025, 2, 5), instant))).entries
    assert entry.published == "2025-02-04T23:30:00+00:00"
    assert (entry.nw_published["precision"]) == "instant"


def test_a_day_is_published_at_its_noon_and_marked_as_a_day() -> None:
    (entry,) = read(make_release(published=Published(date(2025, 2, 5)))).entries
    assert entry.published == "2025-02-05T12:00:00+00:00"
    assert entry.nw_published == {"precision": "day"}


def test_a_release_without_a_date_has_no_published() -> None:
    (entry,) = read(make_release(published=None)).entries
    assert "published" not in entry


def test_an_entry_is_as_new_as_its_version() -> None:
    revised = NOW + timedelta(hours=3, microseconds=5)
    first, second = read(make_release(), make_release(id="b", updated=revised)).entries
    assert first.updated == "2025-02-05T09:00:00+00:00"
    assert second.updated == "2025-02-05T12:00:00+00:00"


def test_facts_are_categories_with_schemes() -> None:
    (entry,) = read(make_release()).entries
    assert [(tag.scheme, tag.term, tag.label) for tag in entry.tags] == [
        ("urn:newswatch:country", "MD", "Moldova"),
        ("urn:newswatch:event", "mission.opened", "Mission opened"),
        ("urn:newswatch:topic", "Elections", "Elections"),
        ("urn:newswatch:institution", "Office of the observers", "Office of the observers"),
    ]


def test_facts_are_elements_of_their_own_namespace() -> None:
    elections = (Election("presidential", date(2025, 5, 4)), Election("local"))
    (entry,) = tree(make_release(reading=make_reading(elections=elections))).iterfind(
        f"{ATOM}entry"
    )
    facts = [(one.tag, one.text, dict(one.attrib)) for one in entry if one.tag.startswith(NW)]
    assert facts == [
        (NW + "published", "2025-02-05", {"precision": "day"}),
        (NW + "version", "1", {}),
        (NW + "type", "Press release", {}),
        (NW + "event", "mission.opened", {}),
        (NW + "country", "Moldova", {"code": "MD", "role": "subject"}),
        (NW + "country", "Romania", {"code": "RO", "role": "mentioned"}),
        (NW + "election", None, {"kind": "presidential", "date": "2025-05-04"}),
        (NW + "election", None, {"kind": "local"}),
        (NW + "mission", None, {"type": "EOM"}),
    ]


def test_an_event_that_is_none_is_left_out() -> None:
    (entry,) = tree(make_release(reading=make_reading(event="none"))).iterfind(f"{ATOM}entry")
    assert entry.find(NW + "event") is None
    schemes = [one.get("scheme") for one in entry.iterfind(ATOM + "category")]
    assert "urn:newswatch:event" not in schemes


def test_an_entry_names_the_source_it_comes_from() -> None:
    source = read(make_release()).entries[0].source
    assert (source.id, source.title) == ("urn:newswatch:source:newsroom", "The observers")


def test_links_keep_their_relation_and_type() -> None:
    (entry,) = tree(make_release()).iterfind(ATOM + "entry")
    assert [dict(link.attrib) for link in entry.iterfind(ATOM + "link")] == [
        {
            "href": "https://newsroom.example/releases/1",
            "rel": "alternate",
            "hreflang": "en",
        },
        {
            "rel": "related",
            "type": "text/html",
            "href": "https://news.example/releases/00000000000000a1",
        },
    ]


def test_a_language_that_is_none_is_left_out() -> None:
    (entry,) = tree(make_release(language='en" onload="')).iterfind(ATOM + "entry")
    assert "{http://www.w3.org/XML/1998/namespace}lang" not in entry.attrib


def test_a_long_summary_is_shortened_where_the_content_is_whole() -> None:
    text = "election " * 200
    (entry,) = read(make_release(text=text, html=f"<p>{text}</p>")).entries
    assert len(entry.summary) <= 502
    assert entry.summary.endswith("election …")


def test_words_are_not_cut_unless_there_is_only_one() -> None:
    assert shortened("one two three", 8) == "one two …"
    assert shortened("onetwothree", 6) == "onetwo …"
    assert shortened("one two", 7) == "one two"


# -- hostile releases -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("a\x00b\x08c\x1bd\ufffee\ud800f", "abcdef"),
        ("]]> <![CDATA[ <!-- &nbsp; &#0; <?x?>", "]]> <![CDATA[ <!-- &nbsp; &#0; <?x?>"),
        ("<script>alert(1)</script> & <b>", "<script>alert(1)</script> & <b>"),
        ("mission \u202egnp.exe\u202c \u2066x\u2069", "mission gnp.exe x"),
        ("two\r\nlines\tand\u2028more", "two lines and more"),
        ("العربية 選挙 🗳️", "العربية 選挙 🗳️"),
        ("x" * 100_000, "x" * 100_000),
        ("\x01\x02 ", "Untitled"),
    ],
)
def test_a_hostile_title_is_text_in_a_valid_feed(title: str, expected: str) -> None:
    assert read_title(title) == expected


@given(st.text(st.characters(), max_size=60))
def test_no_text_breaks_the_feed(text: str) -> None:
    release = make_release(
        title=text,
        text=text,
        html=text,
        publisher=text,
        source_id=text,
        topics=(text,),
        institutions=(text,),
        language=text,
        url="https://newsroom.example/" + text,
    )
    assert render(release) == render(release)
    assert tree(release).find(f"{ATOM}entry/{ATOM}title").text


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "/relative", "", "http://[", "https://"]
)
def test_only_web_addresses_are_linked(url: str) -> None:
    (entry,) = tree(make_release(url=url, html="", text="")).iterfind(ATOM + "entry")
    assert [link.get("rel") for link in entry.iterfind(ATOM + "link")] == ["related"]
    assert entry.find(ATOM + "content").text


def test_an_address_is_made_a_uri() -> None:
    assert address("https://x.example/a b?q=é#1") == "https://x.example/a%20b?q=%C3%A9#1"
    assert address("https://x.example/a%20b") == "https://x.example/a%20b"
