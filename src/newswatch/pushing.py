"""The verbs of push: hubs are asked, hubs verify, hubs push. Pure but for the doors it is given.

    ask:      sources that name a hub → what is missing, over, or due → one request each
    hear:     a hub's question → is it about what was asked? → record, answer
    take:     a hub's push → is it signed? → its source is due

What each of them means is in push.py.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

from newswatch.model import Push, Source
from newswatch.ports import InThread, PushStore
from newswatch.push import (
    Heard,
    arrange,
    asking,
    denied,
    heard,
    is_due,
    is_signed,
    leased,
    poll_after,
    wanted,
)

Taken = Literal["due", "unsigned"]


@dataclass(frozen=True, slots=True)
class Pushing:
    """The verbs, with the doors that they use. Built by app.py, and rebuilt whole on reload."""

    store: PushStore
    send: Callable[[Push], Awaitable[str]]  # sends a request; gives why it failed, or ""
    sources: Mapping[str, Source]  # those that are polled
    base_url: str  # where hubs reach newswatch; "": nothing is to be pushed
    token: Callable[[], str]  # that nobody can guess
    clock: Callable[[], datetime]
    spread: Callable[[], float]  # in [0, 1): what jitter is made of
    in_thread: InThread

    # -- ask ----------------------------------------------------------------------------------

    def claim(self, room: int) -> tuple[Push, ...]:
        """Takes the subscriptions whose hub is to be asked now: to begin, to renew, or to end. Each
        is pending before its request is sent, because a hub may verify before it answers."""
        now = self.clock()
        due = [one for one in self.arranged(now) if is_due(one, now)]
        asked = ((asking(one, now, self.spread()), one.next_ask) for one in due[:room])
        return tuple(one for one, since in asked if self.store.claim_push(one, since))

    def arranged(self, now: datetime) -> Sequence[Push]:
        """The subscriptions, brought in line with what the sources say now."""
        held = self.store.pushes()
        topics = wanted(self.sources, self.store.source_states()) if self.base_url else {}
        found = arrange(held, topics, self.base_url, self.token, now)
        if not found:
            return held
        self.store.arrange_pushes(found.new, found.given_up, found.over, now)
        return self.store.pushes()

    async def ask(self, asked: Push) -> str:
        """Sends one request. Gives why it failed, or "": then the hub will verify."""
        reason = await self.send(asked)
        if reason:
            await self.in_thread(partial(self.store.refuse_push, asked, reason))
        return reason

    # -- hear ---------------------------------------------------------------------------------

    def hear(self, push: Push, query: Mapping[str, str]) -> Heard:
        """Records what a hub said at the callback of a subscription."""
        now = self.clock()
        said = heard(push, query, now)
        if said == "verified":
            self.verified(push, leased(push, query, now, self.spread()))
        if said == "denied":
            self.refused(push, denied(push, query, now), now)
        return said

    def verified(self, push: Push, after: Push) -> None:
        if push.is_wanted:
            self.store.settle_push(after)
        else:
            self.store.end_push(push.token)

    def refused(self, push: Push, after: Push, now: datetime) -> None:
        """A subscription that is refused; its source is polled as often as without a hub."""
        source = self.sources.get(push.source_id)
        if source is None or not push.is_wanted:
            self.store.end_push(push.token)
        else:
            self.store.deny_push(after, max(now + source.every, self.poll_after(source, now)))

    # -- take ---------------------------------------------------------------------------------

    def take(self, push: Push, body: bytes, signature: str) -> Taken:
        """Makes the source due, if what was pushed is signed as agreed. The body is not read: what
        is new comes by an ordinary poll."""
        if not is_signed(push.secret, body, signature):
            return "unsigned"
        now = self.clock()
        source = self.sources.get(push.source_id)
        at = self.poll_after(source, now) if source else now
        self.store.record_push(push, now, at)
        return "due"

    def poll_after(self, source: Source, now: datetime) -> datetime:
        return poll_after(source, self.sources, self.store.source_states(), now)
