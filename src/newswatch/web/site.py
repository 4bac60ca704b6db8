"""The site for people: the latest releases, one release, the state of things; and health checks."""

from collections.abc import Mapping
from datetime import datetime
from importlib import resources
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from newswatch.model import Source, SourceState
from newswatch.push import host_of, trouble
from newswatch.render.webhook import schema
from newswatch.render.words import ENGLISH
from newswatch.web.catalogue import RELEASE_ID, rules_feeds
from newswatch.web.conditional import answer
from newswatch.web.doors import Site
from newswatch.web.opml import public_opml
from newswatch.web.pages import Pages

LATEST = 30
OPML = "text/x-opml; charset=utf-8"


class SourceRow(NamedTuple):
    """A source as the status page shows it."""

    source: Source
    state: SourceState | None

    @property
    def failing(self) -> bool:
        return self.state is not None and not self.state.is_well

    @property
    def hub(self) -> str:
        """The host of the hub that is to push it."""
        return host_of(self.state.pushed.hub) if self.state and self.state.pushed else ""

    @property
    def pushed_until(self) -> datetime | None:
        """The end of the lease, where push works."""
        if self.state is None or self.state.pushed is None or trouble(self.state):
            return None
        return self.state.pushed.until

    @property
    def polled(self) -> bool:
        return self.state is not None and self.state.state != "new"


def in_order(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Deliveries by state, from those that wait to those that are done with."""
    return [(state, counts[state]) for state in ENGLISH.deliveries if counts.get(state)]


class SitePages:
    """The endpoints of the site. They block, so Starlette runs them in threads."""

    def __init__(self, site: Site, pages: Pages) -> None:
        self.site = site
        self.pages = pages
        style = resources.files("newswatch.web").joinpath("static/site.css")
        self.style = style.read_bytes()

    def index(self, _request: Request) -> Response:
        values = {"releases": self.site.recent(LATEST), "feeds": list(rules_feeds(self.site))}
        return self.pages.page("index.html", values)

    def release(self, request: Request) -> Response:
        release_id = request.path_params["release_id"]
        release = self.site.release(release_id) if RELEASE_ID.fullmatch(release_id) else None
        if release is None:
            raise HTTPException(404)
        return self.pages.page("release.html", {"release": release})

    def status(self, _request: Request) -> Response:
        states = self.site.states()
        sources = [SourceRow(one, states.get(one.id)) for one in self.site.sources() if one.enabled]
        ready, reason = self.site.ready()
        values = {
            "sources": sources,
            "failing": sum(row.failing for row in sources),
            "counts": in_order(self.site.counts()),
            "channels": sorted(self.site.channels().items()),
            "latencies": self.site.latencies(),
            "ready": ready,
            "reason": reason,
        }
        return self.pages.page("status.html", values, headers={"Cache-Control": "no-store"})

    def opml(self, request: Request) -> Response:
        body = public_opml(self.site)
        return answer(request, body, OPML, headers={"Cache-Control": "public, max-age=60"})

    def stylesheet(self, request: Request) -> Response:
        headers = {"Cache-Control": "public, max-age=3600"}
        return answer(request, self.style, "text/css; charset=utf-8", headers=headers)

    def webhook_schema(self, request: Request) -> Response:
        headers = {"Cache-Control": "public, max-age=3600"}
        return answer(request, schema(), "application/schema+json", headers=headers)

    async def healthz(self, _request: Request) -> Response:
        return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})

    def readyz(self, _request: Request) -> Response:
        ready, reason = self.site.ready()
        return JSONResponse(
            {"ready": ready, "reason": reason},
            200 if ready else 503,
            {"Cache-Control": "no-store"},
        )
