"""The bytes of an XML feed as a parser needs them: their charset, mended where feeds are careless.
Pure."""

import codecs
import re

from newswatch.model import Document

MARKS = (  # the longer first: the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32le"),
    (codecs.BOM_UTF32_BE, "utf-32be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
)
PARAMETER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
DECLARATION = re.compile(rb"<\?xml[^>]*?\sencoding\s*=\s*[\"']\s*([\w.:-]+)")
REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,8}));")
FIRST_ELEMENT = re.compile(rb"<\w")
LONGEST_PROLOG = 1_000  # bytes; longer ones have their space collapsed
# What no text has. ESC, SO and SI stay: ISO 2022 switches with them.
CONTROLS = bytes({*range(0x20)} - {0x09, 0x0A, 0x0D, 0x0E, 0x0F, 0x1B})


def charset_of(document: Document) -> str | None:
    """The charset by RFC 7303 section 3: that of the byte order mark, else of the header; None
    where the XML declaration decides. The media type, text or application, decides nothing."""
    marked = next((charset for mark, charset in MARKS if document.body.startswith(mark)), None)
    named = PARAMETER.search(document.content_type or "")
    return marked or (named[1] if named else None)


def readable_xml(document: Document) -> bytes:
    """The body without its byte order mark, space in front, and what XML 1.0 section 2.2 forbids:
    one such character makes a whole feed ill-formed."""
    text = start_of_text(document.body)
    if not is_like_ascii(text):
        return text
    text = without_space_in_prolog(text.translate(None, CONTROLS))
    if b"&#" in text:
        text = REFERENCE.sub(allowed, text)
    return mended_utf8(text) if is_utf8(document, text) else text


def start_of_text(body: bytes) -> bytes:
    mark = next((mark for mark, _ in MARKS if body.startswith(mark)), b"")
    text = body[len(mark) :]
    return text if b"\0" in text[:4] else text.lstrip()


def is_like_ascii(text: bytes) -> bool:
    """Whether markup is ASCII, which it is not in UTF-16, UTF-32 and EBCDIC."""
    return text.startswith(b"<") and b"\0" not in text[:4]


def without_space_in_prolog(text: bytes) -> bytes:
    """Parsing libraries look for the document type with expressions that are quadratic in it."""
    element = FIRST_ELEMENT.search(text)
    end = element.start() if element else len(text)
    if end < LONGEST_PROLOG:
        return text
    return b" ".join(text[:end].split()) + b" " + text[end:]


def allowed(reference: re.Match[bytes]) -> bytes:
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    return reference[0] if is_character(code) else b""


def is_character(code: int) -> bool:
    return (
        0x20 <= code <= 0xD7FF
        or code in (0x09, 0x0A, 0x0D)
        or 0xE000 <= code <= 0xFFFD
        or 0x10000 <= code <= 0x10FFFF
    )


def is_utf8(document: Document, text: bytes) -> bool:
    declared = DECLARATION.match(text[:LONGEST_PROLOG])
    charset = charset_of(document) or (declared[1].decode() if declared else "utf-8")
    return charset.lower() in ("utf-8", "utf8")


def mended_utf8(text: bytes) -> bytes:
    """A teaser that was cut within a character must not cost the others theirs, which it would: a
    text that is not UTF-8 is read as something else. Text that is rather something else stays."""
    mended = text.decode("utf-8", "replace")
    if "\ufffd" not in mended:
        return text
    broken = mended.count("\ufffd")
    whole = sum(1 for character in mended if character > "\x7f") - broken
    return mended.encode() if whole > broken else text
