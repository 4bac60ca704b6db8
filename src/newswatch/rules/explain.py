"""Why a rule meets a release, or what stops it: every condition with what was found. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from newswatch.model import Release
from newswatch.rules.conditions import Condition, Every, Negation, OneOf
from newswatch.rules.find import ReleaseText, prepare
from newswatch.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Verdict:
    """One condition of a rule against a release. `depth` counts the `not` and `any_of` around it."""

    field: str
    wanted: str
    met: bool
    found: str  # the words that met it, or what the release has instead
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """A rule against a release, condition by condition."""

    rule: str
    met: bool
    verdicts: tuple[Verdict, ...]


def explain(rule: Rule, release: Release) -> Explanation:
    """Every condition of the rule, met or not, with what was found."""
    text = prepare(release)
    condition = rule.condition
    parts = condition.parts if isinstance(condition, Every) else (condition,)
    return Explanation(
        rule.id,
        condition.meets(text) is not None,
        tuple(verdict for part in parts for verdict in verdicts(part, text, 0)),
    )


def verdicts(condition: Condition, text: ReleaseText, depth: int) -> Iterator[Verdict]:
    why = condition.meets(text)
    branching = isinstance(condition, Every | OneOf | Negation)
    words = "" if branching else " … ".join(one.evidence or one.value for one in why or ())
    found = condition.found(text) if why is None else words
    yield Verdict(condition.field, condition.wanted, why is not None, found, depth)
    for part in condition.parts:
        yield from verdicts(part, text, depth + 1)
