"""Where webhooks go: addresses, headers of their own, client certificates, templates."""

import re
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from newswatch.config.timing import Timed
from newswatch.config.values import (
    AddressOrSecret,
    Duration,
    HiddenValues,
    Model,
    Secret,
)
from newswatch.errors import RenderError
from newswatch.model import Pace
from newswatch.render.template import compiled, filled
from newswatch.render.webhook import bare_example, example

TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")  # RFC 9110 section 5.6.2
VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,1998}[\x21-\x7e])?")
# Of the connection, of the body, of cookies and caches, and what newswatch says itself.
NOT_OWN = {
    "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "cookie",
    "date", "expect", "host", "keep-alive", "set-cookie", "te", "trailer", "transfer-encoding",
    "upgrade", "user-agent", "via",
}  # fmt: skip
NOT_OWN_STARTS = ("webhook-", "proxy-", "sec-", "ce-")
SECRET_WORDS = re.compile(r"auth|key|token|secret|password|signature", re.IGNORECASE)


def as_header_name(name: str) -> str:
    lower = name.lower()
    if not TOKEN.fullmatch(name):
        raise ValueError(f"{name!r} cannot be the name of a header")
    if lower in NOT_OWN or lower.startswith(NOT_OWN_STARTS):
        raise ValueError(f"the header {name!r} is not yours to set")
    return lower


def as_header_value(value: str) -> str:
    if not VALUE.fullmatch(value):
        raise ValueError("the value of a header is printable ASCII, at most 2,000 characters")
    return value


def as_headers(headers: dict[str, str | Secret]) -> dict[str, str | Secret]:
    named = {as_header_name(name): value for name, value in headers.items()}
    for name, value in named.items():
        if isinstance(value, str):
            refuse_plain_secret(name)
            as_header_value(value)
    return named


def refuse_plain_secret(name: str) -> None:
    if SECRET_WORDS.search(name):
        raise ValueError(
            f"the value of {name!r} looks like a secret, and is never written here: "
            "write {env: NAME} or {file: PATH}"
        )


Headers = Annotated[dict[str, str | Secret], Field(max_length=20), AfterValidator(as_headers)]


class Certificate(Model):
    """A client certificate and its key, as PEM files."""

    certificate: Path
    key: Path


class Paced(Model):
    """A receiver that is sent less, or more, than others."""

    concurrency: Annotated[int, Field(ge=1, le=32)] | None = None
    gap: Duration | None = None

    def pace(self, usual: Pace) -> Pace:
        gap: timedelta | None = self.gap
        return Pace(self.concurrency or usual.at_once, usual.gap if gap is None else gap)


class WebhookChannel(Timed, Paced):
    """A signed POST (Standard Webhooks) for each release."""

    kind: Literal["webhook"]
    url: AddressOrSecret
    secret: HiddenValues
    plain_http: bool = False
    envelope: Literal["standard", "cloudevents"] = "standard"
    template: Annotated[str, Field(max_length=20_000)] = ""
    headers: Headers = Field({})
    client: Certificate | None = None

    @model_validator(mode="after")
    def one_shape(self) -> "WebhookChannel":
        if self.template and self.envelope != "standard":
            raise ValueError("a template makes the whole body: leave envelope out")
        wrong = wrong_address(self.url, self.plain_http) if isinstance(self.url, str) else ""
        if wrong:
            raise ValueError(wrong)
        return self


def wrong_address(url: str, plain_http: bool) -> str:
    """What is wrong with an endpoint's address, in words that do not repeat it."""
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        return "an endpoint's address holds no user and password: write them into headers"
    if parts.scheme == "http" and not plain_http and not is_this_machine(parts.hostname or ""):
        return "an endpoint's address begins with https://, or else needs plain_http: true"
    return ""


def is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def wrong_template(source: str) -> RenderError | None:
    """Why a template makes no body, tried with a release of which all is known, and one of which
    little is."""
    try:
        compiled(source)
        filled(source, example())
    except RenderError as error:
        return error
    try:
        filled(source, bare_example())
    except RenderError as error:
        return RenderError(f"{error} (for a release without mission, day, topics and the like)")
    return None
