"""Signed webhooks (Standard Webhooks 1.0, https://www.standardwebhooks.com/)."""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks.webhooks import Webhook

from newswatch.deliver.post import Post, send
from newswatch.deliver.session import Sessions
from newswatch.model import Outcome
from newswatch.ports import Message

ASYMMETRIC = "whsk_"  # the prefix of an Ed25519 key


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """Posts the body as rendered, signed at the moment of sending with every secret in force."""

    sessions: Sessions
    deadline: timedelta

    async def send(self, message: Message, now: datetime, /) -> Outcome:
        channel = message.channel
        signatures = signed(channel.secrets, message.deliveries[0].id, now, message.body)
        headers = dict(channel.headers) | dict(message.headers) | signatures
        post = Post(channel.url, message.body, headers, channel.identity)
        return await send(self.sessions, post, self.deadline, now)


def signed(secrets: tuple[str, ...], message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """The three headers; several signatures, parted by spaces, while a secret rotates."""
    signatures = (signature(secret, message_id, now, body) for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def signature(secret: str, message_id: str, now: datetime, body: bytes) -> str:
    """`v1,` HMAC-SHA256, or with a key `whsk_…` `v1a,` Ed25519 (RFC 8032), of id, time and body."""
    if not secret.startswith(ASYMMETRIC):
        utc = now.astimezone(UTC)  # the library takes the clock's face for UTC
        return Webhook(secret).sign(message_id, utc, body.decode())
    content = f"{message_id}.{int(now.timestamp())}.".encode() + body
    return "v1a," + b64encode(private_key(secret).sign(content)).decode()


def private_key(secret: str) -> Ed25519PrivateKey:
    """From `whsk_` and base64 of the seed, 32 bytes, which the public key may follow. Raises
    `ValueError`."""
    return Ed25519PrivateKey.from_private_bytes(b64decode(secret.removeprefix(ASYMMETRIC))[:32])
