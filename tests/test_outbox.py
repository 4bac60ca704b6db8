"""The outbox: no channel delays another, what fails is left alone, and nothing is lost by it."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from factories import NOW, make_delivery, make_match, make_poll, make_release
from newswatch.breaker import PATIENCE, word
from newswatch.errors import StoreError
from newswatch.lanes import Lanes
from newswatch.model import (
    Change,
    Channel,
    ChannelState,
    Delivery,
    Digest,
    Outcome,
    Pace,
    Release,
)
from newswatch.pipeline import LEASE, Pipeline
from newswatch.ports import Ended, Message
from newswatch.rules.rule import Subscriber
from newswatch.rules.standing import Standing
from newswatch.store import SqlStore, open_store
from outbox import claim

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OK = Outcome(ok=True, answer="200 OK")
BAD = Outcome(ok=False, answer="500 Internal Server Error")
BUSY = Outcome(ok=False, answer="429 Too Many Requests", is_busy=True)
GONE = Outcome(ok=False, answer="410 Gone", retryable=False, disable=True)
REFUSED = Outcome(ok=False, answer="550 no such user", retryable=False)
OPERATORS = Subscriber("operators", "Operators", channels=(Channel("mail", "email"),))


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Receivers:
    """Answers by channel, 200 where nothing else is said; `hangs` never answer."""

    answers: dict[str, Outcome] = field(default_factory=dict)
    hangs: set[str] = field(default_factory=set)
    sent: list[tuple[str, str, bytes]] = field(default_factory=list)  # channel, id, body

    async def send(self, message: Message, now: datetime) -> Outcome:
        channel = message.channel.id
        self.sent.append((channel, message.deliveries[0].id, message.body))
        if channel in self.hangs:
            await asyncio.Event().wait()
        return self.answers.get(channel, OK)

    def to(self, channel: str) -> list[str]:
        return [one for to, one, _ in self.sent if to == channel]


def render(
    subscriber: Subscriber,
    channel: Channel,
    deliveries: Sequence[Delivery],
    releases: Mapping[str, Release],
    now: datetime,
) -> Message:
    text = subscriber.name + ": " + ", ".join(releases[d.release_id].title for d in deliveries)
    return Message(channel, tuple(deliveries), text.encode(), {"content-type": "text/plain"})


async def here(work: Any) -> Any:
    return work()


@dataclass
class Office:
    """A pipeline that only delivers, with its receivers and its clock."""

    store: SqlStore
    channels: tuple[Channel, ...]
    clock: Clock = field(default_factory=Clock)
    receivers: Receivers = field(default_factory=Receivers)
    lanes: Lanes = field(default_factory=Lanes)

    @property
    def pipeline(self) -> Pipeline:
        desk = Subscriber("desk", "The desk", channels=self.channels)
        fields: dict[str, Any] = dict.fromkeys(("fetcher", "refusal", "read", "read_article"))
        return Pipeline(
            **fields,
            store=self.store,
            senders={"webhook": self.receivers, "email": self.receivers},
            render=render,
            sources={},
            standing=Standing.of((desk, OPERATORS)),
            retry=(timedelta(seconds=5), 5 * MINUTE),
            clock=self.clock,
            spread=lambda: 0.0,
            in_thread=here,
            lanes=self.lanes,
        )

    def owe(self, channel: str, count: int, **fields: Any) -> list[str]:
        """Each of a release of its own."""
        ids = []
        for _ in range(count):
            number = len(self.store.release_ids())
            release = make_release(id=f"{number:016x}", title=f"Release {number}")
            one = make_delivery(
                id=f"{channel}-{number}", channel=channel, release_id=release.id, **fields
            )
            change = Change("new", release, (make_match(release_id=release.id),))
            self.store.record(make_poll(changes=(change,), deliveries=(one,)))
            ids.append(one.id)
        return ids

    def deliver(self, limit: int = 500) -> int:
        """All that is due now, until nothing is; returns how many attempts that took."""

        async def rounds() -> int:
            count = 0
            while batches := self.pipeline.claim(limit):
                count += len(batches)
                await asyncio.gather(*map(self.pipeline.deliver, batches))
            return count

        return asyncio.run(rounds())

    def state(self, channel: str) -> ChannelState:
        states = {one.lane: one for one in self.store.channel_states()}
        return states.get(("desk", channel), ChannelState("desk", channel))

    def states(self) -> dict[str, int]:
        return {state: n for state, n in self.store.delivery_counts().items() if n}


def hook(name: str, **fields: Any) -> Channel:
    return Channel(name, "webhook", url=f"https://{name}.test/", **fields)


# -- no channel delays another ------------------------------------------------------------------


def test_a_backlog_of_one_channel_does_not_fill_a_claim(store: SqlStore) -> None:
    office = Office(store, (hook("dead"), hook("well")))
    office.owe("dead", 60, due=NOW - HOUR)
    office.owe("well", 2)
    taken = [batch[0].channel for batch in office.pipeline.claim(500)]
    assert taken.count("dead") == 4
    assert taken.count("well") == 2


def test_where_there_is_little_room_channels_that_are_well_come_first(store: SqlStore) -> None:
    office = Office(store, (hook("bad"), hook("well")))
    office.receivers.answers["bad"] = BAD
    office.owe("bad", 3, due=NOW - HOUR)
    office.deliver(1)
    office.clock.now += MINUTE
    office.owe("bad", 1, due=NOW - HOUR)
    office.owe("well", 1, due=NOW + MINUTE)
    assert [batch[0].channel for batch in office.pipeline.claim(1)] == ["well"]


def test_channels_that_hang_keep_their_own_places_and_all_others_are_served(
    sqlite_store: SqlStore,
) -> None:
    names = [f"r{number:02}" for number in range(20)]
    office = Office(sqlite_store, tuple(map(hook, names)))
    office.receivers.hangs = {"r03", "r17"}
    for name in names:
        office.owe(name, 10)

    async def serve() -> int:
        """As the daemon does: whenever a place is free, it is filled."""
        running: set[asyncio.Task] = set()
        while True:
            batches = office.pipeline.claim(16 - len(running))
            running |= {asyncio.create_task(office.pipeline.deliver(one)) for one in batches}
            busy = [task for task in running if not task.done()]
            if len(busy) <= 8 and not batches:
                break
            await asyncio.sleep(0)
            running = {task for task in running if not task.done()}
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        return len(running)

    hanging = asyncio.run(serve())
    assert hanging == 8  # four places each
    assert office.states() == {"sent": 180, "leased": 8, "queued": 12}
    served = [
        one
        for name in names
        if name not in office.receivers.hangs
        for one in office.receivers.to(name)
    ]
    assert len(served) == len(set(served)) == 180


def test_a_pause_between_messages_is_kept(sqlite_store: SqlStore) -> None:
    office = Office(sqlite_store, (hook("slow", pace=Pace(4, timedelta(seconds=2))),))
    office.owe("slow", 3)
    counts = []
    for _ in range(3):
        counts.append(office.deliver())
        office.clock.now += timedelta(seconds=2)
    assert counts == [1, 1, 1]


def test_a_digest_is_one_message_however_much_is_due(sqlite_store: SqlStore) -> None:
    channel = Channel("digest", "email", digest=Digest(NOW.time()))
    office = Office(sqlite_store, (channel,))
    office.owe("digest", 60)
    assert office.deliver() == 1
    assert office.states() == {"sent": 60}


# -- the breaker, as it is stored ---------------------------------------------------------------


def test_after_five_failures_a_channel_is_left_alone_by_everybody(store_url: str) -> None:
    store = open_store(store_url)
    office = Office(store, (hook("bad"),))
    office.receivers.answers["bad"] = BAD
    office.owe("bad", 30)
    office.deliver()
    assert 5 <= len(office.receivers.sent) <= 8  # those under way at once, and then one by one
    store.close()
    again = Office(open_store(store_url), office.channels, office.clock)
    assert word(again.state("bad"), NOW) == "open"
    assert again.deliver() == 0
    again.store.close()


def test_only_one_worker_sends_a_probe(store: SqlStore) -> None:
    office = Office(store, (hook("bad"),))
    office.receivers.answers["bad"] = BAD
    office.owe("bad", 30)
    office.deliver()
    office.clock.now += HOUR
    one, other = (
        Office(store, office.channels, office.clock),
        Office(store, office.channels, office.clock),
    )
    assert [len(one.pipeline.claim()), len(other.pipeline.claim())] == [1, 0]
    office.clock.now += LEASE  # the worker with the probe is gone
    assert len(other.pipeline.claim()) == 1


def test_of_workers_that_claim_at_once_only_one_sends_the_probe(store: SqlStore) -> None:
    office = Office(store, (hook("bad"),))
    office.receivers.answers["bad"] = BAD
    office.owe("bad", 30)
    office.deliver()
    office.clock.now += HOUR
    workers = [Office(store, office.channels, office.clock).pipeline for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda worker: len(worker.claim()), workers))
    assert sum(taken) == 1


def test_a_channel_that_is_back_gets_all_that_waited_at_once(store: SqlStore) -> None:
    office = Office(store, (hook("bad"),))
    office.receivers.answers["bad"] = BAD
    ids = office.owe("bad", 12)
    for _ in range(4):
        office.deliver()
        office.clock.now += HOUR
    assert {one.state for one in store.deliveries(subscriber="desk")} <= {
        "queued",
        "deferred",
        "dead",
    }
    office.receivers.answers.clear()
    office.receivers.sent.clear()
    office.deliver()
    assert {one.state for one in store.deliveries(subscriber="desk")} == {"sent"}
    assert sorted(office.receivers.to("bad")) == sorted(ids)  # each once, those that were dead too


def test_what_was_refused_for_good_stays_dead_when_its_channel_is_back(store: SqlStore) -> None:
    office = Office(store, (hook("bad"),))
    office.receivers.answers["bad"] = REFUSED
    (refused,) = office.owe("bad", 1)
    office.deliver()
    office.receivers.answers["bad"] = BAD
    office.owe("bad", 12)
    office.deliver()
    office.receivers.answers.clear()
    office.clock.now += HOUR
    office.deliver()
    assert office.states() == {"sent": 12, "dead": 1}
    assert store.deliveries("dead")[0].id == refused


def test_attempts_that_end_together_count_one_by_one(store: SqlStore) -> None:
    """Also of one channel: five failures open it, whatever transaction they are written in."""
    office = Office(store, (hook("bad", pace=Pace(10)), hook("good", pace=Pace(10))))
    failing = replace(office.pipeline, senders={"webhook": Receivers({"bad": BAD})})
    office.owe("bad", 5)
    office.owe("good", 5)
    settle, times = store.settle, list[int]()

    def counted(ended: Sequence[Ended]) -> None:
        times.append(len(ended))
        settle(ended)

    async def all_at_once() -> None:
        await asyncio.gather(*map(failing.deliver, failing.claim()))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "settle", counted)
        asyncio.run(all_at_once())
    assert sum(times) == 10
    assert len(times) < 10
    assert (office.state("bad").failures, word(office.state("bad"), NOW)) == (5, "open")
    assert word(office.state("good"), NOW) == "ok"
    assert office.states() == {"sent": 5, "deferred": 5}


def test_an_end_that_cannot_be_written_keeps_no_other_from_it(store: SqlStore) -> None:
    office = Office(store, (hook("one"), hook("other")))
    office.owe("one", 1)
    office.owe("other", 1)
    settle = store.settle

    def refused(ended: Sequence[Ended]) -> None:
        if any(end.lane == ("desk", "one") for end in ended):
            raise StoreError("database: this row cannot be written")
        settle(ended)

    async def all_at_once() -> list[object]:
        pipeline = office.pipeline
        ends = map(pipeline.deliver, pipeline.claim())
        return await asyncio.gather(*ends, return_exceptions=True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "settle", refused)
        ends = asyncio.run(all_at_once())
    assert [type(end) for end in ends].count(StoreError) == 1
    assert office.states() == {"sent": 1, "leased": 1}


def test_too_many_requests_slow_the_whole_channel(store: SqlStore) -> None:
    office = Office(store, (hook("busy", pace=Pace(1)),))
    office.receivers.answers["busy"] = replace(BUSY, retry_after=HOUR)
    office.owe("busy", 5)
    assert office.deliver() == 1
    office.clock.now += HOUR - MINUTE
    assert office.deliver() == 0
    office.receivers.answers.clear()
    office.clock.now += MINUTE
    assert office.deliver() == 5


def test_nothing_is_sent_to_a_channel_that_is_gone_until_it_is_resumed(store: SqlStore) -> None:
    office = Office(store, (hook("gone", pace=Pace(1)), hook("well")))
    office.receivers.answers["gone"] = GONE
    office.owe("gone", 3)
    office.owe("well", 3)
    office.deliver()
    office.clock.now += 100 * DAY
    office.owe("gone", 1)
    office.deliver()
    assert len(office.receivers.to("gone")) == 1
    assert len(office.receivers.to("well")) == 3
    office.receivers.answers.clear()
    assert store.resume_channel(("desk", "gone"), office.clock.now)
    assert not store.resume_channel(("desk", "gone"), office.clock.now)
    office.deliver()
    assert len(office.receivers.to("gone")) == 5  # the one that was told "gone" is sent again too
    assert store.delivery_counts()["dead"] == 0


def test_a_channel_that_fails_for_days_is_paused_the_operators_told_and_nothing_lost(
    store: SqlStore,
) -> None:
    office = Office(store, (hook("bad"),))
    office.receivers.answers["bad"] = BAD
    for _ in range(int(PATIENCE / HOUR) + 24):
        office.owe("bad", 1, due=office.clock.now)
        office.deliver()
        office.clock.now += HOUR
    assert word(office.state("bad"), office.clock.now) == "paused"
    told = [store.release_by_id(one.release_id) for one in store.deliveries(subscriber="operators")]
    assert [one.title for one in reversed(told) if one] == ["desk/bad: failing", "desk/bad: paused"]
    assert len(office.receivers.to("mail")) == 2  # through a channel that is well
    office.receivers.answers.clear()
    office.clock.now += DAY
    office.deliver()
    assert store.delivery_counts()["sent"] == int(PATIENCE / HOUR) + 24 + 3
    assert "desk/bad: recovered" in {
        one.title for one in store.releases_recent(3, source="newswatch")
    }


def test_a_channel_that_a_person_stopped_waits_for_a_person(store: SqlStore) -> None:
    office = Office(store, (hook("well"),))
    office.owe("well", 2)
    store.stop_channel(("desk", "well"), "moving house")
    office.clock.now += 10 * DAY
    assert office.deliver() == 0
    assert (office.state("well").reason, word(office.state("well"), NOW)) == (
        "moving house",
        "stopped",
    )
    store.resume_channel(("desk", "well"), office.clock.now)
    assert office.deliver() == 2


# -- the same again -----------------------------------------------------------------------------


def test_a_further_try_has_the_bytes_of_the_first_whatever_changed_since(store: SqlStore) -> None:
    office = Office(store, (hook("bad"),))
    office.receivers.answers["bad"] = BAD
    (delivery,) = office.owe("bad", 1)
    office.deliver()
    known = store.releases_by_id(["0" * 16])["0" * 16]
    revised = replace(known, version=2, title="Corrected", fingerprint="f2")
    store.record(make_poll(changes=(Change("revised", revised),), deliveries=()))
    anew = Change("revised", replace(known, version=3, title="Read anew", fingerprint="f3"))
    store.rewrite([anew], [anew], (), NOW)
    office.clock.now += HOUR
    office.deliver()
    bodies = {body for _, _, body in office.receivers.sent}
    assert bodies == {b"The desk: Release 0"}
    office.clock.now += HOUR
    office.deliver()
    assert store.delivery(delivery).state == "dead"  # type: ignore[union-attr]
    assert store.kept_message(delivery) is None


def test_a_delivery_tells_of_the_version_that_was_owed(store: SqlStore) -> None:
    office = Office(store, (hook("well"),))
    office.owe("well", 1)
    known = store.releases_by_id(["0" * 16])["0" * 16]
    revised = replace(known, version=2, title="Corrected", fingerprint="f2")
    store.record(make_poll(changes=(Change("revised", revised),), deliveries=()))
    office.deliver()
    assert office.receivers.sent[0][2] == b"The desk: Release 0"


def test_what_was_owed_between_two_instants_is_sent_again_with_the_same_ids(
    store: SqlStore,
) -> None:
    office = Office(store, (hook("one"), hook("two")))
    early = office.owe("one", 1, created=NOW - DAY)
    wanted = office.owe("one", 2) + office.owe("two", 1)
    office.owe("one", 1, created=NOW + DAY)
    office.deliver()
    office.receivers.sent.clear()
    assert store.replay("desk", NOW, NOW + DAY, NOW) == sorted(wanted)
    office.deliver()
    assert sorted(one for _, one, _ in office.receivers.sent) == sorted(wanted)
    assert store.replay("desk", NOW - 2 * DAY, NOW, NOW, "two") == []
    assert store.replay("desk", NOW - 2 * DAY, NOW, NOW, "one") == early
    assert store.replay("nobody", NOW - DAY, NOW + DAY, NOW) == []


def test_what_waits_for_a_channel_that_was_removed_is_cancelled_and_listed(store: SqlStore) -> None:
    office = Office(store, (hook("old"), hook("new")))
    office.owe("old", 2, due=NOW + DAY)
    office.owe("new", 1)
    assert store.drop_channels({("desk", "new")}, NOW, "removed") == {("desk", "old"): 2}
    assert store.drop_channels({("desk", "new")}, NOW, "removed") == {}
    assert office.states() == {"cancelled": 2, "queued": 1}
    assert set(store.last_answers([one.id for one in store.deliveries("cancelled")]).values()) == {
        "removed"
    }


def test_leases_that_ended_are_taken_again_channel_by_channel(store: SqlStore) -> None:
    office = Office(store, (hook("a"), hook("b")))
    office.owe("a", 2)
    office.owe("b", 1)
    first = claim(store, NOW, LEASE, 10)
    assert claim(store, NOW + LEASE - MINUTE, LEASE, 10) == []
    assert claim(store, NOW + LEASE, LEASE, 10) == first


def test_a_wrong_password_of_the_mail_server_is_told_once_for_all_channels(
    store: SqlStore,
) -> None:
    mails = tuple(replace(hook(name), kind="email") for name in ("one", "two", "three"))
    office = Office(store, mails)
    wrong = Outcome(ok=False, answer="535", attempted=False, is_misconfigured=True)
    office.receivers.answers |= {one.id: wrong for one in mails}
    for one in mails:
        office.owe(one.id, 1, due=office.clock.now)
    for _ in range(3):
        office.deliver()
        office.clock.now += HOUR
    assert titles(store) == ["the mail server: failing"]
    office.receivers.answers.clear()
    for _ in range(3):
        office.deliver()
        office.clock.now += HOUR
    assert store.delivery_counts()["deferred"] == 0
    assert titles(store) == ["the mail server: failing", "the mail server: recovered"]


def titles(store: SqlStore) -> list[str]:
    told = [store.release_by_id(one.release_id) for one in store.deliveries(subscriber="operators")]
    return [one.title for one in reversed(told) if one]
