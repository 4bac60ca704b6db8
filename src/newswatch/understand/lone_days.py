"""The day of a vote that no word for voting stands beside: "will stay until after 26 March". Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from newswatch.understand.days import Day, days
from newswatch.understand.elections import Vote, has_time, is_dateline, is_of
from newswatch.understand.kinds import marks_of
from newswatch.understand.tagged import Tagged

# Days from publishing to the vote between which an event of each kind usually lies.
WINDOWS: Mapping[str, tuple[int, int]] = {
    "mission.announced": (3, 150),
    "mission.needs_assessment": (10, 300),
    "mission.opened": (3, 90),
    "mission.interim_report": (2, 60),
    "mission.preliminary_statement": (-5, 0),
    "mission.media_notice": (0, 60),
    "mission.cancelled": (0, 90),
    "mission.declined": (0, 150),
    "mission.statement": (-30, 60),
    "mission.final_report": (-300, -30),
    "election.assistance": (3, 200),
}
OTHERWISE = frozenset(("START", "ARRIVE", "PRESSCONF", "TIME", "MEET"))


def with_lone_day(
    votes: Sequence[Vote], parts: Sequence[Tagged], event: str, published: date | None
) -> tuple[Vote, ...]:
    """The elections; where none of them has a day, and one day alone that the release names can be
    that of the vote, they have it."""
    if published is None or event not in WINDOWS or any(vote.day or vote.is_past for vote in votes):
        return tuple(votes)
    first, last = WINDOWS[event]
    near = {
        day.day: day
        for day in written(parts, published)
        if first <= (day.day - published).days <= last
    }
    if len(near) != 1:
        return tuple(votes)
    day = next(iter(near.values()))
    return tuple(replace(vote, day=day.day, is_full=day.is_full) for vote in votes)


def written(parts: Sequence[Tagged], published: date) -> Iterator[Day]:
    """The days that are written, of those that are not of something else: "opened on 2 March"."""
    for part in parts:
        others = marks_of(part, OTHERWISE)
        for day in days(part, published):
            if not (
                day.is_relative
                or is_dateline(day, part, published)
                or has_time(part.pieces[day.last : day.last + 6])
                or any(is_of(mark, day, part) for mark in others)
            ):
                yield day
