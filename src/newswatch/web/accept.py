"""Whether a client wants to read a page, from its Accept header (RFC 9110 12.5.1). Pure."""

import re

PAGE = ("text/html", "application/xhtml+xml")
DATA = ("application/atom+xml", "application/xml", "text/xml")
QUALITY = re.compile(r"q\s*=\s*([01](?:\.\d{0,3})?)", re.IGNORECASE)


def wants_page(accept: str) -> bool:
    """True for a browser: it prefers HTML to feeds and XML.

    A client that prefers HTML but would take anything must name XHTML too, as all browsers do:
    the HTTP libraries that ask for "text/html, */*; q=.2" without being told to are feed readers.
    """
    ranges = qualities(accept)
    page, xhtml = (quality(ranges, kind) for kind in PAGE)
    data = max(quality(ranges, kind) for kind in DATA)
    named = "application/xhtml+xml" in ranges and xhtml > 0
    return page > data and (named or data == 0)


def qualities(accept: str) -> dict[str, float]:
    """The media ranges, in lower case, with their weights."""
    ranges: dict[str, float] = {}
    for one in accept.lower().split(","):
        kind, *parameters = (part.strip() for part in one.split(";"))
        if kind:
            ranges[kind] = weight(parameters)
    return ranges


def weight(parameters: list[str]) -> float:
    found = (QUALITY.fullmatch(parameter) for parameter in parameters)
    return next((float(one[1]) for one in found if one), 1.0)


def quality(ranges: dict[str, float], kind: str) -> float:
    """How much a client wants a media type: the most specific range counts."""
    for name in (kind, kind.partition("/")[0] + "/*", "*/*"):
        if name in ranges:
            return ranges[name]
    return 0.0
