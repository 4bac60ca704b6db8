"""What speaks for an event in a release: the traits that the model weighs, each with its place. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from typing import NamedTuple

from newswatch.understand.among import among
from newswatch.understand.elections import Vote
from newswatch.understand.tagged import Tagged

READ = 160  # pieces of the text that are weighed: about a thousand letters
LEAD = 2  # sentences in which tags are weighed in pairs
APART = 9  # words that may part a pair


RELATIVES = among(
    "which who whose whom where qui dont laquelle lequel cuyo cuya quien cujo cuja который которая которое которые "
    "которую которой которого яка який які які која кој која које koja koji koje i_cili"
)
REPORTS = frozenset(("FINALREPORT", "FINAL", "REPORT"))
OPENING = frozenset("“«„")
QUOTES = frozenset('"“”«»„')
CLOSERS = frozenset(",.;:!?()–—")


class Place(NamedTuple):
    """Where a trait stands: `pieces[first:last]` of the headline or the text; nowhere: first < 0."""

    tagged: Tagged | None
    first: int
    last: int


Stand = tuple[Tagged | None, int, int]  # a place, not yet named: most traits weigh nothing
NOWHERE = Place(None, -1, -1)
SPANS = (
    (-400, "past9"),
    (-120, "past4"),
    (-40, "past3"),
    (-6, "past2"),
    (-1, "past1"),
    (1, "now"),
    (8, "near"),
    (35, "ahead"),
)


def traits(
    title: Tagged, text: Tagged, votes: tuple[Vote, ...], published: date | None
) -> dict[str, Stand]:
    """The traits of a release, each at the first place where it stands."""
    found: dict[str, Stand] = {"": NOWHERE}
    text = text if text.pieces else title  # a headline alone has to say all
    for zone, part in (("T", title), ("X", text)):
        for name, first, last in (
            *words_of(zone, part),
            *tags_of(zone, part),
            *pairs_of(zone, part),
        ):
            if name not in found:
                found[name] = (part, first, last)
    times = tuple(time_of(votes, published))
    for name, place in tuple(found.items()):
        if name[1:] in TIMED and name[0] == ".":
            found[f"{times[0]}{name}"] = place  # findings before the vote, findings after it
    found.update(dict.fromkeys(times, NOWHERE))
    return found


def words_of(zone: str, tagged: Tagged) -> Iterator[tuple[str, int, int]]:
    for place, word in enumerate(tagged.words[:READ]):
        if len(word.stem) > 2 and not word.stem.isdigit():
            yield f"{zone}:{word.stem}", place, place + 1


def tags_of(zone: str, tagged: Tagged) -> Iterator[tuple[str, int, int]]:
    aside = asides(tagged.pieces[:READ])
    for tag, first, last in tagged.marks:
        if first >= READ:
            break
        if first in aside or (tag in REPORTS and is_to_come(tagged, first, last)):
            yield f"S.{tag}", first, last
            continue
        yield f"{zone}.{tag}", first, last
        yield f".{tag}", first, last
        if zone == "X" and tagged.sentence[first] == 0:
            yield f"1.{tag}", first, last


def is_to_come(tagged: Tagged, first: int, last: int) -> bool:
    """Whether what is named is promised only: "will issue its final report in two months"."""
    return any(
        mark.tag == "FUTURE"
        and tagged.sentence[mark.first] == tagged.sentence[first]
        and -8 <= mark.first - first <= last - first + 3
        for mark in tagged.marks
    )


def asides(pieces: Sequence[str]) -> frozenset[int]:
    """The places in quotations and relative clauses: "the mission, which opened on 30 April, ..."."""
    found: set[int] = set()
    inside = quoted = False
    for place, piece in enumerate(pieces):
        if piece in QUOTES:
            quoted = piece in OPENING or (piece == '"' and not quoted)
        if piece in RELATIVES:
            inside = True
        elif piece in CLOSERS:
            inside = False
        if inside or quoted:
            found.add(place)
    return frozenset(found)


def pairs_of(zone: str, tagged: Tagged) -> Iterator[tuple[str, int, int]]:
    """Two tags in one sentence, in their order: "NEG SEND", "MISSION START"."""
    marks = [
        mark for mark in tagged.marks if mark.tag in PAIRED and tagged.sentence[mark.first] < LEAD
    ]
    seen: set[tuple[str, str]] = set()  # a pair counts once, where it stands first
    for number, one in enumerate(marks):
        for other in islice(marks, number + 1, None):
            if (
                other.first - one.last > APART
                or tagged.sentence[one.first] != tagged.sentence[other.first]
            ):
                break
            if other.first >= one.last and (one.tag, other.tag) not in seen:
                seen.add((one.tag, other.tag))
                yield f"{zone}.{one.tag}>{other.tag}", one.first, other.last
                yield f".{one.tag}>{other.tag}", one.first, other.last


TIMED = among(
    "PRELIM INTERIM SAY QUALITY REPORT FINALREPORT STATEMENT PUBLISH RECOMMEND DISCUSS MEET URGE CONDEMN ENDWORK START ARRIVE "
    "WILLSEND NEEDS PRESSCONF STOP"
)
PAIRED = among(
    "ELECTION OBSERVE OBSERVERS MISSION EOM TEAM CORETEAM EXPERT HEAD FIELD START ARRIVE SEND WILLSEND FUTURE PLAN INVITE STOP "
    "IMPOSSIBLE NEG ABSTAIN FINAL REPORT INTERIM PRELIM PUBLISH SAY MEDIA ASSESS RECOMMEND DISCUSS MEET PAST TODAY URGE "
    "ENDWORK LEAVE CONDEMN FOLLOWUP SUPPORT TRAIN COMMISSION DELEGATION NEEDS QUALITY VOTE FINALREPORT"
)


def time_of(votes: tuple[Vote, ...], published: date | None) -> Iterator[str]:
    """How far the election lies from the day of publishing."""
    day = next((vote.day for vote in votes if vote.day), None)
    if day is None or published is None:
        yield "when:unknown"
        return
    apart = (day - published).days
    yield "when:" + next((name for limit, name in SPANS if apart <= limit), "far")
    yield "when:before" if apart > 0 else "when:after"
