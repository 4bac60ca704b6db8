"""Which event a release tells of: the thirteen classes, from headline and text together. Pure.

A learned model weighs the traits of the release (`traits.py`): what its words stand for, in which
order they stand, and how far off the election lies. `scripts/train_events.py` makes its weights
from the labelled releases in `corpus/`. The words that weighed most are the evidence.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from newswatch.model import Evidence
from newswatch.understand.among import among
from newswatch.understand.elections import Vote
from newswatch.understand.tagged import Tagged
from newswatch.understand.traits import Place, Span, Stand, traits
from newswatch.understand.weights import weights, weights_for

# A release without a word of these speaks neither of an election nor of observers.
OF_VOTES = among(
    "ELECTION VOTE REFER EURO PRES PRES1 PARL1 LOCAL1 REG1 ROUND OBSERVE OBSERVERS EOM SEOM_ LEOM_ IEOM_ NAM_ "
    "EXPRESSELECTED"
)
SHOWN = 3  # places shown as evidence
OBJECTS = among(
    "ELECTION OBSERVE OBSERVERS MISSION TEAM EXPERT ASSESS LIMITED SPECIAL JOINT INTERNATIONAL REFER"
)
LONGEST = 8  # pieces shown as one
# Which vote, when and where: these weigh a little for many events and say none.
SETTING = among(
    "ELECTION VOTE PRES PRES1 PARL PARL1 LOCAL LOCAL1 REG REG1 GEN GEN1 EURO ROUND EARLY NATIONAL REGIONS WEEKDAY TODAY "
    "YESTERDAY TOMORROW NEG FUTURE PARTNER EOMBODY OTHERBODY ODIHR SADC"
)
WHO = among("OBSERVE MISSION INTERNATIONAL TEAM EOM EXPERT")  # observes, whatever the event
TELLING = 0.3  # of the greatest weight: what weighed less is not shown


def read_event(
    title: Tagged, text: Tagged, votes: tuple[Vote, ...], published: date | None
) -> tuple[str, tuple[Evidence, ...]]:
    """The event, and the words that say so; "none" has none."""
    known = weights()
    stands = traits(title, text, votes, published)
    row_of, nothing = known.rows.get, known.nothing
    rows = [row_of(trait, nothing) for trait in stands]
    sums = known.sums(rows)
    number = sums.index(max(sums))
    event = known.events[number]
    if event == "none":
        return "none", ()
    sure = min(0.99, round(known.chances(sums)[number], 2))  # nothing read is certain
    spoken = weighed(weights_for(number, rows), stands.values())
    return event, tuple(evidence(event, spoken, sure))


def evidence(event: str, spoken: Mapping[Span, int], sure: float) -> Iterator[Evidence]:
    """The places that weighed most for the event."""
    for place in heaviest(spoken):
        last = end_of_object(place.tagged, place.first, place.last)
        yield place.tagged.evidence("event", event, place.first, last, sure)


def end_of_object(tagged: Tagged, first: int, last: int) -> int:
    """Where the words end that a verb is said of: "opens" → "opens an election observation mission"."""
    end = last
    for place in range(last, min(first + LONGEST, len(tagged.words))):
        word = tagged.words[place]
        if not OBJECTS.isdisjoint(word.tags):
            end = place + 1
        elif not word.is_filler:
            break
    return end


def weighed(weights: Iterable[int], stands: Iterable[Stand]) -> dict[Span, int]:
    """How much each place speaks for an event."""
    spoken: dict[Span, int] = {}
    for weight, stand in zip(weights, stands, strict=True):
        if weight > 0 and stand is not None:
            spoken[stand] = spoken.get(stand, 0) + weight
    return spoken


def heaviest(spoken: Mapping[Span, int]) -> list[Place]:
    """At most `SHOWN` places, none far lighter than the heaviest, the headline's first."""
    whole = side_by_side({Place(*span): spoken[span] for span in telling(spoken)})
    saying = [place for place in whole if is_said(place)] or whole
    shown = sorted(saying, key=lambda place: -whole[place])[:SHOWN]
    return sorted(shown, key=lambda place: not is_of_title(place))


def telling(spoken: Mapping[Span, int]) -> Iterator[Span]:
    """What weighs most, and what is not far lighter. Words that stand for nothing ("after") are
    shown only where no others speak for the event."""
    ordered = sorted(spoken, key=spoken.__getitem__, reverse=True)
    first = next((span for span in ordered if stands_for(*span)), None)
    for span in ordered:
        if spoken[span] < spoken[first or ordered[0]] * TELLING:
            break
        if first is None or stands_for(*span):
            yield span


def stands_for(tagged: Tagged, first: int, last: int) -> bool:
    """Whether words at a place stand for more than the setting."""
    return any(not SETTING.issuperset(word.tags) for word in tagged.words[first:last])


def is_said(place: Place) -> bool:
    """Whether something is said of who observes: "opens", "no observation", not "observation mission"."""
    tags = {mark.tag for mark in place.tagged.between(place.first, place.last)}
    return "NEG" in tags or not WHO.issuperset(tags - SETTING)


def side_by_side(spoken: Mapping[Place, int]) -> dict[Place, int]:
    """The places with those that touch made one, which weighs as much as they do together."""
    found: dict[Place, int] = {}
    for place in sorted(spoken, key=lambda p: (is_of_title(p), p.first, -p.last)):
        before = next(reversed(found), None)
        if before is not None and is_beside(before, place):
            whole = before._replace(last=max(before.last, place.last))
            found[whole] = found.pop(before) + spoken[place]
        else:
            found[place] = spoken[place]
    return found


def is_of_title(place: Place) -> bool:
    return place.tagged.passage.where == "title"


def is_beside(one: Place, other: Place) -> bool:
    """Whether the second place lies in the first, or touches it and both make no long one."""
    is_short = max(one.last, other.last) - one.first <= LONGEST
    return (
        one.tagged is other.tagged
        and other.first <= one.last
        and (is_short or other.last <= one.last)
    )
