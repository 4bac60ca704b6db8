"""What a feed says was taken back: `at:deleted-entry` (RFC 6721). Pure.

Only what stands beside the entries counts: what is within one may be anybody's text.
"""

from datetime import UTC, datetime
from typing import Any

from lxml import etree

from newswatch.model import Tombstone

TOMBSTONES = "{http://purl.org/atompub/tombstones/1.0}"
DELETED = f"{TOMBSTONES}deleted-entry"
LINK = "{http://www.w3.org/2005/Atom}link"
MOST = 1_000  # that are read of a feed


def tombstones(body: bytes) -> tuple[Tombstone, ...]:
    """Those of an Atom feed or an RSS channel; nothing of a document that is no well-formed XML."""
    if b"deleted-entry" not in body or b"<!DOCTYPE" in body:
        return ()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return ()
    found = [one for parent in (root, *root.findall("channel")) for one in parent.findall(DELETED)]
    read = map(tombstone, found[:MOST])
    return tuple(one for one in read if one is not None)


def tombstone(element: Any) -> Tombstone | None:
    """None without what it is about, or without an instant."""
    ref, when = element.get("ref", "").strip(), instant(element.get("when", ""))
    if not ref or when is None:
        return None
    links = (one.get("href", "") for one in element.findall(LINK) if is_alternate(one))
    comment = element.find(f"{TOMBSTONES}comment")
    said = "" if comment is None else "".join(comment.itertext())
    return Tombstone(ref, when, tuple(links), said)


def is_alternate(link: Any) -> bool:
    return bool(link.get("rel", "alternate") == "alternate")


def instant(text: str) -> datetime | None:
    """RFC 3339, in UTC; one that names no zone is none."""
    try:
        read = datetime.fromisoformat(text.strip().upper())
        return read.astimezone(UTC) if read.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
