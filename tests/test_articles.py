"""Full text: the releases' own pages, their text, their attachments, and what a host lets us read."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from factories import make_document, make_source
from newswatch import articles
from newswatch.errors import ParseError
from newswatch.model import Attachment, Document, Fetched, FetchFailure, Poll, Validators
from newswatch.parse.article import read_article
from newswatch.pipeline import Pipeline
from newswatch.store import SqlStore
from test_pipeline import Clock, make_pipeline, rss

SITE = "https://newsroom.example"
PAGE = """<!DOCTYPE html><html lang="en"><head><title>{title}</title></head><body>
<nav><a href="/reports/all.pdf">All reports</a></nav>
<main><article><h1>{title}</h1>
<p>DUSHANBE, 22 January 2025 – {text} The mission is led by an ambassador with long experience.</p>
<p>Eleven experts stay in the capital and twelve long-term observers follow the campaign in all
regions of the country. Before election day, two hundred short-term observers join them.</p>
<p>The interim report is due in three weeks and the final report two months after the vote.</p>
<ul><li><a href="/files/needs%20assessment.pdf">Needs assessment report</a> (PDF)</li>
<li><a href="fiche.docx"> </a></li><li><a href="javascript:print()">Print</a></li>
<li><a href="http://[broken.pdf">Broken</a></li><li><a href="/files/needs%20assessment.pdf">PDF</a></li></ul>
</article></main><footer><a href="/imprint.pdf">Imprint</a></footer></body></html>"""
TEXT = "An election observation mission opened in Tajikistan today for the parliamentary elections."
TEASER = ("Observers at work", "The mission opened.")


def article(text: str = TEXT, **fields: Any) -> Document:
    defaults = {
        "body": PAGE.format(title="Observers at work", text=text).encode(),
        "url": f"{SITE}/1",
        "content_type": "text/html; charset=utf-8",
    }
    return make_document(**defaults | fields)


@dataclass
class Site:
    """A fetcher that gives a feed and the pages of its releases, and keeps what it was asked."""

    feeds: list[bytes]
    pages: dict[str, Fetched] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def fetch(self, url: str, validators: Validators) -> Fetched:
        self.asked.append(url.removeprefix(SITE))
        if url == f"{SITE}/feed":
            return make_document(self.feeds.pop(0))
        return self.pages.get(url.removeprefix(SITE)) or FetchFailure("http", "answered 404", 404)


def polled(store: SqlStore, site: Site, **fields: Any) -> tuple[Pipeline, Poll]:
    source = make_source(quiet_first_poll=False, full_text=True)
    pipeline = make_pipeline(store, [], **{"source": source, "fetcher": site} | fields)
    return pipeline, again(pipeline)


def again(pipeline: Pipeline) -> Poll:
    (source,) = pipeline.sources.values()
    return asyncio.run(pipeline.poll(source, pipeline.store.source_states()[source.id]))


# -- the page ---------------------------------------------------------------------------------


def test_the_text_of_a_page_is_its_article_without_what_stands_around() -> None:
    markup, _ = read_article(article(), make_source())
    assert TEXT in markup
    assert "two hundred short-term observers" in markup
    assert "Imprint" not in markup


def test_the_documents_that_a_page_offers_are_its_attachments() -> None:
    _, attachments = read_article(article(), make_source())
    report = f"{SITE}/files/needs%20assessment.pdf"
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert attachments == (
        Attachment(report, "Needs assessment report", "application/pdf"),
        Attachment(f"{SITE}/fiche.docx", "fiche.docx", word),
        Attachment(report, "PDF", "application/pdf"),
    )


@pytest.mark.parametrize(
    ("document", "state"),
    [
        (make_document(b"%PDF-1.7", content_type="application/pdf"), "parse"),
        (article(body=b"<html><title>Just a moment...</title></html>"), "blocked"),
        (article(body=b"<html><body><input type=password></body></html>"), "login"),
        (article(body=b"<html><body></body></html>"), "empty"),
    ],
)
def test_a_page_without_text_says_what_it_is(document: Document, state: str) -> None:
    with pytest.raises(ParseError) as error:
        read_article(document, make_source())
    assert error.value.state == state


# -- the poll ---------------------------------------------------------------------------------


def test_a_release_has_the_text_of_its_own_page_and_rules_see_it(store: SqlStore) -> None:
    site = Site([rss(TEASER)], {"/1": article()})
    _, poll = polled(store, site)
    (release,) = store.releases_recent(10)
    assert TEXT in release.text
    assert [one.title for one in release.attachments] == ["Needs assessment report", "fiche.docx"]
    assert release.reading.countries == ("TJ",)
    assert [delivery.release_id for delivery in poll.deliveries] == [release.id]


def test_a_source_that_does_not_ask_for_it_is_spared_the_visits(store: SqlStore) -> None:
    site = Site([rss(TEASER)], {"/1": article()})
    polled(store, site, source=make_source(quiet_first_poll=False))
    assert site.asked == ["/feed"]


def test_pages_of_releases_that_did_not_change_are_not_read_again(store: SqlStore) -> None:
    site = Site([rss(TEASER), rss(TEASER, ("Another release", "Of another day"))])
    site.pages = {"/1": article(), "/2": article()}
    pipeline, _ = polled(store, site)
    poll = again(pipeline)
    assert site.asked == ["/feed", "/1", "/feed", "/2"]
    assert [change.kind for change in poll.changes] == ["new"]


GONE = FetchFailure("gone", "answered 410 Gone", 410)


def test_a_release_whose_page_is_gone_for_good_is_withdrawn_once(store: SqlStore) -> None:
    corrected = (TEASER[0], "The mission opened, it was said.")
    feeds = [rss(TEASER), *(rss(corrected, (f"Another {n}", "Of another day")) for n in (1, 2))]
    site = Site(feeds, {"/1": article(), "/2": article()})
    pipeline, first = polled(store, site)
    site.pages["/1"] = GONE
    poll = again(pipeline)
    assert [change.kind for change in poll.changes] == ["new"]
    assert [one.release.version for one in poll.withdrawals] == [2]
    release = store.releases_by_id([first.changes[0].release.id])[first.changes[0].release.id]
    assert release.withdrawn == "its own page is gone for good (410)"
    assert again(pipeline).withdrawals == ()
    assert site.asked.count("/1") == 2


def test_a_release_that_stands_again_is_one_whose_page_is_there_again(store: SqlStore) -> None:
    texts = ("One", "Two", "Three")
    site = Site([rss((TEASER[0], text)) for text in texts], {"/1": article()})
    pipeline, _ = polled(store, site)
    for page, withdrawn in ((GONE, True), (article(), False)):
        site.pages["/1"] = page
        again(pipeline)
        ((_, release),) = store.history(0)[-1:]
        assert bool(release.withdrawn) is withdrawn


def test_a_new_release_whose_page_is_gone_is_told_as_it_is_listed(store: SqlStore) -> None:
    _, poll = polled(store, Site([rss(TEASER)], {"/1": GONE}))
    assert [change.kind for change in poll.changes] == ["new"]
    assert poll.skipped == (f"the page {SITE}/1 cannot be had: answered 410 Gone",)


def test_a_page_that_cannot_be_had_is_told_and_loses_nothing(store: SqlStore) -> None:
    _, poll = polled(store, Site([rss(TEASER)]))
    assert poll.state.state == "ok"
    assert poll.skipped == (f"the page {SITE}/1 cannot be had: answered 404",)
    assert [release.text for release in store.releases_recent(10)] == [TEASER[1]]


def test_a_page_that_robots_txt_asks_not_to_read_is_not_asked_for(store: SqlStore) -> None:
    async def refusal(url: str) -> FetchFailure:
        return FetchFailure("robots", "the site's robots.txt asks not to read this page")

    site = Site([rss(TEASER)], {"/1": article()})
    _, poll = polled(store, site, refusal=refusal)
    assert site.asked == ["/feed"]
    assert "robots.txt" in poll.skipped[0]


def test_a_shorter_page_does_not_take_away_what_the_feed_says(store: SqlStore) -> None:
    feed = rss(("Observers at work", "The feed has it whole. " * 60))
    polled(store, Site([feed], {"/1": article()}))
    (release,) = store.releases_recent(10)
    assert release.text.startswith("The feed has it whole.")
    assert len(release.attachments) == 2


def test_no_more_pages_are_read_than_a_guest_may_ask_for(store: SqlStore) -> None:
    many = [(f"Release number {n}", "Of today") for n in range(articles.MOST + 3)]
    site = Site([rss(*many)], {f"/{n}": article() for n in range(1, 99)})
    _, poll = polled(store, site)
    assert len(site.asked) == 1 + articles.MOST
    assert len(store.releases_recent(99)) == articles.MOST + 3
    assert poll.skipped == ("the pages of 3 more releases were not read",)


def test_slow_pages_do_not_outlast_the_lease(store: SqlStore) -> None:
    clock = Clock()

    @dataclass
    class Slow(Site):
        async def fetch(self, url: str, validators: Validators) -> Fetched:
            clock.now += timedelta(minutes=1)
            return await super().fetch(url, validators)

    many = [(f"Release number {n}", "Of today") for n in range(12)]
    site = Slow([rss(*many)])
    _, poll = polled(store, site, clock=clock)
    assert site.asked == ["/feed", "/1", "/2", "/3", "/4", "/5", "/6"]
    assert poll.skipped[-1] == "the pages of 6 more releases were not read"


def test_an_address_to_attach_must_be_one_of_the_web(store: SqlStore) -> None:
    feed = rss(TEASER).replace(
        b"<guid",
        b'<enclosure url="https://newsroom.example/a.pdf" type="application/pdf"/>'
        b'<enclosure url="javascript:alert(1)"/><enclosure url="//[x"/><enclosure/><guid',
    )
    _, poll = polled(store, Site([feed]), source=replace(make_source(), quiet_first_poll=False))
    assert [one.url for one in poll.changes[0].release.attachments] == [f"{SITE}/a.pdf"]
