"""Document → entries → releases: everything that touches a publisher's bytes, in one call. Pure."""

from datetime import datetime

from newswatch.model import Document, Source
from newswatch.normalise import normalise_all
from newswatch.parse import parse
from newswatch.ports import Intake


def take_in(document: Document, source: Source, now: datetime) -> Intake:
    """The releases of a document. Raises `errors.ParseError`; libraries raise what they will."""
    parsed = parse(document, source)
    releases, skipped = normalise_all(parsed.entries, source, now)
    return Intake(
        releases,
        skipped + parsed.warnings,
        len(parsed.entries),
        parsed.fresh_for,
        parsed.next_page,
        parsed.layout,
        parsed.title,
        parsed.language,
        parsed.hub,
    )
