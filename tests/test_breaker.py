"""The circuit breaker of a channel, and what its operators are told: a state and a clock by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswatch.alarm import judged
from newswatch.breaker import (
    LONGEST_PAUSE,
    OPENS,
    PATIENCE,
    PROBE,
    PROBE_EVERY,
    WORDS,
    after,
    at_most,
    is_probe,
    probing,
    word,
)
from newswatch.lanes import IN_A_DIGEST, Lanes
from newswatch.model import Channel, ChannelState, Digest, Outcome, Pace
from newswatch.ports import Verdict
from newswatch.rules.rule import Subscriber

NOW = datetime(2025, 2, 5, 9, 0, tzinfo=UTC)
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
WELL = ChannelState("desk", "hook")
OK = Outcome(ok=True, answer="200 OK")
BAD = Outcome(ok=False, answer="500 Internal Server Error")
BUSY = Outcome(ok=False, answer="429 Too Many Requests", is_busy=True)
GONE = Outcome(ok=False, answer="410 Gone", retryable=False, disable=True)
REFUSED = Outcome(ok=False, answer="550 no such user", retryable=False)
ASIDE = Outcome(ok=False, answer="waiting for a secret", attempted=False)


def step(state: ChannelState, outcome: Outcome, now: datetime = NOW) -> ChannelState:
    return after(state, outcome, now, PATIENCE, 0.0)


def failed(times: int, state: ChannelState = WELL, now: datetime = NOW) -> ChannelState:
    for _ in range(times):
        state = step(state, BAD, now)
    return state


def test_a_channel_that_is_well_stays_so() -> None:
    assert step(WELL, OK) == WELL
    assert (at_most(WELL, 4, NOW), word(WELL, NOW)) == (4, "ok")


def test_after_a_failure_one_message_at_a_time_is_sent() -> None:
    state = failed(1)
    assert (at_most(state, 4, NOW), word(state, NOW)) == (1, "failing")
    assert step(state, OK) == WELL


def test_five_failures_in_a_row_open_it_for_a_minute() -> None:
    assert at_most(failed(OPENS - 1), 4, NOW) == 1
    state = failed(OPENS)
    assert (at_most(state, 4, NOW), word(state, NOW)) == (0, "open")
    assert at_most(state, 4, NOW + MINUTE - timedelta(seconds=1)) == 0
    assert (at_most(state, 4, NOW + MINUTE), word(state, NOW + MINUTE)) == (1, "half-open")


def test_while_a_probe_is_under_way_there_is_no_second() -> None:
    ready = NOW + MINUTE
    state = probing(failed(OPENS), ready)
    assert is_probe(state)
    assert at_most(state, 4, ready) == 0
    assert at_most(state, 4, ready + PROBE) == 1  # its process is gone


def test_each_probe_that_fails_doubles_the_pause_up_to_an_hour() -> None:
    pauses, state = [], failed(OPENS)
    for _ in range(10):
        assert state.wait_until is not None
        pauses.append(state.wait_until - NOW)
        state = step(state, BAD)
    assert pauses[:4] == [MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE]
    assert pauses[-1] == LONGEST_PAUSE
    assert pauses == sorted(pauses)


def test_a_probe_that_is_taken_closes_it_at_once() -> None:
    assert step(failed(9), OK) == WELL


def test_too_many_requests_slow_the_whole_channel_at_the_first_one() -> None:
    first = step(WELL, BUSY)
    second = step(first, BUSY)
    assert (first.wait_until, second.wait_until) == (
        NOW + timedelta(seconds=5),
        NOW + timedelta(seconds=10),
    )
    assert word(first, NOW) == "waiting"


def test_retry_after_holds_for_the_whole_channel_and_at_most_a_day() -> None:
    state = step(WELL, replace(BUSY, retry_after=2 * HOUR))
    assert (at_most(state, 4, NOW + 2 * HOUR - MINUTE), at_most(state, 4, NOW + 2 * HOUR)) == (0, 1)
    assert step(WELL, replace(BUSY, retry_after=30 * DAY)).wait_until == NOW + DAY


def test_jitter_only_lengthens_a_pause() -> None:
    later = after(failed(OPENS - 1), BAD, NOW, PATIENCE, 1.0)
    assert later.wait_until == NOW + MINUTE * 1.1


def test_what_is_no_fault_of_the_receiver_changes_nothing() -> None:
    for state in (WELL, failed(3)):
        assert step(state, REFUSED) == state
        assert step(state, ASIDE) == state


def test_a_channel_that_fails_for_days_is_paused_and_still_tried_now_and_then() -> None:
    state = failed(OPENS)
    assert word(step(state, BAD, NOW + PATIENCE - MINUTE), NOW + PATIENCE) == "open"
    paused = step(state, BAD, NOW + PATIENCE)
    assert word(paused, NOW + PATIENCE) == "paused"
    assert at_most(paused, 4, NOW + PATIENCE + PROBE_EVERY - MINUTE) == 0
    assert at_most(paused, 4, NOW + PATIENCE + PROBE_EVERY) == 1
    assert step(paused, OK, NOW + PATIENCE + PROBE_EVERY) == WELL


def test_few_failures_far_apart_do_not_pause_a_channel() -> None:
    state = step(failed(1), BAD, NOW + 2 * PATIENCE)
    assert state.stopped == ""


def test_gone_is_for_good_whatever_was_still_under_way() -> None:
    gone = step(WELL, GONE)
    assert (word(gone, NOW), at_most(gone, 4, NOW + 1000 * DAY)) == ("gone", 0)
    for outcome in (OK, BAD, GONE):
        assert word(step(gone, outcome), NOW + DAY) == "gone"


def test_what_a_person_stopped_stays_stopped() -> None:
    stopped = replace(WELL, stopped="by hand", reason="moving house")
    assert step(stopped, OK) == stopped
    assert at_most(step(stopped, BAD), 4, NOW + DAY) == 0


OUTCOMES = st.sampled_from([OK, BAD, BUSY, GONE, REFUSED, ASIDE])
STEPS = st.lists(st.tuples(OUTCOMES, st.integers(0, 3 * 86_400)), max_size=40)


@given(STEPS)
def test_whatever_comes_the_state_has_a_word_and_a_way_out(
    steps: list[tuple[Outcome, int]],
) -> None:
    state, now = WELL, NOW
    for outcome, seconds in steps:
        now += timedelta(seconds=seconds)
        state = step(state, outcome, now)
        assert word(state, now) in WORDS
        assert (state.failing_since is None) == (state.failures == 0)
        assert at_most(state, 4, now) in (0, 1, 4)
        if state.stopped != "gone":
            assert at_most(state, 4, now + DAY) >= 1  # never for ever by itself
            assert step(state, OK, now) == WELL


# -- what is told -------------------------------------------------------------------------------

MAIL, HOOK = Channel("mail", "email"), Channel("hook", "webhook")
OPERATORS = Subscriber("operators", "Operators", channels=(MAIL, HOOK))


def judge(state: ChannelState, outcome: Outcome, now: datetime = NOW) -> Verdict:
    return judged(outcome, now, PATIENCE, (OPERATORS,), "https://news.test/status", 0.0, state)


def told(verdict: Verdict) -> list[str]:
    return [change.release.title for change in verdict.changes]


def test_the_operators_are_told_of_a_channel_when_it_is_sure_and_once() -> None:
    state, kinds = WELL, []
    for number in range(200):
        verdict = judge(state, BAD, NOW + number * HOUR)
        kinds += told(verdict)
        state = verdict.state
    assert kinds == ["desk/hook: failing", "desk/hook: paused"]
    back = judge(state, OK, NOW + 300 * HOUR)
    assert told(back) == ["desk/hook: recovered"]
    assert (back.state, back.back_since) == (WELL, NOW)


def test_a_short_trouble_is_not_told() -> None:
    state = failed(9)
    assert told(judge(state, BAD, NOW + 10 * MINUTE)) == []
    assert told(judge(state, OK, NOW + 10 * MINUTE)) == []


def test_the_operators_are_told_at_once_of_a_channel_that_is_gone() -> None:
    verdict = judge(WELL, GONE)
    assert told(verdict) == ["desk/hook: gone"]
    assert [delivery.channel for delivery in verdict.deliveries] == ["mail", "hook"]
    assert told(judge(verdict.state, GONE)) == []


def test_of_a_channel_of_their_own_they_are_told_through_the_others() -> None:
    verdict = judge(ChannelState("operators", "hook"), GONE)
    assert [delivery.channel for delivery in verdict.deliveries] == ["mail"]


def test_what_was_missed_is_due_only_where_the_channel_had_been_left_alone() -> None:
    assert judge(failed(2), OK).back_since is None
    assert judge(failed(OPENS), OK).back_since == NOW


# -- places -------------------------------------------------------------------------------------


def test_a_channel_has_as_many_places_as_it_may_have_at_once() -> None:
    lanes = Lanes()
    channel = replace(HOOK, pace=Pace(at_once=2))
    assert lanes.room(channel, WELL, NOW) == 2
    lanes.begin(WELL.lane, NOW)
    lanes.begin(WELL.lane, NOW)
    assert lanes.room(channel, WELL, NOW) == 0
    lanes.end(WELL.lane)
    assert lanes.room(channel, WELL, NOW) == 1


def test_between_two_messages_is_the_pause_that_was_asked_for() -> None:
    lanes = Lanes()
    channel = replace(HOOK, pace=Pace(4, timedelta(seconds=2)))
    assert lanes.room(channel, WELL, NOW) == 1
    lanes.begin(WELL.lane, NOW)
    lanes.end(WELL.lane)
    assert lanes.room(channel, WELL, NOW + timedelta(seconds=1)) == 0
    assert lanes.room(channel, WELL, NOW + timedelta(seconds=2)) == 1


@pytest.mark.parametrize("under_way", [0, 1])
def test_a_digest_takes_all_that_is_due_in_one_message(under_way: int) -> None:
    lanes = Lanes()
    channel = replace(MAIL, digest=Digest(NOW.time()))
    for _ in range(under_way):
        lanes.begin(WELL.lane, NOW)
    assert lanes.room(channel, WELL, NOW) == (0 if under_way else IN_A_DIGEST)
