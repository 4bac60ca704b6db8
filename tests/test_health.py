"""No silence: what the operators are told of a source, once, again every week, and when it is over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from factories import NOW, make_document, make_source, make_state
from newswatch.health import working_days
from newswatch.model import Channel, Delivery, FetchFailure, History, NotModified, Poll, Validators
from newswatch.rules.rule import Subscriber
from newswatch.store import SqlStore
from test_pipeline import DESK, OPENED, Clock, deliver, make_pipeline, page, poll

MAIL = Channel("ops", "webhook", url="https://ops.example/")
OPERATORS = Subscriber("operators", "Operators", channels=(MAIL,))
DOWN = FetchFailure("unreachable", "no route to the host")
GONE = FetchFailure("gone", "answered 410 Gone", 410)
SAME = NotModified(Validators())
HOUR = 1 / 24  # of a day


class Watch:
    """A source with an operator."""

    def __init__(self, store: SqlStore, *answers: Any, **fields: Any) -> None:
        self.clock = Clock()
        subscribers = fields.pop("subscribers", (DESK, OPERATORS))
        self.pipeline = make_pipeline(
            store, list(answers), subscribers=subscribers, clock=self.clock, **fields
        )

    def poll(self, days: float = HOUR) -> list[Delivery]:
        """What the operators are owed by the next poll; then time passes."""
        found: Poll = poll(self.pipeline)
        self.clock.now += timedelta(days=days)
        return [d for d in found.deliveries if d.subscriber == "operators"]

    def titles(self, polls: int, days: float = HOUR) -> list[str]:
        owed = [d for _ in range(polls) for d in self.poll(days)]
        releases = self.pipeline.store.releases_by_id([d.release_id for d in owed])
        return [releases[d.release_id].title for d in owed]


def test_trouble_is_told_after_three_failures_and_once(store: SqlStore) -> None:
    watch = Watch(store, page(OPENED), *[DOWN] * 6)
    assert [len(watch.poll()) for _ in range(7)] == [0, 0, 0, 1, 0, 0, 0]


def test_trouble_is_told_after_a_day_however_few_polls_it_has(store: SqlStore) -> None:
    watch = Watch(store, page(OPENED), *[DOWN] * 3)
    assert [len(watch.poll(days=1)) for _ in range(4)] == [0, 0, 1, 0]


def test_what_is_gone_is_told_at_once(store: SqlStore) -> None:
    watch = Watch(store, page(OPENED), GONE)
    assert [len(watch.poll()) for _ in range(4)] == [0, 1, 0, 0]
    (notice,) = store.releases_recent(1, source="newswatch")
    assert "It is asked no more; remove it, or give its new address." in notice.text


def test_what_is_gone_is_told_again_every_week_though_nobody_is_asked(store: SqlStore) -> None:
    watch = Watch(store, GONE)
    assert watch.titles(15, days=1) == ["newsroom: gone"] * 3
    assert len(watch.pipeline.fetcher.asked) == 1


def test_a_short_disturbance_is_not_told(store: SqlStore) -> None:
    watch = Watch(store, page(OPENED), DOWN, DOWN, SAME, DOWN, DOWN, SAME)
    assert watch.titles(7) == []


def test_trouble_that_lasts_is_told_again_every_week(store: SqlStore) -> None:
    watch = Watch(store, page(OPENED), *[DOWN] * 20)
    assert watch.titles(21, days=1) == ["newsroom: unreachable"] * 3


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


def test_a_source_that_moved_is_told_once_and_says_so(store: SqlStore) -> None:
    moved = [replace(page(OPENED), moved_to="https://new.example/feed") for _ in range(5)]
    assert Watch(store, *moved).titles(5) == ["newsroom: moved"]
    state = store.source_states()["newsroom"]
    assert (state.state, state.reason) == ("moved", "moved for good to https://new.example/feed")


# -- silence --------------------------------------------------------------------------------------


def dated(days_ago: Sequence[float]) -> Any:
    """A feed with a release for each of these days before NOW."""
    items = "".join(
        f"<item><title>Release {day}</title><link>https://n.example/{day}</link>"
        f"<pubDate>{NOW - timedelta(days=day):%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
        for day in days_ago
    )
    body = f'<rss version="2.0"><channel><title>N</title>{items}</channel></rss>'
    return make_document(body.encode(), validators=Validators(etag=str(days_ago).encode()))


def test_a_source_that_falls_silent_is_told(store: SqlStore) -> None:
    """Daily releases, the weekends apart: three working days are the least that counts."""
    watch = Watch(store, dated(range(10)), *[SAME] * 9)
    assert watch.titles(6, days=1) == []  # Wednesday, 5 February, to Monday
    assert watch.titles(4, days=1) == ["newsroom: silent"]
    state = store.source_states()["newsroom"]
    assert state.state == "silent"
    assert state.reason == "has brought nothing new for 7 working days"


@pytest.mark.parametrize(
    ("days", "polls"), [(range(0, 60, 7), 13), (range(0, 600, 60), 60)], ids=["weekly", "rarely"]
)
def test_a_source_that_publishes_rarely_may_be_silent_for_longer(
    store: SqlStore, days: Sequence[int], polls: int
) -> None:
    """Twice what is usual: ten working days after weekly releases; never more than 45."""
    watch = Watch(store, dated(days), *[SAME] * 99)
    assert watch.titles(polls, days=1) == []
    assert watch.titles(6, days=1) == ["newsroom: silent"]


def test_little_is_too_little_to_call_it_silence(store: SqlStore) -> None:
    watch = Watch(store, dated(range(6)), *[SAME] * 9)
    assert watch.titles(10, days=30) == []


def test_how_often_something_is_expected_may_be_configured(store: SqlStore) -> None:
    source = make_source(expect_every=timedelta(days=2))
    watch = Watch(store, dated([0]), *[SAME] * 3, source=source)
    assert [watch.titles(1, days=1) for _ in range(4)] == [[], [], [], ["newsroom: silent"]]


def test_a_new_release_ends_the_silence(store: SqlStore) -> None:
    watch = Watch(store, dated(range(10)), *[SAME] * 9, dated(range(-9, 10)))
    assert watch.titles(11, days=1) == ["newsroom: silent", "newsroom: recovered"]


def test_a_source_that_was_silent_before_it_was_added_is_silent_already(store: SqlStore) -> None:
    watch = Watch(store, dated(range(100, 110)))
    assert watch.titles(1) == ["newsroom: silent"]


@pytest.mark.parametrize(
    ("days", "working"), [(0, 0), (1, 1), (2, 2), (3, 2), (5, 3), (7, 5), (26, 18)]
)
def test_working_days_leave_out_saturdays_and_sundays(days: int, working: int) -> None:
    assert working_days(NOW, NOW + timedelta(days=days)) == working


def test_what_is_usual_is_remembered(store: SqlStore) -> None:
    history = History((20, 19), (1,), (NOW,), is_dated=True, is_complete=True, language="en")
    state = make_state(history=history, held="ask", failing_since=NOW)
    store.record(Poll("newsroom", NOW, state))
    assert store.source_states()["newsroom"] == state
