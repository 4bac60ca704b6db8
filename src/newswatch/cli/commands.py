"""The commands put together, and the options that stand before them."""

import logging
from pathlib import Path

import typer

from newswatch import __version__
from newswatch.cli import (
    accounts,
    archive,
    checks,
    choosing,
    correcting,
    curated,
    drilling,
    explaining,
    finding,
    gaps,
    newsrooms,
    observed,
    outbox,
    reading,
    receivers,
    returned,
    reviewing,
    rules,
    run,
    sender,
    show_case,
    silencing,
    state,
)
from newswatch.cli.context import Options

app = typer.Typer(
    name="newswatch",
    help="Watches the newsrooms of election observers; tells each subscriber exactly what they asked for.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
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
    context.obj = Options(config, json, level)


app.command()(run.run)
app.command()(run.poll)
app.command()(state.status)
app.command()(run.migrate)
app.command()(gaps.audit)
app.command()(checks.check)
app.command()(checks.schema)
app.command()(reading.enrich)
app.command()(explaining.why)
app.command()(drilling.drill)
app.command("ledger")(accounts.ledger_)
app.command()(show_case.demo)
newsrooms.app.command("discover")(finding.discover_)
newsrooms.app.command("import")(finding.import_)
newsrooms.app.command("export")(finding.export)
newsrooms.app.command("backfill")(gaps.backfill_)
newsrooms.app.command("documents")(gaps.documents)
newsrooms.app.command("reread")(gaps.reread_)
newsrooms.app.command("release")(gaps.release)
archive.app.command("correct")(correcting.correct_)
archive.app.command("uncorrect")(correcting.uncorrect)
archive.app.command("corrections")(correcting.corrections)
rules.app.command("backtest")(reviewing.backtest)
rules.app.command("lint")(reviewing.lint_)
app.add_typer(newsrooms.app, name="sources")
app.add_typer(archive.app, name="releases")
app.add_typer(observed.app, name="missions")
app.add_typer(rules.app, name="rules")
app.add_typer(outbox.app, name="deliveries")
app.add_typer(silencing.app, name="silence")
app.add_typer(receivers.app, name="channels")
app.add_typer(returned.app, name="bounces")
app.add_typer(choosing.app, name="choices")
app.add_typer(drilling.app, name="drills")
app.add_typer(sender.app, name="mail")
app.add_typer(curated.app, name="feeds")
