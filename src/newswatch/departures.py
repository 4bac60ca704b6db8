"""Deliveries that are due: which of them go out now, in which message, and which wait. Pure but for
the store.

What was decided when a delivery was owed is looked at once more: since then a silence may have been
made, a try may have failed into the night, and too much may have fallen due at once.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from newswatch.choices import planned, shares
from newswatch.model import Channel, Choice, Delivery, Lane, Stop
from newswatch.ports import Store
from newswatch.routing import after_quiet, stopped_by, waiting
from newswatch.rules.rule import Subscriber
from newswatch.settling import COLLECTS, batches, by_channel, lane_of
from newswatch.silences import hidden

Batch = tuple[Delivery, ...]
Addressee = Callable[[Delivery], tuple[Subscriber | None, Channel | None]]


@dataclass(frozen=True, slots=True)
class Departures:
    """The last look at deliveries that were claimed, before they are sent."""

    store: Store
    addressee: Addressee

    def leaving(
        self, due: Sequence[Delivery], now: datetime, lease: timedelta
    ) -> tuple[Batch, ...]:
        """The messages that go out now, of each channel no more than it has room for; all else is
        put back. The room is what was claimed: company may bring more messages than that."""
        room = Counter((one.subscriber, one.channel) for one in due)
        due = sorted([*due, *self.company(due, now, lease)], key=lambda one: (one.due, one.id))
        stay, rest = self.silenced(due, now)
        messages: list[Batch] = []
        groups = by_channel(rest)
        choices = self.choices(groups)
        for group in groups:
            leaving, waits = self.of_channel(group, choices.get(lane_of(group), ()), now)
            free = room[group[0].subscriber, group[0].channel]
            messages += leaving[:free]
            stay += waits
            stay += (one for message in leaving[free:] for one in message)
        self.store.put_back(stay)
        return tuple(messages)

    def choices(self, groups: Sequence[Batch]) -> Mapping[Lane, Sequence[Choice]]:
        """What the readers of the channels of mail among them chose."""
        lanes = {lane_of(group) for group in groups if self.is_mail(group[0])}
        return self.store.choices_of(lanes) if lanes else {}

    def is_mail(self, delivery: Delivery) -> bool:
        channel = self.addressee(delivery)[1]
        return channel is not None and channel.kind == "email"

    def of_channel(
        self, group: Batch, choices: Sequence[Choice], now: datetime
    ) -> tuple[Sequence[Batch], Sequence[Delivery]]:
        """The messages of a channel that go out now, and what waits. What goes to a channel that is
        no longer there leaves too: sending finds that out."""
        subscriber, channel = self.addressee(group[0])
        if subscriber is None or channel is None:
            return batches(channel, group), ()
        chosen, group = by_choice(group, subscriber, channel, choices, now)
        late, rest = after_hours(group, subscriber, channel, now)
        leaving, over = self.within_limit(channel, batches(channel, rest), now)
        return leaving, [*chosen, *late, *over]

    def company(
        self, due: Sequence[Delivery], now: datetime, lease: timedelta
    ) -> Sequence[Delivery]:
        """What else is due on channels that collect, so that no message goes out in parts."""
        collecting = {
            (one.subscriber, one.channel)
            for one in due
            if not one.urgent and (has_stop(one) or self.has_digest(one))
        }
        return self.store.claim_company(sorted(collecting), now, lease) if collecting else ()

    def has_digest(self, delivery: Delivery) -> bool:
        channel = self.addressee(delivery)[1]
        return channel is not None and channel.digest is not None

    def silenced(
        self, due: Sequence[Delivery], now: datetime
    ) -> tuple[list[Delivery], Sequence[Delivery]]:
        """What a silence hides, and the rest. One that a person let go is not hidden again."""
        silences = self.store.silences_at(now)
        if not silences:
            return [], due
        releases = self.store.releases_by_id({one.release_id for one in due})
        held = {
            one.id: found
            for one in due
            if not one.silence and one.release_id in releases
            if (found := hidden(one, releases[one.release_id], silences))
        }
        return list(held.values()), [one for one in due if one.id not in held]

    def within_limit(
        self, channel: Channel, messages: Sequence[Batch], now: datetime
    ) -> tuple[Sequence[Batch], list[Delivery]]:
        """The messages that the channel's limit lets pass, what was collected first, and the rest.
        What waits for a secret is not sent, and uses nothing up."""
        if channel.limit is None or channel.missing:
            return messages, []
        free = [one for one in messages if not is_counted(one)]
        counted = sorted(filter(is_counted, messages), key=len, reverse=True)
        if not counted:
            return free, []
        room, until = self.store.spend(counted[0][0], channel.limit, len(counted), now)
        over = [delivery for message in counted[room:] for delivery in message]
        return [*free, *counted[:room]], [waiting(one, Stop("limit", until)) for one in over]


def has_stop(delivery: Delivery) -> bool:
    return any(stopped_by(delivery, stage) for stage in (*COLLECTS, "merge"))


def is_counted(message: Batch) -> bool:
    """Whether a limit counts a message: only first tries, and nothing that is urgent."""
    return not (message[0].urgent or message[0].attempts)


def by_choice(
    group: Batch,
    subscriber: Subscriber,
    channel: Channel,
    choices: Sequence[Choice],
    now: datetime,
) -> tuple[list[Delivery], Batch]:
    """What nobody is to get yet, by the choices of its readers, and the rest. What nobody wants
    leaves too: sending finds that out."""
    if not choices:
        return [], group
    found = {one.id: shares(one, subscriber, channel, choices, now) for one in group}
    waits = {one.id for one in group if found[one.id].later and not found[one.id].now}
    stay = [planned(subscriber, channel, now, one, choices) for one in group if one.id in waits]
    return stay, tuple(one for one in group if one.id not in waits)


def after_hours(
    group: Batch, subscriber: Subscriber, channel: Channel, now: datetime
) -> tuple[list[Delivery], Batch]:
    """What would go out in a quiet time, to wait for its end, and the rest."""
    late = {
        one.id: found
        for one in group
        if not one.urgent
        if (found := after_quiet(replace(one, due=now), subscriber, channel)).due != now
    }
    return list(late.values()), tuple(one for one in group if one.id not in late)
