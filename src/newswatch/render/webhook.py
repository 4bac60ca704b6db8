"""A delivery as the JSON body of a webhook (Standard Webhooks 1.0: type, timestamp, data). Pure."""

import json
from datetime import datetime

from newswatch.errors import RenderError
from newswatch.model import Match, Overdue, Release
from newswatch.ports import Message
from newswatch.render.alert import Alert, Item, Letterhead, rule_title, shortened

MOST_BYTES = 20_000  # Standard Webhooks advises to stay below 20 kB
HEADERS = {"content-type": "application/json"}


def render_webhook(alert: Alert) -> Message:
    """The same bytes on every attempt. Raises `RenderError` where they would be too many."""
    (item,) = alert.items
    for length in (2_000, 500, 100):
        body = as_json(payload(item, alert, length))
        if len(body) < MOST_BYTES:
            return Message(alert.channel, alert.deliveries, body, HEADERS)
    raise RenderError(f"the webhook's body would be over {MOST_BYTES:,} bytes")


def as_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def payload(item: Item, alert: Alert, length: int) -> dict[str, object]:
    delivery, late = item.delivery, item.release.overdue
    rules = [
        {"id": match.rule, "title": shortened(rule_title(match, alert.subscriber), length)}
        for match in delivery.matches
    ]
    return {
        "type": "mission.overdue" if late else "release.published",
        "timestamp": rfc3339(delivery.created or item.release.first_seen),
        "data": {
            **(
                overdue_data(item.release, late)
                if late
                else {"release": release_data(item.release, alert.letterhead, length)}
            ),
            "subscriber": alert.subscriber.id,
            "rule": rules[0],
            "rules": rules[:20],
            "why": reasons(delivery.matches, length),
        },
    }


def release_data(release: Release, letterhead: Letterhead, length: int) -> dict[str, object]:
    reading = release.reading
    roles = [(code, "subject") for code in reading.countries]
    roles += [(code, "mentioned") for code in reading.mentioned]
    return {
        "id": release.id,
        "url": release.url,
        "title": shortened(release.title, length),
        "published": published(release),
        "source": {"id": release.source_id, "name": letterhead.source_name(release.source_id)},
        "publisher": release.publisher,
        "content_type": release.content_type,
        "institutions": [shortened(name, 200) for name in release.institutions[:10]],
        "topics": [shortened(name, 200) for name in release.topics[:10]],
        "language": release.language,
        "summary": shortened(release.text, length),
        "countries": [
            {"code": code, "name": letterhead.country_name(code), "role": role}
            for code, role in roles[:50]
        ],
        "event": reading.event,
        "mission": mission(release),
        "version": release.version,
    }


def overdue_data(release: Release, late: Overdue) -> dict[str, object]:
    return {
        "mission": mission(release),
        "step": late.step,
        "due": late.due.isoformat(),
        "page": release.url,
    }


def mission(release: Release) -> dict[str, object] | None:
    """The mission that a release tells of, as far as it is known by then: a release that ends one
    may name neither its type nor its day."""
    known = release.mission
    if known is None:
        return None
    election = next(iter(known.elections), None)
    day = election.date.isoformat() if election and election.date else None
    return {
        "id": known.id,
        "body": known.bodies[0],
        "bodies": list(known.bodies),
        "country": known.country,
        "type": known.type,
        "election": {"kind": election.kind, "date": day} if election else None,
        "transition": release.transition,
    }


def reasons(matches: tuple[Match, ...], length: int) -> list[dict[str, str]]:
    once = dict.fromkeys(why for match in matches for why in match.why)
    return [
        {
            "field": why.field,
            "value": shortened(why.value, 200),
            "evidence": shortened(why.evidence, min(length, 200)),
        }
        for why in list(once)[:20]
    ]


def published(release: Release) -> str | None:
    """A day where the publisher gave a day (RFC 3339 full-date), else the instant."""
    if release.published is None:
        return None
    instant = release.published.instant
    return rfc3339(instant) if instant else release.published.day.isoformat()


def rfc3339(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")
