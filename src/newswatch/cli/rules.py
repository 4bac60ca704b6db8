"""rules list|test: what subscribers ask for, and the tests beside it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import typer

from newswatch.app import clock, connect
from newswatch.cli.context import options
from newswatch.cli.explaining import verdict_lines
from newswatch.cli.show import counted, print_json, print_table
from newswatch.config.load import Configuration
from newswatch.errors import UsageError
from newswatch.model import Release
from newswatch.review.trials import Tried, try_all
from newswatch.rules.explain import Explanation, brief
from newswatch.rules.rule import Rule, Subscriber
from newswatch.rules.trial import Trial

app = typer.Typer(help="What subscribers ask for.", no_args_is_help=True)

LATELY = timedelta(days=30)
MOST_TOLD = 10  # rules of one test


# -- list -----------------------------------------------------------------------------------------


@app.command("list")
def list_(context: typer.Context) -> None:
    """List all rules: what they ask, where they send, and how much they met in 30 days, and what
    share of the votes of readers called it useful."""
    chosen = options(context)
    configuration = chosen.load()
    store = connect(configuration)
    counts, votes = store.match_counts(clock() - LATELY), store.usefulness()
    rows = [
        row(subscriber, rule, counts, votes)
        for subscriber in configuration.subscribers
        for rule in subscriber.rules
    ]
    if chosen.json:
        print_json(rows)
    else:
        shown = [
            (
                f"{one['subscriber']}/{one['rule']}",
                ", ".join(one["send"]) or "nowhere",
                one["feed"],
                str(one["matches"]),
                usefulness(one),
                one["asks"],
            )
            for one in rows
        ]
        print_table(shown, ("rule", "sends to", "feed", "30 days", "useful", "asks for"))
    if not rows:
        raise typer.Exit(1)


def row(
    subscriber: Subscriber,
    rule: Rule,
    counts: Mapping[tuple[str, str], int],
    votes: Mapping[tuple[str, str], tuple[int, int]],
) -> dict[str, Any]:
    useful, useless = votes.get((subscriber.id, rule.id), (0, 0))
    return {
        "subscriber": subscriber.id,
        "rule": rule.id,
        "title": rule.title,
        "asks": brief(rule.condition),
        "send": rule.send,
        "feed": rule.feed.visibility,
        "matches": counts.get((subscriber.id, rule.id), 0),
        "useful": useful,
        "not_useful": useless,
        "precision": useful / (useful + useless) if useful + useless else None,
        "file": rule.file,
        "line": rule.line,
    }


def usefulness(row: Mapping[str, Any]) -> str:
    """ "3 of 4, 75 %": votes, and what share of them was for useful."""
    if row["precision"] is None:
        return "no vote"
    votes = row["useful"] + row["not_useful"]
    return f"{row['useful']} of {votes}, {row['precision']:.0%}".replace("%", " %")


# -- test -----------------------------------------------------------------------------------------


@app.command("test")
def make_tests(
    context: typer.Context,
    file: list[Path] = typer.Argument(None, help="Only the tests in these files."),
) -> None:
    """Make the tests that are written beside the rules. Exit code 1 if one fails."""
    chosen = options(context)
    configuration = chosen.load()
    trials = chosen_trials(configuration, file or ())
    made = list(try_all(trials, configuration.subscribers, pinned(configuration, trials)))
    failed = [one for one in made if not one.passed]
    if chosen.json:
        print_json([as_json(one) for one in made])
    else:
        for one in failed:
            print("\n".join(told(one)))
        print(f"{counted(len(made), 'test')}, {len(failed) or 'none'} failed")
    if failed:
        raise typer.Exit(1)


def chosen_trials(configuration: Configuration, files: Sequence[Path]) -> Sequence[Trial]:
    if not files:
        return configuration.trials
    wanted = {file.resolve() for file in files}
    known = {Path(rule.file).resolve() for one in configuration.subscribers for rule in one.rules}
    for file in files:
        if file.resolve() not in known:
            raise UsageError(f"{file} is no file of this configuration with rules in it")
    return [trial for trial in configuration.trials if Path(trial.file).resolve() in wanted]


def pinned(configuration: Configuration, trials: Sequence[Trial]) -> Mapping[str, Release]:
    """The releases of the archive that tests name; without any, no database is opened."""
    ids = {trial.release for trial in trials if isinstance(trial.release, str)}
    return connect(configuration).releases_by_id(ids) if ids else {}


def told(one: Tried) -> Iterator[str]:
    """A failure, for people: where it was written, what was expected, what happened and why."""
    trial = one.trial
    title = f"“{one.release.title}”" if one.release else repr(trial.release)
    yield f"{trial.file}:{trial.line}:{trial.column}: {what_happened(one)}: {title}"
    for explanation in one.told[:MOST_TOLD]:
        yield from why(explanation)
    if len(one.told) > MOST_TOLD:
        yield f"    … and {len(one.told) - MOST_TOLD} rules more"


def what_happened(one: Tried) -> str:
    trial = one.trial
    who = f"{trial.subscriber}/{trial.rule}" if trial.rule else f"any rule of {trial.subscriber}"
    way = f" that sends to {trial.channel}" if trial.channel else ""
    if one.release is None:
        return "no release of the archive is called so"
    if not one.told:
        return f"expected a match of {who}{way}, and no rule sends there"
    return (
        f"expected {who}{way} to match, and it does not"
        if trial.expected
        else f"expected no match of {who}{way}, and there is one"
    )


def why(explanation: Explanation) -> Iterator[str]:
    """The condition that stopped a rule, or all that were met."""
    yield f"    {explanation.rule}:"
    for verdict in explanation.stop or explanation.verdicts:
        for line in verdict_lines(verdict):
            yield f"      {line}"


def as_json(one: Tried) -> dict[str, object]:
    trial = one.trial
    return {
        "file": trial.file,
        "line": trial.line,
        "column": trial.column,
        "subscriber": trial.subscriber,
        "rule": trial.rule,
        "channel": trial.channel,
        "release": one.release.id or one.release.title if one.release else trial.release,
        "expect": "match" if trial.expected else "no match",
        "passed": one.passed,
        "why": one.told,
    }
