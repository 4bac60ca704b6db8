"""Releases to an RSS 2.0 feed that says what the Atom feed says. Pure.

feedgen's RSS sets the process's locale for each date, and asks the clock; lxml alone does neither.
"""

from collections.abc import Sequence
from email.utils import format_datetime
from typing import Any

from lxml import etree

from newswatch.render.entry import (
    FACTS,
    UNKNOWN_TYPE,
    Deletion,
    FeedEntry,
    FeedHead,
    Setting,
    categories,
    published,
    release_path,
    rfc3339,
    updated,
)
from newswatch.render.markup import HISTORY, TOMBSTONES, add, add_deletion, add_facts, add_relations
from newswatch.render.safe import address, language_tag, line

MEDIA_TYPE = "application/rss+xml"
ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
SPACES = {"atom": ATOM, "dc": DC, "nw": FACTS, "fh": HISTORY, "at": TOMBSTONES}
LINK = f"{{{ATOM}}}link"
END = b"</channel></rss>"


def rss_frame(head: FeedHead, deletions: Sequence[Deletion]) -> tuple[bytes, bytes]:
    """What stands before and after the items that `rss_entry` wrote."""
    root, channel = frame()
    add(channel, "title", line(head.title) or head.id)
    add(channel, "link", address(head.site_url))
    add(channel, "description", line(head.subtitle) or line(head.title) or head.id)
    add(channel, "lastBuildDate", format_datetime(head.updated, usegmt=True))
    add(channel, "generator", "newswatch")
    add(channel, LINK, rel="self", type=MEDIA_TYPE, href=address(head.self_url))
    add_relations(channel, head, LINK)
    for deletion in deletions:
        add_deletion(channel, deletion)
    return written(root).removesuffix(END) + b"\n", END + b"\n"


def rss_entry(entry: FeedEntry, setting: Setting) -> bytes:
    """One item, to stand in any feed, with a line break at its end."""
    root, channel = frame()
    fill(add(channel, "item"), entry, setting)
    return written(root)[len(FRAME) - len(END) : -len(END)] + b"\n"


def frame() -> tuple[Any, Any]:
    root = etree.Element("rss", {"version": "2.0"}, SPACES)
    # an element that holds nothing would be written without an end of its own
    channel = etree.SubElement(root, "channel")
    channel.text = "\n"
    return root, channel


def written(root: Any) -> bytes:
    text: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return text


def fill(item: Any, entry: FeedEntry, setting: Setting) -> None:
    release = entry.release
    add(item, "title", entry.title)
    if entry.link:
        add(item, "link", entry.link)
    add(item, "guid", entry.id, isPermaLink="false")
    if moment := published(release):
        add(item, "pubDate", format_datetime(moment, usegmt=True))
    add(item, f"{{{ATOM}}}updated", rfc3339(updated(release)))
    if line(release.publisher):
        add(item, f"{{{DC}}}creator", line(release.publisher))
    if language := language_tag(release.language):
        add(item, f"{{{DC}}}language", language)
    for scheme, term, _ in categories(release, setting.country_name):
        add(item, "category", term, domain=f"urn:newswatch:{scheme}")
    if words := entry.html or entry.summary:
        add(item, "description", words)
    add_links(item, entry, setting)
    add_facts(item, entry, setting)


def add_links(item: Any, entry: FeedEntry, setting: Setting) -> None:
    """An item has one enclosure (RSS Advisory Board, Best Practices); further ones are links. Its
    length is not known, and is given as 0."""
    if setting.root:
        page = setting.root + release_path(entry.release.id)
        add(item, LINK, rel="related", type="text/html", href=page)
    for one in entry.enclosures[:1]:
        add(item, "enclosure", url=one.url, type=one.type or UNKNOWN_TYPE, length="0")
    for one in entry.enclosures[1:]:
        add(item, LINK, rel="enclosure", type=one.type or UNKNOWN_TYPE, href=one.url)


FRAME = written(frame()[0])  # what stands around an item that is written by itself
