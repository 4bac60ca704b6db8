"""Trying out whether alerts arrive and are read: what is asked, when, and who answered. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from newswatch.model.deliveries import Lane


@dataclass(frozen=True, slots=True)
class DrillMessage:
    """One channel's message of a drill. Whoever reads it acknowledges it by its `token`."""

    drill: str
    token: str
    delivery_id: str
    subscriber: str
    channel: str
    at: datetime
    acknowledged: datetime | None = None
    told_at: datetime | None = None  # when the operators were told that it was not

    @property
    def lane(self) -> Lane:
        return self.subscriber, self.channel


@dataclass(frozen=True, slots=True)
class DrillPlan:
    """When drills are held: as a crontab line says, by the subscriber's clock, or so often; with
    neither, only by hand. Operators are told of what nobody acknowledged after `remind_after`."""

    cron: str = ""
    every: timedelta | None = None
    remind_after: timedelta = timedelta(days=2)

    @property
    def is_by_hand(self) -> bool:
        return not self.cron and self.every is None
