"""The conditions of a rule: each meets a release with why, or says what it found instead. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from newswatch.fold import fold, words
from newswatch.model import Release, Why
from newswatch.rules.find import ReleaseText, find
from newswatch.rules.language import Phrase, Prefix, Query
from newswatch.rules.near import missing, some


class Condition(Protocol):
    """`field` and `wanted` name it for people; `meets` gives why, or None when it is not met."""

    @property
    def field(self) -> str: ...

    @property
    def wanted(self) -> str: ...

    @property
    def parts(self) -> "tuple[Condition, ...]": ...

    def meets(self, text: ReleaseText) -> tuple[Why, ...] | None: ...

    def found(self, text: ReleaseText) -> str:
        """What the release has instead, in words."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """`text`: a query on title and text."""

    query: Query
    wanted: str
    field: str = "text"
    parts: tuple[Condition, ...] = ()

    def meets(self, text: ReleaseText) -> tuple[Why, ...] | None:
        spots = find(self.query, text)
        if spots is None:
            return None
        evidence = " … ".join(dict.fromkeys(spot.words for spot in spots))
        return (Why(self.field, self.wanted, evidence),)

    def found(self, text: ReleaseText) -> str:
        return "" if self.meets(text) else missing(self.query, text)


@dataclass(frozen=True, slots=True)
class Words:
    """`keywords`: any of some, all of some, none of some."""

    any: tuple[Phrase | Prefix, ...] = ()
    all: tuple[Phrase | Prefix, ...] = ()
    none: tuple[Phrase | Prefix, ...] = ()
    field: str = "keywords"
    parts: tuple[Condition, ...] = ()

    @property
    def wanted(self) -> str:
        lists = (("any of", self.any), ("all of", self.all), ("none of", self.none))
        return "; ".join(
            f"{head} {', '.join(leaf.shown for leaf in leaves)}" for head, leaves in lists if leaves
        )

    def meets(self, text: ReleaseText) -> tuple[Why, ...] | None:
        any_, all_ = present(self.any, text), present(self.all, text)
        if (self.any and not any_) or len(all_) < len(self.all) or present(self.none, text):
            return None
        return tuple(dict.fromkeys(any_ + all_)) or (Why(self.field, self.wanted),)

    def found(self, text: ReleaseText) -> str:
        there, unwanted = present(self.any + self.all, text), present(self.none, text)
        if unwanted:
            return f"there is {some(why.value for why in unwanted)}, which must not be"
        if not there:
            return f"none is there of {some(leaf.shown for leaf in self.any + self.all)}"
        found = {why.value for why in there}
        lacking = [leaf.shown for leaf in self.all if leaf.shown not in found] or [
            leaf.shown for leaf in self.any
        ]
        return f"there is {some(found)}, but not {some(lacking)}"


def present(leaves: tuple[Phrase | Prefix, ...], text: ReleaseText) -> tuple[Why, ...]:
    found = ((leaf, find(leaf, text)) for leaf in leaves)
    return tuple(Why("keywords", leaf.shown, spots[0].words) for leaf, spots in found if spots)


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of the release that must be one of some: country, event, source, topic, …"""

    field: str
    wanted_values: frozenset[str]
    wanted: str
    parts: tuple[Condition, ...] = ()

    def meets(self, text: ReleaseText) -> tuple[Why, ...] | None:
        met = [
            value
            for value in FACTS[self.field](text.release)
            if any(SAME[self.field](value, wanted) for wanted in self.wanted_values)
        ]
        return tuple(self.why(value, text.release) for value in met) or None

    def why(self, value: str, release: Release) -> Why:
        name = EVIDENCE_OF.get(self.field, self.field)
        shown = release.reading.event if self.field == "transition" else value
        words = next(
            (e.words for e in release.reading.evidence if (e.field, e.value) == (name, shown)), ""
        )
        return Why(self.field, value, words)

    def found(self, text: ReleaseText) -> str:
        stated = ", ".join(FACTS[self.field](text.release))
        said = f"it is {stated}" if stated else ABSENT.get(self.field, "it is not stated")
        asked = sorted(self.wanted_values)
        is_named_otherwise = self.field in COUNTRIES and self.wanted != ", ".join(asked)
        return said + (f"; asked for: {some(asked)}" if is_named_otherwise else "")


def optional(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


FACTS: Mapping[str, Callable[[Release], tuple[str, ...]]] = {
    "country": lambda release: release.reading.countries,
    "mentions": lambda release: release.reading.mentioned,
    "event": lambda release: (release.reading.event,),
    "mission": lambda release: optional(release.reading.mission),
    "transition": lambda release: optional(release.transition),
    "overdue": lambda release: (release.overdue.step,) if release.overdue else (),
    "election": lambda release: tuple(e.kind for e in release.reading.elections),
    "institution": lambda release: release.institutions,
    "topic": lambda release: release.topics,
    "publisher": lambda release: (release.publisher,),
    "content_type": lambda release: optional(release.content_type),
    "source": lambda release: (release.source_id,),
    "language": lambda release: optional(release.language),
}
ABSENT = {
    "transition": "it changed the state of no mission",
    "overdue": "it tells of no step that is overdue",
}
EVIDENCE_OF = {"mentions": "mentioned", "transition": "event"}


def is_code(value: str, wanted: str) -> bool:
    return value == wanted


def is_name(value: str, wanted: str) -> bool:
    return fold(value) == wanted


def is_language(value: str, wanted: str) -> bool:
    """A rule's `en` is met by `en-GB` (RFC 4647 section 3.3.1, basic filtering)."""
    return fold(value) == wanted or fold(value).startswith(f"{wanted}-")


def holds_words(value: str, wanted: str) -> bool:
    """The wanted words stand side by side in the value: "ODIHR" in "OSCE/ODIHR"."""
    return f" {wanted} " in f" {' '.join(words(value))} "


COUNTRIES = ("country", "mentions")
CODED = (*COUNTRIES, "event", "mission", "transition", "overdue", "election")
WORDED = ("institution", "topic", "publisher", "content_type")
SAME: Mapping[str, Callable[[str, str], bool]] = {
    **dict.fromkeys(CODED, is_code),
    **dict.fromkeys(WORDED, holds_words),
    "source": is_name,
    "language": is_language,
}


@dataclass(frozen=True, slots=True)
class PublishedBetween:
    """`published`: after a day, before a day (both exclusive)."""

    after: date | None
    before: date | None
    field: str = "published"
    parts: tuple[Condition, ...] = ()

    @property
    def wanted(self) -> str:
        bounds = (("after", self.after), ("before", self.before))
        return " and ".join(f"{word} {day}" for word, day in bounds if day)

    def meets(self, text: ReleaseText) -> tuple[Why, ...] | None:
        published = text.release.published
        if published is None:
            return None
        day = published.day
        is_met = (self.after is None or day > self.after) and (
            self.before is None or day < self.before
        )
        return (Why(self.field, self.wanted, day.isoformat()),) if is_met else None

    def found(self, text: ReleaseText) -> str:
        published = text.release.published
        return f"it is of {published.day}" if published else "it has no publishing date"


@dataclass(frozen=True, slots=True)
class PublishedWithin:
    """`published: {within: 30d}`: published at most so long before newswatch first saw it. Against
    that moment, and not against today: the same release meets the same rule for ever."""

    age: timedelta
    shown: str
    field: str = "published"
    parts: tuple[Condition, ...] = ()

    @property
    def wanted(self) -> str:
        return f"within {self.shown}"

    def meets(self, text: ReleaseText) -> tuple[Why, ...] | None:
        published, seen = text.release.published, text.release.first_seen
        if published is None:
            return None
        oldest = seen - self.age
        instant = published.instant
        is_recent = instant >= oldest if instant else published.day >= oldest.date()
        return (Why(self.field, self.wanted, published.day.isoformat()),) if is_recent else None

    def found(self, text: ReleaseText) -> str:
        published = text.release.published
        if published is None:
            return "it has no publishing date"
        return f"it is of {published.day}, and was first seen on {text.release.first_seen.date()}"


@dataclass(frozen=True, slots=True)
class Negation:
    """`not`: met when the conditions within are not."""

    part: Condition
    field: str = "not"
    wanted: str = ""

    @property
    def parts(self) -> tuple[Condition, ...]:
        return (self.part,)

    def meets(self, text: ReleaseText) -> tuple[Why, ...] | None:
        return () if self.part.meets(text) is None else None

    def found(self, text: ReleaseText) -> str:
        return "" if self.part.meets(text) is None else "but it is so"


@dataclass(frozen=True, slots=True)
class OneOf:
    """`any_of`: at least one of several."""

    parts: tuple[Condition, ...]
    field: str = "any_of"
    wanted: str = ""

    def meets(self, text: ReleaseText) -> tuple[Why, ...] | None:
        met = [why for part in self.parts if (why := part.meets(text)) is not None]
        return tuple(dict.fromkeys(one for why in met for one in why)) if met else None

    def found(self, text: ReleaseText) -> str:
        return "" if self.meets(text) is not None else "none of them is met"


@dataclass(frozen=True, slots=True)
class Every:
    """A whole `when`: all of its keys."""

    parts: tuple[Condition, ...]
    field: str = "all of"
    wanted: str = ""

    def meets(self, text: ReleaseText) -> tuple[Why, ...] | None:
        found: list[Why] = []
        for part in self.parts:
            why = part.meets(text)
            if why is None:
                return None
            found.extend(why)
        return tuple(dict.fromkeys(found))

    def found(self, text: ReleaseText) -> str:
        return "" if self.meets(text) is not None else "not all of them are met"


@dataclass(frozen=True, slots=True)
class Everything:
    """`everything: true`: every release."""

    field: str = "everything"
    wanted: str = "true"
    parts: tuple[Condition, ...] = ()

    def meets(self, text: ReleaseText) -> tuple[Why, ...] | None:
        return (Why("everything", "true", text.release.title),)

    def found(self, text: ReleaseText) -> str:
        return text.release.title
