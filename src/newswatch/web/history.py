"""What each feed held and holds: the log of the releases that entered and left it.

A feed's log depends on nothing but its rule and the versions in the order in which they were
recorded, so that every process writes the same one. It only grows: pages of it never change
(RFC 5005), and what was added since any place of it is a delta (RFC 3229).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from newswatch.health import OURSELVES
from newswatch.model import Release
from newswatch.render.entry import Deletion, updated
from newswatch.rules.find import prepare
from newswatch.rules.rule import Rule
from newswatch.web.doors import Site

Key = tuple[str, ...]  # ("country", "GE"), ("rule", "desk", "all-georgia")

PAGE = 50  # steps on an archive page, and newest entries that a feed shows at least
CHANGED = "Corrected: it is no longer about what this feed is about"


@dataclass(frozen=True, slots=True)
class Step:
    """A version of a release that entered the feed; or, where `left` says why, that left it."""

    release_id: str
    version: int
    at: datetime
    shown: datetime
    left: str = ""

    @property
    def order(self) -> tuple[datetime, str]:
        return self.shown, self.release_id

    @property
    def deletion(self) -> Deletion:
        return Deletion(self.release_id, self.at, self.left)


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a log, as a document shows it: each release once, as the part leaves it."""

    entries: tuple[Step, ...]
    deletions: tuple[Step, ...]


@dataclass(slots=True)
class FeedLog:
    """All steps of a feed, and after each a digest of it and all before it."""

    steps: list[Step] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    members: dict[str, Step] = field(default_factory=dict)

    def take(self, release: Release, *, is_in: bool) -> None:
        """The next version of any release, and whether the feed is about it."""
        if is_in and not release.withdrawn:
            self.members[release.id] = self.add(release, "")
        elif self.members.pop(release.id, None):
            said = f"Withdrawn by its publisher: {release.withdrawn}"
            self.add(release, said if release.withdrawn else CHANGED)

    def add(self, release: Release, left: str) -> Step:
        step = Step(release.id, release.version, updated(release), release.shown, left)
        sign = "-" if left else "+"
        link = f"{self.digest(len(self.steps))}{sign}{release.id} {release.version}"
        self.steps.append(step)
        self.digests.append(sha256(link.encode()).hexdigest()[:16])
        return step

    def digest(self, place: int) -> str:
        """Of the first `place` steps: equal digests are equal logs up to there."""
        return self.digests[place - 1] if place else "0" * 16

    @property
    def place(self) -> str:
        """Where the log ends, to be named by an ETag."""
        return f"{len(self.steps):x}.{self.digest(len(self.steps))}"

    def since(self, place: str) -> Span | None:
        """What came after a place that this log had; None if it never had it."""
        number, _, digest = place.partition(".")
        count = int(number, 16)
        if count > len(self.steps) or self.digest(count) != digest:
            return None
        return span(self.steps[count:])

    @property
    def pages(self) -> int:
        """How many archive pages are full, and will not change."""
        return len(self.steps) // PAGE

    def page_name(self, number: int) -> str:
        """A page's name, from 1: it names what is on it, and on all pages before it. "": no page."""
        return f"{number}-{self.digest(number * PAGE)}" if number else ""

    def page(self, name: str) -> tuple[int, Span] | None:
        """The number and content of the page of that name."""
        number = int(name.partition("-")[0])
        if not 0 < number <= self.pages or self.page_name(number) != name:
            return None
        return number, span(self.steps[(number - 1) * PAGE : number * PAGE])

    def current(self) -> Span:
        """The newest releases, and whatever the last full page and the rest of the log say."""
        recent = span(self.steps[max(0, self.pages - 1) * PAGE :])
        by_id = {step.release_id: step for step in (*self.newest(PAGE), *recent.entries)}
        entries = sorted(by_id.values(), key=lambda step: step.order, reverse=True)
        return Span(tuple(entries), recent.deletions)

    def newest(self, most: int) -> Sequence[Step]:
        return sorted(self.members.values(), key=lambda step: step.order, reverse=True)[:most]


def span(steps: Sequence[Step]) -> Span:
    last = {step.release_id: step for step in steps}
    newest = sorted(last.values(), key=lambda step: step.order, reverse=True)
    return Span(
        tuple(step for step in newest if not step.left),
        tuple(step for step in newest if step.left),
    )


def facets(release: Release) -> tuple[Key, ...]:
    """The feeds that every release is in by what it is, whoever asked for it."""
    found = [("source", release.source_id)]
    found += [("country", code) for code in release.reading.countries]
    if release.reading.event != "none":
        found.append(("event", release.reading.event))
    if release.mission is not None:
        found.append(("mission", release.mission.id))
    return tuple(dict.fromkeys(found))


def fed_rules(site: Site) -> Iterator[tuple[Key, Rule]]:
    for subscriber in site.subscribers():
        for rule in subscriber.rules:
            if rule.feed.visibility != "none":
                yield ("rule", subscriber.id, rule.id), rule


class History:
    """The logs of all feeds. Reads of the store what is new in it; not to be used by two threads at
    once."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.logs: dict[Key, FeedLog] = {}
        self.rules: dict[Key, Rule] = {}
        self.facets: dict[str, tuple[Key, ...]] = {}
        self.read_to = 0

    def log(self, key: Key) -> FeedLog:
        return self.logs.setdefault(key, FeedLog())

    def advance(self) -> None:
        """Takes in the rules as they are now, and whatever was recorded since the last time."""
        self.take_rules(dict(fed_rules(self.site)))
        for change, release in self.recorded(self.read_to):
            if release.source_id != OURSELVES:
                self.take(release, self.rules, self.logs)
                self.take_facets(release)
            self.read_to = change

    def recorded(self, after: int) -> Iterator[tuple[int, Release]]:
        while batch := self.site.history(after):
            yield from batch
            after = batch[-1][0]

    def take_rules(self, rules: Mapping[Key, Rule]) -> None:
        """A rule that was edited has another log, from the beginning: whole, or the old one stays."""
        edited = {key: rule for key, rule in rules.items() if not self.has_log_of(key, rule)}
        logs = {key: FeedLog() for key in edited}
        before = self.recorded(0) if edited and self.read_to else iter(())
        for change, release in before:
            if change > self.read_to:
                break
            if release.source_id != OURSELVES:
                self.take(release, edited, logs)
        for key in self.rules.keys() - rules.keys():
            self.logs.pop(key, None)
        self.logs |= logs
        self.rules = dict(rules)

    def has_log_of(self, key: Key, rule: Rule) -> bool:
        held = self.rules.get(key)
        return held is not None and (held is rule or held.condition == rule.condition)

    @staticmethod
    def take(release: Release, rules: Mapping[Key, Rule], logs: Mapping[Key, FeedLog]) -> None:
        text = prepare(release)
        for key, rule in rules.items():
            logs[key].take(release, is_in=bool(rule.condition.meets(text)))

    def take_facets(self, release: Release) -> None:
        now, before = facets(release), self.facets.get(release.id, ())
        for key in dict.fromkeys(now + before):
            self.log(key).take(release, is_in=key in now)
        self.facets[release.id] = now
