"""What rules meet in the archive, and how two sets of rules differ there, with why. Pure.

Releases come one at a time, and nothing of them is kept: an archive may be of any size.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from newswatch.errors import NotFoundError
from newswatch.match import match
from newswatch.model import Match, Release, Why
from newswatch.rules.explain import explain
from newswatch.rules.rule import Rule, Subscriber
from newswatch.rules.standing import Standing

Name = tuple[str, str]  # of a rule: its subscriber's, and its own


@dataclass(frozen=True, slots=True)
class Difference:
    """A release that a rule meets on one side only: "+" after an edit, "-" before it."""

    sign: Literal["+", "-"]
    subscriber: str
    rule: str
    release: Release
    why: str  # what met it, or what stops it now


def chosen(subscribers: Sequence[Subscriber], name: str | None) -> tuple[Subscriber, ...]:
    """The subscribers, or the one of that name, or with only that rule: SUBSCRIBER/RULE."""
    if name is None:
        return tuple(subscribers)
    wanted, _, rule = name.partition("/")
    return tuple(
        only(subscriber, rule)
        for subscriber in subscribers
        if subscriber.id == wanted and (not rule or rule in {one.id for one in subscriber.rules})
    )


def only(subscriber: Subscriber, rule: str) -> Subscriber:
    rules = tuple(one for one in subscriber.rules if rule in ("", one.id))
    return replace(subscriber, rules=rules)


class Comparison:
    """Two sets of rules, and how they differ on releases."""

    def __init__(self, before: Sequence[Subscriber], after: Sequence[Subscriber]) -> None:
        self.before, self.after = Standing.of(before), Standing.of(after)
        self.rules = by_name(after)

    def differences(self, release: Release) -> Iterator[Difference]:
        """First what is new, then what is gone, each in the order of its configuration."""
        before, after = by_rule(match(release, self.before)), by_rule(match(release, self.after))
        for name, found in after.items():
            if name not in before:
                yield Difference("+", *name, release, in_words(found.why))
        for name in before:
            if name not in after:
                yield Difference("-", *name, release, self.stop(name, release))

    def stop(self, name: Name, release: Release) -> str:
        """What keeps a rule from a release now."""
        found = self.rules.get(name)
        if found is None:
            return "there is no such rule any more"
        first = explain(found, release).stop[0]
        return f"{first.field} {first.wanted}: {first.found}".strip()


def by_name(subscribers: Sequence[Subscriber]) -> Mapping[Name, Rule]:
    return {(one.id, rule.id): rule for one in subscribers for rule in one.rules}


def by_rule(matches: Sequence[Match]) -> dict[Name, Match]:
    return {(one.subscriber, one.rule): one for one in matches}


def in_words(why: Sequence[Why]) -> str:
    return "; ".join(
        f"{one.field} {one.value}" + (f" (“{one.evidence}”)" if one.evidence else "") for one in why
    )


def rerouted(before: Sequence[Subscriber], after: Sequence[Subscriber]) -> Iterator[str]:
    """A line for each rule that sends elsewhere, or whose feed has other readers: no release tells."""
    old = by_name(before)
    for name, rule in by_name(after).items():
        was = old.get(name)
        if was is not None and ways(was) != ways(rule):
            yield f"{'/'.join(name)}: {ways(rule)}; before: {ways(was)}"


def ways(rule: Rule) -> str:
    feed = "no feed" if rule.feed.visibility == "none" else f"a {rule.feed.visibility} feed"
    return f"sends to {', '.join(sorted(rule.send)) or 'nobody'}, {feed}"


def refuse_nothing(subscribers: Sequence[Subscriber], name: str | None) -> None:
    """Raises `NotFoundError` where no rule has a name."""
    if name is not None and not subscribers:
        raise NotFoundError(f"no rule or subscriber is called {name!r}; see: newswatch rules list")
