"""Channels: one file for each kind, and one line here. What went wrong is data, not an exception."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from newswatch.addresses import Network
from newswatch.deliver.chat import ChatSender
from newswatch.deliver.chat.apprise import AppriseRoom
from newswatch.deliver.email import MailSender
from newswatch.deliver.post import DEADLINE
from newswatch.deliver.relay import Relay
from newswatch.deliver.session import Sessions
from newswatch.deliver.webhook import WebhookSender
from newswatch.model import MailServer
from newswatch.ports import Sender


def make_senders(
    sessions: Sessions,
    mail: MailServer | None,
    deadline: timedelta = DEADLINE,
    allowed: Sequence[Network] = (),
    *,
    key: Callable[[], bytes],
) -> Mapping[str, Sender]:
    """The senders by channel kind. `sessions` make guarded HTTP requests, each of which
    may take as long as `deadline`; `allowed` are the private networks that it may reach. `key` gives
    what signs the links of readers of mail."""
    senders: dict[str, Sender] = {
        "webhook": WebhookSender(sessions, deadline),
        "chat": ChatSender(sessions, AppriseRoom(allowed, deadline), deadline),
    }
    return senders if mail is None else senders | {"email": MailSender(Relay(mail), key)}
