"""channels list|test|stop|resume|key: who receives alerts, how each is, and whether it takes one."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes

import typer

from newswatch.app import clock, connect, try_channel
from newswatch.breaker import word
from newswatch.cli.context import options, run_async
from newswatch.cli.show import ago, note, print_json, print_table
from newswatch.config.load import Configuration
from newswatch.errors import NotFoundError, UsageError
from newswatch.model import UNSETTLED, Channel, ChannelState, Lane
from newswatch.rules.rule import Subscriber
from newswatch.store import SqlStore

app = typer.Typer(
    help="Who receives alerts: how each is, and whether it takes one.", no_args_is_help=True
)
NAMED = typer.Argument(help="SUBSCRIBER/CHANNEL.")


@dataclass(frozen=True, slots=True)
class Row:
    """One configured channel as it is shown."""

    channel: str
    kind: str
    state: str
    waiting: int
    dead: int
    last_sent: datetime | None
    failures: int
    failing_since: datetime | None
    next_try: datetime | None
    reason: str


@app.command("list")
def list_(context: typer.Context) -> None:
    """List the channels: state, what waits, when one last took a message. Exit code 1 if one is not
    well."""
    chosen = options(context)
    configuration = chosen.load()
    rows = rows_of(configuration, connect(configuration), clock())
    if chosen.json:
        print_json(rows)
    else:
        now = clock()
        print_table(
            [
                (
                    row.channel,
                    row.kind,
                    row.state,
                    str(row.waiting),
                    str(row.dead),
                    ago(row.last_sent, now),
                    ago(row.next_try, now) if row.next_try else "",
                    row.reason,
                )
                for row in rows
            ],
            ("channel", "kind", "state", "waiting", "dead", "last sent", "next try", "reason"),
        )
    if any(row.state != "ok" for row in rows):
        raise typer.Exit(1)


def rows_of(configuration: Configuration, store: SqlStore, now: datetime) -> list[Row]:
    states = {state.lane: state for state in store.channel_states()}
    counts, sent = store.channel_counts(), store.channel_successes()
    return [
        row_of(channel, states.get(lane) or ChannelState(*lane), counts.get(lane, {}), sent, now)
        for subscriber in configuration.subscribers
        for channel in subscriber.channels
        for lane in [(subscriber.id, channel.id)]
    ]


def row_of(
    channel: Channel,
    state: ChannelState,
    counts: Mapping[str, int],
    sent: Mapping[Lane, datetime],
    now: datetime,
) -> Row:
    return named_row(channel.kind, channel.missing, state, counts, sent, now)


def named_row(
    kind: str,
    missing: str,
    state: ChannelState,
    counts: Mapping[str, int],
    sent: Mapping[Lane, datetime],
    now: datetime,
) -> Row:
    waits_for = f"waits for {missing}" if missing else ""
    return Row(
        channel="/".join(state.lane),
        kind=kind,
        state="incomplete" if missing else word(state, now),
        waiting=sum(counts.get(one, 0) for one in UNSETTLED),
        dead=counts.get("dead", 0),
        last_sent=sent.get(state.lane),
        failures=state.failures,
        failing_since=state.failing_since,
        next_try=state.wait_until,
        reason=waits_for or state.reason,
    )


@app.command("test")
def try_(context: typer.Context, channel: str = NAMED) -> None:
    """Send a message that is marked as a test, now; nothing is recorded. Exit code 1 if it was not
    taken."""
    configuration = options(context).load()
    subscriber, receiver = named(configuration, channel)
    if receiver.missing:
        raise NotFoundError(f"{channel} waits for {receiver.missing}")
    outcome = run_async(lambda: try_channel(configuration, subscriber, receiver))
    print(f"{channel}: {'taken' if outcome.ok else 'not taken'}: {outcome.answer}")
    if not outcome.ok:
        raise typer.Exit(1)


@app.command()
def stop(
    context: typer.Context,
    channel: str = NAMED,
    reason: str = typer.Option("stopped by hand", help="Why, for those who look."),
) -> None:
    """Send a channel nothing more; its alerts wait until it is resumed."""
    configuration = options(context).load()
    subscriber, receiver = named(configuration, channel)
    connect(configuration).stop_channel((subscriber.id, receiver.id), reason)
    note(f"{channel} is stopped; `newswatch channels resume {channel}` sends what waits")


@app.command()
def resume(context: typer.Context, channel: str = NAMED) -> None:
    """Send to a channel again that was stopped, paused or gone: what it missed is due now."""
    configuration = options(context).load()
    subscriber, receiver = named(configuration, channel)
    if not connect(configuration).resume_channel((subscriber.id, receiver.id), clock()):
        note(f"{channel} is well; there is nothing to resume")
        raise typer.Exit(1)
    note(f"{channel} is sent to again")


@app.command()
def key(
    asymmetric: bool = typer.Option(
        False, "--asymmetric", help="An Ed25519 pair: receivers get only the public half."
    ),
) -> None:
    """Print a new random key for a webhook."""
    if not asymmetric:
        print(f"whsec_{b64encode(token_bytes(32)).decode()}")
        return
    private, public = make_pair()
    print(f"whsk_{b64encode(private).decode()}  (the secret of newswatch)")
    print(f"whpk_{b64encode(public).decode()}  (for receivers, to verify with)")


def make_pair() -> tuple[bytes, bytes]:
    """A private and a public key (Ed25519, RFC 8032)."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def named(configuration: Configuration, name: str) -> tuple[Subscriber, Channel]:
    """Raises `UsageError` and `NotFoundError`, which names the channels that there are."""
    subscriber_id, slash, channel_id = name.partition("/")
    if not slash:
        raise UsageError(f"{name!r} names no channel; write it as SUBSCRIBER/CHANNEL")
    every = {
        f"{subscriber.id}/{channel.id}": (subscriber, channel)
        for subscriber in configuration.subscribers
        for channel in subscriber.channels
    }
    found = every.get(f"{subscriber_id}/{channel_id}")
    if found is None:
        raise NotFoundError(f"no channel is called {name!r}; there are: {', '.join(every)}")
    return found
