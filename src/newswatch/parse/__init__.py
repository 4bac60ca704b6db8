"""Source kinds: the bytes of a document → entries. A new kind is one file and one line here. Pure."""

from collections.abc import Mapping

from newswatch.errors import ParseError
from newswatch.model import Document, Source
from newswatch.parse.feed import parse_feed
from newswatch.parse.listing import parse_listing
from newswatch.ports import Parsed, Parser

PARSERS: Mapping[str, Parser] = {
    "feed": parse_feed,
    "listing": parse_listing,
}


def parse(document: Document, source: Source) -> Parsed:
    """The entries of a document. Raises `ParseError` where it is not what the source says it is."""
    if not document.body.strip():
        raise ParseError("empty", "the answer has no content")
    return PARSERS[source.kind](document, source)
