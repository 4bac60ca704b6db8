"""HTML pages: their characters, and whether they are something else than was asked for. Pure."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser
from w3lib.encoding import html_to_unicode

from newswatch.challenge import is_challenge
from newswatch.errors import ParseError
from newswatch.links import resolved
from newswatch.model import Document, Source

LOGIN_TITLE = re.compile(r"(sign|log)[ -]?in\b|anmelden\b|connexion\b|вход\b", re.IGNORECASE)
LOGIN_PATH = re.compile(r"/(login|signin|sign-in|sso|saml2?|oauth2?)(/|$|\.)", re.IGNORECASE)
# Media types of feeds that a page names by <link rel="alternate"> (WHATWG HTML section 4.6.7.1).
FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")
LONGEST_HINT = 200  # characters
LONGEST_PAGE = 8_000_000  # characters


def read_page(document: Document) -> LexborHTMLParser:
    """The page's tree. The characters are those of the HTTP header, else the BOM, else the meta
    element (WHATWG HTML section 13.2.3.2)."""
    _, text = html_to_unicode(document.content_type, document.body)
    return LexborHTMLParser(text[:LONGEST_PAGE])


def instead(page: LexborHTMLParser, document: Document, source: Source) -> ParseError | None:
    """What came in place of the document that was asked for, if that can be told."""
    title = title_of(page)
    if is_challenge(title):
        return ParseError("blocked", f"a bot check came, titled “{title}”")
    if is_login(page, title, document.url):
        return ParseError("login", "a login page came")
    if host_of(document.url) != host_of(source.url):
        return ParseError("login", f"was led to another site, {host_of(document.url)}")
    return None


def is_login(page: LexborHTMLParser, title: str, url: str) -> bool:
    return bool(
        page.css_first("input[type=password]")
        or LOGIN_TITLE.match(title)
        or LOGIN_PATH.search(urlsplit(url).path)
    )


def title_of(page: LexborHTMLParser) -> str:
    title = page.css_first("title")
    return " ".join(title.text().split())[:80] if title else ""


def host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def looks_like_html(document: Document) -> bool:
    start = document.body[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html")) or (
        (document.content_type or "").lower().startswith("text/html")
        and b"<rss" not in start
        and b"<feed" not in start
        and b"<?xml" not in start
        and b"<rdf" not in start
    )


def refuse_html(document: Document, source: Source) -> None:
    """Raises `ParseError` where a page came in place of a feed."""
    page = read_page(document)
    if reason := instead(page, document, source):
        raise ParseError(reason.state, f"{reason.reason} in place of the feed")
    title = title_of(page)
    named = f", titled “{title}”" if title else ""
    feed = next(named_feeds(page, document.url), "")
    hint = f"; the feed that it names is {feed[:LONGEST_HINT]}" * bool(feed)
    raise ParseError("parse", f"an HTML page came in place of the feed{named}{hint}")


def named_feeds(page: LexborHTMLParser, base: str) -> Iterator[str]:
    """The feeds that the page at an address names, each once."""
    links = page.css("link[rel~=alternate][href]")
    found = (
        resolved(base, link.attributes.get("href") or "")
        for link in links
        if (link.attributes.get("type") or "").lower().split(";")[0].strip() in FEED_TYPES
    )
    yield from dict.fromkeys(address for address in found if address)
