"""A host that newswatch visits, and newswatch on a clock of its own; for the tests of a good guest."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from installation import install
from newswatch.app import Newswatch
from newswatch.config.load import load
from newswatch.fetch import HttpFetcher
from newswatch.intake import take_in
from newswatch.model import SourceState
from servers import Answer, Web
from test_pipeline import Clock

FEED = (
    b"<rss version='2.0'><channel><title>N</title>%s<item><title>One</title></item></channel></rss>"
)
BODY = FEED % b""
LISTING = b"<div class=item><h3><a href='/1'>One</a></h3></div>"
Change = tuple[str, str]  # of sources.yaml: what stands there, and what instead
AS_IT_IS: Change = ("", "")
AS_LISTING: Change = (
    "kind: feed",
    "kind: listing, listing: {item: .item, title: h3, link: h3 a@href}",
)
UNSAID: Change = (", poll: {every: 30m}", "")  # how often


@dataclass
class Guest:
    """newswatch with one source, polled by hand."""

    config: Path
    clock: Clock
    newswatch: Newswatch

    def poll(self) -> SourceState:
        (source,) = self.newswatch.pipeline.sources.values()
        poll = self.newswatch.pipeline.poll(source, self.state)
        return asyncio.run(poll).state

    @property
    def state(self) -> SourceState:
        return self.newswatch.store.source_states()["newsroom"]

    def wait(self) -> timedelta:
        """Polls, and says how long newswatch will wait then."""
        state = self.poll()
        assert state.last_poll is not None
        return state.next_poll - state.last_poll

    def allow(self, **limits: object) -> None:
        """Other limits than the configured ones."""
        fetcher = self.newswatch.pipeline.fetcher
        assert isinstance(fetcher, HttpFetcher)
        fetcher.limits = replace(fetcher.limits, **limits)

    def restart(self) -> None:
        self.newswatch.close()
        self.newswatch = started(self.config)


def started(config: Path) -> Newswatch:
    newswatch = Newswatch.start(lambda: load(config))
    newswatch.pipeline = replace(newswatch.pipeline, read=take_in, spread=lambda: 0.0)
    return newswatch


@contextmanager
def guest_at(
    directory: Path, url: str, patch: pytest.MonkeyPatch, change: Change = AS_IT_IS
) -> Iterator[Guest]:
    """The application takes its clock from one place. What is imported while another is in force
    would keep it: the commands are imported before."""
    clock = Clock()
    patch.setattr("newswatch.app.clock", clock)
    config = install(directory, newsroom=url, hook=url)
    sources = config / "sources.yaml"
    sources.write_text(sources.read_text().replace(*change))
    guest = Guest(config, clock, started(config))
    yield guest
    guest.newswatch.close()


def ok(body: bytes = BODY, **headers: str | bytes) -> Answer:
    return Answer(
        body=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def paths(host: Web) -> list[str]:
    return [request.path for request in host.requests]
