"""The verbs of publishing by WebSub: feeds that changed are told of, to followers and to a hub.
Pure but for the doors it is given.

    take:      a request at our hub → owed: a verification
    announce:  feeds that changed since they were last announced → owed: content, or a ping
    run:       what is owed → send → settle

What each of them means is in distribution.py.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from newswatch.distribution import (
    asked,
    content_headers,
    ping_body,
    tried_again,
    verification,
    verified,
)
from newswatch.model import Errand, Outcome
from newswatch.ports import HubStore, InThread

LEASE = timedelta(minutes=2)  # longer than any request may take
FORM = {"content-type": "application/x-www-form-urlencoded"}


class Topics(Protocol):
    """The public feeds that may be followed."""

    def places(self) -> Mapping[str, tuple[str, Sequence[str]]]:
        """By feed: what changes whenever it does, and the addresses that it can be had at."""

    def knows(self, topic: str) -> bool: ...

    def document(self, topic: str) -> tuple[bytes, str] | None:
        """The feed at that address as it is now, and its media type; None: it is public no more."""


class Post(Protocol):
    """One POST; what went wrong is data."""

    def __call__(
        self, url: str, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> Awaitable[Outcome]: ...


class Ask(Protocol):
    """One GET, to hear `expected` in the answer; what went wrong is data."""

    def __call__(self, url: str, expected: str) -> Awaitable[Outcome]: ...


@dataclass(frozen=True, slots=True)
class Distributing:
    """The verbs, with the doors that they use. Built by app.py, and rebuilt whole on reload."""

    store: HubStore
    topics: Topics
    hub: str  # the address that feeds name as their hub
    is_ours: bool
    post: Post
    ask: Ask
    challenge: Callable[[], str]  # that nobody can guess
    clock: Callable[[], datetime]
    in_thread: InThread

    def take(self, body: bytes) -> bool:
        """Takes a request at our hub; False where there are too many. Raises `HubRequestError`."""
        return self.store.owe_verification(asked(body, self.topics.knows, self.clock()))

    def announce(self) -> int:
        """Owes what feeds that changed are to be told of. Returns how many errands that makes."""
        hub = "" if self.is_ours else self.hub
        return self.store.announce(self.topics.places(), hub, self.clock())

    def claim(self, room: int) -> Sequence[Errand]:
        return self.store.claim_errands(self.clock(), LEASE, room)

    async def run(self, errand: Errand) -> Outcome:
        """Sends and settles what is owed."""
        send = {
            "verify": self.verify,
            "content": self.distribute,
            "ping": self.ping,
        }[errand.kind]
        outcome = await send(errand)
        now = self.clock()
        again = None if outcome.ok else tried_again(errand, outcome, now)
        await self.in_thread(partial(self.store.settle_errand, errand, again))
        return outcome

    async def verify(self, errand: Errand) -> Outcome:
        challenge = self.challenge()
        outcome = await self.ask(verification(errand, challenge), challenge)
        if outcome.ok and errand.mode == "subscribe":
            await self.in_thread(partial(self.store.follow, verified(errand, self.clock())))
        elif outcome.ok:
            await self.in_thread(partial(self.store.unfollow, errand.topic, errand.address))
        return outcome

    async def distribute(self, errand: Errand) -> Outcome:
        """Sends the feed as it is now; a follower that is gone (410) follows no more."""
        follower = await self.in_thread(
            partial(self.store.follower, errand.topic, errand.address, self.clock())
        )
        document = await self.in_thread(partial(self.topics.document, errand.topic))
        if follower is None or document is None:
            return Outcome(ok=False, answer="not followed any more", retryable=False)
        body, content_type = document
        headers = content_headers(follower, self.hub, content_type, body)
        outcome = await self.post(errand.address, body, headers, self.clock())
        if outcome.disable:
            await self.in_thread(partial(self.store.unfollow, errand.topic, errand.address))
        return outcome

    async def ping(self, errand: Errand) -> Outcome:
        return await self.post(errand.address, ping_body(errand.topic), FORM, self.clock())
