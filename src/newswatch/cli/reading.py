"""enrich: what newswatch understands, as JSON Lines in and out."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TextIO

import typer

from newswatch.cli.show import note, print_json
from newswatch.model import Published, Release
from newswatch.understand import read

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)  # enrich has no archive: nothing was "first seen"


def enrich(
    file: Path | None = typer.Argument(None, help="JSON Lines; standard input when none is named."),
) -> None:
    """Read releases as JSON Lines, print what newswatch understands of each. No network, no database."""
    stream = file.open(encoding="utf-8") if file is not None else sys.stdin
    bad = 0
    with stream:
        for number, line in lines(stream):
            try:
                print_json(understood(json.loads(line)))
            except (ValueError, TypeError, AttributeError) as error:
                bad += 1
                note(f"{'stdin' if file is None else file}:{number}:1: not a release: {error}")
    if bad:
        raise typer.Exit(1)


def lines(stream: TextIO) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(stream, 1) if line.strip())


def understood(record: dict[str, object]) -> dict[str, object]:
    """{id,title,teaser,published,content_type,where,what,language} → what was understood of it."""
    reading = read(as_release(record))
    return {
        "id": record.get("id"),
        "countries": [{"code": code, "role": "subject"} for code in reading.countries],
        "mentioned": list(reading.mentioned),
        "event": reading.event,
        "mission": reading.mission,
        "elections": [
            {
                "kind": one.kind,
                "date": one.stated,
                "resolved": one.date if one.is_resolved else None,
            }
            for one in reading.elections
        ],
        "evidence": reading.evidence,
    }


def as_release(record: dict[str, object]) -> Release:
    """Raises ValueError where a field has the wrong type."""
    published = record.get("published")
    return Release(
        id=str(record.get("id") or ""),
        source_id="",
        publisher=words(record, "source"),
        url="",
        title=words(record, "title"),
        first_seen=BEGINNING,
        fingerprint="",
        published=Published(date.fromisoformat(str(published)[:10])) if published else None,
        content_type=words(record, "content_type") or None,
        institutions=listed(record, "where"),
        topics=listed(record, "what"),
        text=words(record, "teaser"),
        language=words(record, "language") or None,
    )


def words(record: dict[str, object], key: str) -> str:
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{key} must be text, not {type(value).__name__}")
    return value or ""


def listed(record: dict[str, object], key: str) -> tuple[str, ...]:
    value = record.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{key} must be a list of texts")
    return tuple(value)
