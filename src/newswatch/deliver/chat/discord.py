"""Discord's webhooks: the answer holds the message's id, by which a correction takes its place.

https://discord.com/developers/docs/resources/webhook and .../topics/rate-limits. Errors are JSON with
a `code`; 429 says in `retry_after` how many seconds, with a fraction.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from urllib.parse import urlencode, urlsplit, urlunsplit

import aiohttp

from newswatch.deliver.chat.said import (
    MessageGoneError,
    as_object,
    body_of,
    gone,
    refused,
    with_words,
)
from newswatch.deliver.post import Post, outcome
from newswatch.model import Outcome
from newswatch.ports import Message

UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, INVALID_FORM = 10008, 10015, 50035
LONGEST = 86_400  # seconds of `retry_after` that are believed


def post(message: Message) -> Post:
    """A new message, or the one that is corrected."""
    parts = urlsplit(message.channel.url)
    if message.corrects:
        path = f"{parts.path.rstrip('/')}/messages/{message.corrects}"
        url = urlunsplit(parts._replace(path=path))
        return Post(url, message.body, message.headers, method="PATCH")
    query = f"{parts.query}&{urlencode({'wait': 'true'})}".lstrip("&")
    return Post(urlunsplit(parts._replace(query=query)), message.body, message.headers)


async def read(response: aiohttp.ClientResponse, now: datetime) -> Outcome:
    """Raises `MessageGoneError`."""
    made, said = outcome(response, now), as_object(await body_of(response))
    if made.ok:
        return replace(made, receipt=snowflake(said.get("id")))
    made = with_words(made, str(said.get("message", "")))
    if said.get("code") == UNKNOWN_MESSAGE:
        raise MessageGoneError
    if said.get("code") == UNKNOWN_WEBHOOK:
        return gone(made)
    if said.get("code") == INVALID_FORM:
        return refused(made)
    return replace(made, retry_after=made.retry_after or pause(said.get("retry_after")))


def snowflake(value: object) -> str:
    """An id of Discord's, which goes into an address: digits, or else ""."""
    text = str(value)
    return text if text.isascii() and text.isdecimal() and len(text) < 25 else ""


def pause(seconds: object) -> timedelta | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        return None
    return timedelta(seconds=ceil(min(seconds, LONGEST)))
