"""Document → entries → releases: everything that touches a publisher's bytes, in one call. Pure."""

from collections.abc import Sequence
from datetime import datetime

from newswatch.model import Document, Entry, Release, Source, Tally
from newswatch.normalise import (
    FUTURE,
    LONGEST_TITLE,
    clean,
    has_page,
    normalise_all,
    plain_text,
    retractions,
    same_place,
    web_address,
    with_article,
)
from newswatch.parse import parse
from newswatch.parse.article import read_article
from newswatch.ports import Gist, Intake
from newswatch.push import discovered

FEW = 3  # entries that may be alike by chance
REPLACEMENT = "\ufffd"  # what decoders put in place of what they cannot read


def take_in(document: Document, source: Source, now: datetime) -> Intake:
    """The releases of a document. Raises `errors.ParseError`; libraries raise what they will."""
    parsed = parse(document, source)
    language = clean(parsed.language or "") or None
    releases, skipped = normalise_all(parsed.entries, source, now)
    pairs = zip(parsed.entries, releases, strict=True)
    gists = tuple(gist(entry, release, source) for entry, release in pairs)
    hub, topic = discovered(document, parsed)
    return Intake(
        gists,
        tally(gists, language, now),
        skipped + parsed.warnings,
        parsed.fresh_for,
        parsed.next_page,
        parsed.layout,
        plain_text(parsed.title or "")[:LONGEST_TITLE] or None,
        language,
        hub,
        topic,
        retractions(parsed.tombstones, source, now),
    )


def gist(entry: Entry, release: Release | None, source: Source) -> Gist:
    """An entry in short."""
    link = web_address(entry.link)
    text = f"{release.title} {release.text}" if release else ""
    return Gist(
        title=entry.title,
        link=entry.link,
        place=same_place(link) if link and has_page(link, source) else None,
        day=entry.published.day if entry.published else None,
        release=release,
        length=len(text),
        damaged=text.count(REPLACEMENT),
    )


def take_in_article(document: Document, source: Source, release: Release) -> Release:
    """The release with the text and the attachments of its own page. Raises `errors.ParseError`."""
    markup, attachments = read_article(document, source)
    return with_article(release, markup, attachments)


def tally(gists: Sequence[Gist], language: str | None, now: datetime) -> Tally:
    """What is counted of a document, to be compared with what its source usually gives."""
    latest = (now + FUTURE).date()
    dates = [one.release.published for one in gists if one.release and one.release.published]
    return Tally(
        entries=len(gists),
        dated=len(dates),
        ahead=sum(one.day is not None and one.day > latest for one in gists),
        lacking=sum(not (one.title.strip() and one.link) for one in gists),
        is_uniform=is_uniform(gists),
        damaged=sum(one.damaged for one in gists) / max(sum(one.length for one in gists), 1),
        dates=tuple(sorted(one.moment for one in dates)),
        language=language,
    )


def is_uniform(gists: Sequence[Gist]) -> bool:
    """Whether all titles are one, or all links: not those of the releases, then."""
    titles, links = {one.title for one in gists}, {one.link for one in gists}
    return len(gists) > FEW and (len(titles) == 1 or len(links) == 1)
