"""Push (WebSub, https://www.w3.org/TR/websub/): what hubs are asked, and whether what comes is theirs.
Pure.

A push is a reason to poll at once and nothing more: its content is not read. Polling stays the
truth; it is rarer while a hub keeps its word.
"""

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlencode, urlsplit

from newswatch.links import linked
from newswatch.model import Change, Document, Push, Source, SourceState
from newswatch.ports import Intake, Parsed

LEASE = timedelta(days=10)  # what hubs are asked for
LONGEST_LEASE = timedelta(days=30)  # what is believed of their answer
RENEWED_AFTER = 2 / 3  # of a lease
SOONEST_RENEWAL = timedelta(minutes=10)
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(hours=1), timedelta(days=1)  # after a request that failed
JITTER = 0.1
UNVERIFIED = 3  # requests in a row until that is told
LATE = timedelta(days=1)  # after which a push will not come
BREATH = timedelta(minutes=1)  # between two polls that pushes ask for
LEASE_SECONDS = re.compile(r"0*[1-9][0-9]{0,8}")
LONGEST_CHALLENGE = 2_000  # characters
LONGEST_REASON = 200
LONGEST_ADDRESS = 2_000
METHODS = ("sha1", "sha256", "sha384", "sha512")  # section 7.1.1 names sha1 too
# Names that lead nowhere from outside (RFC 6761, RFC 6762, RFC 8375, and the usual ones).
INSIDE = ("localhost", "local", "test", "example", "invalid", "internal", "lan", "home.arpa")

Heard = Literal["verified", "confirmed", "denied", "strange"]


# -- discovery ----------------------------------------------------------------------------------


def discovered(document: Document, parsed: Parsed) -> tuple[str | None, str | None]:
    """The hub of a document and its topic (section 4): the Link headers win over what stands
    inside; a document that does not name its own address is known by the one it came from."""
    hub = linked(document.link, "hub", document.url) or parsed.hub
    topic = linked(document.link, "self", document.url) or parsed.topic or document.url
    return (hub, topic) if hub and is_sound(hub) and is_sound(topic) else (None, None)


def is_sound(address: str) -> bool:
    """Whether an address can be asked, and shown to people, as it is."""
    return len(address) <= LONGEST_ADDRESS and address.isprintable() and " " not in address


def host_of(hub: str) -> str:
    """Host and port of a hub, for people; not the name and password that may stand before."""
    return urlsplit(hub).netloc.rpartition("@")[2]


def noted(
    state: SourceState, intake: Intake, found: Sequence[Change], now: datetime
) -> SourceState:
    """The state with the hub that a document names, and whether the hub missed what is new in it."""
    if (intake.hub, intake.topic) != (state.hub, state.topic):
        return replace(state, hub=intake.hub, topic=intake.topic, unpushed=None)
    is_new = any(change.kind == "new" for change in found)
    if is_new and should_have_come(state, now) and not has_missed(state):
        return replace(state, unpushed=now)
    return state


def should_have_come(state: SourceState, now: datetime) -> bool:
    """Whether a hub that was to push said nothing since the last poll."""
    pushed = state.pushed
    if pushed is None or pushed.until is None or pushed.until <= now or state.last_poll is None:
        return False
    return all(at is None or at <= state.last_poll for at in (pushed.verified, pushed.pinged))


def pushed_for(state: SourceState, now: datetime) -> timedelta:
    """For how long a hub can be relied on, so that polls may be rarer.

    Not while it has missed something; and not right after a push: a cache may have given the poll
    what it held before, so that the next poll must not be late.
    """
    pushed = state.pushed
    if pushed is None or pushed.until is None or has_missed(state):
        return timedelta(0)
    if pushed.pinged and state.last_poll and pushed.pinged > state.last_poll:
        return timedelta(0)
    return max(pushed.until - now, timedelta(0))


def has_missed(state: SourceState) -> bool:
    """Whether a poll found something since the hub last pushed."""
    if state.pushed is None or state.unpushed is None:
        return False
    return state.pushed.pinged is None or state.pushed.pinged <= state.unpushed


def trouble(state: SourceState) -> str:
    """Why push does not work for a source that has a hub, in a few words."""
    if state.pushed is None:
        return ""
    if state.pushed.reason:
        return state.pushed.reason
    if state.pushed.until is None:
        return "not verified yet"
    return "did not push what a poll found" if has_missed(state) else ""


def works(state: SourceState, now: datetime) -> bool:
    """Whether a hub is to push, and nothing speaks against it."""
    until = state.pushed.until if state.pushed else None
    return until is not None and until > now and not has_missed(state)


def fails(state: SourceState, now: datetime) -> str:
    """Why push fails for sure, for people; "" while it works, or while that is not sure yet.

    A refusal is sure at once; a lease that the hub does not verify after three requests; a release
    that it did not push after a day, as a poll may be the faster of the two.
    """
    pushed = state.pushed
    if pushed is None or works(state, now):
        return ""
    if pushed.is_refused:
        return pushed.reason
    if pushed.until and pushed.until > now:
        late = state.unpushed is not None and now - state.unpushed >= LATE
        return "the hub did not push what a poll found" * late
    if pushed.failures < UNVERIFIED:
        return ""
    why = pushed.reason or "the hub takes requests and does not verify them"
    return f"{why}; its lease has ended" if pushed.until else why


# -- what is asked ------------------------------------------------------------------------------


def is_reachable(base_url: str) -> bool:
    """Whether an address looks like one that a hub elsewhere can reach."""
    host = (urlsplit(base_url).hostname or "").rstrip(".").lower()
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(tuple(f".{name}" for name in INSIDE))


def callback(base_url: str, token: str) -> str:
    return f"{base_url.rstrip('/')}/push/{token}"


def wanted(
    sources: Mapping[str, Source], states: Mapping[str, SourceState]
) -> dict[str, tuple[str, str]]:
    """Source id → hub and topic, of the sources that name a hub and are asked at all."""
    return {
        source_id: (state.hub, state.topic)
        for source_id, state in states.items()
        if source_id in sources and state.hub and state.topic and state.state != "gone"
    }


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What brings the subscriptions in line with the sources: new ones, the tokens of those that
    are to be ended, and of those that are over."""

    new: tuple[Push, ...]
    given_up: tuple[str, ...]
    over: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.new or self.given_up or self.over)


def arrange(
    held: Sequence[Push],
    topics: Mapping[str, tuple[str, str]],
    base_url: str,
    token: Callable[[], str],
    now: datetime,
) -> Arrangement:
    """One subscription for each source that names a hub. Another hub, topic or base URL makes a new
    one; the old one is ended. `token` gives texts that nobody can guess."""
    kept: dict[str, Push] = {}
    for push in held:
        if is_as_wanted(push, topics, base_url):
            kept.setdefault(push.source_id, push)
    missing = [source_id for source_id in topics if source_id not in kept]
    return Arrangement(
        tuple(
            made(one, topics[one], base_url, token, first_ask(one, held, now)) for one in missing
        ),
        tuple(one.token for one in held if one.is_wanted and kept.get(one.source_id) != one),
        tuple(one.token for one in held if is_over(one, now)),
    )


def is_as_wanted(push: Push, topics: Mapping[str, tuple[str, str]], base_url: str) -> bool:
    same = topics.get(push.source_id) == (push.hub, push.topic)
    return push.is_wanted and same and push.callback == callback(base_url, push.token)


def made(
    source_id: str, at: tuple[str, str], base_url: str, token: Callable[[], str], ask: datetime
) -> Push:
    """A subscription to a topic at a hub, with a callback and a secret of its own."""
    hub, topic = at
    end = token()
    return Push(end, source_id, hub, topic, callback(base_url, end), token(), ask)


def first_ask(source_id: str, held: Sequence[Push], now: datetime) -> datetime:
    """At once, unless another hub was asked for the source just now: no document makes newswatch
    send requests at will."""
    asked = [push.asked for push in held if push.source_id == source_id and push.asked]
    return max([now, *(at + SHORTEST_PAUSE for at in asked)])


def is_over(push: Push, now: datetime) -> bool:
    """Whether nothing is left to be ended at the hub; kept for an hour, for `first_ask`."""
    recently = push.asked is not None and push.asked + SHORTEST_PAUSE > now
    return not (push.is_wanted or recently or is_running(push, now))


def is_due(push: Push, now: datetime) -> bool:
    """Whether its hub is to be asked: to begin or renew, or to end what runs."""
    return push.next_ask <= now and (push.is_wanted or is_running(push, now))


def is_running(push: Push, now: datetime) -> bool:
    return push.until is not None and push.until > now


def asking(push: Push, now: datetime, spread: float) -> Push:
    """The subscription as a request goes out: pending, and to be asked again unless the hub
    verifies: after an hour, then twice as long each time, up to a day."""
    pause = min(SHORTEST_PAUSE * (1 << min(push.failures, 8)), LONGEST_PAUSE)
    return replace(
        push,
        pending="subscribe" if push.is_wanted else "unsubscribe",
        asked=now,
        next_ask=now + pause * (1 + JITTER * spread),
        failures=push.failures + 1,
        reason="",
    )


def request_body(push: Push) -> bytes:
    """The form of a request (section 5.1). A hub that is asked over plain HTTP gets the secret too:
    who listens there could do no more than make newswatch poll, and everybody else is kept out."""
    form = {"hub.callback": push.callback, "hub.mode": push.pending, "hub.topic": push.topic}
    if push.pending == "subscribe":
        form["hub.lease_seconds"] = str(int(LEASE.total_seconds()))
        form["hub.secret"] = push.secret
    return urlencode(form).encode()


# -- what hubs say ------------------------------------------------------------------------------


def heard(push: Push, query: Mapping[str, str], now: datetime) -> Heard:
    """What a GET at the callback is (sections 5.2 and 5.3): the verification of what was asked, a
    question whether a running subscription is still wanted, a denial, or none of ours."""
    mode, challenge = query.get("hub.mode"), query.get("hub.challenge", "")
    if query.get("hub.topic") != push.topic:
        return "strange"
    if mode == "denied":
        return "denied"
    if not 0 < len(challenge) <= LONGEST_CHALLENGE:
        return "strange"
    if mode and mode == push.pending:
        return "verified"
    is_kept = push.is_wanted and is_running(push, now)
    return "confirmed" if mode == "subscribe" and is_kept else "strange"


def leased(push: Push, query: Mapping[str, str], now: datetime, spread: float) -> Push:
    """The subscription that a hub verified, to be renewed when two thirds of its lease are over."""
    lease = lease_of(query.get("hub.lease_seconds", ""))
    renewal = max(lease * (RENEWED_AFTER - JITTER * spread), SOONEST_RENEWAL)
    return replace(
        push,
        pending="",
        failures=0,
        verified=now,
        until=now + lease,
        next_ask=now + renewal,
        reason="",
    )


def lease_of(seconds: str) -> timedelta:
    """What the hub says; what was asked for where it does not say it in numbers."""
    if not LEASE_SECONDS.fullmatch(seconds):
        return LEASE
    return min(timedelta(seconds=int(seconds)), LONGEST_LEASE)


def denied(push: Push, query: Mapping[str, str], now: datetime) -> Push:
    """The subscription that a hub refuses, now or after all (section 5.2): asked again in a day."""
    words = " ".join(
        "".join(c if c.isprintable() else " " for c in query.get("hub.reason", "")).split()
    )
    said = f": {words[:LONGEST_REASON]}" if words else ""
    return replace(
        push, pending="", until=None, next_ask=now + LONGEST_PAUSE, reason=f"the hub refuses{said}"
    )


def is_signed(secret: str, body: bytes, signature: str) -> bool:
    """Whether `X-Hub-Signature: method=digest` is the secret's over the body (section 7.1)."""
    method, _, digest = signature.strip().partition("=")
    if method.lower() not in METHODS:
        return False
    right = hmac.new(secret.encode(), body, method.lower()).hexdigest()
    return hmac.compare_digest(right.encode(), digest.strip().lower().encode())


def poll_after(
    source: Source, sources: Mapping[str, Source], states: Mapping[str, SourceState], now: datetime
) -> datetime:
    """When a push may lead to a poll: at once, or when the pause is over that the host asked for."""
    host = urlsplit(source.url).netloc
    same = (one.id for one in sources.values() if urlsplit(one.url).netloc == host)
    pauses = [states[one].paused_until for one in same if one in states]
    return max([now, *(until for until in pauses if until)])
