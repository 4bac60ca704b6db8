"""What is remembered of a source after a poll: its state, and when it is asked again. Pure."""

from dataclasses import replace
from datetime import datetime

from newswatch.asking import led, longest, read_no_more
from newswatch.drift import Doubt, doubt, doubted, learned
from newswatch.model import Document, FetchFailure, NotModified, Poll, Source, SourceState
from newswatch.schedule import (
    LONGEST_PAUSE,
    after_failure,
    look_again,
    pause_end,
)


def read_well(
    source: Source,
    state: SourceState,
    answer: Document | NotModified,
    now: datetime,
    next_poll: datetime,
) -> SourceState:
    """The state after an answer that was as it should be."""
    return replace(
        led(source, state, answer),
        next_poll=next_poll,
        validators=answer.validators,
        state="ok" if isinstance(answer, Document) else "not_modified",
        reason="",
        failures=0,
        failing_since=None,
        paused_until=None,
        polled_once=True,
        last_poll=now,
        last_success=now,
    )


def failed(
    source: Source, state: SourceState, failure: FetchFailure, now: datetime, dice: float
) -> Poll:
    """A failure keeps validators and entries as they are: it must not hide what comes later."""
    failures = state.failures + 1
    after = replace(
        state,
        next_poll=after_failure(source, failures, now, failure, dice),
        body_hash=read_no_more(source) if failure.state == "gone" else state.body_hash,
        state=failure.state,
        reason=failure.reason,
        failures=failures,
        failing_since=state.failing_since or now,
        paused_until=pause_end(failure, now),
        last_poll=now,
    )
    return Poll(source_id=source.id, at=now, state=after)


def still_gone(state: SourceState, now: datetime) -> Poll:
    """A source that ended is asked no more; its operators are still reminded."""
    after = replace(state, next_poll=now + LONGEST_PAUSE)
    return Poll(source_id=state.source_id, at=now, state=after)


def weighed(source: Source, before: SourceState, poll: Poll, dice: float) -> Poll:
    """The poll, against what the source usually gives: a document in doubt stores no
    validators, and its alerts may wait; a good one lets go of those that waited for it."""
    found = doubt(source, before.history, poll)
    if found is None:
        state = replace(poll.state, history=learned(before.history, poll))
        return let_go(replace(poll, state=state))
    if found.held:
        return doubted(poll, found, holding(source, before, poll, found, dice))
    failure = FetchFailure(found.state, found.reason)
    return let_go(doubted(poll, found, failed(source, before, failure, poll.at, dice).state))


def holding(
    source: Source, before: SourceState, poll: Poll, found: Doubt, dice: float
) -> SourceState:
    """The state of a source whose alerts wait: for a second look that comes sooner, or for a
    person."""
    held = "ask" if before.held else found.held
    fresh = longest(*(raw.document.fresh_for for raw in poll.raws))
    sooner = look_again(source, poll.at, fresh, dice)
    return replace(
        poll.state,
        next_poll=sooner if held == "soon" else poll.state.next_poll,
        validators=before.validators,
        body_hash=before.body_hash,
        state=found.state,
        reason=found.reason,
        held=held,
    )


def let_go(poll: Poll) -> Poll:
    """After a document whose alerts wait for the next look: this one shows the same entries."""
    if poll.tally is None or poll.state.held != "soon":
        return poll
    return replace(poll, state=replace(poll.state, held=""), lets_go=True)
