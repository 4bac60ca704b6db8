"""/api/v1: releases, missions, what people correct in them, and what webhooks were owed."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, time

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from newswatch.errors import RenderError
from newswatch.model import Correction, Delivery, Release
from newswatch.render.example import example
from newswatch.web import shapes
from newswatch.web.catalogue import MISSION_ID, RELEASE_ID
from newswatch.web.conditional import answer
from newswatch.web.doors import Site
from newswatch.web.openapi import document
from newswatch.web.operations import JSON, READ, Asked, Endpoint, Operation, Refusal

ROOT = "/api/v1"
Cursor = tuple[datetime, str]
Place = tuple[int, str]  # a change of the archive, and a delivery's id


class Api:
    """The operations. Their work may block."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def operations(self) -> tuple[Operation, ...]:
        of_release = "/releases/{release_id}/corrections"
        return (
            Operation(
                "GET",
                "/releases",
                "listReleases",
                "The newest releases that meet all that is asked for",
                self.releases,
                shapes.Releases,
                shapes.ReleasesAsked,
            ),
            Operation(
                "GET",
                "/releases/{release_id}",
                "getRelease",
                "A release, with what was read in it and from which words",
                self.release,
                shapes.WholeRelease,
            ),
            Operation(
                "GET",
                "/missions",
                "listMissions",
                "The missions with the latest election or release first",
                self.missions,
                shapes.Missions,
                shapes.MissionsAsked,
            ),
            Operation(
                "GET",
                "/missions/{mission_id}",
                "getMission",
                "A mission: its state, its timeline, what is expected",
                self.mission,
                shapes.Mission,
            ),
            Operation(
                "GET",
                "/events",
                "listEvents",
                "What a subscriber's webhooks were owed after a cursor, one payload a line",
                self.events,
                query=shapes.EventsAsked,
                private=True,
            ),
            Operation(
                "GET",
                "/ledger",
                "getLedger",
                "What happened to a release on its way to a subscriber, from fetch to receipt",
                self.ledger,
                shapes.Ledger,
                query=shapes.LedgerAsked,
                private=True,
            ),
            Operation(
                "GET",
                of_release,
                "listCorrections",
                "What was corrected of a release, by whom and why",
                self.corrections,
                shapes.Corrections,
            ),
            Operation(
                "POST",
                of_release,
                "correct",
                "Correct what was read of a release; it holds for every later version",
                self.correct,
                shapes.WholeRelease,
                body=shapes.Correct,
            ),
            Operation(
                "DELETE",
                of_release,
                "uncorrect",
                "Take all corrections of a release back",
                self.uncorrect,
            ),
            Operation(
                "GET",
                "/corrections.jsonl",
                "exportCorrections",
                "The corrected releases as labelled examples, one a line",
                self.examples,
            ),
        )

    # -- releases -------------------------------------------------------------------------------

    def releases(self, asked: Asked) -> shapes.Releases:
        query: shapes.ReleasesAsked = asked.query
        names = self.source_names()
        if query.source and query.source not in names:
            return shapes.Releases(items=[], next=None)
        found = self.site.search(
            query.limit + 1,
            query=query.q,
            country=query.country,
            event=query.event,
            source=query.source,
            since=as_instant(query.since),
            before=read_cursor(query.cursor) if query.cursor else None,
        )
        shown, more = found[: query.limit], found[query.limit :]
        return shapes.Releases(
            items=[
                shapes.Release.model_validate(
                    shapes.release_fields(one, names, self.site.country_name)
                )
                for one in shown
            ],
            next=cursor(shown[-1]) if more else None,
        )

    def release(self, asked: Asked) -> shapes.WholeRelease:
        return self.whole(self.held(asked))

    def whole(self, release: Release) -> shapes.WholeRelease:
        return shapes.whole(release, self.source_names(), self.site.country_name)

    def held(self, asked: Asked) -> Release:
        """The release that a path names."""
        release_id = asked.path["release_id"]
        found = self.site.release(release_id) if RELEASE_ID.fullmatch(release_id) else None
        if found is None:
            raise Refusal(404, "There is no such release.")
        return found

    def source_names(self) -> dict[str, str]:
        return {source.id: source.name for source in self.site.sources()}

    # -- events ---------------------------------------------------------------------------------

    def events(self, asked: Asked) -> bytes:
        query: shapes.EventsAsked = asked.query
        named = [one for one in self.site.subscribers() if one.id == query.subscriber]
        if not named:
            raise Refusal(404, "There is no such subscriber.")
        after = read_place(query.after) if query.after else (0, "")
        return b"".join(map(event_line, self.site.events(named[0], after, query.limit)))

    def ledger(self, asked: Asked) -> shapes.Ledger:
        query: shapes.LedgerAsked = asked.query
        if all(one.id != query.subscriber for one in self.site.subscribers()):
            raise Refusal(404, "There is no such subscriber.")
        events, account = self.site.ledger(query.release, query.subscriber)
        if not events:
            raise Refusal(404, "There is no such release.")
        return shapes.ledger(query.release, query.subscriber, events, account)

    # -- missions -------------------------------------------------------------------------------

    def missions(self, asked: Asked) -> shapes.Missions:
        query: shapes.MissionsAsked = asked.query
        found = self.site.missions(query.limit, country=query.country, body=query.body)
        today, name = self.site.today(), self.site.country_name
        return shapes.Missions(items=[shapes.mission(one, today, name) for one in found])

    def mission(self, asked: Asked) -> shapes.Mission:
        mission_id = asked.path["mission_id"]
        found = self.site.mission(mission_id) if MISSION_ID.fullmatch(mission_id) else None
        if found is None:
            raise Refusal(404, "There is no such mission.")
        return shapes.mission(found[0], self.site.today(), self.site.country_name)

    # -- corrections ----------------------------------------------------------------------------

    def corrections(self, asked: Asked) -> shapes.Corrections:
        made = self.site.desk.of([self.held(asked).id])
        return shapes.Corrections(items=[shapes.corrected(one) for one in made])

    def correct(self, asked: Asked) -> shapes.WholeRelease:
        release, body = self.held(asked), asked.body
        author, at = body.author or asked.editor, self.site.desk.now()
        made = [
            Correction(release.id, field, value, author, body.reason, at)
            for field, value in body.values().items()
        ]
        return self.whole(self.site.desk.correct(release, made, body.alert))

    def uncorrect(self, asked: Asked) -> None:
        self.site.desk.uncorrect(self.held(asked))

    def examples(self, _asked: Asked) -> bytes:
        ids = dict.fromkeys(one.release_id for one in self.site.desk.every())
        found = self.site.releases(ids)
        lines = (json.dumps(example(found[one]), ensure_ascii=False) for one in ids if one in found)
        return "".join(f"{line}\n" for line in lines).encode()


def routes(site: Site) -> list[Route]:
    """All of the API, and its description."""
    operations = Api(site).operations()
    described = document(operations, ROOT, site.version)

    def description(request: Request) -> Response:
        return answer(request, described, JSON, headers=READ)

    return [
        *(
            Route(ROOT + one.path, Endpoint(one, site.editors).__call__, methods=[one.method])
            for one in operations
        ),
        Route("/api/openapi.json", description),
    ]


def as_instant(since: object) -> datetime | None:
    """Days begin at midnight, UTC; so do instants without a zone count."""
    if since is None:
        return None
    moment = since if isinstance(since, datetime) else datetime.combine(since, time.min)  # type: ignore[arg-type]
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def event_line(found: tuple[Place, Delivery, bytes | RenderError]) -> bytes:
    """The payload as its very bytes, so that what was signed can be compared with it; the error of
    what could not be written."""
    (change, delivery_id), delivery, body = found
    head = {"cursor": f"{change}.{delivery_id}", "id": delivery_id, "channel": delivery.channel}
    if isinstance(body, RenderError):
        return json.dumps(head | {"error": str(body)}).encode() + b"\n"
    return json.dumps(head)[:-1].encode() + b', "payload": ' + body + b"}\n"


def read_place(text: str) -> Place:
    change, _, delivery_id = text.partition(".")
    if not (change.isascii() and change.isdigit() and len(change) < 19):
        raise Refusal(400, "The cursor is none that this API gave.")
    return int(change), delivery_id


def cursor(release: Release) -> str:
    """Where a page ends: what follows is the same, whatever came in front meanwhile."""
    place = f"{release.shown.isoformat()} {release.id}"
    return urlsafe_b64encode(place.encode()).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    try:
        place = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        shown, _, release_id = place.partition(" ")
        moment = datetime.fromisoformat(shown)
    except ValueError:
        raise Refusal(400, "The cursor is none that this API gave.") from None
    if moment.tzinfo is None or not RELEASE_ID.fullmatch(release_id):
        raise Refusal(400, "The cursor is none that this API gave.")
    return moment, release_id
