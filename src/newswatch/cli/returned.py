"""bounces take|list|forget: mails that came back or unsubscribe, and addresses that get no more."""

import sys
from collections.abc import Iterator
from pathlib import Path

import typer

from newswatch.app import clock, connect
from newswatch.assembly import build_inbox
from newswatch.bounces import LARGEST
from newswatch.cli.context import options, start_log
from newswatch.cli.show import note, print_json, print_table
from newswatch.journal import log_choices
from newswatch.maildir import beginning, unread

app = typer.Typer(
    help="Mails that came back, and addresses that get no more.", no_args_is_help=True
)


@app.command()
def take(
    context: typer.Context,
    file: Path = typer.Argument(None, help="One mail, or a Maildir; standard input by default."),
) -> None:
    """Take a report of a mail that came back, or a mail by which a reader unsubscribes. Exit code 0
    whatever it is: a mail server must not send it back once more."""
    chosen = options(context)
    start_log(chosen.level)
    configuration = chosen.load()
    inbox = build_inbox(configuration, connect(configuration), log_choices, clock)
    for raw in mails(file):
        for line in inbox.take(raw, clock()):
            note(line)


def mails(file: Path | None) -> Iterator[bytes]:
    if file is None:
        yield sys.stdin.buffer.read(LARGEST)
    elif file.is_dir():
        yield from unread(file, LARGEST)
    else:
        yield beginning(file, LARGEST)


@app.command("list")
def list_(context: typer.Context) -> None:
    """List the addresses that nothing is sent to. Exit code 1 if there is none."""
    chosen = options(context)
    found = chosen.store().suppressions()
    if chosen.json:
        print_json(found)
    else:
        print_table(
            [
                (
                    one.address,
                    f"{one.subscriber}/{one.channel}",
                    f"{one.at:%Y-%m-%d %H:%M}",
                    one.said,
                )
                for one in found
            ],
            ("address", "channel", "since (UTC)", "said"),
        )
    if not found:
        raise typer.Exit(1)


@app.command()
def forget(context: typer.Context, address: str = typer.Argument(help="The address.")) -> None:
    """Send to an address again; what waits for it goes out within a quarter of an hour."""
    count = options(context).store().forget_bounces(address)
    if not count:
        note(f"{address} is not suppressed; what came back from it does not count any more")
        raise typer.Exit(1)
    note(f"{address} is sent to again")
