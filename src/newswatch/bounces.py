"""Mails that came back: what a report says of which of our mails, to which address. Pure.

Reports are delivery status notifications (RFC 3464, statuses RFC 3463), or what mail servers without
them write in words. Anybody can send one: nothing in it is believed that the outbox does not confirm.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.errors import MessageError
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from itertools import islice

LARGEST = 1_000_000  # bytes that are read of a report
MOST = 100  # parts, and addresses
LONGEST = 300  # characters of what was said
OURS = re.compile(r"\bdlv_[a-z2-7]{26}\b")
STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
REPLY = re.compile(r"\b(55[0-4])\b")
ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]]{1,64}@[A-Za-z0-9.-]{1,255}[A-Za-z0-9]")
DAEMON = re.compile(r"mailer-daemon|postmaster|mail delivery", re.IGNORECASE)
# the message's fault, and not its receiver's (RFC 3463 sections 3.3, 3.4 and 3.7)
OF_MESSAGE = re.compile(r"\b5\.(2\.3|3\.4|6\.\d+)\b|^552\b")


@dataclass(frozen=True, slots=True)
class Failure:
    """What a report says of one address."""

    address: str
    is_final: bool
    said: str


@dataclass(frozen=True, slots=True)
class Report:
    """What came back: the delivery that it is about, "" where that is none of ours."""

    delivery: str = ""
    failures: tuple[Failure, ...] = ()


def read(raw: bytes) -> Report:
    """A report, whatever is wrong with it; one that says nothing of our mails is empty."""
    try:
        message = BytesParser(policy=compat32).parsebytes(raw[:LARGEST])
        parts = list(islice(message.walk(), MOST))
        return notification(parts) if is_notification(parts) else in_words(message, parts)
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return Report()  # the library has no one error for what nobody can read


def counts(said: str) -> bool:
    """Whether a refusal speaks of the address, and not of this one mail."""
    return OF_MESSAGE.search(said) is None


# -- RFC 3464 -----------------------------------------------------------------------------------


def is_notification(parts: Sequence[Message]) -> bool:
    return any(part.get_content_type() == "message/delivery-status" for part in parts)


def notification(parts: Sequence[Message]) -> Report:
    ours = [found for part in parts if (found := original(part))]
    failures = [
        failure
        for part in parts
        if part.get_content_type() == "message/delivery-status"
        for block in blocks(part)
        if (failure := of_recipient(block)) is not None
    ]
    return Report(ours[0] if ours else "", tuple(failures[:MOST]))


def blocks(part: Message) -> Sequence[Message]:
    """Its groups of fields: the first is of the message, one follows for each recipient."""
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else ()


def of_recipient(block: Message) -> Failure | None:
    address = typed(block.get("Final-Recipient")) or typed(block.get("Original-Recipient"))
    action = plain(block.get("Action")).lower()
    status = plain(block.get("Status"))
    if not address or action not in ("failed", "delayed"):
        return None
    said = f"{status} {typed(block.get('Diagnostic-Code'))}".strip()
    return Failure(address, action == "failed" and status.startswith("5"), said[:LONGEST])


def typed(value: object) -> str:
    """A field like "rfc822; someone@example.org", without its type."""
    return plain(value).partition(";")[2].strip()


def plain(value: object) -> str:
    return " ".join(str(value or "").split())


def original(part: Message) -> str:
    """The delivery that a returned mail, or its headers, were of: its id is the Message-ID's."""
    kind, payload = part.get_content_type(), part.get_payload()
    if kind == "message/rfc822" and isinstance(payload, list):
        heads = [one for one in payload[:1] if isinstance(one, Message)]
    elif kind in ("text/rfc822-headers", "message/rfc822-headers") and isinstance(payload, str):
        heads = [BytesParser(policy=compat32).parsebytes(payload.encode("utf-8", "replace"))]
    else:
        heads = []
    return ours_in(plain(heads[0].get("Message-ID"))) if heads else ""


def ours_in(text: str) -> str:
    found = OURS.search(text)
    return found[0] if found else ""


# -- in words -----------------------------------------------------------------------------------


def in_words(message: Message, parts: Sequence[Message]) -> Report:
    """What a mail server wrote without a notification: only from one that says that it is one."""
    named = ADDRESS.findall(plain(message.get("X-Failed-Recipients")))
    if not named and not DAEMON.search(plain(message.get("From"))):
        return Report()
    text = "\n".join(texts(parts))
    status, reply = STATUS.search(text), REPLY.search(text)
    said = (status or reply)[0] if status or reply else ""  # type: ignore[index]
    addresses = dict.fromkeys(named or ADDRESS.findall(text[:20_000]))
    is_final = said.startswith("5")
    failures = tuple(Failure(one, is_final, said) for one in islice(addresses, MOST) if said)
    return Report(ours_in(text), failures)


def texts(parts: Sequence[Message]) -> Iterator[str]:
    for part in parts:
        body = part.get_payload(decode=True)
        if part.get_content_maintype() == "text" and isinstance(body, bytes):
            yield body[:200_000].decode("utf-8", "replace")
