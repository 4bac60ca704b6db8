"""status: one screen of how newswatch is, also while its configuration is wrong."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime

import typer

from newswatch.accounting import latencies_of
from newswatch.app import clock
from newswatch.cli.context import Options, options, tell_notices
from newswatch.cli.receivers import Row, named_row, rows_of
from newswatch.cli.show import ago, note, print_json, print_table
from newswatch.config.load import Configuration, database_of
from newswatch.errors import ConfigurationError, StoreError
from newswatch.health import OURSELVES
from newswatch.latency import Latency, in_words
from newswatch.model import SourceState
from newswatch.store import SqlStore, open_store

STATE_WORDS = {"new": "not polled yet", "not_modified": "ok, unchanged"}

LAST_GOOD = (
    "newswatch keeps to the last good configuration, if it runs; this one does not validate:"
)


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of an installation; of one whose configuration is wrong, what its database says."""

    sources: Mapping[str, SourceState]
    deliveries: Mapping[str, int]
    channels: Sequence[Row]  # that are not well
    latencies: Sequence[Latency] = ()
    problems: Sequence[str] = field(default_factory=tuple)

    @property
    def is_well(self) -> bool:
        in_trouble = [row for row in self.channels if row.state != "incomplete"]
        well = all(state.is_well for state in self.sources.values())
        return well and not self.deliveries.get("dead") and not in_trouble


def status(context: typer.Context) -> None:
    """One screen: sources, queues, last errors. Exit code 1 if something is unhealthy."""
    chosen, now = options(context), clock()
    try:
        configuration = chosen.load()
    except ConfigurationError as error:
        show(chosen, last_known(chosen, error, now), now)
        raise typer.Exit(2) from None
    with closing(open_store(configuration.database)) as store:
        found = current(configuration, store, now)
    show(chosen, found, now)
    tell_notices(configuration)
    if not found.is_well:
        raise typer.Exit(1)


def current(configuration: Configuration, store: SqlStore, now: datetime) -> Status:
    states = store.source_states()
    enabled = [source.id for source in configuration.sources if source.enabled]
    rows = rows_of(configuration, store, now)
    return Status(
        sources={one: states.get(one) or SourceState(one, now) for one in enabled},
        deliveries=store.delivery_counts(),
        channels=[row for row in rows if row.state != "ok"],
        latencies=latencies_of(store, configuration, now),
    )


def last_known(chosen: Options, error: ConfigurationError, now: datetime) -> Status:
    """What the database says, whose place may stand in a file that is right."""
    problems = [str(problem) for problem in error.problems]
    database = database_of(chosen.directory())
    try:
        if database is None:
            return Status({}, {}, (), problems=problems)
        with closing(open_store(database, migrate=False)) as store:
            states = store.source_states()
            return Status(
                sources={one: state for one, state in states.items() if one != OURSELVES},
                deliveries=store.delivery_counts(),
                channels=[row for row in known_rows(store, now) if row.state != "ok"],
                problems=problems,
            )
    except StoreError:
        return Status({}, {}, (), problems=problems)


def known_rows(store: SqlStore, now: datetime) -> list[Row]:
    """The channels that something was ever owed to, of kinds that nobody knows now."""
    counts, sent = store.channel_counts(), store.channel_successes()
    return [
        named_row("unknown", "", state, counts.get(state.lane, {}), sent, now)
        for state in store.channel_states()
    ]


# -- shown --------------------------------------------------------------------------------------


def show(chosen: Options, found: Status, now: datetime) -> None:
    if chosen.json:
        print_json(found)
        tell_problems(found)
        return
    if found.sources or not found.problems:
        show_sources(found.sources, now)
        show_counts(found.deliveries)
        show_channels(found.channels)
        show_latencies(found.latencies)
    tell_problems(found)


def tell_problems(found: Status) -> None:
    if found.problems:
        note(LAST_GOOD)
        note("\n".join(found.problems))


def show_sources(sources: Mapping[str, SourceState], now: datetime) -> None:
    print_table(
        [
            (
                name,
                STATE_WORDS.get(state.state, state.state),
                ago(state.last_success, now),
                ago(state.next_poll, now),
                state.reason,
            )
            for name, state in sources.items()
        ],
        ("source", "state", "last success", "next poll", "reason"),
    )


def show_counts(counts: Mapping[str, int]) -> None:
    print()
    rows = [(state, str(count)) for state, count in sorted(counts.items()) if count]
    print_table(rows or [("none", "0")], ("deliveries", "count"))


def show_channels(channels: Sequence[Row]) -> None:
    if channels:
        print()
        print_table(
            [(row.channel, row.state, str(row.waiting), row.reason) for row in channels],
            ("channel", "state", "waiting", "reason"),
        )


def show_latencies(latencies: Sequence[Latency]) -> None:
    if latencies:
        print()
        print_table(
            [
                (
                    one.window,
                    one.kind,
                    str(one.sent),
                    *map(in_words, one.due),
                    in_words(one.seen[0]),
                )
                for one in latencies
            ],
            ("last", "channels", "sent", "p50", "p90", "p99", "max", "p50 since first seen"),
        )
