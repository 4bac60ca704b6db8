"""check, schema: whether the configuration is right, and what may stand in it."""

from enum import StrEnum

import typer

from newswatch.cli.context import options
from newswatch.cli.show import counted, note, print_json
from newswatch.config.schema import json_schema
from newswatch.errors import ConfigurationError


class Kind(StrEnum):
    """The kinds of file in a configuration directory."""

    sources = "sources"
    subscriber = "subscriber"
    service = "service"
    groups = "groups"


def check(context: typer.Context) -> None:
    """Validate every file; print each problem as file:line:column: message, all at once."""
    chosen = options(context)
    try:
        configuration = chosen.load()
    except ConfigurationError as error:
        if chosen.json:
            print_json(error.problems)
        else:
            for problem in error.problems:
                print(problem)
            note(f"{counted(len(error.problems), 'problem')}; nothing was changed")
        raise typer.Exit(2) from None
    if chosen.json:
        print_json([])
        return
    for notice in configuration.notices:
        note(f"note: {notice}")
    if tests := len(configuration.trials):
        note(f"note: {counted(tests, 'test')} beside the rules; to make them: newswatch rules test")
    rules = sum(len(subscriber.rules) for subscriber in configuration.subscribers)
    print(
        f"{chosen.directory()}: {len(configuration.sources)} sources, "
        f"{len(configuration.subscribers)} subscribers, {rules} rules, no problems"
    )


def schema(kind: Kind = typer.Argument(Kind.subscriber, help="Which kind of file.")) -> None:
    """Print the JSON Schema of a file kind, for editors."""
    print_json(json_schema(kind.value))
