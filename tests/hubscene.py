"""A newsroom that has a hub, the hub, and newswatch on a clock of its own; for the tests of push."""

import asyncio
import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from installation import install
from newswatch.app import Newswatch
from newswatch.config.load import load
from newswatch.doors import make_site
from newswatch.intake import take_in
from newswatch.model import Push, SourceState
from newswatch.pipeline import LEASE
from servers import Answer, Request, Web, web_server
from test_pipeline import Clock

HOUR = timedelta(hours=1)
EVERY = timedelta(minutes=30)  # what sources have without `poll`
SLOW = 8 * EVERY
DAYS = timedelta(days=1)
TAJIKISTAN = "Observers open mission in Tajikistan"


def rss(*titles: str, hub: str = "", topic: str = "") -> bytes:
    links = "".join(
        f'<atom:link rel="{relation}" href="{escape(address)}"/>'
        for relation, address in (("hub", hub), ("self", topic))
        if address
    )
    items = "".join(
        f"<item><title>{title}</title><link>https://newsroom.example/{title[-20:]}</link></item>"
        for title in titles
    )
    return (
        f'<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>N</title>'
        f"{links}{items}</channel></rss>"
    ).encode()


def signature(secret: str, body: bytes, method: str = "sha256") -> str:
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


@dataclass
class Scene:
    """The real application on a store, with its clock, a newsroom that has a hub, and a receiver."""

    config: Path
    clock: Clock
    newsroom: Web
    hub: Web
    hook: Web
    newswatch: Newswatch
    titles: list[str] = field(default_factory=list)
    read: int = 0

    def start(self) -> None:
        self.newswatch = started(self.config)

    def restart(self) -> None:
        self.newswatch.close()
        self.start()

    def change(self, file: str, *changes: tuple[str, str]) -> None:
        """Changes the configuration, and reloads."""
        path = self.config / file
        text = path.read_text()
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        path.write_text(text)
        self.restart()

    def publish(self, *titles: str, hub: str | None = None) -> None:
        self.titles[:0] = titles
        body = rss(*self.titles, hub=self.hub.url if hub is None else hub, topic=self.topic)
        self.newsroom.answer(Answer(body=body, headers={"Content-Type": "application/rss+xml"}))

    @property
    def topic(self) -> str:
        return f"{self.newsroom.url}/feed?a=1&b=ü"

    @property
    def store(self) -> Any:
        return self.newswatch.store

    @property
    def state(self) -> SourceState:
        return self.store.source_states()["newsroom"]

    @property
    def push(self) -> Push:
        (only,) = self.store.pushes()
        return only

    @property
    def is_due(self) -> bool:
        return bool(self.poll())

    def later(self, time: timedelta) -> None:
        self.clock.now += time

    def poll(self) -> list[str]:
        """Polls what is due now; the ids."""
        claimed = self.store.claim_sources(self.clock(), LEASE, 9)
        states = self.store.source_states()
        for one in claimed:
            asyncio.run(self.newswatch.poll(self.newswatch.pipeline.sources[one], states[one]))
        return list(claimed)

    def look(self) -> None:
        """Polls the newsroom, due or not."""
        source = self.newswatch.pipeline.sources["newsroom"]
        asyncio.run(self.newswatch.poll(source, self.state))

    def ask(self) -> list[dict[str, str]]:
        """Asks the hubs that are to be asked now; what they were sent."""

        async def work() -> None:
            for job in await self.newswatch.take_pushes(8):
                await job()

        asyncio.run(work())
        new, self.read = self.hub.requests[self.read :], len(self.hub.requests)
        return [form(request) for request in new]

    def call(self, method: str, query: dict[str, str], **more: Any) -> httpx.Response:
        """What a hub sends to the callback."""
        path = f"{urlsplit(more.pop('callback', '') or self.push.callback).path}"

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(make_site(self.newswatch), raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://news.test"
            ) as client:
                return await client.request(method, path, params=query, **more)

        return asyncio.run(send())

    def verify(self, **changes: str) -> httpx.Response:
        """The hub verifies what it was asked; `lease_seconds` and the others can be said otherwise."""
        mode = changes.pop("mode", "subscribe")
        asked = {"mode": mode, "topic": self.topic, "challenge": "c-1", "lease_seconds": "864000"}
        return self.call("GET", {f"hub.{k}": v for k, v in (asked | changes).items() if v})

    def ping(self, body: bytes = b"<rss/>", signed: str | None = None) -> httpx.Response:
        """The hub pushes, signed as agreed or as given."""
        said = signature(self.push.secret, body) if signed is None else signed
        return self.call(
            "POST", {}, content=body, headers={"X-Hub-Signature": said} if said else {}
        )

    def subscribe(self, **changes: str) -> None:
        """A poll, a request and a verification: push works."""
        self.publish("The first release of all")
        self.look()
        self.ask()
        assert self.verify(**changes).status_code == 200


def form(request: Request) -> dict[str, str]:
    return {name: one for name, (one,) in parse_qs(request.body.decode()).items()}


def started(config: Path) -> Newswatch:
    newswatch = Newswatch.start(lambda: load(config))
    still: Callable[[], float] = lambda: 0.0  # noqa: E731
    newswatch.pipeline = replace(newswatch.pipeline, read=take_in, spread=still)
    newswatch.pushing = replace(newswatch.pushing, spread=still)
    return newswatch


def installed(directory: Path, newsroom: Web, hook: Web, **more: Any) -> Path:
    config = install(directory, newsroom=newsroom.url, hook=hook.url, **more)
    service = config / "newswatch.yaml"
    service.write_text(service.read_text().replace("polling: {", "polling: {push: on, "))
    return config


@contextmanager
def webs() -> Iterator[tuple[Web, Web, Web]]:
    """A newsroom, a hub that accepts everything, and a receiver of webhooks."""
    with web_server() as newsroom, web_server() as hub, web_server() as hook:
        hub.answer(Answer(202))
        hook.answer(Answer(200))
        yield newsroom, hub, hook


@contextmanager
def scene_at(directory: Path, database: str, patch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """The application takes its clock from one place. What is imported while another is in force
    would keep it: the commands are imported before."""
    clock = Clock()
    patch.setattr("newswatch.app.clock", clock)
    with webs() as (newsroom, hub, hook):
        config = installed(directory, newsroom, hook, database=database)
        made = Scene(config, clock, newsroom, hub, hook, started(config))
        yield made
        made.newswatch.close()
