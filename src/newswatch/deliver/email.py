"""E-mail through an SMTP server (RFC 5321), over STARTTLS (RFC 3207) or TLS (RFC 8314)."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

import aiosmtplib

from newswatch.model import MailServer, Outcome
from newswatch.ports import Message

TIMEOUT = 30.0  # seconds for each step of the dialogue


@dataclass(frozen=True, slots=True)
class MailSender:
    """Hands the mail to the server; certificates are checked against the system's authorities."""

    server: MailServer

    async def send(self, message: Message, _now: datetime, /) -> Outcome:
        server = self.server
        try:
            refused, reply = await aiosmtplib.send(
                message.body,
                sender=parseaddr(server.sender)[1],
                recipients=list(message.channel.to),
                hostname=server.host,
                port=server.port,
                use_tls=server.security == "tls",
                start_tls=server.security == "starttls",
                username=server.username or None,
                password=server.password or None,
                timeout=TIMEOUT,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            return failed(error)
        return Outcome(ok=True, answer="; ".join([one_line(reply), *map(refusal, refused.items())]))


def failed(error: aiosmtplib.SMTPException | OSError) -> Outcome:
    """A 5yz reply to a recipient or to the message is final (RFC 5321 section 4.2.1); a server that
    is away, or that refuses newswatch itself, is a matter of time."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        codes = [recipient.code for recipient in error.recipients]
        answer = "; ".join(
            f"{r.recipient}: {r.code} {one_line(r.message)}" for r in error.recipients
        )
        return Outcome(ok=False, answer=answer, retryable=any(code < 500 for code in codes))
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return Outcome(ok=False, answer=f"the mail server refuses the log-in ({error.code})")
    if isinstance(error, aiosmtplib.SMTPResponseException):
        is_final = error.code >= 500 and not isinstance(error, aiosmtplib.SMTPConnectError)
        answer = f"{error.code} {one_line(error.message)}"
        return Outcome(ok=False, answer=answer, retryable=not is_final)
    return Outcome(ok=False, answer=f"the mail server cannot be used: {one_line(str(error))}")


def refusal(refused: tuple[str, aiosmtplib.SMTPResponse]) -> str:
    recipient, response = refused
    return f"refused for {recipient}: {response.code} {one_line(response.message)}"


def one_line(text: str) -> str:
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:300]
