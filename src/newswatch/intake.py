"""Document → entries → releases: everything that touches a publisher's bytes, in one call. Pure."""

from collections.abc import Sequence
from datetime import datetime

from newswatch.model import Document, Entry, Release, Source, Tally
from newswatch.normalise import FUTURE, normalise_all, with_article
from newswatch.parse import parse
from newswatch.parse.article import read_article
from newswatch.ports import Intake
from newswatch.push import discovered

FEW = 3  # entries that may be alike by chance
REPLACEMENT = "\ufffd"  # what decoders put in place of what they cannot read


def take_in(document: Document, source: Source, now: datetime) -> Intake:
    """The releases of a document. Raises `errors.ParseError`; libraries raise what they will."""
    parsed = parse(document, source)
    releases, skipped = normalise_all(parsed.entries, source, now)
    hub, topic = discovered(document, parsed)
    return Intake(
        releases,
        tally(parsed.entries, releases, parsed.language, now),
        skipped + parsed.warnings,
        parsed.fresh_for,
        parsed.next_page,
        parsed.layout,
        parsed.title,
        parsed.language,
        hub,
        topic,
    )


def take_in_article(document: Document, source: Source, release: Release) -> Release:
    """The release with the text and the attachments of its own page. Raises `errors.ParseError`."""
    markup, attachments = read_article(document, source)
    return with_article(release, markup, attachments)


def tally(
    entries: Sequence[Entry], releases: Sequence[Release], language: str | None, now: datetime
) -> Tally:
    """What is counted of a document, to be compared with what its source usually gives."""
    latest = (now + FUTURE).date()
    return Tally(
        entries=len(entries),
        dated=sum(release.published is not None for release in releases),
        ahead=sum(bool(one.published and one.published.day > latest) for one in entries),
        lacking=sum(not (one.title.strip() and one.link) for one in entries),
        is_uniform=is_uniform(entries),
        damaged=damaged(releases),
        dates=tuple(sorted(one.published.moment for one in releases if one.published)),
        language=language,
    )


def is_uniform(entries: Sequence[Entry]) -> bool:
    """Whether all titles are one, or all links: not those of the releases, then."""
    titles, links = {one.title for one in entries}, {one.link for one in entries}
    return len(entries) > FEW and (len(titles) == 1 or len(links) == 1)


def damaged(releases: Sequence[Release]) -> float:
    texts = [f"{release.title} {release.text}" for release in releases]
    whole = sum(map(len, texts))
    return sum(text.count(REPLACEMENT) for text in texts) / whole if whole else 0.0
