"""The public feeds as files, for any web server: each replaced whole, and never half there."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from newswatch.render.formats import FORMATS
from newswatch.web.catalogue import Feed, public_feeds
from newswatch.web.coding import gzip
from newswatch.web.conditional import content_tag
from newswatch.web.doors import Site
from newswatch.web.editions import SUFFIXES, Editions, Kind
from newswatch.web.opml import public_opml

WRITTEN = ".newswatch.json"  # the paths that were written here, so that no other is ever removed


class Files:
    """A directory with the feeds as `/feeds/…` serves them, their archive pages, and `opml`; beside
    each a `.gz` for servers that send it. To be used by one thread at a time.

    Raises `OSError` where the directory cannot be written.
    """

    def __init__(self, site: Site, directory: Path) -> None:
        self.site = site
        self.directory = directory
        self.editions = Editions(site)
        self.contents: dict[str, str] = {}  # the tags of what was written, by path

    def write(self) -> int:
        """Brings the directory up to date. Returns how many documents changed."""
        marker, changed = self.site.marker(), 0
        wanted = set()
        for path, tag, body in self.documents(marker):
            wanted.add(path)
            if self.contents.get(path) != tag:
                self.put(path, body)
                self.contents[path] = tag
                changed += 1
        self.remove(self.written() - wanted)
        self.note(wanted)
        return changed

    def documents(self, marker: str) -> Iterator[tuple[str, str, bytes]]:
        """Path, tag and body. An archive page that is there is not written again."""
        for feed in public_feeds(self.site):
            for suffix in SUFFIXES:
                kind = Kind(feed, suffix)
                issue = self.editions.current(kind, marker)
                yield f"{feed.path[1:]}.{suffix}", issue.tag, issue.body
                if suffix in FORMATS:
                    yield from self.pages(feed, suffix)
        opml = public_opml(self.site)
        yield "opml", content_tag(opml), opml

    def pages(self, feed: Feed, suffix: str) -> Iterator[tuple[str, str, bytes]]:
        kind = Kind(feed, suffix)
        for name in self.editions.page_names(kind):
            path = f"{feed.path[1:]}/{name}.{suffix}"
            if self.contents.get(path):
                yield path, self.contents[path], b""
            elif issue := self.editions.archived(kind, name):
                yield path, issue.tag, issue.body

    def put(self, path: str, body: bytes) -> None:
        place = self.directory / path
        if place.is_file() and place.read_bytes() == body:
            return  # an earlier run wrote it
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place, body)
        replace_file(place.with_name(f"{place.name}.gz"), gzip(body))

    def remove(self, paths: set[str]) -> None:
        """Of feeds that are there no more, or are no longer public."""
        for path in paths:
            self.contents.pop(path, None)
            place = self.directory / path
            place.unlink(missing_ok=True)
            place.with_name(f"{place.name}.gz").unlink(missing_ok=True)

    def written(self) -> set[str]:
        """What earlier runs wrote here; whoever edits the list cannot lead us out of the directory."""
        try:
            paths = json.loads((self.directory / WRITTEN).read_text())
        except (FileNotFoundError, ValueError):
            return set()
        listed = paths if isinstance(paths, list) else []
        inside = [path for path in listed if isinstance(path, str)]
        return {path for path in inside if not {"..", ""} & set(path.split("/"))}

    def note(self, paths: set[str]) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        if paths != self.written():
            replace_file(self.directory / WRITTEN, json.dumps(sorted(paths)).encode())


def replace_file(place: Path, body: bytes) -> None:
    """Readers see the old file or the new one, after a crash as well (rename(2), fsync(2))."""
    beside = place.with_name(f".{place.name}.new")
    with beside.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(place)
    directory = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
