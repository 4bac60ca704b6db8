"""audit; sources backfill|documents|reread|release: that nothing is missing, and what to do if it is."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime

import typer

from newswatch.app import Newswatch, clock
from newswatch.catchup import Page, backfill, pages, reread
from newswatch.cli.context import options, run_async, start_log
from newswatch.cli.show import ago, note, print_json, print_table, progress
from newswatch.errors import NotFoundError, ParseError
from newswatch.model import Release, Source, SourceState

SHOWN = 12  # characters of a digest


@dataclass
class Audit:
    """What a source lists against what is held."""

    source: str
    listed: int = 0
    pages: int = 0
    missing: list[str] = field(default_factory=list)  # "date  title  address"
    changed: int = 0  # that the next poll will revise
    problem: str = ""

    @property
    def is_proof(self) -> bool:
        return not self.missing and not self.problem

    def add(self, page: Page) -> None:
        self.pages += 1
        self.listed += len(page.listed)
        self.changed += len(page.changed)
        self.missing += [line_of(change.release) for change in page.missing]


def line_of(release: Release) -> str:
    day = release.published.day.isoformat() if release.published else "no date   "
    return f"{day}  {release.title}  {release.url}"


def audit(
    context: typer.Context,
    source: list[str] = typer.Argument(None, help="Source ids; all when none is named."),
    most: int = typer.Option(1, "--pages", min=1, max=1000, help="Older pages are read too."),
) -> None:
    """Prove that there are no gaps: what the sources list now, against what is held."""
    chosen = options(context)
    start_log(chosen.level)
    with closing(Newswatch.start(chosen.load)) as newswatch:
        wanted = [newswatch.source(name) for name in source or []] or list(
            newswatch.pipeline.sources.values()
        )
        found = run_async(lambda: audit_all(newswatch, wanted, most))
    if chosen.json:
        print_json(found)
    else:
        show_audits(found)
    if not all(one.is_proof for one in found):
        raise typer.Exit(1)


async def audit_all(newswatch: Newswatch, sources: Sequence[Source], most: int) -> list[Audit]:
    return list(await asyncio.gather(*(audited(newswatch, one, most) for one in sources)))


async def audited(newswatch: Newswatch, source: Source, most: int) -> Audit:
    result = Audit(source.id)
    try:
        async for page in pages(newswatch.pipeline, source, most):
            result.add(page)
            progress(f"{source.id}: page {result.pages}, {result.listed} listed")
    except ParseError as error:
        result.problem = str(error)
    return result


def show_audits(found: Sequence[Audit]) -> None:
    rows = [
        (
            one.source,
            str(one.pages),
            str(one.listed),
            str(one.listed - len(one.missing)),
            str(len(one.missing)),
            one.problem or ("nothing is missing" if not one.missing else "see below"),
        )
        for one in found
    ]
    print_table(rows, ("source", "pages", "listed", "held", "missing", "result"))
    for one in found:
        if one.missing:
            print(f"\n{one.source}: listed and not held")
            print("\n".join(f"  {line}" for line in one.missing))
            print(f"  The next poll takes them in, or: newswatch sources backfill {one.source}")


def backfill_(
    context: typer.Context,
    source: str = typer.Argument(help="The source's id."),
    most: int = typer.Option(50, "--pages", min=1, max=10_000, help="At most so many pages."),
    since: datetime | None = typer.Option(
        None, formats=["%Y-%m-%d"], help="Only releases since this day."
    ),
) -> None:
    """Record what the older pages of a source list. Alerts nobody."""
    chosen = options(context)
    start_log(chosen.level)
    with closing(Newswatch.start(chosen.load)) as newswatch:
        wanted = newswatch.source(source)
        state = newswatch.store.source_states()[wanted.id]
        day = since.date() if since else None
        found = run_async(lambda: filled(newswatch, wanted, state, most, day))
    if chosen.json:
        print_json(found)
    else:
        print(
            f"{source}: {found.pages} pages read, {found.listed} releases listed,"
            f" {len(found.missing)} of them recorded now"
        )
    if found.problem:
        note(f"{source}: ended early: {found.problem}")
        raise typer.Exit(1)


async def filled(
    newswatch: Newswatch, source: Source, state: SourceState, most: int, since: date | None
) -> Audit:
    result = Audit(source.id)
    try:
        async for page in backfill(newswatch.pipeline, source, state, most, since):
            result.add(page)
            back = f", back to {page.oldest}" if page.oldest else ""
            progress(
                f"{source.id}: page {result.pages}, {result.listed} listed,"
                f" {len(result.missing)} recorded{back}"
            )
    except ParseError as error:
        result.problem = str(error)
    return result


# -- kept documents -----------------------------------------------------------------------------


def documents(
    context: typer.Context,
    source: str = typer.Argument(help="The source's id."),
    digest: str | None = typer.Argument(None, help="Print this document, as the newsroom sent it."),
) -> None:
    """List the documents that are kept of a source, or print one of them."""
    chosen = options(context)
    store = chosen.store()
    if digest is not None:
        found = store.document(source, digest)
        if found is None:
            raise NotFoundError(f"no document of {source} is called {digest}, or more than one")
        sys.stdout.buffer.write(found.body)
        return
    kept = store.documents(source)
    if chosen.json:
        print_json(kept)
        return
    now = clock()
    print_table(
        [
            (
                one.digest[:SHOWN],
                ago(one.at, now),
                one.state,
                str(one.brought),
                f"{-(-one.size // 1024)} kB",
                one.reason or one.url,
            )
            for one in kept
        ],
        ("document", "fetched", "state", "brought", "size", "reason or address"),
    )


def reread_(
    context: typer.Context,
    source: str = typer.Argument(help="The source's id."),
    alert: bool = typer.Option(
        False, "--alert", help="Alert what was never found before; without it nobody is alerted."
    ),
) -> None:
    """Read the kept documents of a source again, after its layout or a parser was mended."""
    chosen = options(context)
    start_log(chosen.level)
    with closing(Newswatch.start(chosen.load)) as newswatch:
        wanted = newswatch.source(source)
        state = newswatch.store.source_states()[wanted.id]
        digests = [one.digest for one in newswatch.store.documents(wanted.id)]
        results = list(reread(newswatch.pipeline, wanted, state, digests, alert=alert))
    read = [one for one in results if isinstance(one, Page)]
    new = sum(len(page.missing) for page in read)
    revised = sum(len(page.changed) for page in read)
    summary = {"documents": len(results), "unreadable": len(results) - len(read)}
    if chosen.json:
        print_json({**summary, "new": new, "revised": revised})
        return
    print(
        f"{source}: {len(results)} documents, {summary['unreadable']} of them cannot be read;"
        f" {new} releases new, {revised} revised"
    )


# -- what is held -------------------------------------------------------------------------------


def release(
    context: typer.Context,
    source: str = typer.Argument(help="The source's id."),
    drop: bool = typer.Option(False, "--drop", help="Give them up instead."),
) -> None:
    """Send the alerts of a source that are held, and take what it gives now as usual."""
    store = options(context).store()
    if source not in store.source_states():
        raise NotFoundError(f"no source is called {source!r}")
    if drop:
        count = store.drop_held(source, clock(), "held, and dropped by hand")
        print(f"{source}: {count} deliveries given up")
    else:
        print(f"{source}: {store.let_go(source, clock())} deliveries queued")
