"""The nouns of newswatch: frozen values that the stages hand to each other. Pure.

Instants are aware and in UTC. Collections are tuples or frozensets. Values change by
`dataclasses.replace`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, TypeAlias

Day: TypeAlias = date  # a field called `date` hides the type

# -- sources ------------------------------------------------------------------------------------


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
    every: timedelta = timedelta(minutes=30)
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


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server said 304; `validators` are the ones to keep."""

    validators: Validators
    fresh_for: timedelta | None = None
    moved_to: str | None = None


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
    unpushed: datetime | None = None  # when a poll last found what its hub had not pushed
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
    """One request for a source, as its host saw it. `outcome` is "read", "not_modified",
    "refused" (401, 403, 429, 503), or "failed"."""

    source_id: str
    host: str
    at: datetime
    is_conditional: bool
    outcome: str


# -- what a publisher said ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Published:
    """A publishing date. `instant` is None where the publisher gave a day only."""

    day: date
    instant: datetime | None = None

    @property
    def precision(self) -> Literal["day", "instant"]:
        return "day" if self.instant is None else "instant"

    @property
    def moment(self) -> datetime:
        """To compare with: midnight, UTC, where only the day is known."""
        return self.instant or datetime.combine(self.day, time.min, UTC)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document that belongs to a release: a report as PDF."""

    url: str
    title: str = ""
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What a publisher said of one item, before any interpretation. `title`, `summary` and
    `content` are HTML, not yet safe; plain text was escaped by the parser. `link` is absolute.
    `id` is the publisher's own (guid, atom:id) if any."""

    title: str
    link: str | None
    id: str | None = None
    published: Published | None = None
    summary: str = ""
    content: str = ""
    content_type: str | None = None
    institutions: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    language: str | None = None
    attachments: tuple[Attachment, ...] = ()


# -- what newswatch understood ------------------------------------------------------------------

EVENTS = (
    "mission.announced",
    "mission.needs_assessment",
    "mission.opened",
    "mission.interim_report",
    "mission.preliminary_statement",
    "mission.media_notice",
    "mission.final_report",
    "mission.cancelled",
    "mission.declined",
    "mission.follow_up",
    "mission.statement",
    "election.assistance",
    "none",
)

ELECTION_KINDS = (
    "presidential",
    "parliamentary",
    "local",
    "regional",
    "european",
    "referendum",
    "general",
    "other",
)

MISSION_TYPES = (
    "EOM",
    "LEOM",
    "EAM",
    "EET",
    "SEAM",
    "SEOM",
    "ROM",
    "RAM",
    "NAM",
    "IEOM",
)


@dataclass(frozen=True, slots=True)
class Election:
    """An election that a release is about; `date` is None where the text gives no full date."""

    kind: str  # one of ELECTION_KINDS
    date: Day | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words that gave a field its value: text[start:end] of `where` ("title", "text",
    "institutions", "topics") is `words`. `confidence` is between 0 and 1."""

    field: str  # "country", "mentioned", "event", "mission", "election"
    value: str
    where: str
    start: int
    end: int
    words: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What newswatch understood of a release. Codes are ISO 3166-1 alpha-2, XK, EU."""

    countries: tuple[str, ...] = ()  # the countries it is about
    mentioned: tuple[str, ...] = ()  # others that are named
    event: str = "none"  # one of EVENTS
    mission: str | None = None  # one of MISSION_TYPES
    elections: tuple[Election, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    bodies: tuple[str, ...] = ()  # that observe, where it tells of a mission


# -- missions -----------------------------------------------------------------------------------

# The states of a mission. A later one takes the place of an earlier one, whatever was skipped.
MISSION_STATES = (
    "announced",
    "assessed",
    "opened",
    "interim",
    "preliminary",
    "final",
    "followed_up",
    "cancelled",
    "declined",
)


@dataclass(frozen=True, slots=True)
class Step:
    """A release on a mission's timeline."""

    release_id: str
    event: str  # one of EVENTS
    day: date


@dataclass(frozen=True, slots=True)
class Mission:
    """The observation of one election by one body, or by several together, from its announcement
    to the follow-up of its recommendations."""

    id: str  # like "tj-2025-03-02-odihr"; never changes
    country: str  # ISO 3166-1 alpha-2, XK, EU
    bodies: tuple[str, ...]
    type: str | None = None  # one of MISSION_TYPES
    elections: tuple[Election, ...] = ()
    steps: tuple[Step, ...] = ()  # in the order of their days


# -- releases -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Release:
    """The normalised record of one item. `text` is plain, `html` is safe to show."""

    id: str  # 16 hex digits, stable for ever
    source_id: str
    publisher: str
    url: str
    title: str
    first_seen: datetime
    fingerprint: str  # changes when the publisher changed something that matters
    published: Published | None = None
    content_type: str | None = None
    institutions: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    text: str = ""
    html: str = ""
    language: str | None = None
    reading: Reading = Reading()
    version: int = 1
    updated: datetime | None = None  # when this version was recorded; None: first_seen
    attachments: tuple[Attachment, ...] = ()
    likeness: str | None = None  # what stays of it when its newsroom changes all addresses
    mission: Mission | None = None  # that it tells of, as known by then, without its timeline
    transition: str | None = None  # the state that it brought that mission into
    copy_of: str | None = None  # the release that told of the same event first
    withdrawn: str = ""  # why its publisher took it back; "": it stands

    @property
    def shown(self) -> datetime:
        """What newest is decided by: when it was published, as far as that is known. It is never
        later than when it was seen, so that no date in the future stays on top."""
        if self.published is None:
            return self.first_seen
        end_of_day = datetime.combine(self.published.day, time.max, UTC)
        return min(self.first_seen, self.published.instant or end_of_day)


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person knows better than newswatch read. It holds for every later version too."""

    release_id: str
    field: str  # one of CORRECTABLE
    value: tuple[str, ...]  # codes; an event; a mission type or none; "parliamentary 2025-03-02"
    author: str
    reason: str
    at: datetime


CORRECTABLE = ("countries", "mentioned", "event", "mission", "elections")


# -- rules, matches, deliveries -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Why:
    """One condition of a rule that a release met: "text" met by `value`, shown by `evidence`
    (the words in the release, possibly empty where a fact has no words)."""

    field: str
    value: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A rule met a release, with why."""

    subscriber: str
    rule: str
    release_id: str
    version: int
    why: tuple[Why, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """When collected alerts go out: every day, or one day a week (0 is Monday), at local time."""

    at: time
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """Where a subscriber's alerts go. Secret values are resolved, and hidden from `repr`."""

    id: str
    kind: Literal["email", "webhook", "chat"]
    to: tuple[str, ...] = ()  # e-mail addresses
    url: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)  # whsec_…, newest first
    digest: Digest | None = None
    missing: str = ""  # the secret that is not set yet, in words: deliveries wait for it


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that takes mail for delivery, and the address that alerts come from."""

    sender: str  # RFC 5322 section 3.4 mailbox: "newswatch <alerts@example.org>"
    host: str
    port: int
    security: Literal["tls", "starttls", "none"] = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """Whether a rule has a curated feed, and who may read it."""

    visibility: Literal["public", "private", "none"] = "none"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One release owed to one subscriber on one channel: an outbox row.

    `id` never changes: it is the webhook-id and the Message-ID's local part.
    """

    id: str
    subscriber: str
    channel: str
    release_id: str
    version: int
    due: datetime
    matches: tuple[Match, ...]
    state: Literal["queued", "leased", "sent", "deferred", "dead", "cancelled", "held"] = "queued"
    attempts: int = 0
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to send a delivery. `answer` is the status or reply as one line for people."""

    delivery_id: str
    number: int
    at: datetime
    duration: timedelta
    ok: bool
    answer: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a send. Retryable is data, not an exception class."""

    ok: bool
    answer: str
    retryable: bool = True
    retry_after: timedelta | None = None
    disable: bool = False  # the endpoint said 410 Gone
    attempted: bool = True  # False: nothing was sent, and it does not count as a try


@dataclass(frozen=True, slots=True)
class Change:
    """A release that a poll brought: new, or a revision of one that is known."""

    kind: Literal["new", "revised"]
    release: Release
    matches: tuple[Match, ...] = ()
    mission: Mission | None = None  # as it is with this release


@dataclass(frozen=True, slots=True)
class Raw:
    """A newsroom's own document, as it came, and what it was judged to be."""

    document: Document
    state: str  # one of SOURCE_STATES
    reason: str = ""
    brought: int = 0  # releases that were new or revised


@dataclass(frozen=True, slots=True)
class Tally:
    """What a document held, counted."""

    entries: int
    known: int = 0  # of them, that are held already
    dated: int = 0  # with a plausible date
    ahead: int = 0  # with a date in the future
    lacking: int = 0  # without a title or a link of their own
    is_uniform: bool = False  # all titles are the same, or all links
    damaged: float = 0.0  # share of the characters that are U+FFFD
    dates: tuple[datetime, ...] = ()  # when its releases were published
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Poll:
    """Everything that one poll of one source decided. The store records it whole, or not at all."""

    source_id: str
    at: datetime
    state: SourceState  # the state after the poll
    changes: tuple[Change, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    skipped: tuple[str, ...] = ()  # one line for each entry that did not become a release
    quiet: bool = False  # first poll: recorded, alerted to nobody
    tally: Tally | None = None  # of the document; None where none was read
    visit: Visit | None = None
    raws: tuple[Raw, ...] = ()  # the documents that were read
    lets_go: bool = False  # what earlier polls held is sent now
    next_page: str | None = None  # where older entries are, while nothing on the page was known
