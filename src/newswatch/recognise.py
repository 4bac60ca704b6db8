"""Releases in the light of what is held: what they say, as people corrected it, the mission they tell
of, and whether another release told of the same before. Pure.

Releases are taken in the order of their days, whatever their order in the document: a newsroom's
list begins with the newest, and a mission with its opening.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from newswatch.copies import Seen
from newswatch.missions import Joined, day_of, join, state_with
from newswatch.model import Correction, Election, Evidence, Mission, Reading, Release, Step
from newswatch.understand import read as understand
from newswatch.understand.bodies import read_bodies
from newswatch.understand.passage import passage


@dataclass(frozen=True, slots=True)
class Recognised:
    """A release with all that is known of it, and its mission with it on its timeline."""

    release: Release
    mission: Mission | None


def read(release: Release, corrections: Sequence[Correction] = ()) -> Release:
    """The release with its reading, as people corrected it."""
    reading = with_bodies(release, understand(release))
    for correction in corrections:
        reading = corrected(reading, correction)
    return replace(release, reading=reading)


def with_bodies(release: Release, reading: Reading) -> Reading:
    """Who observes, where a mission is told of."""
    if not reading.event.startswith("mission."):
        return reading
    title, text = passage("title", release.title), passage("text", release.text)
    posts = [passage("institutions", name) for name in release.institutions]
    bodies, evidence = read_bodies(title, text, posts, release.publisher)
    return replace(reading, bodies=bodies, evidence=reading.evidence + evidence)


def recognise(
    releases: Sequence[Release], missions: Iterable[Mission], others: Sequence[Release]
) -> tuple[Recognised, ...]:
    """Releases that were read, with their missions and copies. `missions` are those held for their
    countries, `others` the releases of the days around them."""
    known: dict[str, Mission] = {mission.id: mission for mission in missions}
    before = {one.id: one.transition for one in others}
    seen = Seen(others)
    found: dict[str, Recognised] = {}
    for told in sorted(releases, key=lambda one: (day_of(one), one.id)):
        release, joined = joining(told, known)
        if joined is not None and is_told_again(release, known.get(joined.mission.id)):
            # What it changed, it changed when it came; by now the mission may be further on.
            joined = replace(joined, transition=before.get(release.id, joined.transition))
        placed = with_copy(in_mission(release, joined), seen)
        seen.add(placed)
        if joined is not None:
            known[joined.mission.id] = joined.mission
        found[release.id] = Recognised(placed, joined.mission if joined else None)
    return tuple(found[release.id] for release in releases)


def is_told_again(release: Release, mission: Mission | None) -> bool:
    """Whether a version before told the same of the mission."""
    step = Step(release.id, release.reading.event, day_of(release))
    return mission is not None and step in mission.steps


def joining(release: Release, known: Mapping[str, Mission]) -> tuple[Release, Joined | None]:
    """The release in the light of the mission that it joins: one that was coming or at work cannot
    be declined any more."""
    joined = join(release, known.values())
    if joined is None or not is_called_off(release, joined.mission):
        return release, joined
    ending = replace(release, reading=called_off(release.reading, joined))
    return ending, join(ending, known.values())


def is_called_off(release: Release, mission: Mission) -> bool:
    """Whether what a release declines has ended by that."""
    declines = release.reading.event == "mission.declined"
    return declines and state_with(mission, release.id) == "cancelled"


def in_mission(release: Release, joined: Joined | None) -> Release:
    if joined is None:
        return replace(release, mission=None, transition=None)
    return replace(
        release,
        mission=replace(joined.mission, steps=()),
        transition=joined.transition,
    )


def called_off(reading: Reading, joined: Joined) -> Reading:
    """What says that no mission will come, where one was announced or at work, calls it off."""
    words = f"the mission was {joined.before} before"
    told = Evidence("event", "mission.cancelled", "mission", 0, 0, words, 0.9)
    return replace(reading, event="mission.cancelled", evidence=(*reading.evidence, told))


def with_copy(release: Release, seen: Seen) -> Release:
    found = seen.original(release)
    return replace(release, copy_of=found.id if found else None)


# -- corrections ----------------------------------------------------------------------------------


def corrected(reading: Reading, correction: Correction) -> Reading:
    """The reading with one field as a person has it, who is its evidence."""
    field = correction.field
    value: object = correction.value
    if field in ("event", "mission"):
        value = correction.value[0] if correction.value else ("none" if field == "event" else None)
    if field == "elections":
        value = tuple(map(election_of, correction.value))
    rest = tuple(one for one in reading.evidence if one.field != EVIDENCE[field])
    words = f"{correction.author}: {correction.reason}"
    told = Evidence(EVIDENCE[field], ", ".join(correction.value), "correction", 0, 0, words)
    changed: Mapping[str, object] = {field: value, "evidence": (*rest, told)}
    return replace(reading, **changed)  # type: ignore[arg-type]  # the field is one of CORRECTABLE


EVIDENCE = {
    "countries": "country",
    "mentioned": "mentioned",
    "event": "event",
    "mission": "mission",
    "elections": "election",
}


def election_of(text: str) -> Election:
    """ "parliamentary 2025-03-02", or the kind alone. Raises `ValueError` for a wrong day."""
    kind, _, day = text.partition(" ")
    return Election(kind, date.fromisoformat(day) if day else None)
