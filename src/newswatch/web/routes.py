"""Which address is answered by what."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from newswatch.errors import NewswatchError
from newswatch.web import api
from newswatch.web.doors import Site
from newswatch.web.drills import DrillPages
from newswatch.web.feeds import Feeds
from newswatch.web.headers import SafeHeaders
from newswatch.web.hub import Hub
from newswatch.web.manage import ManagePage
from newswatch.web.metrics import Metrics
from newswatch.web.missions import MissionPages
from newswatch.web.pages import Pages
from newswatch.web.problems import Problems
from newswatch.web.push import Callbacks
from newswatch.web.recipients import Recipients
from newswatch.web.shelf import Shelf
from newswatch.web.site import SitePages
from newswatch.web.unsubscribe import Unsubscribe
from newswatch.web.votes import Votes


def make_app(site: Site) -> Shelf:
    """The web application. Keeps rendered feeds in memory; has no other state."""
    pages = Pages(site)
    feeds, people, problems = Feeds(site, pages), SitePages(site, pages), Problems(pages)
    observed, callbacks = MissionPages(site, pages), Callbacks(site.hooks)
    drills = DrillPages(site.drills, pages)
    recipients = Recipients(site)
    stop, manage = Unsubscribe(recipients, pages), ManagePage(recipients, pages)
    votes = Votes(recipients, pages)
    app = Starlette(
        routes=[
            Route("/", people.index),
            Route("/releases/{release_id}", people.release),
            Route("/missions", observed.index),
            Route("/missions.ics", feeds.missions),
            Route("/missions/{name}.{suffix}", feeds.mission),
            Route("/missions/{name}/{page}.{suffix}", feeds.archive),
            Route("/missions/{mission_id}", observed.mission),
            Route("/status", people.status),
            Route("/feeds/search.{suffix}", feeds.search),
            Route("/feeds/{owner}/calendar.ics", feeds.calendar),
            Route("/feeds/{owner}/{name}.{suffix}", feeds.feed),
            Route("/feeds/{owner}/{name}/{page}.{suffix}", feeds.archive),
            *api.routes(site),
            Route("/push/{token}", callbacks.intent, methods=["GET"]),
            Route("/push/{token}", callbacks.content, methods=["POST"]),
            Route("/drills/{token}", drills.page, methods=["GET"]),
            Route("/drills/{token}", drills.acknowledge, methods=["POST"]),
            Route("/u/{token}", stop.ask, methods=["GET"]),
            Route("/u/{token}", stop.act, methods=["POST"]),
            Route("/manage/{token}", manage.show, methods=["GET"]),
            Route("/manage/{token}", manage.change, methods=["POST"]),
            Route("/useful/{token}/{delivery_id}", votes.ask, methods=["GET"]),
            Route("/useful/{token}/{delivery_id}/{answer}", votes.ask, methods=["GET"]),
            Route("/useful/{token}/{delivery_id}", votes.cast, methods=["POST"]),
            Route("/hub", Hub(site).request, methods=["POST"]),
            Route("/opml", people.opml),
            Route("/static/site.css", people.stylesheet),
            Route("/schemas/webhook-1.json", people.webhook_schema),
            Route("/metrics", Metrics(site).scrape),
            Route("/healthz", people.healthz),
            Route("/readyz", people.readyz),
        ],
        middleware=[Middleware(SafeHeaders)],
        exception_handlers={
            HTTPException: problems.refused,
            NewswatchError: problems.unavailable,
            Exception: problems.refused,
        },
    )
    app.router.redirect_slashes = False  # it would send clients past the base URL's path
    return Shelf(app, feeds.marker, feeds.directory)
