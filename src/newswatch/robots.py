"""The robots exclusion protocol (RFC 9309), for pages that are no feeds: may they be read by us?

A feed is there to be fetched by programs, and is fetched because its reader asked for it. A listing
page is read as a crawler would.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urljoin

from protego import Protego

from newswatch.model import Document, FetchFailure, NotModified, Validators
from newswatch.ports import Fetcher

PRODUCT = "newswatch"  # the product token that a group of rules may name (section 2.2.1)
KEPT = timedelta(hours=24)  # section 2.4: no longer than a day
LARGEST = 512_000  # bytes that are read; section 2.5 asks for 500 KiB


@dataclass(frozen=True, slots=True)
class Rules:
    """What a host said, and when. `failure`: it could not be asked."""

    at: datetime
    text: str = ""
    failure: FetchFailure | None = None


@dataclass(slots=True)
class Robots:
    """Asks each host once a day."""

    fetcher: Fetcher
    clock: Callable[[], datetime]
    hosts: dict[str, Rules] = field(default_factory=dict)

    async def refusal(self, url: str) -> FetchFailure | None:
        """Why the page must not be read now, or None."""
        rules = await self.rules(urljoin(url, "/robots.txt"))
        if rules.failure is not None:
            return rules.failure
        if Protego.parse(rules.text).can_fetch(url, PRODUCT):
            return None
        reason = "the site's robots.txt asks not to read this page"
        return FetchFailure("robots", reason, requests=0)

    async def rules(self, address: str) -> Rules:
        held, now = self.hosts.get(address), self.clock()
        if held is None or held.failure is not None or not held.at <= now <= held.at + KEPT:
            answer = await self.fetcher.fetch(address, Validators())
            self.hosts[address] = read_rules(answer, now)
        return self.hosts[address]


def read_rules(answer: Document | NotModified | FetchFailure, now: datetime) -> Rules:
    """4xx: everything may be read (section 2.3.1.3). 5xx or no answer: nothing, until there is
    one (section 2.3.1.4)."""
    if isinstance(answer, Document):
        return Rules(now, answer.body[:LARGEST].decode("utf-8", "replace"))
    if isinstance(answer, FetchFailure) and not 400 <= (answer.status or 0) < 500:
        reason = f"robots.txt cannot be read: {answer.reason}"
        state = "robots" if answer.state == "http" else answer.state
        return Rules(now, failure=FetchFailure(state, reason, answer.status, answer.retry_after))
    return Rules(now)
