"""A feed reader's store: follows a feed by its documents, its archive and its deltas.

It keeps, of each entry, the version with the latest `updated` (RFC 5005 4), and forgets what a
tombstone deletes (RFC 6721).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
ARCHIVE = "{http://purl.org/syndication/history/1.0}archive"

Get = Callable[..., httpx.Response]  # (path, **headers)


@dataclass
class FeedClient:
    """What a client holds of one feed. `entries` is updated and title by id."""

    get: Get
    path: str
    entries: dict[str, tuple[str, str]] = field(default_factory=dict)
    etag: str = ""
    asked: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def rebuild(self) -> None:
        """Reads the feed and its whole archive, and takes them in from the oldest page."""
        documents, self.etag = [], ""
        address = self.path
        while address:
            response = self.get(address)
            self.asked.append(address)
            assert response.status_code == 200, (address, response.text)
            self.etag = self.etag or response.headers["etag"]
            documents.append(etree.fromstring(response.content))
            address = link(documents[-1], "prev-archive")
        for document in reversed(documents):
            self.take(document)

    def follow(self) -> None:
        """Asks for what changed, and takes it in."""
        response = self.get(self.path, if_none_match=self.etag, a_im="feed")
        self.answers.append(response.status_code)
        if response.status_code == 304:
            return
        if response.status_code == 226:
            assert response.headers["im"] == "feed"
        self.etag = response.headers["etag"]
        self.take(etree.fromstring(response.content))

    def take(self, document: Any) -> None:
        for tombstone in document.iterfind(TOMBSTONE):
            held = self.entries.get(tombstone.get("ref"))
            if held and held[0] <= moment(tombstone.get("when")):
                del self.entries[tombstone.get("ref")]
        for entry in document.iterfind(f"{ATOM}entry"):
            name, updated = entry.findtext(f"{ATOM}id"), moment(entry.findtext(f"{ATOM}updated"))
            if name not in self.entries or self.entries[name][0] <= updated:
                self.entries[name] = (updated, entry.findtext(f"{ATOM}title"))


def moment(text: str) -> str:
    return text.replace("+00:00", "Z")


def link(document: Any, rel: str) -> str:
    found = [one.get("href") for one in document.iterfind(f"{ATOM}link") if one.get("rel") == rel]
    return str(found[0]) if found else ""
