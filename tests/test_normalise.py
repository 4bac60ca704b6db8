"""Entry → release: identity, text, dates, and what hostile entries become."""

from dataclasses import replace
from datetime import UTC, date, datetime
from urllib.parse import urlsplit, urlunsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from w3lib.url import canonicalize_url, safe_url_string

from factories import NOW, make_entry, make_source
from newswatch.model import Entry, Published, Release
from newswatch.normalise import (
    PLAIN_ADDRESS,
    clean,
    normalise,
    normalise_all,
    printable,
    safe_html,
    same_place,
    sanitised,
)

SOURCE = make_source()


def release(**fields: object) -> Release:
    found = normalise(make_entry(**fields), SOURCE, NOW)
    assert found is not None
    return found


def test_an_entry_becomes_a_release() -> None:
    found = release()
    assert replace(found, id="", fingerprint="", likeness=None, name=None) == Release(
        id="",
        source_id="newsroom",
        publisher="The observers",
        url="https://newsroom.example/releases/1",
        title="Observers open mission to Ruritania",
        first_seen=NOW,
        fingerprint="",
        published=Published(date(2025, 2, 5)),
        content_type="Press release",
        institutions=("Office of the observers",),
        topics=("Elections",),
        text="The observers opened a mission for the elections in Ruritania.",
        html="The observers opened a mission for the elections in Ruritania.",
        language="en",
    )


@pytest.mark.parametrize(
    "link",
    [
        "http://newsroom.example/releases/1",
        "https://www.newsroom.example/releases/1/",
        "https://newsroom.example:443/releases/1#top",
        "https://NEWSROOM.example/releases/1?utm_source=feed&utm_medium=rss",
        "https://newsroom.example/releases/1?fbclid=abc",
    ],
)
def test_the_same_page_is_the_same_release(link: str) -> None:
    assert release(link=link).id == release().id


@pytest.mark.parametrize(
    "link",
    [
        "https://newsroom.example/releases/2",
        "https://newsroom.example/releases/1?lang=fr",
        "https://other.example/releases/1",
    ],
)
def test_another_page_is_another_release(link: str) -> None:
    assert release(link=link).id != release().id


def test_the_same_link_in_another_source_is_another_release() -> None:
    other = normalise(make_entry(), make_source(id="other"), NOW)
    assert other is not None
    assert other.id != release().id


def test_a_changed_id_of_the_publisher_changes_nothing() -> None:
    assert release(id="a").id == release(id="b").id


def test_entries_that_share_one_link_are_told_apart() -> None:
    entries = [make_entry(id=name, title=name) for name in ("a", "b")]
    releases, _ = normalise_all(entries, SOURCE, NOW)
    assert len({found.id for found in releases}) == 2


def test_entries_without_links_that_share_one_id_are_told_apart() -> None:
    entries = [make_entry(id="0", link=None, title=name) for name in ("One", "Two")]
    releases, _ = normalise_all(entries, SOURCE, NOW)
    assert len({found.id for found in releases}) == 2


def test_entries_of_one_id_and_one_title_are_one_release() -> None:
    entries = [make_entry(id="0", link=None, summary=text) for text in ("First", "Second")]
    releases, _ = normalise_all(entries, SOURCE, NOW)
    assert len({found.id for found in releases}) == 1


def test_a_shared_id_changes_nothing_for_entries_with_pages_of_their_own() -> None:
    links = [f"https://newsroom.example/releases/{number}" for number in (1, 2)]
    shared = [make_entry(id="0", link=link, title=link) for link in links]
    unique = [make_entry(id=link, link=link, title=link) for link in links]
    assert [found.id for found in normalise_all(shared, SOURCE, NOW)[0]] == [
        found.id for found in normalise_all(unique, SOURCE, NOW)[0]
    ]


def test_an_id_that_no_database_could_hold_identifies_all_the_same() -> None:
    assert release(link=None, id="\ud800").id != release(link=None, id="a").id


def test_a_link_to_the_newsroom_itself_identifies_nothing() -> None:
    one, other = (release(link=SOURCE.url, id=name) for name in ("a", "b"))
    assert one.id != other.id


def test_tracking_is_taken_out_of_the_link() -> None:
    link = "https://newsroom.example/r?id=7&utm_campaign=x&fbclid=y"
    assert release(link=link).url == "https://newsroom.example/r?id=7"


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://[x/", "//", ""],
)
def test_a_link_that_is_no_web_address_is_the_newsrooms(link: str) -> None:
    assert release(link=link).url == SOURCE.url


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One.</p><p>Two &amp; three</p>", "One. Two & three"),
        ("a<br>b", "a b"),
        ("AT&amp;T", "AT&T"),
        ("<b>bold</b>, plain", "bold, plain"),
        ("<script>alert(1)</script>said", "said"),
        ("<style>p{}</style>said", "said"),
        ("  many \n\t spaces ", "many spaces"),
        ("nul\x00bell\x07 \ud800 end", "nulbell end"),
        ("left\u202eright", "leftright"),
        ("it\u0092s \u0093said\u0094\u0085", "it’s “said”…"),
        ("a\u0081b\u009d", "ab"),
    ],
)
def test_text_is_what_a_reader_sees(markup: str, text: str) -> None:
    assert release(summary=markup).text == text
    assert release(title=markup).title == text


@pytest.mark.parametrize(
    "markup",
    [
        "<script>alert(1)</script>",
        '<a href="javascript:alert(1)">x</a>',
        '<img src=x onerror="alert(1)">',
        "<form action=javascript:alert(1)><input></form>",
        "<svg onload=alert(1)>",
        '<iframe src="https://evil.example"></iframe>',
        "<p style='position:fixed'>x</p>",
    ],
)
def test_html_can_do_nothing_but_be_read(markup: str) -> None:
    html = release(summary=markup).html
    assert not any(
        word in html for word in ("script", "onerror", "onload", "<form", "<iframe", "style")
    )


def test_links_in_html_become_absolute() -> None:
    html = release(summary='<a href="/report.pdf">report</a>').html
    assert 'href="https://newsroom.example/report.pdf"' in html


def test_an_entry_without_a_title_is_named_by_its_first_words() -> None:
    assert (
        release(title="", summary="The mission opened today.").title == "The mission opened today."
    )


def test_an_entry_without_a_title_is_named_by_its_summary_rather_than_its_content() -> None:
    found = release(title="", summary="What it says.", content="<p>All that it says.</p>")
    assert (found.title, found.text) == ("What it says.", "All that it says.")


def test_an_entry_that_says_nothing_is_skipped_with_its_number() -> None:
    empty = make_entry(title="", summary="", link=None)
    assert normalise_all([make_entry(), empty], SOURCE, NOW)[1] == (
        "entry 2 has no title, no text and no link",
    )


@pytest.mark.parametrize(
    "day", [date(1970, 1, 1), date(1, 1, 1), date(9999, 12, 31), date(2025, 2, 9)]
)
def test_a_date_that_cannot_be_is_no_date(day: date) -> None:
    assert release(published=Published(day)).published is None


def test_a_date_of_tomorrow_is_a_date() -> None:
    assert release(published=Published(date(2025, 2, 6))).published == Published(date(2025, 2, 6))


def test_the_fingerprint_changes_with_what_a_reader_notices() -> None:
    changed = [
        release(title="Other"),
        release(summary="Other"),
        release(content_type="News"),
        release(topics=("Gender",)),
        release(published=Published(date(2025, 2, 4))),
    ]
    assert release().fingerprint not in {found.fingerprint for found in changed}


def test_the_fingerprint_does_not_change_with_time_markup_or_order_of_attributes() -> None:
    plain = release(summary="<p class=a>Text</p>")
    other = normalise(
        make_entry(summary="<div id=b>Text</div>"), SOURCE, datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert other is not None
    assert plain.fingerprint == other.fingerprint


@given(st.text(), st.text(), st.text())
def test_any_text_becomes_a_release_that_xml_can_hold(title: str, summary: str, link: str) -> None:
    from lxml import etree

    found = normalise(Entry(title, link, summary=summary), SOURCE, NOW)
    if found:
        element = etree.Element("e", title=found.title, url=found.url)
        element.text = found.text + found.html


# -- short cuts: the same as the long way ---------------------------------------------------------


@given(st.from_regex(PLAIN_ADDRESS, fullmatch=True))
def test_a_plain_address_is_what_the_library_makes_of_it(address: str) -> None:
    assert safe_url_string(address) == address
    canonical = urlsplit(canonicalize_url(address))
    host = canonical.netloc.removeprefix("www.")
    assert same_place(address) == urlunsplit(("", host, canonical.path.rstrip("/"), "", ""))


PIECES = st.sampled_from(
    [
        '<a href="https://x.example/?a&amp;b">', "<a href='http://x.example/'>", '<a href="/x">', "<a href>",
        "<A HREF=https://x.example/>", '<a href="https:x">', '<a href="javascript:x">', "</a>", "<q cite='x'>",
        '<a title="href=" href="//x">', '<a/href="https://x/">', '<a href="https://[x">', "href='https://", "</q>",
        '<a href="http://">', "<p>", "</p>", "<br>", "<b title='a>b'>", "<img src=x>", "<script>x</script>", "\0",
        "<!-- x -->", "text", "слово", " ", "  ", "\n", "\t", "\xa0", "&nbsp;", "&#x202e;", "\u202e", "\x93", "&#1;",
        "&lt;", "<", ">", '"', "\u2028", "e\u0301", "\ud800",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=9).map("".join))
def test_html_is_made_safe_alike_whether_or_not_a_base_may_matter(markup: str) -> None:
    base = "https://newsroom.example/releases/"
    found = sanitised(printable(markup), base)
    relative = f'<a href="/x"></a>{printable(markup)}'  # the base matters
    made = '<a href="https://newsroom.example/x" rel="noopener noreferrer"></a>'
    assert sanitised(relative, base).removeprefix(made) == found


@given(st.lists(PIECES, max_size=9).map("".join))
def test_nothing_unwanted_is_overlooked(text: str) -> None:
    unwanted = "\0\x93\u202e\ud800"
    assert not set(unwanted) & set(clean(text))
    assert not set(unwanted) & set(safe_html(text, SOURCE.url))
    assert clean(text) == clean(f"{text}\0")  # which takes the long way
    assert printable(text) == printable(f"{text}\0")
