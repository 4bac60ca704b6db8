"""One POST to an endpoint: no redirects, a deadline, and the answer as an outcome."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp
import httpx

from newswatch.deliver.session import Sessions, in_words, is_refusal
from newswatch.guard import retry_after
from newswatch.model import Identity, Outcome

DEADLINE = timedelta(seconds=20)  # for the whole exchange
BUSY = (429, 502, 503, 504)  # Standard Webhooks 1.0, "Deliverability": send less for a while
SKEW = timedelta(minutes=5)  # what verifying libraries tolerate
PHRASES = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Post:
    """A request to an endpoint."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    identity: Identity | None = None
    method: str = "POST"


Reader = Callable[[aiohttp.ClientResponse, datetime], Awaitable[Outcome]]


async def by_status(response: aiohttp.ClientResponse, now: datetime) -> Outcome:
    """The body of the answer is not read: its status says it all."""
    return outcome(response, now)


async def send(
    sessions: Sessions,
    post: Post,
    deadline: timedelta,
    now: datetime,
    read: Reader = by_status,
) -> Outcome:
    """What became of it, as `read` says of the answer."""
    try:
        async with (
            asyncio.timeout(deadline.total_seconds()),
            sessions.request(
                post.method, post.url, post.body, post.headers, post.identity
            ) as response,
        ):
            return await read(response, now)
    except (aiohttp.ClientError, httpx.HTTPError, httpx.InvalidURL) as error:
        refused = "refused to connect: " if is_refusal(error) else ""
        return Outcome(ok=False, answer=refused + in_words(error))
    except TimeoutError:
        return Outcome(ok=False, answer=f"no answer within {deadline.total_seconds():g} s")


def outcome(response: aiohttp.ClientResponse, now: datetime) -> Outcome:
    """2xx is success; 410 switches the endpoint off; everything else is tried again."""
    status = response.status
    answer = f"{status} {PHRASES.get(status, '')}".strip()
    if 200 <= status < 300:
        return Outcome(ok=True, answer=answer)
    if status == 410:
        return Outcome(ok=False, answer=answer, retryable=False, disable=True)
    if 300 <= status < 400:
        return Outcome(ok=False, answer=f"{answer} (redirects are not followed)")
    return Outcome(
        ok=False,
        answer=answer + clock_hint(response.headers, now),
        retry_after=retry_after(response.headers, now),
        is_busy=status in BUSY,
    )


def clock_hint(headers: Mapping[str, str], now: datetime) -> str:
    """What an endpoint that refuses may suffer from: a clock too far from ours for any signature
    (its Date header, RFC 9110 section 6.6.1)."""
    try:
        theirs = parsedate_to_datetime(headers.get("date", ""))
        apart = theirs - now
    except (ValueError, TypeError, IndexError):  # none, or not one in GMT
        return ""
    if abs(apart) <= SKEW:
        return ""
    minutes = abs(apart) // timedelta(minutes=1)
    side = "ahead of" if apart > timedelta(0) else "behind"
    return f" (its clock is {minutes} min {side} ours: it may take no signature for fresh)"
