"""What a release is about: countries with roles, event, mission type, elections; with evidence. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from newswatch.model import Reading, Release
from newswatch.understand.elections import dated, read_votes
from newswatch.understand.events import OF_VOTES, read_event
from newswatch.understand.lone_days import with_lone_day
from newswatch.understand.missions import read_mission
from newswatch.understand.passage import Passage, passage
from newswatch.understand.roles import read_roles
from newswatch.understand.tagged import Tagged, glance, tag


def read(release: Release) -> Reading:
    """Reads a release. Needs no network and no database; the same release gives the same reading."""
    title, text = passage("title", release.title), passage("text", release.text)
    posts = [passage("institutions", name) for name in release.institutions]
    roles = read_roles(title, text, posts)
    reading = Reading(roles.subjects, roles.mentioned, evidence=roles.evidence)
    day = release.published.day if release.published else None
    return read_events(reading, title, text, day, posts)


def read_events(
    reading: Reading,
    title: Passage,
    text: Passage,
    published: date | None,
    posts: Sequence[Passage] = (),
) -> Reading:
    """The reading with event, mission and elections; as it was where the release has no event."""
    seen = glance(title), glance(text)
    if not any(part.has(OF_VOTES) for part in seen):
        return reading
    return read_observation(reading, tag(seen[0]), tag(seen[1]), published, posts)


def read_observation(
    reading: Reading,
    title: Tagged,
    text: Tagged,
    published: date | None,
    posts: Sequence[Passage],
) -> Reading:
    votes = read_votes(title, text, published)
    event, event_words = read_event(title, text, votes, published)
    if event == "none":
        return reading
    votes = with_lone_day(dated(votes, event, published), (title, text), event, published)
    kinds = {vote.kind for vote in votes}
    named = [tag(glance(post)) for post in posts]
    mission, mission_words = read_mission(title, text, event, named, kinds)
    told = event_words + mission_words + tuple(vote.evidence() for vote in votes)
    return replace(
        reading,
        event=event,
        mission=mission,
        elections=tuple(vote.election for vote in votes),
        evidence=reading.evidence + told,
    )
