"""What the web needs from the rest of newswatch: doors, given by the wiring."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Protocol
from urllib.parse import urlsplit

from newswatch.choices import leaving
from newswatch.errors import RenderError
from newswatch.latency import Latency
from newswatch.ledger import Entry
from newswatch.model import (
    Choice,
    Correction,
    Delivery,
    DrillMessage,
    Editor,
    Mission,
    Release,
    Source,
    SourceState,
    Vote,
)
from newswatch.recipients import Recipient
from newswatch.rules.rule import Subscriber
from newswatch.timeline import Event


class SearchDoor(Protocol):
    """The newest releases that meet all that is asked for."""

    def __call__(
        self,
        limit: int,
        /,
        *,
        query: str | None = None,
        country: str | None = None,
        event: str | None = None,
        source: str | None = None,
        since: datetime | None = None,
        before: tuple[datetime, str] | None = None,
    ) -> Sequence[Release]: ...


class MissionsDoor(Protocol):
    """The missions with the latest election or release first."""

    def __call__(
        self, limit: int, /, *, country: str | None = None, body: str | None = None
    ) -> Sequence[Mission]: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """The doors for people who correct what was read. `correct` gives the release as it is then;
    with True it alerts by the rules that are met only now."""

    of: Callable[[Iterable[str]], Sequence[Correction]]
    every: Callable[[], Sequence[Correction]]
    correct: Callable[[Release, Sequence[Correction], bool], Release]
    uncorrect: Callable[[Release], None]
    now: Callable[[], datetime]


class EventsDoor(Protocol):
    """What a subscriber's webhooks were owed after a place: the place of each, the delivery, and the
    bytes that are posted, or why there are none."""

    def __call__(
        self, subscriber: Subscriber, after: tuple[int, str], most: int, /
    ) -> Iterable[tuple[tuple[int, str], Delivery, bytes | RenderError]]: ...


@dataclass(frozen=True, slots=True)
class Drills:
    """The doors for those who read a drill's message, each by the token in its link."""

    message: Callable[[str], DrillMessage | None]
    acknowledge: Callable[[str], DrillMessage | None]  # the message as it is then


@dataclass(frozen=True, slots=True)
class Hooks:
    """The doors for hubs that push (WebSub), each by the token of a callback.

    `hear` records what a hub asks or says, and gives whether newswatch agrees; `listens` gives
    whether pushes are wanted there; `take` takes a push: its body and its X-Hub-Signature.
    """

    hear: Callable[[str, Mapping[str, str]], bool]
    listens: Callable[[str], bool]
    take: Callable[[str, bytes, str], None]
    largest: Callable[[], int]  # bytes that a push may have


class Token(Protocol):
    """That a private feed has an address that works: of a rule, or of the calendar (""), made then;
    `until` where another took its place."""

    @property
    def rule(self) -> str: ...

    @property
    def created(self) -> datetime: ...

    @property
    def until(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class SelfService:
    """The doors for readers of mail, who choose for themselves.

    `key` signs their links; `choices` gives those of a subscriber; `choose` writes some and takes
    others back, and plans anew what waits; `newest` gives what channels were owed last, with the
    time; `vote` and `cast` are about how useful a delivery was; `feeds` gives the private feeds of
    a subscriber that have an address, `issue` makes one of a rule (or "", of the calendar), and
    leaves those before it a while.
    """

    key: Callable[[], bytes]
    choices: Callable[[str], Sequence[Choice]]
    choose: Callable[[Sequence[Choice], Sequence[Choice]], None]
    newest: Callable[[str, Collection[str], int], Sequence[tuple[Delivery, datetime]]]
    delivery: Callable[[str], Delivery | None]
    vote: Callable[[str, str], Vote | None]
    cast: Callable[[Vote], None]
    feeds: Callable[[str], Sequence[Token]]
    issue: Callable[[str, str, timedelta], str]
    now: Callable[[], datetime]

    def left(self, who: Recipient) -> Choice | None:
        """The choice by which an address is unsubscribed from its channel."""
        wanted = leaving(who).key
        return next((one for one in self.choices(who.subscriber) if one.key == wanted), None)

    def leave(self, who: Recipient) -> None:
        """Unsubscribes it; however often, the first time counts."""
        if self.left(who) is None:
            self.choose([leaving(who, self.now())], [])

    def come_back(self, who: Recipient) -> None:
        if held := self.left(who):
            self.choose([], [held])


@dataclass(frozen=True, slots=True)
class Site:
    """The doors. Each callable may block, and is called in a thread.

    `recent` gives the newest releases, newest first; `marker` changes whenever a release does;
    `history` gives what came after a change: versions in the order in which they were recorded, of
    whole changes, and nothing at its end; `versions` gives releases by id and version;
    `feed_by_token` gives subscriber and rule for the SHA-256 (hex) of a private feed's token;
    `ready` gives whether newswatch works, and in a line why not; `hub_request` takes a request at
    our own hub, and gives whether there is room for it. It raises `errors.HubRequestError`.
    """

    subscribers: Callable[[], Sequence[Subscriber]]
    sources: Callable[[], Sequence[Source]]
    recent: Callable[[int], Sequence[Release]]
    release: Callable[[str], Release | None]
    missions: MissionsDoor
    mission: Callable[[str], tuple[Mission, Mapping[str, Release]] | None]  # with its releases
    releases: Callable[[Iterable[str]], Mapping[str, Release]]  # by id, those that are there
    today: Callable[[], date]
    marker: Callable[[], str]
    history: Callable[[int], Sequence[tuple[int, Release]]]
    versions: Callable[[Iterable[tuple[str, int]]], Mapping[tuple[str, int], Release]]
    search: SearchDoor
    feed_by_token: Callable[[str], tuple[str, str] | None]
    states: Callable[[], Mapping[str, SourceState]]
    counts: Callable[[], Mapping[str, int]]  # deliveries, by state
    channels: Callable[[], Mapping[str, int]]  # how many are how; whose they are is not public
    ready: Callable[[], tuple[bool, str]]
    hooks: Hooks
    hub: Callable[[], str]  # the address that public feeds name as their hub (WebSub); "": none
    hub_request: Callable[[bytes], bool]
    desk: Desk
    drills: Drills
    self_service: SelfService
    events: EventsDoor
    editors: Callable[[], tuple[Editor, ...]]
    metrics: Callable[[str], tuple[bytes, str]]  # for an Accept header; with the media type
    near: Callable[[], Sequence[IPv4Network | IPv6Network]]  # who may read them without a token
    latencies: Callable[[], Sequence[Latency]]
    ledger: Callable[[str, str], tuple[Sequence[Event], Sequence[Entry]]]  # release, subscriber
    base_url: str
    version: str
    country_name: Callable[[str], str]
    moment: Callable[[], float] | None = (
        None  # seconds, to remember the marker for; None: not at all
    )

    @property
    def address(self) -> str:
        """`base_url` without a slash at its end."""
        return self.base_url.rstrip("/")

    @property
    def own_hub(self) -> str:
        return f"{self.address}/hub"

    @property
    def root(self) -> str:
        """The path of `base_url`, without a slash at its end: what every link starts with."""
        return urlsplit(self.address).path
