"""releases list|show|search|withdraw: the archive."""

from collections.abc import Sequence
from contextlib import closing

import typer

from newswatch.app import Newswatch
from newswatch.catchup import withdraw as take_back
from newswatch.cli.context import options, start_log
from newswatch.cli.show import note, print_json, print_table
from newswatch.errors import NotFoundError
from newswatch.model import Match, Release

app = typer.Typer(help="The archive of releases.", no_args_is_help=True)


@app.command("list")
def list_(
    context: typer.Context,
    limit: int = typer.Option(50, min=1, max=10_000, help="How many, newest first."),
    source: str = typer.Option(None, help="Only of this source."),
) -> None:
    """List the newest releases."""
    chosen = options(context)
    show(chosen.store().releases_recent(limit, source=source), as_json=chosen.json)


@app.command()
def search(
    context: typer.Context,
    query: str = typer.Argument(help="Words to look for in title and text."),
    limit: int = typer.Option(50, min=1, max=10_000),
) -> None:
    """Search the archive."""
    chosen = options(context)
    show(chosen.store().releases_recent(limit, query=query), as_json=chosen.json)


@app.command("show")
def show_one(
    context: typer.Context, release: str = typer.Argument(help="The release's id.")
) -> None:
    """Show one release, with what was understood and the words that say so."""
    chosen = options(context)
    store = chosen.store()
    found = store.release_by_id(release)
    if found is None:
        raise NotFoundError(
            f"no release is called {release!r}; `newswatch releases list` names them"
        )
    if chosen.json:
        print_json(found)
        return
    print_table([*facts(found), *met_by(store.matches_of(release))], ("field", "value"))
    print()
    print(found.text)


@app.command()
def withdraw(
    context: typer.Context,
    release: str = typer.Argument(help="The release's id."),
    reason: str = typer.Option(..., help="Why its publisher took it back, in a line."),
) -> None:
    """Record that a publisher took a release back: its feeds say so, no page lists it, and who was
    alerted is told, where a rule asks for corrections."""
    chosen = options(context)
    start_log(chosen.level)
    with closing(Newswatch.start(chosen.load)) as newswatch:
        found = newswatch.store.release_by_id(release)
        if found is None or not take_back(newswatch.pipeline, found, reason):
            raise NotFoundError(f"no release that stands is called {release!r}")
    note("withdrawn; it stands again when its publisher changes it")


def facts(release: Release) -> list[tuple[str, str]]:
    reading = release.reading
    elections = ", ".join(
        f"{election.kind} {election.date or 'date not given'}" for election in reading.elections
    )
    rows = [
        ("title", release.title),
        ("link", release.url),
        (
            "published",
            str(release.published.instant or release.published.day) if release.published else "",
        ),
        ("first seen", release.first_seen.isoformat(timespec="seconds")),
        ("source", f"{release.source_id} ({release.publisher})"),
        ("content type", release.content_type or ""),
        ("institutions", ", ".join(release.institutions)),
        ("topics", ", ".join(release.topics)),
        ("countries", ", ".join(reading.countries)),
        ("mentioned", ", ".join(reading.mentioned)),
        ("event", reading.event),
        ("mission", reading.mission or ""),
        ("elections", elections),
        ("version", str(release.version)),
        *(("attachment", f"{one.title}  {one.url}") for one in release.attachments),
    ]
    because = [
        (f"  {e.field} {e.value}", f"“{e.words}” ({e.where} {e.start}–{e.end})")
        for e in reading.evidence
    ]
    return [*rows, *because]


def met_by(matches: Sequence[Match]) -> list[tuple[str, str]]:
    """The rules that it met, those in the shadow among them, each once."""
    rules = {f"{one.subscriber}/{one.rule}": " (shadow)" * one.shadow for one in matches}
    return [("met by", f"{rule}{shadow}") for rule, shadow in rules.items()]


def show(releases: Sequence[Release], *, as_json: bool) -> None:
    if as_json:
        print_json(releases)
    else:
        print_table(
            [row(release) for release in releases],
            ("id", "published", "countries", "event", "title"),
        )
    if not releases:
        raise typer.Exit(1)


def row(release: Release) -> tuple[str, ...]:
    day = release.published.day.isoformat() if release.published else ""
    reading = release.reading
    return release.id, day, ",".join(reading.countries), reading.event, release.title
