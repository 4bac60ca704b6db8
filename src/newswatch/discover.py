"""What a site offers to be watched: its feeds, their hubs, or a listing page that can be read."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from newswatch.errors import ParseError
from newswatch.fold import tokens
from newswatch.model import Document, Source, Validators
from newswatch.parse.page import looks_like_html, named_feeds, read_page
from newswatch.ports import Fetcher, Intake, Reader

USUAL_PATHS = ("/feed/", "/rss.xml", "/feed.xml", "/atom.xml", "/rss", "/index.xml", "/feed.json")
MOST_TRIED = 12  # requests to a site that only wants to be asked a few


@dataclass(frozen=True, slots=True)
class Offer:
    """A source as it could be configured, and what it gives now."""

    source: Source
    intake: Intake


async def discover(fetcher: Fetcher, read: Reader, url: str, now: datetime) -> AsyncIterator[Offer]:
    """The offers of an address: itself, the feeds that it names, the usual places of feeds.

    Raises `ParseError` where the address cannot be read at all.
    """
    page = await fetcher.fetch(url, Validators())
    if not isinstance(page, Document):
        reason = getattr(page, "reason", "answered 304")
        raise ParseError("http", reason)
    if not looks_like_html(page):
        yield Offer(*read_as("feed", page, read, now))
        return
    for address in [*named_feeds(read_page(page), page.url), *usual_places(page.url)][:MOST_TRIED]:
        document = await fetcher.fetch(address, Validators())
        offer = offered(document, read, now) if isinstance(document, Document) else None
        if offer is not None:
            yield offer
    try:
        yield Offer(*read_as("listing", page, read, now))
    except ParseError:
        return


def offered(document: Document, read: Reader, now: datetime) -> Offer | None:
    try:
        return Offer(*read_as("feed", document, read, now))
    except ParseError:
        return None


def read_as(kind: str, document: Document, read: Reader, now: datetime) -> tuple[Source, Intake]:
    """The source that a document could be, and what it gives. Raises `ParseError`."""
    host = (urlsplit(document.url).hostname or "source").removeprefix("www.")
    source = Source(
        id=as_id(host),
        name=host,
        kind="listing" if kind == "listing" else "feed",
        url=document.url,
        publisher=host,
    )
    intake = read(document, source, now)
    return source, intake


def as_id(text: str) -> str:
    """A text as the id of a source: small letters a-z, digits and hyphens."""
    words = (
        "".join(c for c in token.word if c.isascii() and c.isalnum()) for token in tokens(text)
    )
    return "-".join(word for word in words if word)[:63].strip("-") or "source"


def usual_places(url: str) -> Iterator[str]:
    yield from (urljoin(url, path) for path in USUAL_PATHS)
