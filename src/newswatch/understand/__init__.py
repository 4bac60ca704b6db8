"""What a release is about: countries with roles, event, mission type, elections; with evidence. Pure."""

from newswatch.model import Reading, Release
from newswatch.understand.elections import read_elections
from newswatch.understand.events import read_event
from newswatch.understand.missions import read_mission
from newswatch.understand.passage import passage
from newswatch.understand.roles import read_roles


def read(release: Release) -> Reading:
    """Reads a release. Needs no network and no database; the same release gives the same reading."""
    title, text = passage("title", release.title), passage("text", release.text)
    posts = [passage("institutions", name) for name in release.institutions]
    roles = read_roles(title, text, posts)
    event, event_words = read_event(title, text, "\n".join(release.institutions))
    mission, mission_words = read_mission(title, text, event)
    day = release.published.day if release.published else None
    elections, election_words = ((), ()) if event == "none" else read_elections(title, text, day)
    return Reading(
        countries=roles.subjects,
        mentioned=roles.mentioned,
        event=event,
        mission=mission,
        elections=elections,
        evidence=roles.evidence + event_words + mission_words + election_words,
    )
