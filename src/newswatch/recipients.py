"""Links by which a reader of mail helps himself, without a log-in: whoever has one may use it. Pure.

A token is an HMAC (RFC 2104) of what it is for, under a key of the installation: 128 bits of it, so
that the address in `List-Unsubscribe` stays short. Nothing has to be kept for each mail, and who is
taken out of the configuration has no links any more.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, TypeAlias, get_args

from newswatch.model import Channel
from newswatch.rules.rule import Subscriber

Purpose: TypeAlias = Literal["unsubscribe", "manage", "useful"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address on a mail channel of a subscriber."""

    subscriber: str
    channel: str
    address: str


def token(key: bytes, purpose: Purpose, who: Recipient) -> str:
    """22 characters of base64url (RFC 4648 section 5). All channels of a subscriber that have an
    address share the page on which it is managed."""
    channel = "" if purpose == "manage" else who.channel
    said = f"{purpose}\n{who.subscriber}\n{channel}\n{who.address}"
    return short(hmac.digest(key, said.encode(), "sha256"))


def short(digest: bytes) -> str:
    return urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def digest_of(given: str) -> str:
    """What a token is looked up by, so that the time of a look-up tells nothing of tokens."""
    return sha256(given.encode()).hexdigest()


def directory(
    key: bytes, purpose: Purpose, subscribers: Iterable[Subscriber]
) -> Mapping[str, Recipient]:
    """Who may use which link, by `digest_of` its token."""
    return {digest_of(token(key, purpose, who)): who for who in recipients(subscribers)}


def recipients(subscribers: Iterable[Subscriber]) -> Iterator[Recipient]:
    for subscriber in subscribers:
        for channel in mail_channels(subscriber):
            for address in channel.to:
                yield Recipient(subscriber.id, channel.id, address)


def mail_channels(subscriber: Subscriber, address: str = "") -> Sequence[Channel]:
    """Those that go to an address, or to any."""
    return [
        one
        for one in subscriber.channels
        if one.kind == "email" and (not address or address in one.to)
    ]


# -- in a mail ------------------------------------------------------------------------------------


def places(said: Iterable[str]) -> Mapping[str, str]:
    """What stands in a mail for its reader's tokens until it is addressed. It is made of all that
    the mail says, so that nobody who is quoted in it can have written it down before."""
    content = sha256("\n".join(said).encode()).digest()
    return {
        purpose: short(hmac.digest(content, purpose.encode(), "sha256")) for purpose in PURPOSES
    }


# What may be a place: behind a slash or a colon, and quoted-printable may have broken the line anywhere
# within (RFC 2045 section 6.7, rule 5).
PLACE = re.compile(rb"[/:]((?:=\r\n)?[\w-](?:(?:=\r\n)?[\w-]){21})")
BREAK = b"=\r\n"


def filled(mail: bytes, tokens: Mapping[str, str]) -> bytes:
    """The mail with a token in the place of each key, which is as long; where the line of a place is
    broken, the token is broken too."""
    known = {place.encode(): token.encode() for place, token in tokens.items()}

    def put(found: re.Match[bytes]) -> bytes:
        before, broken, after = found[1].partition(BREAK)
        token = known.get(before + after)
        if token is None:
            return found[0]
        return found[0][:1] + token[: len(before)] + broken + token[len(before) :]

    return PLACE.sub(put, mail)
