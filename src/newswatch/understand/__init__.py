"""What a release is about: countries with roles, event, mission type, elections; with evidence. Pure."""

from newswatch.model import Reading, Release
from newswatch.understand.elections import read_votes
from newswatch.understand.events import read_event
from newswatch.understand.missions import read_mission
from newswatch.understand.passage import passage
from newswatch.understand.roles import read_roles
from newswatch.understand.tagged import tag


def read(release: Release) -> Reading:
    """Reads a release. Needs no network and no database; the same release gives the same reading."""
    title, text = passage("title", release.title), passage("text", release.text)
    posts = [passage("institutions", name) for name in release.institutions]
    roles = read_roles(title, text, posts)
    heading, body = tag(title), tag(text)
    day = release.published.day if release.published else None
    votes = read_votes(heading, body, day)
    event, event_words = read_event(heading, body, votes, day)
    mission, mission_words = read_mission(heading, body, event)
    spoken = () if event == "none" else votes
    return Reading(
        countries=roles.subjects,
        mentioned=roles.mentioned,
        event=event,
        mission=mission,
        elections=tuple(vote.election for vote in spoken),
        evidence=roles.evidence
        + event_words
        + mission_words
        + tuple(vote.evidence() for vote in spoken),
    )
