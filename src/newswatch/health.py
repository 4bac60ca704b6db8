"""Whether a source is well, and what its operators must be told: no silence. Pure.

Trouble is told once when it is sure, again every week while it lasts, and its end is told too. A
source that answers and brings nothing for much longer than usual is in trouble as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

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
from newswatch.rules.rule import Subscriber

OPERATORS = "operators"  # the subscriber whose channels are told
OURSELVES = "newswatch"  # the source of what newswatch says of itself
RULE = "health"  # what stands for a rule in such a delivery
# States that do not pass by themselves; others may be a short disturbance.
LASTING = frozenset(("gone", "login", "selector", "fields", "robots", "refused"))
SURE_LASTING, SURE_PASSING = 2, 3  # failures in a row until they are told
REMIND = timedelta(days=7)
SHORTEST_SILENCE = timedelta(days=14)
USUAL_TIMES = 6  # of the cadence: longer is silence
SMOOTHING = 0.3  # the weight of the last pause in the cadence
FLOOD = 15  # new releases at once that are mostly old
OLD = timedelta(days=14)  # before the last good poll


@dataclass(frozen=True, slots=True)
class Notice:
    """What the operators are told of a source."""

    kind: str  # the state of the trouble, "moved", "silent", "held", or "recovered"
    text: str


def learned(state: SourceState, poll: Poll) -> SourceState:
    """The state with what a good poll teaches of the source's cadence."""
    if state.failures or not any(change.kind == "new" for change in poll.changes):
        return state
    cadence = state.cadence
    if state.last_new is not None:
        pause = poll.at - state.last_new
        known = pause if cadence is None else cadence
        cadence = known + (pause - known) * SMOOTHING
    return replace(state, last_new=poll.at, cadence=cadence)


def notices(source: Source, before: SourceState, poll: Poll) -> tuple[Notice, ...]:
    """What is to be told after a poll; nothing where it was told already."""
    state = poll.state
    found = [moved(source, before, state), held(source, poll)]
    trouble = trouble_of(source, state, poll.at)
    if trouble and is_due(state, poll.at):
        found.append(trouble)
    if trouble is None and state.told_at is not None and not state.failures:
        found.append(Notice("recovered", f"{source.name} is well again."))
    return tuple(notice for notice in found if notice is not None)


def trouble_of(source: Source, state: SourceState, now: datetime) -> Notice | None:
    """The trouble that a source is in for sure, or None."""
    sure = SURE_LASTING if state.state in LASTING else SURE_PASSING
    if state.failures >= sure:
        times = f"{state.failures} polls in a row"
        since = (
            f", last read {state.last_success:%d %B %Y, %H:%M} UTC" if state.last_success else ""
        )
        return Notice(
            state.state, f"{source.name} cannot be read: {state.reason} ({times}{since})."
        )
    if not state.failures and (silence := silence_of(state, now)):
        days = silence // timedelta(days=1)
        return Notice(
            "silent", f"{source.name} answers, and has brought nothing new for {days} days."
        )
    return None


def silence_of(state: SourceState, now: datetime) -> timedelta | None:
    """How long a source has been silent, where that is much longer than usual."""
    if state.last_new is None or state.cadence is None:
        return None
    silence = now - state.last_new
    return silence if silence > max(SHORTEST_SILENCE, state.cadence * USUAL_TIMES) else None


def is_due(state: SourceState, now: datetime) -> bool:
    return state.told_at is None or now - state.told_at >= REMIND


def moved(source: Source, before: SourceState, state: SourceState) -> Notice | None:
    """Told once, when a permanent redirect is believed: the reason says so from then on."""
    if state.reason.startswith("moved for good") and before.reason != state.reason:
        return Notice("moved", f"{source.name} {state.reason}. Put the address into sources.yaml.")
    return None


def is_flood(before: SourceState, poll: Poll) -> bool:
    """Whether a poll brings much that is old: addresses or ids changed, and it is no news."""
    new = [change.release for change in poll.changes if change.kind == "new"]
    if not before.polled_once or before.last_success is None or len(new) < FLOOD:
        return False
    horizon = (before.last_success - OLD).date()
    old = [r for r in new if r.published is not None and r.published.day < horizon]
    return len(old) * 10 >= len(new) * 8


def held(source: Source, poll: Poll) -> Notice | None:
    if not poll.held:
        return None
    count = len(poll.changes)
    return Notice(
        "held",
        f"{source.name} brought {count} releases at once, most of them old: its addresses have "
        "probably changed. They were recorded, and alerted to nobody.",
    )


def told(poll: Poll, found: Sequence[Notice]) -> SourceState:
    """The state after its notices: when the running trouble was told, or that it is over."""
    kinds = {notice.kind for notice in found}
    if "recovered" in kinds:
        return replace(poll.state, told_at=None)
    if kinds - {"moved", "held"}:
        return replace(poll.state, told_at=poll.at)
    return poll.state


def with_notices(
    source: Source,
    before: SourceState,
    poll: Poll,
    subscribers: Sequence[Subscriber],
    page: str,
) -> Poll:
    """The poll with what it tells the operators. `page` is the address of the status page."""
    poll = replace(poll, state=learned(poll.state, poll))
    found = notices(source, before, poll)
    releases = [as_release(source, notice, poll.at, page) for notice in found]
    operators = next((one for one in subscribers if one.id == OPERATORS), None)
    owed = [d for release in releases for d in deliveries(release, operators, poll.at)]
    return replace(
        poll,
        state=told(poll, found),
        changes=poll.changes + tuple(Change("new", release) for release in releases),
        deliveries=poll.deliveries + tuple(owed),
    )


def as_release(source: Source, notice: Notice, now: datetime, page: str) -> Release:
    """A notice as a release of newswatch's own, so that it is kept, sent and shown as one."""
    key = f"{OURSELVES}\n{source.id}\n{notice.kind}\n{now.isoformat()}"
    digest = sha256(key.encode()).hexdigest()
    return Release(
        id=digest[:16],
        source_id=OURSELVES,
        publisher=OURSELVES,
        url=page,
        title=f"{source.id}: {notice.kind}",
        first_seen=now,
        fingerprint=digest,
        content_type="Notice",
        text=f"{notice.text} Address: {source.url}",
        language="en",
    )


def deliveries(
    release: Release, operators: Subscriber | None, now: datetime
) -> tuple[Delivery, ...]:
    why = (Why("source", release.title, release.text),)
    return tuple(
        Delivery(
            id=delivery_id(OPERATORS, channel.id, release.id, release.version),
            subscriber=OPERATORS,
            channel=channel.id,
            release_id=release.id,
            version=release.version,
            due=now,
            matches=(Match(OPERATORS, RULE, release.id, release.version, why),),
            created=now,
        )
        for channel in (operators.channels if operators else ())
    )
