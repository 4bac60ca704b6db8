"""/api/v1/events: what webhooks were owed, with the same ids and bytes, after any outage."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import httpx
import pytest

from installation import SECRET
from newswatch.catchup import missed
from newswatch.model import Channel, Editor
from newswatch.pipeline import Pipeline
from newswatch.store import SqlStore
from newswatch.web import make_app
from newswatch.web.shelf import Shelf
from receiver import Receiver, receiver
from test_pipeline import HOOK, OPENED
from test_revisions import RETITLED, real, scene, sent, told
from test_silences import HOUR, silence
from webdoors import Doors, ask

EVENTS = "/api/v1/events?subscriber=desk"
TOKEN = "a-token-that-nobody-guesses"


@pytest.fixture
def endpoint() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


def app(pipeline: Pipeline) -> Shelf:
    site = Doors(subscribers=pipeline.subscribers, editors=(Editor("Ada", TOKEN),)).site()
    return make_app(replace(site, events=partial(missed, pipeline)))


def get(site: Shelf, path: str = EVENTS, token: str = TOKEN) -> httpx.Response:
    return ask(site, path, authorization=f"Bearer {token}")


def test_what_was_owed_is_given_again_as_it_was_sent(store: SqlStore, endpoint: Receiver) -> None:
    hook = replace(HOOK, url=endpoint.url, secrets=(SECRET,))
    pipeline = scene(store, OPENED, RETITLED, channel=hook, **real())
    told(pipeline, HOUR)
    lines = get(app(pipeline)).content.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [hit.id for hit in endpoint.hits]
    for line, hit in zip(lines, endpoint.hits, strict=True):
        assert line.endswith(b'"payload": ' + hit.body + b"}")


def test_a_cursor_gives_what_came_after_it(store: SqlStore) -> None:
    pipeline = scene(store, OPENED, RETITLED, **real())
    told(pipeline, HOUR)
    site = app(pipeline)
    first = json.loads(get(site, f"{EVENTS}&limit=1").text)
    (rest,) = get(site, f"{EVENTS}&after={first['cursor']}").text.splitlines()
    assert json.loads(rest)["payload"]["type"] == "release.corrected"
    end = json.loads(rest)["cursor"]
    assert get(site, f"{EVENTS}&after={end}").text == ""


def test_what_is_hidden_or_goes_elsewhere_is_left_out(store: SqlStore) -> None:
    store.add_silence(silence(subscribers=["desk"]))
    pipeline = scene(store, OPENED, **real())
    told(pipeline)
    assert get(app(pipeline)).text == ""
    mail = Channel("hook", "email", to=("desk@news.test",))
    by_mail = scene(store, RETITLED, channel=mail, **real())
    sent(by_mail)
    assert get(app(by_mail)).text == ""


def test_what_cannot_be_written_says_why_and_stops_nothing(store: SqlStore) -> None:
    broken = replace(HOOK, url="https://hook.test/", template="{{ nothing }}")
    pipeline = scene(store, OPENED, RETITLED, channel=broken, **real())
    told(pipeline, HOUR)
    first, second = map(json.loads, get(app(pipeline)).text.splitlines())
    assert "template" in first["error"]
    assert "payload" not in first
    assert second["cursor"] != first["cursor"]


def test_nobody_without_a_token_learns_of_subscribers(sqlite_store: SqlStore) -> None:
    site = app(scene(sqlite_store))
    answer = get(site, token="another")
    assert answer.status_code == 401
    assert get(site, "/api/v1/events?subscriber=nobody", "another").status_code == 401
    assert get(site).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/events", 400),
        ("/api/v1/events?subscriber=nobody", 404),
        (f"{EVENTS}&after=x", 400),
        (f"{EVENTS}&after={'9' * 40}", 400),
        (f"{EVENTS}&limit=1000", 400),
    ],
)
def test_what_makes_no_sense_is_refused(sqlite_store: SqlStore, path: str, status: int) -> None:
    assert get(app(scene(sqlite_store)), path).status_code == status


def test_the_description_names_the_token(sqlite_store: SqlStore) -> None:
    described = ask(app(scene(sqlite_store)), "/api/openapi.json").json()
    operation = described["paths"]["/api/v1/events"]["get"]
    assert operation["security"] == [{"token": []}]
