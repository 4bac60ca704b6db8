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
WITHOUT = among("without sans sin sem ohne без bez pa fără not nicht не")
VERBS = among("START SEND WILLSEND ARRIVE PUBLISH STOP ENDWORK LEAVE IMPOSSIBLE")
ACTORS = among("OBSERVE OBSERVERS MISSION EOM TEAM DELEGATION")
NEAR = 6  # words between a verb and those whom it is said of
MODALS = among(
    "will shall would may might could should must va vont sera seront devrait devra será serán deberá vai vão serão "
    "будет будут буде будуть ће će ќе"
)
BREAKS = frozenset(",.;:!?()–—") | among("but and that which who")
REACH = 4  # words before a verb that may deny or promise it
BEGINNINGS = frozenset(("START", "ARRIVE"))
SINCE = among("since depuis desde seit")
AGO = among("vor hace há")  # before how long
RECENTLY = among(
    "today this yesterday monday tuesday wednesday thursday friday saturday sunday aujourd ce cette hier lundi mardi mercredi "
    "jeudi vendredi samedi dimanche hoy esta este ayer lunes martes miércoles jueves viernes sábado domingo hoje ontem esta "
    "heute gestern diesem dem montag dienstag mittwoch donnerstag freitag samstag sonntag"
)
REPORTS = frozenset(("FINALREPORT", "FINAL", "REPORT"))
OPENING = frozenset("“«„")
QUOTES = frozenset('"“”«»„')
CLOSERS = frozenset(",.;:!?()–—")
PARTING = RELATIVES | QUOTES


class Place(NamedTuple):
    """Where a trait stands: `pieces[first:last]` of the headline or the text."""

    tagged: Tagged
    first: int
    last: int


Span = tuple[Tagged, int, int]  # a place, not yet named: most traits weigh nothing
Stand = Span | None  # None: it stands nowhere
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
    found: dict[str, Stand] = {"": None}
    text = text if text.pieces else title  # a headline alone has to say all
    for zone, part in (("T", title), ("X", text)):
        add_words(found, zone, part)
        for named in (tags_of(zone, part), pairs_of(zone, part)):
            for name, first, last in named:
                if name not in found:
                    found[name] = (part, first, last)
    times = tuple(time_of(votes, published))
    # Findings before the vote are others than findings after it.
    found |= {f"{times[0]}{name}": found[name] for name in found if name in TIMED}
    found.update(dict.fromkeys(times))
    return found


def add_words(found: dict[str, Stand], zone: str, tagged: Tagged) -> None:
    """The words of a part, those of a headline also as such."""
    for place, word in enumerate(tagged.words[:READ]):
        trait = word.trait
        if trait not in found:
            found[trait] = (tagged, place, place + 1)
        if zone == "T" and trait:
            found.setdefault(f"T{trait}", (tagged, place, place + 1))


def tags_of(zone: str, tagged: Tagged) -> Iterator[tuple[str, int, int]]:
    aside = asides(tagged.pieces[:READ])
    near = near_observers(tagged)
    for tag, first, last in tagged.marks:
        if first >= READ:
            break
        is_past = tag in BEGINNINGS and is_bygone(tagged.pieces, first, last)
        if first in aside or is_past or (tag in REPORTS and is_to_come(tagged, first, last)):
            yield f"S.{tag}", first, last
            continue
        said = as_said(tagged, tag, first, last, near) if tag in VERBS else tag
        yield f"{zone}.{said}", first, last
        yield f".{said}", first, last
        if zone == "X" and tagged.sentence[first] == 0:
            yield f"1.{said}", first, last


def as_said(tagged: Tagged, verb: str, first: int, last: int, near: frozenset[int]) -> str:
    how = "NO-" if is_of_none(tagged, last) else mood(tagged, first)
    return f"{how}{verb}{'@' if first in near else ''}"


def is_of_none(tagged: Tagged, last: int) -> bool:
    """Whether the verb's object is none: "deploys neither", "sends no one"."""
    return last < len(tagged.pieces) and (
        "NEG" in tagged.words[last].tags and tagged.pieces[last] not in WITHOUT
    )


def is_bygone(pieces: Sequence[str], first: int, last: int) -> bool:
    """Whether something began a while ago: "at work since June", "opened two weeks ago", "vor drei
    Wochen eröffnet"; not "since this morning"."""
    after = pieces[last : last + REACH]
    for place, piece in enumerate(after):
        if piece in BREAKS:
            break
        if piece in SINCE:
            return RECENTLY.isdisjoint(pieces[last + place + 1 : last + place + 3])
        if piece == "ago":
            return True
    return not AGO.isdisjoint(pieces[max(0, first - REACH) : max(0, first - 1)])


def near_observers(tagged: Tagged) -> frozenset[int]:
    """The places around words for a mission: what starts or stops there is the mission, not the vote."""
    found: set[int] = set()
    for mark in tagged.marks:
        if mark.first >= READ:
            break
        if mark.tag in ACTORS:
            found.update(range(mark.first - NEAR, mark.last + NEAR))
    return frozenset(found)


def mood(tagged: Tagged, first: int) -> str:
    """How the verb at `first` is said: denied ("NO-"), promised ("TO-"), or simply told ("")."""
    for place in range(first - 1, max(first - REACH, 0) - 1, -1):
        piece = tagged.pieces[place]
        if piece in BREAKS:
            break
        if piece in MODALS or (piece == "to" and is_infinitive(tagged.pieces[place + 1 : first])):
            return "TO-"
        if "NEG" in tagged.words[place].tags:
            return "NO-"
    return ""


def is_infinitive(between: Sequence[str]) -> bool:
    """Whether "to" is of the verb, not of a place: "to be formally launched", "to Peru launched"."""
    return all(piece == "be" or piece.endswith("ly") for piece in between)


def is_to_come(tagged: Tagged, first: int, last: int) -> bool:
    """Whether what is named is promised only: "will issue its final report in two months"."""
    return any(
        mark.tag == "FUTURE" and tagged.sentence[mark.first] == tagged.sentence[first]
        for mark in tagged.between(max(first - 8, 0), last + 4)
    )


def asides(pieces: Sequence[str]) -> frozenset[int]:
    """The places in quotations and relative clauses: "the mission, which opened on 30 April, ..."."""
    if PARTING.isdisjoint(pieces):
        return frozenset()
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
    seen: set[str] = set()  # a pair counts once, where it stands first
    for number, one in enumerate(marks):
        sentence = tagged.sentence[one.first]
        for other in islice(marks, number + 1, None):
            if other.first - one.last > APART or tagged.sentence[other.first] != sentence:
                break
            pair = f".{one.tag}>{other.tag}"
            if other.first >= one.last and pair not in seen:
                seen.add(pair)
                yield f"{zone}{pair}", one.first, other.last
                yield pair, one.first, other.last


TIMED = frozenset(
    f".{tag}{near}"
    for tag in among(
        "PRELIM INTERIM SAY QUALITY REPORT FINALREPORT STATEMENT PUBLISH RECOMMEND DISCUSS MEET URGE CONDEMN ENDWORK START ARRIVE "
        "WILLSEND NEEDS PRESSCONF STOP VIOLENCE CONGRATULATE FOLLOWUP CANDIDATES NOTICE IMPOSSIBLE OBSERVE AFTERMATH LEAVE"
    )
    for near in ("", "@")
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
