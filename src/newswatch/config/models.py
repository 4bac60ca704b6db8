"""What may stand in the files of a configuration: one model for each kind of file."""

import re
from datetime import date, time, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from newswatch.model import Digest, Listing, Pick
from newswatch.parse.listing import validate_selector

Network = IPv4Network | IPv6Network
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}  # seconds
DURATION = re.compile(r"(\d+)([smhdw])")
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# Names that some file systems take for devices: feeds are also written as files.
RESERVED = re.compile(r"con|prn|aux|nul|(?:com|lpt)\d")
MAILBOX = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Model(BaseModel):
    """Unknown keys are errors; values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


# -- kinds of value -----------------------------------------------------------------------------


def as_name(value: object) -> object:
    if isinstance(value, str) and (not NAME.fullmatch(value) or RESERVED.fullmatch(value)):
        raise ValueError(
            f"{value!r} cannot be a name: use small letters a-z, digits and hyphens, at most 63"
        )
    return value


def as_duration(value: object) -> timedelta:
    """ "90s", "15m", "1h30m", "2d"."""
    parts = DURATION.findall(str(value))
    if not parts or "".join(number + unit for number, unit in parts) != str(value):
        raise ValueError(f"{value!r} is not a duration; write it like 30s, 15m, 2h or 1d")
    return timedelta(seconds=sum(int(number) * UNITS[unit] for number, unit in parts))


def as_zone(value: object) -> object:
    try:
        ZoneInfo(str(value))
    except (ValueError, KeyError, OSError):
        raise ValueError(f"{value!r} is not a time zone; write it like Europe/Vienna") from None
    return value


def as_web_address(value: object) -> object:
    try:
        parts = urlsplit(str(value))
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or any(char.isspace() for char in str(value)):
        raise ValueError(f"{value!r} is not a web address; it begins with https:// or http://")
    return value


def as_mailbox(value: object) -> object:
    if not MAILBOX.fullmatch(str(value)):
        raise ValueError(f"{value!r} is not a mail address; write it like desk@example.org")
    return value


def as_sender(value: object) -> object:
    """A mailbox (RFC 5322 section 3.4): an address, or a name and an address in angle brackets."""
    text = str(value)
    named = re.fullmatch(r"([^<>@\r\n]*)<([^<>]+)>", text)
    if not MAILBOX.fullmatch(named[2] if named else text):
        raise ValueError(f"{value!r} is not a sender; write it like newswatch <alerts@example.org>")
    return value


def as_network(value: object) -> Network:
    try:
        return ip_network(str(value))
    except ValueError:
        raise ValueError(f"{value!r} is not a network; write it like 10.1.2.0/24") from None


def as_pick(value: object) -> object:
    """A selector alone is short for {select: …}."""
    return {"select": value} if isinstance(value, str) else value


def as_selector(value: object) -> object:
    wrong = validate_selector(value) if isinstance(value, str) else None
    if wrong:
        raise ValueError(wrong)
    return value


def as_format(value: object) -> object:
    """A strptime pattern with a day, a month and a year in it."""
    if isinstance(value, str) and not ("%" in value and "%d" in value):
        raise ValueError(f'{value!r} is not a date format; write it like "%d %B %Y"')
    return value


def as_secret(value: object) -> object:
    if isinstance(value, str):
        raise ValueError(  # the value itself is not repeated: it may be the secret
            "a secret is never written here: write {env: NAME} or {file: PATH}"
        )
    return value


def as_secrets(value: object) -> object:
    """One secret is a list of one."""
    return [as_secret(value)] if isinstance(value, dict | str) else value


def as_address_or_secret(value: object) -> object:
    return as_web_address(value) if isinstance(value, str) else value


def as_digest(value: object) -> object:
    return read_digest(value) if isinstance(value, dict) else value


def read_digest(value: dict[str, object]) -> Digest:
    """{daily: "07:00"} or {weekly: "monday 07:00"}."""
    if set(value) == {"daily"}:
        return Digest(clock_time(str(value["daily"])))
    if set(value) == {"weekly"}:
        day, _, at = str(value["weekly"]).partition(" ")
        if day.lower() in DAYS:
            return Digest(clock_time(at), DAYS.index(day.lower()))
    raise ValueError('a digest is {daily: "07:00"} or {weekly: "monday 07:00"}')


def clock_time(text: str) -> time:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError(f"{text!r} is not a time of day; write it like 07:00, in quotation marks")
    return time.fromisoformat(text)


def text_schema(description: str, pattern: str = "") -> WithJsonSchema:
    schema: dict[str, Any] = {"type": "string", "description": description}
    return WithJsonSchema(schema | ({"pattern": pattern} if pattern else {}))


Name = Annotated[str, BeforeValidator(as_name)]
Duration = Annotated[
    timedelta,
    BeforeValidator(as_duration),
    text_schema("A duration: 30s, 15m, 1h30m, 2d.", r"^(\d+[smhdw])+$"),
]
Zone = Annotated[str, BeforeValidator(as_zone)]
WebAddress = Annotated[str, BeforeValidator(as_web_address)]
Mailbox = Annotated[str, BeforeValidator(as_mailbox)]
AllowedNetwork = Annotated[Network, BeforeValidator(as_network), text_schema("10.1.2.0/24")]
Selector = Annotated[str, BeforeValidator(as_selector)]
DateFormat = Annotated[str, BeforeValidator(as_format)]


class Secret(Model):
    """Where a secret stands: in the environment, or in a file."""

    env: str | None = None
    file: str | None = None

    @model_validator(mode="after")
    def one_place(self) -> "Secret":
        if (self.env is None) == (self.file is None):
            raise ValueError("a secret is {env: NAME} or {file: PATH}")
        return self


SECRET_SCHEMA = {
    "type": "object",
    "properties": {"env": {"type": "string"}, "file": {"type": "string"}},
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
}
HiddenValue = Annotated[Secret, BeforeValidator(as_secret)]
HiddenValues = Annotated[
    tuple[HiddenValue, ...],
    Field(min_length=1, max_length=5),
    BeforeValidator(as_secrets),
    WithJsonSchema(
        {
            "anyOf": [SECRET_SCHEMA, {"type": "array", "items": SECRET_SCHEMA, "minItems": 1}],
            "description": "The key that signs; a list while it rotates, the newest first.",
        }
    ),
]
AddressOrSecret = Annotated[str | Secret, BeforeValidator(as_address_or_secret)]
DigestTime = Annotated[
    Digest,
    BeforeValidator(as_digest),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {"daily": {"type": "string"}, "weekly": {"type": "string"}},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
            "description": 'When collected alerts go out: {daily: "07:00"}, {weekly: "monday 07:00"}.',
        }
    ),
]

# -- newswatch.yaml -----------------------------------------------------------------------------


class Web(Model):
    """Where the site and the feeds are served, and the address that the world sees."""

    listen: Annotated[str, Field(pattern=r"^.+:\d{1,5}$")] = "127.0.0.1:8080"
    base_url: WebAddress = "http://127.0.0.1:8080"

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])


class Smtp(Model):
    """The server that takes mail for delivery."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: HiddenValue | None = None


class Mail(Model):
    """The sender of alerts, and the mail server."""

    sender: Annotated[str, BeforeValidator(as_sender)] = Field(alias="from")
    smtp: Smtp = Smtp()


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


class Deliver(Model):
    """When a delivery that failed is tried again."""

    retry: Annotated[tuple[Duration, ...], Field(max_length=30)] = tuple(
        as_duration(text) for text in ["5s", "5m", "30m", "2h", "5h", "10h", "14h", "20h", "24h"]
    )


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


class Poll(Model):
    """How often a source is asked, at most."""

    every: Duration = timedelta(minutes=30)

    @model_validator(mode="after")
    def polite(self) -> "Poll":
        if not timedelta(minutes=1) <= self.every <= timedelta(days=7):
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
    listing: ListingModel | None = None
    quiet_first_poll: bool | None = None
    enabled: bool = True

    @model_validator(mode="after")
    def layout(self) -> "SourceModel":
        if (self.kind == "listing") != (self.listing is not None):
            raise ValueError("kind: listing needs listing: with its selectors; kind: feed has none")
        return self


class Sources(Model):
    """sources.yaml, or a file in sources/."""

    sources: tuple[SourceModel, ...]


# -- groups.yaml --------------------------------------------------------------------------------


class Groups(Model):
    """groups.yaml: the installation's own country groups and keyword lists."""

    countries: dict[Name, Annotated[tuple[str, ...], Field(min_length=1)]] = {}
    keywords: dict[Name, Annotated[tuple[str, ...], Field(min_length=1)]] = {}


# -- subscribers/*.yaml -------------------------------------------------------------------------


class EmailChannel(Model):
    """Mail to one or several addresses, at once or as a digest."""

    kind: Literal["email"]
    to: Annotated[tuple[Mailbox, ...], Field(min_length=1, max_length=50)]
    digest: DigestTime | None = None


class WebhookChannel(Model):
    """A signed POST (Standard Webhooks) for each release."""

    kind: Literal["webhook"]
    url: AddressOrSecret
    secret: HiddenValues


class ChatChannel(Model):
    """A chat room's incoming webhook; its address is a secret."""

    kind: Literal["chat"]
    url: HiddenValue


ChannelModel = Annotated[EmailChannel | WebhookChannel | ChatChannel, Field(discriminator="kind")]


class FeedModel(Model):
    """Whether the rule has a curated feed, and who may read it."""

    visibility: Literal["public", "private", "none"] = "none"


class RuleTest(Model):
    """A release written here, and whether the rule must match it."""

    title: str
    teaser: str = ""
    published: date | None = None
    content_type: str | None = None
    where: tuple[str, ...] = ()
    what: tuple[str, ...] = ()
    language: str | None = None
    expect: Literal["match", "no match"]


def strings(description: str) -> dict[str, Any]:
    texts = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    return {"anyOf": [{"type": "string"}, texts], "description": description}


WHEN_KEYS: dict[str, dict[str, Any]] = {
    "text": strings('A query: words, "phrases", AND OR NOT, prefix*, "near words"~5, title:word.'),
    "keywords": {
        "description": "Words and phrases: any, all or none of them. $name takes a list of groups.yaml.",
        "anyOf": [
            strings("Any of these.")["anyOf"][1],
            {
                "type": "object",
                "properties": {key: strings(f"{key} of these") for key in ("any", "all", "none")},
                "additionalProperties": False,
            },
        ],
    },
    "country": strings("What the release is about: ISO codes, names or groups."),
    "mentions": strings("Other countries that the release names."),
    "event": strings("What happened: mission.opened, mission.cancelled, election.assistance, …"),
    "mission": strings("Type of mission: EOM, LEOM, EAM, …"),
    "election": strings("Kind of election: presidential, parliamentary, referendum, …"),
    "institution": strings("Words of an institution that the newsroom names."),
    "topic": strings("Words of a topic that the newsroom names."),
    "content_type": strings("Words of the content type: press release, news, …"),
    "source": strings("Ids of sources."),
    "publisher": strings("Words of the publisher's name."),
    "language": strings("Languages: en, fr, …"),
    "published": {
        "type": "object",
        "properties": {"after": {"type": "string"}, "before": {"type": "string"}},
        "additionalProperties": False,
        "description": "After or before a day, like 2025-01-31.",
    },
    "not": {"$ref": "#/$defs/When", "description": "Conditions that must not be met."},
    "any_of": {
        "type": "array",
        "items": {"$ref": "#/$defs/When"},
        "minItems": 1,
        "description": "At least one of these.",
    },
    "everything": {"const": True, "description": "Every release."},
}
WHEN_SCHEMA = {
    "type": "object",
    "properties": WHEN_KEYS,
    "additionalProperties": False,
    "minProperties": 1,
    "description": "Conditions that must all be met; of the values of one key, one is enough.",
}
# Rules are compiled with their own messages; editors get WHEN_SCHEMA.
When = dict[str, Any]


class RuleModel(Model):
    """When something is told, where to, and whether it has a feed."""

    id: Name
    title: Annotated[str, Field(min_length=1, max_length=200)]
    when: When
    send: tuple[str, ...] = ()
    feed: FeedModel = FeedModel()
    tests: tuple[RuleTest, ...] = ()


class SubscriberModel(Model):
    """A file in subscribers/: one subscriber."""

    subscriber: Name
    name: Annotated[str, Field(min_length=1, max_length=200)]
    timezone: Zone = "UTC"
    channels: dict[Name, ChannelModel] = {}
    rules: Annotated[tuple[RuleModel, ...], Field(max_length=5_000)]
