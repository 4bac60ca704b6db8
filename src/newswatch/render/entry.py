"""What a feed and its entries say, in every format alike. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from html import escape
from urllib.parse import quote

from newswatch.model import Difference, Reading, Release
from newswatch.render.correction import differences, in_words
from newswatch.render.safe import address, legal, line, media_type, shortened
from newswatch.render.words import ENGLISH

FACTS = "urn:newswatch:facts:1"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # of an empty feed: older dates are taken for mistakes
NOON = time(12, tzinfo=UTC)
UNTITLED = ENGLISH.untitled
UNKNOWN_TYPE = "application/octet-stream"

CountryName = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class FeedHead:
    """What a feed says of itself. `id` never changes; `site_url` is where its site is rooted.

    `previous` is the address of the archive page before this document, `current` of an archive page
    that of the feed it belongs to (RFC 5005 4); `hub` is where it is pushed from (WebSub).
    """

    id: str
    title: str
    self_url: str
    site_url: str
    subtitle: str = ""
    author: str = "newswatch"
    updated: datetime = EPOCH
    previous: str = ""
    current: str = ""
    hub: str = ""


@dataclass(frozen=True, slots=True)
class Deletion:
    """That an entry is in the feed no more (RFC 6721), and why, in a line."""

    release_id: str
    at: datetime
    reason: str

    @property
    def id(self) -> str:
        return entry_id(self.release_id)


@dataclass(frozen=True, slots=True)
class Setting:
    """Where entries stand: `root` is the site's address without a slash at its end."""

    root: str
    country_name: CountryName


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A document that comes with a release. `type` is "" where it is not known."""

    url: str
    type: str
    title: str


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A release as a feed tells it. `before` is the version that this one replaced."""

    release: Release
    before: Release | None = None

    @property
    def id(self) -> str:
        return entry_id(self.release.id)

    @property
    def title(self) -> str:
        return line(self.release.title) or UNTITLED

    @property
    def link(self) -> str:
        """The publisher's page; "" where there is none that can be linked."""
        return address(self.release.url)

    @property
    def corrected(self) -> tuple[Difference, ...]:
        return differences(self.before, self.release) if self.before else ()

    @property
    def text(self) -> str:
        return legal(self.release.text)

    @property
    def html(self) -> str:
        """The content, after what was corrected in it; "" where the publisher gave none."""
        html = legal(self.release.html)
        note = in_words(self.corrected) if html else ""
        return f'<p lang="en"><em>{escape(note)}</em></p>{html}' if note else html

    @property
    def summary(self) -> str:
        """The text, after what was corrected; shortened where the content is whole."""
        text = shortened(self.text) if self.release.html else self.text
        note = in_words(self.corrected)
        return f"{note}\n\n{text}".strip() if note else text

    @property
    def enclosures(self) -> tuple[Enclosure, ...]:
        """The attachments that can be linked, each once."""
        found = {
            url: Enclosure(url, media_type(one.media_type), line(one.title))
            for one in self.release.attachments
            if (url := address(one.url))
        }
        return tuple(found.values())


def entry_id(release_id: str) -> str:
    return f"urn:newswatch:release:{release_id}"


def source_id(release: Release) -> str:
    return f"urn:newswatch:source:{quote(legal(release.source_id))}"


def feed_updated(releases: Sequence[Release]) -> datetime:
    """When the feed last changed, to the second: the newest change of its releases, else EPOCH."""
    return max(map(updated, releases), default=EPOCH)


def updated(release: Release) -> datetime:
    """When the release last changed, to the second."""
    return in_utc(release.updated or release.first_seen)


def published(release: Release) -> datetime | None:
    """The publishing instant. A day becomes its noon in UTC: the same day in nearly every zone."""
    if release.published is None:
        return None
    instant = release.published.instant
    return in_utc(instant) if instant else datetime.combine(release.published.day, NOON)


def in_utc(instant: datetime) -> datetime:
    """To the second; at the ends of the calendar the zone is dropped where it would lead out."""
    try:
        return instant.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        return instant.replace(microsecond=0, tzinfo=UTC)


def rfc3339(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def release_path(release_id: str) -> str:
    """Where a release's page is, below the site's root."""
    return f"/releases/{release_id}"


def categories(release: Release, country_name: CountryName) -> Iterator[tuple[str, str, str]]:
    """Scheme, term and label: the countries it is about, the event, topics and institutions."""
    reading = release.reading
    for code in reading.countries:
        yield "country", line(code), line(country_name(code))
    if reading.event != "none":
        yield "event", line(reading.event), line(ENGLISH.event(reading.event))
    for scheme, names in (("topic", release.topics), ("institution", release.institutions)):
        for name in dict.fromkeys(filter(None, map(line, names))):
            yield scheme, name, name


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact for programs: an element of the namespace FACTS, a member of JSON Feed's extension."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    text: str = ""


def facts(entry: FeedEntry, setting: Setting) -> Iterator[Fact]:
    """What newswatch knows, in the order of the reference."""
    yield from publisher_facts(entry.release)
    yield from understood_facts(entry.release.reading, setting.country_name)
    yield from mission_facts(entry.release)
    if original := entry.release.copy_of:
        page = {"page": setting.root + release_path(original)} if setting.root else {}
        yield fact("copy", of=entry_id(original), **page)
    for one in entry.corrected:
        yield fact("change", field=one.field, before=one.before, after=one.after)


def publisher_facts(release: Release) -> Iterator[Fact]:
    if release.published:
        said = release.published.instant or release.published.day
        yield fact("published", said.isoformat(), precision=release.published.precision)
    yield fact("version", str(release.version))
    if kind := line(release.content_type or ""):
        yield fact("type", kind)


def understood_facts(reading: Reading, country_name: CountryName) -> Iterator[Fact]:
    if reading.event != "none":
        yield fact("event", line(reading.event))
    for role, codes in (("subject", reading.countries), ("mentioned", reading.mentioned)):
        for code in codes:
            yield fact("country", line(country_name(code)), code=line(code), role=role)
    for election in reading.elections:
        day = {"date": election.date.isoformat()} if election.date else {}
        yield fact("election", kind=line(election.kind), **day)


def mission_facts(release: Release) -> Iterator[Fact]:
    known = {
        "type": release.reading.mission,
        "id": release.mission.id if release.mission else None,
        "transition": release.transition,
    }
    said = {name: line(value) for name, value in known.items() if value}
    if said:
        yield fact("mission", **said)


def fact(name: str, text: str = "", /, **attributes: str) -> Fact:
    return Fact(name, tuple(attributes.items()), text)
