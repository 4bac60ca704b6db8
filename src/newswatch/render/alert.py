"""What every kind of message says: the releases, the facts, and why they came. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

from newswatch.model import Channel, Delivery, Difference, Election, Match, Release, Why
from newswatch.render.template import Fill, filled
from newswatch.rules.rule import Rule, Subscriber

EVENT_WORDS: Mapping[str, str] = {
    "mission.announced": "Mission announced",
    "mission.needs_assessment": "Needs assessment",
    "mission.opened": "Mission opened",
    "mission.interim_report": "Interim report",
    "mission.preliminary_statement": "Preliminary statement",
    "mission.media_notice": "Notice to media",
    "mission.final_report": "Final report",
    "mission.cancelled": "Mission cancelled",
    "mission.declined": "No mission",
    "mission.follow_up": "Follow-up",
    "mission.statement": "Statement of the mission",
    "election.assistance": "Election assistance",
}
CHANGED_WORDS: Mapping[str, str] = {
    "withdrawn": "Withdrawn",
    "title": "Title",
    "published": "Date",
    "countries": "Countries",
    "event": "Event",
    "mission": "Type of mission",
    "elections": "Elections",
}
FIELD_WORDS: Mapping[str, str] = {
    "country": "country",
    "mentions": "mentioned country",
    "event": "event",
    "mission": "mission type",
    "transition": "state of the mission",
    "overdue": "overdue step",
    "election": "kind of election",
    "institution": "institution",
    "topic": "topic",
    "content_type": "content type",
    "source": "source",
    "publisher": "publisher",
    "language": "language",
    "published": "publishing date",
    "text": "words",
    "keywords": "keyword",
    "everything": "everything",
}


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What all messages of an installation share."""

    base_url: str  # without a slash at its end
    sender: str  # RFC 5322 section 3.4 mailbox
    version: str
    country_name: Callable[[str], str]
    source_name: Callable[[str], str]
    fill: Fill = filled  # a webhook's own template

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
    def deliveries(self) -> tuple[Delivery, ...]:
        return tuple(one.delivery for item in self.items for one in (item, *item.also))


def headline(item: Item) -> str:
    """The title; of what the reader was told before, with what became of it."""
    if item.release.withdrawn:
        return f"Withdrawn: {item.release.title}"
    is_correction = item.delivery.corrects is not None
    return f"Corrected: {item.release.title}" if is_correction else item.release.title


def changes_in_words(item: Item, letterhead: Letterhead) -> tuple[str, ...]:
    """ "Countries: Georgia → Moldova", a line each."""
    return tuple(
        f"{CHANGED_WORDS.get(one.field, one.field)}: "
        + " → ".join(said(one, value, letterhead) for value in (one.before, one.after))
        for one in item.delivery.changes
    )


def said(change: Difference, value: str, letterhead: Letterhead) -> str:
    if change.field == "withdrawn":
        return f"yes ({shortened(value, 120)})" if value else "no"
    if change.field == "countries":
        value = countries_in_words([code for code in value.split("; ") if code], letterhead)
    if change.field == "event":
        value = EVENT_WORDS.get(value, "")
    return shortened(value, 200) or "none"


def rule_of(match: Match, subscriber: Subscriber) -> Rule | None:
    return next((rule for rule in subscriber.rules if rule.id == match.rule), None)


def rule_title(match: Match, subscriber: Subscriber) -> str:
    """The rule's title; its id where the rule is gone since the delivery was owed."""
    rule = rule_of(match, subscriber)
    return rule.title if rule else match.rule


def publisher(release: Release) -> str:
    """ "OSCE, fr"."""
    return f"{release.publisher}, {release.language}" if release.language else release.publisher


def day_in_words(release: Release) -> str:
    """ "5 February 2025", or when it was first seen."""
    day = release.published.day if release.published else release.first_seen.date()
    return f"{day.day} {day:%B %Y}"


def countries_in_words(codes: Sequence[str], letterhead: Letterhead) -> str:
    return ", ".join(letterhead.country_name(code) for code in codes)


def election_in_words(election: Election) -> str:
    kind = "election" if election.kind == "other" else f"{election.kind} election"
    kind = "referendum" if election.kind == "referendum" else kind
    if election.date is None:
        return kind
    return f"{kind} of {election.date.day} {election.date:%B %Y}"


def facts_in_words(release: Release, letterhead: Letterhead) -> tuple[str, ...]:
    """What newswatch understood, in the order in which it is read: country, event, election."""
    reading = release.reading
    event = EVENT_WORDS.get(reading.event, "")
    if reading.mission and event:
        event = f"{event} ({reading.mission})"
    elections = ", ".join(election_in_words(election) for election in reading.elections)
    facts = (countries_in_words(reading.countries, letterhead), event, elections)
    return tuple(fact for fact in facts if fact)


def why_in_words(why: Why, letterhead: Letterhead) -> str:
    """ "country Tajikistan (“in Tajikistan”)"."""
    value = why.value
    if why.field in ("country", "mentions"):
        value = letterhead.country_name(value)
    if why.field == "event":
        value = EVENT_WORDS.get(value, value).lower()
    if why.field == "overdue":
        value = value.replace("_", " ")
    head = f"{FIELD_WORDS.get(why.field, why.field)} {value}"
    return f"{head} (“{shortened(why.evidence, 120)}”)" if why.evidence else head


def shortened(text: str, most: int) -> str:
    """At most so many characters, cut between words."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    return text[: most - 2].rsplit(" ", 1)[0] + " …"
