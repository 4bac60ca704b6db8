"""Deliveries before and after an attempt: which go in one message, and what became of them. Pure."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from newswatch.model import Channel, Delivery, Lane, Outcome
from newswatch.routing import stopped_by
from newswatch.schedule import retry_due

COLLECTED = "collected"
COLLECTS = ("limit", "own_digest", "pause")  # stages after which all goes in one message
MOST = {"email": 500, "chat": 50}  # releases in one message
WAIT = timedelta(minutes=15)  # until a channel without its secret is looked at again
REMOVED = Outcome(
    ok=False,
    answer="the channel is no longer in the configuration",
    retryable=False,
    attempted=False,
)

SUPPRESSED = Outcome(
    ok=False,
    answer="waits: the last mails to every address came back; `newswatch bounces list` names them",
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
    """The deliveries of a channel by the message that they go in, none of them too long."""
    together: dict[Hashable, list[Delivery]] = {}
    for delivery in group:
        together.setdefault(message_of(channel, delivery), []).append(delivery)
    most = MOST.get(channel.kind, 1) if channel else len(group)
    return tuple(
        tuple(some[start : start + most])
        for some in together.values()
        for start in range(0, len(some), most)
    )


def message_of(channel: Channel | None, delivery: Delivery) -> Hashable:
    """What deliveries that go in one message have in common. What was tried as one stays together,
    and alone: it is the same message again, and for the same addresses."""
    tried = delivery.due if delivery.attempts else None
    return subject_of(channel, delivery), tried, delivery.tried_with


def subject_of(channel: Channel | None, delivery: Delivery) -> str:
    """Nothing in common where one is urgent; that they are collected, by a digest, by what a reader
    chose, or because there were too many; the event that they tell of."""
    if channel is None or delivery.urgent:
        return delivery.id
    if channel.digest is not None or any(stopped_by(delivery, stage) for stage in COLLECTS):
        return COLLECTED
    merge = stopped_by(delivery, "merge")
    return merge.note if merge else delivery.id


def settled(
    delivery: Delivery,
    outcome: Outcome,
    now: datetime,
    retry: tuple[timedelta, ...],
    dice: float,
) -> Delivery:
    """The delivery after an attempt: sent, deferred to its next try, or dead."""
    delivery = replace(
        delivery,
        taken=delivery.taken + outcome.taken,
        turned_away=delivery.turned_away + outcome.turned_away,
    )
    if not outcome.attempted:
        return set_aside(delivery, outcome, now)
    tried = replace(delivery, attempts=delivery.attempts + 1)
    if outcome.ok:
        return replace(tried, state="sent", taken=(), turned_away=(), receipt=outcome.receipt)
    due = retry_due(tried.attempts, retry, now, outcome.retry_after, dice)
    if due is None or not outcome.retryable:
        return replace(tried, state="dead")
    return replace(tried, state="deferred", due=due)


def set_aside(delivery: Delivery, outcome: Outcome, now: datetime) -> Delivery:
    """A delivery that could not be tried: cancelled, or looked at again in a while."""
    if not outcome.retryable:
        return replace(delivery, state="cancelled")
    return replace(delivery, state="deferred", due=now + WAIT)
