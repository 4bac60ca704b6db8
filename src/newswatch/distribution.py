"""Newswatch's own hub (WebSub, https://www.w3.org/TR/websub/): what may be asked of it, and what it
owes. Pure."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from newswatch.errors import HubRequestError
from newswatch.model import Errand, Follower, Outcome

LEASE = timedelta(days=10)  # where none is asked for
SHORTEST_LEASE, LONGEST_LEASE = timedelta(minutes=5), timedelta(days=30)
LONGEST_ADDRESS = 2_000  # characters
LONGEST_SECRET = 199  # bytes (section 5.1)
LONGEST_REQUEST = 16_384  # bytes
MOST_FIELDS = 50
RETRY = tuple(timedelta(seconds=one) for one in (10, 60, 600, 3_600, 21_600))


# -- what is asked of the hub --------------------------------------------------------------------


def asked(body: bytes, is_topic: Callable[[str], bool], now: datetime) -> Errand:
    """The verification that a request leads to (section 5.1). Other fields are ignored. Raises
    `HubRequestError`."""
    form = fields(body)
    mode, topic, callback = (form.get(f"hub.{name}", "") for name in ("mode", "topic", "callback"))
    if mode not in ("subscribe", "unsubscribe"):
        raise HubRequestError('hub.mode must be "subscribe" or "unsubscribe"')
    if not is_address(callback):
        raise HubRequestError("hub.callback must be an http or https address without a fragment")
    if not is_topic(topic):
        raise HubRequestError("hub.topic is not the address of a public feed of this site")
    secret = form.get("hub.secret", "")
    if len(secret.encode()) > LONGEST_SECRET:
        raise HubRequestError(f"hub.secret must be shorter than {LONGEST_SECRET + 1} bytes")
    return Errand(
        "verify",
        topic,
        callback,
        now,
        mode="subscribe" if mode == "subscribe" else "unsubscribe",
        secret=secret,
        lease=lease_of(form.get("hub.lease_seconds", "")),
    )


def fields(body: bytes) -> dict[str, str]:
    """A form's fields (WHATWG URL, application/x-www-form-urlencoded). Raises `HubRequestError`."""
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError:
        raise HubRequestError("the request is not a form in UTF-8") from None
    return dict(pairs)


def is_address(url: str) -> bool:
    """Whether something can be sent there. What it resolves to is the guard's matter."""
    if len(url) > LONGEST_ADDRESS or not url.isprintable() or " " in url or "#" in url:
        return False
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and has_host and "@" not in parts.netloc


def lease_of(seconds: str) -> timedelta:
    """The lease that is granted: what was asked for, within bounds."""
    if not (seconds.isascii() and seconds.isdecimal() and len(seconds) < 10):
        return LEASE
    return min(max(timedelta(seconds=int(seconds)), SHORTEST_LEASE), LONGEST_LEASE)


# -- what the hub sends --------------------------------------------------------------------------


def verification(errand: Errand, challenge: str) -> str:
    """Where a subscriber is asked whether it meant it (section 5.3): its callback, with the query
    that it has."""
    said = {
        "hub.mode": errand.mode,
        "hub.topic": errand.topic,
        "hub.challenge": challenge,
        "hub.lease_seconds": str(int(errand.lease.total_seconds())),
    }
    return with_query(errand.address, said)


def with_query(url: str, said: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode(said)) if part)
    return urlunsplit(parts._replace(query=query))


def content_headers(follower: Follower, hub: str, content_type: str, body: bytes) -> dict[str, str]:
    """The headers of pushed content (section 7): type, hub, topic, and the signature where a secret
    was given."""
    headers = {
        "content-type": content_type,
        "link": f'<{hub}>; rel="hub", <{follower.topic}>; rel="self"',
    }
    if follower.secret:
        headers["x-hub-signature"] = signature(follower.secret, body)
    return headers


def signature(secret: str, body: bytes) -> str:
    return f"sha256={hmac.new(secret.encode(), body, 'sha256').hexdigest()}"


def ping_body(topic: str) -> bytes:
    """What tells another hub that a feed changed; hubs disagree on the field's name, so both."""
    return urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}).encode()


# -- what became of it ---------------------------------------------------------------------------


def verified(errand: Errand, now: datetime) -> Follower:
    return Follower(errand.topic, errand.address, errand.secret, now + errand.lease)


def tried_again(errand: Errand, outcome: Outcome, now: datetime) -> Errand | None:
    """The errand after an attempt that failed; None where there is no use in another."""
    if not outcome.retryable or errand.attempts >= len(RETRY):
        return None
    pause = max(RETRY[errand.attempts], outcome.retry_after or timedelta())
    return replace(errand, attempts=errand.attempts + 1, due=now + pause)
