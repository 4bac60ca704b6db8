"""Push in trouble: its operators hear of it once, again every week, and when it is over."""

import asyncio
import json
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from hubscene import DAYS, EVERY, HOUR, SLOW, TAJIKISTAN, Scene
from servers import Answer


@pytest.fixture
def watched(everywhere: Scene) -> Scene:
    """A scene with operators, where push works."""
    (everywhere.config / "subscribers" / "operators.yaml").write_text(
        "subscriber: operators\nname: Operators\nrules: []\n"
        f"channels: {{hook: {{kind: webhook, url: '{everywhere.hook.url}',"
        f" secret: {{file: {everywhere.config.parent / 'hook.secret'}}}}}}}\n"
    )
    everywhere.restart()
    everywhere.subscribe()
    return everywhere


def told(scene: Scene) -> list[str]:
    """The titles of what newswatch said of itself, the first one first."""
    found = scene.store.releases_recent(99, source="newswatch")
    return [one.title for one in sorted(found, key=lambda one: one.first_seen)]


def texts(scene: Scene) -> list[str]:
    return [one.text for one in scene.store.releases_recent(99, source="newswatch")]


def denied(scene: Scene, reason: str = "no such topic") -> None:
    assert scene.verify(mode="denied", reason=reason, challenge="").status_code == 200


def test_while_push_works_nothing_is_told(watched: Scene) -> None:
    for _ in range(20):
        watched.later(SLOW)
        watched.look()
        if watched.ask():
            watched.verify()
    assert told(watched) == []


def test_a_hub_that_refuses_is_told_with_the_next_poll_and_once(watched: Scene) -> None:
    denied(watched)
    for _ in range(5):
        watched.later(EVERY)
        watched.look()
    host = urlsplit(watched.hub.url).netloc
    (text,) = texts(watched)
    assert text == (
        f"The newsroom is not pushed by {host}: the hub refuses: no such topic. Nothing is lost: "
        "it is polled as often as without a hub, and what is new comes with the next poll. "
        f"Address: {watched.newsroom.url}"
    )


def test_what_is_told_of_push_is_sent_like_any_alert(watched: Scene) -> None:
    denied(watched)
    watched.look()
    for batch in watched.newswatch.pipeline.claim():
        asyncio.run(watched.newswatch.deliver(batch))
    (request,) = watched.hook.requests
    assert json.loads(request.body)["data"]["release"]["title"] == "newsroom: not pushed"


def test_a_hub_that_goes_on_refusing_is_told_again_every_week(watched: Scene) -> None:
    for _ in range(15):
        denied(watched)
        watched.look()
        watched.later(DAYS)
        assert watched.ask()
        watched.look()  # asked again, and not refused yet: neither well nor a new trouble
    assert told(watched) == ["newsroom: not pushed"] * 3


def test_a_hub_that_refused_and_verifies_after_all_is_told(watched: Scene) -> None:
    denied(watched)
    watched.look()
    watched.later(DAYS)
    watched.ask()
    watched.verify()
    for _ in range(3):
        watched.later(EVERY)
        watched.look()
    assert told(watched) == ["newsroom: not pushed", "newsroom: pushed again"]
    assert texts(watched)[0].startswith("The newsroom is pushed by 127.0.0.1:")
    denied(watched)
    watched.later(EVERY)
    watched.look()
    assert told(watched)[2:] == ["newsroom: not pushed"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(202), "the hub takes requests and does not verify them"),
        (Answer(500), "the hub answered 500 Internal Server Error"),
    ],
)
def test_a_hub_that_verifies_nothing_is_told_after_the_third_request(
    everywhere: Scene, answer: Answer, reason: str
) -> None:
    everywhere.hub.answer(answer)
    everywhere.publish("One")
    everywhere.look()
    for expected in ([], [], ["newsroom: not pushed"], ["newsroom: not pushed"]):
        assert everywhere.ask()
        everywhere.look()
        assert told(everywhere) == expected
        everywhere.clock.now = everywhere.push.next_ask
    assert f": {reason}. Nothing is lost" in texts(everywhere)[0]


def test_a_lease_that_is_not_renewed_is_told_when_it_ends(watched: Scene) -> None:
    watched.hub.answer(Answer(500))
    for _ in range(3):
        watched.clock.now = watched.push.next_ask
        assert watched.ask()
        watched.look()
    assert told(watched) == []
    watched.later(4 * DAYS)
    watched.look()
    assert told(watched) == ["newsroom: not pushed"]
    reason = "the hub answered 500 Internal Server Error; its lease has ended."
    assert reason in texts(watched)[0]


def test_a_release_that_was_not_pushed_is_told_after_a_day(watched: Scene) -> None:
    watched.later(SLOW)
    watched.publish(TAJIKISTAN)
    watched.look()
    watched.later(DAYS - timedelta(seconds=1))
    watched.look()
    assert told(watched) == []
    watched.later(timedelta(seconds=1))
    watched.look()
    assert told(watched) == ["newsroom: not pushed"]
    assert ": the hub did not push what a poll found. Nothing is lost" in texts(watched)[0]
    watched.later(HOUR)
    watched.ping()
    watched.look()
    assert told(watched) == ["newsroom: not pushed", "newsroom: pushed again"]


def test_a_busy_newsroom_whose_hub_is_dumb_is_told_as_soon(watched: Scene) -> None:
    for number in range(26):
        watched.later(HOUR)
        watched.publish(f"Release number {number} of this day")
        watched.look()
    assert told(watched) == ["newsroom: not pushed"]


def test_a_poll_that_was_faster_than_the_push_is_no_trouble(watched: Scene) -> None:
    watched.later(SLOW)
    watched.publish(TAJIKISTAN)
    watched.look()
    watched.later(timedelta(minutes=2))
    watched.ping()
    watched.later(2 * DAYS)
    watched.look()
    assert told(watched) == []


def test_that_nothing_is_lost_is_not_said_of_a_source_that_cannot_be_read(watched: Scene) -> None:
    good = watched.newsroom.handle
    watched.newsroom.answer(Answer(500))
    denied(watched)
    watched.look()
    assert told(watched) == []
    watched.newsroom.handle = good
    watched.later(HOUR)
    watched.look()
    assert told(watched) == ["newsroom: not pushed"]


def test_a_hub_that_a_feed_names_no_more_is_no_trouble(watched: Scene) -> None:
    denied(watched)
    watched.look()
    watched.publish("Two", hub="https://[no")
    watched.look()
    watched.ask()
    watched.look()
    assert told(watched) == ["newsroom: not pushed"]
    assert watched.state.push_told_at is None


def test_a_restart_does_not_tell_again(watched: Scene) -> None:
    denied(watched)
    watched.look()
    watched.restart()
    watched.later(EVERY)
    watched.look()
    assert told(watched) == ["newsroom: not pushed"]
