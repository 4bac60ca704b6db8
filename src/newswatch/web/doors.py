"""What the web needs from the rest of newswatch: doors, given by the wiring."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from newswatch.model import Mission, Release, Source, SourceState
from newswatch.rules.rule import Subscriber


@dataclass(frozen=True, slots=True)
class Site:
    """The doors. Each callable may block, and is called in a thread.

    `recent` gives the newest releases, newest first; `marker` changes whenever a release does;
    `feed_by_token` gives subscriber and rule for the SHA-256 (hex) of a private feed's token;
    `ready` gives whether newswatch works, and in a line why not.
    """

    subscribers: Callable[[], Sequence[Subscriber]]
    sources: Callable[[], Sequence[Source]]
    recent: Callable[[int], Sequence[Release]]
    release: Callable[[str], Release | None]
    missions: Callable[[int], Sequence[Mission]]  # the latest first
    mission: Callable[[str], tuple[Mission, Mapping[str, Release]] | None]  # with its releases
    today: Callable[[], date]
    marker: Callable[[], str]
    feed_by_token: Callable[[str], tuple[str, str] | None]
    states: Callable[[], Mapping[str, SourceState]]
    counts: Callable[[], Mapping[str, int]]  # deliveries, by state
    ready: Callable[[], tuple[bool, str]]
    base_url: str
    version: str
    country_name: Callable[[str], str]

    @property
    def address(self) -> str:
        """`base_url` without a slash at its end."""
        return self.base_url.rstrip("/")

    @property
    def root(self) -> str:
        """The path of `base_url`, without a slash at its end: what every link starts with."""
        return urlsplit(self.address).path
