"""The same releases as Atom, RSS 2.0 and JSON Feed: valid, complete, and alike."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from io import BytesIO
from typing import Any

import feedparser
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from factories import NOW, make_reading, make_release
from newswatch.model import Attachment, Election, Mission, Published, Release
from newswatch.render.entry import Deletion, FeedEntry, FeedHead, Setting
from newswatch.render.formats import FORMATS

HEAD = FeedHead(
    id="urn:newswatch:feed:desk:missions",
    title="New missions",
    self_url="https://news.example/feeds/desk/missions.atom",
    site_url="https://news.example/",
    subtitle="Chosen for the desk",
    updated=NOW,
    previous="https://news.example/feeds/desk/missions/1-0123456789abcdef.atom",
)
SETTING = Setting("https://news.example", lambda code: {"MD": "Moldova", "RO": "Romania"}[code])
XML = ("atom", "rss")
NW = "{urn:newswatch:facts:1}"
TEXT = {"type": "string", "minLength": 1}
WEB = {"type": "string", "pattern": "^https?://"}
INSTANT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
# JSON Feed 1.1, https://www.jsonfeed.org/version/1.1/
JSON_FEED = {
    "type": "object",
    "required": ["version", "title", "items"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": TEXT,
        "home_page_url": WEB,
        "feed_url": WEB,
        "next_url": WEB,
        "description": TEXT,
        "authors": {"type": "array", "items": {"type": "object", "required": ["name"]}},
        "hubs": {"type": "array", "items": {"type": "object", "required": ["type", "url"]}},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id"],
                "anyOf": [{"required": ["content_html"]}, {"required": ["content_text"]}],
                "properties": {
                    "id": TEXT,
                    "url": WEB,
                    "title": TEXT,
                    "content_html": TEXT,
                    "content_text": TEXT,
                    "summary": TEXT,
                    "date_published": INSTANT,
                    "date_modified": INSTANT,
                    "language": TEXT,
                    "tags": {"type": "array", "items": TEXT, "uniqueItems": True},
                    "authors": {"type": "array", "items": {"type": "object", "required": ["name"]}},
                    "attachments": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["url", "mime_type"],
                            "properties": {"url": WEB, "mime_type": TEXT, "title": TEXT},
                            "additionalProperties": False,
                        },
                    },
                    "_newswatch": {"type": "object", "required": ["about"]},
                },
                "additionalProperties": False,
            },
        },
        "_newswatch": {"type": "object", "required": ["about"]},
    },
    "additionalProperties": False,
}


def render(suffix: str, *entries: FeedEntry, deletions: tuple[Deletion, ...] = ()) -> bytes:
    form = FORMATS[suffix]
    return form.document(HEAD, [form.entry(entry, SETTING) for entry in entries], deletions)


def read(suffix: str, *releases: Release) -> Any:
    document = feedparser.parse(BytesIO(render(suffix, *map(FeedEntry, releases))))
    assert not document.bozo
    return document


def read_json(*releases: Release) -> Any:
    document = json.loads(render("json", *map(FeedEntry, releases)))
    jsonschema.validate(document, JSON_FEED)
    return document


def attached() -> Release:
    return make_release(
        attachments=(
            Attachment("https://newsroom.example/report 1.pdf", "The report", "application/pdf"),
            Attachment("https://newsroom.example/annex"),
            Attachment("javascript:alert(1)", "Not this"),
        )
    )


# -- what every format says -------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", XML)
def test_a_feed_is_read_back_as_it_was_meant(suffix: str) -> None:
    document = read(suffix, make_release(), make_release(id="b"))
    assert document.feed.title == "New missions"
    first, _ = document.entries
    assert first.id == "urn:newswatch:release:00000000000000a1"
    assert first.title == "Observers open mission to Moldova"
    assert first.link == "https://newsroom.example/releases/1"
    assert first.author == "The observers"
    assert first.published_parsed[:5] == (2025, 2, 5, 12, 0)
    assert first.updated_parsed[:5] == (2025, 2, 5, 9, 0)
    words = first.content[0].value if suffix == "atom" else first.description
    assert words == "<p>The observers opened a mission for the elections in Moldova.</p>"


def test_a_json_feed_says_the_same() -> None:
    (item,) = read_json(make_release())["items"]
    assert item["id"] == "urn:newswatch:release:00000000000000a1"
    assert item["title"] == "Observers open mission to Moldova"
    assert item["url"] == "https://newsroom.example/releases/1"
    assert item["authors"] == [{"name": "The observers"}]
    assert item["date_published"] == "2025-02-05T12:00:00Z"
    assert item["date_modified"] == "2025-02-05T09:00:00Z"
    assert (
        item["content_html"]
        == "<p>The observers opened a mission for the elections in Moldova.</p>"
    )
    assert item["tags"] == ["Moldova", "Mission opened", "Elections", "Office of the observers"]
    assert item["language"] == "en"


def test_every_format_has_the_same_facts() -> None:
    reading = make_reading(elections=(Election("presidential", date(2025, 5, 4)),))
    entry = FeedEntry(make_release(reading=reading))
    found = []
    for suffix in XML:
        tree = etree.fromstring(render(suffix, entry))
        facts = [one for one in tree.iter() if str(one.tag).startswith(NW)]
        found.append([(one.tag.removeprefix(NW), one.text, dict(one.attrib)) for one in facts])
    (item,) = json.loads(render("json", entry))["items"]
    told = [
        (name, one.pop("value", None), one)
        for name, values in item["_newswatch"].items()
        if isinstance(values, list) and name != "categories"
        for one in values
    ]
    assert found[0] == found[1] == told
    assert len(told) == 8


def test_every_format_has_the_same_categories() -> None:
    entry = FeedEntry(make_release())
    atom = feedparser.parse(BytesIO(render("atom", entry))).entries[0].tags
    rss = feedparser.parse(BytesIO(render("rss", entry))).entries[0].tags
    (item,) = json.loads(render("json", entry))["items"]
    told = [(one["scheme"], one["term"]) for one in item["_newswatch"]["categories"]]
    assert [(one.scheme, one.term) for one in atom] == told
    assert [(one.scheme, one.term) for one in rss] == told


def test_attachments_are_enclosures() -> None:
    pdf, annex = "https://newsroom.example/report%201.pdf", "https://newsroom.example/annex"
    for suffix in XML:
        (entry,) = read(suffix, attached()).entries
        assert {one.href for one in entry.enclosures} == {pdf, annex}
    (item,) = read_json(attached())["items"]
    assert item["attachments"] == [
        {"url": pdf, "mime_type": "application/pdf", "title": "The report"},
        {"url": annex, "mime_type": "application/octet-stream"},
    ]


def test_an_item_of_rss_has_one_enclosure_with_all_that_it_needs() -> None:
    tree = etree.fromstring(render("rss", FeedEntry(attached())))
    (enclosure,) = tree.iter("enclosure")
    assert dict(enclosure.attrib) == {
        "url": "https://newsroom.example/report%201.pdf",
        "type": "application/pdf",
        "length": "0",
    }


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_releases_are_the_same_bytes(suffix: str) -> None:
    entry = FeedEntry(make_release(), make_release(title="Before"))
    assert render(suffix, entry) == render(suffix, replace(entry))


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_feed_of_nothing_is_a_feed(suffix: str) -> None:
    if suffix == "json":
        assert read_json()["items"] == []
    else:
        assert read(suffix).entries == []


def test_the_archive_before_is_named_in_every_format() -> None:
    for suffix in XML:
        links = read(suffix).feed.links
        assert [one.href for one in links if one.rel == "prev-archive"] == [HEAD.previous]
    assert read_json()["next_url"] == HEAD.previous


def test_a_json_feed_names_what_is_in_it_no_more() -> None:
    deletion = Deletion("a1", NOW, "Withdrawn by its publisher: an \x00error")
    document = json.loads(render("json", deletions=(deletion,)))
    jsonschema.validate(document, JSON_FEED)
    assert document["_newswatch"]["deleted"] == [
        {
            "id": "urn:newswatch:release:a1",
            "when": "2025-02-05T09:00:00Z",
            "comment": "Withdrawn by its publisher: an error",
        }
    ]


# -- corrections ------------------------------------------------------------------------------------


def corrected(**before: Any) -> str:
    return FeedEntry(make_release(version=2), make_release(**before)).summary.split("\n\n")[0]


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ({"title": "Old"}, "Corrected: the title was “Old”."),
        ({"topics": ()}, "Corrected: the topics were added."),
        ({"topics": ("A", "B")}, "Corrected: the topics were “A; B”."),
        (
            {"published": Published(date(2025, 2, 4)), "content_type": "News"},
            "Corrected: the publishing date was “2025-02-04”; the content type was “News”.",
        ),
        (
            {"attachments": (Attachment("https://x.example/1.pdf"),)},
            "Corrected: the attachments were “https://x.example/1.pdf” (now there is none).",
        ),
    ],
)
def test_a_correction_says_what_it_corrects(before: dict[str, Any], said: str) -> None:
    assert corrected(**before) == said


def test_of_a_long_text_a_correction_says_the_part_that_changed() -> None:
    start, end = "word " * 200, " more" * 200
    entry = FeedEntry(
        make_release(text=f"{start}yes{end}"), make_release(text=f"{start}no{end}", version=1)
    )
    (one,) = entry.corrected
    assert one.before.startswith("… ")
    assert "word no more" in one.before
    assert "word yes more" in one.after
    assert len(one.before) < 250


@pytest.mark.parametrize(("before", "after"), [("a " * 300, "a " * 310), ("a " * 310, "a " * 300)])
def test_a_text_that_grew_or_shrank_is_told_without_an_error(before: str, after: str) -> None:
    assert FeedEntry(make_release(text=after), make_release(text=before)).corrected


def test_a_revision_that_changes_nothing_that_is_shown_says_nothing() -> None:
    entry = FeedEntry(make_release(version=2, fingerprint="f2"), make_release())
    assert entry.summary == make_release().text


def test_words_of_a_correction_are_text_in_the_content() -> None:
    entry = FeedEntry(make_release(version=2), make_release(title="<script>alert(1)</script>"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in entry.html


# -- hostile releases -------------------------------------------------------------------------------

HOSTILE = "a\x00b\x08 ]]> <b>\ud800\u202e & \"' \ufffe \u2028 {}"
INSTANTS = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-14))]))
DATES = st.one_of(st.none(), st.builds(Published, st.dates(), st.one_of(st.none(), INSTANTS)))
TEXTS = st.text(st.characters(), max_size=40)
RELEASES = st.builds(
    make_release,
    title=TEXTS,
    text=TEXTS,
    html=TEXTS,
    publisher=TEXTS,
    source_id=TEXTS,
    url=st.one_of(st.just(""), TEXTS.map("https://newsroom.example/".__add__), TEXTS),
    language=st.one_of(st.none(), TEXTS),
    content_type=st.one_of(st.none(), TEXTS),
    topics=st.lists(TEXTS, max_size=2).map(tuple),
    published=DATES,
    attachments=st.lists(st.builds(Attachment, TEXTS, TEXTS, TEXTS), max_size=2).map(tuple),
)


@given(RELEASES, RELEASES)
def test_whatever_a_publisher_writes_every_format_is_valid_and_complete(
    release: Release, before: Release
) -> None:
    entry = FeedEntry(release, before)
    for suffix in XML:
        document = etree.fromstring(render(suffix, entry, FeedEntry(make_release(id="b"))))
        assert len(document.findall("{*}entry") or document.findall("channel/item")) == 2
    document = json.loads(render("json", entry, FeedEntry(make_release(id="b"))))
    jsonschema.validate(document, JSON_FEED)
    assert len(document["items"]) == 2


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_title_of_a_megabyte_is_whole(suffix: str) -> None:
    body = render(suffix, FeedEntry(make_release(title="T" * 1_000_000)))
    assert b"T" * 1_000_000 in body


@pytest.mark.parametrize(
    "published",
    [
        Published(date(1, 1, 1)),
        Published(date(9999, 12, 31)),
        Published(date(1, 1, 1), datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))),
        Published(date(9999, 12, 31), datetime.max.replace(tzinfo=timezone(-timedelta(hours=5)))),
    ],
)
def test_dates_at_the_ends_of_the_calendar_break_nothing(published: Published) -> None:
    release = make_release(published=published)
    for suffix in XML:
        assert len(read(suffix, release).entries) == 1
    (item,) = read_json(release)["items"]
    assert item["date_published"][:4] in ("0001", "9999")


def test_a_release_without_anything_is_still_an_entry() -> None:
    bare = make_release(
        url="", title=HOSTILE[:2] + "\x01", text="", html="", publisher="", published=None
    )
    for suffix in XML:
        (entry,) = read(suffix, bare).entries
        assert entry.title == "a"
    (item,) = read_json(bare)["items"]
    assert item["content_text"] == "a"


def test_a_text_that_looks_like_the_end_of_a_feed_does_not_end_it() -> None:
    traps = "</feed></channel></rss> ]}" + ' xmlns:nw="urn:newswatch:facts:1"'
    for suffix in XML:
        first, second = read(suffix, make_release(title=traps), make_release(id="b")).entries
        assert (first.title, second.title) == (traps, "Observers open mission to Moldova")
    first, second = read_json(make_release(title=traps), make_release(id="b"))["items"]
    assert first["title"] == traps


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_copy_names_its_original_and_a_step_its_mission_in_every_format(suffix: str) -> None:
    mission = Mission("md-2025-05-04-odihr", "MD", ("ODIHR",))
    copy = make_release(copy_of="00000000000000b2", mission=mission, transition="opened")
    body = FORMATS[suffix].entry(FeedEntry(copy), SETTING).decode()
    assert "urn:newswatch:release:00000000000000b2" in body
    assert "https://news.example/releases/00000000000000b2" in body
    assert mission.id in body
    assert '"opened"' in body
