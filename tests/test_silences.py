"""Silences: what they hide, what they let pass, and that nothing hidden goes out by itself."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from factories import NOW, make_delivery, make_match, make_reading, make_release
from newswatch.model import Outcome, Silence, Stop, Window
from newswatch.pipeline import Pipeline
from newswatch.silences import hidden, hides, silence_id
from newswatch.store import SqlStore
from test_pipeline import DESK, OPENED, Clock, Sender, deliver, make_pipeline, page, poll

HOUR = timedelta(hours=1)
ENDS = NOW + 2 * HOUR


def silence(**fields: Any) -> Silence:
    made = Silence("", "Ann", "a quiet afternoon", NOW, ENDS)
    made = replace(made, **{name: tuple(value) for name, value in fields.items()})
    return replace(made, id=silence_id(made))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"subscribers": ["desk"]}, True),
        ({"subscribers": ["other"]}, False),
        ({"rules": ["desk/missions"]}, True),
        ({"rules": ["other/missions"]}, False),
        ({"countries": ["MD", "GE"]}, True),
        ({"countries": ["RO"]}, False),
        ({"sources": ["newsroom"]}, True),
        ({"sources": ["wire"]}, False),
        ({"events": ["mission.opened"]}, True),
        ({"events": ["mission.cancelled"]}, False),
        ({"countries": ["MD"], "events": ["mission.cancelled"]}, False),
        ({"countries": ["MD"], "events": ["mission.opened"], "subscribers": ["desk"]}, True),
    ],
)
def test_all_that_is_named_must_fit(fields: dict[str, Any], expected: bool) -> None:
    assert hides(silence(**fields), make_delivery(), make_release()) is expected


def test_a_release_about_another_country_too_is_not_hidden() -> None:
    both = make_release(reading=make_reading(countries=("MD", "UA")))
    assert not hides(silence(countries=["MD"]), make_delivery(), both)
    assert hides(silence(countries=["MD", "UA"]), make_delivery(), both)


def test_a_release_about_no_country_is_not_hidden_by_one() -> None:
    none = make_release(reading=make_reading(countries=()))
    assert not hides(silence(countries=["MD"]), make_delivery(), none)


def test_what_another_rule_asked_for_as_well_is_not_hidden() -> None:
    owed = make_delivery(matches=(make_match(), make_match(rule="other")))
    assert not hides(silence(rules=["desk/missions"]), owed, make_release())
    assert hides(silence(rules=["desk/missions", "desk/other"]), owed, make_release())


def test_what_is_hidden_says_by_what_and_until_when() -> None:
    muted = silence(sources=["newsroom"])
    found = hidden(make_delivery(), make_release(), [silence(sources=["wire"]), muted])
    assert found == make_delivery(
        state="held", silence=muted.id, stops=(Stop("silence", ENDS, muted.id),)
    )


# -- in the loops -----------------------------------------------------------------------------


def scene(store: SqlStore, **fields: Any) -> tuple[Pipeline, Clock]:
    clock = Clock()
    return make_pipeline(store, [page(OPENED)], clock=clock, **fields), clock


def test_what_is_owed_during_a_silence_is_kept_and_listed(store: SqlStore) -> None:
    muted = silence(countries=["TJ"])
    store.add_silence(muted)
    pipeline, _ = scene(store)
    poll(pipeline)
    assert deliver(pipeline) == []
    (kept,) = store.hidden_by(muted.id)
    assert (kept.state, kept.stops) == ("held", (Stop("silence", ENDS, muted.id),))


def test_what_was_queued_before_a_silence_and_falls_due_in_it_is_hidden(store: SqlStore) -> None:
    pipeline, _ = scene(store)
    poll(pipeline)
    muted = silence(subscribers=["desk"])
    store.add_silence(muted)
    assert deliver(pipeline) == []
    assert [one.state for one in store.hidden_by(muted.id)] == ["held"]


def test_a_silence_that_fits_nothing_hides_nothing(store: SqlStore) -> None:
    store.add_silence(silence(countries=["GE"]))
    pipeline, _ = scene(store)
    poll(pipeline)
    assert [one.delivery.state for one in deliver(pipeline)] == ["sent"]


def test_what_comes_after_the_end_is_sent_and_what_was_hidden_is_not(store: SqlStore) -> None:
    store.add_silence(silence(countries=["TJ"]))
    pipeline, clock = scene(store)
    poll(pipeline)
    clock.now = ENDS
    assert deliver(pipeline) == []
    other = ("ODIHR opens election observation mission in Tajikistan again", "It opened.")
    pipeline = make_pipeline(store, [page(OPENED, other)], clock=clock)
    poll(pipeline)
    assert len(deliver(pipeline)) == 1
    assert store.delivery_counts()["held"] == 1


def test_what_was_hidden_is_sent_when_a_person_asks_for_it(store: SqlStore) -> None:
    muted = silence(countries=["TJ"])
    store.add_silence(muted)
    pipeline, _ = scene(store)
    poll(pipeline)
    assert store.send_hidden(muted.id, NOW) == 1
    assert [one.delivery.state for one in deliver(pipeline)] == ["sent"]
    assert [one.state for one in store.hidden_by(muted.id)] == ["sent"]
    assert store.send_hidden(muted.id, NOW) == 0


def test_what_is_sent_after_all_keeps_to_the_quiet_hours_of_its_channel(store: SqlStore) -> None:
    muted = silence(countries=["TJ"])
    store.add_silence(muted)
    closed = replace(DESK.channels[0], quiet=(Window(days=frozenset((2,))),))  # Wednesdays
    pipeline, _ = scene(store, subscribers=(replace(DESK, channels=(closed,)),))
    poll(pipeline)
    store.send_hidden(muted.id, NOW)
    assert deliver(pipeline) == []
    assert [one.state for one in store.hidden_by(muted.id)] == ["queued"]


def test_a_single_one_is_let_go_while_the_silence_lasts(store: SqlStore) -> None:
    muted = silence(countries=["TJ"])
    store.add_silence(muted)
    pipeline, _ = scene(store)
    poll(pipeline)
    (kept,) = store.hidden_by(muted.id)
    assert store.retry([kept.id], NOW) == [kept.id]
    assert [one.delivery.state for one in deliver(pipeline)] == ["sent"]


def test_a_try_that_failed_before_a_silence_is_hidden_by_it(store: SqlStore) -> None:
    sender = Sender([Outcome(ok=False, answer="500 no")])
    pipeline, clock = scene(store, senders={"webhook": sender})
    poll(pipeline)
    deliver(pipeline)
    muted = silence(events=["mission.opened"])
    store.add_silence(muted)
    clock.now += HOUR
    assert deliver(pipeline) == []
    assert [(one.state, one.attempts) for one in store.hidden_by(muted.id)] == [("held", 1)]


def test_letting_go_of_a_source_lets_go_of_nothing_that_a_silence_hides(store: SqlStore) -> None:
    store.add_silence(silence(countries=["TJ"]))
    pipeline, _ = scene(store)
    poll(pipeline)
    assert store.let_go("newsroom", NOW) == 0
    assert store.drop_held("newsroom", NOW, "not wanted") == 0
    assert store.delivery_counts()["held"] == 1


def test_what_is_urgent_is_hidden_too(store: SqlStore) -> None:
    store.add_silence(silence(countries=["TJ"]))
    rules = (replace(DESK.rules[0], urgent=frozenset(("mission.opened",))),)
    pipeline, _ = scene(store, subscribers=(replace(DESK, rules=rules),))
    poll(pipeline)
    assert deliver(pipeline) == []


# -- in the store -----------------------------------------------------------------------------


def test_silences_are_remembered_with_all_that_they_say(store: SqlStore) -> None:
    made = silence(subscribers=["desk"], countries=["TJ"], rules=["desk/tj"])
    store.add_silence(made)
    assert store.silence(made.id) == made
    assert store.silences() == [made]
    assert store.silence("sil_unknown") is None


def test_a_silence_is_in_force_from_its_beginning_to_before_its_end(store: SqlStore) -> None:
    made = silence(sources=["newsroom"])
    store.add_silence(made)
    moments = (NOW - timedelta(seconds=1), NOW, ENDS - timedelta(seconds=1), ENDS)
    assert [len(store.silences_at(at)) for at in moments] == [0, 1, 1, 0]


def test_a_silence_is_ended_once(store: SqlStore) -> None:
    made = silence(sources=["newsroom"])
    store.add_silence(made)
    assert store.expire_silence(made.id, NOW + HOUR)
    assert not store.expire_silence(made.id, NOW + HOUR)
    assert store.silences_at(NOW + HOUR) == []
    assert store.silences() == [replace(made, until=NOW + HOUR)]


def test_two_silences_never_share_an_id() -> None:
    ids = {silence(countries=[code]).id for code in ("TJ", "GE", "MD")}
    assert len(ids) == 3
