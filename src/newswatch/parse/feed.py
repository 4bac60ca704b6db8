"""Feeds → entries: RSS 0.9x, 1.0, 1.1 and 2.0, Atom, CDF (feedparser), and JSON Feed. Pure."""

import html
import io
import json
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin

from newswatch.errors import ParseError
from newswatch.fold import fold
from newswatch.model import Attachment, Document, Entry, Published, Source
from newswatch.parse.characters import charset_of, readable_xml, start_of_text
from newswatch.parse.dates import read_date
from newswatch.parse.page import looks_like_html, refuse_html
from newswatch.parse.plain import ADDRESS, read_plain
from newswatch.parse.tombstones import tombstones
from newswatch.ports import Parsed

# What the scheme (Atom) or domain (RSS) of a category calls the facts of a newsroom.
CONTENT_TYPES = ("content type", "type", "document type", "content-type")
INSTITUTIONS = ("where we are", "institution", "institutions", "issued by", "source", "where")
# The first element, after what may stand before it: declaration, comments, document type. Atomic,
# or a page of comments would be tried in every grouping.
ROOT = re.compile(
    rb"(?>\s+|<\?.*?\?>|<!--.*?-->|<!(?!--)[^>]*>)*+<(?:[\w.-]+:)?(?P<name>[\w.-]+)", re.DOTALL
)
ROOTS = frozenset((b"rss", b"feed", b"rdf", b"channel"))
LONGEST_PROLOG = 10_000  # bytes


def parse_feed(document: Document, source: Source) -> Parsed:
    """The entries of a feed. Raises `ParseError` where the document is no feed, or holds nothing."""
    if document.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return parse_json_feed(document, source)
    if looks_like_html(document):
        refuse_html(document, source)
    return parse_xml_feed(document, source)


# -- RSS, Atom, RDF -----------------------------------------------------------------------------


def parse_xml_feed(document: Document, source: Source) -> Parsed:
    body = start_of_text(document.body)
    found = read_plain(body, charset_of(document))
    if found is None:
        given, body = body, readable_xml(document)
        mended = read_plain(body, charset_of(document)) if body != given else None
        found = mended or read_xml(body, document)
    if not (found.entries or found.get("version") or has_root_of_feed(body)):
        raise ParseError("parse", f"this is no feed: {reason(found)}")
    if not found.entries and not source.allow_empty:
        raise ParseError("empty", "the feed holds no entries")
    warnings = (f"the feed is ill-formed: {reason(found)}",) if is_broken(found) else ()
    return Parsed(
        tuple(xml_entry(entry, found.feed, document, source) for entry in found.entries),
        warnings,
        title=as_html(found.feed.get("title_detail"), found.feed.get("title", "")) or None,
        language=found.feed.get("language"),
        fresh_for=time_to_live(found.feed.get("ttl")),
        next_page=related(found.feed, "next", document),
        hub=related(found.feed, "hub", document),
        topic=related(found.feed, "self", document),
        tombstones=tombstones(body),
    )


def has_root_of_feed(body: bytes) -> bool:
    root = ROOT.match(body[:LONGEST_PROLOG])
    return root is not None and root["name"].lower() in ROOTS


def related(feed: Any, relation: str, document: Document) -> str | None:
    """A link of the feed: `rel="next"` of a paged feed (RFC 5005 section 3), `rel="hub"` and
    `rel="self"` (WebSub section 4)."""
    for link in feed.get("links", ()):
        if link.get("rel") == relation and (
            address := web_address(link.get("href"), base_of(document))
        ):
            return address
    return None


def time_to_live(minutes: object) -> timedelta | None:
    """The RSS 2.0 `ttl` element: minutes, of which at most a year are believed."""
    text = str(minutes or "").strip()
    return timedelta(minutes=min(int(text), 525_600)) if text.isdecimal() else None


def read_xml(body: bytes, document: Document) -> Any:
    """feedparser's answer. Its own sanitiser is quadratic: off."""
    charset = charset_of(document)
    return feedparser_itself().parse(
        io.BytesIO(body),  # bytes as such would be taken for a file's name
        response_headers={
            "content-type": f"application/xml; charset={charset}" if charset else "application/xml",
            "content-location": base_of(document),
        },
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def feedparser_itself() -> Any:
    """The library, told that an id is no address: it would resolve ids, so that all of them change
    when a feed moves, and empty those that are no web addresses."""
    import feedparser.mixin

    feedparser.mixin._FeedParserMixin.can_be_relative_uri.discard("id")  # noqa: SLF001
    return feedparser


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
        id=entry.get("id") or None,
        published=entry_date(entry, feed, source),
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
        Attachment(address, link.get("title") or "", link.get("type") or None)
        for link in entry.get("enclosures", ())
        if (address := web_address(link.get("href"), base_of(document)))
    )


def as_html(detail: Mapping[str, Any] | None, value: str) -> str:
    is_plain = detail is not None and detail.get("type") == "text/plain"
    return html.escape(value, quote=False) if is_plain else value


def entry_link(entry: Any, document: Document, source: Source) -> str | None:
    """The address of the release itself: where FeedBurner says it took it from, the alternate link
    in the source's language, the first alternate link (feedparser takes the last), the permalink,
    at last a document that is enclosed."""
    candidates = (
        as_it_stands(entry.get("feedburner_origlink")),
        *alternates(entry, source.language),
        entry.get("link"),
        as_it_stands(entry.get("id")),  # an id that is a web address
        *(link.get("href") for link in entry.get("enclosures", ())),
    )
    addresses = (web_address(href, base_of(document)) for href in candidates)
    return next((address for address in addresses if address), None)


def alternates(entry: Any, language: str | None) -> list[str]:
    """The alternate links, those in a language first."""
    links = [link for link in entry.get("links", ()) if link.get("rel", "alternate") == "alternate"]
    links.sort(key=lambda link: not (language and link.get("hreflang") == language))
    return [link.get("href") for link in links]


def base_of(document: Document) -> str:
    """Where relative links start: Content-Location, else the effective address (RFC 3986 5.1)."""
    return web_address(document.content_location, document.url) or document.url


def web_address(href: str | None, base: str) -> str | None:
    """An absolute web address, or None: some entries have links of other schemes, such as at://
    or magnet:, and some have what is no address at all."""
    relative = (href or "").strip()
    if relative.isascii() and ADDRESS.fullmatch(relative):  # it stays as it is
        return relative
    try:
        address = urljoin(base, relative) if relative else ""
    except ValueError:
        return None
    return address if address.lower().startswith(("https://", "http://")) else None


def as_it_stands(value: str | None) -> str | None:
    """What is an address without a base to start at, else None."""
    return value if value and value.startswith(("https://", "http://")) else None


def entry_date(entry: Any, feed: Any, source: Source) -> Published | None:
    languages = [tag for tag in (source.language, entry_language(entry, feed)) if tag]
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


@lru_cache(maxsize=256)
def category_kind(scheme: str) -> str:
    named = fold(scheme).strip().rsplit(":", 1)[-1].rsplit("/", 1)[-1].replace("-", " ")
    if named in CONTENT_TYPES:
        return "content_type"
    return "institutions" if named in INSTITUTIONS else "topics"


# -- JSON Feed ----------------------------------------------------------------------------------


def parse_json_feed(document: Document, source: Source) -> Parsed:
    """JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/) and 1.0, tolerant of wrong types."""
    feed = read_json(document)
    items = feed.get("items")
    if not isinstance(items, list):
        raise ParseError("parse", "this is JSON, but no JSON Feed: it has no list of items")
    if not items and not source.allow_empty:
        raise ParseError("empty", "the feed holds no items")
    good = objects(items)
    bad = len(items) - len(good)
    return Parsed(
        tuple(json_entry(item, feed, document, source) for item in good),
        (f"{bad} items are no objects",) if bad else (),
        title=html.escape(string(feed, "title"), quote=False) or None,
        language=string(feed, "language") or None,
        next_page=web_address(string(feed, "next_url"), base_of(document)),
        hub=json_hub(feed, document),
        topic=web_address(string(feed, "feed_url"), base_of(document)),
    )


def read_json(document: Document) -> dict[str, Any]:
    """The object, which is UTF-8 (RFC 8259 section 8.1); a wrong byte costs a character, no feed."""
    try:
        text = document.body.decode("utf-8-sig", "replace")
        return dict(json.loads(text, strict=False))
    except (ValueError, RecursionError) as error:
        raise ParseError("parse", f"this is no JSON: {str(error)[:200]}") from None


def json_entry(
    item: dict[str, Any], feed: dict[str, Any], document: Document, source: Source
) -> Entry:
    links = (web_address(string(item, key), base_of(document)) for key in ("url", "external_url"))
    tags = item.get("tags")
    return Entry(
        title=html.escape(string(item, "title"), quote=False),
        link=next((link for link in links if link), None),
        id=str(item["id"]) if item.get("id") not in (None, "") else None,
        published=first_date(item, ("date_published", "date_modified"), source.timezone),
        summary=html.escape(string(item, "summary"), quote=False),
        content=string(item, "content_html")
        or html.escape(string(item, "content_text"), quote=False),
        topics=tuple(str(tag) for tag in tags) if isinstance(tags, list) else (),
        language=string(item, "language") or string(feed, "language") or None,
        attachments=json_attachments(item.get("attachments"), document),
    )


def first_date(item: dict[str, Any], keys: Sequence[str], zone: str) -> Published | None:
    found = (read_date(string(item, key), zone) for key in keys)
    return next((date for date in found if date is not None), None)


def json_attachments(found: object, document: Document) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(address, string(one, "title"), string(one, "mime_type") or None)
        for one in objects(found)
        if (address := web_address(string(one, "url"), base_of(document)))
    )


def json_hub(feed: dict[str, Any], document: Document) -> str | None:
    """Where the feed says that it is pushed from, by WebSub (JSON Feed 1.1, `hubs`)."""
    hubs = (hub for hub in objects(feed.get("hubs")) if string(hub, "type").lower() == "websub")
    return next((web_address(string(hub, "url"), base_of(document)) for hub in hubs), None)


def objects(found: object) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def string(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""
