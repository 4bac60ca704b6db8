"""The verbs of mails that came back: take a report, count a refusal, and tell the operators of an
address that nothing is sent to any more. Pure but for the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from newswatch.bounces import Failure, counts, read
from newswatch.health import Notice, deliveries, operators_of, own_poll, own_release
from newswatch.model import Delivery, Poll, Suppression
from newswatch.ports import ReturnStore
from newswatch.rules.rule import Subscriber


@dataclass(frozen=True, slots=True)
class Bouncing:
    """Suppresses an address when the last `after` mails to it came back."""

    store: ReturnStore
    subscribers: Sequence[Subscriber]
    after: int
    status_page: str

    def take(self, raw: bytes, now: datetime) -> tuple[str, ...]:
        """Takes one report; what came of it, a line for each address. Only what was really sent to
        an address that its channel has is counted."""
        report = read(raw)
        delivery = self.store.delivery(report.delivery) if report.delivery else None
        if delivery is None:
            return ("nothing was taken: it is no report on a mail of newswatch",)
        lines = [self.heed(delivery, one, now) for one in report.failures]
        return tuple(lines) or (f"{delivery.id}: nothing was said to have failed",)

    def heed(self, delivery: Delivery, failure: Failure, now: datetime) -> str:
        address = self.own_address(delivery, failure.address)
        if address is None or delivery.state != "sent":
            return f"{delivery.id}: not counted, nothing was sent to {failure.address!r} by it"
        if not failure.is_final or not counts(failure.said):
            return f"{address}: noted: {failure.said}"
        is_new = self.count(delivery, address, failure.said, now)
        return f"{address}: came back: {failure.said}" + ("; suppressed now" if is_new else "")

    def own_address(self, delivery: Delivery, address: str) -> str | None:
        """The address as the channel has it."""
        own = (
            to
            for subscriber in self.subscribers
            if subscriber.id == delivery.subscriber
            for channel in subscriber.channels
            if channel.id == delivery.channel and channel.kind == "email"
            for to in channel.to
        )
        return next((one for one in own if one.casefold() == address.casefold()), None)

    def refused(
        self, sent: Sequence[Delivery], refusals: Sequence[tuple[str, str]], now: datetime
    ) -> None:
        """Counts the addresses that the mail server refused at once, for one mail."""
        for address, said in refusals:
            if counts(said):
                self.count(sent[0], address, said, now)

    def count(self, delivery: Delivery, address: str, said: str, now: datetime) -> bool:
        """Whether the address is suppressed now, and was not before."""
        made = Suppression(delivery.subscriber, delivery.channel, address, now, said)
        if not self.store.count_bounce(delivery.id, made, self.after):
            return False
        self.store.add(self.told(made, now))
        return True

    def told(self, made: Suppression, now: datetime) -> Poll:
        lane = f"{made.subscriber}/{made.channel}"
        text = (
            f"The last {self.after} mails to {made.address} (channel {lane}) came back, the last one "
            f"with: {made.said}. Nothing is sent to it any more; what is owed to it alone waits. When "
            f"it is mended: newswatch bounces forget {made.address}"
        )
        release = own_release(f"channel {lane}", Notice("suppressed", text), now, self.status_page)
        return own_poll([release], deliveries(release, operators_of(self.subscribers), now), now)
