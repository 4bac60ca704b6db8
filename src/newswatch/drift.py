"""Whether a document is what its source usually gives: redesigns, floods, empty shells. Pure.

A newsroom that is rebuilt answers 200 and looks well to everybody who only counts requests. What
differs from the source's own history is named in one word, with the evidence. A document that is
in doubt never stores validators, and never takes anything away; alerts that it would cause wait.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from newswatch.errors import ParseError
from newswatch.model import Delivery, Held, History, Poll, Source, SourceState, Stop, Tally

READINGS = 10  # that are remembered
DATES = 20
MOST_LACKING = 0.2  # of the entries, without title or link
MOST_DAMAGED = 0.01  # of the characters
USUAL, SHRUNK = 5, 0.3  # entries; and what share of them is far too few
CHURN = 5  # entries, none of them known
FLOOD = 20  # new entries at once
BURST, TIMES = 10, 5  # new entries, if that is as many times the usual
MOSTLY = 0.8
MOST_WITHDRAWN = 3  # releases that a document may take back
SLACK = timedelta(days=2)  # that a release may be older than the newest that is held


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is odd about a document. `held`: its alerts wait, for the next poll that shows the same
    ("soon") or for a person ("ask")."""

    state: str
    reason: str
    held: Held = ""


def refuse_broken(source: Source, history: History, tally: Tally) -> None:
    """Raises `ParseError` where nothing of a document should be believed."""
    must_be_complete = history.is_complete or source.kind == "listing"
    if must_be_complete and tally.is_uniform:
        raise ParseError("fields", "all entries have the same title, or the same link")
    if must_be_complete and tally.lacking > tally.entries * MOST_LACKING:
        raise ParseError(
            "fields", f"{tally.lacking} of {tally.entries} entries have no title or no link"
        )
    if history.counts and tally.damaged > MOST_DAMAGED:
        raise ParseError(
            "encoding", f"{tally.damaged:.0%} of the characters cannot be read: wrong encoding?"
        )


def doubt(source: Source, history: History, poll: Poll) -> Doubt | None:
    """What is odd about a document that was read, given what its source gave before."""
    if poll.tally is None or not history.counts:
        return None
    if source.allow_empty and not poll.tally.entries:
        return None
    new = sum(change.kind == "new" for change in poll.changes)
    return (
        shrunk(history, poll.tally, new)
        or churn(history, poll, new)
        or flood(history, poll, new)
        or bad_dates(history, poll.tally, poll.at)
        or withdrawals(source, poll)
    )


def shrunk(history: History, tally: Tally, new: int) -> Doubt | None:
    usual = median(history.counts)
    if new or usual < USUAL or tally.entries >= usual * SHRUNK:
        return None
    return Doubt("shrunk", f"{tally.entries} entries, where {usual:g} are usual, and none is new")


def churn(history: History, poll: Poll, new: int) -> Doubt | None:
    if poll.tally is None or poll.tally.known or new < CHURN:
        return None
    reason = f"none of the {new} entries is held: their addresses may have changed"
    return Doubt("churn", reason, waiting(history, poll))


def flood(history: History, poll: Poll, new: int) -> Doubt | None:
    usual = median(history.news) if history.news else FLOOD
    if new <= FLOOD and (new <= BURST or new <= usual * TIMES):
        return None
    return Doubt("held", f"{new} new entries at once", waiting(history, poll))


def waiting(history: History, poll: Poll) -> Held:
    """Held alerts go out with the next good poll if their releases are dated like news."""
    published = [c.release.published for c in poll.changes if c.kind == "new"]
    dates = [one.moment for one in published if one is not None]
    if not dates or not history.dates:
        return "ask"
    recent = sum(date >= history.dates[-1] - SLACK for date in dates)
    return "soon" if recent >= len(published) * MOSTLY else "ask"


def bad_dates(history: History, tally: Tally, now: datetime) -> Doubt | None:
    if tally.ahead * 2 > tally.entries:
        return Doubt("dates", f"{tally.ahead} of {tally.entries} entries are dated in the future")
    if not history.is_dated or tally.entries < USUAL:
        return None
    if not tally.dated:
        return Doubt("dates", "no entry has a date that can be read, and they used to")
    days = {date.date() for date in tally.dates}
    if (
        days == {now.date()}
        and len(tally.dates) == tally.entries
        and not are_of_today(history, now)
    ):
        return Doubt("dates", "all entries are dated today")
    return None


def withdrawals(source: Source, poll: Poll) -> Doubt | None:
    """A mistaken feed would take back all that is held."""
    count = len(poll.withdrawals)
    if count <= MOST_WITHDRAWN:
        return None
    return Doubt(
        "withdrawals",
        f"{count} releases are taken back at once, and none was withdrawn; if that is right, run: "
        f"newswatch sources release {source.id}",
    )


def are_of_today(history: History, now: datetime) -> bool:
    """Whether what is held is of today too: then a page may be full of it."""
    return bool(history.dates) and history.dates[-1].date() == now.date()


# -- what a poll becomes ------------------------------------------------------------------------


def doubted(poll: Poll, found: Doubt, after: SourceState) -> Poll:
    """The poll with its doubt. `after` is the state with neither validators nor hash of this
    document: it is read again, whole."""
    raws = tuple(replace(raw, state=found.state, reason=found.reason) for raw in poll.raws)
    poll = replace(poll, raws=raws, withdrawals=())
    if found.held:
        waits = tuple(held(delivery, found) for delivery in poll.deliveries)
        return replace(poll, state=after, deliveries=waits)
    return replace(only_new(poll) if found.state == "dates" else poll, state=after)


def held(delivery: Delivery, found: Doubt) -> Delivery:
    stop = Stop("hold", note=found.reason)
    return replace(delivery, state="held", stops=(*delivery.stops, stop))


def only_new(poll: Poll) -> Poll:
    """Wrong dates revise nothing that is held."""
    changes = tuple(change for change in poll.changes if change.kind == "new")
    ids = {change.release.id for change in changes}
    owed = tuple(delivery for delivery in poll.deliveries if delivery.release_id in ids)
    return replace(poll, changes=changes, deliveries=owed)


def learned(history: History, poll: Poll) -> History:
    """The history with a good reading."""
    tally = poll.tally
    if tally is None:
        return history
    new = sum(change.kind == "new" for change in poll.changes)
    news = (*history.news, new)[-READINGS:] if new and history.counts else history.news
    return History(
        counts=(*history.counts, tally.entries)[-READINGS:],
        news=news,
        dates=tuple(sorted({*history.dates, *tally.dates}))[-DATES:],
        is_dated=tally.dated >= tally.entries * MOSTLY,
        is_complete=not tally.is_uniform and tally.lacking <= tally.entries * MOST_LACKING,
        language=tally.language or history.language,
    )
