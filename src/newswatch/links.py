"""The Link header of HTTP (RFC 8288): which address stands in which relation. Pure."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin

LONGEST = 16_384  # characters of a header that are read
VALUE = r'(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*)'
LINK = re.compile(rf"<([^<>]*)>((?:\s*;\s*[^\s=;,]+(?:\s*=\s*{VALUE})?)*)")
PARAMETER = re.compile(rf";\s*([^\s=;,]+)\s*=\s*({VALUE})")


def linked(header: str | None, relation: str, base: str) -> str | None:
    """The first web address in that relation to the document at `base`, made absolute."""
    for target, parameters in links(header or ""):
        if relation in parameters.get("rel", "").lower().split() and is_about(parameters, base):
            address = resolved(base, target)
            if address is not None:
                return address
    return None


def links(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Targets with their parameters; of a parameter that is repeated the first counts (3.3)."""
    for target, parameters in LINK.findall(header[:LONGEST]):
        found: dict[str, str] = {}
        for name, value in PARAMETER.findall(parameters):
            found.setdefault(name.lower(), re.sub(r"\\(.)", r"\1", value.strip('"')))
        yield target.strip(), found


def is_about(parameters: dict[str, str], base: str) -> bool:
    """A link with an anchor (section 3.2) is another document's, unless it leads back here."""
    anchor = parameters.get("anchor")
    return anchor is None or resolved(base, anchor) == base


def resolved(base: str, target: str) -> str | None:
    try:
        address = urljoin(base, target)
    except ValueError:
        return None
    return address if address.startswith(("https://", "http://")) else None
