"""No silence: what the operators are told of a source, once, again every week, and when it is over."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from factories import make_document, make_source
from newswatch.model import Channel, Delivery, FetchFailure, NotModified, Poll, Validators
from newswatch.rules.rule import Subscriber
from newswatch.store import SqlStore
from test_pipeline import DESK, OPENED, Clock, deliver, make_pipeline, page, poll

MAIL = Channel("ops", "webhook", url="https://ops.example/")
OPERATORS = Subscriber("operators", "Operators", channels=(MAIL,))
DOWN = FetchFailure("unreachable", "no route to the host")
GONE = FetchFailure("gone", "answered 410 Gone", 410)
SAME = NotModified(Validators())


class Watch:
    """A source with an operator, polled once a day."""

    def __init__(self, store: SqlStore, *answers: Any, **fields: Any) -> None:
        self.clock = Clock()
        subscribers = fields.pop("subscribers", (DESK, OPERATORS))
        self.pipeline = make_pipeline(
            store, list(answers), subscribers=subscribers, clock=self.clock, **fields
        )

    def poll(self, days: float = 1) -> list[Delivery]:
        """What the operators are owed by the next poll."""
        found: Poll = poll(self.pipeline)
        self.clock.now += timedelta(days=days)
        return [d for d in found.deliveries if d.subscriber == "operators"]

    def titles(self, polls: int, days: float = 1) -> list[str]:
        owed = [d for _ in range(polls) for d in self.poll(days)]
        releases = self.pipeline.store.releases_by_id([d.release_id for d in owed])
        return [releases[d.release_id].title for d in owed]


def test_trouble_is_told_when_it_is_sure_and_once(store: SqlStore) -> None:
    watch = Watch(store, page(OPENED), *[DOWN] * 6)
    assert [len(watch.poll()) for _ in range(7)] == [0, 0, 0, 1, 0, 0, 0]


def test_what_does_not_pass_by_itself_is_told_sooner(store: SqlStore) -> None:
    watch = Watch(store, page(OPENED), *[GONE] * 3)
    assert [len(watch.poll()) for _ in range(4)] == [0, 0, 1, 0]


def test_a_short_disturbance_is_not_told(store: SqlStore) -> None:
    watch = Watch(store, page(OPENED), DOWN, DOWN, SAME, DOWN, DOWN, SAME)
    assert watch.titles(7) == []


def test_trouble_that_lasts_is_told_again_every_week(store: SqlStore) -> None:
    watch = Watch(store, page(OPENED), *[DOWN] * 20)
    assert watch.titles(21) == ["newsroom: unreachable"] * 3


def test_the_end_of_trouble_is_told(store: SqlStore) -> None:
    watch = Watch(store, page(OPENED), DOWN, DOWN, DOWN, SAME, SAME)
    assert watch.titles(6) == ["newsroom: unreachable", "newsroom: recovered"]


def test_a_second_trouble_is_told_anew(store: SqlStore) -> None:
    watch = Watch(store, page(OPENED), DOWN, DOWN, DOWN, SAME, DOWN, DOWN, DOWN)
    assert watch.titles(8) == [
        "newsroom: unreachable",
        "newsroom: recovered",
        "newsroom: unreachable",
    ]


def test_a_source_that_was_never_read_is_told_too(store: SqlStore) -> None:
    assert Watch(store, *[DOWN] * 3).titles(3) == ["newsroom: unreachable"]


def test_a_notice_says_what_where_and_since_when(store: SqlStore) -> None:
    watch = Watch(store, page(OPENED), *[DOWN] * 3)
    (owed,) = [d for _ in range(4) for d in watch.poll()]
    text = store.releases_by_id([owed.release_id])[owed.release_id].text
    assert text == (
        "An observer's newsroom cannot be read: no route to the host (3 polls in a row, last read "
        "05 February 2025, 09:00 UTC). Address: https://newsroom.example/feed"
    )


def test_a_notice_is_sent_like_any_alert(store: SqlStore) -> None:
    watch = Watch(store, *[DOWN] * 3)
    watch.titles(3)
    assert [settled.delivery.state for settled in deliver(watch.pipeline)] == ["sent"]


def test_without_operators_trouble_is_in_the_archive_of_newswatch_itself(store: SqlStore) -> None:
    watch = Watch(store, *[DOWN] * 3, subscribers=(DESK,))
    assert watch.titles(3) == []
    assert store.releases_recent(10) == []
    assert [r.title for r in store.releases_recent(10, source="newswatch")] == [
        "newsroom: unreachable"
    ]


def test_a_source_that_moved_is_told_once(store: SqlStore) -> None:
    moved = [replace(page(OPENED), moved_to="https://new.example/feed") for _ in range(5)]
    assert Watch(store, *moved).titles(5) == ["newsroom: moved"]


# -- silence --------------------------------------------------------------------------------------


def numbered(*numbers: int) -> Any:
    return page(*[(f"Release {n}", f"Text of {n}.") for n in numbers], etag=str(numbers).encode())


def test_a_source_that_falls_silent_is_told(store: SqlStore) -> None:
    daily = [numbered(*range(n + 1)) for n in range(10)]
    watch = Watch(store, *daily, *[SAME] * 20)
    assert watch.titles(10) == []
    assert watch.titles(13) == []
    assert watch.titles(7) == ["newsroom: silent"]


def test_a_source_that_publishes_rarely_may_be_silent_for_long(store: SqlStore) -> None:
    monthly = [numbered(*range(n + 1)) for n in range(4)]
    watch = Watch(store, *monthly, *[SAME] * 10)
    assert watch.titles(4, days=30) == []
    assert watch.titles(9, days=15) == []


def test_a_new_release_ends_the_silence(store: SqlStore) -> None:
    daily = [numbered(*range(n + 1)) for n in range(3)]
    watch = Watch(store, *daily, *[SAME] * 16, numbered(*range(4)))
    assert watch.titles(20) == ["newsroom: silent", "newsroom: recovered"]


# -- floods ---------------------------------------------------------------------------------------


def flood(prefix: str, count: int, year: int = 2024) -> Any:
    items = "".join(
        f"<item><title>Mission {n} opens in Tajikistan</title><link>https://n.example/{prefix}/{n}</link>"
        f"<pubDate>Mon, 01 Jan {year} 09:00:00 GMT</pubDate></item>"
        for n in range(count)
    )
    body = f'<rss version="2.0"><channel><title>N</title>{items}</channel></rss>'
    return make_document(body.encode(), validators=Validators(etag=prefix.encode()))


def test_a_flood_of_old_releases_is_held_and_told(store: SqlStore) -> None:
    watch = Watch(
        store, flood("old", 20), flood("new", 20), source=make_source(quiet_first_poll=True)
    )
    watch.poll()
    found = poll(watch.pipeline)
    assert found.held
    assert [d.subscriber for d in found.deliveries] == ["operators"]
    assert len(store.releases_recent(100)) == 40


@pytest.mark.parametrize("answer", [flood("new", 10), flood("new", 20, year=2025)])
def test_few_or_fresh_releases_are_no_flood(store: SqlStore, answer: Any) -> None:
    watch = Watch(store, flood("old", 20), answer, source=make_source(quiet_first_poll=True))
    watch.clock.now = watch.clock.now.replace(month=1, day=2)
    watch.poll()
    assert not poll(watch.pipeline).held
