"""One POST to an endpoint: no redirects, a deadline, and the answer as an outcome."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus

import httpx

from newswatch.guard import in_words, is_refusal, retry_after
from newswatch.model import Outcome

DEADLINE = 20.0  # seconds for the whole exchange
PHRASES = {status.value: status.phrase for status in HTTPStatus}


async def post(
    client: Callable[[], httpx.AsyncClient],
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    now: datetime,
) -> Outcome:
    """What became of it. The body of the answer is not read: its status says it all."""
    try:
        async with (
            asyncio.timeout(DEADLINE),
            client() as session,
            session.stream("POST", url, content=body, headers=headers) as response,
        ):
            return outcome(response, now)
    except TimeoutError:
        return Outcome(ok=False, answer=f"no answer within {DEADLINE:.0f} s")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        refused = "refused to connect: " if is_refusal(error) else ""
        return Outcome(ok=False, answer=refused + in_words(error))


def outcome(response: httpx.Response, now: datetime) -> Outcome:
    """2xx is success; 410 switches the endpoint off; everything else is tried again."""
    status = response.status_code
    answer = f"{status} {PHRASES.get(status, '')}".strip()
    if 200 <= status < 300:
        return Outcome(ok=True, answer=answer)
    if status == 410:
        return Outcome(ok=False, answer=answer, retryable=False, disable=True)
    if 300 <= status < 400:
        return Outcome(ok=False, answer=f"{answer} (redirects are not followed)")
    return Outcome(ok=False, answer=answer, retry_after=retry_after(response.headers, now))
