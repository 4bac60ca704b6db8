"""Releases × rules → matches with why → owed deliveries. Pure."""

from base64 import b32encode
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256

from newswatch.model import Channel, Delivery, Match, Release
from newswatch.rules.find import prepare
from newswatch.rules.rule import Rule, Subscriber
from newswatch.rules.standing import Names, Standing

Course = Callable[[Delivery, Subscriber, Channel], Delivery | None]


def match(release: Release, standing: Standing) -> tuple[Match, ...]:
    """Every rule that the release meets, in the order of the configuration. Why is only asked of
    those that are met."""
    text = prepare(release)
    return tuple(
        Match(subscriber.id, rule.id, release.id, release.version, why, rule.digest, rule.shadow)
        for subscriber, rule in standing.met(text)
        if (why := rule.condition.meets(text)) is not None
    )


def owe(
    matches: Sequence[Match], subscribers: Sequence[Subscriber], now: datetime, *, course: Course
) -> tuple[Delivery, ...]:
    """One delivery for each channel that a matched rule sends to, with all the rules that do.
    `course` is asked what becomes of each that would go out now: None of those that are no news."""
    of: defaultdict[str, list[Match]] = defaultdict(list)
    for one in matches:
        of[one.subscriber].append(one)
    return tuple(
        owed
        for subscriber in subscribers
        if subscriber.id in of
        for channel, delivery in owed_to(subscriber, of[subscriber.id], now)
        if (owed := course(delivery, subscriber, channel)) is not None
    )


def told_by(original: Iterable[Match]) -> Names:
    """The rules that a release met and that spoke of it."""
    return frozenset((one.subscriber, one.rule) for one in original if not one.shadow)


def owed_to(
    subscriber: Subscriber, matches: Sequence[Match], now: datetime
) -> Iterator[tuple[Channel, Delivery]]:
    rules = {rule.id: rule for rule in subscriber.rules}
    for channel in subscriber.channels:
        sent = tuple(m for m in matches if sends(rules.get(m.rule), channel, now))
        if sent:
            yield (
                channel,
                Delivery(
                    id=delivery_id(subscriber.id, channel.id, sent[0].release_id, sent[0].version),
                    subscriber=subscriber.id,
                    channel=channel.id,
                    release_id=sent[0].release_id,
                    version=sent[0].version,
                    due=now,
                    matches=sent,
                    created=now,
                ),
            )


def sends(rule: Rule | None, channel: Channel, now: datetime) -> bool:
    return rule is not None and channel.id in rule.channels(now)


def delivery_id(subscriber: str, channel: str, release_id: str, version: int) -> str:
    """The delivery's id for ever: made from what it is, so that it cannot be owed twice."""
    key = "\n".join((subscriber, channel, release_id, str(version)))
    digest = sha256(key.encode()).digest()[:16]
    return "dlv_" + b32encode(digest).decode().rstrip("=").lower()
