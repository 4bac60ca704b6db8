"""A feed's document cut into its entries, without understanding any of them. Pure.

Newsrooms publish one entry more, and send all the others again. What stands between the tags of an
entry decides what it says, together with what stands around all entries: where both are as they
were, the entry need not be read again. Only what is plainly well-formed is cut.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from xml.parsers import expat

from newswatch.model import Document
from newswatch.parse.characters import DECLARATION, charset_of, start_of_text

LARGEST = 4_000_000  # bytes of a document that is cut
# What may hold a tag's letters without being one; and the tags of entries with all attributes. In
# well-formed XML each of them ends, so that the time is linear.
TAG = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>"
    rb"|<(?P<end>/?)(?P<name>(?:[\w.-]++:)?(?:item|entry))(?=[\s/>])"
    rb"(?P<rest>(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)>",
    re.DOTALL,
)
# Texts that change with every build of a feed, and the list of entries that RSS 1.0 begins with.
PASSING = re.compile(rb">[^<]*\d\d:\d\d[^<]*<|<rdf:li\b[^<>]*>")


@dataclass(frozen=True, slots=True)
class Cut:
    """`around[0] entries[0] around[1] … entries[n] around[n + 1]` is the document."""

    around: tuple[bytes, ...]
    entries: tuple[bytes, ...]

    @property
    def frame(self) -> bytes:
        """A hash of what stands around the entries, but for the time at which it was built."""
        lasting = (PASSING.sub(b"><", part).strip() for part in self.around)
        return sha256(b"\n".join(part for part in lasting if part)).digest()

    def only(self, numbers: Collection[int]) -> bytes:
        """The document with these entries alone."""
        kept = (entry if n in numbers else b"" for n, entry in enumerate(self.entries))
        return b"".join(
            part for pair in zip(self.around, [*kept, b""], strict=True) for part in pair
        )


def cut_feed(document: Document) -> Cut | None:
    """The document in pieces, or None where it must be read whole."""
    body = start_of_text(document.body)
    if len(body) > LARGEST or b"<!DOCTYPE" in body or not is_utf8(document, body):
        return None
    spans = entry_spans(body) if is_well_formed(body) else []
    if not spans:
        return None
    ends = [0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), len(body)]
    return Cut(
        tuple(body[end:start] for end, start in zip(ends, starts, strict=True)),
        tuple(body[start:end] for start, end in spans),
    )


def is_utf8(document: Document, body: bytes) -> bool:
    """Whether nothing says that the bytes are anything else; expat tells whether they are."""
    declared = DECLARATION.match(body)
    named = declared[1].decode() if declared else "utf-8"
    charset = charset_of(document) or "utf-8"
    return {named.lower(), charset.lower()} <= {"utf-8", "utf8"}


def entry_spans(body: bytes) -> list[tuple[int, int]]:
    """Where each entry of well-formed XML begins and ends; empty where entries are nested."""
    spans: list[tuple[int, int]] = []
    opened: re.Match[bytes] | None = None
    for tag in TAG.finditer(body):
        if tag["name"] is None:
            continue
        if tag["end"]:
            if opened is None or opened["name"] != tag["name"]:
                return []
            spans.append((opened.start(), tag.end()))
            opened = None
        elif opened is not None:
            return []
        elif tag["rest"].endswith(b"/"):
            spans.append(tag.span())
        else:
            opened = tag
    return spans


def is_well_formed(body: bytes) -> bool:
    """XML 1.0 with namespaces, by expat, which bounds what entities may grow to."""
    parser = expat.ParserCreate(namespace_separator=" ")
    try:
        parser.Parse(body, True)
    except expat.ExpatError:
        return False
    return True
