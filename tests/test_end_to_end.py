"""The whole loop over real sockets: from a newsroom page to a feed, a mail and a signed webhook."""

import asyncio
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import feedparser
import pytest
from standardwebhooks.webhooks import Webhook

from installation import SECRET, free_port, install
from newsroom import Item, as_atom, as_listing, as_rss
from newswatch.app import Newswatch, clock
from newswatch.config.load import load
from newswatch.intake import take_in
from newswatch.model import Election, Published, Release, SourceState
from newswatch.pipeline import LEASE
from servers import Answer, Request, Web, smtp_server, web_server

ROOT = Path(__file__).parent.parent
RECORDS = [
    json.loads(line)
    for line in (ROOT / "tests/data/newsroom/releases.jsonl").read_text().splitlines()
]
ITEMS = [Item.of(record) for record in RECORDS]
LISTING = Answer(body=as_listing(ITEMS), headers={"Content-Type": "text/html; charset=utf-8"})


@pytest.fixture
def newsroom() -> Iterator[Web]:
    with web_server() as running:
        running.answer(LISTING)
        yield running


@pytest.fixture
def hook() -> Iterator[Web]:
    with web_server() as running:
        running.answer(Answer(200))
        yield running


@contextmanager
def running(config: Path, ahead: timedelta = timedelta(0)) -> Iterator[Newswatch]:
    """newswatch on a configuration, its clock put forward."""
    newswatch = Newswatch.start(lambda: load(config))
    newswatch.pipeline = replace(newswatch.pipeline, clock=lambda: clock() + ahead, read=take_in)
    yield newswatch
    newswatch.close()


def deliver(newswatch: Newswatch) -> list[str]:
    """Delivers what is due; the new states."""
    batches = newswatch.pipeline.claim()
    settled = [asyncio.run(newswatch.pipeline.deliver(batch)) for batch in batches]
    return [one.delivery.state for some in settled for one in some]


def poll(newswatch: Newswatch) -> None:
    states = newswatch.store.source_states()
    for source in newswatch.pipeline.sources.values():
        asyncio.run(newswatch.pipeline.poll(source, states[source.id]))


def command(config: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "newswatch", "--config", str(config), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# -- the real input: a newsroom's listing, and the same as feeds ----------------------------------


def use_shipped_source(config: Path, url: str) -> None:
    """The shipped sources.yaml, with its first source alone and led to the test's newsroom."""
    lines = (ROOT / "config/sources.yaml").read_text().splitlines(keepends=True)
    first = next(n for n, line in enumerate(lines) if line.startswith("  - id:"))
    second = next(n for n, line in enumerate(lines) if n > first and line.startswith("  - id:"))
    own = [f"    url: {url}\n" if line.startswith("    url:") else line for line in lines[:second]]
    (config / "sources.yaml").write_text("".join(own))


def releases(config: Path) -> list[Release]:
    with running(config) as newswatch:
        poll(newswatch)
        return list(newswatch.store.releases_recent(100))


def test_the_shipped_selectors_read_the_newsroom(tmp_path: Path, newsroom: Web, hook: Web) -> None:
    config = install(tmp_path, newsroom=newsroom.url, hook=hook.url)
    use_shipped_source(config, newsroom.url)
    found = {release.url.rsplit("/", 1)[1]: release for release in releases(config)}
    assert list(found) == [item.slug for item in ITEMS]
    for item in ITEMS:
        release = found[item.slug]
        assert (release.title, release.text) == (item.title, item.teaser)
        assert release.published == Published(item.published)
        assert release.content_type == item.content_type
        assert (release.institutions, release.topics) == (item.where, item.what)
        assert release.url == f"{newsroom.url}/releases/{item.slug}"


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["id"])
def test_each_of_them_is_read_rightly(
    tmp_path: Path, newsroom: Web, hook: Web, record: dict
) -> None:
    config = install(tmp_path, newsroom=newsroom.url, hook=hook.url)
    use_shipped_source(config, newsroom.url)
    reading = next(r.reading for r in releases(config) if r.url.endswith(f"/{record['id']}"))
    expected = record["reading"]
    assert list(reading.countries) == expected["countries"]
    assert list(reading.mentioned) == expected["mentioned"]
    assert reading.event == expected["event"]
    assert reading.elections == tuple(
        Election(kind, date.fromisoformat(day) if day else None)
        for kind, day in expected["elections"]
    )


def without_time(release: Release) -> Release:
    """Nor its newsroom's own id, which only feeds give."""
    return replace(
        release,
        name=None,
        first_seen=release.first_seen.replace(
            year=2000, month=1, day=1, hour=0, minute=0, second=0, microsecond=0
        ),
    )


@pytest.mark.parametrize(
    ("render", "media_type"), [(as_rss, "application/rss+xml"), (as_atom, "application/atom+xml")]
)
def test_the_same_releases_as_a_feed_are_the_same_releases(
    tmp_path: Path, newsroom: Web, hook: Web, render: Callable[..., bytes], media_type: str
) -> None:
    config = install(tmp_path / "listing", newsroom=newsroom.url, hook=hook.url)
    use_shipped_source(config, newsroom.url)
    listed = [without_time(release) for release in releases(config)]
    newsroom.answer(Answer(body=render(ITEMS, newsroom.url), headers={"Content-Type": media_type}))
    other = install(tmp_path / "feed", newsroom=newsroom.url, hook=hook.url)
    (other / "sources.yaml").write_text(
        f"sources: [{{id: osce-newsroom, name: OSCE, kind: feed, url: '{newsroom.url}', "
        "publisher: OSCE, language: en, timezone: Europe/Vienna}]"
    )
    assert [without_time(release) for release in releases(other)] == listed


# -- the whole loop ---------------------------------------------------------------------------------


def as_feed(*items: Item) -> Answer:
    return Answer(
        body=as_rss(items, "http://newsroom.test"), headers={"Content-Type": "application/rss+xml"}
    )


OPENED = next(item for item in ITEMS if item.slug == "opens")
CALLED_OFF = next(item for item in ITEMS if item.slug == "accreditation")


def test_a_new_release_reaches_the_mailbox_the_webhook_and_the_feed(
    tmp_path: Path, newsroom: Web, hook: Web
) -> None:
    newsroom.answer(as_feed(OPENED))
    with smtp_server() as mailbox:
        port = free_port()
        config = install(
            tmp_path, newsroom=newsroom.url, hook=hook.url, smtp_port=mailbox.port, port=port
        )
        with daemon(config, port) as site:
            until(lambda: mailbox.mails and hook.requests)
            feed = feedparser.parse(f"{site}/feeds/desk/tajikistan.atom")
    (mail,) = mailbox.mails
    (request,) = hook.requests
    payload = Webhook(SECRET).verify(request.body, request.headers)
    assert mail["subject"] == OPENED.title
    assert payload["data"]["release"]["title"] == OPENED.title
    assert payload["data"]["release"]["event"] == "mission.opened"
    assert [entry.title for entry in feed.entries] == [OPENED.title]
    assert (feed.bozo, feed.version) == (False, "atom10")


def until(condition: Callable[[], object]) -> None:
    """Waits until something is so; at most twenty seconds."""
    waiting = threading.Event()
    for _ in range(1000):
        if condition():
            return
        waiting.wait(0.02)
    raise AssertionError("it did not come to be")


@contextmanager
def daemon(config: Path, port: int) -> Iterator[str]:
    """`newswatch run` as a process of its own; ends with SIGTERM and exit code 0."""
    import urllib.error
    import urllib.request

    site = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "newswatch", "--config", str(config), "-q", "run"]
    )

    def is_up() -> bool:
        try:
            return bool(urllib.request.urlopen(f"{site}/readyz").status == 200)
        except (urllib.error.URLError, OSError):
            return False

    try:
        until(is_up)
        yield site
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=30)
    assert code == 0


def test_the_loop_is_the_same_on_every_database(
    tmp_path: Path, newsroom: Web, hook: Web, store_url: str
) -> None:
    newsroom.answer(as_feed(OPENED), as_feed(CALLED_OFF, OPENED))
    config = install(tmp_path, newsroom=newsroom.url, hook=hook.url, database=store_url)
    for _ in range(2):
        with running(config) as newswatch:
            poll(newswatch)
            deliver(newswatch)
    titles = [json.loads(request.body)["data"]["release"]["title"] for request in hook.requests]
    assert titles == [OPENED.title, CALLED_OFF.title]
    assert command(config, "releases", "list").stdout.count("TJ") == 2


def test_what_was_recorded_before_a_kill_is_sent_after_it(
    tmp_path: Path, newsroom: Web, hook: Web
) -> None:
    newsroom.answer(as_feed(OPENED))
    config = install(tmp_path, newsroom=newsroom.url, hook=hook.url)
    process: list[subprocess.Popen[bytes]] = []

    def kill_while_sending(request: Request) -> Answer:
        os.kill(process[0].pid, signal.SIGKILL)
        return Answer(200)

    hook.handle = kill_while_sending
    process.append(
        subprocess.Popen(
            [sys.executable, "-m", "newswatch", "--config", str(config), "-q", "run", "--once"]
        )
    )
    assert process[0].wait(timeout=30) == -signal.SIGKILL
    hook.answer(Answer(200))
    with running(config, ahead=LEASE + timedelta(seconds=1)) as newswatch:
        assert "sent" in deliver(newswatch)
    ids = {request.headers["webhook-id"] for request in hook.requests}
    assert (len(hook.requests), len(ids)) == (2, 1)


def test_what_poll_recorded_the_next_run_sends(tmp_path: Path, newsroom: Web, hook: Web) -> None:
    newsroom.answer(as_feed(OPENED))
    with smtp_server() as mailbox:
        config = install(tmp_path, newsroom=newsroom.url, hook=hook.url, smtp_port=mailbox.port)
        assert command(config, "poll").returncode == 0
        assert (mailbox.mails, hook.requests) == ([], [])
        assert command(config, "run", "--once").returncode == 0
        assert (len(mailbox.mails), len(hook.requests)) == (1, 1)
        assert command(config, "run", "--once").returncode == 0
    assert (len(mailbox.mails), len(hook.requests)) == (1, 1)


def test_a_mail_server_that_is_down_delays_the_mail_and_nothing_else(
    tmp_path: Path, newsroom: Web, hook: Web
) -> None:
    newsroom.answer(as_feed(OPENED))
    port = free_port()
    config = install(tmp_path, newsroom=newsroom.url, hook=hook.url, smtp_port=port)
    with running(config) as newswatch:
        poll(newswatch)
        assert sorted(deliver(newswatch)) == ["deferred", "sent"]
        (late,) = newswatch.store.deliveries(state="deferred")
        assert "mail server cannot be used" in newswatch.store.attempts(late.id)[0].answer
    with smtp_server(port) as mailbox, running(config, ahead=timedelta(hours=1)) as newswatch:
        assert deliver(newswatch) == ["sent"]
        assert deliver(newswatch) == []
    assert [mail["Message-ID"] for mail in mailbox.mails] == [f"<{late.id}@news.test>"]
    assert len(hook.requests) == 1


def test_a_webhook_that_fails_once_is_sent_again_with_the_same_id_and_body(
    tmp_path: Path, newsroom: Web, hook: Web
) -> None:
    newsroom.answer(as_feed(OPENED))
    hook.answer(Answer(500), Answer(200))
    config = install(tmp_path, newsroom=newsroom.url, hook=hook.url)
    for hours in (0, 1, 2):
        with running(config, ahead=timedelta(hours=hours)) as newswatch:
            poll(newswatch)
            deliver(newswatch)
    first, second = hook.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    with running(config) as newswatch:
        sent = newswatch.store.deliveries(state="sent")
        answers = [attempt.answer for attempt in newswatch.store.attempts(sent[0].id)]
    assert answers == ["500 Internal Server Error", "200 OK"]


def test_a_webhook_that_is_gone_is_switched_off_and_told(
    tmp_path: Path, newsroom: Web, hook: Web
) -> None:
    newsroom.answer(as_feed(OPENED))
    hook.answer(Answer(410))
    config = install(tmp_path, newsroom=newsroom.url, hook=hook.url)
    with running(config) as newswatch:
        poll(newswatch)
        deliver(newswatch)
        gone = [one.lane for one in newswatch.store.channel_states() if one.stopped == "gone"]
        assert gone == [("desk", "hook")]


# -- sources that fail, each beside one that does not -----------------------------------------------


def drip() -> Iterator[bytes]:
    waiting = threading.Event()
    for _ in range(400):
        waiting.wait(0.01)
        yield b"x"


LOGIN = b"<!DOCTYPE html><form><input type=password></form>"


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (Answer(404), "http", "404 Not Found"),
        (Answer(500), "http", "500 Internal Server Error"),
        (Answer(body=b"\x00\x93garbage"), "parse", "no feed"),
        (Answer(body=b""), "empty", "no content"),
        (Answer(body=LOGIN, headers={"Content-Type": "text/html"}), "login", "login page"),
        (Answer(body=b"x", headers={"Content-Encoding": "br"}), "encoding", "not asked for"),
        (Answer(body=(b"x" * 100_000 for _ in range(2_000))), "size", "larger than"),
        (
            Answer(body=gzip.compress(b"\0" * 50_000_000), headers={"Content-Encoding": "gzip"}),
            "size",
            "larger than",
        ),
        (Answer(body=drip()), "timeout", "within 1 s"),
    ],
    ids=["404", "500", "garbage", "empty", "login", "coding", "200 MB", "bomb", "slow"],
)
def test_a_source_that_fails_says_why_and_harms_no_other(
    tmp_path: Path, newsroom: Web, hook: Web, answer: Answer, state: str, words: str
) -> None:
    newsroom.handle = lambda request: answer if request.path == "/bad" else as_feed(OPENED)
    config = install(tmp_path, newsroom=newsroom.url, hook=hook.url)
    service = (config / "newswatch.yaml").read_text()
    (config / "newswatch.yaml").write_text(
        service.replace("polling: {", "polling: {deadline: 1s, largest: 1000000, ").replace(
            "concurrency: 1", "concurrency: 2"
        )
    )
    sources = (config / "sources.yaml").read_text()
    bad = f"  - {{id: bad, name: Bad, kind: feed, url: '{newsroom.url}/bad', publisher: B}}\n"
    (config / "sources.yaml").write_text(sources + bad)
    with running(config) as newswatch:
        asyncio.run(newswatch.once())
        states: dict[str, SourceState] = dict(newswatch.store.source_states())
        shown = command(config, "status").stdout
    assert (states["bad"].state, words in states["bad"].reason) == (state, True)
    assert states["newsroom"].state == "ok"
    assert len(hook.requests) == 1
    assert words in shown


def published(tmp_path: Path, newsroom: Web, hook: Web, directory: str) -> Path:
    """A configuration that also writes its feeds to files."""
    newsroom.answer(as_feed(OPENED))
    config = install(tmp_path, newsroom=newsroom.url, hook=hook.url)
    with (config / "newswatch.yaml").open("a") as service:
        service.write(f"publish: {{directory: {directory}}}\n")
    return config


def test_the_public_feeds_are_written_as_files(tmp_path: Path, newsroom: Web, hook: Web) -> None:
    config = published(tmp_path, newsroom, hook, "public")
    with running(config) as newswatch:
        asyncio.run(newswatch.once())
        assert asyncio.run(newswatch.take_publications(1)) == []
    feeds = tmp_path / "public" / "feeds"
    assert b"<entry" in (feeds / "desk" / "tajikistan.atom").read_bytes()
    assert not list(feeds.rglob("missions.*"))


def test_a_directory_that_cannot_be_written_stops_nothing_else(
    tmp_path: Path, newsroom: Web, hook: Web
) -> None:
    (tmp_path / "file").write_text("")
    config = published(tmp_path, newsroom, hook, "file")
    with running(config) as newswatch:
        asyncio.run(newswatch.once())
    assert len(hook.requests) > 0


def test_a_reload_that_does_not_validate_changes_nothing(
    tmp_path: Path, newsroom: Web, hook: Web
) -> None:
    newsroom.answer(as_feed(OPENED))
    config = install(tmp_path, newsroom=newsroom.url, hook=hook.url)
    with running(config) as newswatch:
        before = newswatch.configuration
        (config / "sources.yaml").write_text("sources: [{id: a}]")
        asyncio.run(newswatch.reload())
        assert newswatch.configuration is before
        assert "sources.yaml:1:11" in newswatch.reload_problem
        poll(newswatch)
        assert len(newswatch.store.releases_recent(10)) == 1


def test_a_reload_that_validates_is_in_force(tmp_path: Path, newsroom: Web, hook: Web) -> None:
    config = install(tmp_path, newsroom=newsroom.url, hook=hook.url)
    with running(config) as newswatch:
        sources = (config / "sources.yaml").read_text()
        (config / "sources.yaml").write_text(sources.replace("id: newsroom", "id: renamed"))
        asyncio.run(newswatch.reload())
        assert list(newswatch.pipeline.sources) == ["renamed"]


# -- the demo ---------------------------------------------------------------------------------------


def demo(directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "newswatch", "demo", "--once"],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_demo_ends_well(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    done = demo(tmp_path)
    assert "Every expected alert arrived, once: 7 of 7." in done.stdout, done.stdout + done.stderr
    assert (done.returncode, done.stderr) == (0, "")


def test_the_demo_fails_when_an_alert_does_not_arrive(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    (tmp_path / "config/subscribers/newsroom-chat.yaml").unlink()
    done = demo(tmp_path)
    assert "missing: chat to newsroom-chat about kyrgyzstan-mission-ends" in done.stdout
    assert done.returncode == 1
