"""The tests that are written beside rules, made: what was expected, what happened, and why. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from newswatch.model import Release
from newswatch.recognise import read
from newswatch.rules.explain import Explanation, explain
from newswatch.rules.rule import Rule, Subscriber
from newswatch.rules.trial import Trial


@dataclass(frozen=True, slots=True)
class Tried:
    """A test that was made. `told` are the rules that decided, each with its conditions: those that
    match where none should, all that were asked where one should."""

    trial: Trial
    passed: bool
    release: Release | None  # None: the archive has none of that id
    told: tuple[Explanation, ...] = ()


def try_all(
    trials: Sequence[Trial], subscribers: Sequence[Subscriber], archive: Mapping[str, Release]
) -> Iterator[Tried]:
    """Makes the tests, in their order. `archive` are the releases that they name by id."""
    by_id = {subscriber.id: subscriber for subscriber in subscribers}
    for trial in trials:
        release = trial.release
        found = archive.get(release) if isinstance(release, str) else read(release)
        yield (
            Tried(trial, False, None)
            if found is None
            else tried(trial, asked(trial, by_id[trial.subscriber]), found)
        )


def asked(trial: Trial, subscriber: Subscriber) -> tuple[Rule, ...]:
    """The rules that a test is about."""
    return tuple(
        rule
        for rule in subscriber.rules
        if trial.rule in (None, rule.id) and (trial.channel is None or trial.channel in rule.send)
    )


def tried(trial: Trial, rules: Sequence[Rule], release: Release) -> Tried:
    told = tuple(explain(rule, release) for rule in rules)
    met = tuple(one for one in told if one.met)
    return Tried(trial, bool(met) == trial.expected, release, met or told)
