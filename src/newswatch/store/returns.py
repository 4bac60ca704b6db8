"""The store's transactions on mails that came back, and on addresses that get no more."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict

import sqlalchemy as sa

from newswatch.model import Lane, Suppression
from newswatch.store.schema import bounce, delivery, suppression
from newswatch.store.statements import chunks, insert
from newswatch.store.transactions import Transactions

table = suppression.c


class Returns(Transactions):
    """What came back."""

    def suppressed(self, lanes: Collection[Lane]) -> Mapping[Lane, Collection[str]]:
        """The addresses of channels that nothing is sent to."""
        found: dict[Lane, set[str]] = {lane: set() for lane in lanes}
        with self._reading() as connection:
            for chunk in chunks(lanes):
                here = sa.tuple_(table.subscriber, table.channel).in_(chunk)
                for row in connection.execute(sa.select(suppression).where(here)):
                    found[row.subscriber, row.channel].add(row.address)
        return found

    def suppressions(self) -> Sequence[Suppression]:
        """By subscriber, channel and address."""
        with self._reading() as connection:
            rows = connection.execute(sa.select(suppression)).all()
        found = (Suppression(*row) for row in rows)
        return sorted(found, key=lambda one: (one.subscriber, one.channel, one.address))

    def count_bounce(self, delivery_id: str, made: Suppression, after: int) -> bool:
        """Writes that a mail came back, once; and that its address is suppressed, where the last
        `after` mails to it all did. Whether that is new."""
        with self._writing() as connection:
            row = {"delivery_id": delivery_id, "address": made.address}
            said = insert(connection, bounce).values(**row, at=made.at, said=made.said)
            once = said.on_conflict_do_nothing().returning(bounce.c.address)
            if (
                connection.execute(once).first() is None
                or in_a_row(connection, made, after) < after
            ):
                return False
            suppress = insert(connection, suppression).values(asdict(made)).on_conflict_do_nothing()
            return connection.execute(suppress.returning(table.address)).first() is not None

    def forget_bounces(self, address: str) -> int:
        """Sends to an address again, on whatever channels it is. Returns on how many it was not."""
        with self._writing() as connection:
            same = sa.func.lower(bounce.c.address) == address.lower()
            connection.execute(sa.delete(bounce).where(same))
            theirs = sa.func.lower(table.address) == address.lower()
            return connection.execute(sa.delete(suppression).where(theirs)).rowcount


def in_a_row(connection: sa.Connection, made: Suppression, most: int) -> int:
    """How many of the latest mails to an address came back, one after the other, up to the last that
    did: what was sent since may still come back. What was sent at one instant was one mail."""
    owed = delivery.c
    returned = sa.and_(bounce.c.delivery_id == owed.id, bounce.c.address == made.address)
    here = sa.and_(owed.subscriber == made.subscriber, owed.channel == made.channel)
    came_back = sa.func.count(bounce.c.delivery_id)
    last = (
        sa.select(sa.func.max(owed.settled_at))
        .select_from(delivery.join(bounce, returned))
        .where(here)
        .scalar_subquery()
    )
    mails = (
        sa.select(came_back)
        .select_from(delivery.outerjoin(bounce, returned))
        .where(here, owed.settled_at <= last)
        .where(sa.or_(owed.state == "sent", bounce.c.delivery_id.is_not(None)))
        .group_by(owed.settled_at)
        .order_by(owed.settled_at.desc())
        .limit(most)
    )
    found = list(connection.execute(mails).scalars())
    return next((number for number, count in enumerate(found) if not count), len(found))
