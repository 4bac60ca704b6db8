"""When a subscriber's alerts may come, what their readers chose, and what made one wait. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal


@dataclass(frozen=True, slots=True)
class Digest:
    """When collected alerts go out, at local time: every day, one day a week (0 is Monday), or when
    a crontab's five fields say; and what they stand under."""

    at: time = time()
    weekday: int | None = None
    cron: str = ""  # in place of the others
    group: Literal["", "country", "rule"] = ""


@dataclass(frozen=True, slots=True)
class Window:
    """A time that comes every week: while the clock on the wall shows `start` or later and not yet
    `end`. An `end` that is not after `start` is on the next day; `days` (0 is Monday) are those on
    which it begins."""

    start: time = time()
    end: time = time()
    days: frozenset[int] = frozenset(range(7))
    timezone: str = ""  # IANA; "": the subscriber's


@dataclass(frozen=True, slots=True)
class Limit:
    """How many messages a channel gets in a while; what is beyond that waits for its end."""

    messages: int
    per: timedelta


@dataclass(frozen=True, slots=True)
class Stop:
    """Something that an alert waited for, until when, and what there is to say of it: the reason of
    a hold, the silence, the release whose copies it waits for, the address that chose its own
    digest or a pause; or whom it does not go to, and why."""

    stage: Literal[
        "hold",
        "silence",
        "digest",
        "merge",
        "quiet",
        "limit",
        "own_digest",
        "pause",
        "unsubscribed",
    ]
    until: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """What is not to be sent for a while, by whom and why. Of the values of one field one is
    enough, and an empty field asks for nothing."""

    id: str
    author: str
    reason: str
    created: datetime
    until: datetime
    subscribers: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()  # like "desk/missions"
    countries: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for one address of a mail channel, over what is configured: to get nothing
    there ("all"), nothing by one rule ("rule"), nothing before an instant ("pause"), or everything
    collected at a time of its own ("digest")."""

    subscriber: str
    channel: str
    address: str
    kind: Literal["all", "rule", "pause", "digest"]
    rule: str = ""  # the rule's id, where it is about one
    made: datetime | None = None
    until: datetime | None = None  # of a pause
    digest: Digest | None = None

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """One choice of a kind: another of the same key takes its place."""
        return self.subscriber, self.channel, self.address, self.kind, self.rule


@dataclass(frozen=True, slots=True)
class Vote:
    """Whether an alert was useful to somebody who got it."""

    delivery_id: str
    address: str
    is_useful: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule as it was written while it was in force. `digest` names it for ever."""

    digest: str
    subscriber: str
    rule: str
    text: str  # YAML
    first_seen: datetime  # when it was loaded first, and last
    last_seen: datetime
