"""The five fields of a crontab: the times that they say, on a clock of no zone. Pure."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

PART = re.compile(r"(?:\*|([a-z]+|\d+)(?:-([a-z]+|\d+))?)(?:/(\d+))?", re.ASCII)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


class Field(NamedTuple):
    """What may stand in one of the fields; `names` are those of the values from `least` on."""

    name: str
    key: str  # as the library calls it
    least: int
    most: int
    names: tuple[str, ...] = ()

    def number(self, text: str) -> int:
        """A value, by its number or its name."""
        named = self.names.index(text) + self.least if text in self.names else -1
        value = int(text) if text.isdigit() else named
        if not self.least <= value <= self.most:
            raise ValueError(f"{text!r} is no {self.name} ({self.least} to {self.most})")
        return value


FIELDS = (
    Field("minute", "minute", 0, 59),
    Field("hour", "hour", 0, 23),
    Field("day of the month", "day", 1, 31),
    Field("month", "month", 1, 12, MONTHS),
    Field("day of the week", "day_of_week", 0, 7, WEEKDAYS),  # both 0 and 7 are Sunday
)


def cron_times(expression: str, start: datetime) -> Iterator[datetime]:
    """The times from `start` on, naive as it is. Raises `ValueError` where the expression is none, in
    words for the person who wrote it."""
    trigger, moment = trigger_of(expression), start.replace(tzinfo=UTC)
    while found := trigger.get_next_fire_time(None, moment):
        yield found.replace(tzinfo=None)
        moment = found + timedelta(minutes=1)


@lru_cache
def trigger_of(expression: str) -> "CronTrigger":
    """The library counts weekdays from Monday, drops the step behind a name, and knows words that no
    crontab has: it is given every value by itself."""
    from apscheduler.triggers.cron import CronTrigger

    texts = expression.lower().split()
    if len(texts) != len(FIELDS):
        raise ValueError(f"there are {len(texts)} fields, and not five")
    if texts[2] != "*" and texts[4] != "*":
        raise ValueError("of the day of the month and the day of the week, one is *")
    found = {field.key: values(field, text) for field, text in zip(FIELDS, texts, strict=True)}
    weekdays = {WEEKDAYS[day % 7] for day in found.pop("day_of_week")}
    listed = {key: ",".join(map(str, sorted(some))) for key, some in found.items()}
    return CronTrigger(**listed, day_of_week=",".join(sorted(weekdays)), second="0", timezone=UTC)


def values(field: Field, text: str) -> set[int]:
    """ "1-5", "*/15", "mon,fri"."""
    return {value for part in text.split(",") for value in span(field, part)}


def span(field: Field, part: str) -> range:
    found = PART.fullmatch(part)
    first, last, step = found.groups() if found else ("", "", "0")
    start = field.number(first) if first else field.least
    is_open = not first or (step and not last)
    end = field.most if is_open else field.number(last or first)
    if start > end or (step and not int(step)):
        raise ValueError(f"{part!r} is no {field.name}")
    return range(start, end + 1, int(step or 1))
