"""What one poll of one source brought and decided. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from newswatch.model.deliveries import Delivery, Match
from newswatch.model.releases import Mission, Release
from newswatch.model.sources import Document, SourceState, Visit


@dataclass(frozen=True, slots=True)
class Change:
    """A release that a poll brought: new, or a revision of one that is known."""

    kind: Literal["new", "revised"]
    release: Release
    matches: tuple[Match, ...] = ()
    mission: Mission | None = None  # as it is with this release


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The version of a release that says that it was taken back, and what is owed for it."""

    release: Release
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True)
class Raw:
    """A newsroom's own document, as it came, and what it was judged to be."""

    document: Document
    state: str  # one of SOURCE_STATES
    reason: str = ""
    brought: int = 0  # releases that were new or revised


@dataclass(frozen=True, slots=True)
class Tally:
    """What a document held, counted."""

    entries: int
    known: int = 0  # of them, that are held already
    dated: int = 0  # with a plausible date
    ahead: int = 0  # with a date in the future
    lacking: int = 0  # without a title or a link of their own
    is_uniform: bool = False  # all titles are the same, or all links
    damaged: float = 0.0  # share of the characters that are U+FFFD
    dates: tuple[datetime, ...] = ()  # when its releases were published
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Poll:
    """Everything that one poll of one source decided. The store records it whole, or not at all."""

    source_id: str
    at: datetime
    state: SourceState  # the state after the poll
    changes: tuple[Change, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    skipped: tuple[str, ...] = ()  # one line for each entry that did not become a release
    quiet: bool = False  # first poll: recorded, alerted to nobody
    tally: Tally | None = None  # of the document; None where none was read
    visit: Visit | None = None
    raws: tuple[Raw, ...] = ()  # the documents that were read
    lets_go: bool = False  # what earlier polls held is sent now
    next_page: str | None = None  # where older entries are, while nothing on the page was known
