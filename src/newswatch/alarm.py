"""What becomes of a channel after an attempt, and what its operators are told of it. Pure.

Trouble is told once when it is sure, when the channel is paused or gone, and when it is over: to
the channels of the subscriber `operators` other than the one in trouble.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from newswatch.breaker import OPENS, WARN_AFTER, after
from newswatch.health import OPERATORS, Notice, deliveries, operators_of, own_release
from newswatch.model import (
    DRILL,
    Change,
    Channel,
    ChannelState,
    Delivery,
    Outcome,
    Release,
)
from newswatch.ports import Verdict
from newswatch.rules.rule import Subscriber


def judged(
    outcome: Outcome,
    now: datetime,
    patience: timedelta,
    subscribers: Sequence[Subscriber],
    page: str,
    dice: float,
    before: ChannelState,
    /,
) -> Verdict:
    """The channel's state after an attempt, with what is owed to the operators for it. `page` is
    the address of the status page."""
    state = after(before, outcome, now, patience, dice)
    notice = notice_of(before, state, now) or misconfiguration(outcome, before, state)
    if notice is None:
        return Verdict(state, back_since=back_since(before, state))
    is_over = notice.kind == "recovered"
    shared = subject(outcome, before)
    release = own_release(shared or "/".join(state.lane), notice, now, page)
    told_as = "" if is_over else shared
    return Verdict(
        replace(state, told_at=None if is_over else now, told_as=told_as),
        (Change("new", release),),
        deliveries(release, others(subscribers, state), now),
        back_since(before, state),
        subject=f"{shared}, paused" if shared and notice.kind == "paused" else shared,
        is_over=is_over,
    )


RELAY = "the mail server"


def subject(outcome: Outcome, before: ChannelState) -> str:
    """What a notice is about, where it is no single channel: every mail goes through one server,
    and what is wrong with how it is used is told once."""
    return RELAY if outcome.is_misconfigured else before.told_as


def back_since(before: ChannelState, state: ChannelState) -> datetime | None:
    """Since when a channel missed what it is now to get, where it is well again."""
    is_back = before.failures >= OPENS and not state.failures and not state.stopped
    return before.failing_since if is_back else None


def notice_of(before: ChannelState, state: ChannelState, now: datetime) -> Notice | None:
    name = before.told_as or "channel " + "/".join(state.lane)
    if state.stopped == "gone" and before.stopped != "gone":
        return Notice("gone", f"{name} said 410 Gone: nothing is sent to it any more. {RESUME}")
    if state.stopped == "failing" and before.stopped != "failing":
        since = f"{state.failing_since:%d %B %Y, %H:%M} UTC"
        text = f"{name} fails since {since} and is paused: {state.reason}. {PROBED}"
        return Notice("paused", text)
    if before.told_at is not None and not state.failures and not state.stopped:
        return Notice("recovered", f"{name} is well again. {CAUGHT_UP}")
    if is_sure(state, now) and before.told_at is None:
        return Notice("failing", f"{name} cannot be delivered to: {state.reason}. {WAITS}")
    return None


def misconfiguration(outcome: Outcome, before: ChannelState, state: ChannelState) -> Notice | None:
    """What only a person can mend is told at once."""
    if not outcome.is_misconfigured or before.told_at is not None:
        return None
    return Notice("failing", f"{RELAY} cannot be used as it is configured: {state.reason}. {KEPT}")


RESUME = "Its alerts wait; `newswatch channels resume` sends them."
PROBED = "One message is tried every 6 hours; the others wait until one is taken."
CAUGHT_UP = "What it missed is being sent."
WAITS = "Its alerts wait, and are tried again."
KEPT = "All alerts by mail are kept, and lose no try, until that is mended."


def is_sure(state: ChannelState, now: datetime) -> bool:
    since = state.failing_since or now
    return state.failures >= OPENS and now - since >= WARN_AFTER


NOTHING = "This is a test: nothing happened."


def drill(
    subscriber: Subscriber, channel: Channel, now: datetime, page: str, says: str = NOTHING
) -> tuple[Release, Delivery]:
    """A message that only tries a channel, marked as that. It leads to `page`, and waits for
    nothing."""
    name = f"{subscriber.id}/{channel.id}"
    notice = Notice("drill", f"{says} It tries the channel {channel.id} of {subscriber.name}.")
    release = own_release(name, notice, now, page)
    release = replace(release, content_type=DRILL, title=f"Drill: this only tries {name}")
    to = replace(subscriber, channels=(channel,))
    (delivery,) = deliveries(release, to, now)
    return release, replace(delivery, urgent=True)


def others(subscribers: Sequence[Subscriber], state: ChannelState) -> Subscriber | None:
    """The operators, without the channel that is in trouble itself."""
    operators = operators_of(subscribers)
    if operators is None or state.subscriber != OPERATORS:
        return operators
    rest = tuple(channel for channel in operators.channels if channel.id != state.channel)
    return replace(operators, channels=rest)
