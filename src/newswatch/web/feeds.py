"""The curated feeds: each public or private rule's newest matching releases, as Atom or as a page."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from newswatch.model import Release
from newswatch.render.atom import render_atom
from newswatch.render.entry import FeedHead, feed_updated
from newswatch.rules.find import ReleaseText, prepare
from newswatch.rules.rule import Rule, Subscriber
from newswatch.web.accept import wants_page
from newswatch.web.conditional import answer
from newswatch.web.doors import Site
from newswatch.web.pages import Pages

CONSIDERED = 1_000  # of the newest releases, those that a feed is taken from
LENGTH = 50  # entries in a feed
ATOM = "application/atom+xml; charset=utf-8"
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
PUBLIC = {"Cache-Control": "public, max-age=60", "Vary": "Accept"}
PRIVATE = {
    "Cache-Control": "private, max-age=60",
    "Vary": "Accept",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


@dataclass(frozen=True, slots=True)
class Feed:
    """A rule that has a feed, with whom it belongs to and its path below the site's root."""

    subscriber: Subscriber
    rule: Rule
    path: str

    @property
    def headers(self) -> dict[str, str]:
        return PUBLIC if self.rule.feed.visibility == "public" else PRIVATE


@dataclass(frozen=True, slots=True)
class Rendered:
    """A feed as it was at a marker. `feed` tells whether it is still the same rule and address."""

    marker: str
    feed: Feed
    releases: tuple[Release, ...]
    body: bytes
    updated: datetime

    def is_of(self, marker: str, feed: Feed) -> bool:
        same = self.feed.rule is feed.rule and self.feed.path == feed.path
        return same and self.marker == marker


def public_feeds(site: Site) -> Iterator[Feed]:
    """All of them, in the order of the configuration."""
    for subscriber in site.subscribers():
        for rule in subscriber.rules:
            if rule.feed.visibility == "public":
                yield Feed(subscriber, rule, feed_path(subscriber.id, rule.id))


def feed_path(owner: str, rule_id: str) -> str:
    return f"/feeds/{quote(owner, safe='')}/{quote(rule_id, safe='')}.atom"


def find_feed(site: Site, owner: str, rule_id: str) -> Feed | None:
    """The feed at an address; `owner` is a subscriber's id, or the token of a private feed."""
    for feed in public_feeds(site):
        if (feed.subscriber.id, feed.rule.id) == (owner, rule_id):
            return feed
    if not TOKEN.fullmatch(owner):
        return None
    opened = site.feed_by_token(sha256(owner.encode()).hexdigest())
    if opened is None or opened[1] != rule_id:
        return None
    return private_feed(site, opened, feed_path(owner, rule_id))


def private_feed(site: Site, opened: tuple[str, str], path: str) -> Feed | None:
    """What a token opens, unless the configuration has since taken it away."""
    for subscriber in site.subscribers():
        for rule in subscriber.rules:
            if (subscriber.id, rule.id) == opened and rule.feed.visibility == "private":
                return Feed(subscriber, rule, path)
    return None


class Feeds:
    """The feeds' endpoint. Keeps what it rendered until a release or the rule changes."""

    def __init__(self, site: Site, pages: Pages) -> None:
        self.site = site
        self.pages = pages
        self.rendered: dict[tuple[str, str], Rendered] = {}
        self.texts: Mapping[Release, ReleaseText] = {}
        self.one_at_a_time = asyncio.Lock()

    async def endpoint(self, request: Request) -> Response:
        owner, rule_id = request.path_params["owner"], request.path_params["rule"]
        feed = await run_in_threadpool(find_feed, self.site, owner, rule_id)
        if feed is None:
            raise HTTPException(404)
        rendered = await self.current(feed)
        if wants_page(request.headers.get("accept", "")):
            return self.page(rendered)
        return answer(
            request, rendered.body, ATOM, headers=feed.headers, last_modified=rendered.updated
        )

    def page(self, rendered: Rendered) -> Response:
        feed = rendered.feed
        values = {
            "feed": feed,
            "url": self.site.address + feed.path,
            "releases": rendered.releases,
            "updated": rendered.updated if rendered.releases else None,
        }
        return self.pages.page("feed.html", values, headers=feed.headers)

    async def current(self, feed: Feed) -> Rendered:
        """The feed as of now; many readers that ask at once have it rendered once."""
        marker = await run_in_threadpool(self.site.marker)
        if held := self.held(marker, feed):
            return held
        async with self.one_at_a_time:
            if held := self.held(marker, feed):
                return held
            return await run_in_threadpool(self.render, marker, feed)

    def held(self, marker: str, feed: Feed) -> Rendered | None:
        held = self.rendered.get((feed.subscriber.id, feed.rule.id))
        return held if held and held.is_of(marker, feed) else None

    def render(self, marker: str, feed: Feed) -> Rendered:
        meets = feed.rule.condition.meets
        matching = [release for release, text in self.prepared().items() if meets(text)]
        releases = tuple(matching[:LENGTH])
        body = render_atom(feed_head(self.site, feed), releases, self.site.country_name)
        rendered = Rendered(marker, feed, releases, body, feed_updated(releases))
        self.rendered[feed.subscriber.id, feed.rule.id] = rendered
        return rendered

    def prepared(self) -> Mapping[Release, ReleaseText]:
        """The releases that feeds are taken from; those that are as they were are kept."""
        releases = self.site.recent(CONSIDERED)
        self.texts = {one: self.texts.get(one) or prepare(one) for one in releases}
        return self.texts


def feed_head(site: Site, feed: Feed) -> FeedHead:
    """The id is made of the names in the configuration, so that a new base URL does not change it."""
    names = (quote(feed.subscriber.id, safe=""), quote(feed.rule.id, safe=""))
    return FeedHead(
        id="urn:newswatch:feed:" + ":".join(names),
        title=feed.rule.title,
        self_url=site.address + feed.path,
        site_url=site.address + "/",
        subtitle=f"Chosen by newswatch for {feed.subscriber.name}",
    )
