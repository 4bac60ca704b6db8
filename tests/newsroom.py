"""Sample newsrooms: the same releases as a listing page, as RSS 2.0 and as Atom.

The listing has the markup of the search results that the OSCE newsroom had for years: a label and
a value in one element, fields that are often missing, a pager.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from email.utils import format_datetime
from html import escape
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Item:
    """One release as its newsroom has it."""

    slug: str
    title: str
    published: date
    teaser: str
    content_type: str | None = None
    where: tuple[str, ...] = ()
    what: tuple[str, ...] = ()

    @classmethod
    def of(cls, record: dict) -> "Item":
        """From a JSON record {id, title, published, content_type, where, what, teaser}."""
        return cls(
            slug=record["id"],
            title=record["title"],
            published=date.fromisoformat(record["published"]),
            teaser=record["teaser"],
            content_type=record["content_type"],
            where=tuple(record["where"]),
            what=tuple(record["what"]),
        )


def day(published: date) -> str:
    """5 February 2025"""
    return f"{published.day} {published:%B %Y}"


def as_listing(items: Sequence[Item]) -> bytes:
    results = "".join(listing_item(item) for item in items)
    return f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Newsroom</title></head>
<body><nav><a href="/">Home</a></nav><h1>Newsroom</h1>
<div class="panel-pane pane-apachesolr-result"><div class="pane-content">{results}</div></div>
<ul class="pager"><li class="pager-item"><a href="?page=1">2</a></li>
<li class="pager-next"><a href="?page=1">next</a></li></ul></body></html>""".encode()


def listing_item(item: Item) -> str:
    fields = [
        ("content-type", "Content type", item.content_type or ""),
        ("where-we-are", "Where we are", ", ".join(item.where)),
        ("what-we-do", "What we do", ", ".join(item.what)),
    ]
    rows = "".join(
        f'<div class="{name}"><span class="label">{label}:</span> {escape(value)}</div>'
        for name, label, value in fields
        if value
    )
    return f"""<dl class="search-result-news">
  <dt class="search-title"><h3><a href="/releases/{item.slug}">{escape(item.title)}</a></h3></dt>
  <dd><div class="publishing-date"><span>Publishing date:</span> {day(item.published)}</div>
  {rows}<div class="search-snippet">{escape(item.teaser)}</div></dd>
</dl>"""


def midnight(published: date, zone: str) -> datetime:
    return datetime.combine(published, time(0), ZoneInfo(zone))


def as_rss(items: Sequence[Item], base: str, zone: str = "Europe/Vienna") -> bytes:
    body = "".join(
        f"<item><title>{escape(item.title)}</title><link>{base}/releases/{item.slug}</link>"
        f"<guid isPermaLink='false'>{item.slug}</guid>"
        f"<pubDate>{format_datetime(midnight(item.published, zone))}</pubDate>"
        f"<description>{escape(escape(item.teaser, quote=False))}</description>"
        + "".join(
            f'<category domain="{domain}">{escape(value)}</category>'
            for domain, value in categories(item)
        )
        + "</item>"
        for item in items
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Newsroom</title>'
        f"<link>{base}/</link><description>News</description><language>en</language>{body}"
        "</channel></rss>"
    ).encode()


def categories(item: Item) -> list[tuple[str, str]]:
    kind = [("Content type", item.content_type)] if item.content_type else []
    return (
        kind
        + [("Where we are", value) for value in item.where]
        + [("What we do", value) for value in item.what]
    )


def as_atom(items: Sequence[Item], base: str, zone: str = "Europe/Vienna") -> bytes:
    body = "".join(
        f'<entry><title>{escape(item.title)}</title><link href="/releases/{item.slug}"/>'
        f"<id>tag:newsroom.test,2025:{item.slug}</id>"
        f"<published>{midnight(item.published, zone).isoformat()}</published>"
        f"<updated>{midnight(item.published, zone).isoformat()}</updated>"
        f"<summary>{escape(item.teaser)}</summary>"
        + "".join(
            f'<category scheme="urn:newsroom:{domain.lower().replace(" ", "-")}" term="{escape(value)}"/>'
            for domain, value in categories(item)
        )
        + "</entry>"
        for item in items
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        f'xml:base="{base}/" xml:lang="en"><title>Newsroom</title><id>tag:newsroom.test,2025:all</id>'
        f"<updated>2025-02-05T00:00:00+01:00</updated>{body}</feed>"
    ).encode()
