"""Chat rooms with an incoming webhook of Slack's kind; the address itself is the secret."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import httpx

from newswatch.deliver.post import post
from newswatch.model import Outcome
from newswatch.ports import Message


@dataclass(frozen=True, slots=True)
class ChatSender:
    """Posts the message as rendered."""

    client: Callable[[], httpx.AsyncClient]

    async def send(self, message: Message, now: datetime, /) -> Outcome:
        url, headers = message.channel.url, message.headers
        return await post(self.client, url, message.body, headers, now)
