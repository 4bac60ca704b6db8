"""Whether a source is well, and what its operators must be told: no silence. Pure.

Trouble is told once when it is sure, again every week while it lasts, and its end is told too. A
source that answers and brings nothing for much longer than usual is in trouble as well.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise

from newswatch.asking import is_adopted
from newswatch.match import delivery_id
from newswatch.model import (
    Change,
    Delivery,
    Match,
    Poll,
    Release,
    Source,
    SourceState,
    Why,
)
from newswatch.push import fails, host_of, works
from newswatch.rules.rule import Subscriber

OPERATORS = "operators"  # the subscriber whose channels are told
OURSELVES = "newswatch"  # the source of what newswatch says of itself
RULE = "health"  # what stands for a rule in such a delivery
NOT_PUSHED, PUSHED = "not pushed", "pushed again"
SURE = 3  # failures in a row until they are told
SURE_AFTER = timedelta(hours=24)
REMIND = timedelta(days=7)
ENOUGH = 8  # dates that a cadence is learned from
UNUSUAL = 2  # times the 95th percentile of the pauses
MOST_PROBLEMS = 20  # of a configuration, that a message names
LAST_GOOD = "The edited configuration does not validate. The last good one stays in force."
SHORTEST_SILENCE, LONGEST_SILENCE = 3, 45  # working days


@dataclass(frozen=True, slots=True)
class Notice:
    """What the operators are told of a source or a channel."""

    kind: str  # the state of the trouble, "moved", "recovered", NOT_PUSHED or PUSHED
    text: str


# -- silence ------------------------------------------------------------------------------------


def silence(source: Source, state: SourceState, now: datetime) -> int | None:
    """For how many working days a source has brought nothing new, where that is unusual."""
    if state.last_new is None:
        return None
    days = working_days(state.last_new, now)
    if source.expect_every is not None:
        return max(days, 1) if now - state.last_new > source.expect_every else None
    if days <= SHORTEST_SILENCE:  # as after nearly every poll
        return None
    most = longest_pause(state)
    return days if most is not None and days > most else None


def longest_pause(state: SourceState) -> int | None:
    """The working days that may pass without anything new: twice what nearly all pauses were. None
    while too little is known."""
    dates = state.history.dates
    if len(dates) < ENOUGH:
        return None
    pauses = sorted(working_days(earlier, later) for earlier, later in pairwise(dates))
    usual = pauses[min(len(pauses) * 95 // 100, len(pauses) - 1)]
    return min(max(usual * UNUSUAL, SHORTEST_SILENCE), LONGEST_SILENCE)


def working_days(earlier: datetime, later: datetime) -> int:
    """Whole days between two instants, Saturdays and Sundays left out."""
    days = (later - earlier) // timedelta(days=1)
    weeks, rest = divmod(max(days, 0), 7)
    ahead = (earlier.weekday() + number for number in range(1, rest + 1))
    return weeks * 5 + sum(day % 7 < 5 for day in ahead)


# -- what is told -------------------------------------------------------------------------------


def notices(source: Source, before: SourceState, poll: Poll) -> tuple[Notice, ...]:
    """What is to be told after a poll; nothing where it was told already."""
    state = poll.state
    found = [moved(source, before, state)]
    trouble = trouble_of(source, state, poll.at)
    if trouble and is_due(state.told_at, poll.at):
        found.append(trouble)
    if trouble is None and state.told_at is not None and not state.failures:
        found.append(Notice("recovered", f"{source.name} is well again."))
    found.append(of_push(source, state, poll.at))
    return tuple(notice for notice in found if notice is not None)


def trouble_of(source: Source, state: SourceState, now: datetime) -> Notice | None:
    """The trouble that a source is in for sure, or None."""
    if is_sure(state, now):
        return Notice(state.state, failing(source, state))
    if state.held:
        return Notice(state.state, holding(source, state))
    if not state.failures and (days := silence(source, state, now)):
        return Notice("silent", f"{source.name} answers, and {silent_for(days)}.")
    return None


def is_sure(state: SourceState, now: datetime) -> bool:
    """Three failures in a row, or a day of them; at once where the publisher said "gone"."""
    if not state.failures:
        return False
    since = state.failing_since or now
    return state.failures >= SURE or now - since >= SURE_AFTER or state.state == "gone"


def failing(source: Source, state: SourceState) -> str:
    times = "1 poll" if state.failures == 1 else f"{state.failures} polls in a row"
    last = state.last_success
    since = f", last read {last:%d %B %Y, %H:%M} UTC" if last else ""
    end = " It is asked no more; remove it, or give its new address." * (state.state == "gone")
    return f"{source.name} cannot be read: {state.reason} ({times}{since}).{end}"


def holding(source: Source, state: SourceState) -> str:
    if state.held == "soon":
        after = "They go out with the next poll that shows the same."
    else:
        after = (
            f"Look at them, then run: newswatch sources release {source.id}"
            f" (or, to send none of them: newswatch sources release {source.id} --drop)"
        )
    return f"{source.name}: {state.reason}. Its alerts are held. {after}"


def silent_for(days: int) -> str:
    return f"has brought nothing new for {days} working days"


def is_due(told_at: datetime | None, now: datetime) -> bool:
    return told_at is None or now - told_at >= REMIND


def moved(source: Source, before: SourceState, state: SourceState) -> Notice | None:
    """Told once, when a permanent redirect is believed."""
    if is_adopted(state) and not is_adopted(before):
        return Notice(
            "moved",
            f"{source.name} moved for good to {state.moved_to}. Put the address into sources.yaml.",
        )
    return None


def of_push(source: Source, state: SourceState, now: datetime) -> Notice | None:
    """What is to be told of the hub of a source that can be read: only then nothing is lost."""
    if state.failures or state.pushed is None:
        return None
    hub = host_of(state.pushed.hub)
    if (why := fails(state, now)) and is_due(state.push_told_at, now):
        return Notice(
            NOT_PUSHED,
            f"{source.name} is not pushed by {hub}: {why}. Nothing is lost: it is polled as often "
            "as without a hub, and what is new comes with the next poll.",
        )
    if state.push_told_at is not None and works(state, now):
        return Notice(PUSHED, f"{source.name} is pushed by {hub} again.")
    return None


# -- the poll with it ---------------------------------------------------------------------------


def with_notices(
    source: Source,
    before: SourceState,
    poll: Poll,
    subscribers: Sequence[Subscriber],
    page: str,
) -> Poll:
    """The poll with what it tells the operators. `page` is the address of the status page."""
    poll = replace(poll, state=seen(before, poll))
    found = notices(source, before, poll)
    about = [replace(one, text=f"{one.text} Address: {source.url}") for one in found]
    releases = [own_release(source.id, notice, poll.at, page) for notice in about]
    operators = operators_of(subscribers)
    owed = [d for release in releases for d in deliveries(release, operators, poll.at)]
    return replace(
        poll,
        state=in_a_word(source, told(poll, found), poll.at),
        changes=poll.changes + tuple(Change("new", release) for release in releases),
        deliveries=poll.deliveries + tuple(owed),
    )


def seen(before: SourceState, poll: Poll) -> SourceState:
    """The state with when something new was first seen; before the first poll, with when it was
    published."""
    if not any(change.kind == "new" for change in poll.changes):
        return poll.state
    if before.polled_once or poll.tally is None or not poll.tally.dates:
        return replace(poll.state, last_new=poll.at)
    return replace(poll.state, last_new=min(poll.at, poll.tally.dates[-1]))


def told(poll: Poll, found: Sequence[Notice]) -> SourceState:
    """The state after its notices: when the running troubles were told, or that they are over."""
    kinds = {notice.kind for notice in found}
    state = push_told(poll.state, kinds, poll.at)
    if "recovered" in kinds:
        return replace(state, told_at=None)
    if kinds - {"moved", NOT_PUSHED, PUSHED}:
        return replace(state, told_at=poll.at)
    return state


def push_told(state: SourceState, kinds: Collection[str], now: datetime) -> SourceState:
    """The state with when trouble with its hub was told; a source without a hub has none."""
    if NOT_PUSHED in kinds:
        return replace(state, push_told_at=now)
    if PUSHED in kinds or state.pushed is None:
        return replace(state, push_told_at=None)
    return state


def in_a_word(source: Source, state: SourceState, now: datetime) -> SourceState:
    """The state of a source that can be read: held, silent, moved, or as the poll said."""
    if state.failures or state.state == "churn":
        return state
    if state.held:
        return replace(
            state, state="held", reason=state.reason or "alerts of earlier polls are held"
        )
    if days := silence(source, state, now):
        return replace(state, state="silent", reason=silent_for(days))
    if is_adopted(state):
        return replace(state, state="moved", reason=f"moved for good to {state.moved_to}")
    return state


def refused(
    problems: Sequence[str], subscribers: Sequence[Subscriber], now: datetime, page: str
) -> Poll:
    """What the operators are told where an edited configuration does not validate."""
    shown = [*problems[:MOST_PROBLEMS]]
    more = len(problems) - len(shown)
    rest = [f"… and {more} more"] if more else []
    text = f"{LAST_GOOD}\n" + "\n".join(shown + rest)
    release = own_release("configuration", Notice("refused", text), now, page)
    return own_poll([release], deliveries(release, operators_of(subscribers), now), now)


def operators_of(subscribers: Iterable[Subscriber]) -> Subscriber | None:
    return next((one for one in subscribers if one.id == OPERATORS), None)


def own_poll(releases: Iterable[Release], owed: Iterable[Delivery], now: datetime) -> Poll:
    """What newswatch says itself, as a poll that can be recorded like any other."""
    state = SourceState(OURSELVES, now)
    changes = tuple(Change("new", release) for release in releases)
    return Poll(OURSELVES, now, state, changes=changes, deliveries=tuple(owed))


def own_release(about: str, notice: Notice, now: datetime, page: str) -> Release:
    """A notice as a release of newswatch's own, so that it is kept, sent and shown as one."""
    key = f"{OURSELVES}\n{about}\n{notice.kind}\n{now.isoformat()}"
    digest = sha256(key.encode()).hexdigest()
    return Release(
        id=digest[:16],
        source_id=OURSELVES,
        publisher=OURSELVES,
        url=page,
        title=f"{about}: {notice.kind}",
        first_seen=now,
        fingerprint=digest,
        content_type="Notice",
        text=notice.text,
        language="en",
    )


def deliveries(release: Release, reader: Subscriber | None, now: datetime) -> tuple[Delivery, ...]:
    """What a release of newswatch's own owes to all channels of its reader."""
    if reader is None:
        return ()
    why = (Why("source", release.title, release.text),)
    return tuple(
        Delivery(
            id=delivery_id(reader.id, channel.id, release.id, release.version),
            subscriber=reader.id,
            channel=channel.id,
            release_id=release.id,
            version=release.version,
            due=now,
            matches=(Match(reader.id, RULE, release.id, release.version, why),),
            created=now,
        )
        for channel in reader.channels
    )
