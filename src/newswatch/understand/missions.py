"""Which type of observation mission a release speaks of, from the words around "mission". Pure."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from newswatch.model import Evidence
from newswatch.understand.among import among
from newswatch.understand.tagged import Tagged

ACRONYMS = {
    "EOM": "EOM", "LEOM_": "LEOM", "EAM_": "EAM", "EET_": "EET", "SEAM_": "SEAM", "SEOM_": "SEOM",
    "NAM_": "NAM", "ROM_": "ROM", "RAM_": "RAM", "IEOM_": "IEOM",
}  # fmt: skip
HEADS = frozenset(("MISSION", "TEAM"))
BEFORE, AFTER = 5, 7  # words around the head that belong to its name
BREAKS = frozenset(".;:!?(),–—")
# What joins a mission to what it is for: "mission d'observation", "миссия по наблюдению".
LINKS = among(
    "d de da do of for por para pour to по за з із зі zur zu za të pentru i internacional"
)
VOTES = frozenset(("ELECTION", "VOTE", "PRES", "PARL", "EURO", "PARL1", "PRES1", "LOCAL1"))
SILENT = ("none", "election.assistance")  # events that are of no mission
# The particular type that a general one is, when the release names both.
FINER = {
    "EOM": ("SEOM", "LEOM", "IEOM", "ROM"),
    "LEOM": ("ROM",),
    "EAM": ("SEAM", "RAM"),
    "EET": ("EAM", "SEAM"),
}
# Events whose observers are those of the mission that is spoken of.
OBSERVING = among(
    "mission.announced mission.opened mission.interim_report mission.preliminary_statement mission.media_notice "
    "mission.final_report mission.cancelled mission.statement"
)
CHAMBERS = among("congress pace apce пасе mp lawmaker ordinator coordinator")


class Name(NamedTuple):
    """A mission's name: its type, and the pieces that it stands in."""

    type: str
    tagged: Tagged
    first: int
    last: int
    is_default: bool = False


class Scene(NamedTuple):
    """What the whole release says that tells how a mission's name is meant."""

    is_of_one_body: bool  # a body whose "international mission" is its own
    is_of_odihr: bool  # ODIHR and the parliamentary assemblies, who observe together
    is_sadc: bool
    is_watching: bool

    @classmethod
    def of(cls, title: Tagged, text: Tagged) -> "Scene":
        tags = title.tags() | text.tags()
        return cls(
            "OTHERBODY" in tags,
            "PARTNER" in tags,
            "SADC" in tags,
            "OBSERVE" in tags or "MISSION" in tags,
        )


def read_mission(
    title: Tagged, text: Tagged, event: str
) -> tuple[str | None, tuple[Evidence, ...]]:
    """The type, and the words that say so; None where no mission is spoken of."""
    if event in SILENT:
        return None, ()
    scene = Scene.of(title, text)
    names = [name for part in (title, text) for name in names_in(part, scene)]
    parts = (title, text)
    chosen = (
        choose(names, event, scene) or by_body(parts, event, scene) or by_observers(parts, event)
    )
    if chosen is None:
        return None, ()
    sure = 0.6 if chosen.is_default else 0.9
    evidence = chosen.tagged.evidence("mission", chosen.type, chosen.first, chosen.last, sure)
    return chosen.type, (evidence,)


def choose(names: Sequence[Name], event: str, scene: Scene) -> Name | None:
    """The first that is named; the needs assessment only where it is the event."""
    visits = [name for name in names if name.type == "NAM"]
    others = [name for name in names if name.type != "NAM"]
    if event == "mission.needs_assessment" and visits:
        return visits[0]
    if not others:
        return None
    first = others[0]
    if first.type == "EOM" and scene.is_sadc:
        return first._replace(type="SEOM")
    finer = FINER.get(first.type, ())
    return next((name for name in others if name.type in finer), first)


def by_body(parts: tuple[Tagged, Tagged], event: str, scene: Scene) -> Name | None:
    """The type that a body's missions always are, where it observes and none is named."""
    if event == "mission.declined" or not scene.is_watching:
        return None
    if scene.is_of_odihr:
        return joint(parts) if event == "mission.preliminary_statement" else None
    for part in parts:
        for mark in part.marks:
            if mark.tag == "EOMBODY":
                usual = (
                    "NAM"
                    if event == "mission.needs_assessment"
                    else "SEOM"
                    if scene.is_sadc
                    else "EOM"
                )
                return Name(usual, part, mark.first, mark.last, is_default=True)
    return None


def by_observers(parts: tuple[Tagged, Tagged], event: str) -> Name | None:
    """Observers of whom nothing more is said belong to an election observation mission."""
    if event not in OBSERVING or any(is_of_chamber(part) for part in parts):
        return None
    for part in parts:
        for mark in part.marks:
            if mark.tag == "OBSERVERS":
                return Name("EOM", part, mark.first, mark.last, is_default=True)
    return None


def is_of_chamber(part: Tagged) -> bool:
    """Whether members of parliaments are spoken of: their delegations have no type of their own."""
    return "DELEGATION" in part.tags() or not CHAMBERS.isdisjoint(part.pieces)


def joint(parts: tuple[Tagged, Tagged]) -> Name | None:
    """ODIHR and a parliamentary assembly who say together how a vote was are a joint mission."""
    for part in parts:
        bodies = [mark for mark in part.marks if mark.tag == "PARTNER"]
        if len({part.pieces[mark.first : mark.last][-1] for mark in bodies}) > 1:
            return Name("IEOM", part, bodies[0].first, bodies[-1].last, is_default=True)
    return None


def names_in(tagged: Tagged, scene: Scene) -> Iterator[Name]:
    for mark in tagged.marks:
        if mark.tag in ACRONYMS:
            yield Name(ACRONYMS[mark.tag], tagged, mark.first, mark.last)
        elif mark.tag == "NEEDS" or mark.tag in HEADS:
            found = named_at(tagged, mark.first, mark.last, scene)
            if found:
                yield found


def named_at(tagged: Tagged, first: int, last: int, scene: Scene) -> Name | None:
    """The mission whose name has its head at `pieces[first:last]`."""
    start, end = reach(tagged, first, last)
    near = [m for m in tagged.between(start, end) if m.last <= end]
    is_mission = any(m.tag == "MISSION" for m in near if m.first < last and first < m.last)
    near = [m for m in near if m.tag != "REFER" or abs(m.first - last) <= 3 or m.last <= first]
    found = type_of(frozenset(m.tag for m in near), is_mission, scene)
    if found is None:
        return None
    telling = [m for m in near if m.tag in TELLING or m.first == first]
    return Name(found, tagged, min(m.first for m in telling), max(m.last for m in telling))


TELLING = among(
    "OBSERVE ASSESS ELECTION EXPERT LIMITED SPECIAL JOINT INTERNATIONAL REFER NEEDS OBSERVERS"
)


def reach(tagged: Tagged, first: int, last: int) -> tuple[int, int]:
    """From where to where a name may stand: to the next break, and after the head only where a
    link follows."""
    start = first
    while start > max(0, first - BEFORE) and tagged.pieces[start - 1] not in BREAKS:
        start -= 1
    end = last
    limit = min(len(tagged.pieces), last + AFTER)
    if is_continued(tagged, end, limit):
        while end < limit and tagged.pieces[end] not in BREAKS:
            end += 1
    return start, end


def is_continued(tagged: Tagged, end: int, limit: int) -> bool:
    """Whether a name goes on after its head: "misión de la OEA de observación". Beyond Latin script a
    body's name may stand between."""
    ahead = 2 if end < limit and tagged.pieces[end].isascii() else 3
    return any(
        tagged.pieces[place] in LINKS or is_modifier(tagged, place)
        for place in range(end, min(end + ahead, limit))
    )


def is_modifier(tagged: Tagged, place: int) -> bool:
    return bool(TELLING.intersection(tagged.words[place].tags))


def type_of(tags: frozenset[str], is_mission: bool, scene: Scene) -> str | None:
    is_watching = "OBSERVE" in tags or "OBSERVERS" in tags
    if "NEEDS" in tags:
        return "NAM"
    if "REFER" in tags and is_mission and ("ASSESS" in tags or is_watching):
        return "RAM" if "ASSESS" in tags else "ROM"
    if not is_watching and (found := assessing(tags, is_mission)):
        return found
    return None if "FIELD" in tags else observing(tags, is_mission, is_watching, scene)


def assessing(tags: frozenset[str], is_mission: bool) -> str | None:
    if "ASSESS" in tags and is_mission:
        return "SEAM" if "SPECIAL" in tags else "EAM" if tags & VOTES else None
    return "EET" if "EXPERT" in tags and tags & VOTES else None


def observing(
    tags: frozenset[str], is_mission: bool, is_watching: bool, scene: Scene
) -> str | None:
    if is_mission and "LIMITED" in tags and "ASSESS" not in tags and scene.is_watching:
        return "LEOM"
    is_joint = "INTERNATIONAL" in tags or "JOINT" in tags
    if is_mission and is_joint and not scene.is_of_one_body and (is_watching or scene.is_of_odihr):
        return "IEOM"
    is_told = tags & VOTES or not is_mission or "ODIHR" in tags
    return "EOM" if is_watching and is_told else None
