"""What the API takes and gives, as models: requests are checked by them, and OpenAPI is made of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import date as Day  # noqa: N812 - a field called `date` hides the type
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from newswatch.ledger import Entry
from newswatch.missions import Expected, expected, state_of
from newswatch.model import (
    CORRECTABLE,
    ELECTION_KINDS,
    EVENTS,
    MISSION_STATES,
    MISSION_TYPES,
    Correction,
)
from newswatch.model import Mission as MissionValue
from newswatch.model import Release as ReleaseValue
from newswatch.timeline import Event as Happened
from newswatch.understand.countries import resolve

CountryName = Callable[[str], str]
Event = Literal[EVENTS]  # type: ignore[valid-type]  # a tuple of texts is what Literal takes
Kind = Literal[ELECTION_KINDS]  # type: ignore[valid-type]
Type = Literal[MISSION_TYPES]  # type: ignore[valid-type]
State = Literal[MISSION_STATES]  # type: ignore[valid-type]
Correctable = Literal[CORRECTABLE]  # type: ignore[valid-type]
Code = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2, XK or EU")]
Words = Annotated[str, Field(max_length=200)]


class Shape(BaseModel):
    """What is not in a shape is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# -- given ----------------------------------------------------------------------------------------


class Country(Shape):
    code: Code
    name: str


class Election(Shape):
    kind: Kind
    date: Day | None = None


class Evidence(Shape):
    """The words that gave a fact its value: `where[start:end]` is `words`."""

    field: str
    value: str
    where: str
    start: int
    end: int
    words: str
    confidence: float


class Reading(Shape):
    """What newswatch understood."""

    countries: list[Country]
    mentioned: list[Country]
    event: Event
    mission_type: Type | None
    elections: list[Election]


class Source(Shape):
    id: str
    name: str


class Release(Shape):
    """A release. `published` is a day where the newsroom gave a day, else an instant."""

    id: str
    url: str
    title: str
    summary: str
    published: Day | datetime | None
    first_seen: datetime
    updated: datetime
    version: int
    source: Source
    publisher: str
    content_type: str | None
    institutions: list[str]
    topics: list[str]
    language: str | None
    reading: Reading
    mission: str | None = Field(description="The id of the mission that it tells of")
    transition: State | None = Field(description="The state that it brought the mission into")
    copy_of: str | None = Field(description="The release that told of the same event first")


class Attachment(Shape):
    url: str
    title: str
    media_type: str | None


class WholeRelease(Release):
    """A release with its text, and the words that gave each fact."""

    text: str
    html: str
    withdrawn: str
    attachments: list[Attachment]
    evidence: list[Evidence]


class Releases(Shape):
    """A page of releases, the newest first; `next` is the cursor of the following one."""

    items: list[Release]
    next: str | None


class Step(Shape):
    release: str
    event: Event
    day: Day


class ExpectedStep(Shape):
    event: Event
    due: Day
    overdue: bool


class Mission(Shape):
    """The observation of one election. `state` is null where notices and statements alone tell of it."""

    id: str
    country: Country
    bodies: list[str]
    type: Type | None
    elections: list[Election]
    state: State | None
    steps: list[Step]
    expected: list[ExpectedStep]


class Missions(Shape):
    items: list[Mission]


class Corrected(Shape):
    """A field that a person corrected. `value` is texts: codes, an event, "parliamentary 2025-03-02"."""

    release: str
    field: Correctable
    value: list[str]
    author: str
    reason: str
    at: datetime


class Corrections(Shape):
    items: list[Corrected]


class LedgerEvent(Shape):
    at: datetime
    what: str
    text: str
    version: int
    channel: str
    delivery: str


class LedgerEntry(Shape):
    """What became of one version on one channel."""

    channel: str
    version: int
    outcome: str
    reason: str
    rules: list[str]
    delivery: str
    taken: int


class Ledger(Shape):
    release: str
    subscriber: str
    events: list[LedgerEvent]
    account: list[LedgerEntry]


class Problem(Shape):
    """RFC 9457. `errors` are the fields that are wrong."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[str] | None = None


# -- taken ----------------------------------------------------------------------------------------


class ReleasesAsked(Shape):
    country: Code | None = Field(None, description="Releases about it")
    event: Event | None = None
    source: Words | None = None
    since: Day | datetime | None = Field(None, description="Shown since a day or an instant")
    q: Words | None = Field(None, description="Words that all stand in title or text")
    cursor: Words | None = Field(None, description="`next` of the page before")
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class EventsAsked(Shape):
    subscriber: Words = Field(description="Whose webhooks")
    after: Words | None = Field(None, description="`cursor` of the last line that was handled")
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class LedgerAsked(Shape):
    release: Words
    subscriber: Words


class MissionsAsked(Shape):
    country: Code | None = None
    body: Words | None = Field(None, description="ODIHR, EU, OAS, …")
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Nothing(Shape):
    """No parameters."""


class Correct(Shape):
    """Fields as a person knows them; those that are left out stay as they are read."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "countries": ["TJ"],
                    "event": "mission.cancelled",
                    "elections": [{"kind": "parliamentary", "date": "2025-03-02"}],
                    "reason": "paragraph 2 says so",
                }
            ]
        }
    )

    countries: list[Code] | None = None
    mentioned: list[Code] | None = None
    event: Event | None = None
    mission_type: Type | None = Field(None, description="null says that there is none")
    elections: list[Election] | None = None
    author: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        None, description="The token's name where nobody is named"
    )
    reason: Annotated[str, Field(min_length=1, max_length=1_000)]
    alert: bool = Field(False, description="Alert by the rules that it meets only now")

    @field_validator("countries", "mentioned")
    @classmethod
    def are_countries(cls, codes: list[str] | None) -> list[str] | None:
        for code in codes or ():
            if resolve(code) != {code}:
                raise ValueError(f"{code} is the code of no country")
        return codes

    @model_validator(mode="after")
    def is_something(self) -> "Correct":
        if not self.values():
            names = "countries, mentioned, event, mission_type or elections"
            raise ValueError(f"nothing to correct: name {names}")
        return self

    def values(self) -> dict[str, tuple[str, ...]]:
        """By the name of the field in a reading, as a `Correction` has them."""
        found: dict[str, tuple[str, ...]] = {}
        for name in ("countries", "mentioned"):
            if (codes := getattr(self, name)) is not None:
                found[name] = tuple(codes)
        if self.event is not None:
            found["event"] = (self.event,)
        if "mission_type" in self.model_fields_set:
            found["mission"] = (self.mission_type,) if self.mission_type else ()
        if self.elections is not None:
            found["elections"] = tuple(f"{e.kind} {e.date or ''}".strip() for e in self.elections)
        return found


# -- from values ----------------------------------------------------------------------------------


def release_fields(
    release: ReleaseValue, sources: dict[str, str], name: CountryName
) -> dict[str, object]:
    """The fields of `Release`."""
    published = release.published
    return {
        "id": release.id,
        "url": release.url,
        "title": release.title,
        "summary": release.text[:500],
        "published": published and (published.instant or published.day),
        "first_seen": release.first_seen,
        "updated": release.updated or release.first_seen,
        "version": release.version,
        "source": Source(
            id=release.source_id, name=sources.get(release.source_id, release.source_id)
        ),
        "publisher": release.publisher,
        "content_type": release.content_type,
        "institutions": list(release.institutions),
        "topics": list(release.topics),
        "language": release.language,
        "reading": reading(release, name),
        "mission": release.mission and release.mission.id,
        "transition": release.transition,
        "copy_of": release.copy_of,
    }


def reading(release: ReleaseValue, name: CountryName) -> Reading:
    read = release.reading
    return Reading(
        countries=countries(read.countries, name),
        mentioned=countries(read.mentioned, name),
        event=read.event,
        mission_type=read.mission,
        elections=[Election(kind=one.kind, date=one.date) for one in read.elections],
    )


def countries(codes: Sequence[str], name: CountryName) -> list[Country]:
    return [Country(code=code, name=name(code)) for code in codes]


def whole(release: ReleaseValue, sources: dict[str, str], name: CountryName) -> WholeRelease:
    return WholeRelease.model_validate(
        release_fields(release, sources, name)
        | {
            "text": release.text,
            "html": release.html,
            "withdrawn": release.withdrawn,
            "attachments": [
                Attachment(url=one.url, title=one.title, media_type=one.media_type)
                for one in release.attachments
            ],
            "evidence": [
                Evidence(
                    field=one.field,
                    value=one.value,
                    where=one.where,
                    start=one.start,
                    end=one.end,
                    words=one.words,
                    confidence=one.confidence,
                )
                for one in release.reading.evidence
            ],
        }
    )


def mission(one: MissionValue, today: Day, name: CountryName) -> Mission:
    return Mission(
        id=one.id,
        country=Country(code=one.country, name=name(one.country)),
        bodies=list(one.bodies),
        type=one.type,
        elections=[Election(kind=e.kind, date=e.date) for e in one.elections],
        state=state_of(one),
        steps=[Step(release=s.release_id, event=s.event, day=s.day) for s in one.steps],
        expected=[expected_step(step) for step in expected(one, today)],
    )


def expected_step(step: Expected) -> ExpectedStep:
    return ExpectedStep(event=step.event, due=step.due, overdue=step.is_overdue)


def corrected(one: Correction) -> Corrected:
    return Corrected(
        release=one.release_id,
        field=one.field,
        value=list(one.value),
        author=one.author,
        reason=one.reason,
        at=one.at,
    )


def ledger(
    release: str, subscriber: str, events: Iterable[Happened], account: Iterable[Entry]
) -> Ledger:
    return Ledger(
        release=release,
        subscriber=subscriber,
        events=[LedgerEvent(**asdict(one)) for one in events],
        account=[ledger_entry(one) for one in account],
    )


def ledger_entry(one: Entry) -> LedgerEntry:
    key: Any = one.key  # subscriber, channel, release and version
    return LedgerEntry(
        channel=key[1],
        version=key[3],
        outcome=one.outcome,
        reason=one.reason,
        rules=list(one.rules),
        delivery=one.delivery,
        taken=one.taken,
    )
