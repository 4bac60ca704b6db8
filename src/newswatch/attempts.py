"""One attempt: a batch of a channel's deliveries as messages to those who are to get them now. Pure but
for the doors it is given."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from newswatch.choices import TOO_LATE, Parcel, Shares, left, parcels, shares, together, untried
from newswatch.errors import RenderError
from newswatch.match import delivery_id
from newswatch.model import Channel, Choice, Delivery, Lane, Outcome, Release
from newswatch.ports import Ended, InThread, Message, Sender, Store
from newswatch.rules.rule import Subscriber
from newswatch.settling import REMOVED, SUPPRESSED, lane_of
from newswatch.together import Together

Batch = tuple[Delivery, ...]  # of one channel
ENOUGH = timedelta(minutes=4)  # after which a batch begins no further message: one may take five


class Renderer(Protocol):
    """Turns deliveries of one channel into one message. Raises `RenderError`."""

    def __call__(
        self,
        subscriber: Subscriber,
        channel: Channel,
        deliveries: Sequence[Delivery],
        releases: Mapping[str, Release],
        now: datetime,
    ) -> Message: ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of it: `outcome` for the channel, and for each delivery unless `own` has another by
    its id; `kept` is the message where it told of one delivery alone."""

    outcome: Outcome
    kept: Message | None = None
    own: Mapping[str, Outcome] = field(default_factory=dict)
    split: Mapping[str, Shares] = field(default_factory=dict)

    def of(self, delivery: Delivery) -> Outcome:
        return self.own.get(delivery.id, self.outcome)

    def left(self, before: Delivery, after: Delivery) -> Delivery:
        """The settled delivery, as long as there are readers who are to get it later."""
        found = self.split.get(before.id)
        return left(before, after, self.of(before), found) if found else after


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message that is to be: to whom, and of what."""

    subscriber: Subscriber
    parcel: Parcel


@dataclass(frozen=True, slots=True)
class Releases:
    """Releases as they are, and as they were when they were owed."""

    current: Mapping[str, Release]
    owed: Mapping[tuple[str, int], Release]

    def of(self, parcel: Parcel) -> Mapping[str, Release]:
        """As they were owed; where several go in one message, which waited for each other, as they
        are."""
        if is_collected(parcel):
            return self.current
        keys = [(one.release_id, one.version) for one in parcel.deliveries]
        return {key[0]: self.owed[key] for key in keys if key in self.owed}


@dataclass(frozen=True, slots=True)
class Readership:
    """What is known of the readers of a channel: to whom nothing is sent, and what they chose."""

    suppressed: Collection[str]
    choices: Sequence[Choice]


@dataclass(frozen=True, slots=True)
class Groups:
    """What attempts that are made at the same time do together: look at readers, render, settle."""

    readers: Together[Lane, Readership] = field(default_factory=Together)
    messages: Together[Wanted, Message] = field(default_factory=Together)
    ends: Together[Ended, None] = field(default_factory=Together)


@dataclass(frozen=True, slots=True)
class Attempts:
    """Renders and sends, and says what came of it; writes nothing."""

    store: Store
    senders: Mapping[str, Sender]  # by channel kind
    render: Renderer
    clock: Callable[[], datetime]
    in_thread: InThread
    groups: Groups

    async def make(
        self,
        subscriber: Subscriber | None,
        channel: Channel | None,
        batch: Batch,
        started: datetime,
    ) -> Attempt:
        if subscriber is None or channel is None:
            return Attempt(REMOVED)
        if channel.missing:
            waits = f"waiting for {channel.missing}"
            return Attempt(Outcome(ok=False, answer=waits, attempted=False))
        reached = channel
        if channel.to:
            known = await self.groups.readers(lane_of(batch), self.look_at_readers)
            reached = without(channel, known.suppressed)
            if not reached.to:
                return Attempt(SUPPRESSED)
            if known.choices:
                chosen = {
                    one.id: shares(one, subscriber, reached, known.choices, started)
                    for one in batch
                }
                return await self.to_some(subscriber, reached, batch, started, chosen)
        outcome, message = await self.send(subscriber, Parcel(reached, batch), started)
        if len(batch) > 1:  # what tells of several must not give way to a correction of one
            return Attempt(replace(outcome, receipt=""))
        return Attempt(outcome, message)

    async def look_at_readers(self, lanes: Sequence[Lane]) -> Sequence[Readership]:
        return await self.in_thread(partial(self.readers, lanes))

    def readers(self, lanes: Sequence[Lane]) -> Sequence[Readership]:
        suppressed, choices = self.store.suppressed(set(lanes)), self.store.choices_of(set(lanes))
        return [Readership(suppressed[lane], choices[lane]) for lane in lanes]

    async def to_some(
        self,
        subscriber: Subscriber,
        channel: Channel,
        batch: Batch,
        started: datetime,
        split: Mapping[str, Shares],
    ) -> Attempt:
        """Where readers chose for themselves: a message for those who get the same."""
        said: dict[str, list[Outcome]] = {one.id: [] for one in batch}
        last, message = untried(split[batch[0].id]), None
        sent: list[Outcome] = []
        for parcel in parcels(batch, channel, split):
            if self.clock() - started > ENOUGH:
                last = TOO_LATE
            else:
                last, message = await self.send(subscriber, parcel, started)
            sent.append(last)
            for one in parcel.deliveries:
                said[one.id].append(last)
        own = {one: together(some) if some else untried(split[one]) for one, some in said.items()}
        kept = message if len(batch) == 1 else None
        return Attempt(together(sent or [last]), kept, own, split)

    async def send(
        self, subscriber: Subscriber, parcel: Parcel, started: datetime
    ) -> tuple[Outcome, Message | None]:
        """What became of one message, and the message as it was sent."""
        try:
            message = await self.groups.messages(Wanted(subscriber, parcel), self.render_all)
        except RenderError as error:
            return Outcome(ok=False, answer=f"not sent: {error}", retryable=False), None
        return await self.senders[parcel.channel.kind].send(message, started), message

    async def render_all(self, wanted: Sequence[Wanted]) -> Sequence[Message | Exception]:
        return await self.in_thread(partial(self.messages, wanted))

    def message(self, wanted: Wanted) -> Message:
        """What is sent. Raises `RenderError`."""
        return self.made(wanted, self.releases([wanted.parcel]))

    def messages(self, wanted: Sequence[Wanted]) -> Sequence[Message | Exception]:
        """The same for several; what cannot be rendered keeps no other from it."""
        releases = self.releases([one.parcel for one in wanted])
        return [self.attempted(one, releases) for one in wanted]

    def attempted(self, wanted: Wanted, releases: Releases) -> Message | Exception:
        try:
            return self.made(wanted, releases)
        except Exception as error:  # noqa: BLE001 - whoever wanted it gets it
            return error

    def made(self, wanted: Wanted, releases: Releases) -> Message:
        """The bytes of the first attempt, where there was one."""
        channel, batch = wanted.parcel.channel, wanted.parcel.deliveries
        is_further = len(batch) == 1 and (batch[0].attempts or batch[0].taken)
        kept = self.store.kept_message(batch[0].id) if is_further else None
        if kept is not None:
            message = Message(channel, batch, *kept)
        else:
            told = releases.of(wanted.parcel)
            message = self.render(wanted.subscriber, channel, batch, told, self.clock())
        return replace(message, corrects=self.receipt_of_corrected(batch))

    def receipt_of_corrected(self, batch: Batch) -> str:
        """The receipt of the message that a correction corrects; "" where there is none, and where
        the message says more than that."""
        one = batch[0]
        if len(batch) > 1 or one.corrects is None:
            return ""
        earlier = delivery_id(one.subscriber, one.channel, one.release_id, one.corrects)
        told = self.store.delivery(earlier)
        return told.receipt if told else ""

    def releases(self, parcels: Sequence[Parcel]) -> Releases:
        current: set[str] = set()
        owed: set[tuple[str, int]] = set()
        for parcel in parcels:
            if is_collected(parcel):
                current.update(one.release_id for one in parcel.deliveries)
            else:
                owed.update((one.release_id, one.version) for one in parcel.deliveries)
        return Releases(
            self.store.releases_by_id(current) if current else {},
            self.store.releases_by_version(owed) if owed else {},
        )


def is_collected(parcel: Parcel) -> bool:
    return parcel.channel.digest is not None or len(parcel.deliveries) > 1


def without(channel: Channel, suppressed: Collection[str]) -> Channel:
    """The channel with the addresses that something is sent to."""
    return replace(channel, to=tuple(one for one in channel.to if one not in suppressed))
