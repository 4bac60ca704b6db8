"""choices list|undo|renew: what readers of mail chose for themselves, and the links by which they do."""

from dataclasses import dataclass
from datetime import datetime

import typer

from newswatch.app import clock, connect
from newswatch.choices import choice_id, is_idle, planning
from newswatch.cli.context import options
from newswatch.cli.show import note, print_json, print_table
from newswatch.config.load import Configuration
from newswatch.config.values import DAYS
from newswatch.errors import NotFoundError
from newswatch.model import Choice

app = typer.Typer(help="What readers of mail chose for themselves.", no_args_is_help=True)


@dataclass(frozen=True, slots=True)
class Row:
    """A choice as it is shown; `idle` says why it does nothing."""

    id: str
    channel: str
    address: str
    chose: str
    made: datetime | None
    idle: str


@app.command("list")
def list_(
    context: typer.Context,
    subscriber: str = typer.Option(None, help="Only of this subscriber."),
) -> None:
    """List what readers chose: who, where, what, and whether it is in force."""
    chosen = options(context)
    configuration = chosen.load()
    found = connect(configuration).choices()
    rows = [row(one, configuration) for one in found if subscriber in (None, one.subscriber)]
    if chosen.json:
        print_json(rows)
    else:
        print_table(
            [
                (r.id, r.channel, r.address, r.chose, day(r.made), r.idle or "in force")
                for r in rows
            ],
            ("id", "channel", "address", "chose", "on", "state"),
        )
    if not rows:
        raise typer.Exit(1)


@app.command()
def undo(
    context: typer.Context, choice: list[str] = typer.Argument(help="Ids of choices.")
) -> None:
    """Take choices back: what waits goes out as if they had not been made."""
    configuration = options(context).load()
    store = connect(configuration)
    known = {choice_id(one): one for one in store.choices()}
    for name in choice:
        if name not in known:
            raise NotFoundError(
                f"no choice is called {name!r}; `newswatch choices list` names them"
            )
    undone, now = [known[name] for name in choice], clock()
    store.choose([], undone, planning(configuration.subscribers, undone, now), now)
    for one in undone:
        note(f"{one.address} on {one.subscriber}/{one.channel}: taken back: {words(one)}")


@app.command()
def renew(context: typer.Context) -> None:
    """End the links in all mails that were sent, as after the database got into wrong hands: mails
    from now on have new ones."""
    options(context).store().renew_link_key()
    note("the links in mails that were sent work no more")


def row(choice: Choice, configuration: Configuration) -> Row:
    return Row(
        id=choice_id(choice),
        channel=f"{choice.subscriber}/{choice.channel}",
        address=choice.address,
        chose=words(choice),
        made=choice.made,
        idle=is_idle(choice, configuration.subscribers, clock()),
    )


def words(choice: Choice) -> str:
    if choice.kind == "pause" and choice.until:
        return f"paused until {choice.until:%Y-%m-%d %H:%M} UTC"
    if choice.kind == "digest" and choice.digest:
        weekday = choice.digest.weekday
        day = "daily" if weekday is None else DAYS[weekday]
        return f"own digest: {day} {choice.digest.at:%H:%M}"
    return f"unsubscribed from {f'rule {choice.rule}' if choice.kind == 'rule' else 'all of it'}"


def day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else ""
