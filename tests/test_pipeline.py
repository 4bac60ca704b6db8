"""The three loops, on a real store: what a poll decides, what a delivery becomes."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from factories import NOW, make_document, make_source, make_state
from newswatch.intake import take_in, take_in_article
from newswatch.model import (
    Channel,
    Delivery,
    Digest,
    Fetched,
    FetchFailure,
    NotModified,
    Outcome,
    Poll,
    Release,
    SourceState,
    Validators,
)
from newswatch.pipeline import Pipeline
from newswatch.ports import Message, Settled
from newswatch.rules.compile import compile_when
from newswatch.rules.rule import Rule, Subscriber
from newswatch.rules.standing import Standing
from newswatch.store import SqlStore
from newswatch.understand.countries import resolve, suggest

ITEM = """<item><title>{title}</title><link>https://newsroom.example/{n}</link>
<guid isPermaLink="false">g{n}</guid><description>{text}</description>
<pubDate>Wed, 22 Jan 2025 09:14:00 +0000</pubDate></item>"""
OPENED = ("ODIHR opens election observation mission in Tajikistan", "The mission opened today.")
POLICE = ("Border police in Moldova finish a course on documents", "Twenty officers took part.")


def rss(*items: tuple[str, str]) -> bytes:
    body = "".join(ITEM.format(n=n, title=t, text=x) for n, (t, x) in enumerate(items, 1))
    return f'<rss version="2.0"><channel><title>N</title>{body}</channel></rss>'.encode()


@dataclass
class Names:
    """The shipped countries, without groups of the installation's own."""

    countries: Callable[[str], frozenset[str]] = resolve
    suggest: Callable[[str], tuple[str, ...]] = suggest

    def keywords(self, name: str) -> tuple[str, ...] | None:
        return None


def rule(rule_id: str, **when: Any) -> Rule:
    condition, problems = compile_when(when, Names())
    assert condition is not None, problems
    return Rule(rule_id, rule_id, condition, send=("hook",))


HOOK = Channel("hook", "webhook", url="https://hook.example/")
DESK = Subscriber("desk", "The desk", channels=(HOOK,), rules=(rule("tj", country=["TJ"]),))


@dataclass
class Answers:
    """A fetcher that gives the answers it was given, in turn, and keeps what it was asked."""

    answers: list[Fetched]
    asked: list[Validators] = field(default_factory=list)

    async def fetch(self, url: str, validators: Validators) -> Fetched:
        self.asked.append(validators)
        return self.answers.pop(0)


@dataclass
class Sender:
    """Keeps what it is asked to send, and answers with the given outcomes, then with 200."""

    outcomes: list[Outcome] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)

    async def send(self, message: Message, now: datetime) -> Outcome:
        self.sent.append(message)
        return self.outcomes.pop(0) if self.outcomes else Outcome(ok=True, answer="200 OK")


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


def render(
    subscriber: Subscriber,
    channel: Channel,
    deliveries: Sequence[Delivery],
    releases: Mapping[str, Release],
    now: datetime,
) -> Message:
    titles = ", ".join(releases[delivery.release_id].title for delivery in deliveries)
    return Message(channel, tuple(deliveries), titles.encode(), {})


async def no_refusal(url: str) -> None:
    return None


async def here(work: Callable[[], Any]) -> Any:
    return work()


def make_pipeline(store: SqlStore, answers: list[Fetched], **fields: Any) -> Pipeline:
    source = fields.pop("source", make_source(quiet_first_poll=False))
    store.ensure_sources([source.id], NOW)
    defaults: dict[str, Any] = {
        "fetcher": Answers(answers),
        "refusal": no_refusal,
        "read": take_in,
        "read_article": take_in_article,
        "store": store,
        "senders": {"webhook": Sender(), "email": Sender()},
        "render": render,
        "sources": {source.id: source},
        "standing": Standing.of(fields.pop("subscribers", (DESK,))),
        "retry": (timedelta(seconds=5), timedelta(minutes=5)),
        "clock": Clock(),
        "spread": lambda: 0.0,
        "in_thread": here,
    }
    return Pipeline(**defaults | fields)


def poll(pipeline: Pipeline) -> Poll:
    (source,) = pipeline.sources.values()
    return asyncio.run(pipeline.poll(source, pipeline.store.source_states()[source.id]))


def deliver(pipeline: Pipeline) -> list[Settled]:
    return [
        settled for batch in pipeline.claim() for settled in asyncio.run(pipeline.deliver(batch))
    ]


def page(*items: tuple[str, str], etag: bytes = b'"1"') -> Any:
    return make_document(rss(*items), validators=Validators(etag=etag))


def test_a_new_release_that_a_rule_asks_for_is_owed_and_sent(store: SqlStore) -> None:
    pipeline = make_pipeline(store, [page(OPENED, POLICE)])
    poll(pipeline)
    (settled,) = deliver(pipeline)
    assert settled.delivery.state == "sent"
    assert [m.body.decode() for m in pipeline.senders["webhook"].sent] == [OPENED[0]]
    assert store.delivery_counts()["sent"] == 1


def test_the_first_poll_of_a_source_is_quiet(store: SqlStore) -> None:
    pipeline = make_pipeline(store, [page(OPENED)], source=make_source())
    first = poll(pipeline)
    assert (first.quiet, len(first.changes), first.deliveries) == (True, 1, ())
    assert deliver(pipeline) == []


def test_what_comes_after_the_quiet_first_poll_is_told(store: SqlStore) -> None:
    pipeline = make_pipeline(store, [page(POLICE), page(POLICE, OPENED)], source=make_source())
    poll(pipeline)
    poll(pipeline)
    assert [s.delivery.state for s in deliver(pipeline)] == ["sent"]


def test_a_failed_first_poll_does_not_use_up_the_quiet(store: SqlStore) -> None:
    failure = FetchFailure("http", "answered 500")
    pipeline = make_pipeline(store, [failure, page(OPENED)], source=make_source())
    poll(pipeline)
    assert poll(pipeline).quiet


def test_the_same_page_again_brings_nothing(store: SqlStore) -> None:
    pipeline = make_pipeline(store, [page(OPENED), page(OPENED), NotModified(Validators())])
    polls = [poll(pipeline) for _ in range(3)]
    assert [len(one.changes) for one in polls] == [1, 0, 0]
    assert len(deliver(pipeline)) == 1


def test_the_same_entries_in_other_bytes_bring_nothing(store: SqlStore) -> None:
    pipeline = make_pipeline(store, [page(OPENED, POLICE), page(OPENED, POLICE, ("x", "y"))])
    poll(pipeline)
    assert [change.release.title for change in poll(pipeline).changes] == ["x"]


def test_validators_are_sent_back_as_they_came(store: SqlStore) -> None:
    answers = [page(OPENED, etag=b'W/"caf\xe9"'), NotModified(Validators(etag=b"new"))]
    pipeline = make_pipeline(store, [*answers, NotModified(Validators())])
    for _ in range(3):
        poll(pipeline)
    assert [v.etag for v in pipeline.fetcher.asked] == [None, b'W/"caf\xe9"', b"new"]


def test_a_failure_keeps_the_validators_and_waits_longer_each_time(store: SqlStore) -> None:
    failures = [FetchFailure("http", "answered 500") for _ in range(3)]
    pipeline = make_pipeline(store, [page(OPENED), *failures])
    poll(pipeline)
    states = [poll(pipeline).state for _ in range(3)]
    waits = [state.next_poll - NOW for state in states]
    assert [state.failures for state in states] == [1, 2, 3]
    assert {state.validators.etag for state in states} == {b'"1"'}
    assert waits == sorted(waits)
    assert waits[0] < waits[1] < waits[2]


def test_a_page_that_is_no_feed_changes_nothing_but_the_state(store: SqlStore) -> None:
    login = make_document(
        b"<html><form><input type=password></form></html>", content_type="text/html"
    )
    pipeline = make_pipeline(store, [page(OPENED), login])
    poll(pipeline)
    after = poll(pipeline).state
    assert after.state in ("login", "parse")
    assert after.validators == Validators(etag=b'"1"')
    assert len(store.releases_recent(10)) == 1


def test_a_page_that_recovers_is_read_again_even_with_the_old_bytes(store: SqlStore) -> None:
    pipeline = make_pipeline(store, [page(OPENED), FetchFailure("http", "no"), page(OPENED)])
    states = [poll(pipeline).state for _ in range(3)]
    assert (states[2].state, states[2].failures) == ("ok", 0)


def test_a_revision_alerts_only_rules_that_had_not_met_it(store: SqlStore) -> None:
    vague = ("Observers open a mission", "Somewhere.")
    mended = ("Observers open a mission in Tajikistan", "Somewhere.")
    again = ("Observers open a mission in Tajikistan", "With more words.")
    pipeline = make_pipeline(store, [page(vague), page(mended), page(again)])
    owed = [len(poll(pipeline).deliveries) for _ in range(3)]
    assert owed == [0, 1, 0]


def test_look_decides_and_writes_nothing(store: SqlStore) -> None:
    pipeline = make_pipeline(store, [page(OPENED)])
    (source,) = pipeline.sources.values()
    seen = asyncio.run(pipeline.look(source, make_state()))
    assert len(seen.deliveries) == 1
    assert store.releases_recent(10) == []


def test_a_delivery_that_fails_is_tried_on_the_schedule_and_then_dead(store: SqlStore) -> None:
    clock = Clock()
    sender = Sender([Outcome(ok=False, answer="500 no")] * 3)
    pipeline = make_pipeline(store, [page(OPENED)], senders={"webhook": sender}, clock=clock)
    poll(pipeline)
    states = []
    for _ in range(3):
        (settled,) = deliver(pipeline)
        states.append(settled.delivery.state)
        clock.now += timedelta(hours=1)
    assert states == ["deferred", "deferred", "dead"]
    assert len({message.deliveries[0].id for message in sender.sent}) == 1


def test_a_delivery_refused_for_good_is_dead_at_once(store: SqlStore) -> None:
    sender = Sender([Outcome(ok=False, answer="550 no such user", retryable=False)])
    pipeline = make_pipeline(store, [page(OPENED)], senders={"webhook": sender})
    poll(pipeline)
    assert [s.delivery.state for s in deliver(pipeline)] == ["dead"]


def test_deliveries_of_a_removed_channel_are_cancelled_not_sent(store: SqlStore) -> None:
    pipeline = make_pipeline(store, [page(OPENED)])
    poll(pipeline)
    pipeline = replace(pipeline, standing=Standing.of(()))
    assert [s.delivery.state for s in deliver(pipeline)] == ["cancelled"]
    assert pipeline.senders["webhook"].sent == []


def test_a_channel_that_waits_for_its_secret_keeps_its_deliveries(store: SqlStore) -> None:
    waiting = replace(HOOK, missing="HOOK_SECRET in the environment")
    desk = replace(DESK, channels=(waiting,))
    pipeline = make_pipeline(store, [page(OPENED)], subscribers=(desk,))
    poll(pipeline)
    (settled,) = deliver(pipeline)
    assert (settled.delivery.state, settled.delivery.attempts) == ("deferred", 0)
    assert "HOOK_SECRET" in settled.outcome.answer


def test_a_digest_takes_what_is_due_in_one_message(store: SqlStore) -> None:
    from datetime import time

    mail = Channel("hook", "email", to=("d@example.org",), digest=Digest(time(7)))
    desk = replace(DESK, timezone="Europe/Vienna", channels=(mail,))
    other = ("Tajikistan: final report published", "On the elections.")
    clock = Clock()
    pipeline = make_pipeline(store, [page(OPENED, other)], subscribers=(desk,), clock=clock)
    poll(pipeline)
    assert deliver(pipeline) == []
    clock.now = datetime.fromisoformat("2025-02-06T06:00:00+00:00")
    assert len(deliver(pipeline)) == 2
    assert len(pipeline.senders["email"].sent) == 1


@pytest.mark.parametrize("etag", [b'"1"', b'"2"'])
def test_a_source_state_is_what_the_store_gives_back(store: SqlStore, etag: bytes) -> None:
    pipeline = make_pipeline(store, [page(OPENED, etag=etag)])
    recorded = poll(pipeline).state
    found: SourceState = store.source_states()["newsroom"]
    assert found == recorded


PAGED = """<feed xmlns="http://www.w3.org/2005/Atom"><title>N</title>{next}{entries}</feed>"""


def paged(*numbers: int, following: str | None = None) -> Any:
    """A page of a feed: entries by number, and where the older ones are."""
    entries = "".join(
        f"<entry><id>urn:{n}</id><title>Mission {n} opens in Tajikistan</title>"
        f'<link href="https://newsroom.example/{n}"/></entry>'
        for n in numbers
    )
    link = f'<link rel="next" href="{following}"/>' if following else ""
    return make_document(PAGED.format(next=link, entries=entries).encode())


def titles(poll: Poll) -> list[str]:
    return [change.release.title.split()[1] for change in poll.changes]


def test_what_overflowed_the_first_page_between_two_polls_is_found(store: SqlStore) -> None:
    newer = [paged(9, 8, following="?2"), paged(7, 6, following="?3"), paged(5, 2, 1)]
    pipeline = make_pipeline(store, [paged(1, 2), *newer])
    poll(pipeline)
    second = poll(pipeline)
    assert titles(second) == ["9", "8", "7", "6", "5"]
    assert len(second.deliveries) == 5
    assert second.skipped == ()


def test_a_page_that_overlaps_ends_the_reading(store: SqlStore) -> None:
    pipeline = make_pipeline(store, [paged(1, 2), paged(3, 2, following="?2")])
    poll(pipeline)
    assert titles(poll(pipeline)) == ["3"]


def test_the_first_poll_reads_one_page(store: SqlStore) -> None:
    pipeline = make_pipeline(store, [paged(3, 2, following="?2")])
    assert titles(poll(pipeline)) == ["3", "2"]


def test_paging_back_ends_and_says_so(store: SqlStore) -> None:
    endless = [paged(n, following=f"?{n}") for n in range(10, 30)]
    pipeline = make_pipeline(store, [paged(1), *endless])
    poll(pipeline)
    second = poll(pipeline)
    assert sum(c.release.source_id == "newsroom" for c in second.changes) == 6
    assert second.state.state == "churn"
    assert "further back may be missing" in second.skipped[-1]


def test_an_older_page_that_fails_is_told_and_the_newer_ones_count(store: SqlStore) -> None:
    failure = FetchFailure("http", "answered 500")
    pipeline = make_pipeline(store, [paged(1), paged(9, following="?2"), failure])
    poll(pipeline)
    second = poll(pipeline)
    assert titles(second) == ["9"]
    assert second.state.state == "ok"
    assert "answered 500" in second.skipped[-1]
