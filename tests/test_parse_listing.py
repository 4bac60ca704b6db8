"""Newsroom pages → entries: selectors, labels, dates, and redesigns."""

from datetime import date

import pytest

from factories import make_document, make_source
from newswatch.errors import ParseError
from newswatch.model import Entry, Listing, Pick, Published
from newswatch.parse import parse
from newswatch.parse.listing import validate_selector
from newswatch.ports import Parsed

LAYOUT = Listing(
    item=".item",
    title=Pick(select="h3"),
    link=Pick(select="h3 a@href"),
    published=Pick(select=".date", after="Publishing date:", formats=("%d %B %Y",)),
    content_type=Pick(label="Content type"),
    institutions=Pick(label="Where we are", split=","),
    topics=Pick(label="What we do", split=","),
    summary=Pick(select=".teaser"),
)


def read(html: str, layout: Listing = LAYOUT, **fields: object) -> Parsed:
    source = make_source(kind="listing", layouts=(layout,), **fields)
    document = make_document(
        html.encode(),
        url="https://newsroom.example/en/news",
        content_type="text/html; charset=utf-8",
    )
    return parse(document, source)


def first(html: str, **fields: object) -> Entry:
    return read(f'<div class="item"><h3><a href="/1">T</a></h3>{html}</div>', **fields).entries[0]


def test_an_item_gives_an_entry() -> None:
    found = first(
        '<p class="date">Publishing date: 5 February 2025</p>'
        "<p>Content type: Press release</p><p>Where we are: Office A, Mission B (closed)</p>"
        "<p>What we do: Elections, Gender</p><div class=teaser>WARSAW – <b>Bold</b> &amp; plain.</div>"
    )
    assert found == Entry(
        title="T",
        link="https://newsroom.example/1",
        published=Published(date(2025, 2, 5)),
        summary="WARSAW – Bold &amp; plain.",
        content_type="Press release",
        institutions=("Office A", "Mission B (closed)"),
        topics=("Elections", "Gender"),
        language="en",
    )


@pytest.mark.parametrize(
    "html",
    [
        "<p>Content type: News</p>",
        "<p><span>Content type:</span> <a href='/n'>News</a></p>",
        "<p><strong>Content type</strong>: News</p>",
        "<dl><dt>Content type</dt><dd>News</dd></dl>",
        "<dl><dt>Content type:</dt><dd>News</dd></dl>",
        "<div>Publishing date: 5 February 2025<br>Content type: News<br>What we do: x</div>",
        "<p><b>Where we are:</b> Here <b>Content type:</b> News <b>What we do:</b> x</p>",
        "<ul><li>CONTENT TYPE : News</li></ul>",
        "<div><span>Content type</span><span>News</span></div>",
        "<p><label>Content type</label> News</p>",
        "<table><tr><th>Content type</th><td>News</td></tr></table>",
    ],
)
def test_a_label_is_found_however_it_is_printed(html: str) -> None:
    assert first(html).content_type == "News"


@pytest.mark.parametrize(
    "html",
    [
        "Publishing date: 5 February 2025",
        "<span>Publishing date</span> 5 February 2025",
        "<label>Publishing date:</label>5 February 2025",
        "5 February 2025",
    ],
)
def test_a_date_is_found_behind_its_label(html: str) -> None:
    assert first(f'<div class="date">{html}</div>').published == Published(date(2025, 2, 5))


@pytest.mark.parametrize("html", ["", "<p>Content type:</p>", "<p>The content type matters.</p>"])
def test_a_missing_field_is_none(html: str) -> None:
    found = first(html)
    assert (found.content_type, found.published, found.topics) == (None, None, ())


def test_the_next_page_is_named() -> None:
    title, link = Pick(select="h3"), Pick(select="h3 a@href")
    layout = Listing(".item", title, link, next=Pick(select=".next a@href"))
    item = '<div class=item><h3><a href="/1">T</a></h3></div>'
    assert read(f'{item}<p class=next><a href="?page=1">older</a></p>', layout).next_page == (
        "https://newsroom.example/en/news?page=1"
    )
    assert read(item, layout).next_page is None
    script = f'{item}<p class=next><a href="javascript:more()">older</a></p>'
    assert read(script, layout).next_page is None


def test_scripts_and_styles_are_not_text() -> None:
    assert first("<div class=teaser>a<script>var b</script><style>c</style>d</div>").summary == "ad"


def test_relative_links_start_at_the_base_element() -> None:
    found = read('<base href="/fr/"><div class=item><h3><a href="1">T</a></h3></div>')
    assert found.entries[0].link == "https://newsroom.example/fr/1"


def test_a_date_in_the_newsrooms_language_is_read() -> None:
    found = first('<p class="date">5 février 2025</p>', language="fr")
    assert found.published == Published(date(2025, 2, 5))


def test_a_selector_may_take_the_item_itself() -> None:
    layout = Listing(item="a.item", title=Pick(select="@title"), link=Pick(select="@href"))
    (found,) = read('<a class=item href="/1" title="T">x</a>', layout).entries
    assert (found.title, found.link) == ("T", "https://newsroom.example/1")


def test_items_without_title_and_link_are_told() -> None:
    found = read('<div class=item><h3><a href="/1">T</a></h3></div><div class=item>ad</div>')
    assert (len(found.entries), found.warnings) == (1, ("1 items have no title and no link",))


@pytest.mark.parametrize(
    ("html", "state", "words"),
    [
        ("<p>new layout</p>", "selector", "has the layout changed"),
        ("<div class=item>x</div>", "fields", "none has a title or a link"),
        ("<form><input type=password></form>", "login", "login page"),
        ("\x00\x01", "selector", "has the layout changed"),
    ],
)
def test_a_page_that_is_not_the_listing_is_refused_with_a_reason(
    html: str, state: str, words: str
) -> None:
    with pytest.raises(ParseError, match=words) as refused:
        read(html)
    assert refused.value.state == state


def test_a_deeply_nested_page_is_read() -> None:
    found = first("<div class=teaser>" + "<div>" * 20_000 + "deep" + "</div>" * 20_000 + "</div>")
    assert found.title == "T"


@pytest.mark.parametrize(
    "selector", [".a", "h3 a@href", "@title", "li:nth-child(2) > a", ":has(b)"]
)
def test_a_good_selector_is_good(selector: str) -> None:
    assert validate_selector(selector) is None


@pytest.mark.parametrize("selector", ["", " ", "div[", "a@", "a@on click", "..a", ">>"])
def test_a_bad_selector_is_named(selector: str) -> None:
    assert validate_selector(selector)
