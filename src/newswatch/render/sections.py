"""The releases of a digest under headings: by country or by rule, each release once. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from newswatch.fold import fold
from newswatch.render.alert import Alert, Item, rule_of, rule_title


@dataclass(frozen=True, slots=True)
class Section:
    """Some of the releases, in the order in which they came. `heading` is "" where all are one."""

    heading: str
    items: tuple[Item, ...]

    @property
    def title(self) -> str:
        """ "Georgia (3)"."""
        return f"{self.heading} ({len(self.items)})" if self.heading else ""


class Place(NamedTuple):
    """Where a section stands among the others."""

    is_last: bool
    number: int
    folded: str
    heading: str


def headed(heading: str, number: int = 0, *, is_last: bool = False) -> Place:
    return Place(is_last, number, fold(heading), heading)


def sections(alert: Alert) -> tuple[Section, ...]:
    """As the channel's digest asks for; a message that is no digest is one section."""
    digest = alert.channel.digest
    if digest is None or not digest.group:
        return (Section("", alert.items),)
    found: dict[Place, list[Item]] = {}
    for item in alert.items:
        found.setdefault(GROUPS[digest.group](item, alert), []).append(item)
    return tuple(Section(place.heading, tuple(found[place])) for place in sorted(found))


def by_country(item: Item, alert: Alert) -> Place:
    """The country that a rule asked for, or else the first that it is about; by their names."""
    asked = [why.value for match in item.matches for why in match.why if why.field == "country"]
    about = item.release.reading.countries
    code = next((code for code in about if code in asked), next(iter(about), None))
    words = alert.words
    return headed(words.country(code)) if code else headed(words.placeless, is_last=True)


def by_rule(item: Item, alert: Alert) -> Place:
    """The first in the subscriber's file of those that asked for it; rules that are gone come last."""
    order = {rule.id: number for number, rule in enumerate(alert.subscriber.rules)}
    first = min(item.matches, key=lambda match: order.get(match.rule, len(order)))
    is_gone = rule_of(first, alert.subscriber) is None
    number = order.get(first.rule, len(order))
    return headed(rule_title(first, alert.subscriber), number, is_last=is_gone)


GROUPS: Mapping[str, Callable[[Item, Alert], Place]] = {"country": by_country, "rule": by_rule}
