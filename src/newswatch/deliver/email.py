"""E-mail through an SMTP server (RFC 5321), over STARTTLS (RFC 3207) or TLS (RFC 8314)."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from newswatch.deliver.relay import Relay
from newswatch.model import Outcome
from newswatch.ports import Message
from newswatch.recipients import PURPOSES, Recipient, filled, token
from newswatch.together import Together

DEADLINE = 300.0  # seconds for a message to all its addresses: less than a lease
CLOSING, TOO_LARGE, LOGIN_NEEDED = 421, 552, 530  # replies, RFC 5321 section 4.2.3 and RFC 4954


@dataclass(slots=True)
class Said:
    """What was said of each address, in one line; `later` of those that may be tried again."""

    taken: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    later: dict[str, str] = field(default_factory=dict)
    wrong_settings: str = ""

    def refuse(self, recipient: str, code: int, text: str) -> None:
        """5yz is final, 4yz is a matter of time (RFC 5321 section 4.2.1)."""
        said = self.refused if code >= 500 else self.later
        said[recipient] = f"{code} {one_line(text)}"

    def broke_off(self, recipients: Sequence[str], why: str) -> None:
        """Whatever was not answered for is unknown: also a mail whose last dot was not answered."""
        settled = self.taken | self.refused | self.later
        self.later |= {one: why for one in recipients if one not in settled}


class BreakOffError(Exception):
    """Nothing more can be sent through this connection; the text says why."""


@dataclass(frozen=True, slots=True)
class MailSender:
    """Hands the mail to the server, to each address by itself, so that none sees the others;
    certificates are checked against the system's authorities."""

    relay: Relay
    key: Callable[[], bytes]  # what signs the links of readers
    deadline: float = DEADLINE
    keys: Together[None, bytes] = field(default_factory=Together)

    async def send(self, message: Message, _now: datetime, /) -> Outcome:
        done = message.deliveries[0].tried_with
        recipients = [one for one in message.channel.to if one not in done]
        said = Said()
        try:
            async with asyncio.timeout(self.deadline), self.relay.session() as session:
                key = await self.keys(None, self.look_up_key)
                for recipient in recipients:
                    mail = addressed(message, recipient, key)
                    await self.post(session, recipient, mail, said)
        except BreakOffError as error:
            said.broke_off(recipients, str(error))
        except (SMTPException, OSError) as error:
            said.wrong_settings = said.wrong_settings or wrong_settings(error)
            said.broke_off(recipients, in_words(error))
        return outcome(said, message.deliveries[0].taken)

    async def look_up_key(self, asked: Sequence[None]) -> Sequence[bytes]:
        return [await asyncio.to_thread(self.key)] * len(asked)

    async def post(self, session: SMTP, recipient: str, mail: bytes, said: Said) -> None:
        """One transaction: MAIL, RCPT, DATA."""
        options = [] if recipient.isascii() else ["SMTPUTF8"]  # RFC 6531
        try:
            _, reply = await session.sendmail(
                self.relay.sender, [recipient], mail, mail_options=options
            )
        except SMTPNotSupported:
            said.refuse(recipient, 553, "the mail server takes no address with such letters")
        except SMTPRecipientsRefused as error:
            (refused,) = error.recipients
            self.refused(recipient, refused, said)
        except SMTPResponseException as error:
            self.refused(recipient, error, said)
        else:
            said.taken[recipient] = one_line(reply)

    def refused(self, recipient: str, error: SMTPResponseException, said: Said) -> None:
        """Raises `BreakOffError` where the others would be answered alike."""
        is_ours = isinstance(error, SMTPSenderRefused) and error.code != TOO_LARGE
        if error.code == LOGIN_NEEDED or (is_ours and error.code >= 500):
            said.wrong_settings = f"the mail server refuses the sender ({reply_of(error)})"
            raise BreakOffError(said.wrong_settings)
        if error.code == CLOSING:
            raise BreakOffError(reply_of(error))
        said.refuse(recipient, error.code, error.message)


def addressed(message: Message, recipient: str, key: bytes) -> bytes:
    """The mail as rendered, to one recipient, with the recipient's own links."""
    who = Recipient(message.deliveries[0].subscriber, message.channel.id, recipient)
    places = {
        purpose: message.headers[purpose] for purpose in PURPOSES if purpose in message.headers
    }
    tokens = {place: token(key, purpose, who) for purpose, place in places.items()}
    mail = filled(message.body, tokens)
    return b"To: " + recipient.encode() + b"\r\n" + mail


def outcome(said: Said, before: tuple[str, ...]) -> Outcome:
    """Sent, where all have it but those that refused it for good. `before`: who had it already."""
    if said.wrong_settings:
        return Outcome(
            ok=False,
            answer=said.wrong_settings,
            attempted=False,
            is_misconfigured=True,
            taken=tuple(said.taken),
            turned_away=tuple(said.refused),
            refusals=tuple(said.refused.items()),
        )
    return Outcome(
        ok=not said.later and bool(said.taken or before),
        answer="; ".join(answers(said)),
        retryable=bool(said.later),
        taken=tuple(said.taken),
        turned_away=tuple(said.refused),
        refusals=tuple(said.refused.items()),
    )


def answers(said: Said) -> list[str]:
    """The replies, each once, with the addresses that did not get the mail."""
    lines = list(dict.fromkeys(said.taken.values()))
    lines += (f"refused for {one}: {reply}" for one, reply in said.refused.items())
    if not lines and len(set(said.later.values())) == 1:
        return list(said.later.values())[:1]
    for reply in dict.fromkeys(said.later.values()):
        waiting = ", ".join(one for one, why in said.later.items() if why == reply)
        lines.append(f"not yet for {waiting}: {reply}")
    return lines


def wrong_settings(error: SMTPException | OSError) -> str:
    """What only a person can mend: a log-in or a certificate that is not good, no STARTTLS. ""
    where time may."""
    if isinstance(error, SMTPAuthenticationError) and error.code >= 500:
        return f"the mail server refuses the log-in ({error.code})"
    if is_bad_certificate(error):
        return f"the mail server's certificate is not good: {one_line(str(error))}"
    is_plain = not isinstance(error, SMTPResponseException | OSError)
    return f"the mail server cannot be used: {one_line(str(error))}" if is_plain else ""


def is_bad_certificate(error: BaseException) -> bool:
    causes: list[BaseException] = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) and cause not in causes:
        causes.append(cause)
    return any(isinstance(one, ssl.SSLCertVerificationError) for one in causes)


def in_words(error: SMTPException | OSError) -> str:
    if isinstance(error, SMTPAuthenticationError):  # its text may repeat what was sent
        return f"the mail server refuses the log-in ({error.code})"
    if isinstance(error, SMTPResponseException):
        return reply_of(error)
    return f"the mail server cannot be used: {one_line(str(error)) or 'no answer in time'}"


def reply_of(error: SMTPResponseException) -> str:
    return f"{error.code} {one_line(error.message)}"


def one_line(text: str) -> str:
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:300]
