"""Which event a release tells of: the thirteen classes, from headline and text together. Pure.

A learned model weighs the traits of the release (`traits.py`): what its words stand for, in which
order they stand, and how far off the election lies. `scripts/train_events.py` makes its weights
from the labelled releases in `corpus/`. The words that weighed most are the evidence.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from newswatch.model import Evidence
from newswatch.understand.among import among
from newswatch.understand.elections import Vote
from newswatch.understand.tagged import Tagged
from newswatch.understand.traits import Place, traits
from newswatch.understand.weights import Pairs, weights

# A release without a word of these speaks neither of an election nor of observers.
OF_VOTES = among(
    "ELECTION VOTE REFER EURO PRES PRES1 PARL1 LOCAL1 REG1 ROUND OBSERVE OBSERVERS EOM SEOM_ LEOM_ IEOM_ NAM_ "
    "EXPRESSELECTED"
)
Weighed = tuple[Place, Pairs]  # where a trait stands, and what it adds to which event
SHOWN = 3  # places shown as evidence
TELLING = 0.2  # of the greatest weight: what weighed less is not shown


def read_event(
    title: Tagged, text: Tagged, votes: tuple[Vote, ...], published: date | None
) -> tuple[str, tuple[Evidence, ...]]:
    """The event, and the words that say so; "none" has none."""
    known = weights()
    found = [
        (place, pairs)
        for trait, place in traits(title, text, votes, published).items()
        if (pairs := known.weights.get(trait))
    ]
    sums = known.sums(pairs for _, pairs in found)
    number = max(range(len(sums)), key=sums.__getitem__)
    event = known.events[number]
    if event == "none":
        return "none", ()
    sure = round(known.chances(sums)[number], 2)
    return event, tuple(evidence(event, number, found, sure))


def evidence(event: str, number: int, found: Sequence[Weighed], sure: float) -> Iterator[Evidence]:
    """The places whose traits weighed most for the event, the heaviest first."""
    for place in heaviest(weighed(number, found)):
        if place.tagged is not None:
            yield place.tagged.evidence("event", event, place.first, place.last, sure)


def weighed(number: int, found: Sequence[Weighed]) -> dict[Place, int]:
    """How much each place speaks for an event."""
    spoken: dict[Place, int] = {}
    for place, pairs in found:
        for event, weight in pairs:
            if event == number and weight > 0 and place.tagged is not None:
                spoken[place] = spoken.get(place, 0) + weight
    return spoken


def heaviest(spoken: Mapping[Place, int]) -> list[Place]:
    """At most `SHOWN` places that do not overlap, none far lighter than the first."""
    shown: list[Place] = []
    ranked = sorted(spoken, key=lambda place: -spoken[place])
    for place in ranked:
        is_telling = spoken[place] >= spoken[ranked[0]] * TELLING
        if is_telling and not any(overlap(place, other) for other in shown):
            shown.append(place)
    return shown[:SHOWN]


def overlap(one: Place, other: Place) -> bool:
    return one.tagged is other.tagged and one.first < other.last and other.first < one.last
