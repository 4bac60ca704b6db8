"""sources list|preview: the newsrooms, their state, and what an address would give."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

import typer

from newswatch.app import Newswatch, clock, connect
from newswatch.asking import address, host_of
from newswatch.cli.context import options, run_async, start_log
from newswatch.cli.run import show_dry
from newswatch.cli.show import ago, print_json, print_table
from newswatch.cli.state import STATE_WORDS
from newswatch.model import Document, Listing, Pick, Poll, Source, SourceState, Validators, Visit
from newswatch.parse.page import looks_like_html
from newswatch.push import host_of as hub_host
from newswatch.push import trouble

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
    hosts = {host: seen(made, now) for host, made in by_host(store.visits_since(now - A_WEEK))}
    if chosen.json:
        print_json(
            [
                {"source": source, "state": state, "host": hosts.get(host_asked(source, state))}
                for source, state in rows
            ]
        )
        return
    print_table(
        [source_row(source, state, now) for source, state in rows],
        ("source", "kind", "state", "failures", "last success", "next poll", "push", "address"),
    )
    if hosts:
        print("\nWhat each host saw in the last week:\n")
        print_table(
            [host_row(one) for one in hosts.values()],
            ("host", "requests a day", "conditional", "not modified", "refused"),
        )


def source_row(source: Source, state: SourceState, now: datetime) -> tuple[str, ...]:
    return (
        source.id,
        source.kind if source.enabled else "disabled",
        STATE_WORDS.get(state.state, state.state),
        str(state.failures),
        ago(state.last_success, now),
        ago(state.next_poll, now) if source.enabled else "never",
        push_words(state, now),
        source.url,
    )


def push_words(state: SourceState, now: datetime) -> str:
    """The host of the hub that pushes a source, and until when or why not."""
    if state.pushed is None:
        return ""
    host = hub_host(state.pushed.hub)
    wrong = trouble(state)
    if wrong or state.pushed.until is None:
        return f"{host}: {wrong}"
    word = "ends" if state.pushed.until > now else "ended"
    return f"{host}, {word} {ago(state.pushed.until, now)}"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a host saw of newswatch."""

    host: str
    requests_a_day: float
    polls: int
    conditional: int  # of the polls
    not_modified: int
    refused: int


def by_host(visits: Sequence[Visit]) -> Iterator[tuple[str, list[Visit]]]:
    groups = groupby(sorted(visits, key=attrgetter("host")), key=attrgetter("host"))
    return ((host, list(made)) for host, made in groups)


def host_asked(source: Source, state: SourceState) -> str:
    return host_of(address(source, state))


def seen(visits: Sequence[Visit], now: datetime) -> Seen:
    """Visits of one host, counted; of less than a day as if of a whole one."""
    first = min(visit.at for visit in visits)
    days = max((now - first) / timedelta(days=1), 1.0)
    outcomes = Counter(visit.outcome for visit in visits)
    return Seen(
        host=visits[0].host,
        requests_a_day=round(sum(visit.requests for visit in visits) / days, 1),
        polls=len(visits),
        conditional=sum(visit.is_conditional for visit in visits),
        not_modified=outcomes["not_modified"],
        refused=outcomes["refused"],
    )


def host_row(one: Seen) -> tuple[str, ...]:
    return (
        one.host,
        f"{one.requests_a_day:.1f}",
        share(one.conditional, one.polls),
        share(one.not_modified, one.polls),
        share(one.refused, one.polls),
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
        poll, layout = run_async(lambda: look(newswatch, url))
    if chosen.json:
        print_json(poll)
    else:
        show_dry(poll)
        show_layout(layout)
    if poll.state.failures:
        raise typer.Exit(1)


async def look(newswatch: Newswatch, url: str) -> tuple[Poll, Listing | None]:
    """What an address gives, and the layout of the page if it is one."""
    pipeline = newswatch.pipeline
    source = configured(newswatch, url) or Source(
        id="preview", name=url, kind="feed", url=url, publisher=""
    )
    state = SourceState(source.id, clock())
    answer = await pipeline.fetcher.fetch(source.url, Validators())
    if source.id == "preview" and isinstance(answer, Document) and looks_like_html(answer):
        source = replace(source, kind="listing")
    poll = pipeline.decide(source, state, answer)
    if poll.state.failures or source.kind == "feed" or not isinstance(answer, Document):
        return poll, None
    return poll, pipeline.read(answer, source, clock()).layout


def show_layout(layout: Listing | None) -> None:
    """Which selector gave each field of a listing."""
    if layout is None:
        return
    picks = ((field.name, getattr(layout, field.name)) for field in fields(layout))
    rows = [
        (name, pick if isinstance(pick, str) else in_words(pick)) for name, pick in picks if pick
    ]
    print()
    print_table(rows, ("field", "found by"))


def in_words(pick: Pick) -> str:
    found = pick.select or f"the label “{pick.label}”"
    return f"{found}, after “{pick.after}”" if pick.after else found


def configured(newswatch: Newswatch, name: str) -> Source | None:
    """The configured source of that id or address, so that its selectors are used."""
    sources = newswatch.configuration.sources
    return next((source for source in sources if name in (source.id, source.url)), None)
