"""Deliveries of one channel → one message, by the kind of the channel. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from newswatch.errors import RenderError
from newswatch.model import Channel, Delivery, Release
from newswatch.ports import Message
from newswatch.render.alert import Alert, Item, Letterhead
from newswatch.render.chat import render_chat
from newswatch.render.mail import render_mail
from newswatch.render.webhook import render_webhook
from newswatch.rules.rule import Subscriber

RENDERERS: Mapping[str, Callable[[Alert], Message]] = {
    "email": render_mail,
    "webhook": render_webhook,
    "chat": render_chat,
}


def render_message(
    letterhead: Letterhead,
    subscriber: Subscriber,
    channel: Channel,
    deliveries: Sequence[Delivery],
    releases: Mapping[str, Release],
    now: datetime,
) -> Message:
    """One message for all the deliveries. Raises `RenderError` where it would not be valid."""
    missing = [d.release_id for d in deliveries if d.release_id not in releases]
    if missing:
        raise RenderError(f"release {missing[0]} is not in the archive")
    items = [Item(delivery, releases[delivery.release_id]) for delivery in deliveries]
    return RENDERERS[channel.kind](Alert(letterhead, subscriber, channel, by_event(items), now))


def by_event(items: Sequence[Item]) -> tuple[Item, ...]:
    """Items with the copies that go in the same message, an original before its copies."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.release.copy_of or item.release.id, []).append(item)
    ordered = [
        sorted(group, key=lambda item: item.release.copy_of is not None)
        for group in groups.values()
    ]
    return tuple(replace(first, also=tuple(copies)) for first, *copies in ordered)
