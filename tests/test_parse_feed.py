"""Feeds → entries: the dialects, and what is wrong with feeds in the wild."""

import json
from datetime import UTC, date, datetime

import pytest

from factories import make_document, make_source
from newswatch.errors import ParseError
from newswatch.model import Entry, Published
from newswatch.parse import parse
from newswatch.ports import Parsed

SOURCE = make_source()


def read(body: str | bytes, **fields: object) -> Parsed:
    raw = body if isinstance(body, bytes) else body.encode()
    return parse(make_document(raw, **fields), SOURCE)


def rss(items: str, channel: str = "<title>N</title>") -> str:
    return f'<rss version="2.0"><channel>{channel}{items}</channel></rss>'


def atom(entries: str, attributes: str = "") -> str:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>N</title>{entries}</feed>'
    )


def item(inside: str) -> Entry:
    return read(rss(f"<item>{inside}</item>")).entries[0]


def entry(inside: str) -> Entry:
    return read(atom(f"<entry>{inside}</entry>")).entries[0]


def test_rss_gives_an_entry() -> None:
    assert item(
        "<title>Mission opens</title><link>https://n.example/1</link><guid isPermaLink='false'>g1</guid>"
        "<pubDate>Wed, 22 Jan 2025 09:14:00 GMT</pubDate><description>&lt;p&gt;Text&lt;/p&gt;</description>"
        '<category>Elections</category><category domain="Content type">News</category>'
        '<category domain="Where we are">The Office</category>'
    ) == Entry(
        title="Mission opens",
        link="https://n.example/1",
        id="g1",
        published=Published(date(2025, 1, 22), datetime(2025, 1, 22, 9, 14, tzinfo=UTC)),
        summary="<p>Text</p>",
        content_type="News",
        institutions=("The Office",),
        topics=("Elections",),
    )


def test_atom_gives_an_entry() -> None:
    assert entry(
        '<title>Mission opens</title><link href="https://n.example/1"/><id>urn:1</id>'
        "<published>2025-01-22T09:14:00Z</published><summary>Text</summary>"
        '<content type="html">&lt;p&gt;More&lt;/p&gt;</content>'
    ) == Entry(
        title="Mission opens",
        link="https://n.example/1",
        id="urn:1",
        published=Published(date(2025, 1, 22), datetime(2025, 1, 22, 9, 14, tzinfo=UTC)),
        summary="Text",
        content="<p>More</p>",
    )


def test_json_feed_gives_an_entry() -> None:
    body = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "N",
        "language": "fr",
        "items": [
            {
                "id": 7,
                "url": "/1",
                "title": "A < B",
                "content_html": "<p>Text</p>",
                "date_published": "2025-01-22T09:14:00Z",
                "tags": ["Elections"],
            }
        ],
    }
    (found,) = read(json.dumps(body), content_type="application/feed+json").entries
    assert found == Entry(
        title="A &lt; B",
        link="https://newsroom.example/1",
        id="7",
        published=Published(date(2025, 1, 22), datetime(2025, 1, 22, 9, 14, tzinfo=UTC)),
        content="<p>Text</p>",
        topics=("Elections",),
        language="fr",
    )


def test_rdf_is_read() -> None:
    body = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/"><channel><title>N</title></channel>'
        "<item><title>One</title><link>https://n.example/1</link></item></rdf:RDF>"
    )
    assert [e.title for e in read(body).entries] == ["One"]


@pytest.mark.parametrize(
    ("stamp", "published"),
    [
        ("Wed, 22 Jan 2025 00:00:00 +0100", Published(date(2025, 1, 22))),
        ("2025-01-22", Published(date(2025, 1, 22))),
        ("22 January 2025", Published(date(2025, 1, 22))),
        (
            "Wed, 22 Jan 2025 09:00:00 CET",
            Published(date(2025, 1, 22), datetime(2025, 1, 22, 8, tzinfo=UTC)),
        ),
        (
            "Wed, 22 Jan 2025 23:30:00 GMT",
            Published(date(2025, 1, 23), datetime(2025, 1, 22, 23, 30, tzinfo=UTC)),
        ),
        ("1738663200", None),
        ("2025-W06-2", None),
        ("soon", None),
        ("2004-13-01", None),
        ("2004-02-30T10:00:00Z", None),
        ("2004-02-28T25:00:00Z", Published(date(2004, 2, 28))),
        ("", None),
    ],
)
def test_a_date_is_read_or_is_none(stamp: str, published: Published | None) -> None:
    assert item(f"<title>t</title><pubDate>{stamp}</pubDate>").published == published


def test_midnight_at_the_publisher_is_a_day_in_whatever_zone_it_is_written() -> None:
    found = item("<title>t</title><pubDate>Tue, 21 Jan 2025 23:00:00 GMT</pubDate>")
    assert found.published == Published(date(2025, 1, 22))


def test_the_link_in_the_sources_language_is_taken() -> None:
    found = entry(
        '<title>t</title><link href="https://n.example/ru" hreflang="ru"/>'
        '<link href="https://n.example/en" hreflang="en"/><link rel="enclosure" href="https://n.example/x.pdf"/>'
    )
    assert found.link == "https://n.example/en"


def test_a_link_of_another_scheme_is_passed_over() -> None:
    found = item("<title>t</title><link>at://did/post/1</link><link>https://n.example/1</link>")
    assert found.link == "https://n.example/1"


def test_relative_links_start_at_xml_base() -> None:
    body = atom(
        '<entry><title>t</title><link href="../1"/></entry>', 'xml:base="https://n.example/a/b/"'
    )
    assert read(body).entries[0].link == "https://n.example/a/1"


def test_relative_links_start_at_the_effective_address() -> None:
    body = atom('<entry><title>t</title><link href="1"/></entry>')
    assert (
        read(body, url="https://moved.example/feeds/x").entries[0].link
        == "https://moved.example/feeds/1"
    )


def test_a_permalink_is_a_link() -> None:
    assert item("<title>t</title><guid>https://n.example/9</guid>").link == "https://n.example/9"


def test_plain_text_with_signs_is_kept_as_text() -> None:
    assert entry('<title type="text">a &lt;b&gt; c</title>').title == "a &lt;b&gt; c"


def test_an_ill_formed_feed_is_read_as_far_as_it_goes_with_a_warning() -> None:
    found = read('<rss version="2.0"><channel><item><title>One</title></item><item><title>Tw')
    assert found.entries[0].title == "One"
    assert "ill-formed" in found.warnings[0]


def test_other_encodings_are_read() -> None:
    body = '<?xml version="1.0" encoding="windows-1251"?>' + rss(
        "<item><title>Выборы</title></item>"
    )
    assert (
        read(body.encode("windows-1251"), content_type="application/xml").entries[0].title
        == "Выборы"
    )


def test_a_body_that_is_a_files_name_opens_no_file(tmp_path: object) -> None:
    with pytest.raises(ParseError):
        read("/etc/passwd")


def test_entities_reach_no_file_and_no_other_entity() -> None:
    body = '<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + rss(
        "<item><title>a&f;b</title></item>"
    )
    try:
        titles = [e.title for e in read(body).entries]
    except ParseError:
        titles = []
    assert not any("root:" in title for title in titles)


LOGIN = "<!DOCTYPE html><html><title>Sign in</title><form><input type=password></form></html>"


@pytest.mark.parametrize(
    ("body", "state", "words"),
    [
        (b"", "empty", "no content"),
        (b" \r\n ", "empty", "no content"),
        (LOGIN.encode(), "login", "login page"),
        (b"<html><title>Error</title></html>", "parse", "titled “Error”"),
        (b"\x00\xff\xfe garbage \x80", "parse", "no feed"),
        (b"just words", "parse", "no feed"),
        (rss("").encode(), "empty", "no entries"),
        (b'{"items": []}', "empty", "no items"),
        (b'{"a": 1}', "parse", "no JSON Feed"),
        (b'{"items": [', "parse", "no JSON"),
        (b'{"a":' * 10_000, "parse", "no JSON"),
    ],
)
def test_what_is_no_feed_is_refused_with_a_reason(body: bytes, state: str, words: str) -> None:
    with pytest.raises(ParseError, match=words) as refused:
        read(body)
    assert refused.value.state == state


def test_a_json_feed_with_odd_items_gives_the_others_and_says_so() -> None:
    found = read('{"items": [1, {"title": 5, "url": "/a"}, {"title": "b"}]}')
    assert ([e.title for e in found.entries], found.warnings) == (
        ["", "b"],
        ("1 items are no objects",),
    )
