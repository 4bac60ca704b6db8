"""A rule and its subscriber, compiled and ready to meet releases. Pure."""

from dataclasses import dataclass
from datetime import datetime

from newswatch.model import Channel, DrillPlan, FeedSettings
from newswatch.rules.conditions import Condition


@dataclass(frozen=True, slots=True)
class Rollout:
    """The channels that a rule begins with; without `until`, for as long as it says so."""

    first: tuple[str, ...]
    until: datetime | None = None

    def is_on(self, now: datetime) -> bool:
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a subscriber. `file` and `line` say where it was written, `text` how (YAML);
    `digest` names that text."""

    id: str
    title: str
    condition: Condition
    send: tuple[str, ...] = ()  # channel ids
    copies: bool = False  # whether another release on an event that it had met is sent too
    corrections: bool = False  # whether what changes in a release that it had met is sent
    feed: FeedSettings = FeedSettings()
    file: str = ""
    line: int = 0
    urgent: frozenset[str] = frozenset()  # events that wait for nothing
    shadow: bool = False
    rollout: Rollout | None = None
    text: str = ""
    digest: str = ""

    def channels(self, now: datetime) -> tuple[str, ...]:
        """The channels that it sends to now."""
        if self.shadow:
            return ()
        is_begun = self.rollout is not None and self.rollout.is_on(now)
        return self.rollout.first if self.rollout and is_begun else self.send


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who gets alerts and feeds: one file of the configuration."""

    id: str
    name: str
    timezone: str = "UTC"
    channels: tuple[Channel, ...] = ()
    rules: tuple[Rule, ...] = ()
    language: str = "en"  # of messages: one of `render.words.LANGUAGES`
    drill: DrillPlan | None = None  # its own, in place of the installation's

    def channel(self, channel_id: str) -> Channel | None:
        return next((channel for channel in self.channels if channel.id == channel_id), None)
