"""What a publisher said, what newswatch understood of it, and the missions that it tells of. Pure."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Literal, TypeAlias

Day: TypeAlias = date  # a field called `date` hides the type
Subject: TypeAlias = tuple[str, frozenset[str], date]  # event, countries, day


@dataclass(frozen=True, slots=True)
class Published:
    """A publishing date. `instant` is None where the publisher gave a day only."""

    day: date
    instant: datetime | None = None

    @property
    def precision(self) -> Literal["day", "instant"]:
        return "day" if self.instant is None else "instant"

    @property
    def moment(self) -> datetime:
        """To compare with: midnight, UTC, where only the day is known."""
        return self.instant or datetime.combine(self.day, time.min, UTC)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document that belongs to a release: a report as PDF."""

    url: str
    title: str = ""
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What a publisher said of one item, before any interpretation. `title`, `summary` and
    `content` are HTML, not yet safe; plain text was escaped by the parser. `link` is absolute.
    `id` is the publisher's own (guid, atom:id) if any."""

    title: str
    link: str | None
    id: str | None = None
    published: Published | None = None
    summary: str = ""
    content: str = ""
    content_type: str | None = None
    institutions: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    language: str | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What a publisher's feed says of an item that was taken back (RFC 6721): the id it had, when it
    was taken back (in UTC), its addresses, and why, as text."""

    ref: str
    when: datetime
    links: tuple[str, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Retraction:
    """That a newsroom took a release back: the ids that it may have here, its `name`, when, and the
    reason in a line."""

    ids: tuple[str, ...]
    name: str
    at: datetime
    reason: str


# -- what newswatch understood ------------------------------------------------------------------

EVENTS = (
    "mission.announced",
    "mission.needs_assessment",
    "mission.opened",
    "mission.interim_report",
    "mission.preliminary_statement",
    "mission.media_notice",
    "mission.final_report",
    "mission.cancelled",
    "mission.declined",
    "mission.follow_up",
    "mission.statement",
    "election.assistance",
    "none",
)

ELECTION_KINDS = (
    "presidential",
    "parliamentary",
    "local",
    "regional",
    "european",
    "referendum",
    "general",
    "other",
)

MISSION_TYPES = (
    "EOM",
    "LEOM",
    "EAM",
    "EET",
    "SEAM",
    "SEOM",
    "ROM",
    "RAM",
    "NAM",
    "IEOM",
)


@dataclass(frozen=True, slots=True)
class Election:
    """An election that a release is about; `date` is None where no full date is known. It is resolved
    where the text names no day of a month, only "yesterday's" or "Sunday's"."""

    kind: str  # one of ELECTION_KINDS
    date: Day | None = None
    is_resolved: bool = field(default=False, compare=False)

    @property
    def stated(self) -> Day | None:
        """The date as far as the text itself gives it."""
        return None if self.is_resolved else self.date


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words that gave a field its value: text[start:end] of `where` ("title", "text",
    "institutions", "topics") is `words`. `confidence` is between 0 and 1."""

    field: str  # "country", "mentioned", "event", "mission", "election"
    value: str
    where: str
    start: int
    end: int
    words: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What newswatch understood of a release. Codes are ISO 3166-1 alpha-2, XK, EU."""

    countries: tuple[str, ...] = ()  # the countries it is about
    mentioned: tuple[str, ...] = ()  # others that are named
    event: str = "none"  # one of EVENTS
    mission: str | None = None  # one of MISSION_TYPES
    elections: tuple[Election, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    bodies: tuple[str, ...] = ()  # that observe, where it tells of a mission


# -- missions -----------------------------------------------------------------------------------

# The states of a mission. A later one takes the place of an earlier one, whatever was skipped.
MISSION_STATES = (
    "announced",
    "assessed",
    "opened",
    "interim",
    "preliminary",
    "final",
    "followed_up",
    "cancelled",
    "declined",
)


@dataclass(frozen=True, slots=True)
class Step:
    """A release on a mission's timeline."""

    release_id: str
    event: str  # one of EVENTS
    day: date


@dataclass(frozen=True, slots=True)
class Mission:
    """The observation of one election by one body, or by several together, from its announcement
    to the follow-up of its recommendations."""

    id: str  # like "tj-2025-03-02-odihr"; never changes
    country: str  # ISO 3166-1 alpha-2, XK, EU
    bodies: tuple[str, ...]
    type: str | None = None  # one of MISSION_TYPES
    elections: tuple[Election, ...] = ()
    steps: tuple[Step, ...] = ()  # in the order of their days


EXPECTED_STEPS = ("interim_report", "preliminary_statement", "final_report")


@dataclass(frozen=True, slots=True)
class Overdue:
    """A step that a mission of its kind takes, and that is late."""

    step: str  # one of EXPECTED_STEPS
    due: date


# -- releases -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Release:
    """The normalised record of one item. `text` is plain, `html` is safe to show."""

    id: str  # 16 hex digits, stable for ever
    source_id: str
    publisher: str
    url: str
    title: str
    first_seen: datetime
    fingerprint: str  # changes when the publisher changed something that matters
    published: Published | None = None
    content_type: str | None = None
    institutions: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    text: str = ""
    html: str = ""
    language: str | None = None
    reading: Reading = Reading()
    version: int = 1
    updated: datetime | None = None  # when this version was recorded; None: first_seen
    attachments: tuple[Attachment, ...] = ()
    likeness: str | None = None  # what stays of it when its newsroom changes all addresses
    name: str | None = None  # its publisher's own id, as a hash
    mission: Mission | None = None  # that it tells of, as known by then, without its timeline
    transition: str | None = None  # the state that it brought that mission into
    copy_of: str | None = None  # the release that told of the same event first
    overdue: Overdue | None = None  # of a notice of newswatch's own: the step that is late
    withdrawn: str = ""  # why its publisher took it back; "": it stands

    @property
    def shown(self) -> datetime:
        """What newest is decided by: when it was published, as far as that is known. It is never
        later than when it was seen, so that no date in the future stays on top."""
        if self.published is None:
            return self.first_seen
        end_of_day = datetime.combine(self.published.day, time.max, UTC)
        return min(self.first_seen, self.published.instant or end_of_day)


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person knows better than newswatch read. It holds for every later version too."""

    release_id: str
    field: str  # one of CORRECTABLE
    value: tuple[str, ...]  # codes; an event; a mission type or none; "parliamentary 2025-03-02"
    author: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Editor:
    """Who may correct through the API, known by a token."""

    name: str
    token: str = field(repr=False)


CORRECTABLE = ("countries", "mentioned", "event", "mission", "elections")
