"""Statements on releases that were taken back."""

from datetime import datetime

import sqlalchemy as sa

from newswatch.model import Withdrawal
from newswatch.store import deliveries, releases


def record(connection: sa.Connection, one: Withdrawal, now: datetime) -> bool:
    """Records the version that says that a release was taken back, with what is owed for it. What
    still waits to tell of the release is given up, and who was told nothing else is told nothing.
    False where it is not the version to come of a release that stands."""
    if not releases.withdraw(connection, one.release, now):
        return False
    unaware = deliveries.recall(connection, one.release.id, now)
    aware = [owed for owed in one.deliveries if (owed.subscriber, owed.channel) not in unaware]
    deliveries.owe(connection, aware, now)
    return True
