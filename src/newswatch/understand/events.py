"""Which event a release tells of: the thirteen classes, from headline and text together. Pure.

A learned model weighs the traits of the release (`traits.py`): what its words stand for, in which
order they stand, and how far off the election lies. `scripts/train_events.py` makes its weights
from the labelled releases in `corpus/`. The words that weighed most are the evidence.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from newswatch.model import Evidence
from newswatch.understand.elections import Vote
from newswatch.understand.tagged import Tagged
from newswatch.understand.traits import Place, traits
from newswatch.understand.weights import weights

# A release without a word of these speaks neither of an election nor of observers.
OF_VOTES = frozenset(
    (
        "ELECTION VOTE REFER EURO PRES PRES1 PARL1 LOCAL1 REG1 ROUND OBSERVE OBSERVERS EOM SEOM_ LEOM_ IEOM_ NAM_ "
        "EXPRESSELECTED"
    ).split()
)
SHOWN = 3  # places shown as evidence
TELLING = 0.2  # of the greatest weight: what weighed less is not shown


def read_event(
    title: Tagged, text: Tagged, votes: tuple[Vote, ...], published: date | None
) -> tuple[str, tuple[Evidence, ...]]:
    """The event, and the words that say so; "none" has none."""
    found = traits(title, text, votes, published)
    known = weights()
    sums = known.sums(found)
    number = max(range(len(sums)), key=sums.__getitem__)
    event = known.events[number]
    if event == "none":
        return "none", ()
    sure = round(known.chances(sums)[number], 2)
    return event, tuple(evidence(event, number, found, sure))


def evidence(
    event: str, number: int, found: Mapping[str, Place], sure: float
) -> Iterator[Evidence]:
    """The places whose traits weighed most for the event, the heaviest first."""
    spoken: dict[Place, int] = {}
    for trait, pairs in weights().of(found):
        place = found[trait]
        for event_number, weight in pairs:
            if event_number == number and weight > 0 and place.tagged is not None:
                spoken[place] = spoken.get(place, 0) + weight
    ranked = sorted(spoken, key=lambda place: -spoken[place])
    shown: list[Place] = []
    for place in ranked:
        is_telling = spoken[place] >= spoken[ranked[0]] * TELLING
        if is_telling and not any(overlap(place, other) for other in shown):
            shown.append(place)
        if len(shown) == SHOWN:
            break
    for place in shown:
        if place.tagged is not None:
            yield place.tagged.evidence("event", event, place.first, place.last, sure)


def overlap(one: Place, other: Place) -> bool:
    return one.tagged is other.tagged and one.first < other.last and other.first < one.last
