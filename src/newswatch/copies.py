"""Which releases tell of one event: the same press conference in three newsrooms, a wire's copy, the
French and the English version. Pure.

Titles alone say little: "… mission in Georgia" and "… mission in Moldova" are as alike as true
copies. What counts is the country, the mission, the event, the days, and only then the words.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from newswatch.fold import tokens
from newswatch.missions import day_of
from newswatch.model import Release
from newswatch.understand.bodies import PUBLISHERS

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


def original(release: Release, others: Iterable[Release]) -> Release | None:
    """The release that told of the same event first, of those that others already told of."""
    found = [one for one in others if one.copy_of is None and tells_the_same(release, one)]
    return min(found, key=lambda one: (one.first_seen, one.id), default=None)


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
    if release.id == other.id or abs(day_of(release) - day_of(other)) > DAYS:
        return False
    is_elsewhere = release.source_id != other.source_id
    is_translated = has_other_language(release, other)
    if not is_elsewhere and not is_translated:
        return False  # a newsroom does not tell the same twice in one language
    ours, theirs = release.reading, other.reading
    if ours.event != theirs.event or set(ours.countries) != set(theirs.countries):
        return False
    if release.mission is not None and ours.event in SINGLE:
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
    told = tokens(f"{release.title} {release.text[:LONGEST]}")
    return frozenset(token.word for token in told[:COMPARED])


def figures(release: Release) -> frozenset[str]:
    return frozenset(word for word in words(release) if word.isdecimal())
