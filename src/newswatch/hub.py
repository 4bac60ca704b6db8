"""What goes to hubs and to their subscribers (WebSub): a form to a hub, a question to a callback."""

import asyncio
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

import httpx

from newswatch.guard import ClientMaker, in_words, is_refusal
from newswatch.model import Outcome, Push
from newswatch.push import request_body

DEADLINE = 20.0  # seconds for the whole exchange
REDIRECTS = (307, 308)  # the only ones that hubs may send (section 5.1.2)
MOST_REDIRECTS = 3
FORM = {"content-type": "application/x-www-form-urlencoded"}


async def ask_hub(client: ClientMaker, push: Push) -> str:
    """Sends what is pending. "" where the hub took it, else one line for people.

    The body of the answer is not read: it explains errors to developers, and could repeat the
    secret into a log.
    """
    try:
        async with asyncio.timeout(DEADLINE), client() as session:
            return await follow(session, push.hub, request_body(push))
    except TimeoutError:
        return f"the hub did not answer within {DEADLINE:.0f} s"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        refused = "refused to connect: " if is_refusal(error) else ""
        return f"the hub cannot be asked: {refused}{in_words(error)}"


async def follow(session: httpx.AsyncClient, url: str, body: bytes) -> str:
    """What came of the request at a hub, or at the one that it leads to."""
    for _ in range(MOST_REDIRECTS + 1):
        async with session.stream("POST", url, content=body, headers=FORM) as response:
            status, location = response.status_code, response.headers.get("location")
        if status not in REDIRECTS or location is None:
            return said(status)
        further = urljoin(url, location)
        if is_downgrade(url, further):
            return "the hub leads from https to another scheme"
        url = further
    return f"more than {MOST_REDIRECTS} redirects"


def is_downgrade(before: str, after: str) -> bool:
    """Whether a redirect would send the secret in the clear."""
    return urlsplit(before).scheme == "https" and urlsplit(after).scheme != "https"


def said(status: int) -> str:
    """202 is what hubs answer (section 5.1.2); those of earlier drafts answer other 2xx."""
    if 200 <= status < 300:
        return ""
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
    return f"the hub answered {status} {phrase}".strip()


async def ask_subscriber(client: ClientMaker, url: str, expected: str) -> Outcome:
    """Asks a callback whether it meant what a hub was asked (section 5.3): it did if it answers 2xx
    with `expected` as its body. Anything else is a no; redirects are not followed."""
    try:
        async with (
            asyncio.timeout(DEADLINE),
            client() as session,
            session.stream("GET", url) as response,
        ):
            if not 200 <= response.status_code < 300:
                return refusal(f"the callback answered {response.status_code}")
            is_meant = await body_is(response, expected.encode())
            return Outcome(ok=True, answer="verified") if is_meant else refusal("another body")
    except TimeoutError:
        return Outcome(ok=False, answer=f"the callback did not answer within {DEADLINE:.0f} s")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        if is_refusal(error):
            return refusal(f"refused to connect: {in_words(error)}")
        return Outcome(ok=False, answer=f"the callback cannot be asked: {in_words(error)}")


def refusal(said: str) -> Outcome:
    return Outcome(ok=False, answer=f"not verified: {said}", retryable=False)


async def body_is(response: httpx.Response, expected: bytes) -> bool:
    """Reads no further than it must to tell."""
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > len(expected):
            break
    return body == expected
