"""Secrets, from the environment and from files; a secret that is not there yet is a notice."""

import os
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from newswatch.config.endpoints import WebhookChannel, as_header_value, wrong_address
from newswatch.config.models import (
    ChannelModel,
    ChatChannel,
    EmailChannel,
    Mail,
    Service,
    Token,
)
from newswatch.config.values import Secret, as_web_address
from newswatch.model import Channel, Editor, Identity, MailServer
from newswatch.render.chat import THROUGH_APPRISE, service_at
from newswatch.render.chat.apprise import form_of

# Of an Apprise address: what reads a file, fetches another address or trusts any certificate, and what
# would undo how the message is written.
NOT_ASKED = {"attach", "format", "overflow", "redirect", "template", "verify"}
SHORTEST_TOKEN = 24  # characters


@dataclass(slots=True)
class Notices:
    """What will not work yet, once each."""

    found: dict[str, None] = field(default_factory=dict)

    def add(self, line: str) -> None:
        self.found[line] = None

    def lines(self) -> tuple[str, ...]:
        return tuple(self.found)


@dataclass(slots=True)
class Secrets:
    """Reads secrets; what is missing is said, and never what was found."""

    directory: Path  # relative paths of secret files start here
    notices: Notices

    def read(self, secret: Secret) -> tuple[str, str]:
        """The value, or "" and what is missing, in words."""
        if secret.env is not None:
            value = os.environ.get(secret.env, "").strip()
            return value, "" if value else f"{secret.env} in the environment"
        path = self.directory / str(secret.file)
        try:
            value = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return "", f"the secret in {secret.file}"
        return value, "" if value else f"the secret in {secret.file} (the file is empty)"

    def read_all(self, secrets: Sequence[Secret]) -> tuple[tuple[str, ...], str]:
        found = [self.read(secret) for secret in secrets]
        return tuple(value for value, _ in found), next((gap for _, gap in found if gap), "")


def make_mail_server(mail: Mail, secrets: Secrets) -> MailServer:
    smtp = mail.smtp
    password = secrets.read(smtp.password)[0] if smtp.password else ""
    return MailServer(
        mail.sender, smtp.host, smtp.port, smtp.security, smtp.username, password, smtp.hello or ""
    )


def make_editors(tokens: Sequence[Token], secrets: Secrets) -> Iterator[Editor]:
    """Those whose token is there; a short one could be guessed, and opens nothing."""
    for number, token in enumerate(tokens, 1):
        value, missing = secrets.read(token.secret)
        short = f"a token of {SHORTEST_TOKEN} characters or more"
        if wrong := missing or (short if len(value) < SHORTEST_TOKEN else ""):
            secrets.notices.add(f"web token {number} ({token.name}) waits for {wrong}")
        else:
            yield Editor(token.name, value)


def make_channel(
    channel_id: str, model: ChannelModel, secrets: Secrets, where: str, service: Service
) -> Channel:
    """A channel with its secrets; `missing` says what it waits for."""
    channel = timed(make_kind(channel_id, model, secrets, service.mail), model)
    usual = service.deliver.per_channel.pace()
    if channel.service == THROUGH_APPRISE:  # a process for each message
        usual = replace(usual, at_once=1)
    pace = usual if isinstance(model, EmailChannel) else model.pace(usual)
    channel = replace(channel, pace=pace)
    if channel.missing:
        secrets.notices.add(
            f"{where} {channel_id} waits for {channel.missing}; its alerts are kept until then"
        )
    return channel


def timed(channel: Channel, model: ChannelModel) -> Channel:
    """The channel with the times at which it may be sent to, and with what it collects."""
    quiet = tuple(one.window() for one in model.quiet or ())
    active = tuple(one.window() for one in model.active or ())
    channel = replace(channel, quiet=quiet, active=active)
    if isinstance(model, WebhookChannel):
        return channel
    limit = model.limit.limit() if model.limit else None
    return replace(channel, limit=limit, merge=model.merge)


def make_kind(channel_id: str, model: ChannelModel, secrets: Secrets, mail: Mail | None) -> Channel:
    match model:
        case EmailChannel():
            password = mail.smtp.password if mail else None
            missing = secrets.read(password)[1] if password else ""
            return Channel(channel_id, "email", to=model.to, digest=model.digest, missing=missing)
        case WebhookChannel():
            return make_webhook(channel_id, model, secrets)
        case ChatChannel():
            return make_room(channel_id, model, secrets)


def make_room(channel_id: str, model: ChatChannel, secrets: Secrets) -> Channel:
    url, missing = secrets.read(model.url)
    service = model.service or service_at(url)
    if not missing and (wrong := wrong_room(url, service)):
        missing = f"{wrong} in {model.url.env or model.url.file}"
    return Channel(channel_id, "chat", url="" if missing else url, service=service, missing=missing)


def wrong_room(url: str, service: str) -> str:
    """What a chat room's address should be and is not, in words that do not repeat it."""
    if service == THROUGH_APPRISE:
        return wrong_apprise(url)
    return "" if is_web_address(url) else f"a web address (https://…) for service: {service}"


def wrong_apprise(url: str) -> str:
    if form_of(url) is None:
        return "a web address, or one of Apprise's that is allowed (tgram://, matrixs://, …),"
    asked = {name.lower() for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    return f"an address without {', '.join(found)}" if (found := sorted(asked & NOT_ASKED)) else ""


def make_webhook(channel_id: str, model: WebhookChannel, secrets: Secrets) -> Channel:
    keys, gap = secrets.read_all(model.secret)
    url, missing = web_address(model.url, secrets)
    headers, no_header = own_headers(model, secrets)
    identity, no_file = client_identity(model, secrets)
    wrong = gap or next((problem for key in keys if (problem := wrong_key(key))), "")
    if url and (problem := wrong_address(url, model.plain_http)):
        missing = f"a web address that will do: {problem}"
    return Channel(
        channel_id,
        "webhook",
        url=url,
        secrets=keys,
        headers=headers,
        identity=identity,
        envelope=model.envelope,
        template=model.template,
        missing=missing or wrong or no_header or no_file,
    )


def own_headers(model: WebhookChannel, secrets: Secrets) -> tuple[tuple[tuple[str, str], ...], str]:
    """The channel's own headers, and what is missing for one of them."""
    found, gaps = [], []
    for name, value in model.headers.items():
        text, gap = (value, "") if isinstance(value, str) else secrets.read(value)
        if text and not gap:
            gap = "" if is_header_value(text) else f"a value for the header {name} (ASCII)"
        found.append((name, text))
        gaps.append(gap)
    return tuple(found), next(filter(None, gaps), "")


def is_header_value(text: str) -> bool:
    try:
        as_header_value(text)
    except ValueError:
        return False
    return True


def client_identity(model: WebhookChannel, secrets: Secrets) -> tuple[Identity | None, str]:
    """The paths of the client certificate and its key, and which of them is not there."""
    if model.client is None:
        return None, ""
    paths = [secrets.directory / path for path in (model.client.certificate, model.client.key)]
    gaps = [f"the file {path}" for path in paths if not path.is_file()]
    return Identity(str(paths[0]), str(paths[1])), next(iter(gaps), "")


def web_address(value: str | Secret, secrets: Secrets) -> tuple[str, str]:
    """An address, plain or secret, or "" and what is missing."""
    if isinstance(value, str):
        return value, ""
    url, missing = secrets.read(value)
    if missing:
        return "", missing
    if not is_web_address(url):
        return "", f"a web address in {value.env or value.file}"
    return url, ""


def is_web_address(url: str) -> bool:
    try:
        as_web_address(url)
    except ValueError:
        return False
    return True


def wrong_key(key: str) -> str:
    """What is wrong with a webhook's secret (Standard Webhooks 1.0, "Signature scheme")."""
    is_private = key.startswith("whsk_")
    try:
        size = len(b64decode(key.removeprefix("whsk_" if is_private else "whsec_"), validate=True))
    except ValueError:
        size = 0
    if is_private:
        return "" if size in (32, 64) else "a key like whsk_… (base64 of an Ed25519 key)"
    return "" if 24 <= size <= 64 else "a secret like whsec_… (base64 of 24 to 64 random bytes)"
