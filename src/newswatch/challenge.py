"""Bot checks: what stands between a program and a page, told by its headers or its title. Pure."""

import re
from collections.abc import Mapping

TITLES = re.compile(
    r"just a moment|attention required|checking your browser|verify(ing)? (that )?you are (a )?human"
    r"|are you (a )?(robot|human)|ddos-guard|ddos protection|security check|access denied"
    r"|request (blocked|unsuccessful)|pardon our interruption|bot verification|human verification",
    re.IGNORECASE,
)
TITLE = re.compile(rb"<title[^>]*>([^<]{0,200})", re.IGNORECASE)


def is_challenge(title: str) -> bool:
    return TITLES.search(title) is not None


def challenges(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether an error answer is a bot check rather than an error."""
    if headers.get("cf-mitigated", "").strip().lower() == "challenge":
        return True
    found = TITLE.search(body)
    return found is not None and is_challenge(found[1].decode("utf-8", "replace"))
