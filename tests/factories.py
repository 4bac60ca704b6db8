"""Values with sane defaults for the tests: name what matters, the rest is filled in."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from newswatch.model import (
    Change,
    Delivery,
    Document,
    Election,
    Entry,
    Evidence,
    Match,
    Poll,
    Published,
    Reading,
    Release,
    Source,
    SourceState,
    Validators,
    Why,
)

NOW = datetime(2025, 2, 5, 9, 0, tzinfo=UTC)


def make_source(**fields: Any) -> Source:
    defaults: dict[str, Any] = {
        "id": "newsroom",
        "name": "An observer's newsroom",
        "kind": "feed",
        "url": "https://newsroom.example/feed",
        "publisher": "The observers",
        "language": "en",
        "timezone": "Europe/Vienna",
        "every": timedelta(minutes=30),
        "unconditional": timedelta(minutes=30),
    }
    return Source(**defaults | fields)


def make_document(body: bytes = b"", **fields: Any) -> Document:
    defaults: dict[str, Any] = {
        "url": "https://newsroom.example/feed",
        "content_type": "application/rss+xml; charset=utf-8",
        "body": body,
        "validators": Validators(etag=b'"1"'),
    }
    return Document(**defaults | fields)


def make_entry(**fields: Any) -> Entry:
    defaults: dict[str, Any] = {
        "title": "Observers open mission to Ruritania",
        "link": "https://newsroom.example/releases/1",
        "id": "https://newsroom.example/releases/1",
        "published": Published(date(2025, 2, 5)),
        "summary": "The observers opened a mission for the elections in Ruritania.",
        "content_type": "Press release",
        "institutions": ("Office of the observers",),
        "topics": ("Elections",),
        "language": "en",
    }
    return Entry(**defaults | fields)


def make_reading(**fields: Any) -> Reading:
    defaults: dict[str, Any] = {
        "countries": ("MD",),
        "mentioned": ("RO",),
        "event": "mission.opened",
        "mission": "EOM",
        "elections": (Election("presidential", date(2025, 5, 4)),),
        "evidence": (Evidence("country", "MD", "title", 26, 33, "Moldova", 0.9),),
    }
    return Reading(**defaults | fields)


def make_release(**fields: Any) -> Release:
    defaults: dict[str, Any] = {
        "id": "00000000000000a1",
        "source_id": "newsroom",
        "publisher": "The observers",
        "url": "https://newsroom.example/releases/1",
        "title": "Observers open mission to Moldova",
        "first_seen": NOW,
        "fingerprint": "f1",
        "published": Published(date(2025, 2, 5)),
        "content_type": "Press release",
        "institutions": ("Office of the observers",),
        "topics": ("Elections",),
        "text": "The observers opened a mission for the elections in Moldova.",
        "html": "<p>The observers opened a mission for the elections in Moldova.</p>",
        "language": "en",
        "reading": make_reading(),
    }
    return Release(**defaults | fields)


def make_match(**fields: Any) -> Match:
    defaults: dict[str, Any] = {
        "subscriber": "desk",
        "rule": "missions",
        "release_id": "00000000000000a1",
        "version": 1,
        "why": (Why("country", "MD", "Moldova"),),
    }
    return Match(**defaults | fields)


def make_delivery(**fields: Any) -> Delivery:
    """Its matches are of the same subscriber, release and version, unless they are given."""
    defaults: dict[str, Any] = {
        "id": "d1",
        "subscriber": "desk",
        "channel": "mail",
        "release_id": "00000000000000a1",
        "version": 1,
        "due": NOW,
        "created": NOW,
    }
    whole = defaults | fields
    same = {name: whole[name] for name in ("subscriber", "release_id", "version")}
    return Delivery(**{"matches": (make_match(**same),)} | whole)


def make_state(**fields: Any) -> SourceState:
    """The state of a source after a good poll."""
    defaults: dict[str, Any] = {
        "source_id": "newsroom",
        "next_poll": NOW.replace(hour=10),
        "validators": Validators(etag=b'"1"'),
        "body_hash": "b1",
        "state": "ok",
        "polled_once": True,
        "last_poll": NOW,
        "last_success": NOW,
    }
    return SourceState(**defaults | fields)


def make_poll(**fields: Any) -> Poll:
    """A poll that brought one new release, owed to one subscriber, unless told otherwise."""
    defaults: dict[str, Any] = {
        "source_id": "newsroom",
        "at": NOW,
        "changes": (Change("new", make_release(), (make_match(),)),),
        "deliveries": (make_delivery(),),
    }
    whole = defaults | fields
    return Poll(**{"state": make_state(source_id=whole["source_id"])} | whole)
