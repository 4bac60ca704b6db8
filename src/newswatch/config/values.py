"""The kinds of value that stand in the files: names, durations, addresses, secrets, digests."""

import re
from dataclasses import replace
from datetime import datetime, time, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from newswatch.cron import cron_times
from newswatch.model import Digest
from newswatch.parse.listing import validate_selector

Network = IPv4Network | IPv6Network
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}  # seconds
DURATION = re.compile(r"(\d+)([smhdw])")
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# Names that some file systems take for devices: feeds are also written as files.
RESERVED = re.compile(r"con|prn|aux|nul|(?:com|lpt)\d")
MAILBOX = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
DIGEST = (
    'a digest is {daily: "07:00"}, {weekly: "monday 07:00"} or {cron: "0 7 * * 1-5"}, and beside it '
    "may stand group: country or group: rule"
)
CRON = 'write it like "0 7 * * 1-5": minute, hour, day of the month, month, day of the week (1 is Monday)'
ANY_TIME = datetime(2025, 1, 1)  # noqa: DTZ001 - of no zone
LONGEST_MAILBOX = 254  # RFC 5321 section 4.5.3.1.3, without its angle brackets
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


def as_open_address(value: object) -> object:
    """An address that readers are shown: no name and password may stand in it."""
    if "@" in urlsplit(str(as_web_address(value))).netloc:
        raise ValueError("a name or password stands in the address, which is shown to readers")
    return value


def as_mailbox(value: object) -> object:
    text = str(value)
    if not MAILBOX.fullmatch(text) or len(text) > LONGEST_MAILBOX or not text.isprintable():
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


def as_layouts(value: object) -> object:
    """One layout is a list of one; `auto` is none: it is inferred."""
    if value == "auto":
        return ()
    return [value] if isinstance(value, dict) else value


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
    """{daily: "07:00"}, {weekly: "monday 07:00"} or {cron: "0 7 * * 1-5"}, and a group."""
    times = {key: text for key, text in value.items() if key != "group"}
    group = value.get("group", "")
    if group not in ("", "country", "rule") or len(times) != 1:
        raise ValueError(DIGEST)
    return replace(read_times(*times.popitem()), group=group)


def read_times(key: str, value: object) -> Digest:
    match key:
        case "daily":
            return Digest(clock_time(str(value)))
        case "weekly":
            day, _, at = str(value).partition(" ")
            if day.lower() in DAYS:
                return Digest(clock_time(at), DAYS.index(day.lower()))
        case "cron":
            return Digest(cron=crontab(str(value)))
    raise ValueError(DIGEST)


def crontab(text: str) -> str:
    try:
        first = next(cron_times(text, ANY_TIME), None)
    except ValueError as error:
        raise ValueError(f"{text!r} will not do: {error}; {CRON}") from None
    if first is None:
        raise ValueError(f"{text!r} is a day that never comes; {CRON}")
    return text


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
WebAddress = Annotated[str, BeforeValidator(as_open_address)]
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
            "properties": {
                **{key: {"type": "string"} for key in ("daily", "weekly", "cron")},
                "group": {"enum": ["country", "rule"]},
            },
            "additionalProperties": False,
            "oneOf": [{"required": [key]} for key in ("daily", "weekly", "cron")],
            "description": "When collected alerts go out, and under which headings: "
            '{daily: "07:00"}, {weekly: "monday 07:00"}, {cron: "0 7 * * 1-5", group: country}.',
        }
    ),
]
