"""A release's own page → its text, and the documents that it offers. Pure."""

from posixpath import splitext
from urllib.parse import unquote, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode
from w3lib.encoding import html_to_unicode

from newswatch.errors import ParseError
from newswatch.model import Attachment, Document, Source
from newswatch.parse.page import LONGEST_PAGE, instead, looks_like_html
from newswatch.parse.text import collapse, text_lines

MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".rtf": "application/rtf",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}
AROUND = "nav, header, footer"  # what every page of a site has


def read_article(document: Document, source: Source) -> tuple[str, tuple[Attachment, ...]]:
    """The main text as HTML, and the attachments. Raises `ParseError` where there is no text."""
    import trafilatura

    if not looks_like_html(document):
        raise ParseError("parse", "is no HTML page")
    _, html = html_to_unicode(document.content_type, document.body)
    html = html[:LONGEST_PAGE]
    text = trafilatura.extract(
        html, url=document.url, output_format="html", include_links=True, include_comments=False
    )
    page = LexborHTMLParser(html)
    if reason := None if text else instead(page, document, source):
        raise reason
    if not text:
        raise ParseError("empty", "has no text")
    return text, attachments(page, document.url)


def attachments(page: LexborHTMLParser, base: str) -> tuple[Attachment, ...]:
    """The documents that a page links to in its content."""
    for around in page.css(AROUND):
        around.decompose()
    links = page.css("main a[href]") or page.css("article a[href]") or page.css("a[href]")
    found = (attachment(link, base) for link in links)
    return tuple(one for one in found if one)


def attachment(link: LexborNode, base: str) -> Attachment | None:
    try:
        url = urljoin(base, (link.attributes.get("href") or "").strip())
        path = urlsplit(url).path
    except ValueError:
        return None
    media_type = MEDIA_TYPES.get(splitext(path)[1].lower())
    if media_type is None or not url.startswith(("http://", "https://")):
        return None
    name = unquote(path.rsplit("/", 1)[-1])
    return Attachment(url, collapse(" ".join(text_lines(link))) or name, media_type)
