"""Push (WebSub): what hubs push makes polls, and polling stays the truth."""

import asyncio
import json
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from factories import NOW
from hubscene import EVERY, HOUR, SLOW, TAJIKISTAN, Scene, rss, signature
from servers import Answer, Request

# -- pushes -----------------------------------------------------------------------------------------


def test_a_push_brings_a_poll_and_a_delivery(scene: Scene) -> None:
    scene.subscribe()
    scene.look()
    scene.later(HOUR)
    scene.publish(TAJIKISTAN)
    assert not scene.is_due
    assert scene.ping().status_code == 204
    assert scene.poll() == ["newsroom"]
    for batch in scene.newswatch.pipeline.claim():
        asyncio.run(scene.newswatch.deliver(batch))
    titles = [json.loads(one.body)["data"]["release"]["title"] for one in scene.hook.requests]
    assert titles == [TAJIKISTAN]


def test_what_was_pushed_is_not_read(scene: Scene) -> None:
    scene.subscribe()
    scene.later(HOUR)
    scene.ping(rss("A release that the newsroom does not have"))
    scene.poll()
    assert len(scene.store.releases_recent(9)) == 1


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_push_may_be_signed_in_each_way(scene: Scene, method: str) -> None:
    scene.subscribe()
    scene.look()
    scene.later(HOUR)
    scene.ping(b"news", signature(scene.push.secret, b"news", method))
    assert scene.is_due


@pytest.mark.parametrize("signed", ["", "sha256=" + "0" * 64, "sha1=", "md5=0", "nonsense"])
def test_a_push_that_is_signed_wrong_is_thanked_for_and_ignored(scene: Scene, signed: str) -> None:
    scene.subscribe()
    scene.look()
    scene.later(HOUR)
    with capture_logs() as lines:
        assert scene.ping(b"news", signed).status_code == 204
    assert not scene.is_due
    assert [(line["event"], line["log_level"]) for line in lines] == [("push_unsigned", "warning")]
    assert scene.state.pushed is not None
    assert scene.state.pushed.pinged is None


def test_a_push_that_is_too_large_is_refused(scene: Scene) -> None:
    scene.change("newswatch.yaml", ("polling: {", "polling: {largest: 10000, "))
    scene.subscribe()
    scene.look()
    scene.later(HOUR)
    assert scene.ping(b"x" * 10_001).status_code == 413
    assert not scene.is_due
    assert scene.ping(b"x" * 10_000).status_code == 204


def test_many_pushes_bring_one_poll_a_minute(everywhere: Scene) -> None:
    everywhere.subscribe()
    everywhere.look()
    everywhere.later(HOUR)
    for _ in range(5):
        everywhere.ping()
    assert [everywhere.poll(), everywhere.poll()] == [["newsroom"], []]
    everywhere.ping()
    everywhere.later(timedelta(seconds=59))
    assert not everywhere.is_due
    everywhere.later(timedelta(seconds=1))
    assert everywhere.is_due
    assert not everywhere.is_due


def test_a_push_during_a_poll_is_not_lost(everywhere: Scene) -> None:
    everywhere.subscribe()
    everywhere.look()
    everywhere.later(HOUR)
    everywhere.ping()
    old, page = everywhere.newsroom.handle, everywhere.newsroom

    def push_meanwhile(request: Request) -> Answer:
        page.handle = old
        everywhere.later(timedelta(seconds=1))
        everywhere.ping()
        return old(request)

    page.handle = push_meanwhile
    assert everywhere.poll() == ["newsroom"]
    everywhere.later(timedelta(minutes=1))
    assert everywhere.poll() == ["newsroom"]


def test_a_push_does_not_break_a_pause_that_the_host_asked_for(everywhere: Scene) -> None:
    twin = (
        f"  - {{id: twin, name: T, kind: feed, url: '{everywhere.newsroom.url}/2', publisher: T}}\n"
    )
    with (everywhere.config / "sources.yaml").open("a") as file:
        file.write(twin)
    everywhere.subscribe()
    everywhere.restart()
    everywhere.look()
    everywhere.later(HOUR)
    good = everywhere.newsroom.handle
    everywhere.newsroom.answer(Answer(429, headers={"Retry-After": "7200"}))
    assert everywhere.poll() == ["twin"]
    everywhere.newsroom.handle = good
    everywhere.restart()  # what the fetcher remembers of the host goes with it
    everywhere.ping()
    everywhere.later(2 * HOUR - timedelta(seconds=1))
    assert not everywhere.is_due
    everywhere.later(timedelta(seconds=1))
    assert "newsroom" in everywhere.poll()


def test_a_push_ends_the_pause_after_failures(scene: Scene) -> None:
    scene.subscribe()
    good = scene.newsroom.handle
    scene.newsroom.answer(Answer(500))
    for _ in range(6):
        scene.look()
    scene.newsroom.handle = good
    scene.later(HOUR)
    assert not scene.is_due
    scene.ping()
    assert scene.is_due
    assert scene.state.state in ("ok", "not_modified")


# -- polling stays the truth ----------------------------------------------------------------------------


def test_polls_are_rarer_while_push_works_and_until_the_lease_ends(scene: Scene) -> None:
    scene.publish("One")
    scene.look()
    assert scene.state.next_poll == NOW + EVERY
    scene.ask()
    scene.look()
    assert scene.state.next_poll == NOW + EVERY
    scene.verify(lease_seconds=str(3 * 3600))
    scene.look()
    assert scene.state.next_poll == NOW + 3 * HOUR
    scene.later(3 * HOUR)
    scene.look()
    assert scene.state.next_poll == scene.clock() + EVERY


def test_after_a_push_the_next_poll_is_not_late(scene: Scene) -> None:
    scene.subscribe()
    scene.look()
    scene.later(HOUR)
    scene.ping()  # and a cache still has the page of before
    scene.later(timedelta(seconds=1))
    scene.poll()
    assert scene.state.next_poll == scene.clock() + EVERY
    scene.later(EVERY)
    scene.poll()
    assert scene.state.next_poll == scene.clock() + SLOW


def test_a_hub_that_misses_a_release_is_relied_on_only_after_its_next_push(
    everywhere: Scene,
) -> None:
    everywhere.subscribe()
    everywhere.look()
    everywhere.later(SLOW)
    everywhere.publish(TAJIKISTAN)
    everywhere.poll()
    assert everywhere.state.next_poll == everywhere.clock() + EVERY
    everywhere.later(EVERY)
    everywhere.poll()
    assert everywhere.state.next_poll == everywhere.clock() + EVERY
    everywhere.verify()
    everywhere.later(timedelta(minutes=2))
    everywhere.ping()
    everywhere.poll()
    everywhere.later(EVERY)
    everywhere.poll()
    assert everywhere.state.next_poll == everywhere.clock() + SLOW


def test_a_release_that_was_pushed_is_not_missed(scene: Scene) -> None:
    scene.subscribe()
    scene.look()
    scene.later(HOUR)
    scene.publish(TAJIKISTAN)
    scene.ping()
    scene.later(timedelta(seconds=1))
    scene.poll()
    assert scene.state.unpushed is None


def test_what_was_there_before_the_subscription_is_not_missed(scene: Scene) -> None:
    scene.publish("One")
    scene.look()
    scene.ask()
    scene.later(EVERY)
    scene.verify()
    scene.publish(TAJIKISTAN)
    scene.look()
    assert scene.state.unpushed is None


def test_a_new_hub_does_not_answer_for_what_the_old_one_missed(scene: Scene) -> None:
    scene.subscribe()
    scene.look()
    scene.later(SLOW)
    scene.publish(TAJIKISTAN)
    scene.poll()
    assert scene.state.unpushed == scene.clock()
    scene.publish("Another release", hub=f"{scene.hub.url}/new")
    scene.later(EVERY)
    scene.poll()
    assert scene.state.unpushed is None
