"""Figures of how deliveries go: what each attempt adds to the counters, how long deliveries took, and
what waits."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from newswatch.model import UNSETTLED, Lane
from newswatch.ports import Settled
from newswatch.store import counters
from newswatch.store.deliveries import FINAL
from newswatch.store.schema import delivery, hub_errand, hub_follower, push

table = delivery.c
LATENCIES = (1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3_600.0, 21_600.0, 86_400.0)


def counted(settled: Sequence[Settled]) -> Mapping[counters.Key, float]:
    """What one attempt adds to the counters: its result, and of what was sent, how long it took
    since it was to leave, by the histogram's buckets."""
    counts: dict[counters.Key, float] = defaultdict(float)
    for one in settled:
        delivery, kind = one.delivery, one.kind
        lane = f"{delivery.subscriber}/{delivery.channel}"
        counts["attempts", kind, result(one), lane] += 1
        if delivery.state in FINAL:
            counts["settled", kind, delivery.state, lane] += 1
        if delivery.state == "sent" and delivery.ready is not None:
            seconds = max(0.0, (one.at + one.duration - delivery.ready).total_seconds())
            bucket = next((str(most) for most in LATENCIES if seconds <= most), "+Inf")
            counts["latency", kind, bucket, lane] += 1
            counts["latency_seconds", kind, "", lane] += seconds
    return counts


def result(one: Settled) -> str:
    """How an attempt ended, in a word."""
    if one.outcome.ok:
        return "taken"
    if not one.outcome.attempted:
        return "not_tried"
    return "failed" if one.outcome.retryable else "refused"


# -- read ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Took:
    """How many deliveries of a channel took so long: seconds, to a tenth, from when they were to
    leave and from when they were owed."""

    lane: Lane
    waited: float
    took: float
    count: int


def durations(connection: sa.Connection, since: datetime) -> Sequence[Took]:
    """Of what was sent since an instant, from an index alone; what is alike is counted."""
    waited, took = (sa.cast(column * 10, sa.Integer) for column in (table.waited, table.took))
    columns = (table.subscriber, table.channel, waited, took)
    sent = sa.select(*columns, sa.func.count()).where(
        table.settled_at >= since, table.state == "sent", table.waited.is_not(None)
    )
    rows = connection.execute(sent.group_by(*columns))
    return [Took((one, other), due / 10, seen / 10, n) for one, other, due, seen, n in rows]


@dataclass(frozen=True, slots=True)
class Queue:
    """What of a channel is in a state that is not the end, and since when the oldest of it is due."""

    lane: Lane
    state: str
    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Figures:
    """Counters, what waits on each channel, and what hubs have to do with."""

    counts: counters.Counts
    queues: Sequence[Queue]
    hubs: Mapping[str, int]


def queues(connection: sa.Connection) -> Sequence[Queue]:
    """By channel and state; dead letters too. What is settled is not looked at."""
    columns = (table.subscriber, table.channel, table.state)
    is_open = table.state.in_((*UNSETTLED, "dead"))
    found = sa.select(*columns, sa.func.count(), sa.func.min(table.due)).where(is_open)
    rows = connection.execute(found.group_by(*columns))
    return [Queue((one, other), state, count, due) for one, other, state, count, due in rows]


def hub_counts(connection: sa.Connection, now: datetime) -> Mapping[str, int]:
    """Subscriptions at hubs that push and that do not, our own hub's followers, and its errands."""
    runs = sa.and_(push.c.is_wanted, push.c.until > now)
    statements = {
        "pushing": sa.select(sa.func.count()).where(runs),
        "asked": sa.select(sa.func.count()).select_from(push).where(push.c.is_wanted),
        "followers": sa.select(sa.func.count()).where(hub_follower.c.until > now),
        "errands": sa.select(sa.func.count()).select_from(hub_errand),
    }
    return {name: connection.execute(one).scalar_one() for name, one in statements.items()}
