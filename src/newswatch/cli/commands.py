"""The commands put together, and the options that stand before them.

A command's module is imported when the command is asked for: `enrich` needs no database, `status`
no understanding, and neither should wait for the other.
"""

import logging
from collections.abc import Iterator, Mapping, MutableMapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import typer
from typer.core import TyperGroup

from newswatch import __version__

# Where each command is: a module beside this one, with a function or, for a group, its `app`.
COMMANDS: Mapping[str, str] = {
    "run": "run:run",
    "poll": "run:poll",
    "status": "state:status",
    "migrate": "run:migrate",
    "audit": "gaps:audit",
    "check": "checks:check",
    "schema": "checks:schema",
    "enrich": "reading:enrich",
    "why": "explaining:why",
    "drill": "drilling:drill",
    "ledger": "accounts:ledger_",
    "demo": "show_case:demo",
    "sources": "newsrooms:app",
    "releases": "archive:app",
    "missions": "observed:app",
    "rules": "rules:app",
    "deliveries": "outbox:app",
    "silence": "silencing:app",
    "channels": "receivers:app",
    "bounces": "returned:app",
    "choices": "choosing:app",
    "drills": "drilling:app",
    "mail": "sender:app",
    "feeds": "curated:app",
}
# Commands of a group that other modules hold.
FURTHER: Mapping[str, Mapping[str, str]] = {
    "sources": {
        "discover": "finding:discover_",
        "import": "finding:import_",
        "export": "finding:export",
        "backfill": "gaps:backfill_",
        "documents": "gaps:documents",
        "reread": "gaps:reread_",
        "release": "gaps:release",
    },
    "releases": {
        "correct": "correcting:correct_",
        "uncorrect": "correcting:uncorrect",
        "corrections": "correcting:corrections",
    },
    "rules": {"backtest": "reviewing:backtest", "lint": "reviewing:lint_"},
}


def plain(**settings: Any) -> typer.Typer:
    return typer.Typer(
        add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, **settings
    )


@cache
def command(name: str, place: str) -> Any:
    """The command that a place holds. Typer makes commands only in a group."""
    module, _, part = place.partition(":")
    found = getattr(import_module(f"newswatch.cli.{module}"), part)
    around = plain()
    around.callback()(lambda: None)  # a group even of one
    if isinstance(found, typer.Typer):
        around.add_typer(found, name=name)
    else:
        around.command(name)(found)
    made = typer.main.get_group(around).commands[name]
    if isinstance(made, TyperGroup):
        made.commands.update({n: command(n, p) for n, p in FURTHER.get(name, {}).items()})
    return made


class OnDemand(Mapping[str, Any]):
    """The commands by their names."""

    def __getitem__(self, name: str) -> Any:
        return command(name, COMMANDS[name])

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class Commands(TyperGroup):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = cast(MutableMapping[str, Any], OnDemand())


app = plain(
    name="newswatch",
    cls=Commands,
    help="Watches the newsrooms of election observers; tells each subscriber exactly what they asked for.",
    no_args_is_help=True,
)


def version(wanted: bool) -> None:
    if wanted:
        print(f"newswatch {__version__}")
        raise typer.Exit


@app.callback()
def start(
    context: typer.Context,
    config: Path = typer.Option(
        None,
        "--config",
        envvar="NEWSWATCH_CONFIG",
        help="The configuration directory [./config, then /etc/newswatch].",
    ),
    json: bool = typer.Option(False, "--json", help="Results as JSON."),
    verbose: bool = typer.Option(False, "-v", "--verbose", help="Log more."),
    quiet: bool = typer.Option(False, "-q", "--quiet", help="Log only errors."),
    _version: bool = typer.Option(
        False, "--version", callback=version, is_eager=True, help="Show the version."
    ),
) -> None:
    level = logging.DEBUG if verbose else logging.ERROR if quiet else logging.INFO
    context.obj = {"config": config, "json": json, "level": level}
