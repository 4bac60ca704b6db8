"""Rules that are dead, idle, shadowed or equal, or that catch other than they seem to. Pure."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass

from newswatch.model import Match, Source
from newswatch.review.names import country_words
from newswatch.rules import language
from newswatch.rules.compile import Path
from newswatch.rules.conditions import SAME, Condition, Every, Fact, Negation, OneOf, Words
from newswatch.rules.rule import Rule, Subscriber

Name = tuple[str, str]  # of a rule: its subscriber's, and its own
When = Callable[[Rule], Mapping[str, object]]  # the conditions of a rule as they are written


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd about a rule, and what would do. `path` leads to it inside the rule, `word` is
    what it is about within that value."""

    rule: Rule
    path: Path
    message: str
    word: str = ""


class Seen:
    """What rules met over an archive. For each rule it keeps a number, and the names of those that met
    all that it met."""

    def __init__(self) -> None:
        self.releases = 0
        self.counts: Counter[Name] = Counter()
        self.always_with: dict[Name, set[str]] = {}

    def add(self, matches: Sequence[Match]) -> None:
        """The matches of one more release."""
        self.releases += 1
        of: dict[str, set[str]] = {}
        for one in matches:
            of.setdefault(one.subscriber, set()).add(one.rule)
        for subscriber, rules in of.items():
            for rule in rules:
                name = (subscriber, rule)
                self.counts[name] += 1
                self.always_with[name] = self.always_with.get(name, rules) & rules


def lint(
    subscribers: Sequence[Subscriber], sources: Sequence[Source], when: When, seen: Seen | None
) -> Iterator[Finding]:
    """All that is odd, in the order of the rules. `seen` is a year of archive; without it, nothing is
    said of what was met."""
    polled = [source for source in sources if source.enabled]
    for subscriber in subscribers:
        asked: dict[object, Rule] = {}
        for rule in subscriber.rules:
            dead = tuple(of_sources(rule, polled))
            yield from dead
            yield from heard_by_nobody(rule)
            yield from equal(rule, asked)
            for path, word, message in country_words(when(rule), rule.condition):
                yield Finding(rule, ("when", *path), message, word)
            if seen is not None and not dead:
                yield from of_archive(rule, subscriber, seen)


def heard_by_nobody(rule: Rule) -> Iterator[Finding]:
    if not rule.send and rule.feed.visibility == "none":
        message = (
            "sends nowhere and has no feed: nobody hears of it; add send: or feed:, or remove it"
        )
        yield Finding(rule, ("id",), message)


# -- what its sources cannot bring ----------------------------------------------------------------

OF_SOURCES: Mapping[str, Callable[[Source], str | None]] = {
    "source": lambda source: source.id,
    "publisher": lambda source: source.publisher,
    "language": lambda source: source.language,
}


def of_sources(rule: Rule, sources: Sequence[Source]) -> Iterator[Finding]:
    """Whether no source that is polled can bring what a rule asks for."""
    if not sources or any(bounds(rule.condition, source)[0] for source in sources):
        return
    parts = rule.condition.parts if isinstance(rule.condition, Every) else (rule.condition,)
    for part in parts:
        if isinstance(part, Fact) and not any(bounds(part, source)[0] for source in sources):
            there = sorted({value for one in sources if (value := OF_SOURCES[part.field](one))})
            message = f"can never match: no enabled source has it; there are: {', '.join(there)}"
            yield Finding(rule, ("when", part.field), message)
            return
    yield Finding(rule, ("when",), "can never match: no enabled source has all that it asks for")


def bounds(condition: Condition, source: Source) -> tuple[bool, bool]:
    """Whether a release of a source may meet a condition, and whether each of them must."""
    match condition:
        case Fact(field=field) if field in OF_SOURCES:
            value = OF_SOURCES[field](source)
            if value is None:
                return True, False
            met = any(SAME[field](value, wanted) for wanted in condition.wanted_values)
            return met, met
        case Negation(part=part):
            may, must = bounds(part, source)
            return not must, not may
        case Every(parts=parts):
            found = [bounds(part, source) for part in parts]
            return all(may for may, _ in found), all(must for _, must in found)
        case OneOf(parts=parts):
            found = [bounds(part, source) for part in parts]
            return any(may for may, _ in found), any(must for _, must in found)
        case _:
            return True, False


# -- what another rule asks -----------------------------------------------------------------------


def equal(rule: Rule, asked: dict[object, Rule]) -> Iterator[Finding]:
    """Another rule of the same subscriber, before it, that asks the same; `asked` are those so far."""
    first = asked.setdefault(essence(rule.condition), rule)
    if first is not rule:
        message = f"asks the same as {first.id!r} (line {first.line}): one of them would do"
        yield Finding(rule, ("when",), message)


UNORDERED = (Every, OneOf, language.All, language.Any, Words)


def essence(value: object) -> object:
    """A condition without how it was written, and without the order of what may stand in any."""
    if isinstance(value, tuple):
        return tuple(map(essence, value))
    if not is_dataclass(value):
        return value
    parts = [
        getattr(value, one.name) for one in fields(value) if one.name not in ("shown", "wanted")
    ]
    read = [essence(part) for part in parts]
    if isinstance(value, UNORDERED):
        read = [frozenset(part) if isinstance(part, tuple) else part for part in read]
    return (type(value).__name__, *read)


# -- what the archive says ------------------------------------------------------------------------


def of_archive(rule: Rule, subscriber: Subscriber, seen: Seen) -> Iterator[Finding]:
    if not seen.releases:
        return  # an archive that holds nothing says nothing of a rule
    count = seen.counts[subscriber.id, rule.id]
    if not count:
        message = f"met none of the {seen.releases:,} releases of the last year"
        yield Finding(rule, ("when",), message)
    elif other := shadow(rule, subscriber, seen):
        message = (
            f"adds nothing: each of the {count:,} releases that it met in the last year met "
            f"{other.id!r} too (line {other.line}), which sends to the same channels"
        )
        yield Finding(rule, ("when",), message)


def shadow(rule: Rule, subscriber: Subscriber, seen: Seen) -> Rule | None:
    """A rule that met all that this one met, and sends wherever it does. Of two that met the same, the
    first is not in the second's shadow. A rule with a feed of its own is in nobody's."""
    name = (subscriber.id, rule.id)
    is_alone = len(seen.always_with[name]) == 1
    if is_alone or not rule.send or rule.feed.visibility != "none":
        return None
    before = True
    for other in subscriber.rules:
        if other is rule:
            before = False
        elif other.id in seen.always_with[name] and set(rule.send) <= set(other.send):
            is_mutual = rule.id in seen.always_with[subscriber.id, other.id]
            if before or not is_mutual or set(rule.send) != set(other.send):
                return other
    return None
