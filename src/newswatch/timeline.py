"""All that happened to a release on its way to a subscriber, in the order of time. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from newswatch.ledger import Entry, Owed, Recorded
from newswatch.model import Attempt, Correction, Match, Release, Stop, Visit

STAGES = (
    *("published", "fetched", "recorded", "understood", "corrected", "matched", "withheld"),
    *("owed", "waits", "attempt", "settled"),
)
ENDS = {"sent": "delivered", "dead": "dead: refused, or out of tries", "cancelled": "cancelled"}
WAITS = {
    "hold": "held: its source is in doubt: {note}",
    "silence": "hidden by silence {note}",
    "digest": "waits for its digest",
    "merge": "waits for copies of {note}",
    "quiet": "waits for the end of quiet hours",
    "limit": "waits: its channel has had as much as it takes",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; `at` is exact to the second, of a publishing day its beginning."""

    at: datetime
    what: str  # one of STAGES
    text: str
    version: int
    channel: str = ""
    delivery: str = ""


def timeline(
    recorded: Sequence[Recorded],
    account: Sequence[Entry],
    attempts: Mapping[str, Sequence[Attempt]],
    visits: Iterable[Visit],
    corrections: Iterable[Correction],
) -> tuple[Event, ...]:
    """From the publisher to the receiver. `recorded` are the versions, the first one first, each with
    what one subscriber's rules met and were owed; `account` is the ledger of them."""
    polls = {visit.at: visit for visit in visits}
    events = [
        *published(recorded[0].release),
        *(event for one in recorded for event in arrival(one, polls.get(one.at))),
        *(corrected(one, recorded[-1].release.version) for one in corrections),
        *(withheld(entry, recorded) for entry in account if not entry.delivery),
        *(event for one in recorded[-1].owed for event in course(one, attempts)),
    ]
    return tuple(sorted(events, key=lambda event: (event.at, STAGES.index(event.what))))


def published(release: Release) -> Iterator[Event]:
    if release.published is not None:
        day, instant = release.published.day, release.published.instant
        at = instant or datetime.combine(day, time(), UTC)
        said = "" if instant else f" on {day.isoformat()}, at a time that it does not say"
        yield Event(at, "published", f"by {release.publisher}{said}", 1)


def arrival(one: Recorded, visit: Visit | None) -> Iterator[Event]:
    """A version as it came in: from which poll, what it says, and the rules that it met."""
    release, number = one.release, one.release.version
    if visit is not None:
        how = "a conditional" if visit.is_conditional else "an unconditional"
        asked = f"{how} poll of {release.source_id} ({visit.host}): {visit.outcome}"
        yield Event(one.at, "fetched", asked, number)
    quiet = f"; nobody is told: {one.quiet}" if one.quiet else ""
    gone = f", withdrawn: {release.withdrawn}" if release.withdrawn else ""
    text = f"version {number} of {release.title!r}{gone}{quiet}"
    yield Event(one.at, "recorded", text, number)
    yield Event(one.at, "understood", understood(release), number)
    for match in one.matches:
        if match.version == number:
            yield Event(one.at, "matched", matched(match), number)


def understood(release: Release) -> str:
    reading = release.reading
    facts = [
        f"countries {', '.join(reading.countries)}" if reading.countries else "no country",
        f"event {reading.event}",
        f"mission {release.mission.id}" if release.mission else "",
        f"a copy of {release.copy_of}" if release.copy_of else "",
    ]
    return "; ".join(filter(None, facts))


def matched(match: Match) -> str:
    shadow = " (a shadow: nothing is sent for it)" if match.shadow else ""
    text = f", as written then ({match.rule_digest})" if match.rule_digest else ""
    why = "; ".join(
        f"{one.field} {one.value}" + (f" (“{one.evidence}”)" if one.evidence else "")
        for one in match.why
    )
    return f"rule {match.rule}{text}{shadow}: {why}"


def corrected(one: Correction, version: int) -> Event:
    value = ", ".join(one.value) or "none"
    text = f"{one.field} to {value} by {one.author}: {one.reason}"
    return Event(one.at, "corrected", text, version)


def withheld(entry: Entry, recorded: Sequence[Recorded]) -> Event:
    """Why a channel was owed nothing, or that nothing says why."""
    key: Any = entry.key  # of a version of a release
    _, channel, _, version = key
    at = next(one.at for one in recorded if one.release.version == version)
    reason = entry.reason or "nothing says why there is no delivery"
    return Event(at, "withheld", f"{entry.outcome}: {reason}", version, channel)


def course(owed: Owed, attempts: Mapping[str, Sequence[Attempt]]) -> Iterator[Event]:
    """A delivery from when it was owed to its end, or to what it waits for now."""
    one = owed.delivery

    def event(at: datetime, what: str, text: str) -> Event:
        return Event(at, what, text, one.version, one.channel, one.id)

    created = one.created or one.due
    urgent = ", urgent" if one.urgent else ""
    corrects = f", to correct version {one.corrects}" if one.corrects else ""
    rules = ", ".join(match.rule for match in one.matches)
    yield event(created, "owed", f"for {rules}{corrects}{urgent}")
    for stop in one.stops:
        yield event(created, "waits", waits(stop))
    for attempt in attempts.get(one.id, ()):
        yield event(attempt.at, "attempt", tried(attempt))
    if one.state in ENDS:
        yield event(owed.settled or one.due, "settled", ended(owed))
    elif one.state != "held":
        yield event(max(one.due, created), "waits", f"{one.state}: {owed.answer or 'due then'}")


def waits(stop: Stop) -> str:
    until = f", until {stop.until:%Y-%m-%d %H:%M:%S} UTC" if stop.until else ""
    return WAITS[stop.stage].format(note=stop.note) + until


def tried(attempt: Attempt) -> str:
    took, result = attempt.duration.total_seconds(), "taken" if attempt.ok else "not taken"
    return f"number {attempt.number}, {took:.2f} s, {result}: {attempt.answer}"


def ended(owed: Owed) -> str:
    one = owed.delivery
    if one.state == "sent" and owed.settled and one.created:
        seconds = (owed.settled - one.created).total_seconds()
        return f"delivered, {seconds:.1f} s after it was owed"
    return f"{ENDS[one.state]}: {owed.answer}"
