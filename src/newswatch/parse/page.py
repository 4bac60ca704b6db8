"""HTML pages: their characters, and whether they are something else than was asked for. Pure."""

from selectolax.lexbor import LexborHTMLParser
from w3lib.encoding import html_to_unicode

from newswatch.errors import ParseError
from newswatch.model import Document

LONGEST_PAGE = 8_000_000  # characters


def read_page(document: Document) -> LexborHTMLParser:
    """The page's tree. The characters are those of the HTTP header, else the BOM, else the meta
    element (WHATWG HTML section 13.2.3.2)."""
    _, text = html_to_unicode(document.content_type, document.body)
    return LexborHTMLParser(text[:LONGEST_PAGE])


def is_login(page: LexborHTMLParser) -> bool:
    return page.css_first("input[type=password]") is not None


def looks_like_html(document: Document) -> bool:
    start = document.body[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html")) or (
        (document.content_type or "").lower().startswith("text/html")
        and b"<rss" not in start
        and b"<feed" not in start
        and b"<?xml" not in start
        and b"<rdf" not in start
    )


def refuse_html(document: Document) -> None:
    """Raises `ParseError` where a page came in place of a feed."""
    page = read_page(document)
    if is_login(page):
        raise ParseError("login", "a login page came in place of the feed")
    title = page.css_first("title")
    named = f", titled “{' '.join(title.text().split())[:80]}”" if title else ""
    raise ParseError("parse", f"an HTML page came in place of the feed{named}")
