"""Plain feeds, read fast: RSS 2.0 and Atom as most newsrooms write them, by lxml. Pure.

feedparser reads everything, and spends most of its time on what most feeds do not have. This module
reads the plain case into the very same values, and gives up at whatever it does not know for sure:
another encoding than UTF-8, a DTD, markup that is not escaped, an element that may say something and
is not known, a second title, an address that would have to be resolved, another language or
base within.
"""

import html
import html.entities
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lxml import etree

from newswatch.parse.unasked import Declared, declared_once, is_unasked

ATOM = "{http://www.w3.org/2005/Atom}"
DUBLIN = "{http://purl.org/dc/elements/1.1/}"
ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
SYNDICATION = "{http://purl.org/rss/1.0/modules/syndication/}"
SLASH = "{http://purl.org/rss/1.0/modules/slash/}"
COMMENTS = "{http://wellformedweb.org/CommentAPI/}"
FEEDBURNER = "{http://rssnamespace.org/feedburner/ext/1.0}"
MEDIA = "{http://search.yahoo.com/mrss/}"
XML = "{http://www.w3.org/XML/1998/namespace}"
LARGEST = 4_000_000  # bytes

ON_ROOT = {f"{XML}base", f"{XML}lang"}  # every address is absolute: the base does not matter

# Elements that say nothing that an entry or a feed is read for.
SILENT_IN_ITEM = frozenset(
    ("author", "comments", f"{DUBLIN}creator", f"{SLASH}comments", f"{COMMENTS}commentRss")
)
SILENT_IN_CHANNEL = frozenset(
    (
        *("link", "description", "lastBuildDate", "pubDate", "generator", "docs", "copyright"),
        *("managingEditor", "webMaster", "category", "image", "cloud", "skipHours", "skipDays"),
        *(f"{SYNDICATION}updatePeriod", f"{SYNDICATION}updateFrequency"),
        f"{SYNDICATION}updateBase",
    )
)
SILENT_IN_ATOM_ENTRY = frozenset((f"{ATOM}author", f"{ATOM}rights"))
SILENT_IN_ATOM_FEED = frozenset(
    f"{ATOM}{name}" for name in ("author", "id", "updated", "subtitle", "rights", "generator")
) | {f"{ATOM}icon", f"{ATOM}logo"}

RSS = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
# Addresses that stay as they are when they are resolved.
ADDRESS = re.compile(
    r"https?://[\w.:-]+(?:/(?!\.)[\w~%+,@=:-]+(?:\.\w+)*)*/?(?:\?[\w~%+,@=&.:/-]+)?"
)
NAME = re.compile(r"(?:tag|urn):[\w.,:;@/~%#=+-]+")
WINDOWS = re.compile("[\x80-\x9f]")  # of another encoding: feedparser mends them
MARKUP = re.compile(r"</\w+>|&#?\w+;")
TAGS = re.compile(r"</?(\w+)")
ENTITIES = re.compile(r"&(\w+);")
QUERY = re.compile(r"&([A-Za-z0-9_]+);")


class NotPlainError(Exception):
    """The feed has something that only the full reader knows."""


def read_plain(body: bytes, charset: str | None) -> Any | None:
    """What `feedparser.parse` gives of a plain feed, as far as `parse.feed` asks for it; else None.
    `charset` is what was said of it from outside."""
    if not is_plain(body, charset):
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
        for name in ("base", "lang"):
            require(body.count(b"xml:" + name.encode()) == (f"{XML}{name}" in root.attrib))
        read = read_atom if root.tag == f"{ATOM}feed" else read_rss
        found = read(root, declared_once(root, body))
        return spoken(found, root.get(f"{XML}lang"))
    except (etree.XMLSyntaxError, NotPlainError):
        return None


def is_plain(body: bytes, charset: str | None) -> bool:
    """UTF-8, as far as that is said, and none of what changes the meaning of what is within."""
    head = body[:200].lower()
    return (
        len(body) <= LARGEST
        and (charset or "utf-8").lower() in ("utf-8", "utf8")
        and (b"encoding=" not in head or b"utf-8" in head)
        and b"<!DOCTYPE" not in body
    )


# -- RSS ----------------------------------------------------------------------------------------


def read_rss(root: Any, declared: Declared | None) -> Any:
    """RSS 2.0 and 0.9x (https://www.rssboard.org/rss-specification)."""
    require(root.tag == "rss" and len(root) == 1 and root[0].tag == "channel")
    version = root.get("version") or ""
    require(version.startswith("2.") or version in RSS)
    require(not root[0].attrib and set(root.attrib) - ON_ROOT == {"version"})
    items = [child for child in root[0] if child.tag == "item"]
    rest = [child for child in root[0] if child.tag != "item"]
    return values(
        version=RSS.get(version, "rss20"),
        feed=read_all(rest, CHANNEL, SILENT_IN_CHANNEL, declared),
        entries=[read_children(item, ITEM, SILENT_IN_ITEM, declared) for item in items],
        bozo=False,
    )


def rss_title(into: Any, node: Any) -> None:
    title(into, node, html_or_plain(text(node)))


def rss_link(into: Any, node: Any) -> None:
    require(not node.attrib and "links" not in into)
    address = QUERY.sub(r"&\1", text(node).replace("&amp;", "&"))
    require(ADDRESS.fullmatch(address))
    into["link"] = address
    into["links"] = [{"rel": "alternate", "type": "text/html", "href": address}]


def guid(into: Any, node: Any) -> None:
    require(set(node.attrib) <= {"isPermaLink"})
    is_link = node.get("isPermaLink", "true") == "true"
    value = text(node)
    require(ADDRESS.fullmatch(value) or not is_link)
    once(into, "id", value)
    if is_link:
        into.setdefault("link", value)


def described(into: Any, node: Any) -> None:
    require(not node.attrib and "summary_detail" not in into)
    value = text(node)
    into["summary"] = value
    into["summary_detail"] = detail(value, "text/html")


def encoded(into: Any, node: Any) -> None:
    require(not node.attrib)
    content(into, text(node), "text/html")


def category(into: Any, node: Any) -> None:
    require(set(node.attrib) <= {"domain"})
    scheme, term = node.get("domain"), text(node)
    tags = into.setdefault("tags", [])
    tag = {"term": term or None, "scheme": scheme, "label": None}
    require(term or not scheme)
    if term and (scheme or tag not in tags):
        tags.append(tag)


def silent(_into: Any, node: Any) -> None:
    """An element that says nothing unless it holds others that do."""
    require(not text(node))


def enclosure(into: Any, node: Any) -> None:
    require(set(node.attrib) <= {"url", "type", "length"} and node.get("url"))
    require(not text(node))
    link = {"href": node.get("url"), "rel": "enclosure"}
    if node.get("type") is not None:
        link["type"] = node.get("type").lower()
    into.setdefault("links", []).append(link)
    into.setdefault("enclosures", []).append(link)


def said(key: str) -> Callable[[Any, Any], None]:
    """A reader of an element that has a text and nothing else."""

    def read(into: Any, node: Any) -> None:
        require(not node.attrib)
        once(into, key, text(node))

    return read


# -- Atom ---------------------------------------------------------------------------------------


def read_atom(root: Any, declared: Declared | None) -> Any:
    """Atom 1.0 (RFC 4287)."""
    require(not set(root.attrib) - ON_ROOT)
    entries = [child for child in root if child.tag == f"{ATOM}entry"]
    rest = [child for child in root if child.tag != f"{ATOM}entry"]
    return values(
        version="atom10",
        feed=read_all(rest, ATOM_FEED, SILENT_IN_ATOM_FEED, declared),
        entries=[read_children(one, ATOM_ENTRY, SILENT_IN_ATOM_ENTRY, declared) for one in entries],
        bozo=False,
    )


def atom_title(into: Any, node: Any) -> None:
    title(into, node, atom_type(node))


def atom_summary(into: Any, node: Any) -> None:
    require("summary_detail" not in into)
    value = text(node)
    into["summary"] = value
    into["summary_detail"] = detail(value, atom_type(node))


def atom_content(into: Any, node: Any) -> None:
    content(into, text(node), atom_type(node))


def atom_type(node: Any) -> str:
    """Of a text construct (RFC 4287 section 3.1.1), but XHTML."""
    require(set(node.attrib) <= {"type"} and node.get("type", "text") in ("text", "html"))
    return "text/html" if node.get("type") == "html" else "text/plain"


def atom_link(into: Any, node: Any) -> None:
    require(set(node.attrib) <= {"rel", "type", "href", "hreflang", "title", "length"})
    require(ADDRESS.fullmatch(node.get("href", "")) and not text(node))
    link = dict(node.attrib)
    link["rel"] = node.get("rel", "alternate").lower()
    usual = "application/atom+xml" if link["rel"] == "self" else "text/html"
    link["type"] = node.get("type", usual).lower()
    into.setdefault("links", []).append(link)
    if link["rel"] == "enclosure":
        into.setdefault("enclosures", []).append(link)
    if link["rel"] == "alternate" and link["type"] in ("text/html", "application/xhtml+xml"):
        into["link"] = link["href"]


def atom_id(into: Any, node: Any) -> None:
    require(not node.attrib)
    value = text(node)
    require(ADDRESS.fullmatch(value) or NAME.fullmatch(value))
    once(into, "id", value)
    into.setdefault("link", value)


def atom_category(into: Any, node: Any) -> None:
    require(set(node.attrib) <= {"term", "scheme", "label"} and node.get("term"))
    require(not text(node))
    tag = {name: node.get(name) for name in ("term", "scheme", "label")}
    tags = into.setdefault("tags", [])
    if tag not in tags:
        tags.append(tag)


# -- both ---------------------------------------------------------------------------------------

Readers = Mapping[str, Callable[[Any, Any], None]]

ITEM: Readers = {
    "title": rss_title,
    "link": rss_link,
    "guid": guid,
    "description": described,
    "pubDate": said("published"),
    f"{DUBLIN}date": said("updated"),
    "category": category,
    f"{DUBLIN}subject": category,
    "enclosure": enclosure,
    ENCODED: encoded,
    f"{FEEDBURNER}origLink": said("feedburner_origlink"),
    f"{MEDIA}thumbnail": silent,
    f"{MEDIA}content": silent,
}
CHANNEL: Readers = {
    "title": rss_title,
    "language": said("language"),
    "ttl": said("ttl"),
    f"{ATOM}link": atom_link,
}
ATOM_ENTRY: Readers = {
    f"{ATOM}title": atom_title,
    f"{ATOM}link": atom_link,
    f"{ATOM}id": atom_id,
    f"{ATOM}summary": atom_summary,
    f"{ATOM}content": atom_content,
    f"{ATOM}published": said("published"),
    f"{ATOM}updated": said("updated"),
    f"{ATOM}category": atom_category,
}
ATOM_FEED: Readers = {f"{ATOM}title": atom_title, f"{ATOM}link": atom_link}


def read_children(
    node: Any, readers: Readers, silent: frozenset[str], declared: Declared | None
) -> Any:
    require(not node.attrib)
    return read_all(node, readers, silent, declared)


def read_all(
    nodes: Iterable[Any], readers: Readers, silent: frozenset[str], declared: Declared | None
) -> Any:
    found: Any = {}
    for node in nodes:
        if node.tag in silent:
            continue
        if reader := readers.get(node.tag):
            reader(found, node)
        else:
            require(declared is not None and is_unasked(node, declared))
    return found


def spoken(found: Any, language: str | None) -> Any:
    """The feed in the language that its root element names."""
    if not language:
        require(language is None)
        return found
    language = language.replace("_", "-")
    found.feed.setdefault("language", language)
    for entry in found.entries:
        details = [
            entry.get("title_detail"),
            entry.get("summary_detail"),
            *entry.get("content", ()),
        ]
        for one in details:
            if one is not None:
                one["language"] = language
    return found


def require(condition: object) -> None:
    if not condition:
        raise NotPlainError


def values(*pairs: Any, **named: Any) -> Any:
    from feedparser import FeedParserDict

    return FeedParserDict(*pairs, **named)


def text(node: Any) -> str:
    """The text of an element that holds nothing else."""
    require(len(node) == 0)
    found = (node.text or "").strip()
    if found.isascii():
        return found
    require(not WINDOWS.search(found))
    try:  # UTF-8 that was taken for Latin-1 and encoded again
        return found.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return found


def once(into: Any, key: str, value: str) -> None:
    require(key not in into)
    into[key] = value


def title(into: Any, node: Any, kind: str) -> None:
    value = text(node)
    once(into, "title", value)
    into["title_detail"] = detail(value, kind)


def content(into: Any, value: str, kind: str) -> None:
    require("content" not in into)
    into["content"] = [detail(value, kind)]
    into.setdefault("summary", value)


def detail(value: str, kind: str) -> Any:
    return {"type": kind, "language": None, "value": value}


def html_or_plain(value: str) -> str:
    """RSS does not say what a title is: it is HTML where it has a closing tag or a reference, and
    knows all that it names."""
    if not MARKUP.search(value):
        return "text/plain"
    require(not TAGS.search(value))  # which tags count is feedparser's to know
    known = all(name in html.entities.entitydefs for name in ENTITIES.findall(value))
    return "text/html" if known else "text/plain"
