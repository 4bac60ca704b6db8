"""sources discover|import|export: newsrooms found by their address, and OPML in and out."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import typer
from lxml import etree

from newswatch.app import Newswatch, clock
from newswatch.cli.context import Options, options, run_async, start_log
from newswatch.cli.show import note, print_json, print_table
from newswatch.config.load import load
from newswatch.config.write import as_yaml, write_sources
from newswatch.discover import Offer, as_id, discover
from newswatch.errors import ConfigurationError, NotFoundError, ParseError
from newswatch.model import Source


def discover_(
    context: typer.Context,
    url: str = typer.Argument(help="A site's or a page's address."),
    write: bool = typer.Option(False, "--write", help="Add the best offer to the configuration."),
) -> None:
    """Find the feeds, hubs and listings of a site, and print them ready for sources.yaml."""
    chosen = options(context)
    start_log(chosen.level)
    with closing(Newswatch.start(chosen.load)) as newswatch:
        try:
            offers = run_async(lambda: collect(newswatch, url))
        except ParseError as error:
            raise NotFoundError(f"{url}: {error.reason}") from None
    if not offers:
        raise NotFoundError(f"{url} offers no feed, and nothing on the page repeats as news do")
    if chosen.json:
        print_json(
            [{"source": offer.source, "entries": offer.intake.tally.entries} for offer in offers]
        )
        return
    show(offers)
    if write:
        add(chosen, [offers[0].source])
    else:
        print(f"\n{as_yaml([offers[0].source])}")
        note("add this to sources.yaml, or run the command again with --write")


async def collect(newswatch: Newswatch, url: str) -> list[Offer]:
    pipeline = newswatch.pipeline
    found = discover(pipeline.fetcher, pipeline.read, url, clock())
    once = {offer.source.url: offer async for offer in found}
    return list(once.values())


def show(offers: Sequence[Offer]) -> None:
    print_table(
        [
            (
                offer.source.kind,
                str(offer.intake.tally.entries),
                offer.intake.hub or "",
                offer.source.url,
            )
            for offer in offers
        ],
        ("kind", "entries", "hub", "address"),
    )


def add(chosen: Options, sources: Sequence[Source]) -> None:
    """Writes sources into a file of their own; takes it back where it does not validate."""
    directory = chosen.directory()
    path = write_sources(directory, sources)
    try:
        load(directory)
    except ConfigurationError:
        path.unlink()
        raise
    count = len(sources)
    note(f"wrote {count} {'source' if count == 1 else 'sources'} to {path}")


def import_(
    context: typer.Context,
    file: Path = typer.Argument(help="An OPML file, as feed readers write it."),
) -> None:
    """Add the feeds of an OPML file to the configuration; those that are there already stay."""
    chosen = options(context)
    there = {source.url for source in chosen.load().sources}
    ids = {source.id for source in chosen.load().sources}
    new = [source for source in read_opml(file) if source.url not in there and source.id not in ids]
    if not new:
        note("nothing new in it")
        return
    add(chosen, new)


def read_opml(file: Path) -> list[Source]:
    """The feeds of an OPML file (OPML 2.0, `outline` with `xmlUrl`), each once."""
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
        tree = etree.parse(file, parser).getroot()
    except (OSError, etree.XMLSyntaxError) as error:
        raise NotFoundError(f"{file} cannot be read: {error}") from None
    if tree is None:
        raise NotFoundError(f"{file} is no OPML")
    found: dict[str, Source] = {}
    for outline in tree.iter("outline"):
        url = outline.get("xmlUrl") or ""
        if url.startswith(("https://", "http://")):
            source = as_source(outline, url, {known.id for known in found.values()})
            found.setdefault(url, source)
    return list(found.values())


def as_source(outline: Any, url: str, taken: set[str]) -> Source:
    name = outline.get("title") or outline.get("text") or url
    base = as_id(name)[:55]
    numbered = (base, *(f"{base}-{n}" for n in range(2, 10_000)))
    free = next(name for name in numbered if name not in taken)
    return Source(id=free, name=name, kind="feed", url=url, publisher=name)


def export(context: typer.Context) -> None:
    """Print the feeds as OPML 2.0, for a feed reader; listing pages are none and are left out."""
    opml = etree.Element("opml", version="2.0")
    head = etree.SubElement(opml, "head")
    etree.SubElement(head, "title").text = "Sources of newswatch"
    body = etree.SubElement(opml, "body")
    for source in options(context).load().sources:
        if source.kind == "feed":
            etree.SubElement(body, "outline", type="rss", text=source.name, xmlUrl=source.url)
    print(etree.tostring(opml, pretty_print=True, encoding="unicode"), end="")
