"""Deliveries of one channel → one message, by the kind of the channel. Pure."""

from collections.abc import Callable, Mapping, Sequence
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
    items = tuple(Item(delivery, releases[delivery.release_id]) for delivery in deliveries)
    return RENDERERS[channel.kind](Alert(letterhead, subscriber, channel, items, now))
