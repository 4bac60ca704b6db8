"""Deliveries before and after an attempt: which go in one message, and what became of them. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from newswatch.model import Channel, Delivery, Lane, Outcome
from newswatch.schedule import retry_due

WAIT = timedelta(minutes=15)  # until a channel without its secret is looked at again
REMOVED = Outcome(
    ok=False,
    answer="the channel is no longer in the configuration",
    retryable=False,
    attempted=False,
)


def lane_of(batch: Sequence[Delivery]) -> Lane:
    return batch[0].subscriber, batch[0].channel


def by_channel(deliveries: Sequence[Delivery]) -> tuple[tuple[Delivery, ...], ...]:
    def key(delivery: Delivery) -> tuple[str, str]:
        return delivery.subscriber, delivery.channel

    return tuple(tuple(group) for _, group in groupby(sorted(deliveries, key=key), key=key))


def batches(
    channel: Channel | None, group: tuple[Delivery, ...]
) -> tuple[tuple[Delivery, ...], ...]:
    """A digest takes all that is due on its channel; other channels one at a time."""
    if channel is not None and channel.digest is not None:
        return (group,)
    return tuple((delivery,) for delivery in group)


def settled(
    delivery: Delivery,
    outcome: Outcome,
    now: datetime,
    retry: tuple[timedelta, ...],
    dice: float,
) -> Delivery:
    """The delivery after an attempt: sent, deferred to its next try, or dead."""
    if not outcome.attempted:
        return set_aside(delivery, outcome, now)
    tried = replace(delivery, attempts=delivery.attempts + 1)
    if outcome.ok:
        return replace(tried, state="sent")
    due = retry_due(tried.attempts, retry, now, outcome.retry_after, dice)
    if due is None or not outcome.retryable:
        return replace(tried, state="dead")
    return replace(tried, state="deferred", due=due)


def set_aside(delivery: Delivery, outcome: Outcome, now: datetime) -> Delivery:
    """A delivery that could not be tried: cancelled, or looked at again in a while."""
    if not outcome.retryable:
        return replace(delivery, state="cancelled")
    return replace(delivery, state="deferred", due=now + WAIT)
