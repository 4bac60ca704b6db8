"""The web application's doors onto values in memory, and one request to it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from ipaddress import ip_network
from typing import Any

import httpx

from factories import NOW, make_reading, make_release, make_source, make_state
from newswatch.latency import Latency
from newswatch.model import (
    Correction,
    Editor,
    FeedSettings,
    Mission,
    Release,
    Source,
    SourceState,
)
from newswatch.recognise import read
from newswatch.rules.rule import Rule, Subscriber
from newswatch.web import Desk, Drills, Hooks, SelfService, Site, make_app
from newswatch.web.shelf import Shelf

TOKEN = "tokentokentokentokentokentokentokentoken-_0"
BASE_URL = "https://news.example"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
NAMES = {"MD": "Moldova", "RO": "Romania", "GE": "Georgia"}

NOBODY_PUSHES = Hooks(
    hear=lambda token, query: False,
    listens=lambda token: False,
    take=lambda token, body, signature: None,
    largest=lambda: 100,
)
NOBODY_CHOOSES = SelfService(
    key=lambda: b"a key",
    choices=lambda subscriber: (),
    choose=lambda made, undone: None,
    newest=lambda subscriber, channels, most: (),
    delivery=lambda delivery: None,
    vote=lambda delivery, address: None,
    cast=lambda vote: None,
    feeds=lambda subscriber: (),
    issue=lambda subscriber, rule, grace: TOKEN,
    now=lambda: NOW,
)


@dataclass(frozen=True)
class About:
    """The smallest condition: a release is about a country. Counts how often it is asked."""

    country: str
    asked: list[str] = field(default_factory=list)

    def meets(self, text: Any) -> Any:
        self.asked.append(self.country)
        return self.country in text.release.reading.countries


def make_rule(**fields: Any) -> Rule:
    defaults: dict[str, Any] = {
        "id": "moldova",
        "title": "Everything about Moldova",
        "condition": About("MD"),
        "feed": FeedSettings("public"),
    }
    return Rule(**defaults | fields)


def make_subscribers() -> tuple[Subscriber, ...]:
    rules = (
        make_rule(),
        make_rule(id="georgia", title="Georgia", condition=About("GE")),
        make_rule(id="hidden", title="Secret plans", feed=FeedSettings("private")),
        make_rule(id="unfed", title="No feed", feed=FeedSettings("none")),
    )
    return (Subscriber(id="desk", name="The desk", rules=rules),)


def make_releases() -> list[Release]:
    return [
        make_release(),
        make_release(
            id="00000000000000b2",
            title="Observers cancel mission to Georgia",
            first_seen=NOW - timedelta(days=1),
            reading=make_reading(countries=("GE",), event="mission.cancelled"),
        ),
    ]


def meets(release: Release, wanted: Mapping[str, str]) -> bool:
    found = {
        "query": wanted.get("query", "").lower() in release.title.lower(),
        "country": wanted.get("country") in release.reading.countries,
        "event": wanted.get("event") == release.reading.event,
        "source": wanted.get("source") == release.source_id,
    }
    return all(found[name] for name in wanted)


@dataclass
class Doors:
    """What the doors open on; a test changes it as the store or the configuration would."""

    subscribers: Sequence[Subscriber] = field(default_factory=make_subscribers)
    sources: Sequence[Source] = (make_source(),)
    releases: list[Release] = field(default_factory=make_releases)
    tokens: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    states: Mapping[str, SourceState] = field(default_factory=lambda: {"newsroom": make_state()})
    counts: Mapping[str, int] = field(default_factory=lambda: {"sent": 3, "dead": 1})
    missions: Sequence[Mission] = ()
    corrections: list[Correction] = field(default_factory=list)
    editors: tuple[Editor, ...] = ()
    ready: tuple[bool, str] = (True, "")
    latencies: Sequence[Latency] = ()
    ledgers: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    hooks: Hooks = field(default_factory=lambda: NOBODY_PUSHES)
    hub: str = ""
    base_url: str = BASE_URL
    marks: int = 1
    log: list[tuple[int, Release]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.record(*self.releases)

    def record(self, *releases: Release) -> None:
        """As one change: what is in the log already stays where it is."""
        there = {(one.id, one.version) for _, one in self.log}
        new = [one for one in releases if (one.id, one.version) not in there]
        in_order = sorted(new, key=lambda one: (one.shown, one.id, one.version))
        self.log += [(self.marks, one) for one in in_order]

    def change(self, *releases: Release) -> None:
        self.releases[:] = releases
        self.marks += 1
        self.record(*releases)

    def history(self, after: int) -> list[tuple[int, Release]]:
        """One change at a time."""
        self.releases[:0]  # a store that is away is away for this too
        later = [one for one in self.log if one[0] > after]
        return [one for one in later if one[0] == later[0][0]]

    def search(self, limit: int, /, **asked: str | None) -> list[Release]:
        wanted = {name: value for name, value in asked.items() if value}
        return [one for one in self.releases if meets(one, wanted)][:limit]

    def latest(
        self, limit: int, /, *, country: str | None = None, body: str | None = None
    ) -> list[Mission]:
        met = [one for one in self.missions if country in (None, one.country)]
        return [one for one in met if body is None or body in one.bodies][:limit]

    def desk(self) -> Desk:
        def correct(release: Release, made: Sequence[Correction], _alert: bool) -> Release:
            self.corrections += made
            return read(release, made)

        def uncorrect(release: Release) -> None:
            self.corrections[:] = [one for one in self.corrections if one.release_id != release.id]

        return Desk(
            of=lambda ids: [one for one in self.corrections if one.release_id in set(ids)],
            every=lambda: self.corrections,
            correct=correct,
            uncorrect=uncorrect,
            now=lambda: NOW,
        )

    def mission(self, wanted: str) -> tuple[Mission, Mapping[str, Release]] | None:
        found = next((one for one in self.missions if one.id == wanted), None)
        return (found, {one.id: one for one in self.releases}) if found else None

    def by_id(self, ids: Iterable[str]) -> dict[str, Release]:
        wanted = set(ids)
        return {one.id: one for one in self.releases if one.id in wanted}

    def app(self) -> Shelf:
        return make_app(self.site())

    def site(self) -> Site:
        return Site(
            subscribers=lambda: self.subscribers,
            sources=lambda: self.sources,
            recent=lambda limit: self.releases[:limit],
            release=lambda wanted: next((r for r in self.releases if r.id == wanted), None),
            missions=self.latest,
            mission=self.mission,
            releases=self.by_id,
            today=NOW.date,
            marker=lambda: str(self.marks),
            history=self.history,
            versions=lambda keys: {
                (one.id, one.version): one
                for _, one in self.log
                if (one.id, one.version) in set(keys)
            },
            search=self.search,
            feed_by_token=lambda wanted: dict(self.tokens).get(wanted),
            states=lambda: self.states,
            counts=lambda: self.counts,
            channels=lambda: {"ok": 2, "paused": 1},
            ready=lambda: self.ready,
            hooks=self.hooks,
            hub=lambda: self.hub,
            hub_request=lambda body: True,
            desk=self.desk(),
            drills=Drills(lambda token: None, lambda token: None),
            self_service=NOBODY_CHOOSES,
            events=lambda subscriber, after, most: (),
            editors=lambda: self.editors,
            metrics=lambda accept: (b"newswatch_up 1\n", "text/plain"),
            near=lambda: (ip_network("127.0.0.0/8"),),
            latencies=lambda: self.latencies,
            ledger=lambda release, subscriber: self.ledgers.get((release, subscriber), ((), ())),
            base_url=self.base_url,
            version="1.2.3",
            country_name=lambda code: NAMES.get(code, code),
        )


def with_token() -> tuple[Doors, str]:
    """A site whose private feed has an address, and that address."""
    doors = Doors(tokens={sha256(TOKEN.encode()).hexdigest(): ("desk", "hidden")})
    return doors, f"/feeds/{TOKEN}/hidden.atom"


def ask(app: Shelf, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    """One request; `if_none_match` is the header If-None-Match."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return asking(app, method, path, headers=named)


def asking(app: Shelf, method: str, path: str, **more: Any) -> httpx.Response:
    """One request, with whatever httpx takes."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
            return await client.request(method, path, **more)

    return asyncio.run(send())
