"""A rule and its subscriber, compiled and ready to meet releases. Pure."""

from dataclasses import dataclass

from newswatch.model import Channel, FeedSettings
from newswatch.rules.conditions import Condition


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a subscriber. `file` and `line` say where it was written."""

    id: str
    title: str
    condition: Condition
    send: tuple[str, ...] = ()  # channel ids
    copies: bool = False  # whether another release on an event that it had met is sent too
    feed: FeedSettings = FeedSettings()
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who gets alerts and feeds: one file of the configuration."""

    id: str
    name: str
    timezone: str = "UTC"
    channels: tuple[Channel, ...] = ()
    rules: tuple[Rule, ...] = ()

    def channel(self, channel_id: str) -> Channel | None:
        return next((channel for channel in self.channels if channel.id == channel_id), None)
