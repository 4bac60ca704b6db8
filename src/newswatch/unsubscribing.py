"""Mails by which readers unsubscribe (RFC 2369): the address in `List-Unsubscribe`, and what a mail to
it asks. Pure.

The token of its reader says who, and that he may: whoever has it could use the page as well. It
stands in the subject, as not every mail server takes an address with a plus, or keeps its case.
"""

import re
from collections.abc import Iterator
from email.errors import MessageError
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from email.policy import compat32
from urllib.parse import quote

LARGEST = 64_000  # bytes that are read of a mail's head
MOST, LONGEST = 10, 1_000  # headers of a name; characters of each
HEADERS = ("Subject", "To", "Cc", "Delivered-To", "X-Original-To")
# "stop:TOKEN", with what mail programs and servers put around it; or an address with "+TOKEN".
ASKED = re.compile(r"\bstop:\s*([\w-]{22})(?![\w-])|\+([\w-]{22})@", re.ASCII | re.IGNORECASE)


def mailto(mailbox: str, token: str) -> str:
    """Where a mail program writes to (RFC 6068)."""
    return f"mailto:{quote(mailbox, safe='@')}?subject=stop:{token}"


def tokens(raw: bytes) -> Iterator[str]:
    """What a mail holds in its head that looks like a token; each may be forged. A mail that a
    program wrote in answer to another (RFC 3834) is nobody's wish."""
    mail = BytesHeaderParser(policy=compat32).parsebytes(raw[:LARGEST])
    if "auto-replied" in str(mail.get("Auto-Submitted", "")).lower():
        return
    for name in HEADERS:
        for value in mail.get_all(name, [])[:MOST]:
            for in_subject, in_address in ASKED.findall(decoded(str(value)[:LONGEST])):
                yield in_subject or in_address


def decoded(value: str) -> str:
    """A header without its encoded words (RFC 2047); as it is, where it has bad ones."""
    try:
        return str(make_header(decode_header(value)))
    except (MessageError, ValueError, LookupError):
        return value
