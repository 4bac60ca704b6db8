"""deliveries list|show|retry|replay|export: the outbox and its history."""

import json
from datetime import UTC, date, datetime, time, timedelta

import typer

from newswatch.app import clock
from newswatch.cli.context import options
from newswatch.cli.courses import show_text, stages, texts_of
from newswatch.cli.show import ago, note, plain, print_json, print_table
from newswatch.errors import NotFoundError, UsageError

app = typer.Typer(
    help="The outbox: what is owed, what was sent, what failed.", no_args_is_help=True
)


@app.command("list")
def list_(
    context: typer.Context,
    state: str = typer.Option(
        None, help="queued, leased, sent, deferred, dead, cancelled or held."
    ),
    subscriber: str = typer.Option(None, help="Only of this subscriber."),
    limit: int = typer.Option(50, min=1, max=10_000),
) -> None:
    """List deliveries, newest first."""
    chosen = options(context)
    store = chosen.store()
    found = store.deliveries(state=state, subscriber=subscriber, limit=limit)
    if chosen.json:
        print_json(found)
    else:
        now = clock()
        answers = store.last_answers([d.id for d in found])
        print_table(
            [
                (
                    d.id,
                    d.state,
                    f"{d.subscriber}/{d.channel}",
                    str(d.attempts),
                    ago(d.due, now),
                    d.release_id,
                    answers.get(d.id, ""),
                )
                for d in found
            ],
            ("id", "state", "channel", "attempts", "due", "release", "last answer"),
        )
    if not found:
        raise typer.Exit(1)


@app.command("show")
def show(context: typer.Context, delivery: str = typer.Argument(help="The delivery's id.")) -> None:
    """Show one delivery: why it is owed, what it waited for, and every attempt to send it."""
    chosen = options(context)
    store = chosen.store()
    found = store.delivery(delivery)
    if found is None:
        raise NotFoundError(
            f"no delivery is called {delivery!r}; `newswatch deliveries list` names them"
        )
    attempts = store.attempts(delivery)
    texts = texts_of(store, found.matches)
    if chosen.json:
        print_json({"delivery": found, "attempts": attempts, "rules": texts})
        return
    print(
        f"{found.id}: {found.state}, to {found.subscriber}/{found.channel}, release {found.release_id}"
    )
    for match in found.matches:
        print(f"  rule {match.rule}")
        for why in match.why:
            print(
                f"    {why.field}: {why.value}" + (f" (“{why.evidence}”)" if why.evidence else "")
            )
    for line in stages(store, found):
        print(f"  {line}")
    for text in texts:
        show_text(text)
    print()
    print_table(
        [
            (
                str(a.number),
                a.at.isoformat(timespec="seconds"),
                f"{a.duration.total_seconds():.2f} s",
                "ok" if a.ok else "failed",
                a.answer,
            )
            for a in attempts
        ],
        ("attempt", "at", "took", "result", "answer"),
    )


@app.command()
def retry(
    context: typer.Context, delivery: list[str] = typer.Argument(help="Ids of deliveries.")
) -> None:
    """Put dead or deferred deliveries back into the queue, due now, with the same id."""
    queued = options(context).store().retry(delivery, clock())
    for delivery_id in queued:
        note(f"{delivery_id} is queued again")
    for delivery_id in [d for d in delivery if d not in queued]:
        note(f"{delivery_id}: nothing to retry (unknown, sent, or queued already)")
    if len(queued) < len(delivery):
        raise typer.Exit(1)


@app.command()
def replay(
    context: typer.Context,
    subscriber: str = typer.Argument(help="A subscriber's id."),
    channel: str = typer.Option(None, help="Only on this channel."),
    since: str = typer.Option(..., help="Owed since: 2025-01-31, or 2025-01-31T09:00Z."),
    until: str = typer.Option(None, help="Owed before that; a day counts whole. [now]"),
) -> None:
    """Send again what a subscriber was owed between two instants, with the same ids."""
    now = clock()
    start = instant(since)
    end = instant(until, whole_day=timedelta(days=1)) if until else now
    queued = options(context).store().replay(subscriber, start, end, now, channel)
    for delivery_id in queued:
        note(f"{delivery_id} is queued again")
    if not queued:
        note("nothing was owed then that is not queued already")
        raise typer.Exit(1)


def instant(text: str, whole_day: timedelta = timedelta(0)) -> datetime:
    """A day begins at 00:00 UTC; an instant without a zone is UTC. Raises `UsageError`."""
    try:
        if len(text) == len("2025-01-31"):
            return datetime.combine(date.fromisoformat(text), time(), UTC) + whole_day
        found = datetime.fromisoformat(text)
    except ValueError:
        message = (
            f"{text!r} is no day and no instant; write it like 2025-01-31 or 2025-01-31T09:00Z"
        )
        raise UsageError(message) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@app.command()
def export(
    context: typer.Context,
    state: str = typer.Option("dead", help="queued, deferred, sent, dead, cancelled or held."),
    subscriber: str = typer.Option(None, help="Only of this subscriber."),
) -> None:
    """Print deliveries as JSON Lines, oldest first: each with its release and every attempt."""
    store = options(context).store()
    for found in reversed(store.deliveries(state, subscriber, limit=1_000_000)):
        key = (found.release_id, found.version)
        line = {
            "delivery": found,
            "release": store.releases_by_version([key]).get(key),
            "attempts": store.attempts(found.id),
        }
        print(json.dumps(line, ensure_ascii=False, default=plain))
