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


def test_relative_links_start_at_content_location() -> None:
    body = atom('<entry><title>t</title><link href="1"/></entry>')
    found = read(body, content_location="/en/feed.xml")
    assert found.entries[0].link == "https://newsroom.example/en/1"


def test_relative_links_of_a_json_feed_start_at_content_location() -> None:
    body = '{"items": [{"url": "1", "attachments": [{"url": "a.pdf"}]}], "next_url": "?page=2"}'
    found = read(body, content_location="/en/feed.json")
    (only,) = found.entries
    assert (only.link, only.attachments[0].url, found.next_page) == (
        "https://newsroom.example/en/1",
        "https://newsroom.example/en/a.pdf",
        "https://newsroom.example/en/feed.json?page=2",
    )


@pytest.mark.parametrize("location", ["http://[broken", "javascript:1", " "])
def test_a_content_location_that_is_no_address_is_passed_over(location: str) -> None:
    body = rss("<item><title>t</title><link>/1</link></item>")
    assert read(body, content_location=location).entries[0].link == ("https://newsroom.example/1")


BROKEN = "http://[broken/1"


@pytest.mark.parametrize(
    "body",
    [
        rss(f"<item><title>t</title><link>{BROKEN}</link></item>"),
        rss(f"<item><title>t</title><guid>{BROKEN}</guid></item>"),
        rss(f'<item><title>t</title><enclosure url="{BROKEN}"/></item>'),
        atom(f'<entry><title>t</title><link href="{BROKEN}"/></entry>'),
        atom('<entry><title>t</title><link href="1"/></entry>', f'xml:base="{BROKEN}"'),
        json.dumps({"items": [{"title": "t", "url": BROKEN}]}),
        json.dumps({"items": [{"title": "t", "attachments": [{"url": BROKEN}]}]}),
    ],
)
def test_a_link_that_is_no_address_costs_no_entry(body: str) -> None:
    (only,) = read(body).entries
    assert (only.title, only.link) in (("t", None), ("t", "https://newsroom.example/1"))


@pytest.mark.parametrize(
    "own",
    ["g1", "HTTP://n.example/A", BROKEN, "news 7", "tag:n.example,2025:7", "/7", "javascript:7"],
)
def test_an_id_stays_as_the_publisher_wrote_it(own: str) -> None:
    document = rss(f"<item><title>t</title><guid>{own}</guid></item>")
    assert {read(document, url=f"https://{host}.example/f").entries[0].id for host in "ab"} == {own}
    assert entry(f"<title>t</title><id>{own}</id>").id == own


@pytest.mark.parametrize("inside", ["<guid/>", "<guid> </guid>", "<guid><b/></guid>", ""])
def test_an_id_that_says_nothing_is_none(inside: str) -> None:
    assert item(f"<title>t</title>{inside}").id is None


BURNER = 'xmlns:f="http://rssnamespace.org/feedburner/ext/1.0"'


@pytest.mark.parametrize(
    ("original", "link"),
    [
        ("https://n.example/1", "https://n.example/1"),
        ("no address", "https://burner.example/~1"),
        ("javascript:1", "https://burner.example/~1"),
    ],
)
def test_the_address_before_a_redirecting_service_is_the_releases(original: str, link: str) -> None:
    found = item(
        f"<title>t</title><link>https://burner.example/~1</link>"
        f"<f:origLink {BURNER}>{original}</f:origLink>"
    )
    assert found.link == link


def test_an_entry_that_is_only_a_document_has_its_address() -> None:
    found = item('<title>t</title><enclosure url=" "/><enclosure url="/report.pdf"/>')
    assert found.link == "https://newsroom.example/report.pdf"


def test_plain_text_with_signs_is_kept_as_text() -> None:
    assert entry('<title type="text">a &lt;b&gt; c</title>').title == "a &lt;b&gt; c"


def test_an_ill_formed_feed_is_read_as_far_as_it_goes_with_a_warning() -> None:
    found = read('<rss version="2.0"><channel><item><title>One</title></item><item><title>Tw')
    assert found.entries[0].title == "One"
    assert "ill-formed" in found.warnings[0]


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


@pytest.mark.parametrize(
    "body",
    [
        '<rss version="2.0"><channel><title>N</title></channel></rss>',
        "<rss/>",
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>N</title></feed>',
        '<!-- a --><?a b?><Channel xmlns="http://purl.org/net/rss1.1#"><items/></Channel>',
        '<CHANNEL HREF="https://n.example/"></CHANNEL>',
        '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
    ],
)
def test_a_feed_without_entries_is_a_feed(body: str) -> None:
    with pytest.raises(ParseError) as refused:
        read(body)
    assert refused.value.state == "empty"
    assert parse(make_document(body.encode()), make_source(allow_empty=True)).entries == ()


@pytest.mark.parametrize("body", ["<!-- <rss> -->", "<opml/>", "<!-- -->" * 2_000 + "x", "<rssx/>"])
def test_what_only_looks_like_a_feed_is_none(body: str) -> None:
    with pytest.raises(ParseError, match="no feed"):
        read(body)


def test_cdf_and_rss_1_1_are_read() -> None:
    cdf = '<CHANNEL HREF="https://n.example/"><ITEM HREF="/1"><TITLE>One</TITLE></ITEM></CHANNEL>'
    rss11 = (
        '<Channel xmlns="http://purl.org/net/rss1.1#"><title>N</title><items><item><title>One</title>'
        "<link>https://newsroom.example/1</link></item></items></Channel>"
    )
    for body in (cdf, rss11):
        assert [(e.title, e.link) for e in read(body).entries] == [
            ("One", "https://newsroom.example/1")
        ]


def test_a_json_feed_is_read_through_wrong_bytes_and_characters() -> None:
    body = b'{"items": [{"title": "a\xffb\nc"}, {"title": "d", "date_published": "soon"}]}'
    assert [(e.title, e.published) for e in read(body).entries] == [
        ("a\ufffdb\nc", None),
        ("d", None),
    ]


def test_a_json_feed_says_where_it_is_pushed_from() -> None:
    hubs = [{"type": "rssCloud", "url": "/c"}, {"type": "WebSub", "url": "https://hub.example/"}]
    assert read(json.dumps({"items": [{}], "hubs": hubs})).hub == "https://hub.example/"


def test_a_wrong_date_of_a_json_item_gives_way_to_the_date_of_its_change() -> None:
    times = {"date_published": "soon", "date_modified": "2025-01-22T09:14:00Z"}
    (only,) = read(json.dumps({"items": [{"title": "t", **times}]})).entries
    assert only.published == Published(date(2025, 1, 22), datetime(2025, 1, 22, 9, 14, tzinfo=UTC))


def test_a_json_feed_with_odd_items_gives_the_others_and_says_so() -> None:
    found = read('{"items": [1, {"title": 5, "url": "/a"}, {"title": "b"}]}')
    assert ([e.title for e in found.entries], found.warnings) == (
        ["", "b"],
        ("1 items are no objects",),
    )
