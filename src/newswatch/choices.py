"""What readers of mail chose for themselves, laid over the configuration: to which addresses of a
channel a delivery goes now, to which later, and to which not at all. Pure.

A choice is one address's; the other addresses of its channel get their mails as if nobody had
chosen anything. Choices about what is no longer configured do nothing.
"""

from base64 import b32encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import partial
from hashlib import sha256
from typing import TypeAlias
from zoneinfo import ZoneInfo

from newswatch.model import Channel, Choice, Delivery, Lane, Outcome, Stop
from newswatch.recipients import Recipient
from newswatch.routing import waiting
from newswatch.rules.rule import Rule, Subscriber
from newswatch.schedule import at_local, digest_due

NEVER = datetime.max.replace(tzinfo=UTC)
COMMON = ("digest", "merge", "quiet", "limit")  # what all addresses of a channel wait for
OWN = ("own_digest", "pause", "unsubscribed")  # what only readers' choices make
REFUSALS = {
    "all": "unsubscribed",
    "rule": "unsubscribed from this rule",
    "rules": "unsubscribed from these rules",
}

Replan: TypeAlias = Callable[[Delivery, Sequence[Choice]], Delivery]


@dataclass(frozen=True, slots=True)
class Shares:
    """The addresses that a delivery is still owed to: now, later (and for what they wait), and those
    that chose not to get it (and how that is said)."""

    now: tuple[str, ...]
    later: Mapping[str, Stop]
    never: Mapping[str, Stop]

    @property
    def first(self) -> Stop:
        """What the one waits for that waits the shortest."""
        return min(self.later.values(), key=lambda stop: stop.until or NEVER)


@dataclass(frozen=True, slots=True)
class Parcel:
    """Deliveries that go in one message, and their channel with just the addresses that get it."""

    channel: Channel
    deliveries: tuple[Delivery, ...]


def shares(
    delivery: Delivery,
    subscriber: Subscriber,
    channel: Channel,
    choices: Sequence[Choice],
    now: datetime,
) -> Shares:
    ready: list[str] = []
    later: dict[str, Stop] = {}
    never: dict[str, Stop] = {}
    for address in channel.to:
        if address in delivery.tried_with:
            continue
        own = [one for one in choices if one.address == address]
        if refusal := refused(delivery, own):
            never[address] = Stop("unsubscribed", None, refusal)
        elif stop := stop_of(delivery, subscriber, own, now):
            later[address] = stop
        else:
            ready.append(address)
    return Shares(tuple(ready), later, never)


def refused(delivery: Delivery, own: Sequence[Choice]) -> str:
    """Why an address does not get a delivery, by its choices; "" where it does. One rule that is
    still wanted is enough."""
    for one in own:
        if one.kind == "all":
            return f"{REFUSALS['all']} {in_words(one)}"
    dropped = {one.rule: one for one in own if one.kind == "rule"}
    asked = [match.rule for match in delivery.matches]
    if not asked or not dropped.keys() >= set(asked):
        return ""
    which = "rule" if len(asked) == 1 else "rules"
    return f"{REFUSALS[which]} {in_words(dropped[asked[0]])}"


def refusal(note: str) -> tuple[str, date]:
    """Which of `REFUSALS` a note tells of, and of which day, for whoever says it in other words."""
    said, _, rest = note.partition(" on ")
    which = next(name for name, words in REFUSALS.items() if words == said)
    return which, date.fromisoformat(rest[: len("2025-02-05")])


def in_words(choice: Choice) -> str:
    """ "on 2025-02-05 by desk@example.org"."""
    made = f"on {choice.made:%Y-%m-%d} " if choice.made else ""
    return f"{made}by {choice.address}"


def stop_of(
    delivery: Delivery, subscriber: Subscriber, own: Sequence[Choice], now: datetime
) -> Stop | None:
    """What an address waits for: the end of its pause, its own digest, or what all wait for."""
    by_kind = {one.kind: one for one in own}
    pause, digest = by_kind.get("pause"), by_kind.get("digest")
    resumed = pause.until if pause and pause.until else None
    if pause and resumed and resumed > now:
        return Stop("pause", resumed, pause.address)
    if delivery.urgent:
        return None
    if digest and digest.digest:
        since = max(filter(None, (delivery.created or now, resumed)))
        due = digest_due(digest.digest, subscriber.timezone, since)
        return Stop("own_digest", due, digest.address) if due > now else None
    return common_stop(delivery, now)


def common_stop(delivery: Delivery, now: datetime) -> Stop | None:
    """What the delivery waits for whoever gets it. A further try has its own time."""
    if delivery.attempts:
        return None
    ahead = [s for s in delivery.stops if s.stage in COMMON and s.until and s.until > now]
    return max(ahead, key=lambda stop: stop.until or now, default=None)


# -- before an attempt ----------------------------------------------------------------------------


def planned(
    subscriber: Subscriber,
    channel: Channel,
    now: datetime,
    delivery: Delivery,
    choices: Sequence[Choice],
) -> Delivery:
    """What waits, as choices leave it: due now, due later, held by a pause, or cancelled where no
    address wants it any more."""
    found = shares(delivery, subscriber, channel, choices, now)
    delivery = replace(delivery, stops=tuple(s for s in delivery.stops if s.stage not in OWN))
    if found.now:
        due = delivery.due if delivery.attempts else min(delivery.due, now)
        return replace(unheld(delivery), due=due)
    if found.later:
        return waiting_for(delivery, found)
    if found.never:
        stops = (*delivery.stops, *found.never.values())
        return replace(delivery, state="cancelled", held_until=None, stops=stops)
    return delivery


def foreseen(
    delivery: Delivery,
    subscriber: Subscriber,
    channel: Channel,
    choices: Sequence[Choice],
    now: datetime,
) -> Delivery:
    """A delivery as it begins, due when the first of its addresses is to get it. What nobody wants
    is cancelled when it is due: until then the choice may be taken back."""
    found = shares(delivery, subscriber, channel, choices, now)
    return waiting_for(delivery, found) if found.later and not found.now else delivery


def unheld(delivery: Delivery) -> Delivery:
    return replace(delivery, state="deferred" if delivery.attempts else "queued", held_until=None)


def waiting_for(delivery: Delivery, found: Shares) -> Delivery:
    """Held until the first pause ends, where all that wait have paused; else queued until the first
    address is to get it."""
    first = found.first
    if all(stop.stage == "pause" for stop in found.later.values()):
        return replace(waiting(delivery, first), state="held", held_until=first.until)
    return unheld(waiting(delivery, first))


def parcels(
    batch: Sequence[Delivery], channel: Channel, split: Mapping[str, Shares]
) -> tuple[Parcel, ...]:
    """The messages that a batch makes: addresses that get the same deliveries get the same one."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for address in channel.to:
        theirs = tuple(one.id for one in batch if address in split[one.id].now)
        if theirs:
            alike.setdefault(theirs, []).append(address)
    return tuple(
        Parcel(
            replace(channel, to=tuple(addresses)),
            tuple(one for one in batch if one.id in theirs),
        )
        for theirs, addresses in alike.items()
    )


# -- after an attempt -----------------------------------------------------------------------------


TOO_LATE = Outcome(
    ok=False, answer="not yet: the mails before it took too long", retryable=True, attempted=False
)


def untried(found: Shares) -> Outcome:
    """Of a delivery that no address gets now."""
    said = "; ".join(stop.note for stop in found.never.values()) or "no address to send to"
    if found.later:
        said = f"waiting for the choice of {', '.join(found.later)}"
    return Outcome(ok=False, answer=said, retryable=bool(found.later), attempted=False)


def left(before: Delivery, after: Delivery, outcome: Outcome, found: Shares) -> Delivery:
    """A delivery after an attempt: once it is done with for those who were to get it now, it waits
    for those who are to get it later. Who chose not to get it is written down with it."""
    stops = dict.fromkeys((*after.stops, *found.never.values()))
    noted = replace(after, stops=tuple(stops))
    if not found.later or (found.now and after.state == "deferred"):
        return noted
    taken, refused_it = before.taken + outcome.taken, before.turned_away + outcome.turned_away
    return waiting_for(replace(noted, attempts=0, taken=taken, turned_away=refused_it), found)


def together(outcomes: Iterable[Outcome]) -> Outcome:
    """What became of a delivery that went out in several messages: what is to be tried again counts
    first, then what was taken."""
    every = tuple(outcomes)
    said = min(every, key=lambda one: (one.ok or not one.retryable, not one.ok))
    return replace(
        said,
        taken=tuple(dict.fromkeys(a for one in every for a in one.taken)),
        turned_away=tuple(dict.fromkeys(a for one in every for a in one.turned_away)),
        refusals=tuple(dict.fromkeys(a for one in every for a in one.refusals)),
    )


# -- what is chosen -------------------------------------------------------------------------------


def leaving(who: Recipient, made: datetime | None = None) -> Choice:
    """That an address gets nothing more of its channel."""
    return Choice(who.subscriber, who.channel, who.address, "all", made=made)


def choice_id(choice: Choice) -> str:
    """A short name, made of what it is about."""
    digest = sha256("\n".join(choice.key).encode()).digest()
    return "cho_" + b32encode(digest[:5]).decode().lower()


def planning(
    subscribers: Iterable[Subscriber], chosen: Iterable[Choice], now: datetime
) -> Mapping[Lane, Replan]:
    """How what waits is to be planned anew, on the channels that choices are about."""
    lanes = {(one.subscriber, one.channel) for one in chosen}
    return {
        (subscriber.id, channel.id): partial(planned, subscriber, channel, now)
        for subscriber in subscribers
        for channel in subscriber.channels
        if (subscriber.id, channel.id) in lanes
    }


def morning(day: date, timezone: str) -> datetime:
    """When a local day begins."""
    return at_local(datetime.combine(day, time()), ZoneInfo(timezone))


def rules_to(subscriber: Subscriber, channel: Channel) -> tuple[Rule, ...]:
    """The rules that send to a channel, sooner or later."""
    return tuple(r for r in subscriber.rules if channel.id in r.send and not r.shadow)


def is_idle(choice: Choice, subscribers: Iterable[Subscriber], now: datetime) -> str:
    """Why a choice does nothing, in words; "" where it is in force."""
    subscriber = next((one for one in subscribers if one.id == choice.subscriber), None)
    channel = subscriber.channel(choice.channel) if subscriber else None
    if subscriber is None or channel is None:
        return f"the {'channel' if subscriber else 'subscriber'} is no longer configured"
    if choice.address not in channel.to:
        return "the address is no longer configured"
    if choice.kind == "rule" and choice.rule not in {r.id for r in rules_to(subscriber, channel)}:
        return "the rule no longer sends there"
    return "it has ended" if choice.until and choice.until <= now else ""
