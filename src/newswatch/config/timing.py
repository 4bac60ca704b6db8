"""When alerts come: windows, limits, urgent events, rollouts, as they stand in a subscriber's file."""

from datetime import date, time, timedelta
from difflib import get_close_matches
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from newswatch.config.values import DAYS, Duration, Model, Zone, clock_time
from newswatch.model import EVENTS, Limit, Window

LONGEST = timedelta(days=31)  # that is counted in
LONGEST_MERGE = timedelta(days=1)
SHORT_DAYS = tuple(day[:3] for day in DAYS)


def hint(word: str, known: tuple[str, ...]) -> str:
    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are: {', '.join(known)}"


def as_day(value: object) -> object:
    """ "mon" or "monday"."""
    word = str(value).lower()
    if word not in DAYS and word not in SHORT_DAYS:
        raise ValueError(f"{value!r} is not a day of the week{hint(word, SHORT_DAYS)}")
    return word[:3]


def as_event(value: object) -> object:
    if value not in EVENTS:
        raise ValueError(f"unknown event {value!r}{hint(str(value), EVENTS)}")
    return value


def as_events(value: object) -> object:
    """One event is a list of one; `true` is all."""
    if value is True:
        return EVENTS
    return [value] if isinstance(value, str) else value


def as_clock(value: object) -> time:
    """24:00 is the midnight that ends a day."""
    return time() if value == "24:00" else clock_time(str(value))


def as_windows(value: object) -> object:
    """One window is a list of one."""
    return [value] if isinstance(value, dict) else not_empty(value)


def not_empty(value: object) -> object:
    if value == []:
        raise ValueError("an empty list says nothing; leave the key out")
    return value


def as_merge(value: timedelta) -> timedelta:
    if not timedelta(0) < value <= LONGEST_MERGE:
        raise ValueError("merge must be longer than nothing and at most 1d")
    return value


CLOCK_SCHEMA = {"type": "string", "pattern": r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$"}
Clock = Annotated[time, BeforeValidator(as_clock), WithJsonSchema(CLOCK_SCHEMA)]
Day = Annotated[
    str,
    BeforeValidator(as_day),
    WithJsonSchema({"type": "string", "enum": [*SHORT_DAYS, *DAYS]}),
]
Event = Annotated[
    str, BeforeValidator(as_event), WithJsonSchema({"type": "string", "enum": list(EVENTS)})
]


class WindowModel(Model):
    """A time that comes every week, by the clock on the wall: from a time to another, which is on
    the next day where it is not later; on the days on which it begins."""

    start: Clock | None = Field(None, alias="from")
    end: Clock | None = Field(None, alias="to")
    days: Annotated[tuple[Day, ...], BeforeValidator(not_empty)] | None = None
    timezone: Zone | None = None

    @model_validator(mode="after")
    def has_times(self) -> "WindowModel":
        if (self.start is None) != (self.end is None):
            raise ValueError("from and to belong together")
        if self.start is None and self.days is None:
            raise ValueError("a window needs times (from, to), days, or both")
        if self.start is not None and self.start == self.end != time():
            raise ValueError("from and to are the same; for whole days, leave both out")
        return self

    def window(self) -> Window:
        days = frozenset(map(SHORT_DAYS.index, self.days or SHORT_DAYS))
        return Window(self.start or time(), self.end or time(), days, self.timezone or "")


Windows = Annotated[tuple[WindowModel, ...], BeforeValidator(as_windows)]


class LimitModel(Model):
    """How many messages come in a while, at most; the rest comes as one when it is over."""

    messages: Annotated[int, Field(ge=1, le=10_000)]
    per: Duration

    @model_validator(mode="after")
    def sensible(self) -> "LimitModel":
        if not timedelta(minutes=1) <= self.per <= LONGEST:
            raise ValueError("per must be between 1m and 31d")
        return self

    def limit(self) -> Limit:
        return Limit(self.messages, self.per)


class RolloutModel(Model):
    """The channels that a rule begins with, and the day on which it goes to all of its own."""

    first: Annotated[tuple[str, ...], BeforeValidator(not_empty)]
    until: date | None = None


MergeTime = Annotated[Duration, AfterValidator(as_merge)]
Urgent = Annotated[
    tuple[Event, ...],
    BeforeValidator(as_events),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": True},
                {"type": "string", "enum": list(EVENTS)},
                {"type": "array", "items": {"type": "string", "enum": list(EVENTS)}},
            ],
            "description": "Events whose alerts wait for nothing; true: all.",
        }
    ),
]


class Timed(Model):
    """When a channel may be sent to."""

    quiet: Windows | None = None
    active: Windows | None = None


class Collected(Timed):
    """How alerts of people are kept few."""

    limit: LimitModel | None = None
    merge: MergeTime | None = None
