"""newswatch with readers of mail: a newsroom, a mail server, and the site on loopback."""

import asyncio
import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from installation import install
from newsroom import Item, as_rss
from newswatch.app import Newswatch
from newswatch.config.load import load
from newswatch.daemon import quiet_server
from newswatch.doors import make_site
from newswatch.intake import take_in
from newswatch.model import Delivery
from newswatch.web.wire import Wire
from servers import Answer, Mailbox, Web, smtp_server, web_server
from test_pipeline import Clock

ANN, BEN = "ann@news.test", "ben@news.test"
MORNING = datetime(2025, 2, 5, 9, 0, tzinfo=UTC)
RECORDS = Path(__file__).parent / "data/newsroom/releases.jsonl"
INBOX = "bounces: {maildir: inbox}"
SUBSCRIBER = """\
subscriber: desk
name: The Central Asia desk
language: LANGUAGE
timezone: Europe/Vienna
channels:
  desk-mail: {kind: email, to: [ann@news.test, ben@news.test]}
  weekly: {kind: email, to: [ann@news.test], digest: {weekly: "monday 08:00"}}
rules:
  - id: tajikistan
    title: Everything about Tajikistan
    when: {country: [TJ]}
    send: [desk-mail]
  - id: opened
    title: Missions opened
    when: {event: [mission.opened]}
    send: [desk-mail, weekly]
    feed: {visibility: private}
"""


@dataclass
class Scene:
    """The real application on a store, with its clock, its newsroom, and what was mailed."""

    config: Path
    clock: Clock
    newsroom: Web
    mailbox: Mailbox
    newswatch: Newswatch
    url: str = ""

    @property
    def store(self) -> Any:
        return self.newswatch.store

    def publish(self, *slugs: str) -> None:
        """Releases of the newsroom, all of them if none is named, polled."""
        items = [Item.of(json.loads(line)) for line in RECORDS.read_text().splitlines()]
        body = as_rss([one for one in items if not slugs or one.slug in slugs], self.newsroom.url)
        self.newsroom.answer(Answer(body=body, headers={"Content-Type": "application/rss+xml"}))
        source = self.newswatch.pipeline.sources["newsroom"]
        asyncio.run(self.newswatch.pipeline.poll(source, self.store.source_states()["newsroom"]))

    def deliver(self, after: timedelta = timedelta(0)) -> list[EmailMessage]:
        """Sends what is due; the mails that were taken."""
        self.clock.now += after
        before = len(self.mailbox.mails)
        while batches := self.newswatch.pipeline.claim():
            for batch in batches:
                asyncio.run(self.newswatch.pipeline.deliver(batch))
        return self.mailbox.mails[before:]

    def deliveries(self, channel: str = "desk-mail") -> list[Delivery]:
        return [one for one in self.store.deliveries() if one.channel == channel]

    def answers(self) -> set[str]:
        found = self.store.deliveries()
        return set(self.store.last_answers([one.id for one in found]).values())

    # -- over HTTP --------------------------------------------------------------------------------

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return httpx.request(method, self.url + path, **more)

    def get(self, path: str) -> httpx.Response:
        return self.ask("GET", path)

    def post(self, path: str, **form: str) -> httpx.Response:
        """A form, with `_` in its names for `-`."""
        named = {name.replace("_", "-"): value for name, value in form.items()}
        return self.ask("POST", path, data=named)


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def link(mail: EmailMessage, to: str) -> str:
    """The path of a link in a mail: "u", "manage" or "useful"."""
    said = f"{mail['List-Unsubscribe']} {text_of(mail)}"
    found = re.search(rf"https://news\.test(/{to}/[\w/-]+)", said)
    assert found
    return found[1]


def for_(mails: list[EmailMessage], address: str) -> EmailMessage:
    return next(one for one in mails if one["To"] == address)


@contextmanager
def serving(newswatch: Newswatch) -> Iterator[str]:
    door = socket.create_server(("127.0.0.1", 0))
    server = quiet_server(make_site(newswatch), Wire)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
    thread.start()
    yield f"http://127.0.0.1:{door.getsockname()[1]}"
    server.should_exit = True
    thread.join()


def installed(
    directory: Path, newsroom: Web, mailbox: Mailbox, database: str, language: str
) -> Path:
    config = install(
        directory, newsroom=newsroom.url, hook="", smtp_port=mailbox.port, database=database
    )
    service = config / "newswatch.yaml"
    text = service.read_text().replace('"http://news.test"', '"https://news.test"')
    service.write_text(text.replace("security: none}}", f"security: none}}, {INBOX}}}"))
    for part in ("new", "cur", "tmp"):
        (directory / "inbox" / part).mkdir(parents=True)
    (config / "subscribers" / "desk.yaml").write_text(SUBSCRIBER.replace("LANGUAGE", language))
    return config


@contextmanager
def scene_at(
    directory: Path, database: str, patch: pytest.MonkeyPatch, language: str = "en"
) -> Iterator[Scene]:
    """Every clock is the scene's: the one of the wiring is asked by all of newswatch."""
    clock = Clock(MORNING)
    for module in ("app", "cli.choosing", "cli.curated", "cli.rules"):
        patch.setattr(f"newswatch.{module}.clock", clock)
    with web_server() as newsroom, smtp_server() as mailbox:
        config = installed(directory, newsroom, mailbox, database, language)
        newswatch = Newswatch.start(lambda: load(config))
        still = replace(newswatch.pipeline, clock=clock, read=take_in, spread=lambda: 0.0)
        newswatch.pipeline = still
        try:
            with serving(newswatch) as url:
                yield Scene(config, clock, newsroom, mailbox, newswatch, url)
        finally:
            newswatch.close()


def on_each_engine(
    tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scene]:
    with scene_at(tmp_path, store_url, monkeypatch) as made:
        yield made


def on_one_engine(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scene]:
    """The same, where the engine does not matter."""
    with scene_at(tmp_path, sqlite_url, monkeypatch) as made:
        yield made


def first_mail(scene: Scene, address: str = ANN) -> EmailMessage:
    scene.publish("opens")
    return for_(scene.deliver(), address)
