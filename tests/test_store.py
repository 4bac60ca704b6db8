"""What is remembered, on both engines."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from factories import (
    NOW,
    make_delivery,
    make_match,
    make_poll,
    make_reading,
    make_release,
    make_state,
)
from newswatch.errors import StoreError
from newswatch.model import (
    Attempt,
    Change,
    Delivery,
    Limit,
    Outcome,
    Poll,
    Published,
    Release,
    RuleText,
    SourceState,
    Stop,
    Withdrawal,
)
from newswatch.ports import Known, Settled
from newswatch.store import SqlStore
from newswatch.store.feeds import FeedToken
from outbox import claim, settle

LEASE = timedelta(minutes=10)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SENT = Outcome(ok=True, answer="250 queued")
BUSY = Outcome(ok=False, answer="503 come back later")
GONE = Outcome(ok=False, answer="410 gone", retryable=False, disable=True)


def poll_of(*releases: Release, **fields: Any) -> Poll:
    changes = tuple(Change("new", release) for release in releases)
    return make_poll(**{"changes": changes, "deliveries": ()} | fields)


def owing(*deliveries: Delivery) -> Poll:
    """A poll that brought one release, and owes these deliveries of it."""
    return make_poll(deliveries=deliveries)


def settled(delivery: Delivery, outcome: Outcome, **after: Any) -> Settled:
    attempts = delivery.attempts + outcome.attempted
    return Settled(replace(delivery, attempts=attempts, **after), NOW, MINUTE, outcome)


def revised(release: Release, **fields: Any) -> Release:
    later = {"version": release.version + 1, "fingerprint": "f2", "updated": NOW + LEASE}
    return replace(release, **later | fields)


# -- sources ------------------------------------------------------------------------------------


def test_new_sources_are_due_now(store: SqlStore) -> None:
    store.ensure_sources(["a", "b", "a"], NOW)
    assert store.source_states() == {"a": SourceState("a", NOW), "b": SourceState("b", NOW)}


def test_ensuring_sources_keeps_what_is_remembered(store: SqlStore) -> None:
    store.record(poll_of())
    store.ensure_sources(["newsroom"], NOW)
    assert store.source_states() == {"newsroom": make_state()}


def test_ensuring_no_sources_is_fine(store: SqlStore) -> None:
    store.ensure_sources([], NOW)
    assert store.source_states() == {}


def test_due_sources_are_claimed_longest_due_first(store: SqlStore) -> None:
    store.ensure_sources(["late"], NOW)
    store.ensure_sources(["later"], NOW + MINUTE)
    store.ensure_sources(["future"], NOW + 3 * MINUTE)
    assert store.claim_sources(NOW + 2 * MINUTE, LEASE, 10) == ["late", "later"]


def test_a_claimed_source_is_not_claimed_again_before_its_lease_ends(store: SqlStore) -> None:
    store.ensure_sources(["a"], NOW)
    assert store.claim_sources(NOW, LEASE, 10) == ["a"]
    assert store.claim_sources(NOW + LEASE - MINUTE, LEASE, 10) == []
    assert store.claim_sources(NOW + LEASE, LEASE, 10) == ["a"]


def test_a_clock_that_was_put_back_stops_no_polls(store: SqlStore) -> None:
    store.ensure_sources(["a"], NOW)
    later = NOW + timedelta(days=3)
    store.record(
        make_poll(
            source_id="a",
            at=later,
            state=make_state(source_id="a", last_poll=later, next_poll=later + timedelta(hours=1)),
        )
    )
    assert store.claim_sources(NOW, LEASE, 9) == ["a"]
    assert store.claim_sources(NOW + LEASE / 2, LEASE, 9) == []


def test_a_lease_from_before_the_clock_was_put_back_ends(store: SqlStore) -> None:
    store.ensure_sources(["a"], NOW)
    store.claim_sources(NOW + timedelta(days=3), LEASE, 9)
    assert store.claim_sources(NOW, LEASE, 9) == ["a"]


def test_no_more_sources_are_claimed_than_asked_for(store: SqlStore) -> None:
    store.ensure_sources(["a", "b", "c"], NOW)
    assert store.claim_sources(NOW, LEASE, 2) == ["a", "b"]
    assert store.claim_sources(NOW, LEASE, 2) == ["c"]


def test_only_sources_that_are_asked_for_are_claimed(store: SqlStore) -> None:
    store.ensure_sources(["a", "b", "c"], NOW)
    assert store.claim_sources(NOW, LEASE, 10, only={"b"}) == ["b"]
    assert store.claim_sources(NOW, LEASE, 10, only=()) == []


def test_recording_a_poll_gives_its_source_back(store: SqlStore) -> None:
    store.ensure_sources(["newsroom"], NOW)
    store.claim_sources(NOW, LEASE, 1)
    store.record(poll_of(state=make_state(next_poll=NOW + MINUTE)))
    assert store.claim_sources(NOW + MINUTE, LEASE, 1) == ["newsroom"]


# -- releases -----------------------------------------------------------------------------------


def test_a_recorded_poll_is_remembered_whole(store: SqlStore) -> None:
    poll = make_poll()
    store.record(poll)
    assert store.source_states() == {"newsroom": poll.state}
    assert store.release_by_id("00000000000000a1") == make_release()
    assert store.matches_of("00000000000000a1") == [make_match()]
    assert store.deliveries() == [make_delivery()]


def test_recording_a_poll_again_changes_nothing(store: SqlStore) -> None:
    store.record(make_poll())
    marker = store.change_marker()
    store.record(make_poll())
    assert store.release_versions("00000000000000a1") == [make_release()]
    assert store.matches_of("00000000000000a1") == [make_match()]
    assert store.deliveries() == [make_delivery()]
    assert store.change_marker() == marker


def test_recording_a_poll_again_does_not_send_again(store: SqlStore) -> None:
    store.record(make_poll())
    (claimed,) = claim(store, NOW, LEASE, 10)
    settle(store, settled(claimed, SENT, state="sent"))
    store.record(make_poll())
    assert claim(store, NOW + LEASE, LEASE, 10) == []


def test_a_delivery_under_another_id_is_still_the_same(store: SqlStore) -> None:
    store.record(make_poll())
    store.record(owing(make_delivery(id="d2")))
    assert [one.id for one in store.deliveries()] == ["d1"]


def test_a_bad_delivery_rolls_the_whole_poll_back(store: SqlStore) -> None:
    store.ensure_sources(["newsroom"], NOW)
    orphan = make_delivery(id="d2", release_id="of nothing")
    with pytest.raises(StoreError):
        store.record(owing(make_delivery(), orphan))
    assert store.source_states() == {"newsroom": SourceState("newsroom", NOW)}
    assert store.releases_recent(10) == []
    assert store.matches_of("00000000000000a1") == []
    assert store.deliveries() == []
    assert store.change_marker() == 0


def test_a_naive_instant_is_refused(store: SqlStore) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(StoreError, match="time zone"):
        store.ensure_sources(["a"], naive)


def test_instants_come_back_in_utc(store: SqlStore) -> None:
    elsewhere = datetime.fromisoformat("2025-02-05T11:00:00+02:00")
    store.ensure_sources(["a"], elsewhere)
    assert store.source_states()["a"].next_poll.isoformat() == "2025-02-05T09:00:00+00:00"


def test_characters_that_no_database_takes_are_remembered(store: SqlStore) -> None:
    odd = make_release(title="nul \x00 and half \ud800", reading=make_reading(countries=("\x00",)))
    store.record(poll_of(odd, state=make_state(reason="\x00\udfff")))
    assert store.release_by_id(odd.id) == odd
    assert store.source_states()["newsroom"].reason == "\ufffd\ufffd"
    assert store.release_by_id("\x00\ud800") is None


def test_what_is_known_is_enough_to_tell_new_from_revised(store: SqlStore) -> None:
    one = make_release()
    store.record(poll_of(one))
    assert store.known([one.id, "other"]) == {one.id: Known(one.id, "f1", 1, NOW)}


def test_thousands_of_ids_can_be_asked_for(store: SqlStore) -> None:
    store.record(make_poll())
    ids = [f"{number:016x}" for number in range(70_000)]
    assert list(store.known(ids)) == ["00000000000000a1"]


def test_a_revision_becomes_current_and_the_first_version_stays(store: SqlStore) -> None:
    one = make_release()
    two = revised(one, title="Observers open mission to Georgia", reading=make_reading())
    store.record(poll_of(one))
    store.record(poll_of(two))
    assert store.release_by_id(one.id) == two
    assert store.release_versions(one.id) == [one, two]


def test_a_late_first_version_does_not_replace_a_revision(store: SqlStore) -> None:
    one = make_release()
    two = revised(one)
    store.record(poll_of(two))
    store.record(poll_of(one))
    assert store.release_by_id(one.id) == two


def test_of_two_polls_that_decided_the_same_version_the_first_wins(store: SqlStore) -> None:
    one = make_release()
    store.record(poll_of(one))
    store.record(poll_of(replace(one, title="Another reading of the same")))
    assert store.release_versions(one.id) == [one]
    assert store.release_by_id(one.id) == one


def test_matches_of_all_versions_are_given(store: SqlStore) -> None:
    one = make_release()
    first, second = make_match(), make_match(rule="elections", version=2)
    store.record(make_poll(changes=(Change("new", one, (first,)),)))
    change = Change("revised", revised(one), (second,))
    store.record(make_poll(changes=(change,), deliveries=()))
    assert store.matches_of(one.id) == [first, second]


def test_the_marker_grows_with_every_change_and_with_nothing_else(store: SqlStore) -> None:
    one = make_release()
    markers = [store.change_marker()]
    for poll in (poll_of(one), poll_of(), poll_of(one), poll_of(revised(one))):
        store.record(poll)
        markers.append(store.change_marker())
    assert markers == [0, 1, 1, 1, 2]


def listed(store: SqlStore, **wanted: Any) -> Sequence[str]:
    return [release.id for release in store.releases_recent(10, **wanted)]


def test_the_newest_releases_come_first(store: SqlStore) -> None:
    store.record(
        poll_of(
            make_release(id="undated", published=None, first_seen=NOW - MINUTE),
            make_release(id="old", published=Published(date(2024, 1, 1))),
            make_release(id="today", published=Published(date(2025, 2, 5))),
            make_release(id="hour", published=Published(date(2025, 2, 5), NOW - 2 * MINUTE)),
        )
    )
    assert listed(store) == ["today", "undated", "hour", "old"]
    assert [release.id for release in store.releases_recent(1)] == ["today"]


def test_a_date_in_the_future_does_not_stay_on_top(store: SqlStore) -> None:
    future = Published(date(2099, 1, 1), NOW.replace(year=2099))
    store.record(
        poll_of(
            make_release(id="future", published=future, first_seen=NOW - MINUTE),
            make_release(id="now", published=None),
        )
    )
    assert listed(store) == ["now", "future"]


def test_releases_are_found_by_what_they_are_about(store: SqlStore) -> None:
    georgia = make_reading(countries=("GE", "MD"), event="mission.final_report")
    long_ago = Published(date(2020, 1, 1))
    store.record(
        poll_of(
            make_release(id="a", source_id="other"),
            make_release(id="b", reading=georgia, title="Election counted"),
            make_release(id="c", published=long_ago, reading=make_reading(countries=())),
        )
    )
    assert listed(store, source="other") == ["a"]
    assert listed(store, country="GE") == ["b"]
    assert listed(store, country="MD") == ["b", "a"]
    assert listed(store, country="") == []
    assert listed(store, event="mission.final_report") == ["b"]
    assert listed(store, since=NOW - LEASE) == ["b", "a"]
    assert listed(store, query="ELECTION COUNTED") == ["b"]
    assert listed(store, query="elec%counted") == []
    assert listed(store, query="election_counted") == []
    assert listed(store, country="MD", query="opened", since=NOW - LEASE, source="newsroom") == [
        "b"
    ]


def test_a_revision_is_found_by_what_it_is_about_now(store: SqlStore) -> None:
    one = make_release()
    store.record(poll_of(one))
    store.record(poll_of(revised(one, reading=make_reading(countries=("GE",)))))
    assert (listed(store, country="MD"), listed(store, country="GE")) == ([], [one.id])


# -- deliveries ---------------------------------------------------------------------------------


def test_due_deliveries_are_claimed_in_order(store: SqlStore) -> None:
    store.record(
        owing(
            make_delivery(id="b", channel="2", due=NOW),
            make_delivery(id="a", channel="1", due=NOW),
            make_delivery(id="c", channel="3", due=NOW - MINUTE),
            make_delivery(id="d", channel="4", due=NOW + MINUTE),
        )
    )
    assert [one.id for one in claim(store, NOW, LEASE, 2)] == ["c", "a"]
    assert [one.id for one in claim(store, NOW, LEASE, 2)] == ["b"]


def test_a_claimed_delivery_is_leased(store: SqlStore) -> None:
    store.record(make_poll())
    assert claim(store, NOW, LEASE, 1) == [make_delivery(state="leased")]
    assert claim(store, NOW, LEASE, 1) == []


def test_a_delivery_whose_lease_ended_is_claimed_again(store: SqlStore) -> None:
    store.record(make_poll())
    first = claim(store, NOW, LEASE, 1)
    assert claim(store, NOW + LEASE - MINUTE, LEASE, 1) == []
    assert claim(store, NOW + LEASE, LEASE, 1) == first


def test_a_sent_delivery_stays_sent(store: SqlStore) -> None:
    store.record(make_poll())
    (claimed,) = claim(store, NOW, LEASE, 1)
    settle(store, settled(claimed, SENT, state="sent"))
    assert store.delivery("d1") == make_delivery(state="sent", attempts=1)
    assert store.attempts("d1") == [Attempt("d1", 1, NOW, MINUTE, True, "250 queued")]
    assert store.last_answers(["d1"]) == {"d1": "250 queued"}
    assert claim(store, NOW + LEASE, LEASE, 1) == []


def test_a_deferred_delivery_is_claimed_when_it_is_due_again(store: SqlStore) -> None:
    store.record(make_poll())
    (claimed,) = claim(store, NOW, LEASE, 1)
    later = NOW + MINUTE
    settle(store, settled(claimed, BUSY, state="deferred", due=later))
    assert claim(store, NOW, LEASE, 1) == []
    assert claim(store, later, LEASE, 1) == [make_delivery(state="leased", attempts=1, due=later)]


def test_a_dead_delivery_is_not_claimed(store: SqlStore) -> None:
    store.record(make_poll())
    (claimed,) = claim(store, NOW, LEASE, 1)
    settle(store, settled(claimed, BUSY, state="dead"))
    assert claim(store, NOW + LEASE, LEASE, 1) == []
    assert [one.id for one in store.deliveries(state="dead")] == ["d1"]


def test_what_was_not_attempted_is_no_attempt(store: SqlStore) -> None:
    store.record(make_poll())
    (claimed,) = claim(store, NOW, LEASE, 1)
    aside = Outcome(ok=False, answer="waiting for a secret", attempted=False)
    settle(store, settled(claimed, aside, state="deferred", due=NOW + MINUTE))
    assert store.attempts("d1") == []
    assert store.last_answers(["d1"]) == {"d1": "waiting for a secret"}


def test_who_lost_the_lease_cannot_undo_what_was_sent(store: SqlStore) -> None:
    store.record(make_poll())
    (slow,) = claim(store, NOW, LEASE, 1)
    (quick,) = claim(store, NOW + LEASE, LEASE, 1)
    settle(store, settled(quick, SENT, state="sent"))
    settle(store, settled(slow, BUSY, state="deferred"))
    assert store.delivery("d1") == make_delivery(state="sent", attempts=1)
    assert [one.number for one in store.attempts("d1")] == [1, 2]


def test_who_lost_the_lease_may_still_have_sent(store: SqlStore) -> None:
    store.record(make_poll())
    (slow,) = claim(store, NOW, LEASE, 1)
    (quick,) = claim(store, NOW + LEASE, LEASE, 1)
    settle(store, settled(quick, BUSY, state="deferred"))
    settle(store, settled(slow, SENT, state="sent"))
    assert store.delivery_counts()["sent"] == 1


def test_what_failed_can_be_queued_again_with_the_whole_schedule(store: SqlStore) -> None:
    store.record(owing(make_delivery(), make_delivery(id="d2", channel="hook", due=NOW + MINUTE)))
    (claimed,) = claim(store, NOW, LEASE, 1)
    settle(store, settled(claimed, BUSY, state="dead"))
    later = NOW + MINUTE
    assert store.retry(["d1", "d2", "unknown"], later) == ["d1"]
    assert store.delivery("d1") == make_delivery(state="queued", due=later, urgent=True)


def test_attempts_are_counted_on_after_a_retry_by_hand(store: SqlStore) -> None:
    store.record(make_poll())
    for _ in range(2):
        (claimed,) = claim(store, NOW, LEASE, 1)
        settle(store, settled(claimed, BUSY, state="dead"))
        store.retry(["d1"], NOW)
    assert [one.number for one in store.attempts("d1")] == [1, 2]


def test_what_waits_for_a_removed_channel_is_cancelled(store: SqlStore) -> None:
    store.record(owing(make_delivery(id="a"), make_delivery(id="b", channel="hook")))
    assert store.cancel_deliveries("desk", "hook", NOW, "the channel was removed") == 1
    assert store.cancel_deliveries("desk", "hook", NOW, "the channel was removed") == 0
    assert [one.id for one in store.deliveries(state="cancelled")] == ["b"]
    assert store.last_answers(["a", "b"]) == {"a": "", "b": "the channel was removed"}
    assert [one.id for one in claim(store, NOW, LEASE, 9)] == ["a"]


def test_deliveries_are_listed_newest_first_and_by_what_is_asked(store: SqlStore) -> None:
    store.record(
        owing(
            make_delivery(id="a", created=NOW - MINUTE),
            make_delivery(id="b", subscriber="other", created=NOW),
            make_delivery(id="c", channel="hook", created=NOW),
        )
    )
    assert [one.id for one in store.deliveries()] == ["b", "c", "a"]
    assert [one.id for one in store.deliveries(limit=1)] == ["b"]
    assert [one.id for one in store.deliveries(subscriber="desk")] == ["c", "a"]
    assert [one.id for one in store.deliveries(state="sent")] == []
    assert len(store.deliveries(release_id="00000000000000a1")) == 3
    assert store.delivery("unknown") is None


def test_deliveries_are_counted_by_state(store: SqlStore) -> None:
    store.record(owing(make_delivery(), make_delivery(id="d2", channel="hook", due=NOW + LEASE)))
    claim(store, NOW, LEASE, 9)
    assert store.delivery_counts() == {
        "queued": 1,
        "leased": 1,
        "sent": 0,
        "deferred": 0,
        "dead": 0,
        "held": 0,
        "cancelled": 0,
    }


def test_a_delivery_without_a_creation_time_was_created_by_its_poll(store: SqlStore) -> None:
    store.record(owing(make_delivery(created=None)))
    assert store.delivery("d1") == make_delivery(created=NOW)


# -- two at once --------------------------------------------------------------------------------


def at_once(work: Callable[[], Sequence[str]], workers: int = 4) -> list[str]:
    """What all workers got who took rows until there were none."""
    start = Barrier(workers)

    def take() -> list[str]:
        start.wait()
        taken: list[str] = []
        while found := work():
            taken += found
        return taken

    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(take) for _ in range(workers)]
        return [one for future in futures for one in future.result()]


def test_no_delivery_is_claimed_by_two(store: SqlStore) -> None:
    ids = [f"{number:03}" for number in range(200)]
    store.record(owing(*(make_delivery(id=one, channel=one) for one in ids)))
    taken = at_once(lambda: [one.id for one in claim(store, NOW, LEASE, 7)])
    assert sorted(taken) == ids


def test_no_source_is_claimed_by_two(store: SqlStore) -> None:
    ids = [f"{number:03}" for number in range(200)]
    store.ensure_sources(ids, NOW)
    assert sorted(at_once(lambda: store.claim_sources(NOW, LEASE, 7))) == ids


def test_polls_recorded_at_once_are_all_there_and_all_counted(store: SqlStore) -> None:
    polls = [
        poll_of(
            make_release(id=f"r{number:02}"),
            make_release(id="shared"),
            source_id=f"s{number % 5}",
        )
        for number in range(40)
    ]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(store.record, polls))
    assert len(store.releases_recent(100)) == 41
    assert store.change_marker() == 40


# -- the history of versions ---------------------------------------------------------------------


def correction(release: Release, minutes: int) -> Change:
    later = revised(release, title="Corrected", updated=NOW + minutes * MINUTE)
    return Change("revised", later)


def test_versions_are_told_in_the_order_in_which_they_were_recorded(store: SqlStore) -> None:
    one, two = make_release(id="a"), make_release(id="b")
    store.record(make_poll(changes=(Change("new", one), Change("new", two)), deliveries=()))
    store.record(make_poll(changes=(correction(one, 1),), deliveries=()))
    told = [(change, r.id, r.version) for change, r in store.history(0)]
    assert told == [(1, "a", 1), (1, "b", 1), (2, "a", 2)]
    assert [r.id for _, r in store.history(1)] == ["a"]
    assert store.history(2) == []


def test_a_page_of_history_holds_whole_changes(store: SqlStore) -> None:
    together = tuple(Change("new", make_release(id=f"r{n}")) for n in range(5))
    store.record(make_poll(changes=together, deliveries=()))
    store.record(make_poll(changes=(Change("new", make_release(id="x")),), deliveries=()))
    assert [len(store.history(0, most)) for most in (1, 5, 6)] == [5, 5, 6]


def test_what_is_recorded_twice_keeps_its_place_in_the_history(store: SqlStore) -> None:
    poll = make_poll(deliveries=())
    store.record(poll)
    store.record(poll)
    assert [change for change, _ in store.history(0)] == [1]


def test_versions_are_found_by_their_keys(store: SqlStore) -> None:
    one = make_release(id="a")
    store.record(make_poll(changes=(Change("new", one),), deliveries=()))
    store.record(make_poll(changes=(correction(one, 1),), deliveries=()))
    found = store.releases_by_version([("a", 1), ("a", 3), ("b", 1)])
    assert found == {("a", 1): one}


def withdrawn(release: Release) -> Release:
    return replace(
        release,
        version=release.version + 1,
        withdrawn="published in error",
        updated=NOW + MINUTE,
    )


def test_a_withdrawn_release_is_kept_and_shown_no_more(store: SqlStore) -> None:
    store.record(make_poll(deliveries=()))
    taken_back = withdrawn(make_release())
    assert store.withdraw(Withdrawal(taken_back), NOW + MINUTE)
    found = store.release_by_id(taken_back.id)
    assert found is not None
    assert (found.withdrawn, found.version, found.updated) == (
        "published in error",
        2,
        NOW + MINUTE,
    )
    assert store.releases_recent(10) == []
    assert store.change_marker() == 2
    assert not store.withdraw(Withdrawal(withdrawn(taken_back)), NOW + 2 * MINUTE)
    assert not store.withdraw(Withdrawal(replace(taken_back, id="nothing")), NOW)


def test_a_withdrawn_release_that_is_published_otherwise_stands_again(store: SqlStore) -> None:
    store.record(make_poll(deliveries=()))
    store.withdraw(Withdrawal(withdrawn(make_release())), NOW + MINUTE)
    again = correction(replace(make_release(), version=2), 2)
    store.record(make_poll(changes=(again,), deliveries=()))
    assert [one.title for one in store.releases_recent(10)] == ["Corrected"]


# -- private feeds ------------------------------------------------------------------------------


def test_a_token_opens_its_feed_until_the_next_is_issued(store: SqlStore) -> None:
    store.issue_token("desk", "missions", "hash 1", NOW)
    store.issue_token("desk", "elections", "hash 2", NOW)
    assert store.feed_by_token("hash 1", NOW) == ("desk", "missions")
    store.issue_token("desk", "missions", "hash 3", NOW + MINUTE)
    assert store.feed_by_token("hash 1", NOW + MINUTE) is None
    assert store.feed_by_token("hash 3", NOW + MINUTE) == ("desk", "missions")
    assert store.tokens(NOW + MINUTE) == [
        FeedToken("desk", "elections", NOW),
        FeedToken("desk", "missions", NOW + MINUTE),
    ]


def test_a_token_that_is_replaced_works_for_its_grace_and_no_longer(store: SqlStore) -> None:
    store.issue_token("desk", "missions", "old", NOW)
    store.issue_token("desk", "missions", "new", NOW, grace=MINUTE)
    assert store.feed_by_token("old", NOW + MINUTE / 2) == ("desk", "missions")
    assert {one.until for one in store.tokens(NOW)} == {NOW + MINUTE, None}
    assert store.feed_by_token("old", NOW + MINUTE) is None


def test_a_second_grace_does_not_prolong_the_first(store: SqlStore) -> None:
    store.issue_token("desk", "missions", "first", NOW)
    store.issue_token("desk", "missions", "second", NOW, grace=MINUTE)
    store.issue_token("desk", "missions", "third", NOW, grace=60 * MINUTE)
    assert store.feed_by_token("first", NOW + MINUTE) is None
    assert store.feed_by_token("second", NOW + MINUTE) == ("desk", "missions")


def test_revoked_tokens_open_nothing_graced_ones_included(store: SqlStore) -> None:
    store.issue_token("desk", "missions", "old", NOW)
    store.issue_token("desk", "missions", "new", NOW, grace=60 * MINUTE)
    assert store.revoke_tokens("desk", "missions", NOW + MINUTE) == 2
    assert store.revoke_tokens("desk", "missions", NOW + MINUTE) == 0
    assert [store.feed_by_token(one, NOW + MINUTE) for one in ("old", "new")] == [None, None]


def test_a_token_cannot_be_issued_twice(store: SqlStore) -> None:
    store.issue_token("desk", "missions", "hash", NOW)
    with pytest.raises(StoreError):
        store.issue_token("other", "missions", "hash", NOW)
    assert store.feed_by_token("hash", NOW) == ("desk", "missions")


def test_a_store_that_answers_says_nothing(store: SqlStore) -> None:
    store.ping()


# -- what rules are looked at with ----------------------------------------------------------------


def test_the_archive_is_given_page_by_page_the_oldest_first(store: SqlStore) -> None:
    days = [NOW - timedelta(days=days) for days in (3, 1, 2, 1, 0)]
    made = [
        make_release(id=f"{number:016}", first_seen=day, published=None)
        for number, day in enumerate(days)
    ]
    own = make_release(id="f" * 16, source_id="newswatch")
    store.record(
        make_poll(changes=tuple(Change("new", one) for one in (*made, own)), deliveries=())
    )
    store.withdraw(Withdrawal(withdrawn(made[4])), NOW)
    pages = [[int(one.id) for one in page] for page in store.archive(at_once=2)]
    assert pages == [[0, 2], [1, 3]]
    since = store.archive(NOW - timedelta(days=1), at_once=2)
    assert [int(one.id) for page in since for one in page] == [1, 3]


def test_matches_are_counted_by_release_and_not_by_version(store: SqlStore) -> None:
    old = make_release(id="a" * 16, first_seen=NOW - timedelta(days=40))
    first, second = make_release(), make_release(version=2, fingerprint="f2")
    for one in (old, first, second):
        matches = (make_match(release_id=one.id, version=one.version),)
        store.record(make_poll(changes=(Change("new", one, matches),), deliveries=()))
    assert store.match_counts(NOW - timedelta(days=30)) == {("desk", "missions"): 1}
    assert store.match_counts(NOW - timedelta(days=50)) == {("desk", "missions"): 2}


# -- what waits, and rules as they were -----------------------------------------------------------


def rule_text(digest: str, at: datetime, text: str = "id: r\n") -> RuleText:
    return RuleText(digest, "desk", "r", text, at, at)


def test_a_rule_is_kept_once_with_when_it_was_loaded_first_and_last(store: SqlStore) -> None:
    later = NOW + HOUR
    store.see_rules([rule_text("a", NOW), rule_text("b", NOW)])
    store.see_rules([rule_text("a", later)])
    assert store.rule_texts(["a", "b", "unknown"]) == {
        "a": RuleText("a", "desk", "r", "id: r\n", NOW, later),
        "b": rule_text("b", NOW),
    }
    store.see_rules([])


def test_a_match_remembers_the_text_of_its_rule_and_the_shadow(store: SqlStore) -> None:
    met = make_match(rule_digest="a", shadow=True)
    store.record(make_poll(changes=(Change("new", make_release(), (met,)),)))
    assert store.matches_of(met.release_id) == [met]


def test_a_delivery_is_remembered_with_all_that_it_waits_for(store: SqlStore) -> None:
    stops = (Stop("hold", None, "a flood"), Stop("quiet", NOW + HOUR))
    owed = make_delivery(urgent=True, stops=stops, silence="sil_a", state="held")
    store.record(make_poll(deliveries=(owed,)))
    assert store.delivery("d1") == owed


def test_who_lost_the_lease_puts_nothing_back(store: SqlStore) -> None:
    store.record(make_poll())
    (one,) = claim(store, NOW, LEASE, 9)
    outcome = Outcome(ok=True, answer="250 ok")
    settle(store, Settled(replace(one, state="sent"), NOW, timedelta(), outcome))
    store.put_back([replace(one, due=NOW + HOUR)])
    assert store.delivery("d1") == replace(one, state="sent")


def test_company_is_what_else_is_due_on_a_channel_that_nobody_holds(store: SqlStore) -> None:
    releases = [make_release(id=name) for name in "abcd"]
    owed = [make_delivery(id=f"d{one.id}", release_id=one.id) for one in releases]
    owed[2] = replace(owed[2], due=NOW + HOUR)
    owed[3] = replace(owed[3], channel="other")
    changes = tuple(Change("new", one) for one in releases)
    store.record(make_poll(changes=changes, deliveries=tuple(owed)))
    (first,) = claim(store, NOW, LEASE, 1)
    channel = [(first.subscriber, first.channel)]
    company = store.claim_company(channel, NOW, LEASE)
    assert sorted((first.id, *(one.id for one in company))) == ["da", "db"]
    assert store.claim_company(channel, NOW, LEASE) == []


def test_messages_are_counted_right_by_several_workers(store: SqlStore) -> None:
    limit = Limit(10, HOUR)

    def spend() -> Sequence[str]:
        granted, until = store.spend(make_delivery(), limit, 3, NOW)
        assert until == NOW + HOUR
        return ["message"] * granted

    assert len(at_once(spend, workers=8)) == 10
    assert store.spend(make_delivery(), limit, 3, NOW + HOUR) == (3, NOW + 2 * HOUR)
