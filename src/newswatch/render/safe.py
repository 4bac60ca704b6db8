"""Text and addresses that may go out into XML, JSON and pages, whatever a publisher wrote. Pure."""

import re
from urllib.parse import quote, urlsplit

SUMMARY = 500  # characters, where the content stands beside it

# What XML 1.0 (2.2) forbids, the other control characters, and those that turn the text's direction.
# One class of what is taken out is searched for several times faster than its complement.
ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+"
)
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
MEDIA_TYPE = re.compile(r"[A-Za-z0-9][\w.+-]{0,126}/[A-Za-z0-9][\w.+-]{0,126}", re.ASCII)
URI_CHARACTERS = "%/:=&?~#+!$,;'@()*[]"


def legal(text: str) -> str:
    """The text without characters that XML forbids, and without those that turn its direction."""
    return text if text.isprintable() else ILLEGAL.sub("", text)  # most lines are


def line(text: str) -> str:
    """The text as one legal line."""
    return " ".join(legal(text).split())


def address(url: str) -> str:
    """The URL with what RFC 3986 does not allow percent-encoded; empty if it is not http(s)."""
    url = legal(url).strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    return quote(url, safe=URI_CHARACTERS)


def language_tag(language: str | None) -> str:
    """The language if it has the form of a tag (RFC 5646 2.1), else ""."""
    return language if language and LANGUAGE.fullmatch(language) else ""


def media_type(kind: str | None) -> str:
    """The media type if it is one (RFC 6838 4.2), without parameters, else ""."""
    bare = (kind or "").partition(";")[0].strip().lower()
    return bare if MEDIA_TYPE.fullmatch(bare) else ""


def shortened(text: str, limit: int = SUMMARY) -> str:
    """At most `limit` characters and an ellipsis, cut between words where there are any."""
    if len(text) <= limit:
        return text
    start, _, _ = text[: limit + 1].rpartition(" ")
    return (start or text[:limit]) + " …"
