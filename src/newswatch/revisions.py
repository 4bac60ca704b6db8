"""Revisions of releases that were alerted: who is told of them, and what became otherwise. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from newswatch.model import Delivery, Difference, Match, Release
from newswatch.rules.standing import Names


def material(before: Release, after: Release) -> tuple[Difference, ...]:
    """What a reader of an alert has to know of: whether the release stands, its title and day, and
    what newswatch read in it. By which words it knows is no news, and neither is a new comma."""
    earlier, later = facts(before), facts(after)
    return tuple(
        Difference(field, was, later[field])
        for field, was in earlier.items()
        if was != later[field]
    )


def facts(release: Release) -> Mapping[str, str]:
    """What counts of a release, each as one line: codes, days like 2025-03-02, names of events."""
    reading = release.reading
    elections = sorted(f"{one.kind} {one.date or ''}".rstrip() for one in reading.elections)
    return {
        "withdrawn": one_line(release.withdrawn),
        "title": one_line(release.title),
        "published": release.published.day.isoformat() if release.published else "",
        "countries": "; ".join(sorted(reading.countries)),
        "event": reading.event,
        "mission": reading.mission or "",
        "elections": "; ".join(elections),
    }


def one_line(text: str) -> str:
    return " ".join(text.split())


def lasting(
    earlier: Sequence[Match], release: Release, met: Sequence[Match], asked: Names
) -> tuple[Match, ...]:
    """What met an earlier version and meets this one no more, of rules that want to know: each as
    it was last. Who was told of Georgia is owed the correction that it was the other one."""
    now = {(one.subscriber, one.rule) for one in met}
    by_rule = {(one.subscriber, one.rule): one for one in earlier if not one.shadow}
    return tuple(
        replace(one, version=release.version)
        for key, one in by_rule.items()
        if key in asked and key not in now
    )


def corrected(
    delivery: Delivery, last: Delivery, told: Release, release: Release, asked: Names
) -> Delivery | None:
    """The delivery as a correction of what its channel was `told` last; None where none of the
    rules behind that asks for it, or nothing that matters changed."""
    before = {one.rule for one in last.matches}
    theirs = tuple(
        one
        for one in delivery.matches
        if one.rule in before and (one.subscriber, one.rule) in asked
    )
    changes = material(told, release) if theirs else ()
    if not changes:
        return None
    return replace(delivery, matches=theirs, corrects=last.version, changes=changes)


def merged(correction: Delivery, waiting: Delivery) -> Delivery:
    """A correction of what still waits goes out in its place, as what that was and when that was
    due; a correction of a correction tells all that changed since the version that was sent."""
    rules = {one.rule for one in correction.matches}
    rest = tuple(one for one in waiting.matches if one.rule not in rules)
    since = () if waiting.corrects is None else joint(waiting.changes, correction.changes)
    whole = replace(
        correction,
        matches=(*correction.matches, *rest),
        corrects=waiting.corrects,
        changes=since,
    )
    if correction.urgent and waiting.state != "held":
        return whole
    return replace(
        whole,
        state=waiting.state,
        due=waiting.due,
        urgent=waiting.urgent,
        stops=waiting.stops,
        silence=waiting.silence,
    )


def joint(first: Sequence[Difference], then: Sequence[Difference]) -> tuple[Difference, ...]:
    """Two steps as one; what the second took back is no change."""
    whole = {one.field: one for one in first}
    for one in then:
        before = whole[one.field].before if one.field in whole else one.before
        whole[one.field] = replace(one, before=before)
    return tuple(one for one in whole.values() if one.before != one.after)
