"""What every kind of message says: the releases, the facts, and why they came. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parseaddr

from newswatch.model import Channel, Delivery, Difference, Election, Match, Release, Why
from newswatch.render import safe
from newswatch.render.template import Fill, filled
from newswatch.render.words import LANGUAGES, Words
from newswatch.rules.rule import Rule, Subscriber


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What all messages of an installation share."""

    base_url: str  # without a slash at its end
    sender: str  # RFC 5322 section 3.4 mailbox
    version: str
    country_name: Callable[[str], str]  # in English, for programs
    source_name: Callable[[str], str]
    fill: Fill = filled  # a webhook's own template
    inbox: str = ""  # the address at which readers are heard who unsubscribe by mail

    @property
    def address(self) -> str:
        return parseaddr(self.sender)[1]

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Item:
    """One release that is owed, with the delivery that owes it, and its copies: the same event in
    another language or from another newsroom."""

    delivery: Delivery
    release: Release
    also: tuple["Item", ...] = ()

    @property
    def matches(self) -> tuple[Match, ...]:
        """What asked for it or for a copy of it, each rule once."""
        first: dict[str, Match] = {}
        for item in (self, *self.also):
            for match in item.delivery.matches:
                first.setdefault(match.rule, match)
        return tuple(first.values())


@dataclass(frozen=True, slots=True)
class Alert:
    """One message to be: to whom, where, about what."""

    letterhead: Letterhead
    subscriber: Subscriber
    channel: Channel
    items: tuple[Item, ...]
    now: datetime

    @property
    def words(self) -> Words:
        return LANGUAGES[self.subscriber.language]

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        return tuple(one.delivery for item in self.items for one in (item, *item.also))


def headline(item: Item, words: Words) -> str:
    """The title; of what the reader was told before, with what became of it."""
    return frame(item, words).format(title(item.release, words))


def title(release: Release, words: Words) -> str:
    return safe.line(release.title) or words.untitled


def frame(item: Item, words: Words) -> str:
    """What stands around a title, which is `{}` there."""
    if item.release.withdrawn:
        return words.withdrawn
    return "{}" if item.delivery.corrects is None else words.corrected


def changes_in_words(item: Item, words: Words) -> tuple[str, ...]:
    """ "Countries: Georgia → Moldova", a line each; of a withdrawal, why."""
    return tuple(
        words.stated.format(
            words.changed.get(one.field, one.field),
            " → ".join(said(one.field, value, words) for value in sides(one)),
        )
        for one in item.delivery.changes
    )


def sides(change: Difference) -> tuple[str, ...]:
    is_withdrawal = change.field == "withdrawn" and change.after
    return (change.after,) if is_withdrawal else (change.before, change.after)


def said(field: str, value: str, words: Words) -> str:
    """One side of a change; what it was written as is in `revisions.facts`."""
    parts = value.split("; ") if value else []
    match field:
        case "withdrawn":
            value = value or words.no
        case "countries":
            value = countries_in_words(parts, words)
        case "event":
            value = words.events.get(value, "")
        case "published" if value:
            value = words.day(date.fromisoformat(value))
        case "elections":
            value = ", ".join(words.election(as_election(part)) for part in parts)
    return shortened(value, 200) or words.none


def as_election(text: str) -> Election:
    """ "parliamentary 2025-03-02", or without a day."""
    kind, _, day = text.partition(" ")
    return Election(kind, date.fromisoformat(day) if day else None)


def rule_of(match: Match, subscriber: Subscriber) -> Rule | None:
    return next((rule for rule in subscriber.rules if rule.id == match.rule), None)


def rule_title(match: Match, subscriber: Subscriber) -> str:
    """The rule's title; its id where the rule is gone since the delivery was owed."""
    rule = rule_of(match, subscriber)
    return rule.title if rule else match.rule


def publisher(release: Release) -> str:
    """ "OSCE, fr"."""
    return f"{release.publisher}, {release.language}" if release.language else release.publisher


def day_in_words(release: Release, words: Words) -> str:
    """ "5 February 2025", or when it was first seen."""
    if release.published:
        return words.day(release.published.day)
    return words.seen.format(words.day(release.first_seen.date()))


def countries_in_words(codes: Sequence[str], words: Words) -> str:
    return ", ".join(map(words.country, codes))


def facts_in_words(release: Release, words: Words) -> tuple[str, ...]:
    """What newswatch understood, in the order in which it is read: country, event, election."""
    reading = release.reading
    event = words.events.get(reading.event, "")
    if reading.mission and event:
        event = f"{event} ({reading.mission})"
    elections = ", ".join(map(words.election, reading.elections))
    facts = (countries_in_words(reading.countries, words), event, elections)
    return tuple(fact for fact in facts if fact)


def why_in_words(why: Why, words: Words) -> str:
    """ "country Tajikistan (“in Tajikistan”)"."""
    field = words.fields.get(why.field, why.field)
    if why.field == "everything":
        return field
    if why.field == "published":
        return words.met.format(field, words.day(date.fromisoformat(why.evidence)))
    head = words.met.format(field, met_value(why, words))
    return f"{head} ({words.quote(shortened(why.evidence, 120))})" if why.evidence else head


def met_value(why: Why, words: Words) -> str:
    match why.field:
        case "country" | "mentions":
            return words.country(why.value)
        case "event":
            return lowered(words.event(why.value))
        case "overdue":
            return lowered(words.event(f"mission.{why.value}"))
        case "transition":
            return words.states.get(why.value, why.value)
        case "election":
            return words.elections.get(why.value, why.value)
        case "keywords" if not why.evidence:  # of words that must not be there
            return words.unwanted.format(why.value.removeprefix("none of "))
    return why.value


def lowered(label: str) -> str:
    return label[:1].lower() + label[1:]


def shortened(text: str, most: int) -> str:
    """At most so many characters, cut between words."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    return text[: most - 2].rsplit(" ", 1)[0] + " …"
