"""What a rule met, where a subscriber's alerts go, and what became of each. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from newswatch.model.routing import Digest, Limit, Stop, Window

DRILL = "Drill"  # the content type of a release that only tries a channel
UNSETTLED = ("queued", "leased", "deferred", "held")  # states of a delivery
Lane = tuple[str, str]  # a subscriber and one of its channels


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
    rule_digest: str = ""  # the rule's text as it was: `RuleText.digest`
    shadow: bool = False  # recorded, and nothing is sent for it


@dataclass(frozen=True, slots=True)
class Difference:
    """A field whose words changed from one version of a release to another: what they were and what
    they are, each as one line; "" where there was or is nothing."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Identity:
    """A client certificate and its key (PEM), for receivers that ask who calls (mutual TLS)."""

    certificate: str  # paths
    key: str


@dataclass(frozen=True, slots=True)
class Pace:
    """What a channel's receiver is asked at most: messages at a time, and the pause between two."""

    at_once: int = 4
    gap: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Channel:
    """Where a subscriber's alerts go. Secret values are resolved, and hidden from `repr`."""

    id: str
    kind: Literal["email", "webhook", "chat"]
    to: tuple[str, ...] = ()  # e-mail addresses
    url: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)  # whsec_… or whsk_…, newest first
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    identity: Identity | None = None
    envelope: Literal["standard", "cloudevents"] = "standard"
    template: str = ""  # Jinja, for a body of another shape
    service: str = "slack-compatible"  # of a chat room, as `render.chat` names them
    pace: Pace = Pace()
    digest: Digest | None = None
    quiet: tuple[Window, ...] = ()  # when nothing comes
    active: tuple[Window, ...] = ()  # the only times when something comes, if there are any
    limit: Limit | None = None
    merge: timedelta | None = None  # how long a release waits for its copies
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
    hello: str = ""  # how newswatch names its host; "": by the domain of the sender


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
    urgent: bool = False  # waits for nothing: its event is urgent, or a person sent it by hand
    stops: tuple[Stop, ...] = ()  # what it waits for, and waited for
    silence: str = ""  # the id of the one that hid it
    held_until: datetime | None = None  # when a hold ends by itself: the pauses of its readers
    corrects: int | None = None  # the version that was owed before, where this one corrects it
    changes: tuple[Difference, ...] = ()  # since that version
    taken: tuple[str, ...] = ()  # addresses that have it already, while others wait for theirs
    turned_away: tuple[str, ...] = ()  # addresses that refused it for good
    receipt: str = ""  # the id that its receiver gave the message, where it can be changed by that
    # when it was to leave first, whatever failed then: the store's to say
    ready: datetime | None = field(default=None, compare=False)

    @property
    def tried_with(self) -> tuple[str, ...]:
        """The addresses that it is not sent to again."""
        return self.taken + self.turned_away


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
    is_busy: bool = False  # the receiver asks for less: 429, 502, 503, 504
    disable: bool = False  # the endpoint said 410 Gone
    attempted: bool = True  # False: nothing was sent, and it does not count as a try
    is_misconfigured: bool = False  # nothing can be sent until a person mends the settings
    taken: tuple[str, ...] = ()  # addresses that took it in this attempt
    turned_away: tuple[str, ...] = ()  # and that refused it for good
    receipt: str = ""  # the receiver's id of the message
    refusals: tuple[tuple[str, str], ...] = ()  # the same addresses, each with what was said


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address of a channel that nothing is sent to, since when, and what was said last."""

    subscriber: str
    channel: str
    address: str
    at: datetime
    said: str


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What is known of a channel's receiver from the attempts so far; as it is here, it is well.

    `stopped` says why nothing is sent, but for a probe now and then where it is "failing": its
    receiver failed for days, said 410 Gone, or a person asked for it.
    """

    subscriber: str
    channel: str
    failures: int = 0  # in a row
    failing_since: datetime | None = None
    wait_until: datetime | None = None  # nothing is sent before
    reason: str = ""  # the last failure, or why it was stopped
    stopped: Literal["", "failing", "gone", "by hand"] = ""
    told_at: datetime | None = None  # when the operators were told
    told_as: str = ""  # what that was about, where several channels have it in common

    @property
    def lane(self) -> Lane:
        return self.subscriber, self.channel
