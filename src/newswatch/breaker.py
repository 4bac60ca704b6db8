"""When a channel is sent to: a circuit breaker for each, so that a receiver in trouble is left alone
and costs the others nothing. Pure.

    well ── a failure ──→ failing ── 5 in a row ──→ open ⇄ probe ── failing for days ──→ paused
      ↑                                                     │                              │
      └──────────────────── a success, from anywhere ───────┴──────────────────────────────┘

A channel that is not well is sent one message at a time. While open it is sent none; when the pause
is over one message is the probe (half-open), and its failure doubles the pause. Paused is open with
long pauses, and told to the operators. 410 Gone and a person's word stop a channel for good.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from newswatch.model import ChannelState, Outcome
from newswatch.schedule import JITTER, LONGEST_RETRY_AFTER

OPENS = 5  # failures in a row
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
BREATHER = timedelta(seconds=5)  # after "too many", doubling
PROBE_EVERY = timedelta(hours=6)  # while paused
WARN_AFTER = timedelta(hours=1)  # of failures, until the operators are told
PATIENCE = timedelta(days=5)
PROBE = timedelta(minutes=10)  # how long a probe may be under way, in any process

WORDS = ("ok", "failing", "waiting", "open", "half-open", "paused", "gone", "stopped")


def after(
    state: ChannelState, outcome: Outcome, now: datetime, patience: timedelta, dice: float
) -> ChannelState:
    """The state after an attempt that ended now; `patience` is how long it may fail until it is
    paused."""
    if outcome.ok:
        return recovered(state)
    if not tells_of_channel(outcome):
        return state
    failed = replace(
        state,
        failures=max(state.failures + 1, OPENS if outcome.is_misconfigured else 0),
        failing_since=state.failing_since or now,
        reason=outcome.answer,
    )
    if outcome.disable:
        return replace(failed, stopped="gone")
    if not failed.stopped and is_given_up(failed, now, patience):
        failed = replace(failed, stopped="failing")
    wait = pause(failed, outcome) * (1 + JITTER * dice)
    return replace(failed, wait_until=now + wait if wait else None)


def tells_of_channel(outcome: Outcome) -> bool:
    """What a receiver refuses for good is the message's fault, and a message that was not sent says
    nothing about the receiver, unless nothing at all can be sent as it is set."""
    if not outcome.attempted:
        return outcome.is_misconfigured
    return outcome.retryable or outcome.disable


def recovered(state: ChannelState) -> ChannelState:
    """Well again; what is stopped for good stays so, whatever was still under way."""
    if state.stopped in ("gone", "by hand"):
        return state
    return ChannelState(state.subscriber, state.channel)


def is_given_up(state: ChannelState, now: datetime, patience: timedelta) -> bool:
    since = state.failing_since or now
    return state.failures >= OPENS and now - since >= patience


def pause(state: ChannelState, outcome: Outcome) -> timedelta:
    """How long nothing is sent after a failure: never shorter than the receiver's Retry-After, of
    which at most a day is believed."""
    asked = min(outcome.retry_after or timedelta(0), LONGEST_RETRY_AFTER)
    return max(asked, own_pause(state, outcome))


def own_pause(state: ChannelState, outcome: Outcome) -> timedelta:
    if state.stopped == "failing":
        return PROBE_EVERY
    if state.failures >= OPENS:
        return min(FIRST_PAUSE * (1 << min(state.failures - OPENS, 16)), LONGEST_PAUSE)
    return BREATHER * (1 << (state.failures - 1)) if outcome.is_busy else timedelta(0)


def is_shut(state: ChannelState, now: datetime) -> bool:
    """Whether nothing may be sent now."""
    if state.stopped in ("gone", "by hand"):
        return True
    return state.wait_until is not None and state.wait_until > now


def at_most(state: ChannelState, at_once: int, now: datetime) -> int:
    """How many messages may be under way."""
    if is_shut(state, now):
        return 0
    return 1 if state.failures else at_once


def is_probe(state: ChannelState) -> bool:
    """Whether the next message is to find out if the receiver is back."""
    return state.failures >= OPENS or state.stopped == "failing"


def probing(state: ChannelState, now: datetime) -> ChannelState:
    """While a probe is under way: no other process sends a second one."""
    return replace(state, wait_until=now + PROBE)


def word(state: ChannelState, now: datetime) -> str:
    """The state in one of `WORDS`."""
    if state.stopped:
        return {"failing": "paused", "gone": "gone", "by hand": "stopped"}[state.stopped]
    if is_probe(state):
        return "open" if is_shut(state, now) else "half-open"
    if is_shut(state, now):
        return "waiting"
    return "failing" if state.failures else "ok"
