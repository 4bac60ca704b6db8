"""Which releases tell of one event: the same press conference in three newsrooms, a wire's copy, the
French and the English version. Pure.

Titles alone say little: "… mission in Georgia" and "… mission in Moldova" are as alike as true
copies. What counts is the country, the mission, the event, the days, and only then the words.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TypeAlias

from newswatch.fold import words as folded_words
from newswatch.missions import day_of
from newswatch.model import Release, Subject
from newswatch.understand.bodies import PUBLISHERS

Voice: TypeAlias = tuple[str, str]  # newsroom and language
DAYS = timedelta(days=3)  # between two newsrooms' releases on one event, at most
# Events that a mission has once, or once in a while: another newsroom's release is on the same.
SINGLE = frozenset(
    (
        "mission.announced",
        "mission.opened",
        "mission.interim_report",
        "mission.preliminary_statement",
        "mission.media_notice",
        "mission.final_report",
        "mission.cancelled",
        "mission.declined",
    )
)
ALIKE = 0.75  # share of the shorter text's words that stand in the other too
FEWEST = 12  # words that a text needs to be compared
COMPARED = 120  # words
LONGEST = 2_000  # characters that hold them


class Seen:
    """Releases that told of their events first. Those that may tell of the same as another lie
    together, so that a newsroom's whole archive at once is not compared each with each."""

    def __init__(self, releases: Iterable[Release] = ()) -> None:
        self.by_subject: dict[Subject, dict[Voice, list[Release]]] = {}
        for release in releases:
            self.add(release)

    def add(self, release: Release) -> None:
        """A copy is left out: others already told of what it tells."""
        if release.copy_of is None:
            by_voice = self.by_subject.setdefault(subject(release, day_of(release)), {})
            by_voice.setdefault(voice(release), []).append(release)

    def original(self, release: Release) -> Release | None:
        """The release that told of the same event first."""
        found = [one for one in self.near(release) if tells_the_same(release, one)]
        return min(found, key=lambda one: (one.first_seen, one.id), default=None)

    def near(self, release: Release) -> Iterator[Release]:
        """Those of other newsrooms or in other languages, on the same countries and event, from
        the days around."""
        for days in range(-DAYS.days, DAYS.days + 1):
            about = subject(release, day_of(release) + timedelta(days))
            for who, told in self.by_subject.get(about, {}).items():
                if who != voice(release):
                    yield from told


def subject(release: Release, day: date) -> Subject:
    return release.reading.event, frozenset(release.reading.countries), day


def subjects(releases: Iterable[Release]) -> set[Subject]:
    """What releases may turn out to be on: once its mission is known, what declined it may have
    called it off."""
    told = {subject(one, day_of(one)) for one in releases if one.reading.countries}
    return told | {
        ("mission.cancelled", countries, day)
        for event, countries, day in told
        if event == "mission.declined"
    }


def voice(release: Release) -> Voice:
    return release.source_id, main_language(release)


def grouped(releases: Sequence[Release], bodies: Sequence[str]) -> list[tuple[Release, ...]]:
    """Releases by the event that they tell of, each group with the one of most authority first:
    that of the body which is named first, else the one that was seen first."""
    groups: dict[str, list[Release]] = {}
    for release in releases:
        groups.setdefault(release.copy_of or release.id, []).append(release)

    def authority(release: Release) -> tuple[int, datetime]:
        body = PUBLISHERS.get(release.publisher.casefold(), "")
        return bodies.index(body) if body in bodies else len(bodies), release.first_seen

    return [tuple(sorted(group, key=authority)) for group in groups.values()]


def tells_the_same(release: Release, other: Release) -> bool:
    """Of two on the same countries and event, from days close by."""
    if release.id == other.id:
        return False
    is_elsewhere = release.source_id != other.source_id
    is_translated = has_other_language(release, other)
    if not is_elsewhere and not is_translated:
        return False  # a newsroom does not tell the same twice in one language
    if release.mission is not None and release.reading.event in SINGLE:
        return other.mission is not None and release.mission.id == other.mission.id
    return are_alike(release, other) if not is_translated else is_translation(release, other)


def has_other_language(release: Release, other: Release) -> bool:
    ours, theirs = main_language(release), main_language(other)
    return bool(ours and theirs and ours != theirs)


def main_language(release: Release) -> str:
    return (release.language or "").partition("-")[0].lower()


def are_alike(release: Release, other: Release) -> bool:
    """Whether most words of the shorter text stand in the other (overlap coefficient)."""
    ours, theirs = words(release), words(other)
    shorter = min(len(ours), len(theirs))
    return shorter >= FEWEST and len(ours & theirs) >= shorter * ALIKE


def is_translation(release: Release, other: Release) -> bool:
    """Of one publisher, on one day, with the same figures; there must be some."""
    if release.publisher != other.publisher or day_of(release) != day_of(other):
        return False
    ours, theirs = figures(release), figures(other)
    return bool(ours) and ours == theirs


def words(release: Release) -> frozenset[str]:
    return compared(f"{release.title} {release.text[:LONGEST]}")


@lru_cache(maxsize=2048)  # a release is compared with each that may tell the same
def compared(text: str) -> frozenset[str]:
    return frozenset(folded_words(text)[:COMPARED])


def figures(release: Release) -> frozenset[str]:
    return frozenset(word for word in words(release) if word.isdecimal())
