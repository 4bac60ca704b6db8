"""The XML elements that Atom and RSS feeds share: history, tombstones, facts. Pure."""

from typing import Any

from lxml import etree

from newswatch.render.entry import FACTS, Deletion, FeedEntry, FeedHead, Setting, facts, rfc3339
from newswatch.render.safe import address, legal, line

HISTORY = "http://purl.org/syndication/history/1.0"  # RFC 5005
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"  # RFC 6721


def add(parent: Any, name: str, text: str = "", **attributes: str) -> Any:
    element = etree.SubElement(parent, name, attributes)
    element.text = legal(text) or None
    return element


def add_relations(feed: Any, head: FeedHead, link: str) -> None:
    """To the hub (WebSub 4), and between a feed and its archive (RFC 5005 4). `link` is the name of
    Atom's link element there."""
    relations = {"hub": head.hub, "current": head.current, "prev-archive": head.previous}
    for rel, url in relations.items():
        if url:
            add(feed, link, rel=rel, href=address(url))
    if head.current:
        add(feed, f"{{{HISTORY}}}archive")


def add_deletion(feed: Any, deletion: Deletion) -> None:
    tombstone = f"{{{TOMBSTONES}}}deleted-entry"
    element = add(feed, tombstone, ref=deletion.id, when=rfc3339(deletion.at))
    add(element, f"{{{TOMBSTONES}}}comment", line(deletion.reason))


def add_facts(element: Any, entry: FeedEntry, setting: Setting) -> None:
    for fact in facts(entry, setting):
        add(element, f"{{{FACTS}}}{fact.name}", fact.text, **dict(fact.attributes))
