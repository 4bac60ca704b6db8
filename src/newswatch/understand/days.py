"""The days that a text names: full dates, dates without a year, "tomorrow", "this Sunday". Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import zip_longest
from typing import NamedTuple

from newswatch.understand.day_words import (
    AGO,
    AGO_BEFORE,
    AHEAD,
    AND,
    BACK,
    BARE,
    BARE_ARTICLES,
    BESIDE,
    BETWEEN,
    DASHES,
    DATED,
    DAY,
    DAYS,
    ENDS,
    FORWARD,
    GOING_ON,
    MONTH,
    NAMED,
    NUMBERS,
    OF,
    ON,
    ORDERED,
    ORDINALS,
    OWN,
    PAUSES,
    RELATIVE,
    SHIFTS,
    SINCE,
    TO,
    UNTIL,
    WEEKDAY,
    YEAR,
    YEARS,
)
from newswatch.understand.tagged import Tagged

CLOSE = 3  # days ahead up to which "on Sunday" is the one to come
AFTER_IT = 24  # words behind a date within which its month is still meant
AROUND_IT = 20  # days to either side within which a day without a month lies
SPOKEN = 25  # pieces for which a month is still spoken of


class Day(NamedTuple):
    """A day that `pieces[first:last]` name. `is_full`: the text gives its year."""

    day: date
    first: int
    last: int
    is_full: bool
    is_relative: bool = False
    is_period: bool = False  # the end of a time, "from 12 to 16 September"
    is_joined: bool = False  # "and" stands before it


def days(tagged: Tagged, published: date | None, year: int | None = None) -> tuple[Day, ...]:
    """The days of a passage in order. A day without a year is the one that lies closest to the
    publishing day, or in `year` where the text speaks of it; without either it is left out."""
    found = [
        *written_days(tagged.pieces, published, year),
        *relative_days(tagged.pieces, published),
    ]
    found += tuple(short_days(tagged.pieces, found))
    return tuple(sharing_years(sorted(without_guesses(found), key=lambda day: day.first)))


def without_guesses(found: Sequence[Day]) -> Iterator[Day]:
    """Where a date is written, "Sunday's" is that Sunday: "Sunday's vote (21 April)"."""
    written = [day.day for day in found if not day.is_relative]
    for day in found:
        if not day.is_relative or not any(is_meant(day.day, other) for other in written):
            yield day


def is_meant(guess: date, written: date) -> bool:
    return abs((guess - written).days) in (7, 14)


def sharing_years(found: Sequence[Day]) -> Iterator[Day]:
    """ "23 April and 7 May 2017": the year is that of both."""
    for day, after in zip_longest(found, found[1:]):
        is_joined = after is not None and after.is_joined and after.first == day.last + 1
        if is_joined and after.is_full and not day.is_full:
            yield day._replace(day=last_before(after.day, day.day), is_full=True)
        else:
            yield day


def short_days(words: Sequence[str], found: Sequence[Day]) -> Iterator[Day]:
    """ "les législatives le 5 juin, la présidentielle le 26": a day of the month named last."""
    written = sorted((day for day in found if not day.is_relative), key=lambda day: day.first)
    for before, after in zip_longest(written, written[1:]):
        stop = min(before.last + AFTER_IT, after.first if after else len(words))
        for place in range(before.last + 1, stop):
            if words[place] not in DAY or not is_short(words, place):
                continue
            day = make_date(before.day.year, before.day.month, DAY[words[place]])
            if day and day > before.day:
                yield Day(day, place, place + 1, before.is_full)


def is_short(words: Sequence[str], place: int) -> bool:
    return words[place - 1] in BARE_ARTICLES and ENDS.issuperset(words[place + 1 : place + 2])


def last_before(end: date, day: date) -> date:
    """The last time before `end` that it was the month and day of `day`, where there was one."""
    options = (make_date(year, day.month, day.day) for year in (end.year, end.year - 1))
    return next((found for found in options if found and found <= end), day)


def written_days(words: Sequence[str], published: date | None, year: int | None) -> Iterator[Day]:
    for place in [place for place, word in enumerate(words) if word in DATED]:
        if words[place] in MONTH:
            yield from around(words, place, published, year)
        else:
            yield from numeric(words, place)


def around(
    words: Sequence[str], place: int, published: date | None, year: int | None
) -> Iterator[Day]:
    """The days beside a month: "26–28 October", "26 and 28 October 2025", "Oct. 15", "March 2nd"."""
    month = MONTH[words[place]]
    before = days_before(words, place)
    if before:
        first, numbers = before
        last, known = year_after(words, place + 1, published)
    else:
        first, (last, numbers) = place, days_after(words, place + 1)
        last, known = year_after(words, last, published) if numbers else (last, None)
    for number in numbers:
        day = resolve(number, month, known or year, published)
        if day:
            is_joined = first > 0 and words[first - 1] in AND
            is_period = is_of_period(words, first, place) or begins_period(words, last)
            yield Day(day, first, last, known is not None, False, is_period, is_joined)


def is_of_period(words: Sequence[str], first: int, place: int) -> bool:
    """Whether the day belongs to a time: "12 to 16 September", "between 11 and 14 May"."""
    inside, before = words[first:place], words[max(0, first - 4) : first]
    is_between = bool(before) and before[-1] in BETWEEN
    return (
        is_between
        or any(word in TO - AND for word in inside)
        or (
            len(before) > 1
            and before[-1] in TO
            and (before[-1] not in AND or any(word in BETWEEN for word in before))
            and any(word in DAY for word in before[:-1])
        )
    )


def begins_period(words: Sequence[str], last: int) -> bool:
    after = words[last : last + 2]
    return len(after) > 1 and after[0] in TO - AND and after[1] in DAY


def days_before(words: Sequence[str], place: int) -> tuple[int, tuple[int, ...]] | None:
    """Where the days before a month begin, and their numbers; of a range the first."""
    place -= 1
    while place >= 0 and words[place] in OF:
        place -= 1
    if place < 0 or words[place] not in DAY:
        return None
    last = DAY[words[place]]
    if place > 1 and words[place - 2] in DAY:
        earlier = DAY[words[place - 2]]
        if words[place - 1] in DASHES and earlier < last:
            return place - 2, (earlier,)
        if words[place - 1] in AND and earlier < last:
            # "8 and 9 October" is one vote on two days, "5 and 26 October" are two.
            is_range = earlier == last - 1 or (place > 2 and words[place - 3] in BETWEEN)
            return place - 2, (earlier,) if is_range else (earlier, last)
        if words[place - 1] in TO - AND and earlier < last:
            return place - 2, (earlier,)
    if place > 0 and words[place - 1] in DAY and DAY[words[place - 1]] < last:
        return place - 1, (DAY[words[place - 1]],)  # "26-28": the hyphen is no piece
    return place, (last,)


def days_after(words: Sequence[str], place: int) -> tuple[int, tuple[int, ...]]:
    """Where the day after a month ends, and its number: "March 2", "Oct. 15"."""
    if place < len(words) and words[place] == ".":
        place += 1
    is_time = place + 1 < len(words) and words[place + 1] == ":"
    if place < len(words) and words[place] in DAY and not is_time:
        return place + 1, (DAY[words[place]],)
    return place, ()


def year_after(words: Sequence[str], place: int, published: date | None) -> tuple[int, int | None]:
    """Where the date ends, and its year, if one follows: "2 de marzo de 2025", "March 2, 2025",
    "2 March last year"."""
    ahead = place
    while ahead < min(place + 2, len(words)) and words[ahead] in OF:
        ahead += 1
    if ahead < len(words) and words[ahead] in YEAR:
        return ahead + 1, YEAR[words[ahead]]
    for length in (2, 3):
        apart = YEARS.get(tuple(words[ahead : ahead + length]))
        if apart is not None and published:
            return ahead + length, published.year + apart
    return place, None


def numeric(words: Sequence[str], place: int) -> Iterator[Day]:
    """09.09.2019 and 2019-09-09."""
    five = words[place : place + 5]
    three = words[place : place + 3]
    parts: tuple[str, str, str] | None = None
    length = 5
    if len(five) == 5 and five[1] == five[3] == "." and five[4] in YEAR and five[0] in DAY:
        parts = five[4], five[2], five[0]
    elif len(three) == 3 and three[0] in YEAR and three[1] in DAY and three[2] in DAY:
        parts, length = (three[0], three[1], three[2]), 3
    if parts and parts[1] in DAY:
        day = make_date(YEAR[parts[0]], DAY[parts[1]], DAY[parts[2]])
        if day:
            yield Day(day, place, place + length, is_full=True)


def relative_days(words: Sequence[str], published: date | None) -> Iterator[Day]:
    """ "tomorrow", "yesterday's", "this Sunday", "last Sunday", "domingo 12", "two days ago"."""
    if published is None or str(published.year) not in YEAR or RELATIVE.isdisjoint(words):
        return
    for place, word in [(n, word) for n, word in enumerate(words) if word in NAMED]:
        if word in SHIFTS:
            day = published + timedelta(SHIFTS[word])
            yield Day(day, place, place + 1, is_full=False, is_relative=True)
        elif word in WEEKDAY:
            yield from numbered_days(words, place, published)
            yield from weekdays(words, place, published)
        elif word in DAYS:
            yield from counted_days(words, place, published)
        elif word in DAY:
            yield from bare_days(words, place, published)


def counted_days(words: Sequence[str], place: int, published: date) -> Iterator[Day]:
    """ "two days ago", "hace dos días", "six days off",
    "a day after the election", which was yesterday."""
    number = NUMBERS.get(words[place - 1], 0) if place else 0
    after = words[place + 1] if place + 1 < len(words) else ""
    before = words[place - 2] if place > 1 else ""
    if number and (after in AGO or before in AGO_BEFORE or after in SINCE):
        number = -number
    elif after not in AHEAD and after not in UNTIL:
        return
    is_of_other = after in SINCE | UNTIL and PAUSES.issuperset(words[place + 2 : place + 3])
    if number and not is_of_other:
        day = published + timedelta(number)
        yield Day(day, place - 1, place + 2, is_full=False, is_relative=True)


def bare_days(words: Sequence[str], place: int, published: date) -> Iterator[Day]:
    """ "on the 29th", "do dia 24": the day of that number that lies closest to the publishing day."""
    is_named = (place > 0 and words[place - 1] in BARE) or is_ordinal(words, place)
    if not is_named or is_beside_month(words, place):
        return
    if month := month_before(words, place):
        day = resolve(DAY[words[place]], month, None, published)
        if day:
            yield Day(day, place, place + 1, is_full=False)
        return
    for apart in sorted(range(-AROUND_IT, AROUND_IT + 1), key=abs):
        day = published + timedelta(apart)
        if day.day == DAY[words[place]]:
            yield Day(day, place, place + 1, is_full=False)
            return


def month_before(words: Sequence[str], place: int) -> int | None:
    """The month that was named last, if not long ago: "arrives early in April, for the vote on the 13th"."""
    near = words[max(0, place - SPOKEN) : place]
    return next((MONTH[word] for word in reversed(near) if word in MONTH), None)


def is_ordinal(words: Sequence[str], place: int) -> bool:
    """Whether a number is a day by itself: "on the 29th", but not "on the 29th anniversary"."""
    after = words[place + 1 : place + 2]
    return (
        words[place] in ORDINALS
        and place > 1
        and words[place - 1] == "the"
        and words[place - 2] in ORDERED
        and GOING_ON.issuperset(after)
    )


def weekdays(words: Sequence[str], place: int, published: date) -> Iterator[Day]:
    """A weekday with a word that tells on which side of the publishing day it lies."""
    before = words[place - 1] if place else ""
    is_near = before in ON or words[place + 1 : place + 2] == [OWN]
    ahead = (WEEKDAY[words[place]] - published.weekday()) % 7
    if before in BACK or (is_near and before not in FORWARD and ahead > CLOSE):
        ahead -= 7
    elif before not in FORWARD and not is_near:
        return
    if not is_beside_date(words, place):
        first = place if before not in BACK | FORWARD | ON else place - 1
        day = published + timedelta(ahead)
        yield Day(day, first, place + 1, is_full=False, is_relative=True)


def numbered_days(words: Sequence[str], place: int, published: date) -> Iterator[Day]:
    """ "domingo 12", "domingo, dia 17": the day near the publishing day that is both."""
    ahead = place + 1
    while ahead < len(words) and words[ahead] in BESIDE:
        ahead += 1
    if ahead >= len(words) or words[ahead] not in DAY or is_beside_month(words, ahead):
        return
    for apart in sorted(range(-20, 21), key=abs):
        day = published + timedelta(apart)
        if day.day == DAY[words[ahead]] and day.weekday() == WEEKDAY[words[place]]:
            yield Day(day, place, ahead + 1, is_full=False)


def is_beside_month(words: Sequence[str], place: int) -> bool:
    return any(word in MONTH for word in words[place + 1 : place + 3])


def is_beside_date(words: Sequence[str], place: int) -> bool:
    """Whether a weekday belongs to a written date: "on Sunday, 2 March"."""
    return any(word in MONTH or word in DAY for word in words[place + 1 : place + 4])


def resolve(day: int, month: int, year: int | None, published: date | None) -> date | None:
    """A full date; where no year is known, the one that lies closest to the publishing day."""
    if year is not None:
        return make_date(year, month, day)
    if published is None:
        return None
    around_it = (published.year - 1, published.year, published.year + 1)
    options = [found for near in around_it if (found := make_date(near, month, day))]
    return min(options, key=lambda found: abs((found - published).days), default=None)


def make_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
