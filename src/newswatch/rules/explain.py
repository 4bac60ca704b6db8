"""Why a rule meets a release, or what stops it: every condition with what was found. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch
from itertools import islice

from newswatch.fold import words
from newswatch.model import Evidence, Release
from newswatch.rules.conditions import (
    EVIDENCE_OF,
    FACTS,
    WORDED,
    Condition,
    Every,
    Fact,
    Negation,
    OneOf,
    Text,
    Words,
)
from newswatch.rules.find import ReleaseText, find, prepare
from newswatch.rules.near import near, places
from newswatch.rules.rule import Rule

MOST_NEAR = 5  # of what comes near one condition


@dataclass(frozen=True, slots=True)
class Verdict:
    """One condition of a rule against a release. `depth` counts the `not` and `any_of` around it."""

    field: str
    wanted: str
    met: bool
    found: str  # the words that met it, with their places, or what the release has instead
    depth: int = 0
    near: tuple[str, ...] = ()  # what comes near it where it is not met, and what would find that


@dataclass(frozen=True, slots=True)
class Explanation:
    """A rule against a release, condition by condition."""

    rule: str
    met: bool
    verdicts: tuple[Verdict, ...]

    @property
    def stop(self) -> tuple[Verdict, ...]:
        """The first condition that is not met, with those within it; none where the rule matches."""
        if self.met:
            return ()
        first = next(n for n, one in enumerate(self.verdicts) if not (one.met or one.depth))
        within = (n for n, one in enumerate(self.verdicts) if n > first and one.depth == 0)
        return self.verdicts[first : next(within, None)]


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


def brief(condition: Condition) -> str:
    """A condition on one line, as its author wrote it."""
    match condition:
        case Every(parts=parts):
            return "; ".join(map(brief, parts))
        case OneOf(parts=parts):
            return "any of " + " | ".join(f"({brief(part)})" for part in parts)
        case Negation(part=part):
            return f"not ({brief(part)})"
        case _:
            return f"{condition.field}: {condition.wanted}"


def verdicts(condition: Condition, text: ReleaseText, depth: int) -> Iterator[Verdict]:
    met = condition.meets(text) is not None
    yield Verdict(
        condition.field,
        condition.wanted,
        met,
        evidence(condition, text) if met else condition.found(text),
        depth,
        () if met else tuple(islice(dict.fromkeys(close_to(condition, text)), MOST_NEAR)),
    )
    for part in condition.parts:
        yield from verdicts(part, text, depth + 1)


# -- what met it ----------------------------------------------------------------------------------


@singledispatch
def evidence(condition: Condition, text: ReleaseText) -> str:
    """What met a condition, in words, with places where it has any."""
    return ", ".join(one.evidence or one.value for one in condition.meets(text) or ())


@evidence.register(Every)
@evidence.register(OneOf)
@evidence.register(Negation)
def _(_condition: Condition, _text: ReleaseText) -> str:
    return ""  # its parts say it


@evidence.register
def _(condition: Text, text: ReleaseText) -> str:
    return places(find(condition.query, text) or ())


@evidence.register
def _(condition: Words, text: ReleaseText) -> str:
    found = (find(leaf, text) for leaf in condition.any + condition.all)
    return places(spots[0] for spots in found if spots)


@evidence.register
def _(condition: Fact, text: ReleaseText) -> str:
    name = EVIDENCE_OF.get(condition.field, condition.field)
    values = [why.value for why in condition.meets(text) or ()]
    told = text.release.reading.evidence
    return ", ".join(
        next((with_place(one) for one in told if (one.field, one.value) == (name, value)), value)
        for value in values
    )


def with_place(one: Evidence) -> str:
    return f"{one.value} “{one.words}” ({one.where} {one.start}–{one.end})"


# -- what comes near ------------------------------------------------------------------------------


@singledispatch
def close_to(_condition: Condition, _text: ReleaseText) -> Iterator[str]:
    """What comes near a condition that is not met, and how it would be met."""
    return iter(())


@close_to.register
def _(condition: Text, text: ReleaseText) -> Iterator[str]:
    return near(condition.query, text)


@close_to.register
def _(condition: Words, text: ReleaseText) -> Iterator[str]:
    leaves = condition.all + condition.any
    return (told for leaf in leaves if find(leaf, text) is None for told in near(leaf, text))


@close_to.register
def _(condition: Fact, text: ReleaseText) -> Iterator[str]:
    other = {"country": "mentions", "mentions": "country"}.get(condition.field)
    for value in FACTS[other](text.release) if other else ():
        if value in condition.wanted_values:
            yield f"{value} is there under another key: {other}: [{value}] would be met"
    if condition.field in WORDED:
        yield from whole_words(condition, text.release)


def whole_words(condition: Fact, release: Release) -> Iterator[str]:
    for value in FACTS[condition.field](release):
        for wanted in sorted(condition.wanted_values):
            if any(one.startswith(wanted) for one in words(value)):
                yield f"it has “{value}”: whole words are compared, and {wanted!r} is a part of one"
