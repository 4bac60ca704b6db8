"""The ledger: of every channel that the rules which a release met send to, what became of it. Pure.

What is compared: the matches as they were recorded with each version of a release, with where their
rules, as they were written then, sent them; and the deliveries that there are. A match that led to
none needs a reason. What a rule would have met is not asked again: readings and rules may have
changed since, and only what was recorded is sure.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from newswatch.health import OURSELVES, RULE
from newswatch.model import Delivery, Match, Release
from newswatch.revisions import material
from newswatch.rules.rule import Rollout

OUTCOMES = {
    "delivered": "its receiver took it",
    "waiting": "it is queued, being sent, or to be tried again",
    "held": "its source is in doubt, and a person or the next poll decides",
    "silenced": "a silence hides it, until a person sends it",
    "dead": "it was refused, or ran out of tries",
    "cancelled": "it was given up while it waited",
    "shadow": "its rule is a shadow: nothing is sent for it",
    "rollout": "its rule had not reached this channel",
    "quiet": "nobody was to be told of that version",
    "told": "its rule had met an earlier version, and nothing was to be corrected",
    "copy": "its rule had met the release that it is a copy of",
    "unknown": "it is from before newswatch wrote down whether anybody was to be told",
    "lost": "nothing says why there is no delivery",
    "unexpected": "no rule asked for it",
}
WRONG = ("lost", "unexpected")
BY_STATE = {"sent": "delivered", "dead": "dead", "cancelled": "cancelled", "held": "held"}


# -- expected against found ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expected:
    """That a delivery is to be there, or with an `outcome` why none is; by which rules."""

    rules: tuple[str, ...] = ()
    outcome: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a delivery that is there, and how often its receiver took it."""

    outcome: str
    reason: str = ""
    delivery: str = ""
    taken: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger. `key`: subscriber, channel, release and version, or what else names
    a delivery."""

    key: Hashable
    outcome: str  # one of OUTCOMES
    rules: tuple[str, ...] = ()
    reason: str = ""
    delivery: str = ""
    taken: int = 0


@dataclass(slots=True)
class Balance:
    """The sum of entries; those that are wrong, and those that were taken more than once, whole."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[Entry] = field(default_factory=list)
    repeated: list[Entry] = field(default_factory=list)

    @property
    def expected(self) -> int:
        return self.counts.total() - self.counts["unexpected"]

    @property
    def duplicates(self) -> int:
        """How many messages more than one were taken."""
        return sum(one.taken - 1 for one in self.repeated)


def account(
    expected: Mapping[Hashable, Expected], found: Mapping[Hashable, Found]
) -> Iterator[Entry]:
    """What was to be there against what is: every key of both, once. A delivery that a reason
    forbids is unexpected."""
    for key, wanted in expected.items():
        there = found.get(key)
        if there is None:
            yield Entry(key, wanted.outcome or "lost", wanted.rules, wanted.reason)
        else:
            outcome = "unexpected" if wanted.outcome else there.outcome
            why = wanted.reason or there.reason
            yield Entry(key, outcome, wanted.rules, why, there.delivery, there.taken)
    for key in found.keys() - expected.keys():
        there = found[key]
        yield Entry(key, "unexpected", (), there.reason, there.delivery, there.taken)


def balance(entries: Iterable[Entry]) -> Balance:
    """Of any number of entries: only what is wrong or was repeated is kept."""
    whole = Balance()
    for one in entries:
        whole.counts[one.outcome] += 1
        if one.outcome in WRONG:
            whole.wrong.append(one)
        if one.taken > 1:
            whole.repeated.append(one)
    return whole


# -- what was recorded --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sending:
    """Where a rule sent what it met, as it was written."""

    send: tuple[str, ...] = ()
    rollout: Rollout | None = None
    copies: bool = False
    corrections: bool = False

    def waits(self, channel: str, at: datetime) -> bool:
        """Whether a rollout kept it from a channel."""
        rollout = self.rollout
        return rollout is not None and rollout.is_on(at) and channel not in rollout.first


@dataclass(frozen=True, slots=True)
class Owed:
    """A delivery with when and how it was settled, and how often its receiver took it."""

    delivery: Delivery
    settled: datetime | None = None
    answer: str = ""
    taken: int = 0


@dataclass(frozen=True, slots=True)
class Recorded:
    """A version of a release as it was recorded, with what the whole release and its original had
    met by then, and everything that was ever owed of it."""

    release: Release
    at: datetime
    quiet: str | None  # why nobody was to be told; None: not written down
    matches: tuple[Match, ...] = ()  # of this version and of earlier ones
    original: tuple[Match, ...] = ()  # of the release that it is a copy of
    owed: tuple[Owed, ...] = ()  # of this version and of earlier ones
    earlier: Mapping[int, Release] = field(default_factory=dict)  # its versions before


Key = tuple[str, str, str, int]
Rules = Mapping[str, Sending]  # by the digest of their text


def entries(one: Recorded, rules: Rules) -> tuple[Entry, ...]:
    """The ledger of one version."""
    found: dict[Hashable, Found] = {
        key_of(owed.delivery): found_of(owed)
        for owed in one.owed
        if owed.delivery.version == one.release.version
    }
    return tuple(account(expected(one, rules), found))


def entries_of(
    pages: Iterable[Sequence[Recorded]], texts: Callable[[Iterable[str]], Rules]
) -> Iterator[Entry]:
    """The ledger of many versions, page by page."""
    for page in pages:
        rules = texts({match.rule_digest for one in page for match in one.matches})
        for one in page:
            yield from entries(one, rules)


def found_of(owed: Owed) -> Found:
    delivery = owed.delivery
    outcome = BY_STATE.get(delivery.state, "waiting")
    if outcome == "held" and delivery.silence:
        outcome = "silenced"
    return Found(outcome, owed.answer, delivery.id, owed.taken)


def key_of(delivery: Delivery) -> Key:
    return delivery.subscriber, delivery.channel, delivery.release_id, delivery.version


def expected(one: Recorded, rules: Rules) -> dict[Hashable, Expected]:
    """By channel, what the rules asked for. One rule without a reason against it is enough."""
    whole: dict[Hashable, Expected] = {}
    for match in one.matches:
        sending = rules.get(match.rule_digest)
        if match.version != one.release.version or sending is None:
            continue
        for channel in sending.send:
            key = (match.subscriber, channel, one.release.id, match.version)
            whole[key] = joined(whole.get(key), wanted(one, match, sending, channel))
    for owed in one.owed:
        key = key_of(owed.delivery)
        if owed.delivery.version == one.release.version and is_asked(one, owed.delivery, rules):
            names = tuple(match.rule for match in owed.delivery.matches)
            whole[key] = joined(whole.get(key), Expected(names))
    return whole


def joined(before: Expected | None, other: Expected) -> Expected:
    if before is None:
        return other
    names = tuple(dict.fromkeys((*before.rules, *other.rules)))
    first = before if not before.outcome else other
    return Expected(names, first.outcome, first.reason)


def wanted(one: Recorded, match: Match, sending: Sending, channel: str) -> Expected:
    outcome, reason = why_not(one, match, sending, channel)
    return Expected((match.rule,), outcome, reason)


def why_not(one: Recorded, match: Match, sending: Sending, channel: str) -> tuple[str, str]:
    """The outcome and the reason of a match for which nothing was to be sent; "" where something
    was."""
    if match.shadow:
        return "shadow", f"rule {match.rule} was a shadow"
    if sending.waits(channel, one.at):
        return "rollout", f"rule {match.rule} had not reached it"
    if one.quiet and one.release.source_id != OURSELVES:
        return "quiet", one.quiet
    if was_met_before(one, match) and not is_correction_due(one, match, sending, channel):
        return "told", f"rule {match.rule} had met an earlier version"
    if is_unwanted_copy(one, match, sending):
        return "copy", f"it is a copy of {one.release.copy_of}, which rule {match.rule} had met"
    if one.quiet is None and not any(owed.delivery.version == match.version for owed in one.owed):
        return "unknown", OUTCOMES["unknown"]
    return "", ""


def is_unwanted_copy(one: Recorded, match: Match, sending: Sending | None) -> bool:
    wants_copies = sending is None or sending.copies
    return bool(one.release.copy_of) and not wants_copies and is_met(one.original, match)


def was_met_before(one: Recorded, match: Match) -> bool:
    earlier = [other for other in one.matches if other.version < match.version]
    return is_met(earlier, match)


def is_met(matches: Iterable[Match], wanted: Match) -> bool:
    rule = (wanted.subscriber, wanted.rule)
    return any((one.subscriber, one.rule) == rule and not one.shadow for one in matches)


def is_correction_due(one: Recorded, match: Match, sending: Sending, channel: str) -> bool:
    """Whether the channel was told of an earlier version by this rule, and something that matters
    has changed since."""
    lane = (match.subscriber, channel)
    before = [
        owed.delivery
        for owed in one.owed
        if (owed.delivery.subscriber, owed.delivery.channel) == lane
        and owed.delivery.version < match.version
        and (owed.delivery.state != "cancelled" or (owed.settled or one.at) >= one.at)
    ]
    last = max(before, key=lambda delivery: delivery.version, default=None)
    if last is None or not sending.corrections:
        return False
    asked = any(told.rule == match.rule for told in last.matches)
    version = one.earlier.get(last.version)
    return asked and version is not None and bool(material(version, one.release))


def is_asked(one: Recorded, delivery: Delivery, rules: Rules) -> bool:
    """Whether a delivery is accounted for by more than its own version's matches: a correction, or
    the copy that went out with its original; a notice of newswatch's own, which no rule asks for; or
    a rule whose text is from before texts were kept."""
    if one.release.source_id == OURSELVES and all(m.rule == RULE for m in delivery.matches):
        return True
    if one.quiet and one.release.source_id != OURSELVES:
        return False
    return any(
        sends(one, recorded, rules.get(recorded.rule_digest), delivery)
        for told in delivery.matches
        for recorded in one.matches
        if (recorded.subscriber, recorded.rule) == (told.subscriber, told.rule)
    )


def sends(one: Recorded, match: Match, sending: Sending | None, delivery: Delivery) -> bool:
    """Whether a recorded match may have led to a delivery, on its channel. One of an earlier version
    may only where it is corrected, or where what was owed for it was given up in its favour."""
    if match.shadow or match.subscriber != delivery.subscriber:
        return False
    if sending is not None and (
        delivery.channel not in sending.send or sending.waits(delivery.channel, one.at)
    ):
        return False
    if is_unwanted_copy(one, match, sending) and not any(
        s.stage == "merge" for s in delivery.stops
    ):
        return False
    is_first = not was_met_before(one, match) and match.version == delivery.version
    return is_first or delivery.corrects is not None or took_place(one, delivery)


def took_place(one: Recorded, delivery: Delivery) -> bool:
    lane = (delivery.subscriber, delivery.channel)
    return any(
        (owed.delivery.subscriber, owed.delivery.channel) == lane
        and owed.delivery.version < delivery.version
        and owed.delivery.state == "cancelled"
        for owed in one.owed
    )
