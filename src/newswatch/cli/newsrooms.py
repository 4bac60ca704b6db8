"""sources list|preview: the newsrooms, their state, and what an address would give."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

import typer

from newswatch.app import Newswatch, clock, connect
from newswatch.cli.context import options, run_async, start_log
from newswatch.cli.run import STATE_WORDS, show_dry
from newswatch.cli.show import ago, print_json, print_table
from newswatch.model import Source, SourceState, Visit

A_WEEK = timedelta(days=7)

app = typer.Typer(help="The newsrooms that are watched.", no_args_is_help=True)


@app.command("list")
def list_(context: typer.Context) -> None:
    """List the sources with their state."""
    chosen = options(context)
    configuration = chosen.load()
    store = connect(configuration)
    states = store.source_states()
    now = clock()
    rows = [
        (source, states.get(source.id) or SourceState(source.id, now))
        for source in configuration.sources
    ]
    visits = store.visits_since(now - A_WEEK)
    if chosen.json:
        print_json([{"source": source, "state": state} for source, state in rows])
        return
    print_table(
        [
            (
                source.id,
                source.kind if source.enabled else "disabled",
                STATE_WORDS.get(state.state, state.state),
                str(state.failures),
                ago(state.last_success, now),
                ago(state.next_poll, now),
                source.url,
            )
            for source, state in rows
        ],
        ("source", "kind", "state", "failures", "last success", "next poll", "address"),
    )
    print()
    print_table(
        [host_row(host, list(made), now) for host, made in by_host(visits)],
        ("host", "requests a day", "conditional", "not modified", "refused"),
    )


def by_host(visits: Sequence[Visit]) -> Iterator[tuple[str, Iterator[Visit]]]:
    return groupby(sorted(visits, key=attrgetter("host")), key=attrgetter("host"))


def host_row(host: str, visits: Sequence[Visit], now: datetime) -> tuple[str, ...]:
    """What a host saw of newswatch in the last week."""
    count = len(visits)
    first = min(visit.at for visit in visits)
    days = max((now - first) / timedelta(days=1), 1.0)
    outcomes = Counter(visit.outcome for visit in visits)
    return (
        host,
        f"{count / days:.1f}",
        share(sum(visit.is_conditional for visit in visits), count),
        share(outcomes["not_modified"], count),
        str(outcomes["refused"]),
    )


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %"


@app.command()
def preview(
    context: typer.Context,
    url: str = typer.Argument(help="A feed's or page's address, or the id of a configured source."),
) -> None:
    """Show what an address would give as releases. Writes nothing."""
    chosen = options(context)
    start_log(chosen.level)
    with closing(Newswatch.start(chosen.load)) as newswatch:
        source = configured(newswatch, url) or Source(
            id="preview", name=url, kind="feed", url=url, publisher=""
        )
        state = SourceState(source.id, clock())
        poll = run_async(lambda: newswatch.pipeline.look(source, state))
    if chosen.json:
        print_json(poll)
    else:
        show_dry(poll)
    if poll.state.failures:
        raise typer.Exit(1)


def configured(newswatch: Newswatch, name: str) -> Source | None:
    """The configured source of that id or address, so that its selectors are used."""
    sources = newswatch.configuration.sources
    return next((source for source in sources if name in (source.id, source.url)), None)
