"""Deliveries that were claimed and do not leave yet, and how much a channel has been sent."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from newswatch.model import Delivery, Lane, Limit
from newswatch.store.codec import encode
from newswatch.store.deliveries import delivery_of, lease_out, locked_due
from newswatch.store.schema import channel_window, delivery
from newswatch.store.statements import insert

OPEN = ("queued", "deferred", "leased")
MOST = 5_000  # deliveries that are taken for company at once

table = delivery.c


def of_release(connection: sa.Connection, release_id: str) -> Sequence[Delivery]:
    """What is queued of a release and was never tried."""
    theirs = sa.select(delivery).where(
        table.release_id == release_id, table.state == "queued", table.attempts == 0
    )
    return [delivery_of(row) for row in connection.execute(theirs.order_by(table.id))]


def claim_company(
    connection: sa.Connection, lanes: Iterable[Lane], now: datetime, lease: timedelta
) -> Sequence[Delivery]:
    """Takes all else that is due on channels, under a lease."""
    found = [one for lane in lanes for one in locked_due(connection, lane, OPEN, now, MOST)]
    return lease_out(connection, found, now + lease)


def put_back(connection: sa.Connection, stay: Iterable[Delivery]) -> None:
    """Ends the lease of deliveries that wait for something, which they say. In the order of ids:
    two workers must not lock crosswise."""
    for one in sorted(stay, key=lambda one: one.id):
        waits = "deferred" if one.attempts else "queued"
        leased = sa.update(delivery).where(table.id == one.id, table.state == "leased")
        connection.execute(
            leased.values(
                state="held" if one.state == "held" else waits,
                due=one.due,
                ready=one.ready if one.attempts else one.due,
                lease_until=None,
                silence=one.silence,
                held_until=one.held_until,
                stops=encode(one.stops),
            )
        )


def spend(
    connection: sa.Connection, one: Delivery, limit: Limit, wanted: int, now: datetime
) -> tuple[int, datetime]:
    """How many of the messages that are wanted the channel of a delivery may be sent now, which are
    counted, and when more may be. The first message begins the time that they are counted in."""
    here = channel_window.c
    key = {"subscriber": one.subscriber, "channel": one.channel}
    fresh = insert(connection, channel_window).values(began=now, messages=0, **key)
    connection.execute(fresh.on_conflict_do_nothing())
    row = sa.select(channel_window).where(
        here.subscriber == one.subscriber, here.channel == one.channel
    )
    found = connection.execute(row.with_for_update()).one()
    is_over = not found.began <= now < found.began + limit.per
    began, sent = (now, 0) if is_over else (found.began, found.messages)
    granted = max(0, min(wanted, limit.messages - sent))
    connection.execute(
        sa.update(channel_window)
        .where(here.subscriber == one.subscriber, here.channel == one.channel)
        .values(began=began, messages=sent + granted)
    )
    return granted, began + limit.per
