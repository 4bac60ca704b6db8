"""Releases to an Atom feed (RFC 4287) whose bytes depend on nothing but its arguments. Pure.

feedgen writes the elements it writes right; `FeedMarks` and `EntryMarks`, its registered extensions,
write the rest: the type of titles, the language, typed links, the source, and the facts. An entry is
written by itself, so that a feed is its head and the bytes of its entries, of which most are kept.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from feedgen.feed import FeedGenerator

from newswatch.model import Release
from newswatch.render.entry import (
    EPOCH,
    FACTS,
    UNTITLED,
    CountryName,
    Deletion,
    FeedEntry,
    FeedHead,
    Setting,
    categories,
    feed_updated,
    published,
    release_path,
    rfc3339,
    source_id,
    updated,
)
from newswatch.render.markup import HISTORY, TOMBSTONES, add, add_deletion, add_facts, add_relations
from newswatch.render.safe import address, language_tag, legal, line

MEDIA_TYPE = "application/atom+xml"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
END = b"</feed>"


def render_atom(head: FeedHead, releases: Sequence[Release], country_name: CountryName) -> bytes:
    """The feed, in the order of `releases`: UTF-8, the same for the same arguments."""
    setting = Setting(address(head.site_url.rstrip("/")), country_name)
    start, end = atom_frame(replace(head, updated=feed_updated(releases)), ())
    entries = [atom_entry(FeedEntry(release), setting) for release in releases]
    return b"".join((start, *entries, end))


def atom_frame(head: FeedHead, deletions: Sequence[Deletion]) -> tuple[bytes, bytes]:
    """What stands before and after the entries that `atom_entry` wrote."""
    feed = empty_feed(head, deletions)
    return written(feed).removesuffix(END) + b"\n", END + b"\n"


def atom_entry(entry: FeedEntry, setting: Setting) -> bytes:
    """One entry, to stand in any feed, with a line break at its end."""
    feed = frame()
    fill(feed.add_entry(), entry, setting)
    whole = written(feed)
    return whole[len(FRAME) - len(END) : -len(END)] + b"\n"


def frame() -> Any:
    """The shortest feed, around one entry."""
    feed = FeedGenerator()
    feed.register_extension("marks", FeedMarks, EntryMarks, rss=False)
    feed.id("-")
    feed.title("-")
    feed.updated(EPOCH)
    return feed


def written(feed: Any) -> bytes:
    text: bytes = feed.atom_str(pretty=False)
    return text


def empty_feed(head: FeedHead, deletions: Sequence[Deletion]) -> Any:
    feed = FeedGenerator()
    feed.register_extension("marks", FeedMarks, EntryMarks, rss=False)
    feed.id(legal(head.id))
    feed.title(line(head.title) or legal(head.id))
    feed.updated(head.updated)
    feed.author({"name": line(head.author) or "newswatch"})
    feed.link(href=address(head.site_url), rel="alternate", type="text/html")
    feed.link(href=address(head.self_url), rel="self", type=MEDIA_TYPE)
    feed.generator("newswatch")
    if head.subtitle:
        feed.subtitle(line(head.subtitle))
    feed.marks.head, feed.marks.deletions = head, deletions
    return feed


# -- one entry -----------------------------------------------------------------------------------


def fill(written_entry: Any, entry: FeedEntry, setting: Setting) -> None:
    release = entry.release
    written_entry.id(entry.id)
    written_entry.title(entry.title)
    written_entry.updated(updated(release))
    written_entry.published(published(release))
    written_entry.author({"name": line(release.publisher)})
    for scheme, term, label in categories(release, setting.country_name):
        written_entry.category(term=term, scheme=f"urn:newswatch:{scheme}", label=label)
    fill_text(written_entry, entry)
    written_entry.marks.entry, written_entry.marks.setting = entry, setting


def fill_text(written_entry: Any, entry: FeedEntry) -> None:
    """Link, summary and content. Without a link, an entry must have content (RFC 4287 4.1.2)."""
    link, html = entry.link, entry.html
    if link:
        written_entry.link(href=link)
    if html:
        written_entry.content(html, type="html")
    elif not link:
        written_entry.content(entry.text or line(entry.release.title) or UNTITLED, type="text")
    if entry.summary:
        written_entry.summary(entry.summary, type="text")


# -- what feedgen does not write -----------------------------------------------------------------


class FeedMarks:
    """feedgen's extension for the feed: its namespaces, the type of its texts, its history."""

    head: FeedHead | None = None
    deletions: Sequence[Deletion] = ()

    def extend_ns(self) -> dict[str, str]:
        return {"nw": FACTS, "fh": HISTORY, "at": TOMBSTONES}

    def extend_atom(self, feed: Any) -> Any:
        for name in ("title", "subtitle"):
            for element in feed.iterfind(name):
                element.set("type", "text")
        if self.head:
            add_relations(feed, self.head, "link")
        for deletion in self.deletions:
            add_deletion(feed, deletion)
        return feed


class EntryMarks:
    """feedgen's extension for an entry: the title's type, language, links, source and facts."""

    entry: FeedEntry
    setting: Setting

    def extend_atom(self, element: Any) -> Any:
        release = self.entry.release
        element.find("title").set("type", "text")
        language = language_tag(release.language)
        if language:
            element.set(LANG, language)
        for link in element.iterfind("link"):
            link.attrib.update({"rel": "alternate"} | ({"hreflang": language} if language else {}))
        if self.setting.root:
            page = self.setting.root + release_path(release.id)
            add(element, "link", rel="related", type="text/html", href=page)
        add_enclosures(element, self.entry)
        add_source(element, release)
        add_facts(element, self.entry, self.setting)
        return element


def add_enclosures(element: Any, entry: FeedEntry) -> None:
    for one in entry.enclosures:
        known = {"type": one.type, "title": one.title}
        said = {name: value for name, value in known.items() if value}
        add(element, "link", rel="enclosure", href=one.url, **said)


def add_source(element: Any, release: Release) -> None:
    """Where the entry comes from (RFC 4287 4.2.11)."""
    source = add(element, "source")
    add(source, "id", source_id(release))
    add(source, "title", line(release.publisher) or release.source_id)
    add(source, "updated", rfc3339(updated(release)))


FRAME = written(frame())  # what stands around an entry that is written by itself
