"""demo: the whole loop on one machine, without network and accounts."""

import asyncio
import logging
import shutil
from pathlib import Path

import typer

from newswatch.cli.context import options, run_async, start_log

DIRECTORY = Path("var/demo")  # the last demo's configuration, database and mailbox file


def demo(
    context: typer.Context,
    once: bool = typer.Option(
        False, "--once", help="End by itself: 0 only if every expected alert arrived."
    ),
) -> None:
    """Show the whole loop on this machine: newsrooms, mail, webhooks, feeds; no network needed."""
    from newswatch.demo.play import perform

    chosen = options(context)
    start_log(logging.ERROR)  # the demo tells its story itself
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    DIRECTORY.mkdir(parents=True)
    arrived = run_async(lambda: perform(chosen.directory(), DIRECTORY.resolve(), print, wait(once)))
    raise typer.Exit(0 if arrived else 1)


def wait(once: bool) -> asyncio.Event | None:
    """What keeps the site up until Ctrl-C; nothing does with --once."""
    return None if once else asyncio.Event()
