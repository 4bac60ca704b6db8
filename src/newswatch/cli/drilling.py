"""drill, and drills list|show: whether alerts arrive and are read, and who said so."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

import typer

from newswatch.app import clock, connect, tools
from newswatch.assembly import build_drilling
from newswatch.cli.context import options
from newswatch.cli.explaining import subscriber_of
from newswatch.cli.show import ago, counted, note, print_json, print_table
from newswatch.config.load import Configuration
from newswatch.config.values import as_duration
from newswatch.errors import NotFoundError, UsageError
from newswatch.model import DrillMessage
from newswatch.rules.rule import Subscriber
from newswatch.store import SqlStore

app = typer.Typer(help="Drills that were held, and who acknowledged them.", no_args_is_help=True)
UNTIL_TAKEN = timedelta(seconds=30)
ON_THE_WAY = ("queued", "leased")
NOBODY_SENDS = "nothing was sent yet: does `newswatch run` run? It sends what is owed"


@dataclass(frozen=True, slots=True)
class Row:
    """What became of a drill's message on one channel."""

    drill: str
    channel: str
    state: str
    answer: str
    at: datetime
    acknowledged: datetime | None


def drill(
    context: typer.Context,
    subscriber: str = typer.Argument(None, help="Only this subscriber's channels."),
    wait: str = typer.Option(
        None, help="Until all have acknowledged, at most so long (10m). [30s, until all is sent]"
    ),
) -> None:
    """Send a message that is marked as a drill through every channel, and report who took it and who
    acknowledged. Exit code 1 where one was not taken."""
    chosen = options(context)
    configuration = chosen.load()
    most = duration(wait) if wait else UNTIL_TAKEN
    store = connect(configuration)
    drilling = build_drilling(configuration, store, clock(), tools())
    messages = drilling.hold(asked_for(configuration, subscriber))
    if not messages:
        raise NotFoundError("there is no channel that a drill could go to")
    name = messages[0].drill
    note(f"{name}: {counted(len(messages), 'message')} owed, each with a link that acknowledges it")
    rows = watched(store, name, clock() + most, is_long=wait is not None)
    show(rows, as_json=chosen.json)
    if all(row.state in ON_THE_WAY for row in rows):
        note(NOBODY_SENDS)
    if any(row.state != "sent" for row in rows):
        raise typer.Exit(1)


def duration(text: str) -> timedelta:
    try:
        return as_duration(text)
    except ValueError as error:
        raise UsageError(str(error)) from None


def asked_for(configuration: Configuration, subscriber: str | None) -> Sequence[Subscriber]:
    """All but those that are to have none. Raises `NotFoundError`, which names the subscribers that
    there are."""
    if subscriber is None:
        every = configuration.subscribers
        return [one for one in every if one.drill is None or not one.drill.is_by_hand]
    return [subscriber_of(configuration, subscriber)]


def watched(store: SqlStore, drill: str, until: datetime, *, is_long: bool) -> list[Row]:
    """The rows of a drill when all is sent, and acknowledged where that is waited for; or when the
    time is over."""
    while True:
        rows = rows_of(store, store.drill(drill))
        is_done = not any(row.state in ON_THE_WAY for row in rows)
        if is_long:
            is_done = is_done and all(row.acknowledged for row in rows)
        if is_done or clock() >= until:
            return rows
        time.sleep(1)


def rows_of(store: SqlStore, messages: Sequence[DrillMessage]) -> list[Row]:
    ids = [one.delivery_id for one in messages]
    states, answers = store.delivery_states(ids), store.last_answers(ids)
    return [
        Row(
            one.drill,
            "/".join(one.lane),
            states[one.delivery_id],
            answers[one.delivery_id],
            one.at,
            one.acknowledged,
        )
        for one in messages
    ]


def show(rows: Sequence[Row], *, as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    now = clock()
    print_table(
        [
            (
                row.channel,
                row.state,
                ago(row.acknowledged, now) if row.acknowledged else "not yet",
                row.answer,
            )
            for row in rows
        ],
        ("channel", "state", "acknowledged", "last answer"),
    )


@app.command("list")
def list_(context: typer.Context, limit: int = typer.Option(20, min=1, max=1_000)) -> None:
    """List the drills that were held, the newest first."""
    chosen = options(context)
    store = chosen.store()
    rows = rows_of(store, store.drills(limit))
    drills = [list(theirs) for _, theirs in groupby(rows, lambda row: row.drill)]
    if chosen.json:
        print_json([summary(theirs) for theirs in drills])
    else:
        now = clock()
        print_table(
            [
                (
                    theirs[0].drill,
                    ago(theirs[0].at, now),
                    str(len(theirs)),
                    str(sum(row.state == "sent" for row in theirs)),
                    str(sum(row.acknowledged is not None for row in theirs)),
                )
                for theirs in drills
            ],
            ("drill", "held", "channels", "taken", "acknowledged"),
        )
    if not drills:
        raise typer.Exit(1)


def summary(rows: Sequence[Row]) -> dict[str, object]:
    return {
        "drill": rows[0].drill,
        "at": rows[0].at,
        "channels": len(rows),
        "taken": sum(row.state == "sent" for row in rows),
        "acknowledged": sum(row.acknowledged is not None for row in rows),
    }


@app.command("show")
def show_(context: typer.Context, drill: str = typer.Argument(help="The drill's id.")) -> None:
    """Show who took a drill's messages, and who acknowledged them."""
    chosen = options(context)
    store = chosen.store()
    messages = store.drill(drill)
    if not messages:
        raise NotFoundError(f"no drill is called {drill!r}; `newswatch drills list` names them")
    show(rows_of(store, messages), as_json=chosen.json)
