"""What may stand in the files of a configuration: one model for each kind of file."""

from datetime import date, timedelta
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from newswatch.config.endpoints import Paced, WebhookChannel
from newswatch.config.timing import Collected, RolloutModel, Urgent
from newswatch.config.values import (
    AllowedNetwork,
    DateFormat,
    DigestTime,
    Duration,
    HiddenValue,
    Mailbox,
    Model,
    Name,
    Selector,
    WebAddress,
    Zone,
    as_duration,
    as_layouts,
    as_pick,
    as_sender,
    crontab,
)
from newswatch.model import DrillPlan, Listing, Pace, Pick

ChatService = Literal[
    "slack",
    "mattermost",
    "rocketchat",
    "slack-compatible",
    "discord",
    "teams",
    "googlechat",
    "apprise",
]
HOST = r"^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$"
TAKEN = ("country", "event", "source", "mission", "search")  # below /feeds/

# -- newswatch.yaml -----------------------------------------------------------------------------


class Token(Model):
    """Who may correct through the API, and the secret that says so."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    secret: HiddenValue


class Web(Model):
    """Where the site and the feeds are served, and the address that the world sees."""

    listen: Annotated[str, Field(pattern=r"^.+:\d{1,5}$")] = "127.0.0.1:8080"
    base_url: WebAddress = "http://127.0.0.1:8080"
    tokens: Annotated[tuple[Token, ...], Field(max_length=100)] = ()
    metrics: tuple[AllowedNetwork, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])

    def is_at(self, url: str) -> bool:
        """Whether an address leads to this site itself."""
        port = {"http": 80, "https": 443}
        asked, ours = urlsplit(url), urlsplit(self.base_url)
        there = (asked.hostname, asked.port or port.get(asked.scheme))
        return there in (
            (ours.hostname, ours.port or port.get(ours.scheme)),
            (self.host, self.port),
        )


class Smtp(Model):
    """The server that takes mail for delivery."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: HiddenValue | None = None
    hello: Annotated[str, Field(max_length=255, pattern=HOST)] | None = None


class Bounces(Model):
    """Where mails that came back are put, the address that this is, and after how many in a row an
    address gets no more."""

    maildir: Path | None = None
    address: Mailbox | None = None
    suppress_after: Annotated[int, Field(ge=1, le=100)] = 3


class Mail(Model):
    """The sender of alerts, and the mail server."""

    sender: Annotated[str, BeforeValidator(as_sender)] = Field(alias="from")
    smtp: Smtp = Smtp()
    bounces: Bounces = Bounces()

    @property
    def inbox(self) -> str:
        """The address whose mails newswatch reads: as it is told, or the sender's where there is a
        Maildir; "" where it reads none."""
        sender = parseaddr(self.sender)[1] if self.bounces.maildir else ""
        return self.bounces.address or sender


class NetworkSettings(Model):
    """Which private networks may be reached, and the address in the User-Agent."""

    allow_private: tuple[AllowedNetwork, ...] = ()
    contact: WebAddress = "https://github.com/newswatch/newswatch"


class PerHost(Model):
    """What one host is asked: requests at a time, and the pause between two."""

    concurrency: Annotated[int, Field(ge=1, le=8)] = 1
    gap: Duration = timedelta(seconds=1)


class Polling(Model):
    """How sources are polled."""

    quiet_first_poll: bool = True
    per_host: PerHost = PerHost()
    deadline: Duration = timedelta(seconds=60)
    largest: Annotated[int, Field(ge=10_000, le=100_000_000)] = 8_000_000
    push: Literal["auto", "on", "off"] = "auto"


class PerChannel(Model):
    """What one receiver is sent: messages at a time, and the pause between two."""

    concurrency: Annotated[int, Field(ge=1, le=32)] = 4
    gap: Duration = timedelta(0)

    def pace(self) -> Pace:
        return Pace(self.concurrency, self.gap)


class Deliver(Model):
    """How long a delivery may take, when one that failed is tried again, and how hard a receiver
    is pressed."""

    retry: Annotated[tuple[Duration, ...], Field(max_length=30)] = tuple(
        as_duration(text) for text in ["5s", "5m", "30m", "2h", "5h", "10h", "14h", "20h", "24h"]
    )
    deadline: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(minutes=2))] = (
        timedelta(seconds=20)
    )
    pause_after: Duration = timedelta(days=5)
    per_channel: PerChannel = PerChannel()


class Publish(Model):
    """Where the public feeds go besides the site: a directory for another web server, and a hub
    that pushes them to readers; "builtin" is newswatch's own."""

    directory: Path | None = None
    hub: Literal["builtin"] | WebAddress | None = None


class DrillSettings(Model):
    """When every channel is tried out, and when the operators are told of who did not answer."""

    cron: Annotated[str, AfterValidator(crontab)] | None = None
    every: Duration | None = None
    remind_after: Duration | None = None

    @model_validator(mode="after")
    def one_way(self) -> "DrillSettings":
        if self.cron is not None and self.every is not None:
            raise ValueError("drills are planned by cron or by every, not by both")
        if self.every is not None and not timedelta(days=1) <= self.every <= timedelta(days=366):
            raise ValueError("every must be between 1d and 366d")
        if self.remind_after is not None and self.remind_after < timedelta(hours=1):
            raise ValueError("remind_after must be 1h or more")
        return self

    def plan(self, usual: DrillPlan) -> DrillPlan:
        """When it is not said how soon to remind, then as soon as is usual."""
        return DrillPlan(self.cron or "", self.every, self.remind_after or usual.remind_after)


class OwnDrills(DrillSettings):
    """The same for one subscriber, in place of what newswatch.yaml says."""

    @model_validator(mode="after")
    def planned(self) -> "OwnDrills":
        if self.cron is None and self.every is None:
            raise ValueError("drill needs cron or every; drill: never leaves the subscriber out")
        return self


WORD = "drill as a word"  # as a problem names it


def plan_or_word(value: object) -> str:
    return "plan" if isinstance(value, dict | OwnDrills) else WORD


# Where a word is wrong, nothing is said of plans, and the other way round.
OwnDrill = Annotated[
    Annotated[Literal["never"], Tag(WORD)] | Annotated[OwnDrills, Tag("plan")],
    Discriminator(plan_or_word),
]


class Service(Model):
    """newswatch.yaml."""

    database: Annotated[str, Field(pattern=r"^(sqlite:///|postgresql(\+psycopg)?://)")] = (
        "sqlite:///var/newswatch.db"
    )
    web: Web = Web()
    mail: Mail | None = None
    network: NetworkSettings = NetworkSettings()
    polling: Polling = Polling()
    deliver: Deliver = Deliver()
    publish: Publish = Publish()
    drill: DrillSettings = DrillSettings()

    @property
    def drills(self) -> DrillPlan:
        return self.drill.plan(DrillPlan())


# -- sources.yaml -------------------------------------------------------------------------------


class PickModel(Model):
    """How one field is taken from an item: a selector, or the label printed before it."""

    select: Selector | None = None
    label: str | None = None
    after: str | None = None
    split: Annotated[str, Field(min_length=1)] | None = None
    formats: tuple[DateFormat, ...] = ()

    @model_validator(mode="after")
    def one_way(self) -> "PickModel":
        if (self.select is None) == (self.label is None):
            raise ValueError("a field needs a selector (select) or a label (label), not both")
        return self

    def pick(self) -> Pick:
        return Pick(**self.model_dump())


PickField = Annotated[PickModel, BeforeValidator(as_pick)]


class ListingModel(Model):
    """The layout of a listing page: CSS selectors, `@attribute` at the end for its value."""

    item: Selector
    title: PickField
    link: PickField
    published: PickField | None = None
    content_type: PickField | None = None
    institutions: PickField | None = None
    topics: PickField | None = None
    summary: PickField | None = None
    next: PickField | None = None

    def listing(self) -> Listing:
        picks = {name: getattr(self, name) for name in type(self).model_fields if name != "item"}
        return Listing(
            item=self.item, **{name: pick.pick() for name, pick in picks.items() if pick}
        )


Layouts = Annotated[tuple[ListingModel, ...], BeforeValidator(as_layouts)]


class Poll(Model):
    """How often a source is asked, at most. Where nothing is said, once in an hour, and once a day
    while its answers carry nothing to ask conditionally by."""

    every: Duration | None = None

    @model_validator(mode="after")
    def polite(self) -> "Poll":
        if self.every is not None and not timedelta(minutes=1) <= self.every <= timedelta(days=7):
            raise ValueError("every must be between 1m and 7d")
        return self


class SourceModel(Model):
    """A newsroom's feed or listing page."""

    id: Name
    name: str
    kind: Literal["feed", "listing"]
    url: WebAddress
    publisher: str
    language: Annotated[str, Field(pattern=r"^[a-zA-Z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None
    timezone: Zone = "UTC"
    poll: Poll = Poll()
    listing: Layouts | None = None
    quiet_first_poll: bool | None = None
    enabled: bool = True
    allow_empty: bool = False
    expect_every: Duration | None = None
    full_text: bool = False

    @model_validator(mode="after")
    def layout(self) -> "SourceModel":
        if (self.kind == "listing") != (self.listing is not None):
            raise ValueError(
                "kind: listing needs listing: with its selectors, or auto; kind: feed has none"
            )
        return self


class Sources(Model):
    """sources.yaml, or a file in sources/."""

    sources: tuple[SourceModel, ...]


# -- groups.yaml --------------------------------------------------------------------------------


class Groups(Model):
    """groups.yaml: the installation's own country groups, keyword lists and queries."""

    countries: dict[Name, Annotated[tuple[str, ...], Field(min_length=1, max_length=1_000)]] = (
        Field({})
    )
    keywords: dict[Name, Annotated[tuple[str, ...], Field(min_length=1, max_length=5_000)]] = Field(
        {}
    )
    queries: dict[Name, str] = Field({})


# -- subscribers/*.yaml -------------------------------------------------------------------------


class EmailChannel(Collected):
    """Mail to one or several addresses, at once or as a digest."""

    kind: Literal["email"]
    to: Annotated[tuple[Mailbox, ...], Field(min_length=1, max_length=50)]
    digest: DigestTime | None = None

    @model_validator(mode="after")
    def one_way(self) -> "EmailChannel":
        if self.digest is not None and (self.limit or self.merge):
            raise ValueError(
                "a digest is one message already: limit and merge do nothing beside it"
            )
        return self


class ChatChannel(Collected, Paced):
    """A chat room: an incoming webhook, or an address of Apprise's; it is a secret. The service is
    told by the address, where it is not named."""

    kind: Literal["chat"]
    url: HiddenValue
    service: ChatService | None = None


ChannelModel = Annotated[EmailChannel | WebhookChannel | ChatChannel, Field(discriminator="kind")]


class FeedModel(Model):
    """Whether the rule has a curated feed, and who may read it."""

    visibility: Literal["public", "private", "none"] = "none"


# What a test may say of a release that it writes down, beside its title.
WRITTEN = frozenset(
    ["teaser", "text", "published", "language", "source", "content_type", "institutions", "topics"]
)


class RuleTest(Model):
    """A release, written here or one of the archive, and whether the rule must match it."""

    expect: Literal["match", "no match"]
    release: Annotated[str, Field(min_length=1)] | None = None
    title: Annotated[str, Field(min_length=1)] | None = None
    teaser: str | None = None
    text: str | None = None
    published: date | None = None
    language: str | None = None
    source: str | None = None
    content_type: str | None = None
    institutions: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()

    @model_validator(mode="after")
    def one_release(self) -> "RuleTest":
        if (self.title is None) == (self.release is None):
            raise ValueError("a test has a title, or release: with an id of the archive, not both")
        if self.release is not None and self.model_fields_set & WRITTEN:
            raise ValueError("release: is one of the archive, with all that it has")
        if self.teaser is not None and self.text is not None:
            raise ValueError("teaser and text are the same: a release has one of them")
        return self


class SubscriberTest(RuleTest):
    """The same for all rules of a subscriber, or for one rule, one channel or both."""

    rule: str | None = None
    channel: str | None = None


# Rules are compiled with their own messages; editors get WHEN_SCHEMA.
When = dict[str, Any]


class RuleModel(Model):
    """When something is told, where to, and whether it has a feed."""

    id: Name
    title: Annotated[str, Field(min_length=1, max_length=200)]
    when: When
    send: tuple[str, ...] = ()
    copies: bool = False
    corrections: bool = False
    urgent: Urgent | None = None
    shadow: bool = False
    rollout: RolloutModel | None = None
    feed: FeedModel = FeedModel()
    tests: tuple[RuleTest, ...] = ()


def as_owner(value: object) -> object:
    """The addresses of these feeds begin with what they are about, and not with a subscriber."""
    if value in TAKEN:
        raise ValueError(f"{value!r} cannot be a subscriber's name: other feeds have this address")
    return value


Owner = Annotated[Name, AfterValidator(as_owner)]


class SubscriberModel(Model):
    """A file in subscribers/: one subscriber."""

    subscriber: Owner
    name: Annotated[str, Field(min_length=1, max_length=200)]
    timezone: Zone = "UTC"
    language: Literal["en", "fr", "ru", "es"] = "en"
    urgent: Urgent = ()
    drill: OwnDrill | None = None
    channels: dict[Name, ChannelModel] = Field({})
    rules: Annotated[tuple[RuleModel, ...], Field(max_length=5_000)]
    tests: tuple[SubscriberTest, ...] = ()
