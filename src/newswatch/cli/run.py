"""run, poll, migrate: the daemon and its passes."""

import asyncio
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial

import typer

from newswatch.app import Newswatch, connect, supervisor_settings
from newswatch.cli.context import options, run_async, start_log, tell_notices
from newswatch.cli.show import note, print_json
from newswatch.daemon import Daemon, Supervisor
from newswatch.doors import make_site
from newswatch.journal import log_poll
from newswatch.model import Poll, Source, SourceState


def run(
    context: typer.Context,
    once: bool = typer.Option(
        False, "--once", help="One full pass: poll, publish, deliver; then exit."
    ),
) -> None:
    """Run the daemon: poll the sources, publish the feeds, deliver the alerts."""
    chosen = options(context)
    start_log(chosen.level)
    with closing(Newswatch.start(chosen.load, chosen.traces)) as newswatch:
        tell_notices(newswatch.configuration)
        newswatch.cancel_removed()
        run_async(newswatch.once if once else partial(serve, newswatch))


async def serve(newswatch: Newswatch) -> None:
    address, watchdog = supervisor_settings()
    web = newswatch.configuration.service.web
    daemon = Daemon(
        newswatch, make_site(newswatch), web.host, web.port, Supervisor(address, watchdog)
    )
    note(f"newswatch is at http://{web.host}:{web.port}/  (Ctrl-C stops it)")
    await daemon.run()


def poll(
    context: typer.Context,
    source: list[str] = typer.Argument(None, help="Source ids; all when none is named."),
    dry_run: bool = typer.Option(
        False, "--dry-run", help="Print releases, matches and why; write nothing, send nothing."
    ),
) -> None:
    """Poll sources now, whether they are due or not."""
    chosen = options(context)
    start_log(chosen.level)
    with closing(Newswatch.start(chosen.load)) as newswatch:
        wanted = [newswatch.source(name) for name in source or []] or list(
            newswatch.pipeline.sources.values()
        )
        states = newswatch.store.source_states()
        polls = run_async(lambda: poll_all(newswatch, wanted, states, dry_run=dry_run))
    if chosen.json:
        print_json(polls)
    elif dry_run:
        for one in polls:
            show_dry(one)
    if all(one.state.failures for one in polls):
        raise typer.Exit(1)


async def poll_all(
    newswatch: Newswatch, sources: list[Source], states: Mapping[str, SourceState], *, dry_run: bool
) -> list[Poll]:
    work = newswatch.pipeline.look if dry_run else newswatch.poll
    polls = await asyncio.gather(
        *(work(source, asked_again(states[source.id])) for source in sources)
    )
    if dry_run:
        for one in polls:
            log_poll(one)
    return list(polls)


def asked_again(state: SourceState) -> SourceState:
    """A person may ask what the clock asks no more."""
    return replace(state, state="new") if state.state == "gone" else state


def show_dry(poll: Poll) -> None:
    """What a poll would do, release by release, with why."""
    if poll.state.failures:
        print(f"{poll.source_id}: {poll.state.state}: {poll.state.reason}")
        return
    quiet = " (first poll: nobody would be alerted)" if poll.quiet else ""
    entries = poll.tally.entries if poll.tally else 0
    print(f"{poll.source_id}: {entries} entries, {len(poll.changes)} new or revised{quiet}")
    for change in poll.changes:
        release = change.release
        day = release.published.day.isoformat() if release.published else "no date"
        reading = release.reading
        print(f"  {day}  {release.title}")
        print(
            f"      {', '.join(reading.countries) or 'no country'}; {reading.event}; {release.url}"
        )
        for match in change.matches:
            why = "; ".join(
                f"{w.field} {w.value}" + (f" (“{w.evidence}”)" if w.evidence else "")
                for w in match.why
            )
            print(f"      → {match.subscriber}/{match.rule}: {why}")
    for one in poll.withdrawals:
        print(f"  withdrawn: {one.release.title} ({one.release.withdrawn})")
    for line in poll.skipped:
        print(f"  skipped: {line}")


def migrate(context: typer.Context) -> None:
    """Bring the database to this version's schema (`run` does it by itself)."""
    chosen = options(context)
    configuration = chosen.load()
    connect(configuration)
    note("the database is at this version's schema")
