"""Channels: one file for each kind, and one line here. What went wrong is data, not an exception."""

from collections.abc import Callable, Mapping

import httpx

from newswatch.deliver.chat import ChatSender
from newswatch.deliver.email import MailSender
from newswatch.deliver.webhook import WebhookSender
from newswatch.model import MailServer
from newswatch.ports import Sender


def make_senders(
    client: Callable[[], httpx.AsyncClient],
    mail: MailServer | None,
) -> Mapping[str, Sender]:
    """The senders by channel kind. `client` makes a guarded HTTP client for one exchange."""
    senders: dict[str, Sender] = {
        "webhook": WebhookSender(client),
        "chat": ChatSender(client),
    }
    return senders if mail is None else senders | {"email": MailSender(mail)}
