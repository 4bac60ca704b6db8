"""sources list|preview: the newsrooms, their state, and what an address would give."""

from contextlib import closing

import typer

from newswatch.app import Newswatch, clock
from newswatch.cli.context import options, run_async, start_log
from newswatch.cli.run import STATE_WORDS, show_dry
from newswatch.cli.show import ago, print_json, print_table
from newswatch.model import Source, SourceState

app = typer.Typer(help="The newsrooms that are watched.", no_args_is_help=True)


@app.command("list")
def list_(context: typer.Context) -> None:
    """List the sources with their state."""
    chosen = options(context)
    configuration = chosen.load()
    states = chosen.store().source_states()
    now = clock()
    rows = [
        (source, states.get(source.id) or SourceState(source.id, now))
        for source in configuration.sources
    ]
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
