"""A delivery as the JSON body of a webhook (Standard Webhooks 1.0: type, timestamp, data). Pure.

schemas/webhook-1.json says what is in it. The body is as it is in a CloudEvents 1.0 envelope
(structured mode, JSON format) or in a template's shape where the channel asks for that.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Any

from newswatch.errors import RenderError
from newswatch.model import DRILL, Match, Overdue, Release
from newswatch.ports import Message
from newswatch.render.alert import Alert, Item, Letterhead, rule_title, shortened

MOST_BYTES = 20_000  # Standard Webhooks advises to stay below 20 kB
HEADERS = {"content-type": "application/json"}
CLOUDEVENTS = {"content-type": "application/cloudevents+json; charset=utf-8"}
SCHEMA, EXAMPLE = "webhook-1.json", "webhook-1.example.json"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of what can be cut is said: characters of texts, and entries of lists."""

    summary: int
    title: int
    words: int
    entries: int


# The summary is cut first: whoever wants all of it follows the link.
SMALLER_AND_SMALLER = (
    Sizes(2_000, 500, 200, 20),
    Sizes(500, 500, 200, 20),
    Sizes(100, 500, 200, 20),
    Sizes(0, 500, 200, 10),
    Sizes(0, 200, 60, 5),
    Sizes(0, 100, 30, 2),
)


def schema() -> bytes:
    """The JSON Schema (Draft 2020-12) of the payload."""
    return resources.files("newswatch.render").joinpath("schemas", SCHEMA).read_bytes()


def example() -> dict[str, Any]:
    """A payload of which all is known."""
    path = resources.files("newswatch.render").joinpath("schemas", EXAMPLE)
    whole: dict[str, Any] = json.loads(path.read_bytes())
    return whole


def bare_example() -> dict[str, Any]:
    """A payload of which as little is known as may be."""
    whole = example()
    unknown = dict.fromkeys(("published", "content_type", "language", "mission"))
    nothing: dict[str, list[str]] = {"institutions": [], "topics": [], "countries": []}
    whole["data"]["release"] |= {**unknown, **nothing, "summary": "", "event": "none"}
    return whole


def render_webhook(alert: Alert) -> Message:
    """The same bytes on every attempt. Raises `RenderError` where they would be too many."""
    headers = CLOUDEVENTS if alert.channel.envelope == "cloudevents" else HEADERS
    for body in bodies(alert):
        if len(body) < MOST_BYTES:
            return Message(alert.channel, alert.deliveries, body, headers)
    raise RenderError(f"the webhook's body would be over {MOST_BYTES:,} bytes")


def bodies(alert: Alert) -> Iterator[bytes]:
    """Ever shorter."""
    (item,) = alert.items
    channel = alert.channel
    for sizes in SMALLER_AND_SMALLER:
        whole = payload(item, alert, sizes)
        if channel.template:
            yield alert.letterhead.fill(channel.template, whole)
        elif channel.envelope == "cloudevents":
            yield as_json(cloud_event(whole, item, alert))
        else:
            yield as_json(whole)


def cloud_event(whole: Mapping[str, object], item: Item, alert: Alert) -> dict[str, object]:
    """CloudEvents 1.0.2 section 3.1; type and time are those of the payload."""
    return {
        "specversion": "1.0",
        "id": item.delivery.id,
        "source": alert.letterhead.base_url,
        "type": whole["type"],
        "subject": item.release.id,
        "time": whole["timestamp"],
        "datacontenttype": "application/json",
        "dataschema": f"{alert.letterhead.base_url}/schemas/{SCHEMA}#/$defs/data",
        "data": whole["data"],
    }


def as_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def payload(item: Item, alert: Alert, sizes: Sizes) -> dict[str, object]:
    delivery, late = item.delivery, item.release.overdue
    rules = [
        {"id": match.rule, "title": shortened(rule_title(match, alert.subscriber), sizes.words)}
        for match in delivery.matches
    ]
    return {
        "type": type_of(item),
        "timestamp": rfc3339(delivery.created or item.release.first_seen),
        "data": {
            **(
                overdue_data(item.release, late)
                if late
                else {"release": release_data(item.release, alert.letterhead, sizes)}
            ),
            **revision(item, sizes),
            "subscriber": alert.subscriber.id,
            "rule": rules[0],
            "rules": rules[: sizes.entries],
            "why": reasons(delivery.matches, sizes),
        },
    }


def type_of(item: Item) -> str:
    release = item.release
    if release.overdue:
        return "mission.overdue"
    if release.content_type == DRILL:
        return "newswatch.drill"
    if release.withdrawn:
        return "release.withdrawn"
    return "release.published" if item.delivery.corrects is None else "release.corrected"


def revision(item: Item, sizes: Sizes) -> dict[str, object]:
    """Why a release was withdrawn, or what was corrected in it; of the first alert, nothing."""
    if item.release.withdrawn:
        return {"reason": shortened(item.release.withdrawn, sizes.title)}
    if item.delivery.corrects is None:
        return {}
    changes = [
        {
            "field": one.field,
            "before": shortened(one.before, sizes.title),
            "after": shortened(one.after, sizes.title),
        }
        for one in item.delivery.changes
    ]
    return {"changes": changes}


def release_data(release: Release, letterhead: Letterhead, sizes: Sizes) -> dict[str, object]:
    reading = release.reading
    roles = [(code, "subject") for code in reading.countries]
    roles += [(code, "mentioned") for code in reading.mentioned]
    return {
        "id": release.id,
        "url": release.url,
        "title": shortened(release.title, sizes.title),
        "published": published(release),
        "source": {"id": release.source_id, "name": letterhead.source_name(release.source_id)},
        "publisher": release.publisher,
        "content_type": release.content_type,
        "institutions": listed(release.institutions, sizes),
        "topics": listed(release.topics, sizes),
        "language": release.language,
        "summary": shortened(release.text, sizes.summary) if sizes.summary else "",
        "countries": [
            {"code": code, "name": letterhead.country_name(code), "role": role}
            for code, role in roles[: sizes.entries * 2]
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


def listed(names: tuple[str, ...], sizes: Sizes) -> list[str]:
    return [shortened(name, sizes.words) for name in names[: min(sizes.entries, 10)]]


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


def reasons(matches: tuple[Match, ...], sizes: Sizes) -> list[dict[str, str]]:
    once = dict.fromkeys(why for match in matches for why in match.why)
    return [
        {
            "field": why.field,
            "value": shortened(why.value, sizes.words),
            "evidence": shortened(why.evidence, sizes.words),
        }
        for why in list(once)[: sizes.entries]
    ]


def published(release: Release) -> str | None:
    """A day where the publisher gave a day (RFC 3339 full-date), else the instant."""
    if release.published is None:
        return None
    instant = release.published.instant
    return rfc3339(instant) if instant else release.published.day.isoformat()


def rfc3339(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")
