"""Which type of observation mission a release speaks of, from the words around "mission". Pure."""

from collections.abc import Iterator, Sequence, Set
from itertools import pairwise
from typing import NamedTuple

from newswatch.model import Evidence
from newswatch.understand.among import among
from newswatch.understand.marks import Mark
from newswatch.understand.tagged import Tagged

ACRONYMS = {
    "EOM": "EOM", "LEOM_": "LEOM", "EAM_": "EAM", "EET_": "EET", "SEAM_": "SEAM", "SEOM_": "SEOM",
    "NAM_": "NAM", "ROM_": "ROM", "RAM_": "RAM", "IEOM_": "IEOM",
}  # fmt: skip
MISSION = frozenset(("MISSION",))
OBSERVERS = frozenset(("OBSERVERS",))
PARTNERS = frozenset(("PARTNER",))
HEADS = MISSION | {"TEAM"}
BEFORE, AFTER = 5, 7  # words around the head that belong to its name
BREAKS = frozenset(".;:!?(),–—")
# What joins a mission to what it is for: "mission d'observation", "миссия по наблюдению".
LINKS = among(
    "d de da do of for por para pour to по за з із зі zur zu za të pentru i internacional"
)
VOTES = frozenset(("ELECTION", "VOTE", "PRES", "PARL", "EURO", "PARL1", "PRES1", "LOCAL1"))
SILENT = ("none", "election.assistance")  # events that are of no mission
UNTOLD = ""  # of an "OSCE observation mission": ODIHR's own, or one with the parliaments
OF_REFERENDUM = {"EOM": "ROM", "EAM": "RAM"}
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
FINDINGS = among(
    "mission.interim_report mission.preliminary_statement mission.final_report mission.media_notice"
)
TOGETHER = ("mission.preliminary_statement", "mission.media_notice")
VISITS = among("NEEDS ASSESS WHETHER EXPERT TEAM MISSION MEET DISCUSS OBSERVE RECOMMEND")
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
    is_joint: bool  # several say something together
    is_of_mission: bool  # its event is one that only missions of observers have
    is_follow_up: bool
    is_of_referendum: bool  # of nothing else

    @classmethod
    def of(cls, title: Tagged, text: Tagged, event: str, kinds: Set[str]) -> "Scene":
        tags = title.tags() | text.tags()
        return cls(
            "OTHERBODY" in tags,
            "PARTNER" in tags,
            "SADC" in tags,
            "OBSERVE" in tags or "MISSION" in tags,
            "JOINT" in tags,
            event in OBSERVING or event == "mission.follow_up",
            event == "mission.follow_up",
            kinds == {"referendum"},
        )


def read_mission(
    title: Tagged,
    text: Tagged,
    event: str,
    posts: Sequence[Tagged] = (),
    kinds: Set[str] = frozenset(),
) -> tuple[str | None, tuple[Evidence, ...]]:
    """The type, and the words that say so; None where no mission is spoken of. `posts` are the
    institutions that the release comes from ("EU EOM Ghana 2020"), `kinds` those of the elections."""
    if event in SILENT:
        return None, ()
    parts = (title, text)
    scene = Scene.of(title, text, event, kinds)
    names = [name for part in parts for name in names_in(part, scene)]
    is_visit = event == "mission.needs_assessment"
    chosen = visit(names, parts) if is_visit else sent(names, parts, event, scene, posts)
    if chosen is None or chosen.type == UNTOLD:
        return None, ()
    sure = 0.6 if chosen.is_default else 0.9
    evidence = chosen.tagged.evidence("mission", chosen.type, chosen.first, chosen.last, sure)
    return chosen.type, (evidence,)


def visit(names: Sequence[Name], parts: tuple[Tagged, Tagged]) -> Name | None:
    """A needs assessment mission, whoever goes, and whatever it recommends."""
    named = next((name for name in names if name.type == "NAM"), None)
    return named or marked(parts, VISITS, "NAM")


def sent(
    names: Sequence[Name],
    parts: tuple[Tagged, Tagged],
    event: str,
    scene: Scene,
    posts: Sequence[Tagged],
) -> Name | None:
    chosen = (
        choose([name for name in names if not name.is_default], scene)
        or choose([name for post in posts for name in acronyms_in(post)], scene)
        or by_default(names, parts, event, scene)
    )
    if chosen is None or not scene.is_of_referendum:
        return chosen
    return chosen._replace(type=OF_REFERENDUM.get(chosen.type, chosen.type))


def by_default(
    names: Sequence[Name], parts: tuple[Tagged, Tagged], event: str, scene: Scene
) -> Name | None:
    """The type that is meant where none is named; of a mission that is declined there is none."""
    if event == "mission.declined":
        return None
    return (
        choose([name for name in names if name.is_default], scene)
        or by_body(parts, event, scene)
        or by_observers(parts, scene)
    )


def choose(names: Sequence[Name], scene: Scene) -> Name | None:
    """The first that is named; a needs assessment is none that observes."""
    others = [name for name in names if name.type != "NAM"]
    if not others:
        return None
    first = others[0]
    if first.type == "EOM" and scene.is_sadc:
        return first._replace(type="SEOM")
    finer = FINER.get(first.type, ())
    return next((name for name in others if name.type in finer), first)


def by_body(parts: tuple[Tagged, Tagged], event: str, scene: Scene) -> Name | None:
    """The type that a body's missions always are, where it observes and none is named."""
    if not (scene.is_watching or event in FINDINGS):
        return None
    if scene.is_of_odihr:
        return joint(parts, scene) if event in TOGETHER else None
    own = marked(parts, frozenset(("EOMBODY",)), "SEOM" if scene.is_sadc else "EOM")
    return own or (international(parts) if event in TOGETHER else None)


def international(parts: tuple[Tagged, Tagged]) -> Name | None:
    """ "The international observers" of whom no body is named: those of ODIHR and the parliaments."""
    for part in parts:
        for one, other in pairwise(part.marks):
            if one.tag == "INTERNATIONAL" and other.tag == "OBSERVE" and one.last == other.first:
                return Name("IEOM", part, one.first, other.last, is_default=True)
    return None


def by_observers(parts: tuple[Tagged, Tagged], scene: Scene) -> Name | None:
    """Observers of whom nothing more is said belong to an election observation mission."""
    if not scene.is_of_mission or any(is_of_chamber(part) for part in parts):
        return None
    is_field = any("FIELD" in part.tags() for part in parts)
    return marked(parts, OBSERVERS, "EOM") or (None if is_field else marked(parts, MISSION, "EOM"))


def marked(parts: tuple[Tagged, Tagged], tags: frozenset[str], usual: str) -> Name | None:
    for part in parts:
        for mark in part.marks:
            if mark.tag in tags:
                return Name(usual, part, mark.first, mark.last, is_default=True)
    return None


def is_of_chamber(part: Tagged) -> bool:
    """Whether members of parliaments are spoken of: their delegations have no type of their own."""
    return "DELEGATION" in part.tags() or not CHAMBERS.isdisjoint(part.pieces)


def joint(parts: tuple[Tagged, Tagged], scene: Scene) -> Name | None:
    """ODIHR and a parliamentary assembly who say together how a vote was are a joint mission."""
    bodies = [(part, mark) for part in parts for mark in part.marks if mark.tag == "PARTNER"]
    named = {part.pieces[mark.last - 1] for part, mark in bodies}
    if len(named) < 2 and not scene.is_joint:
        return None
    return marked(parts, PARTNERS, "IEOM")


def acronyms_in(tagged: Tagged) -> Iterator[Name]:
    for mark in tagged.marks:
        if mark.tag in ACRONYMS:
            yield Name(ACRONYMS[mark.tag], tagged, mark.first, mark.last)


def names_in(tagged: Tagged, scene: Scene) -> Iterator[Name]:
    for mark in tagged.marks:
        if mark.tag in ACRONYMS:
            yield Name(ACRONYMS[mark.tag], tagged, mark.first, mark.last)
        elif mark.tag == "NEEDS" or mark.tag in HEADS:
            yield from named_at(tagged, mark.first, mark.last, scene)
        elif mark.tag == "OBSERVE":
            yield from observation_at(tagged, mark.first, mark.last, scene)


def named_at(tagged: Tagged, first: int, last: int, scene: Scene) -> Iterator[Name]:
    """The mission whose name has its head at `pieces[first:last]`."""
    start, end = reach(tagged, first, last)
    near = [m for m in tagged.between(start, end) if m.last <= end]
    is_mission = any(m.tag == "MISSION" for m in near if m.first < last and first < m.last)
    near = [m for m in near if m.tag != "REFER" or abs(m.first - last) <= 3 or m.last <= first]
    told = type_of(frozenset(m.tag for m in near), is_mission, scene)
    kind = beside(near, tagged, first, last) if scene.is_of_mission else frozenset()
    found = told if told is not None else implied(kind, is_mission, scene)
    if found == "EOM" and told is None and "osce" in tagged.pieces[start:first]:
        found = UNTOLD
    if found is not None:
        telling = [m for m in near if m.tag in TELLING or m.first == first]
        begin, stop = min(m.first for m in telling), max(m.last for m in telling)
        yield Name(found, tagged, begin, stop, is_default=told is None)


def beside(near: Sequence[Mark], tagged: Tagged, first: int, last: int) -> frozenset[str]:
    """What the words stand for that name the kind of a head: "assessment mission", "mission
    d'évaluation"; not those of "mission will assess"."""
    return frozenset(
        mark.tag
        for mark in near
        if first - mark.last in (0, -1)
        or (mark.first >= last and LINKS.issuperset(tagged.pieces[last : mark.first]))
    )


def implied(tags: frozenset[str], is_mission: bool, scene: Scene) -> str | None:
    """The type of a mission whose name has no word for voting, in a release of an observers' event,
    by the words right beside its head."""
    if "FIELD" in tags:
        return None
    if is_mission and "OBSERVE" in tags:
        return "EOM"
    if "ASSESS" in tags:
        return "EAM"
    return "EET" if "EXPERT" in tags and not scene.is_follow_up else None


def observation_at(tagged: Tagged, first: int, last: int, scene: Scene) -> Iterator[Name]:
    """ "joint international observation", "limited observation": no head, and yet a type."""
    before = tagged.between(max(0, first - 2), first)
    after = tagged.between(last, last + 3)
    near = {mark.tag for mark in (*before, *after)}
    if "JOINT" in near and scene.is_of_odihr and not scene.is_of_one_body:
        yield Name("IEOM", tagged, first, last, is_default=True)
    elif before and before[-1].tag == "LIMITED" and before[-1].last == first:
        yield Name("LEOM", tagged, first, last, is_default=True)


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
    is_field = "FIELD" in tags and not is_watching
    return None if is_field else observing(tags, is_mission, is_watching, scene)


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
    is_with = is_watching or scene.is_of_odihr or ("JOINT" in tags and scene.is_of_mission)
    if is_mission and is_joint and not scene.is_of_one_body and is_with:
        return "IEOM"
    is_told = tags & VOTES or not is_mission or "ODIHR" in tags
    return "EOM" if is_watching and is_told else None
