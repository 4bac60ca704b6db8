"""Releases to an Atom feed (RFC 4287) whose bytes depend on nothing but its arguments. Pure.

feedgen writes the elements it writes right; `FeedMarks` and `EntryMarks`, its registered extensions,
write the rest: the type of titles, the language, typed links, the source, and the facts.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from urllib.parse import quote, urlsplit

from feedgen.feed import FeedGenerator
from lxml import etree

from newswatch.model import Release

FACTS = "urn:newswatch:facts:1"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOON = time(12, tzinfo=UTC)
SUMMARY = 500  # characters, where the content stands beside it

# what XML 1.0 (2.2) forbids, the other control characters, and those that turn the text's direction
ILLEGAL = re.compile(
    "[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
URI_CHARACTERS = "%/:=&?~#+!$,;'@()*[]"

CountryName = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class FeedHead:
    """What a feed says of itself. `id` never changes; `site_url` is where its site is rooted."""

    id: str
    title: str
    self_url: str
    site_url: str
    subtitle: str = ""
    author: str = "newswatch"


def render_atom(head: FeedHead, releases: Sequence[Release], country_name: CountryName) -> bytes:
    """The feed, in the order of `releases`: UTF-8, the same for the same arguments."""
    feed = FeedGenerator()
    feed.register_extension("marks", FeedMarks, EntryMarks, rss=False)
    feed.id(legal(head.id))
    feed.title(line(head.title) or legal(head.id))
    feed.updated(feed_updated(releases))
    feed.author({"name": line(head.author) or "newswatch"})
    feed.link(href=address(head.site_url), rel="alternate", type="text/html")
    feed.link(href=address(head.self_url), rel="self", type="application/atom+xml")
    feed.generator("newswatch")
    if head.subtitle:
        feed.subtitle(line(head.subtitle))
    for release in releases:
        fill(feed.add_entry(order="append"), head, release, country_name)
    written: bytes = feed.atom_str(pretty=True)
    return written


def feed_updated(releases: Sequence[Release]) -> datetime:
    """When the feed last changed, to the second: the newest change of its releases, else 1970."""
    return max(map(updated, releases), default=EPOCH)


def updated(release: Release) -> datetime:
    """When the release last changed, to the second."""
    return (release.updated or release.first_seen).astimezone(UTC).replace(microsecond=0)


def published(release: Release) -> datetime | None:
    """The publishing instant. A day becomes its noon in UTC: the same day in nearly every zone."""
    if release.published is None:
        return None
    instant = release.published.instant
    if instant is None:
        return datetime.combine(release.published.day, NOON)
    return instant.astimezone(UTC).replace(microsecond=0)


def event_label(event: str) -> str:
    """An event in words: "mission.opened" is "Mission opened"."""
    return event.replace(".", " ").replace("_", " ").capitalize()


def release_path(release_id: str) -> str:
    """Where a release's page is, below the site's root."""
    return f"/releases/{release_id}"


# -- text and addresses that may go out ----------------------------------------------------------


def legal(text: str) -> str:
    """The text without characters that XML forbids, and without those that turn its direction."""
    return ILLEGAL.sub("", text)


def line(text: str) -> str:
    """The text as one legal line."""
    return " ".join(legal(text).split())


def address(url: str) -> str:
    """The URL with what RFC 3986 does not allow percent-encoded; empty if it is not http(s)."""
    url = legal(url).strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    return quote(url, safe=URI_CHARACTERS)


def shortened(text: str, limit: int = SUMMARY) -> str:
    """At most `limit` characters and an ellipsis, cut between words where there are any."""
    if len(text) <= limit:
        return text
    start, _, _ = text[: limit + 1].rpartition(" ")
    return (start or text[:limit]) + " …"


# -- one entry -----------------------------------------------------------------------------------


def fill(entry: Any, head: FeedHead, release: Release, country_name: CountryName) -> None:
    entry.id(f"urn:newswatch:release:{release.id}")
    entry.title(line(release.title) or "Untitled")
    entry.updated(updated(release))
    entry.published(published(release))
    entry.author({"name": line(release.publisher)})
    for scheme, term, label in categories(release, country_name):
        entry.category(term=term, scheme=f"urn:newswatch:{scheme}", label=label)
    fill_text(entry, release)
    entry.marks.facts = Facts(release, address(head.site_url.rstrip("/")), country_name)


def fill_text(entry: Any, release: Release) -> None:
    """Link, summary and content. Without a link, an entry must have content (RFC 4287 4.1.2)."""
    link, text, html = address(release.url), legal(release.text), legal(release.html)
    if link:
        entry.link(href=link)
    if html:
        entry.content(html, type="html")
    elif not link:
        entry.content(text or line(release.title) or "Untitled", type="text")
    if text:
        entry.summary(shortened(text) if html else text, type="text")


def categories(release: Release, country_name: CountryName) -> Iterator[tuple[str, str, str]]:
    """Scheme, term and label: the countries it is about, the event, topics and institutions."""
    reading = release.reading
    for code in reading.countries:
        yield "country", line(code), line(country_name(code))
    if reading.event != "none":
        yield "event", line(reading.event), line(event_label(reading.event))
    for scheme, names in (("topic", release.topics), ("institution", release.institutions)):
        for name in dict.fromkeys(filter(None, map(line, names))):
            yield scheme, name, name


# -- what feedgen does not write -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Facts:
    """What an entry's extension needs; `root` is the site's address without a slash at its end."""

    release: Release
    root: str
    country_name: CountryName


class FeedMarks:
    """feedgen's extension for the feed: the namespace of the facts, and the type of its texts."""

    def extend_ns(self) -> dict[str, str]:
        return {"nw": FACTS}

    def extend_atom(self, feed: Any) -> Any:
        for name in ("title", "subtitle"):
            for element in feed.iterfind(name):
                element.set("type", "text")
        return feed


class EntryMarks:
    """feedgen's extension for an entry: the title's type, language, links, source and facts."""

    facts: Facts

    def extend_atom(self, entry: Any) -> Any:
        release = self.facts.release
        entry.find("title").set("type", "text")
        if release.language and LANGUAGE.fullmatch(release.language):
            entry.set(LANG, release.language)
        if self.facts.root:
            add(entry, "link", rel="related", type="text/html", href=self.page())
        add_source(entry, release)
        add_facts(entry, release, self.facts.country_name)
        return entry

    def page(self) -> str:
        return self.facts.root + release_path(self.facts.release.id)


def add(parent: Any, name: str, text: str = "", **attributes: str) -> Any:
    element = etree.SubElement(parent, name, attributes)
    element.text = legal(text) or None
    return element


def add_source(entry: Any, release: Release) -> None:
    """Where the entry comes from (RFC 4287 4.2.11)."""
    source = add(entry, "source")
    add(source, "id", f"urn:newswatch:source:{quote(legal(release.source_id))}")
    add(source, "title", line(release.publisher) or release.source_id)
    add(source, "updated", updated(release).isoformat())


def add_facts(entry: Any, release: Release, country_name: CountryName) -> None:
    reading = release.reading
    if release.published:
        said = release.published.instant or release.published.day
        add_fact(entry, "published", said.isoformat(), precision=release.published.precision)
    if reading.event != "none":
        add_fact(entry, "event", reading.event)
    for role, codes in (("subject", reading.countries), ("mentioned", reading.mentioned)):
        for code in codes:
            add_fact(entry, "country", country_name(code), code=legal(code), role=role)
    if reading.mission:
        add_fact(entry, "mission", type=legal(reading.mission))
    for election in reading.elections:
        day = {"date": election.date.isoformat()} if election.date else {}
        add_fact(entry, "election", kind=legal(election.kind), **day)


def add_fact(entry: Any, name: str, text: str = "", **attributes: str) -> None:
    add(entry, f"{{{FACTS}}}{name}", text, **attributes)
