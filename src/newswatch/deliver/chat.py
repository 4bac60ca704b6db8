"""Chat rooms with an incoming webhook of Slack's kind; the address itself is the secret."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from newswatch.deliver.post import Post, send
from newswatch.guard import ClientMaker
from newswatch.model import Outcome
from newswatch.ports import Message


@dataclass(frozen=True, slots=True)
class ChatSender:
    """Posts the message as rendered."""

    client: ClientMaker
    deadline: timedelta

    async def send(self, message: Message, now: datetime, /) -> Outcome:
        post = Post(message.channel.url, message.body, message.headers)
        return await send(self.client, post, self.deadline, now)
