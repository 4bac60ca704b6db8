"""What the pipeline needs from outside: small protocols, implemented at the edges. Pure."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol, TypeAlias, TypeVar

from newswatch.model import (
    Change,
    Channel,
    ChannelState,
    Choice,
    Correction,
    Delivery,
    Document,
    DrillMessage,
    Entry,
    Errand,
    Fetched,
    Follower,
    Lane,
    Limit,
    Listing,
    Match,
    Mission,
    Outcome,
    Poll,
    Push,
    Release,
    Retraction,
    Silence,
    Source,
    SourceState,
    Subject,
    Suppression,
    Tally,
    Tombstone,
    Validators,
    Withdrawal,
)

T = TypeVar("T")


class InThread(Protocol):
    """Runs blocking work beside the event loop."""

    def __call__(self, work: Callable[[], T]) -> Awaitable[T]: ...


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser found: entries in document order, and one line for each oddity."""

    entries: tuple[Entry, ...]
    warnings: tuple[str, ...] = ()
    title: str | None = None
    language: str | None = None
    fresh_for: timedelta | None = None  # the feed's own `ttl` (RSS 2.0)
    next_page: str | None = None  # the address of older entries
    layout: Listing | None = None  # the one that fitted, of a listing
    hub: str | None = None  # where the document says it is pushed from (WebSub)
    topic: str | None = None  # its own address, as it says (`rel="self"`)
    tombstones: tuple[Tombstone, ...] = ()


@dataclass(frozen=True, slots=True)
class Gist:
    """What is kept in mind of an entry that was read: enough to count it, and to tell whether its
    release is the one that is held, without reading it again."""

    title: str
    link: str | None
    place: str | None  # the link as far as it identifies; None: it has no page of its own
    day: date | None  # when it was published, as its publisher said
    release: Release | None  # None: it became none
    length: int = 0  # characters of title and text
    damaged: int = 0  # of them, that are U+FFFD


@dataclass(frozen=True, slots=True)
class Intake:
    """What a document gave: its entries in document order, with the releases that they became, not
    yet understood, and one line for each entry that became none and for each oddity.

    A release of an entry that was read before, and that is held as it is, is without its texts.
    """

    gists: tuple[Gist, ...]
    tally: Tally
    oddities: tuple[str, ...] = ()
    fresh_for: timedelta | None = None
    next_page: str | None = None
    layout: Listing | None = None
    title: str | None = None
    language: str | None = None
    hub: str | None = None  # as its headers say, or else the document
    topic: str | None = None
    retractions: tuple[Retraction, ...] = ()

    @property
    def releases(self) -> tuple[Release, ...]:
        return tuple(gist.release for gist in self.gists if gist.release is not None)


class Reader(Protocol):
    """A document to releases. Raises `errors.ParseError` where it is not what it should be."""

    def __call__(self, document: Document, source: Source, now: datetime) -> Intake: ...


class ArticleReader(Protocol):
    """A release with the text of its own page. Raises `errors.ParseError` where there is none."""

    def __call__(self, document: Document, source: Source, release: Release) -> Release: ...


class Fetcher(Protocol):
    """One conditional GET with limits; never raises for what a server does."""

    async def fetch(self, url: str, validators: Validators) -> Fetched: ...


class Parser(Protocol):
    """Bytes to entries. Raises `errors.ParseError` where the document is not what it should be."""

    def __call__(self, document: Document, source: Source) -> Parsed: ...


@dataclass(frozen=True, slots=True)
class Known:
    """What the store holds of a release: enough to decide new, revised or same."""

    release_id: str
    fingerprint: str
    version: int
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to send on one channel: the deliveries that it settles, rendered.

    `body` is the exact bytes to send (RFC 5322 message, JSON document). `headers` are the HTTP
    headers that belong to the body, or what stands in a mail for the tokens of its reader; signing
    and addressing happen at the moment of sending. `corrects` is the receipt of the message that
    this one is to take the place of, where there is one.
    """

    channel: Channel
    deliveries: tuple[Delivery, ...]
    body: bytes
    headers: Mapping[str, str]
    corrects: str = ""


class Sender(Protocol):
    """A channel kind: one method; what went wrong is data."""

    async def send(self, message: Message, now: datetime, /) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one delivery's attempt, for the store to write in one transaction."""

    delivery: Delivery  # with its new state, attempts and due
    at: datetime
    duration: timedelta
    outcome: Outcome
    message: Message | None = None  # as it was sent, where it is to be sent so again
    kind: str = ""  # of its channel; "": that is no longer there


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an attempt means for its channel, and what the operators are told of it.

    `back_since`: it is well again, and is to get what it missed since then. `subject`: what the
    notice is about where several channels have it in common, so that it is told once; `is_over`
    says that it is mended.
    """

    state: ChannelState
    changes: tuple[Change, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    back_since: datetime | None = None
    subject: str = ""
    is_over: bool = False


Judge: TypeAlias = Callable[[ChannelState], Verdict]


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt that is over: what became of its deliveries, all of one channel, and what that
    means for it."""

    settled: tuple[Settled, ...]
    judge: Judge

    @property
    def lane(self) -> Lane:
        one = self.settled[0].delivery
        return one.subscriber, one.channel

    @property
    def at(self) -> datetime:
        return self.settled[0].at + self.settled[0].duration


Room: TypeAlias = Callable[[ChannelState], int]  # how many of a channel's deliveries may be taken


class Store(Protocol):
    """What is remembered. Every method is one transaction; instants are aware UTC."""

    def source_states(self) -> Mapping[str, SourceState]: ...

    def claim_sources(self, now: datetime, lease: timedelta, limit: int) -> Sequence[str]: ...

    def known(self, release_ids: Iterable[str]) -> Mapping[str, Known]: ...

    def named(self, source_id: str, names: Iterable[str]) -> Mapping[str, str]: ...

    def like(self, source_id: str, likenesses: Iterable[str]) -> Mapping[str, Known]: ...

    def covers_election(self, source_id: str, first: date, last: date) -> bool: ...

    def matches_of(self, release_id: str) -> Sequence[Match]: ...

    def missions_about(self, countries: Collection[str]) -> Sequence[Mission]: ...

    def missions_since(self, day: date) -> Sequence[Mission]: ...

    def releases_near(
        self, subjects: Collection[Subject], days: timedelta, also: Collection[str]
    ) -> Sequence[Release]: ...

    def correct(self, made: Sequence[Correction]) -> None: ...

    def release_ids(self) -> Sequence[str]: ...

    def rewrite(
        self,
        placed: Sequence[Change],
        revised: Sequence[Change],
        owed: Sequence[Delivery],
        now: datetime,
        quiet: str = "",
    ) -> None: ...

    def forget_missions(self) -> None: ...

    def corrections(self, release_ids: Iterable[str]) -> Sequence[Correction]: ...

    def record(self, poll: Poll) -> None: ...

    def add(self, poll: Poll) -> None: ...

    def document(self, source_id: str, digest: str) -> Document | None: ...

    def claim_deliveries(
        self, now: datetime, lease: timedelta, limit: int, room: Room
    ) -> Sequence[Delivery]: ...

    def claim_company(
        self, channels: Iterable[tuple[str, str]], now: datetime, lease: timedelta
    ) -> Sequence[Delivery]: ...

    def put_back(self, stay: Sequence[Delivery]) -> None: ...

    def spend(
        self, one: Delivery, limit: Limit, wanted: int, now: datetime
    ) -> tuple[int, datetime]: ...

    def waiting(self, release_id: str) -> Sequence[Delivery]: ...

    def owed_of(self, release_id: str) -> Sequence[Delivery]: ...

    def owed_after(
        self, subscriber: str, channels: Collection[str], after: tuple[int, str], most: int
    ) -> Sequence[tuple[int, Delivery]]: ...

    def withdraw(self, one: Withdrawal, now: datetime) -> bool: ...

    def silences_at(self, now: datetime) -> Sequence[Silence]: ...

    def choices(self) -> Sequence[Choice]: ...

    def choices_of(self, lanes: Collection[Lane]) -> Mapping[Lane, Sequence[Choice]]: ...

    def releases_by_id(self, ids: Iterable[str]) -> Mapping[str, Release]: ...

    def releases_by_version(
        self, keys: Iterable[tuple[str, int]]
    ) -> Mapping[tuple[str, int], Release]: ...

    def kept_message(self, delivery_id: str) -> tuple[bytes, Mapping[str, str]] | None: ...

    def delivery(self, delivery_id: str) -> Delivery | None: ...

    def settle(self, ended: Sequence[Ended]) -> None: ...

    def suppressed(self, lanes: Collection[Lane]) -> Mapping[Lane, Collection[str]]: ...


class ReturnStore(Protocol):
    """What is remembered of mails that came back. Every method is one transaction."""

    def delivery(self, delivery_id: str) -> Delivery | None: ...

    def count_bounce(self, delivery_id: str, made: Suppression, after: int) -> bool: ...

    def add(self, poll: Poll) -> None: ...


class DrillStore(Protocol):
    """What is remembered of drills. Every method is one transaction."""

    def hold_drill(self, messages: Sequence[DrillMessage], poll: Poll) -> bool: ...

    def last_drills(self) -> Mapping[str, datetime]: ...

    def unanswered_drills(self, until: datetime) -> Sequence[DrillMessage]: ...

    def tell_drills(self, late: Sequence[DrillMessage], poll: Poll, now: datetime) -> None: ...

    def delivery_states(self, ids: Collection[str]) -> Mapping[str, str]: ...


class PushStore(Protocol):
    """What is remembered of hubs. Every method is one transaction."""

    def source_states(self) -> Mapping[str, SourceState]: ...

    def pushes(self) -> Sequence[Push]: ...

    def push(self, token: str) -> Push | None: ...

    def arrange_pushes(
        self, new: Sequence[Push], given_up: Sequence[str], over: Sequence[str], now: datetime
    ) -> None: ...

    def claim_push(self, asked: Push, due: datetime) -> bool: ...

    def refuse_push(self, asked: Push, reason: str) -> None: ...

    def settle_push(self, said: Push) -> None: ...

    def deny_push(self, said: Push, next_poll: datetime) -> None: ...

    def end_push(self, token: str) -> None: ...

    def record_push(self, push: Push, now: datetime, poll_at: datetime) -> None: ...


class HubStore(Protocol):
    """What is remembered of followers of our own hub, and owed to them. Every method is one
    transaction."""

    def follow(self, follower: Follower) -> None: ...

    def unfollow(self, topic: str, callback: str) -> None: ...

    def follower(self, topic: str, callback: str, now: datetime) -> Follower | None: ...

    def announce(
        self, places: Mapping[str, tuple[str, Sequence[str]]], hub: str, now: datetime
    ) -> int: ...

    def owe_verification(self, errand: Errand) -> bool: ...

    def claim_errands(self, now: datetime, lease: timedelta, limit: int) -> Sequence[Errand]: ...

    def settle_errand(self, done: Errand, again: Errand | None) -> None: ...
