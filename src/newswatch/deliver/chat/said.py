"""What a chat service says in the body of its answer, as far as it is looked at."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import aiohttp

from newswatch.model import Outcome

MOST = 64_000  # bytes of an answer
SHOWN = 100  # characters of it


class MessageGoneError(Exception):
    """The message that a correction would take the place of is no longer there."""


async def body_of(response: aiohttp.ClientResponse) -> bytes:
    """The beginning of the body."""
    body = b""
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) >= MOST:
            break
    return body[:MOST]


def as_object(body: bytes) -> Mapping[str, Any]:
    """The JSON object that it is; an empty one where it is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def with_words(outcome: Outcome, words: str) -> Outcome:
    """The outcome, with what the service says of it in one line."""
    shown = " ".join("".join(c if c.isprintable() else " " for c in words).split())[:SHOWN]
    return replace(outcome, answer=f"{outcome.answer} ({shown})") if shown else outcome


def gone(outcome: Outcome) -> Outcome:
    """Nobody is behind the address any more: the channel is stopped, and its operators are told."""
    return replace(outcome, retryable=False, disable=True)


def refused(outcome: Outcome) -> Outcome:
    """This message is none for the service, and would be none the next time."""
    return replace(outcome, retryable=False)
