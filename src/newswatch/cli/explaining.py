"""why: every rule of a subscriber against a release, then what became of each delivery."""

from collections.abc import Iterator

import typer

from newswatch.app import connect
from newswatch.cli.context import options
from newswatch.cli.courses import changed_since, show_course, show_text, texts_of, withheld
from newswatch.cli.show import print_json
from newswatch.config.load import Configuration
from newswatch.errors import NotFoundError
from newswatch.match import told_by
from newswatch.model import Release
from newswatch.rules.explain import Explanation, Verdict, explain
from newswatch.rules.rule import Rule, Subscriber
from newswatch.store import SqlStore

NOTHING_OWED = (
    "nothing was owed: no rule matched, the rule sends nowhere, "
    "or the release came with the quiet first poll of its source"
)


def why(
    context: typer.Context,
    release: str = typer.Argument(help="The release's id."),
    subscriber: str = typer.Argument(help="The subscriber's id."),
) -> None:
    """Show every rule of a subscriber against a release, then what became of each delivery."""
    chosen = options(context)
    configuration = chosen.load()
    store = connect(configuration)
    found, reader = release_of(store, release), subscriber_of(configuration, subscriber)
    explanations = [explain(rule, found) for rule in reader.rules]
    deliveries = store.deliveries(subscriber=reader.id, release_id=release)
    told_before = rules_told_before(store, found, reader)
    matches = [one for one in store.matches_of(release) if one.subscriber == reader.id]
    kept_back = list(withheld(reader, matches, found))
    old = changed_since(reader, texts_of(store, matches))
    if chosen.json:
        told = {"deliveries": deliveries, "withheld": kept_back, "rules_as_they_were": old}
        copied = {"copy_of": found.copy_of, "not_sent_as_copy": sorted(told_before)}
        print_json({"rules": explanations, **told, **copied})
        return
    print(found.title)
    for rule, explanation in zip(reader.rules, explanations, strict=True):
        show_rule(rule, explanation)
        if explanation.met and rule.id in told_before:
            print(f"  not sent: it is a copy of {found.copy_of}, which this rule had met")
    print()
    for delivery in deliveries:
        show_course(store, delivery)
    for line in kept_back:
        print(line)
    if not deliveries and not kept_back:
        print(NOTHING_OWED)
    for text in old:
        show_text(text)


def rules_told_before(store: SqlStore, release: Release, subscriber: Subscriber) -> set[str]:
    """Its rules that met the release of which this one is a copy, and want no copies."""
    original = store.matches_of(release.copy_of) if release.copy_of else ()
    told = told_by(original)
    return {
        rule.id for rule in subscriber.rules if not rule.copies and (subscriber.id, rule.id) in told
    }


def release_of(store: SqlStore, release_id: str) -> Release:
    found = store.release_by_id(release_id)
    if found is None:
        raise NotFoundError(
            f"no release is called {release_id!r}; `newswatch releases list` names them"
        )
    return found


def subscriber_of(configuration: Configuration, name: str) -> Subscriber:
    for subscriber in configuration.subscribers:
        if subscriber.id == name:
            return subscriber
    names = ", ".join(subscriber.id for subscriber in configuration.subscribers)
    raise NotFoundError(f"no subscriber is called {name!r}; there are: {names}")


def show_rule(rule: Rule, explanation: Explanation) -> None:
    print(
        f"\n{rule.id} ({rule.file}:{rule.line}): {'matches' if explanation.met else 'does not match'}"
    )
    for verdict in explanation.verdicts:
        for line in verdict_lines(verdict):
            print(f"  {line}")


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """A condition with what met it, or what it has instead and what comes near."""
    indent = "  " * verdict.depth
    head = f"{verdict.field} {verdict.wanted}".rstrip()
    found = f": {verdict.found}" if verdict.found else ""
    yield f"{indent}{'yes' if verdict.met else 'no '}  {head}{found}"
    for near in verdict.near:
        yield f"{indent}     {near}"
