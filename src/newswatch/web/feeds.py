"""The feeds over HTTP: as they are now, their archive pages, what changed since, and searches."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from newswatch.model import Release
from newswatch.render.agenda import Observed
from newswatch.render.formats import FORMATS
from newswatch.rules.find import prepare
from newswatch.rules.rule import Subscriber
from newswatch.web.accept import wants_page
from newswatch.web.catalogue import (
    LONGEST_QUERY,
    Feed,
    Search,
    missions_feed,
    private_calendar,
)
from newswatch.web.coding import WORTH, Codings, chosen
from newswatch.web.conditional import held_tags, is_held, validators_of
from newswatch.web.directory import Directory, Marker
from newswatch.web.doors import Site
from newswatch.web.editions import SUFFIXES, Editions, Kind
from newswatch.web.history import PAGE
from newswatch.web.pages import Pages
from newswatch.web.press import Issue

T = TypeVar("T")
PAGE_NAME = re.compile(r"[1-9]\d{0,8}-[0-9a-f]{16}")
PLACE = re.compile(r"([0-9a-f]{1,9}\.[0-9a-f]{16})\.[0-9a-f]{20}")
AGENDA = 200  # missions in the calendar of all
A_MINUTE = "max-age=60"
FOR_EVER = "max-age=31536000, immutable"
EVERYBODY = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag, IM, Link"}
ONE_READER = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


class Feeds:
    """The feeds' endpoints."""

    def __init__(self, site: Site, pages: Pages) -> None:
        self.site = site
        self.pages = pages
        self.editions = Editions(site)
        self.codings = Codings()
        self.directory = Directory(site)
        self.marker = Marker(site)
        self.one_at_a_time = asyncio.Lock()

    async def alone(self, work: Callable[[], T]) -> T:
        """Work of the editions. Many readers who ask at once wait here, and not in threads."""
        async with self.one_at_a_time:
            return await run_in_threadpool(work)

    async def feed(self, request: Request) -> Response:
        """A feed as it is now: whole, or what changed since the client last asked."""
        kind = await self.kind(request)
        if kind.suffix != "ics" and wants_page(request.headers.get("accept", "")):
            releases = await self.alone(partial(self.editions.releases, kind))
            return await run_in_threadpool(self.page, kind.feed, kind.suffix, releases)
        marker = await self.marker.now()
        issue = self.editions.held(kind, marker)
        if issue is None:
            issue = await self.alone(partial(self.editions.current, kind, marker))
        if delta := await self.delta(request, kind, issue):
            return delta
        return await self.answer(request, kind, issue, A_MINUTE)

    async def mission(self, request: Request) -> Response:
        """What tells of a mission; as a calendar, what is to come of it."""
        if request.path_params["suffix"] != "ics":
            return await self.feed(request)
        kind = await self.kind(request)
        return await self.agenda(request, kind, partial(observed, self.site, kind.feed.key[1]))

    async def missions(self, request: Request) -> Response:
        """The calendar of all missions."""
        kind = Kind(missions_feed(), "ics")
        return await self.agenda(request, kind, partial(all_observed, self.site))

    async def calendar(self, request: Request) -> Response:
        """A subscriber's own calendar; or the one of a rule that is called so."""
        token = request.path_params["owner"]
        found = await run_in_threadpool(private_calendar, self.site, token)
        if found is None:
            request.path_params.update(name="calendar", suffix="ics")
            return await self.feed(request)
        feed, subscriber = found
        find = partial(concerning, self.site, subscriber)
        return await self.agenda(request, Kind(feed, "ics"), find)

    async def agenda(
        self, request: Request, kind: Kind, find: Callable[[], Sequence[Observed]]
    ) -> Response:
        marker = await self.marker.now()
        issue = self.editions.held(kind, marker)
        if issue is None:
            issue = await self.alone(partial(self.editions.agenda, kind, marker, find))
        return await self.answer(request, kind, issue, A_MINUTE)

    async def archive(self, request: Request) -> Response:
        """A page of a feed's archive, at an address that names what is on it."""
        kind, name = await self.kind(request), request.path_params["page"]
        if kind.suffix not in FORMATS or not PAGE_NAME.fullmatch(name):
            raise HTTPException(404)
        issue = await self.alone(partial(self.editions.archived, kind, name))
        if issue is None:
            raise HTTPException(404)
        return await self.answer(request, kind, issue, FOR_EVER)

    async def search(self, request: Request) -> Response:
        """The newest releases that a search finds."""
        search = search_of(request)
        if not await run_in_threadpool(search.is_possible, self.site):
            raise HTTPException(404)
        suffix, found = request.path_params["suffix"], partial(self.found, search)
        return await self.listed(request, search.feed(self.site), suffix, found)

    async def listed(
        self, request: Request, feed: Feed, suffix: str, find: Callable[[], Sequence[Release]]
    ) -> Response:
        """A feed of the releases that `find` gives, newest first: `find` may block."""
        if suffix not in SUFFIXES:
            raise HTTPException(404)
        if suffix != "ics" and wants_page(request.headers.get("accept", "")):
            return await run_in_threadpool(lambda: self.page(feed, suffix, find()))
        kind = Kind(feed, suffix)
        marker = await self.marker.now()
        issue = self.editions.held(kind, marker)
        if issue is None:
            issue = await self.alone(partial(self.editions.listed, kind, marker, find))
        return await self.answer(request, kind, issue, A_MINUTE)

    async def kind(self, request: Request) -> Kind:
        """What an address means; one without an owner is a mission's. Raises `HTTPException` where
        that is nothing."""
        owner = request.path_params.get("owner", "")
        name, suffix = (request.path_params[one] for one in ("name", "suffix"))
        kind = self.directory.known(owner, name, suffix)
        if kind is None and suffix in SUFFIXES:
            kind = await run_in_threadpool(self.directory.find, owner, name, suffix)
        if kind is None:
            raise HTTPException(404)
        return kind

    def found(self, search: Search) -> Sequence[Release]:
        return self.site.search(
            PAGE,
            query=search.q or None,
            country=search.country or None,
            event=search.event or None,
            source=search.source or None,
        )

    def page(self, feed: Feed, suffix: str, releases: Sequence[Release]) -> Response:
        values = {
            "feed": feed,
            "url": feed.head(self.site, suffix).self_url,
            "releases": releases,
            "suffix": suffix,
        }
        return self.pages.page("feed.html", values, headers=caching(feed, A_MINUTE))

    # -- answers --------------------------------------------------------------------------------

    async def delta(self, request: Request, kind: Kind, now: Issue) -> Response | None:
        """226 with what changed since a document that the client holds (RFC 3229), if it asks for
        that, and if this can be told. Its tag is that of the feed which the client then has."""
        if not takes_feed(request.headers) or is_held(request.headers, now.tag, None):
            return None
        for tag in held_tags(request.headers):
            place = PLACE.fullmatch(tag)
            work = partial(self.editions.delta, kind, place[1]) if place else None
            delta = await self.alone(work) if work else None
            if delta:
                based = {"IM": "feed", "Delta-Base": f'"{tag}"', "Cache-Control": "no-store, im"}
                told = self.headers(kind, now, A_MINUTE) | based
                return await self.sent(request, replace(now, body=delta.body), told, 226)
        return None

    async def answer(self, request: Request, kind: Kind, issue: Issue, freshness: str) -> Response:
        """A document, or 304."""
        headers = self.headers(kind, issue, freshness)
        if is_held(request.headers, issue.tag, issue.updated):
            tag = coded_tag(issue, coding_of(request, issue))
            return Response(None, 304, validators_of(tag, issue.updated) | headers)
        return await self.sent(request, issue, headers, 200)

    def headers(self, kind: Kind, issue: Issue, freshness: str) -> dict[str, str]:
        """With the document's own address, and the hub of a feed as it is now (WebSub 4)."""
        head = kind.feed.head(self.site, kind.suffix)
        is_followed = head.hub and kind.suffix in FORMATS and issue.address == head.self_url
        hub = f', <{head.hub}>; rel="hub"' if is_followed else ""
        return caching(kind.feed, freshness) | {
            "Content-Type": f"{kind.media_type}; charset=utf-8",
            "Link": f'<{issue.address}>; rel="self"{hub}',
        }

    async def sent(
        self, request: Request, issue: Issue, headers: dict[str, str], status: int
    ) -> Response:
        """The document in the coding that the client likes best."""
        coding, body = coding_of(request, issue), issue.body
        if coding:
            body = await run_in_threadpool(self.codings.coded, issue.body, coding)
            headers["Content-Encoding"] = coding
        tag = coded_tag(issue, coding)
        return Response(body, status, validators_of(tag, issue.updated) | headers)


def observed(site: Site, mission_id: str) -> Sequence[Observed]:
    found = site.mission(mission_id)
    return [found] if found else []


def all_observed(site: Site) -> Sequence[Observed]:
    """The latest missions, with their releases read at once."""
    missions = site.missions(AGENDA)
    releases = site.releases(step.release_id for one in missions for step in one.steps)
    return [
        (one, {s.release_id: releases[s.release_id] for s in one.steps if s.release_id in releases})
        for one in missions
    ]


def concerning(site: Site, subscriber: Subscriber) -> Sequence[Observed]:
    """The latest missions that one of the subscriber's rules is about."""
    conditions = [rule.condition for rule in subscriber.rules]

    def is_met(release: Release) -> bool:
        text = prepare(release)
        return any(condition.meets(text) is not None for condition in conditions)

    return [one for one in all_observed(site) if any(map(is_met, one[1].values()))]


def coding_of(request: Request, issue: Issue) -> str:
    wanted = request.headers.get("accept-encoding", "")
    return chosen(wanted) if len(issue.body) >= WORTH else ""


def coded_tag(issue: Issue, coding: str) -> str:
    """Bytes in another coding are others, and need another tag (RFC 9110 8.8.3.3)."""
    return f"{issue.tag}-{coding}" if coding else issue.tag


def caching(feed: Feed, freshness: str) -> dict[str, str]:
    scope = "public" if feed.is_public else "private"
    cached = {"Cache-Control": f"{scope}, {freshness}", "Vary": "Accept, Accept-Encoding"}
    return cached | (EVERYBODY if feed.is_public else ONE_READER)


def takes_feed(headers: Headers) -> bool:
    """Whether the client applies the manipulation "feed" (RFC 3229 10.5.3)."""
    for one in ",".join(headers.getlist("a-im")).lower().split(","):
        name, _, weight = one.partition(";")
        if name.strip() == "feed" and weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00"):
            return True
    return False


def search_of(request: Request) -> Search:
    """What is asked for; what else stands in the query is ignored. Raises `HTTPException`."""
    asked = request.query_params
    words = " ".join(asked.get("q", "").split())
    if len(words) > LONGEST_QUERY or "\0" in words:
        raise HTTPException(400)
    return Search(words, *(asked.get(name, "") for name in ("country", "event", "source")))
