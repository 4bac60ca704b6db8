"""Who follows feeds through newswatch's own hub, and what is to be done at others' addresses. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal


@dataclass(frozen=True, slots=True)
class Follower:
    """A subscription at newswatch's hub that its subscriber has verified (WebSub section 5.3)."""

    topic: str  # the address of a public feed
    callback: str = field(repr=False)
    secret: str = field(repr=False)  # "": content is sent unsigned
    until: datetime


@dataclass(frozen=True, slots=True)
class Errand:
    """One request that newswatch owes somebody about a feed. There is one of each kind for a topic
    and an address: a new one takes the place of the old."""

    kind: Literal["verify", "content", "ping"]
    topic: str
    address: str = field(repr=False)  # a follower's callback; of a ping, a hub
    due: datetime
    mode: Literal["", "subscribe", "unsubscribe"] = ""  # that is to be verified
    secret: str = field(default="", repr=False)
    lease: timedelta = timedelta()
    attempts: int = 0
    stamp: int = 0  # of the row: another, where a new errand took its place
