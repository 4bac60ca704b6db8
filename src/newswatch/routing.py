"""When an owed delivery goes out, and what it waits for until then. Pure.

A digest or a merge window collects first, and what would then fall into a quiet time waits for its
end. What is urgent waits for neither.
"""

from dataclasses import replace

from newswatch.hours import opens
from newswatch.model import Channel, Delivery, Release, Stop
from newswatch.rules.rule import Subscriber
from newswatch.schedule import digest_due


def routed(
    delivery: Delivery, subscriber: Subscriber, channel: Channel, release: Release
) -> Delivery:
    """A delivery that is due now, as it is due by the settings of its channel."""
    if is_urgent(delivery, subscriber, release):
        return replace(delivery, urgent=True)
    return after_quiet(collected(delivery, subscriber, channel, release), subscriber, channel)


def is_urgent(delivery: Delivery, subscriber: Subscriber, release: Release) -> bool:
    """Whether one of the rules that ask for it counts what happened as urgent."""
    asked = {match.rule for match in delivery.matches}
    event = release.reading.event
    return any(event in rule.urgent for rule in subscriber.rules if rule.id in asked)


def collected(
    delivery: Delivery, subscriber: Subscriber, channel: Channel, release: Release
) -> Delivery:
    if channel.digest is not None:
        due = digest_due(channel.digest, subscriber.timezone, delivery.due)
        return waiting(delivery, Stop("digest", due))
    if channel.merge is not None:
        original = release.copy_of or release.id
        return waiting(delivery, Stop("merge", delivery.due + channel.merge, original))
    return delivery


def after_quiet(delivery: Delivery, subscriber: Subscriber, channel: Channel) -> Delivery:
    """The delivery; where it is due in a quiet time, due at its end."""
    due = opens(channel, subscriber.timezone, delivery.due)
    if due is None or due == delivery.due:
        return delivery
    return waiting(delivery, Stop("quiet", due))


def waiting(delivery: Delivery, stop: Stop) -> Delivery:
    """The delivery, due when it need no longer wait."""
    before = tuple(one for one in delivery.stops if one.stage != stop.stage)
    return replace(delivery, due=stop.until or delivery.due, stops=(*before, stop))


def joined(delivery: Delivery, first: Delivery) -> Delivery:
    """The delivery of a copy, to go out with that of its original, which waits for it."""
    return replace(delivery, due=first.due, stops=first.stops)


def stopped_by(delivery: Delivery, stage: str) -> Stop | None:
    return next((stop for stop in delivery.stops if stop.stage == stage), None)
