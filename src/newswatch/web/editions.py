"""The documents of feeds: as they are now, archive pages, deltas, and feeds of any releases."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from newswatch.model import Release
from newswatch.render import ics
from newswatch.render.agenda import Observed, agenda
from newswatch.render.entry import FeedHead, feed_updated, updated
from newswatch.render.formats import FORMATS
from newswatch.web.catalogue import Feed
from newswatch.web.conditional import content_tag
from newswatch.web.doors import Site
from newswatch.web.history import FeedLog, History, Span, Step
from newswatch.web.kept import Kept
from newswatch.web.press import Issue, Press

ISSUES = 512  # documents that are kept
DATED = 500  # newest releases of a feed that its calendar is made of
LONGEST_DELTA = 500  # steps; who missed more gets the feed, and finds the rest in its archive
SUFFIXES = (*FORMATS, "ics")


@dataclass(frozen=True, slots=True)
class Kind:
    """A feed in a format."""

    feed: Feed
    suffix: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.feed.path, self.suffix, self.feed.query

    @property
    def media_type(self) -> str:
        return ics.MEDIA_TYPE if self.suffix == "ics" else FORMATS[self.suffix].media_type


@dataclass(frozen=True, slots=True)
class Current:
    """A document as it was at a marker, of the feed and the hub of the configuration then."""

    marker: str
    feed: Feed
    hub: str
    issue: Issue


class Editions:
    """Writes what is asked for, and keeps it until a release or the rule changes.

    Its methods may block, and all but `held` must not run in two threads at once.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.history = History(site)
        self.press = Press(site)
        self.issues: Kept[tuple[str, str, str], Current] = Kept(ISSUES)

    def held(self, kind: Kind, marker: str) -> Issue | None:
        """The feed as of a marker, if it is there already."""
        held = self.issues.get(kind.key)
        wanted = marker, kind.feed, self.site.hub()
        is_same = held is not None and (held.marker, held.feed, held.hub) == wanted
        return held.issue if held is not None and is_same else None

    def current(self, kind: Kind, marker: str) -> Issue:
        """The feed as of a marker."""
        return self.held(kind, marker) or self.keep(kind, marker, self.written(kind))

    def listed(self, kind: Kind, marker: str, find: Callable[[], Sequence[Release]]) -> Issue:
        """A feed of the releases that `find` gives, newest first; it has no archive."""
        return self.held(kind, marker) or self.keep(kind, marker, self.of(kind, find()))

    def keep(self, kind: Kind, marker: str, issue: Issue) -> Issue:
        self.issues.put(kind.key, Current(marker, kind.feed, self.site.hub(), issue))
        return issue

    def log(self, kind: Kind) -> FeedLog:
        self.history.advance()
        return self.history.log(kind.feed.key)

    def written(self, kind: Kind) -> Issue:
        log = self.log(kind)
        if kind.suffix == "ics":
            return self.calendar(kind, self.press.releases(log.newest(DATED)))
        head = replace(self.head(kind), previous=self.page_address(kind, log, log.pages))
        return self.press.issue(head, log.current(), FORMATS[kind.suffix], log.place)

    def of(self, kind: Kind, releases: Sequence[Release]) -> Issue:
        if kind.suffix == "ics":
            return self.calendar(kind, releases)
        span = Span(tuple(map(step, releases)), ())
        return self.press.issue(self.head(kind), span, FORMATS[kind.suffix])

    def calendar(self, kind: Kind, releases: Sequence[Release]) -> Issue:
        head = self.head(kind)
        body = ics.calendar(head, releases, self.site.country_name)
        return Issue(body, content_tag(body), feed_updated(releases), head.self_url)

    def agenda(self, kind: Kind, marker: str, find: Callable[[], Sequence[Observed]]) -> Issue:
        """The calendar of the missions that `find` gives."""
        return self.held(kind, marker) or self.keep(kind, marker, self.planned(kind, find()))

    def planned(self, kind: Kind, observed: Sequence[Observed]) -> Issue:
        head = self.head(kind)
        body = agenda(head, observed, self.site.country_name)
        changed = feed_updated([one for _, releases in observed for one in releases.values()])
        return Issue(body, content_tag(body), changed, head.self_url)

    def archived(self, kind: Kind, name: str) -> Issue | None:
        """The page of a feed's archive that has this name; None where none has it."""
        log = self.log(kind)
        found = log.page(name)
        if found is None:
            return None
        number, span = found
        head = self.head(kind)
        page = replace(
            head,
            self_url=self.page_address(kind, log, number),
            hub="",  # the page never changes
            current=head.self_url,
            previous=self.page_address(kind, log, number - 1),
        )
        return self.press.issue(page, span, FORMATS[kind.suffix])

    def page_names(self, kind: Kind) -> list[str]:
        """Of a feed's archive, the oldest first."""
        log = self.log(kind)
        return [log.page_name(number) for number in range(1, log.pages + 1)]

    def delta(self, kind: Kind, place: str) -> Issue | None:
        """What came into the feed, or left it, since a place; None where that cannot be told."""
        log = self.log(kind)
        span = log.since(place)
        if span is None or not 0 < len(span.entries + span.deletions) <= LONGEST_DELTA:
            return None
        head = replace(self.head(kind), previous=self.page_address(kind, log, log.pages))
        return self.press.issue(head, span, FORMATS[kind.suffix], log.place)

    def releases(self, kind: Kind) -> Sequence[Release]:
        """Those that the feed shows now, newest first."""
        return self.press.releases(self.log(kind).current().entries)

    def head(self, kind: Kind) -> FeedHead:
        return kind.feed.head(self.site, kind.suffix)

    def page_address(self, kind: Kind, log: FeedLog, number: int) -> str:
        name = log.page_name(number)
        return f"{self.site.address}{kind.feed.path}/{name}.{kind.suffix}" if name else ""


def step(release: Release) -> Step:
    return Step(release.id, release.version, updated(release), release.shown)
