"""Feeds → entries: RSS 0.9x, 1.0 and 2.0, Atom, RDF (feedparser), and JSON Feed 1.1. Pure."""

import html
import io
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

from newswatch.errors import ParseError
from newswatch.fold import fold
from newswatch.model import Attachment, Document, Entry, Published, Source
from newswatch.parse.dates import read_date
from newswatch.parse.page import looks_like_html, refuse_html
from newswatch.ports import Parsed

# What the scheme (Atom) or domain (RSS) of a category calls the facts of a newsroom.
CONTENT_TYPES = ("content type", "type", "document type", "content-type")
INSTITUTIONS = ("where we are", "institution", "institutions", "issued by", "source", "where")


def parse_feed(document: Document, source: Source) -> Parsed:
    """The entries of a feed. Raises `ParseError` where the document is no feed, or holds nothing."""
    if document.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return parse_json_feed(document, source)
    if looks_like_html(document):
        refuse_html(document, source)
    return parse_xml_feed(document, source)


# -- RSS, Atom, RDF -----------------------------------------------------------------------------


def parse_xml_feed(document: Document, source: Source) -> Parsed:
    found = read_xml(document)
    if not found.get("version") and not found.entries:
        raise ParseError("parse", f"this is no feed: {reason(found)}")
    if not found.entries and not source.allow_empty:
        raise ParseError("empty", "the feed holds no entries")
    warnings = (f"the feed is ill-formed: {reason(found)}",) if is_broken(found) else ()
    return Parsed(
        tuple(xml_entry(entry, found.feed, document, source) for entry in found.entries),
        warnings,
        title=found.feed.get("title"),
        language=found.feed.get("language"),
        fresh_for=time_to_live(found.feed.get("ttl")),
        next_page=related(found.feed, "next", document),
        hub=related(found.feed, "hub", document),
        topic=related(found.feed, "self", document),
    )


def related(feed: Any, relation: str, document: Document) -> str | None:
    """A link of the feed: `rel="next"` of a paged feed (RFC 5005 section 3), `rel="hub"` and
    `rel="self"` (WebSub section 4)."""
    for link in feed.get("links", ()):
        if link.get("rel") == relation and is_web_address(link.get("href"), document):
            return urljoin(document.url, str(link["href"]).strip())
    return None


def time_to_live(minutes: object) -> timedelta | None:
    """The RSS 2.0 `ttl` element: minutes, of which at most a year are believed."""
    text = str(minutes or "").strip()
    return timedelta(minutes=min(int(text), 525_600)) if text.isdecimal() else None


def read_xml(document: Document) -> Any:
    """feedparser's answer. Its own sanitiser is quadratic and its resolver changes ids: both off."""
    import feedparser

    headers = {
        "content-type": document.content_type or "application/xml",
        "content-location": urljoin(document.url, document.content_location or ""),
    }
    # Bytes as such would be taken for a file's name; space before the root costs quadratic time.
    return feedparser.parse(
        io.BytesIO(document.body.lstrip()),
        response_headers=headers,
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def is_broken(found: Any) -> bool:
    """Whether the XML is ill-formed; a wrong charset or media type in a header is not."""
    return bool(found.bozo) and type(found.bozo_exception).__name__ == "SAXParseException"


def reason(found: Any) -> str:
    exception = found.get("bozo_exception")
    text = getattr(exception, "getMessage", lambda: str(exception or "no entries, no title"))()
    return " ".join(str(text).split())[:200]


def xml_entry(entry: Any, feed: Any, document: Document, source: Source) -> Entry:
    categories = categorised(entry.get("tags", ()))
    return Entry(
        title=as_html(entry.get("title_detail"), entry.get("title", "")),
        link=entry_link(entry, document, source),
        id=entry.get("id"),
        published=entry_date(entry, source),
        summary=as_html(entry.get("summary_detail"), entry.get("summary", "")),
        content=entry_content(entry, source),
        content_type=next(iter(categories["content_type"]), None),
        institutions=categories["institutions"],
        topics=categories["topics"],
        language=entry_language(entry, feed),
        attachments=enclosures(entry, document),
    )


def enclosures(entry: Any, document: Document) -> tuple[Attachment, ...]:
    """RSS 2.0 `enclosure`, Atom `link rel="enclosure"` (RFC 4287 section 4.2.7.2)."""
    return tuple(
        Attachment(
            urljoin(document.url, link["href"].strip()),
            link.get("title") or "",
            link.get("type") or None,
        )
        for link in entry.get("enclosures", ())
        if is_web_address(link.get("href"), document)
    )


def as_html(detail: Mapping[str, Any] | None, value: str) -> str:
    is_plain = detail is not None and detail.get("type") == "text/plain"
    return html.escape(value, quote=False) if is_plain else value


def entry_link(entry: Any, document: Document, source: Source) -> str | None:
    """The alternate link in the source's language, else the first (feedparser takes the last)."""
    links = [link for link in entry.get("links", ()) if is_web_address(link.get("href"), document)]
    alternates = [link for link in links if link.get("rel", "alternate") == "alternate"]
    chosen = next(
        (
            link
            for link in alternates
            if source.language and link.get("hreflang") == source.language
        ),
        alternates[0] if alternates else None,
    )
    href = chosen["href"] if chosen else entry.get("link") or permalink(entry)
    return urljoin(document.url, href.strip()) if href else None


def is_web_address(href: str | None, document: Document) -> bool:
    """Some entries have links of other schemes beside, such as at:// or magnet:."""
    try:
        return bool(href) and urljoin(document.url, str(href).strip()).startswith("http")
    except ValueError:
        return False


def permalink(entry: Any) -> str | None:
    """A guid that is a permalink (RSS 2.0, `isPermaLink`), or an id that is a web address."""
    value = str(entry.get("id") or "")
    return value if value.startswith(("https://", "http://")) else None


def entry_date(entry: Any, source: Source) -> Published | None:
    languages = (source.language,) if source.language else ()
    # dict.get: feedparser's own get answers "updated" with "published", and warns.
    texts = (dict.get(entry, key) for key in ("published", "updated", "created"))
    found = (read_date(text, source.timezone, languages) for text in texts if text)
    return next((date for date in found if date is not None), None)


def entry_content(entry: Any, source: Source) -> str:
    contents = [c for c in entry.get("content", ()) if c.get("value")]
    own = [c for c in contents if source.language and c.get("language") == source.language]
    chosen = next(iter(own or contents), None)
    return as_html(chosen, chosen["value"]) if chosen else ""


def entry_language(entry: Any, feed: Any) -> str | None:
    detail = entry.get("title_detail") or {}
    return detail.get("language") or feed.get("language") or None


def categorised(tags: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Categories by what their scheme says they are; without a scheme they are topics."""
    kinds: dict[str, dict[str, None]] = {"content_type": {}, "institutions": {}, "topics": {}}
    for tag in tags:
        value = " ".join(str(tag.get("label") or tag.get("term") or "").split())
        if value:
            kinds[category_kind(str(tag.get("scheme") or ""))][value] = None
    return {kind: tuple(values) for kind, values in kinds.items()}


def category_kind(scheme: str) -> str:
    named = fold(scheme).strip().rsplit(":", 1)[-1].rsplit("/", 1)[-1].replace("-", " ")
    if named in CONTENT_TYPES:
        return "content_type"
    return "institutions" if named in INSTITUTIONS else "topics"


# -- JSON Feed ----------------------------------------------------------------------------------


def parse_json_feed(document: Document, source: Source) -> Parsed:
    """JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/): items, tolerant of wrong types."""
    try:
        feed = json.loads(document.body)
    except (ValueError, RecursionError) as error:
        raise ParseError("parse", f"this is no JSON: {str(error)[:200]}") from None
    items = feed.get("items")
    if not isinstance(items, list):
        raise ParseError("parse", "this is JSON, but no JSON Feed: it has no list of items")
    if not items and not source.allow_empty:
        raise ParseError("empty", "the feed holds no items")
    good = [item for item in items if isinstance(item, dict)]
    bad = len(items) - len(good)
    return Parsed(
        tuple(json_entry(item, feed, document, source) for item in good),
        (f"{bad} items are no objects",) if bad else (),
        title=string(feed, "title") or None,
        language=string(feed, "language") or None,
        hub=json_hub(feed.get("hubs"), document),
        topic=json_address(string(feed, "feed_url"), document),
    )


def json_hub(found: object, document: Document) -> str | None:
    """The first of a JSON Feed's `hubs` that speaks WebSub."""
    hubs = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    urls = (string(one, "url") for one in hubs if string(one, "type").lower() == "websub")
    return next(filter(None, (json_address(url, document) for url in urls)), None)


def json_address(url: str, document: Document) -> str | None:
    return urljoin(document.url, url.strip()) if is_web_address(url, document) else None


def json_entry(
    item: dict[str, Any], feed: dict[str, Any], document: Document, source: Source
) -> Entry:
    link = string(item, "url") or string(item, "external_url")
    stamp = string(item, "date_published") or string(item, "date_modified")
    tags = item.get("tags")
    return Entry(
        title=html.escape(string(item, "title"), quote=False),
        link=urljoin(document.url, link) if link else None,
        id=str(item["id"]) if item.get("id") not in (None, "") else None,
        published=read_date(stamp, source.timezone) if stamp else None,
        summary=html.escape(string(item, "summary"), quote=False),
        content=string(item, "content_html")
        or html.escape(string(item, "content_text"), quote=False),
        topics=tuple(str(tag) for tag in tags) if isinstance(tags, list) else (),
        language=string(item, "language") or string(feed, "language") or None,
        attachments=json_attachments(item.get("attachments"), document),
    )


def json_attachments(found: object, document: Document) -> tuple[Attachment, ...]:
    objects = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return tuple(
        Attachment(
            urljoin(document.url, string(one, "url")),
            string(one, "title"),
            string(one, "mime_type") or None,
        )
        for one in objects
        if is_web_address(string(one, "url"), document)
    )


def string(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""
