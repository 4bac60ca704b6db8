"""ledger: from fetch to receipt, of one release, or of all of a period."""

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import typer

from newswatch.accounting import course, ledger, texts_of
from newswatch.app import clock, connect
from newswatch.cli.context import options
from newswatch.cli.explaining import release_of, subscriber_of
from newswatch.cli.outbox import instant
from newswatch.cli.show import counted, print_json, print_table
from newswatch.errors import UsageError
from newswatch.ledger import OUTCOMES, Balance, Entry, balance
from newswatch.timeline import Event

NEXT = {
    "lost": "newswatch ledger {release} {subscriber}   (a fault of newswatch: tell them by hand)",
    "unexpected": "newswatch deliveries show {delivery}   (a fault of newswatch)",
}


def ledger_(
    context: typer.Context,
    release: str | None = typer.Argument(None, help="The release's id."),
    subscriber: str | None = typer.Argument(None, help="The subscriber's id."),
    since: str | None = typer.Option(
        None, help="A day or an instant: what was recorded from then on."
    ),
    until: str | None = typer.Option(None, help="Until then; now when it is left out."),
    only: str | None = typer.Option(None, "--subscriber", help="Only of this subscriber."),
) -> None:
    """Show what happened to a release on its way to a subscriber; or prove for a period that nothing
    was lost. Exit code 1 where anything was, or came that nobody asked for."""
    if release is not None and subscriber is not None:
        show_course(context, release, subscriber)
    elif since is not None and release is None:
        prove(context, since, until, only)
    else:
        raise UsageError("name a release and a subscriber, or give --since")


def show_course(context: typer.Context, release: str, subscriber: str) -> None:
    chosen = options(context)
    configuration = chosen.load()
    with closing(connect(configuration)) as store:
        title = release_of(store, release).title
        reader = subscriber_of(configuration, subscriber)
        texts = texts_of(store, configuration)
        events, account = course(store, texts, release, reader.id)
    if chosen.json:
        print_json(
            {"release": release, "subscriber": reader.id, "events": events, "account": account}
        )
        return
    print(f"{title}\n")
    print_table(map(line_of, events), ("when (UTC)", "version", "what", "channel", ""))
    print()
    show_balance(balance(account))
    stop_if_wrong(balance(account))


def line_of(event: Event) -> Sequence[str]:
    at = f"{event.at:%Y-%m-%d %H:%M:%S}"
    return at, str(event.version), event.what, event.channel, event.text


def prove(context: typer.Context, since: str, until: str | None, only: str | None) -> None:
    chosen = options(context)
    configuration = chosen.load()
    begin = instant(since)
    end = instant(until, whole_day=timedelta(days=1)) if until else clock()
    if only is not None:
        subscriber_of(configuration, only)
    with closing(connect(configuration)) as store:
        whole = balance(ledger(store, texts_of(store, configuration), begin, end, only))
    if chosen.json:
        print_json(summary(whole, begin, end))
    else:
        show_balance(whole)
    stop_if_wrong(whole)


def summary(whole: Balance, begin: datetime, end: datetime) -> dict[str, object]:
    return {
        "since": begin,
        "until": end,
        "expected": whole.expected,
        **{outcome: whole.counts[outcome] for outcome in OUTCOMES},
        "duplicates": whole.duplicates,
        "wrong": whole.wrong,
        "repeated": whole.repeated,
    }


def show_balance(whole: Balance) -> None:
    rows = [(name, str(whole.counts[name]), said) for name, said in OUTCOMES.items()]
    always = ("delivered", "lost", "unexpected")
    shown = [row for row in rows if row[0] in always or whole.counts[row[0]]]
    print_table(
        [("expected", str(whole.expected), "a rule met it, for a channel"), *shown],
        ("", "count", "means"),
    )
    print(
        f"\nlost {whole.counts['lost']}, unexpected {whole.counts['unexpected']},"
        f" duplicates {whole.duplicates}"
    )
    for entry in whole.wrong:
        print(f"\n{entry.outcome}: {named(entry)}: {entry.reason or OUTCOMES[entry.outcome]}")
        subscriber, _, release, _ = parts(entry)
        step = NEXT[entry.outcome]
        print("  " + step.format(release=release, subscriber=subscriber, delivery=entry.delivery))
    for entry in whole.repeated:
        print(f"\ntaken {counted(entry.taken, 'time')}: {named(entry)} ({entry.delivery})")


def named(entry: Entry) -> str:
    subscriber, channel, release, version = parts(entry)
    rules = f", rule {', '.join(entry.rules)}" if entry.rules else ""
    return f"release {release} version {version} for {subscriber}/{channel}{rules}"


def parts(entry: Entry) -> tuple[str, str, str, int]:
    """The key of an entry of the archive's."""
    key: Any = entry.key
    subscriber, channel, release, version = key
    return subscriber, channel, release, version


def stop_if_wrong(whole: Balance) -> None:
    if whole.wrong:
        raise typer.Exit(1)
