"""One attempt: a batch of a channel's deliveries as messages to those who are to get them now. Pure but
for the doors it is given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from newswatch.choices import TOO_LATE, Parcel, Shares, left, parcels, shares, together, untried
from newswatch.errors import RenderError
from newswatch.match import delivery_id
from newswatch.model import Channel, Delivery, Outcome, Release
from newswatch.ports import InThread, Message, Sender, Store
from newswatch.rules.rule import Subscriber
from newswatch.settling import REMOVED, SUPPRESSED, lane_of

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
class Attempts:
    """Renders and sends, and says what came of it; writes nothing."""

    store: Store
    senders: Mapping[str, Sender]  # by channel kind
    render: Renderer
    clock: Callable[[], datetime]
    in_thread: InThread

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
            readers = partial(self.readers, subscriber, channel, batch, started)
            reached, split = await self.in_thread(readers)
            if not reached.to:
                return Attempt(SUPPRESSED)
            if split:
                return await self.to_some(subscriber, reached, batch, started, split)
        outcome, message = await self.send(subscriber, Parcel(reached, batch), started)
        if len(batch) > 1:  # what tells of several must not give way to a correction of one
            return Attempt(replace(outcome, receipt=""))
        return Attempt(outcome, message)

    def readers(
        self, subscriber: Subscriber, channel: Channel, batch: Batch, now: datetime
    ) -> tuple[Channel, Mapping[str, Shares]]:
        """The channel without the addresses whose mails came back; and by delivery, which of the
        others get it now, or nothing where nobody chose anything."""
        lane = lane_of(batch)
        suppressed, choices = self.store.suppressed(lane), self.store.choices_of(lane)
        reached = replace(channel, to=tuple(one for one in channel.to if one not in suppressed))
        if not choices:
            return reached, {}
        return reached, {one.id: shares(one, subscriber, reached, choices, now) for one in batch}

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
        channel, deliveries = parcel.channel, parcel.deliveries
        try:
            message = await self.in_thread(partial(self.message, subscriber, channel, deliveries))
        except RenderError as error:
            return Outcome(ok=False, answer=f"not sent: {error}", retryable=False), None
        return await self.senders[channel.kind].send(message, started), message

    def message(self, subscriber: Subscriber, channel: Channel, batch: Batch) -> Message:
        """What is sent: the bytes of the first attempt, where there was one."""
        is_further = len(batch) == 1 and (batch[0].attempts or batch[0].taken)
        kept = self.store.kept_message(batch[0].id) if is_further else None
        if kept is not None:
            message = Message(channel, batch, *kept)
        else:
            releases = self.releases(channel, batch)
            message = self.render(subscriber, channel, batch, releases, self.clock())
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

    def releases(self, channel: Channel, batch: Batch) -> Mapping[str, Release]:
        """As they were when they were owed; where several go in one message, which waited for each
        other, as they are."""
        if channel.digest is not None or len(batch) > 1:
            return self.store.releases_by_id({one.release_id for one in batch})
        keys = {(one.release_id, one.version) for one in batch}
        found = self.store.releases_by_version(keys)
        return {release.id: release for release in found.values()}
