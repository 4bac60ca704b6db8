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
from newswatch.understand.weights import SCALE, weights

# A release without any of these speaks of no election.
OF_VOTES = frozenset(("ELECTION", "VOTE", "REFER", "EURO", "EOM", "SEOM_", "LEOM_", "IEOM_", "NAM_"))
SHOWN = 3  # places shown as evidence
TELLING = 0.2  # of the greatest weight: what weighed less is not shown


def read_event(
    title: Tagged, text: Tagged, votes: tuple[Vote, ...], published: date | None
) -> tuple[str, tuple[Evidence, ...]]:
    """The event, and the words that say so; "none" has none."""
    if not is_of_votes(title, text):
        return "none", ()
    found = traits(title, text, votes, published)
    known = weights()
    sums = known.sums(found)
    number = max(range(len(sums)), key=sums.__getitem__)
    event = known.events[number]
    if event == "none":
        return "none", ()
    sure = round(known.chances(sums)[number], 2)
    return event, tuple(evidence(event, number, found, sure))


def is_of_votes(title: Tagged, text: Tagged) -> bool:
    return any(mark.tag in OF_VOTES for part in (title, text) for mark in part.marks)


def evidence(
    event: str, number: int, found: Mapping[str, Place], sure: float
) -> Iterator[Evidence]:
    """The places whose traits weighed most for the event, the heaviest first."""
    spoken: dict[Place, float] = {}
    for trait, place in found.items():
        weight = weights().weight(trait, number) / SCALE
        if place.tagged is not None and weight > 0:
            spoken[place] = spoken.get(place, 0.0) + weight
    ranked = sorted(spoken.items(), key=lambda item: -item[1])
    shown: list[Place] = []
    for place, weight in ranked:
        if weight >= ranked[0][1] * TELLING and not any(overlap(place, other) for other in shown):
            shown.append(place)
    for place in shown[:SHOWN]:
        if place.tagged is not None:
            yield place.tagged.evidence("event", event, place.first, place.last, sure)


def overlap(one: Place, other: Place) -> bool:
    return one.tagged is other.tagged and one.first < other.last and other.first < one.last
