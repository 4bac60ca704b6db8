"""Sample newsrooms on loopback: three with a feed, one with a listing page, all with ETags."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from importlib.resources import files
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ZONE = ZoneInfo("Europe/Vienna")


@dataclass(frozen=True, slots=True)
class Sample:
    """One release of a sample newsroom."""

    newsroom: str
    slug: str
    title: str
    published: date
    content_type: str | None
    institutions: tuple[str, ...]
    topics: tuple[str, ...]
    teaser: str
    live: bool = False  # appears while the demo runs


def samples() -> tuple[Sample, ...]:
    """The releases of all sample newsrooms, newest first."""
    text = files("newswatch.demo").joinpath("data/releases.jsonl").read_text(encoding="utf-8")
    found = [sample(json.loads(line)) for line in text.splitlines() if line.strip()]
    return tuple(sorted(found, key=lambda one: one.published, reverse=True))


def sample(record: dict[str, object]) -> Sample:
    def texts(key: str) -> tuple[str, ...]:
        value = record.get(key)
        return tuple(str(item) for item in value) if isinstance(value, list) else ()

    return Sample(
        newsroom=str(record["newsroom"]),
        slug=str(record["slug"]),
        title=str(record["title"]),
        published=date.fromisoformat(str(record["published"])),
        content_type=str(record["content_type"]) if record.get("content_type") else None,
        institutions=texts("institutions"),
        topics=texts("topics"),
        teaser=str(record["teaser"]),
        live=bool(record.get("live")),
    )


@dataclass(slots=True)
class Newsrooms:
    """What the newsrooms show now; a release is published by adding it."""

    shown: list[Sample]
    served: dict[int, int] = field(default_factory=dict)  # answers, by status

    def publish(self, release: Sample) -> None:
        self.shown.insert(0, release)

    def of(self, newsroom: str) -> list[Sample]:
        return [one for one in self.shown if one.newsroom == newsroom]

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/{newsroom}/news", self.listing),
                Route("/{newsroom}/feed.xml", self.feed),
                Route("/{newsroom}/{slug}", self.page),
            ]
        )

    async def listing(self, request: Request) -> Response:
        return self.answer(
            request, as_listing(self.of(request.path_params["newsroom"])), "text/html"
        )

    async def feed(self, request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        newsroom = request.path_params["newsroom"]
        return self.answer(
            request, as_rss(newsroom, self.of(newsroom), base), "application/rss+xml"
        )

    async def page(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        found = next((one for one in self.shown if one.slug == slug), None)
        if found is None:
            raise HTTPException(404)
        return self.answer(request, as_page(found), "text/html")

    def answer(self, request: Request, body: bytes, media_type: str) -> Response:
        """With an ETag, and 304 where the reader has it already (RFC 9110 section 13.1.2)."""
        etag = f'"{sha256(body).hexdigest()[:16]}"'
        is_known = request.headers.get("if-none-match") == etag
        status = 304 if is_known else 200
        self.served[status] = self.served.get(status, 0) + 1
        return Response(
            b"" if is_known else body,
            status,
            {"etag": etag},
            media_type=f"{media_type}; charset=utf-8",
        )


def in_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def as_listing(releases: Sequence[Sample]) -> bytes:
    """A listing page in the markup of the first newsroom that newswatch was made for."""
    results = "".join(listing_item(release) for release in releases)
    return (
        '<!DOCTYPE html><html lang="en"><head><title>Newsroom</title></head><body><h1>Newsroom</h1>'
        '<div class="panel-pane pane-apachesolr-result"><div class="pane-content">'
        f"{results}</div></div></body></html>"
    ).encode()


def listing_item(release: Sample) -> str:
    fields = (
        ("Content type", release.content_type or ""),
        ("Where we are", ", ".join(release.institutions)),
        ("What we do", ", ".join(release.topics)),
    )
    rows = "".join(
        f"<div><span>{label}:</span> {escape(value)}</div>" for label, value in fields if value
    )
    return (
        f'<dl class="search-result-news"><dt class="search-title"><h3><a href="{release.slug}">'
        f"{escape(release.title)}</a></h3></dt><dd>"
        f'<div class="publishing-date"><span>Publishing date:</span> {in_words(release.published)}</div>'
        f'{rows}<div class="search-snippet">{escape(release.teaser)}</div></dd></dl>'
    )


def as_rss(newsroom: str, releases: Sequence[Sample], base: str) -> bytes:
    items = "".join(rss_item(release, base) for release in releases)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
        f"<title>{newsroom}</title><link>{base}/{newsroom}/news</link>"
        f"<description>A sample newsroom</description><language>en</language>{items}</channel></rss>"
    ).encode()


def rss_item(release: Sample, base: str) -> str:
    midnight = datetime.combine(release.published, time(0), ZONE)
    kinds = [("Content type", release.content_type or "")]
    kinds += [("Where we are", name) for name in release.institutions]
    kinds += [("What we do", name) for name in release.topics]
    categories = "".join(
        f'<category domain="{kind}">{escape(value)}</category>' for kind, value in kinds if value
    )
    return (
        f"<item><title>{escape(release.title)}</title>"
        f"<link>{base}/{release.newsroom}/{release.slug}</link>"
        f'<guid isPermaLink="false">{release.slug}</guid>'
        f"<pubDate>{format_datetime(midnight)}</pubDate>"
        f"<description>{escape(escape(release.teaser, quote=False))}</description>{categories}</item>"
    )


def as_page(release: Sample) -> bytes:
    return (
        f"<!DOCTYPE html><html lang=en><title>{escape(release.title)}</title>"
        f"<h1>{escape(release.title)}</h1><p>{in_words(release.published)}</p>"
        f"<p>{escape(release.teaser)}</p></html>"
    ).encode()
