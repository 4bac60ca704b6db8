"""Plain feeds, read fast: the same entries as feedparser's, or given up."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import make_document, make_source
from newswatch.parse import feed
from newswatch.parse.plain import read_plain
from newswatch.ports import Parsed

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xml:base="https://newsroom.example/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:x="https://newsroom.example/ns" xmlns:itunes="http://www.itunes.com/DTDs/PodCast-1.0.dtd"
 xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"
 xmlns:atom="http://www.w3.org/2005/Atom" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel><title>Newsroom</title><link>https://newsroom.example/</link><description/>
<atom:link href="https://newsroom.example/feed" rel="self" type="application/rss+xml"/>
<atom:link href="https://hub.example/" rel="hub"/><language>en-GB</language><ttl>90</ttl>
<sy:updatePeriod>hourly</sy:updatePeriod><image><title>Logo</title><url>l.png</url></image>
<item><title>Observers &amp; voters: the “vote” in Genève</title>
<link>https://newsroom.example/r/1?a=1&amp;b=2</link><guid>https://newsroom.example/r/1</guid>
<description>&lt;p&gt;A &lt;b&gt;mission&lt;/b&gt;&lt;/p&gt;</description>
<content:encoded><![CDATA[<p>A <b>mission</b> &nbsp; opened</p>]]></content:encoded>
<pubDate>Wed, 22 Jan 2025 09:14:00 CET</pubDate><dc:creator>Press office</dc:creator>
<category domain="Content type">Press release</category><category>Elections</category>
<category>Elections</category><media:thumbnail url="t.jpg"/>
<enclosure url="https://newsroom.example/r.pdf" type="application/PDF" length="9"/></item>
<item><title>Q&amp;amp;A on observers</title><guid isPermaLink="false">2 at newsroom</guid>
<dc:date>2025-01-21</dc:date><link>https://newsroom.example/r/2</link></item>
<item><title/><guid>https://newsroom.example/r/3</guid><description>Only text.</description></item>
</channel></rss>"""

ATOM = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr_FR"><title type="html">Salle &amp;amp; presse</title>
<id>tag:newsroom.example,2025:all</id><updated>2025-01-22T09:14:00Z</updated>
<author><name>N</name></author><link rel="self" href="https://newsroom.example/atom"/>
<link rel="next" href="https://newsroom.example/atom?page=2"/>
<entry><title>Mission d’observation</title><id>urn:uuid:1</id>
<link href="https://newsroom.example/fr/1" hreflang="fr"/>
<link rel="alternate" href="https://newsroom.example/en/1" hreflang="en"/>
<link rel="enclosure" href="https://newsroom.example/1.pdf" type="application/pdf" title="Rapport"/>
<updated>2025-01-22T09:14:00Z</updated><published>2025-01-21T09:14:00+01:00</published>
<summary type="html">&lt;p&gt;R\xc3\xa9sum\xc3\xa9&lt;/p&gt;</summary><content>Texte &lt;brut&gt;</content>
<category term="a" scheme="urn:newsroom:content-type" label="Communiqué"/></entry>
<entry><title type="html">&lt;b&gt;Deux&lt;/b&gt;</title><id>https://newsroom.example/2</id>
<link href="https://newsroom.example/2"/><content type="html">&lt;p&gt;Texte&lt;/p&gt;</content></entry>
</feed>"""

Edit = Callable[[str], str]


def by_both(text: str, **fields: object) -> tuple[Parsed | None, Parsed]:
    """What the plain reader gives, if anything, and what feedparser gives."""
    document = make_document(text.encode("utf-8", "surrogatepass"), **fields)
    source = make_source(language="fr", allow_empty=True)
    plain = read_plain(document.body, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed, "read_plain", lambda *_: plain)
        fast = feed.parse_feed(document, source) if plain is not None else None
        patch.setattr(feed, "read_plain", lambda *_: None)
        return fast, feed.parse_feed(document, source)


@pytest.mark.parametrize("text", [RSS, ATOM, RSS.replace("2.0", "0.92", 1)])
def test_a_plain_feed_gives_what_feedparser_gives(text: str) -> None:
    fast, full = by_both(text)
    assert fast == full
    assert len(full.entries) >= 2


def replaced(old: str, new: str) -> Edit:
    return lambda text: text.replace(old, new, 1)


SAME: dict[str, Edit] = {
    "no version of its own": replaced("2.0", "2.0.11"),
    "a title with markup in it": replaced("Q&amp;amp;A", "&lt;em&gt;Q"),
    "a title with an entity nobody knows": replaced("Q&amp;amp;A", "Q&amp;foo;A"),
    "utf-8 that was encoded twice": replaced("Genève", "GenÃ¨ve"),
    "an empty link": replaced("<link>https://newsroom.example/r/2</link>", "<link/>"),
    "a comment": replaced("<item>", "<item><!-- <title>no</title> -->"),
    "an unknown element": replaced("<item>", "<item><teaser>Words</teaser>"),
    "an unknown element with attributes": replaced("<item>", '<item><teaser href="/x" lang="fr"/>'),
    "an unknown element of the feed": replaced("<item>", "<region>North</region><item>"),
    "an unknown namespace": replaced("<item>", "<item><x:title>No</x:title><x:Link href='/x'/>"),
    "a rating": replaced("<item>", "<item><media:rating scheme='s'>x</media:rating>"),
    "a subject": replaced("<item>", "<item><dc:subject>Elections, and more</dc:subject>"),
    "a guid before the link": replaced(
        "<link>https://newsroom.example/r/1?a", "<link>https://x/1?b"
    ),
    "spaces": replaced("<title>Q", "<title>\n  Q"),
}


@pytest.mark.parametrize("name", SAME)
def test_what_is_read_fast_is_read_alike(name: str) -> None:
    fast, full = by_both(SAME[name](RSS))
    assert fast is None or fast == full


GIVEN_UP: dict[str, Edit] = {
    "a relative link": replaced("https://newsroom.example/r/2", "/r/2"),
    "a guid that would be a link": replaced(' isPermaLink="false"', ""),
    "a second title": replaced("<title>Q", "<title>Z</title><title>Q"),
    "an element known by another name": replaced("<item>", "<item><date>2025-01-01</date>"),
    "an unknown element that holds others": replaced(
        "<item>", "<item><teaser><title>No</title></teaser>"
    ),
    "an unknown element whose text is broken up": replaced(
        "<item>", "<item><teaser>Wo<!-- -->rds</teaser>"
    ),
    "a prefix that makes a known key": replaced(
        "<item>", '<item><title:detail xmlns:title="urn:x">No</title:detail>'
    ),
    "a known prefix of an unknown namespace": lambda text: text.replace(
        "http://search.yahoo.com/mrss/", "urn:x"
    ).replace("<item>", "<item><media:title>No</media:title>", 1),
    "an unknown prefix of a known namespace": replaced(
        "<item>", '<item><y:title xmlns:y="http://search.yahoo.com/mrss/">No</y:title>'
    ),
    "a prefix of two namespaces": replaced(
        "<item>", '<item><dc:teaser xmlns:dc="urn:x">No</dc:teaser>'
    ),
    "a namespace of two prefixes": replaced(
        "<item>", '<item><y:teaser xmlns:y="https://newsroom.example/ns">No</y:teaser>'
    ),
    "an element with a handler of its own": replaced(
        "<item>", "<item><media:keywords>a, b</media:keywords>"
    ),
    "markup that is not escaped": replaced("Only text.", "Only <b>text</b>."),
    "an enclosure that holds something": replaced(
        'length="9"/>', 'length="9"><title>T</title></enclosure>'
    ),
    "a title of a medium": replaced(
        '<media:thumbnail url="t.jpg"/>', "<media:content><media:title>T</media:title></media:content>"
    ),
    "another language within": replaced("<item>", '<item xml:lang="fr">'),
    "another base within": replaced("<item>", '<item xml:base="https://other.example/">'),
    "a document type": replaced("<rss", "<!DOCTYPE rss><rss"),
    "characters of Windows": replaced("Only", "\x93Only\x94"),
    "another encoding": replaced("utf-8", "iso-8859-1"),
    "an unclosed element": replaced("</item>", ""),
    "another root": lambda text: text.replace("rss", "rsz"),
    "an address with dots": replaced("/r/1?a", "/../r/1?a"),
}  # fmt: skip


@pytest.mark.parametrize("name", GIVEN_UP)
def test_what_is_not_plain_is_left_to_feedparser(name: str) -> None:
    edited = GIVEN_UP[name](RSS)
    assert edited != RSS
    assert read_plain(edited.encode(), None) is None


def test_the_header_may_say_another_encoding() -> None:
    assert read_plain(RSS.encode(), "windows-1251") is None
    assert read_plain(RSS.encode(), "UTF-8") is not None


PIECES = st.sampled_from(
    [
        "<title>One</title>", "<title>&lt;b&gt;Bold&lt;/b&gt;</title>", "<title>A &amp;lt; B</title>",
        "<link>https://newsroom.example/1</link>", "<link>/1</link>", "<link> </link>",
        "<guid>https://newsroom.example/g</guid>", "<guid isPermaLink='false'>g</guid>",
        "<description>Text</description>", "<description>&lt;p&gt;Text&lt;/p&gt;</description>",
        "<content:encoded>&lt;p&gt;Content&lt;/p&gt;</content:encoded>", "<content:encoded/>",
        "<pubDate>Wed, 22 Jan 2025 09:14:00 GMT</pubDate>", "<dc:date>2025-01-22</dc:date>",
        "<category>A</category>", "<category domain='d'>A</category>", "<category domain='d'/>",
        "<enclosure url='https://newsroom.example/a.pdf'/>", "<enclosure url='a.pdf' type='T'/>",
        "<dc:creator>Me</dc:creator>", "<dc:subject>A</dc:subject>", "<dc:rights>None</dc:rights>",
        "<dc:publisher>Me</dc:publisher>", "<teaser>Words</teaser>", "<teaser href='/x'>Words</teaser>",
        "<x:title>No</x:title>", "<x:link href='/x'/>", "<x:id>1</x:id>", "<x:Lead>Words</x:Lead>",
        "<media:rating>x</media:rating>", "<media:credit role='r'>x</media:credit>",
        "<media:license href='/x'>x</media:license>", "<media:restriction>x</media:restriction>",
        "<itunes:author>Me</itunes:author>", "<itunes:explicit>yes</itunes:explicit>",
        "<itunes:block/>", "<itunes:duration>5</itunes:duration>", "<url>/u</url>",
        "<sy:updatePeriod>d</sy:updatePeriod>", "<date>2025-01-01</date>",
        "<feedburner:origLink>https://newsroom.example/o</feedburner:origLink>", "<comments>https://newsroom.example/c</comments>",
    ]
)  # fmt: skip
ITEMS = st.lists(PIECES, max_size=7).map(lambda pieces: f"<item>{''.join(pieces)}</item>")


@given(st.lists(ITEMS, min_size=1, max_size=3))
def test_any_feed_is_read_as_feedparser_reads_it_or_left_to_it(items: list[str]) -> None:
    head, _, rest = RSS.partition("<item>")
    fast, full = by_both(head + "".join(items) + rest[rest.index("</channel>") :])
    assert fast is None or fast == full
