"""What a source is, what its host answered, and what is remembered of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Pick:
    """How one field is taken from a listing's item.

    `select` is a CSS selector, with `@attribute` at its end for an attribute's value (`a@href`);
    `label` finds the field by the words that stand before it ("Content type"); `after` cuts
    everything up to and including those words; `split` makes a list of the value; `formats` are
    strptime patterns tried before the language's own date forms.
    """

    select: str | None = None
    label: str | None = None
    after: str | None = None
    split: str | None = None
    formats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """The layout of a newsroom's listing page: the repeated item, and its fields."""

    item: str
    title: Pick
    link: Pick
    published: Pick | None = None
    content_type: Pick | None = None
    institutions: Pick | None = None
    topics: Pick | None = None
    summary: Pick | None = None
    next: Pick | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A newsroom's feed or listing page, as the configuration states it."""

    id: str
    name: str
    kind: Literal["feed", "listing"]
    url: str
    publisher: str
    language: str | None = None
    timezone: str = "UTC"
    every: timedelta = timedelta(hours=1)
    unconditional: timedelta = timedelta(hours=24)  # `every`, where all must be asked for whole
    layouts: tuple[Listing, ...] = ()  # of a listing, tried in turn; none: inferred from the page
    quiet_first_poll: bool = True
    enabled: bool = True
    allow_empty: bool = False  # whether a list without entries is as it should be
    expect_every: timedelta | None = None  # something new, at least; None: learned
    full_text: bool = False  # whether the pages of its releases are read too


@dataclass(frozen=True, slots=True)
class Validators:
    """ETag and Last-Modified exactly as the server sent them (opaque bytes, RFC 9110 8.8). They
    belong to the address that sent them, and go to no other."""

    etag: bytes | None = None
    last_modified: bytes | None = None
    url: str = ""

    def __bool__(self) -> bool:
        return self.etag is not None or self.last_modified is not None


@dataclass(frozen=True, slots=True)
class Document:
    """Bytes and headers as fetched with status 200, after at most the allowed redirects."""

    url: str  # the effective URL, the base of relative links
    content_type: str | None  # the header's whole value
    body: bytes  # decoded from its content coding, within the cap
    validators: Validators
    content_location: str | None = None
    fresh_for: timedelta | None = None  # what the caching headers ask to wait (RFC 9111 4.2)
    moved_to: str | None = None  # where permanent redirects alone led (RFC 9110 15.4.2, 15.4.9)
    link: str | None = None  # the Link headers' whole values (RFC 8288)
    requests: int = 1  # that it took, those that were redirected among them


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server said 304; `validators` are the ones to keep."""

    validators: Validators
    fresh_for: timedelta | None = None
    moved_to: str | None = None
    requests: int = 1


@dataclass(frozen=True, slots=True)
class FetchFailure:
    """The source could not be read. `state` is the one-word state of the source: "http" (a status
    other than 200 and 304), "unreachable" (DNS, connect, TLS), "refused" (a private address or a
    forbidden URL), "timeout", "size", "encoding" (an unknown or broken content coding), "gone"
    (410). `reason` is one line for people."""

    state: str
    reason: str
    status: int | None = None
    retry_after: timedelta | None = None
    requests: int = 1  # 0: nobody was asked


Fetched = Document | NotModified | FetchFailure


@dataclass(frozen=True, slots=True)
class History:
    """What a source usually gives, from its last good readings, the newest last."""

    counts: tuple[int, ...] = ()  # entries in each
    news: tuple[int, ...] = ()  # how many of them were new, in each that brought any
    dates: tuple[datetime, ...] = ()  # when the newest releases were published, in their order
    is_dated: bool = False  # most entries have a date
    is_complete: bool = False  # entries have titles and links of their own
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Pushed:
    """What anybody may know of the hub that is asked to push a source (WebSub)."""

    hub: str
    until: datetime | None = None  # the end of the lease; None until the hub verified
    verified: datetime | None = None  # when it last did
    pinged: datetime | None = None  # when it last pushed, signed as agreed
    reason: str = ""  # why it does not push
    is_refused: bool = False  # whether the hub itself said so
    failures: int = 0  # requests in a row that the hub did not verify


Held: TypeAlias = Literal["", "soon", "ask"]

# One word for how a source is, as commands, pages and metrics show it.
SOURCE_STATES: Mapping[str, str] = {
    "new": "not polled yet",
    "ok": "read, and something in it had changed",
    "not_modified": "unchanged since the last poll",
    "http": "answered with an error",
    "unreachable": "no connection: name, network or certificate",
    "timeout": "too slow",
    "refused": "the address is not allowed",
    "robots": "robots.txt asks not to read the page",
    "blocked": "a bot check came in place of the document",
    "login": "a login page came in place of the document",
    "empty": "the list is there, and holds nothing",
    "selector": "nothing on the page is what the layout selects",
    "fields": "titles or links are missing, or all the same",
    "shrunk": "far fewer entries than usual, and none of them new",
    "churn": "nothing that was held is listed any more: alerts are held",
    "withdrawals": "takes back unusually much at once: nothing is withdrawn",
    "dates": "the dates cannot be read, or are wrong",
    "encoding": "the characters or the content coding are broken",
    "size": "larger than allowed",
    "parse": "not readable as what it should be",
    "moved": "read, at an address that it moved to for good",
    "gone": "the publisher says that it is gone for good: asked no more",
    "silent": "answers, and has brought nothing new for unusually long",
    "held": "brought unusually much at once: alerts are held",
}


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is remembered of a source between polls."""

    source_id: str
    next_poll: datetime
    validators: Validators = Validators()
    body_hash: str | None = None
    state: str = "new"  # one of SOURCE_STATES
    reason: str = ""
    failures: int = 0  # polls in a row that were not ok
    failing_since: datetime | None = None  # the first of them
    polled_once: bool = False  # True after the first successful poll: alerts may go out
    last_poll: datetime | None = None
    last_success: datetime | None = None
    moved_to: str | None = None  # where permanent redirects lead
    moved_seen: int = 0  # polls in a row that were led there
    told_at: datetime | None = None  # when the operators were last told of the running trouble
    last_new: datetime | None = None  # when the newest release was first seen
    held: Held = ""  # alerts wait: for the next good poll, or for a person
    history: History = History()
    paused_until: datetime | None = None  # what its server's Retry-After asked for
    hub: str | None = None  # where the source says that it is pushed from (WebSub section 4)
    topic: str | None = None  # the address that its hub knows it by
    unpushed: datetime | None = None  # when a poll found what its hub has not pushed since
    push_told_at: datetime | None = None  # when the operators were last told that push fails
    pushed: Pushed | None = None

    @property
    def is_well(self) -> bool:
        """Whether nothing about the source needs anybody's attention."""
        return not self.failures and not self.held and self.state != "silent"


@dataclass(frozen=True, slots=True)
class Push:
    """A subscription at a hub, as newswatch keeps it. Whoever knows callback and secret can push."""

    token: str = field(repr=False)  # the end of the callback's address
    source_id: str
    hub: str
    topic: str
    callback: str = field(repr=False)
    secret: str = field(repr=False)
    next_ask: datetime  # when the hub is asked (again)
    is_wanted: bool = True  # False: to be ended
    asked: datetime | None = None
    pending: Literal["", "subscribe", "unsubscribe"] = ""  # asked, and not verified by the hub
    failures: int = 0  # requests in a row that the hub did not verify
    until: datetime | None = None
    verified: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """One poll of a source, as its host saw it. `outcome` is "read", "not_modified",
    "refused" (401, 403, 429, 503), or "failed"."""

    source_id: str
    host: str
    at: datetime
    is_conditional: bool
    outcome: str
    requests: int = 1  # with those that were redirected, for older pages, and for releases' own
