"""Layouts inferred from pages: twenty kinds of newsroom, each without a selector."""

from datetime import date

import pytest

from factories import make_document, make_source
from newswatch.errors import ParseError
from newswatch.model import Entry
from newswatch.parse import parse
from newswatch.ports import Parsed

ROWS = (
    ("Observers open mission for elections in Moldova", "2025-02-05", "5 February 2025",
     "A team of twelve experts started its work in Chisinau today, and stays until May."),
    ("Final report on the presidential election in Georgia", "2025-01-28", "28 January 2025",
     "Twenty recommendations are addressed to parliament, parties and the media authority."),
    ("Round table on voter registration held in Tirana", "2025-01-20", "20 January 2025",
     "Registrars of eleven municipalities spoke about addresses, deadlines and corrections."),
    ("Training for polling station staff begins in Skopje", "2025-01-11", "11 January 2025",
     "Four hundred people learn in six courses how results forms are filled in and checked."),
)  # fmt: skip

MENU = """<header><nav><ul><li><a href="/about-the-organisation">About the organisation</a></li>
<li><a href="/where-we-work-in-the-world">Where we work in the world</a></li>
<li><a href="/publications-and-documents">Publications and documents</a></li>
<li><a href="/contact-the-press-office">Contact the press office</a></li></ul></nav></header>"""
FOOTER = """<footer><ul><li><a href="/terms-and-conditions-of-use">Terms and conditions of use</a></li>
<li><a href="/privacy-statement-of-the-site">Privacy statement of the site</a></li>
<li><a href="/accessibility-statement">Accessibility statement</a></li></ul></footer>"""


def page(before: str, block: str, after: str = "") -> str:
    """A page of blocks; {n} {title} {iso} {day} {teaser} stand for the releases' fields."""
    blocks = "".join(
        block.format(n=n, title=title, iso=iso, day=day, teaser=teaser)
        for n, (title, iso, day, teaser) in enumerate(ROWS, 1)
    )
    return f"<!DOCTYPE html><html><body>{MENU}<main>{before}{blocks}{after}</main>{FOOTER}</body></html>"


PAGES = {
    "drupal views": page(
        '<div class="view-content">',
        '<div class="views-row views-row-{n}"><h3 class="title"><a href="/node/{n}">{title}</a></h3>'
        '<span class="date-display-single">{day}</span><div class="field-body"><p>{teaser}</p></div></div>',
        "</div>",
    ),
    "drupal teasers": page(
        "",
        '<article class="node node--type-news node--view-mode-teaser"><h2><a href="/news/{n}" rel="bookmark">'
        '<span>{title}</span></a></h2><time datetime="{iso}T00:00:00Z">{day}</time><p>{teaser}</p></article>',
    ),
    "search results with labels": page(
        '<div class="pane-content">',
        '<dl class="search-result"><dt><h3><a href="/r/{n}">{title}</a></h3></dt><dd>'
        '<div class="publishing-date"><span>Publishing date:</span> {day}</div>'
        "<div><span>Content type:</span> Press release</div><div><span>What we do:</span> Elections, Gender</div>"
        '<div class="snippet">{teaser}</div></dd></dl>',
        "</div>",
    ),
    "wordpress archive": page(
        '<div class="site-main">',
        '<article id="post-{n}" class="post-{n} post type-post status-publish hentry category-news">'
        '<h2 class="entry-title"><a href="/2025/{n}/" rel="bookmark">{title}</a></h2><div class="entry-meta">'
        '<span class="posted-on">{day}</span></div><div class="entry-summary"><p>{teaser}</p>'
        '<a class="more-link" href="/2025/{n}/">Continue reading this release</a></div></article>',
        "</div>",
    ),
    "sharepoint table": page(
        '<table class="ms-listviewtable"><tbody>',
        '<tr class="ms-itmhover"><td class="ms-date">{day}</td><td class="ms-title"><a href="/Lists/{n}.aspx">{title}</a>'
        '</td><td class="ms-body">{teaser}</td></tr>',
        "</tbody></table>",
    ),
    "liferay portlet": page(
        '<div class="portlet-body">',
        '<div class="asset-abstract"><h3 class="asset-title"><a href="/-/asset/{n}">{title}</a></h3>'
        '<div class="asset-content"><div class="metadata-publish-date">{day}</div><div class="asset-summary">{teaser}</div>'
        "</div></div>",
        "</div>",
    ),
    "plain table": page(
        '<table class="news"><tr><th>Date</th><th>Headline</th></tr>',
        '<tr><td>{day}</td><td><a href="/{n}.html">{title}</a></td></tr>',
        "</table>",
    ),
    "cards whose whole is a link": page(
        '<div class="grid">',
        '<div class="card"><a class="card-link" href="/c/{n}"><span class="card-date">{day}</span>'
        "<h3>{title}</h3></a><p>{teaser}</p></div>",
        "</div>",
    ),
    "bare list": page(
        '<ul class="releases">', '<li><a href="/{n}">{title}</a> <em>{day}</em></li>', "</ul>"
    ),
    "list without classes": page(
        "<ul>", '<li><b>{day}</b> <a href="/{n}">{title}</a></li>', "</ul>"
    ),
    "definition list": page(
        "", '<dl class="item"><dt>{day}</dt><dd><a href="/{n}">{title}</a><p>{teaser}</p></dd></dl>'
    ),
    "time elements": page(
        "",
        '<section class="entry"><time datetime="{iso}">{day}</time><h4><a href="/{n}">{title}</a></h4></section>',
    ),
    "image link beside the headline": page(
        "",
        '<div class="teaser"><a href="/{n}"><img src="/{n}.jpg" alt=""></a><h3><a href="/{n}">{title}</a></h3>'
        '<p class="meta">{day}</p><p class="text">{teaser}</p></div>',
    ),
    "read more beside the headline": page(
        "",
        '<div class="news-item"><h2><a href="/{n}">{title}</a></h2><p class="when">{day}</p><p>{teaser}</p>'
        '<a href="/{n}">Read the whole press release</a></div>',
    ),
    "numeric dates": page(
        "",
        '<div class="newsline"><span class="d">{iso}</span> <a class="headline" href="/{n}">{title}</a></div>',
    ),
    "odd and even rows": page(
        "",
        '<div class="row odd"><div class="cell-date">{day}</div><div class="cell-title"><a href="/{n}">{title}</a></div></div>',
    ),
    "nested wrappers": page(
        '<div class="wrap"><div class="inner">',
        '<div class="outer"><div class="box"><div class="content"><p class="date">{day}</p>'
        '<p class="headline"><a href="/{n}">{title}</a></p></div></div></div>',
        "</div></div>",
    ),
    "bootstrap columns": page(
        '<div class="row">',
        '<div class="col-md-4 newsbox"><div class="thumbnail"><div class="caption"><small>{day}</small>'
        '<h5><a href="/{n}">{title}</a></h5><p>{teaser}</p></div></div></div>',
        "</div>",
    ),
    "noscript fallback": page(
        "<div id=app></div>",
        '<div class="fallback-item"><a href="/{n}">{title}</a><span>{day}</span></div>',
    ),
    "sidebar of latest posts beside": page(
        '<aside><ul><li><a href="/s/1">Something else that is popular</a></li>'
        '<li><a href="/s/2">Another thing that is popular</a></li><li><a href="/s/3">A third thing that is popular</a></li>'
        "</ul></aside>",
        '<div class="release"><h3><a href="/{n}">{title}</a></h3><div class="pub">{day}</div><div class="lead">{teaser}</div></div>',
    ),
    "tags in each block": page(
        "",
        '<li class="story"><h3><a href="/{n}">{title}</a></h3><span class="dt">{day}</span><p>{teaser}</p>'
        '<a href="/tag/e">Elections</a> <a href="/tag/g">Gender</a></li>',
    ),
}


def read(html: str) -> Parsed:
    document = make_document(
        html.encode(), url="https://n.test/news", content_type="text/html; charset=utf-8"
    )
    return parse(document, make_source(kind="listing", url="https://n.test/news"))


def day_of(entry: Entry) -> str | None:
    return entry.published.day.isoformat() if entry.published else None


@pytest.mark.parametrize("name", PAGES)
def test_the_releases_of_a_page_are_found(name: str) -> None:
    entries = read(PAGES[name]).entries
    assert [entry.title for entry in entries] == [title for title, *_ in ROWS]
    assert len({entry.link for entry in entries}) == len(ROWS)
    assert [day_of(entry) for entry in entries] == [iso for _, iso, *_ in ROWS]


@pytest.mark.parametrize("name", [name for name, html in PAGES.items() if ROWS[0][3] in html])
def test_the_teasers_of_a_page_are_found(name: str) -> None:
    assert [entry.summary for entry in read(PAGES[name]).entries] == [row[3] for row in ROWS]


def test_the_usual_labels_are_understood() -> None:
    entry = read(PAGES["search results with labels"]).entries[0]
    assert (entry.content_type, entry.topics) == ("Press release", ("Elections", "Gender"))
    assert entry.published is not None
    assert entry.published.day == date(2025, 2, 5)


def test_the_layout_that_was_found_is_told() -> None:
    layout = read(PAGES["liferay portlet"]).layout
    assert layout is not None
    assert layout.item == "div.asset-abstract"


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<p>One paragraph.</p>",
        MENU + FOOTER,
        "<a href='/1'>A single headline of some length</a>",
        "<div>" * 5_000,
    ],
)
def test_a_page_where_nothing_repeats_is_refused(html: str) -> None:
    with pytest.raises(ParseError) as refused:
        read(f"<!DOCTYPE html><html><body>{html}</body></html>")
    assert refused.value.state == "selector"
