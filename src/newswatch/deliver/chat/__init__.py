"""Chat rooms, by their incoming webhooks; the address itself is the secret.

Here stands a service whose answers say more than their status; a file for each, and a line here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from newswatch.deliver.chat import discord, googlechat, slack, teams
from newswatch.deliver.chat.apprise import AppriseRoom
from newswatch.deliver.chat.said import MessageGoneError
from newswatch.deliver.post import Post, Reader, by_status, send
from newswatch.deliver.session import Sessions
from newswatch.model import Outcome
from newswatch.ports import Message


def as_it_is(message: Message) -> Post:
    return Post(message.channel.url, message.body, message.headers)


@dataclass(frozen=True, slots=True)
class Manners:
    """How a service is spoken to, and how its answers are read."""

    post: Callable[[Message], Post] = as_it_is
    read: Reader = by_status


SERVICES: Mapping[str, Manners] = {
    "slack": Manners(read=slack.read),
    "discord": Manners(discord.post, discord.read),
    "teams": Manners(read=teams.read),
    "googlechat": Manners(googlechat.post),
}


@dataclass(frozen=True, slots=True)
class ChatSender:
    """Posts the message as rendered; in the place of the one that it corrects where that can be."""

    sessions: Sessions
    apprise: AppriseRoom
    deadline: timedelta

    async def send(self, message: Message, now: datetime, /) -> Outcome:
        if message.channel.service == "apprise":
            return await self.apprise.send(message, now)
        try:
            return await self.post(message, now)
        except MessageGoneError:
            return await self.post(replace(message, corrects=""), now)

    async def post(self, message: Message, now: datetime) -> Outcome:
        manners = SERVICES.get(message.channel.service, Manners())
        return await send(self.sessions, manners.post(message), self.deadline, now, manners.read)
