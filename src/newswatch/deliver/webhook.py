"""Signed webhooks (Standard Webhooks 1.0, https://www.standardwebhooks.com/)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import httpx
from standardwebhooks.webhooks import Webhook

from newswatch.deliver.post import post
from newswatch.model import Outcome
from newswatch.ports import Message


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """Posts the body as rendered, signed at the moment of sending with every secret in force."""

    client: Callable[[], httpx.AsyncClient]

    async def send(self, message: Message, now: datetime, /) -> Outcome:
        channel = message.channel
        headers = dict(message.headers) | signed(
            channel.secrets, message.deliveries[0].id, now, message.body
        )
        return await post(self.client, channel.url, message.body, headers, now)


def signed(secrets: tuple[str, ...], message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """The three headers; several signatures, parted by spaces, while a secret rotates."""
    text = body.decode()
    signatures = (Webhook(secret).sign(message_id, now, text) for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
