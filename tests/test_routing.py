"""When alerts come, in the loops and on a clock wound by hand: quiet hours, urgent events, digests,
limits, merge windows, shadow rules and rollouts."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from factories import NOW, make_delivery, make_document, make_poll, make_release, make_source
from newswatch.model import Change, Channel, Digest, Limit, Outcome, Stop, Window
from newswatch.pipeline import Pipeline
from newswatch.rules.rule import Rollout, Subscriber
from newswatch.rules.standing import Standing
from newswatch.settling import MOST
from newswatch.store import SqlStore
from test_pipeline import OPENED, Clock, Sender, deliver, make_pipeline, page, poll, rss, rule

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
EVENING = datetime(2025, 2, 5, 22, 30, tzinfo=UTC)
MORNING = datetime(2025, 2, 6, 6, 0, tzinfo=UTC)  # 07:00 in Vienna
NIGHT = Window(time(22), time(7))
MAIL = Channel("hook", "email", to=("desk@example.org",))  # where `rule` sends to
ANOTHER = ("Observers open mission to Tajikistan, again", "They came.")


def desk(channel: Channel, **fields: Any) -> Subscriber:
    of_rule = {name: fields.pop(name) for name in ("urgent", "shadow", "rollout") if name in fields}
    rules = (replace(rule("tj", country=["TJ"]), **of_rule),)
    return Subscriber("desk", "The desk", "Europe/Vienna", (channel,), rules)


def scene(
    store: SqlStore, subscriber: Subscriber, *items: tuple[str, str], now: datetime = NOW
) -> tuple[Pipeline, Clock]:
    """A pipeline that has polled its newsroom."""
    clock = Clock(now)
    pipeline = make_pipeline(
        store,
        [page(*(items or (OPENED,)))],
        subscribers=(subscriber,),
        clock=clock,
        senders={kind: Sender() for kind in ("email", "webhook", "chat")},
    )
    poll(pipeline)
    return pipeline, clock


def sent(pipeline: Pipeline, kind: str = "email") -> list[str]:
    """The messages that were sent."""
    return [message.body.decode() for message in pipeline.senders[kind].sent]  # type: ignore[attr-defined]


def only(store: SqlStore) -> Any:
    (delivery,) = store.deliveries()
    return delivery


# -- quiet hours ------------------------------------------------------------------------------


def test_what_comes_in_the_night_is_due_in_the_morning_and_says_so(store: SqlStore) -> None:
    pipeline, clock = scene(store, desk(replace(MAIL, quiet=(NIGHT,))), now=EVENING)
    assert (only(store).due, only(store).stops) == (MORNING, (Stop("quiet", MORNING),))
    clock.now = MORNING - timedelta(seconds=1)
    assert deliver(pipeline) == []
    clock.now = MORNING
    assert [one.delivery.state for one in deliver(pipeline)] == ["sent"]


def test_what_comes_by_day_goes_out_at_once(store: SqlStore) -> None:
    pipeline, _ = scene(store, desk(replace(MAIL, quiet=(NIGHT,))))
    assert len(deliver(pipeline)) == 1
    assert only(store).stops == ()


def test_webhooks_have_quiet_hours_too(store: SqlStore) -> None:
    hook = Channel("hook", "webhook", url="https://hook.example/", quiet=(NIGHT,))
    scene(store, desk(hook), now=EVENING)
    assert only(store).due == MORNING


def test_a_try_that_failed_into_the_night_waits_for_the_morning(store: SqlStore) -> None:
    late = datetime(2025, 2, 5, 20, 59, 58, tzinfo=UTC)
    pipeline, clock = scene(store, desk(replace(MAIL, quiet=(NIGHT,))), now=late)
    pipeline.senders["email"].outcomes.append(Outcome(ok=False, answer="451 later"))  # type: ignore[attr-defined]
    deliver(pipeline)
    clock.now += timedelta(seconds=5)
    assert deliver(pipeline) == []
    assert (only(store).state, only(store).due, only(store).attempts) == ("deferred", MORNING, 1)
    clock.now = MORNING
    assert [one.delivery.state for one in deliver(pipeline)] == ["sent"]


def test_quiet_hours_that_are_written_later_hold_for_what_is_queued(store: SqlStore) -> None:
    pipeline, clock = scene(store, desk(MAIL))
    clock.now = EVENING
    pipeline = replace(pipeline, standing=Standing.of((desk(replace(MAIL, quiet=(NIGHT,))),)))
    assert deliver(pipeline) == []
    assert only(store).due == MORNING


def test_what_was_held_and_is_let_go_at_night_waits_for_the_morning(store: SqlStore) -> None:
    subscriber = desk(replace(MAIL, quiet=(NIGHT,)))
    pipeline, clock = scene(store, subscriber, ("Nothing to see", "Here."))
    held = make_delivery(channel="hook", state="held", stops=(Stop("hold", None, "a flood"),))
    store.record(make_poll(deliveries=(held,)))
    clock.now = EVENING
    store.let_go("newsroom", EVENING)
    assert deliver(pipeline) == []
    assert [stop.stage for stop in only(store).stops] == ["hold", "quiet"]


def test_a_person_who_sends_again_at_night_means_now(store: SqlStore) -> None:
    pipeline, _ = scene(store, desk(replace(MAIL, quiet=(NIGHT,))), now=EVENING)
    store.retry([only(store).id], EVENING)
    assert deliver(pipeline) == []  # it was queued: nothing to send again
    store.cancel_deliveries("desk", "hook", EVENING, "by hand")
    store.retry([only(store).id], EVENING)
    assert [one.delivery.state for one in deliver(pipeline)] == ["sent"]


def test_a_digest_in_quiet_hours_comes_at_their_end(store: SqlStore) -> None:
    early = replace(MAIL, digest=Digest(time(6)), quiet=(NIGHT,))
    scene(store, desk(early), now=EVENING)
    assert [(stop.stage, stop.until) for stop in only(store).stops] == [
        ("digest", MORNING - HOUR),
        ("quiet", MORNING),
    ]


def test_a_digest_by_a_crontab_comes_when_that_says_and_not_when_there_is_nothing(
    store: SqlStore,
) -> None:
    weekdays = replace(MAIL, digest=Digest(cron="0 7 * * 1-5"))
    friday, monday = datetime(2025, 2, 7, 9, tzinfo=UTC), datetime(2025, 2, 10, 6, tzinfo=UTC)
    pipeline, clock = scene(store, desk(weekdays), now=friday)
    assert [(stop.stage, stop.until) for stop in only(store).stops] == [("digest", monday)]
    for clock.now in (friday + timedelta(days=1), monday - timedelta(seconds=1)):
        assert deliver(pipeline) == []
    clock.now = monday
    assert len(deliver(pipeline)) == 1
    for clock.now in (monday + timedelta(days=1), monday + timedelta(days=2)):
        assert deliver(pipeline) == []
    assert len(sent(pipeline)) == 1


# -- urgent events ----------------------------------------------------------------------------

URGENT = frozenset(("mission.opened",))


def test_what_is_urgent_waits_for_nothing(store: SqlStore) -> None:
    slow = replace(MAIL, quiet=(NIGHT,), merge=10 * MINUTE, limit=Limit(1, HOUR))
    pipeline, _ = scene(store, desk(slow, urgent=URGENT), now=EVENING)
    assert only(store).urgent
    assert len(deliver(pipeline)) == 1


def test_what_is_urgent_passes_a_digest_in_a_message_of_its_own(store: SqlStore) -> None:
    daily = replace(MAIL, digest=Digest(time(7)))
    other = ("Tajikistan: twenty officers finish a course", "They learned about documents.")
    pipeline, clock = scene(store, desk(daily, urgent=URGENT), OPENED, other)
    assert len(deliver(pipeline)) == 1
    assert sent(pipeline) == [OPENED[0]]
    clock.now = MORNING
    deliver(pipeline)
    assert sent(pipeline)[1:] == [other[0]]


def test_an_event_that_is_not_urgent_waits(store: SqlStore) -> None:
    slow = replace(MAIL, quiet=(NIGHT,))
    scene(store, desk(slow, urgent=frozenset(("mission.cancelled",))), now=EVENING)
    assert not only(store).urgent
    assert only(store).due == MORNING


# -- limits -----------------------------------------------------------------------------------


def flood(store: SqlStore, count: int, channel: Channel) -> tuple[Pipeline, Clock]:
    """So many releases at once, owed on one channel."""
    pipeline, clock = scene(store, desk(channel), ("Nothing to see", "Here."))
    owe(store, count)
    return pipeline, clock


def owe(store: SqlStore, count: int, start: int = 0, at: datetime = NOW) -> None:
    releases = [
        make_release(id=f"{n:016x}", title=f"Release {n}") for n in range(start, start + count)
    ]
    store.record(
        make_poll(
            at=at,
            changes=tuple(Change("new", one) for one in releases),
            deliveries=tuple(
                make_delivery(
                    id=f"d{one.id}", channel="hook", release_id=one.id, due=at, created=at
                )
                for one in releases
            ),
        )
    )


def drain(pipeline: Pipeline, room: int = 32) -> int:
    """Sends what is due, as many at a time as the daemon takes; how many releases that were."""
    import asyncio

    count = 0
    while batches := pipeline.claim(room):
        for batch in batches:
            count += len(asyncio.run(pipeline.deliver(batch)))
    return count


def test_a_flood_of_200_is_20_messages_and_one_when_the_hour_is_over(store: SqlStore) -> None:
    pipeline, clock = flood(store, 200, replace(MAIL, limit=Limit(20, HOUR)))
    assert drain(pipeline) == 20
    assert len(sent(pipeline)) == 20
    clock.now += HOUR - timedelta(seconds=1)
    assert drain(pipeline) == 0
    clock.now += timedelta(seconds=1)
    assert drain(pipeline) == 180
    assert [len(body.split(", ")) for body in sent(pipeline)[20:]] == [180]
    assert store.delivery_counts()["sent"] == 200


def test_what_is_beyond_the_limit_says_until_when_it_waits(store: SqlStore) -> None:
    pipeline, _ = flood(store, 3, replace(MAIL, limit=Limit(1, HOUR)))
    drain(pipeline)
    waits = store.deliveries(state="queued")
    assert [one.stops for one in waits] == [(Stop("limit", NOW + HOUR),)] * 2


def test_the_message_that_was_collected_is_counted_in_the_next_hour(store: SqlStore) -> None:
    pipeline, clock = flood(store, 5, replace(MAIL, limit=Limit(2, HOUR)))
    drain(pipeline)
    clock.now += HOUR
    owe(store, 3, start=100, at=clock.now)
    assert drain(pipeline) == 4
    assert [len(body.split(", ")) for body in sent(pipeline)] == [1, 1, 3, 1]


def test_what_comes_while_others_wait_waits_with_them(store: SqlStore) -> None:
    pipeline, clock = flood(store, 2, replace(MAIL, limit=Limit(1, HOUR)))
    drain(pipeline)
    clock.now += 10 * MINUTE
    owe(store, 1, start=100, at=clock.now)
    assert drain(pipeline) == 0
    clock.now = NOW + HOUR
    assert drain(pipeline) == 2
    assert len(sent(pipeline)) == 2


def test_a_limit_that_is_not_reached_changes_nothing(store: SqlStore) -> None:
    pipeline, clock = flood(store, 2, replace(MAIL, limit=Limit(3, HOUR)))
    assert drain(pipeline) == 2
    clock.now += 2 * HOUR
    owe(store, 3, start=100, at=clock.now)
    assert drain(pipeline) == 3
    assert len(sent(pipeline)) == 5


def test_tries_that_failed_are_not_counted_and_stay_together(store: SqlStore) -> None:
    pipeline, clock = flood(store, 4, replace(MAIL, limit=Limit(1, HOUR)))
    drain(pipeline)
    clock.now += HOUR
    pipeline = replace(pipeline, spread=iter((0.1, 0.9, 0.3, 0.7, 0.5)).__next__)
    pipeline.senders["email"].outcomes.append(Outcome(ok=False, answer="451 later"))  # type: ignore[attr-defined]
    drain(pipeline)
    clock.now += MINUTE
    assert drain(pipeline) == 3
    assert len(sent(pipeline)) == 3


def test_two_channels_have_their_own_counts(store: SqlStore) -> None:
    limited = replace(MAIL, limit=Limit(1, HOUR))
    pipeline, _ = flood(store, 2, limited)
    other = replace(desk(limited), id="other")
    pipeline = replace(pipeline, standing=Standing.of((*pipeline.subscribers, other)))
    release = make_release(id=f"{0:016x}")
    extra = make_delivery(id="x", subscriber="other", channel="hook", release_id=release.id)
    store.record(make_poll(changes=(), deliveries=(extra,)))
    assert drain(pipeline) == 2


def test_a_clock_that_was_put_back_stops_no_messages(store: SqlStore) -> None:
    pipeline, clock = flood(store, 2, replace(MAIL, limit=Limit(1, HOUR)))
    drain(pipeline)
    clock.now -= 3 * HOUR
    owe(store, 1, start=100, at=clock.now)
    assert drain(pipeline) == 1


def test_a_channel_that_waits_for_its_secret_uses_nothing_up(store: SqlStore) -> None:
    waiting = replace(MAIL, limit=Limit(1, HOUR), missing="SECRET in the environment")
    pipeline, clock = flood(store, 1, waiting)
    drain(pipeline)
    ready = Standing.of((desk(replace(waiting, missing="")),))
    clock.now += 20 * MINUTE
    assert drain(replace(pipeline, standing=ready)) == 1


def test_a_chat_message_is_never_too_long(store: SqlStore) -> None:
    room = Channel("hook", "chat", url="https://chat.example/", limit=Limit(1, HOUR))
    pipeline, clock = flood(store, 121, room)
    drain(pipeline)
    clock.now += HOUR
    drain(pipeline)
    clock.now += HOUR
    drain(pipeline)
    clock.now += HOUR
    drain(pipeline)
    assert [len(body.split(", ")) for body in sent(pipeline, "chat")] == [1, MOST["chat"], 50, 20]


def test_a_digest_of_many_is_one_message(store: SqlStore) -> None:
    pipeline, _ = flood(store, 100, replace(MAIL, digest=Digest(time(7))))
    assert drain(pipeline) == 100
    assert len(sent(pipeline)) == 1


# -- merge windows ----------------------------------------------------------------------------

STORY = (
    "ODIHR opens election observation mission in Tajikistan",
    "DUSHANBE – ODIHR today opened a mission for the 2 March parliamentary elections.",
)
MERGING = replace(MAIL, merge=10 * MINUTE)


def elsewhere(store: SqlStore, pipeline: Pipeline, name: str = "other") -> Pipeline:
    """A second newsroom that tells the same."""
    document = make_document(rss(STORY).replace(b"newsroom.example/", f"{name}.example/".encode()))
    source = make_source(
        id=name,
        url=f"https://{name}.example/feed",
        publisher="Another",
        quiet_first_poll=False,
    )
    return make_pipeline(
        store,
        [document],
        source=source,
        subscribers=pipeline.subscribers,
        clock=pipeline.clock,
        senders=pipeline.senders,
    )


def test_a_second_newsroom_within_the_window_is_in_the_same_message(store: SqlStore) -> None:
    pipeline, clock = scene(store, desk(MERGING), STORY)
    clock.now += 5 * MINUTE
    second = poll(elsewhere(store, pipeline))
    assert [one.due for one in second.deliveries] == [NOW + 10 * MINUTE]
    assert deliver(pipeline) == []
    clock.now = NOW + 10 * MINUTE
    assert len(deliver(pipeline)) == 2
    assert sent(pipeline) == [f"{STORY[0]}, {STORY[0]}"]


def test_a_second_newsroom_after_the_window_alerts_nobody_again(store: SqlStore) -> None:
    pipeline, clock = scene(store, desk(MERGING), STORY)
    clock.now += 10 * MINUTE
    deliver(pipeline)
    assert poll(elsewhere(store, pipeline)).deliveries == ()


def test_without_a_window_the_first_goes_out_at_once(store: SqlStore) -> None:
    pipeline, _ = scene(store, desk(MAIL), STORY)
    assert len(deliver(pipeline)) == 1
    assert poll(elsewhere(store, pipeline)).deliveries == ()


def test_a_third_newsroom_joins_as_well(store: SqlStore) -> None:
    pipeline, clock = scene(store, desk(MERGING), STORY)
    poll(elsewhere(store, pipeline))
    poll(elsewhere(store, pipeline, "third"))
    clock.now += 10 * MINUTE
    assert len(deliver(pipeline)) == 3
    assert len(sent(pipeline)) == 1


def test_other_releases_within_the_window_have_their_own_messages(store: SqlStore) -> None:
    other = ("Tajikistan: twenty officers finish a course", "They learned about documents.")
    pipeline, clock = scene(store, desk(MERGING), STORY, other)
    clock.now += 10 * MINUTE
    deliver(pipeline)
    assert len(sent(pipeline)) == 2


def test_a_copy_that_is_revised_within_the_window_does_not_come_twice(store: SqlStore) -> None:
    pipeline, clock = scene(store, desk(MERGING), STORY)
    copy = elsewhere(store, pipeline)
    document = copy.fetcher.answers[0]  # type: ignore[attr-defined]
    revised = replace(document, body=document.body.replace(b"today opened", b"opened today"))
    copy.fetcher.answers.append(revised)  # type: ignore[attr-defined]
    poll(copy)
    assert [change.kind for change in poll(copy).changes] == ["revised"]
    clock.now += 10 * MINUTE
    assert len(deliver(pipeline)) == 2


def test_a_window_that_ends_at_night_is_open_until_the_morning(store: SqlStore) -> None:
    quiet = replace(MERGING, quiet=(NIGHT,))
    pipeline, clock = scene(store, desk(quiet), STORY, now=EVENING)
    clock.now += 5 * HOUR
    poll(elsewhere(store, pipeline))
    clock.now = MORNING
    assert len(deliver(pipeline)) == 2
    assert len(sent(pipeline)) == 1


# -- shadow and rollout -----------------------------------------------------------------------


def test_a_shadow_rule_is_recorded_and_sends_nothing(store: SqlStore) -> None:
    scene(store, desk(MAIL, shadow=True))
    assert store.deliveries() == []
    (release,) = store.releases_recent(1)
    assert [one.shadow for one in store.matches_of(release.id)] == [True]


def test_what_was_met_in_the_shadow_was_not_told(store: SqlStore) -> None:
    pipeline, _ = scene(store, desk(MAIL, shadow=True), STORY)
    live = replace(pipeline, standing=Standing.of((desk(MAIL),)))
    assert len(poll(elsewhere(store, live)).deliveries) == 1


def test_a_rollout_begins_with_some_channels(store: SqlStore) -> None:
    two = (MAIL, Channel("chat", "chat", url="https://chat.example/"))
    rules = (
        replace(
            rule("tj", country=["TJ"]),
            send=("hook", "chat"),
            rollout=Rollout(("chat",), NOW + HOUR),
        ),
    )
    subscriber = Subscriber("desk", "The desk", "UTC", two, rules)
    pipeline, clock = scene(store, subscriber)
    assert [one.channel for one in store.deliveries()] == ["chat"]
    clock.now += HOUR
    pipeline.fetcher.answers.append(page(ANOTHER, OPENED))  # type: ignore[attr-defined]
    second = poll(pipeline)
    assert sorted(one.channel for one in second.deliveries) == ["chat", "hook"]
