"""How results are shown: aligned columns for people, JSON for programs."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from functools import singledispatch

from newswatch.model import Published, Raw


@singledispatch
def plain(value: object) -> object:
    """What json.dumps does not know by itself: our values, instants (RFC 3339), days (ISO 8601)."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"cannot show {type(value).__name__} as JSON")


@plain.register
def _(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


@plain.register
def _(value: date) -> str:
    return value.isoformat()


@plain.register
def _(value: timedelta) -> float:
    return value.total_seconds()


@plain.register
def _(value: Published) -> object:
    return value.instant or value.day


@plain.register
def _(value: bytes) -> str:
    """Validators, as the text that header fields are (RFC 9110 section 5.5)."""
    return value.decode("latin-1")


@plain.register
def _(value: Raw) -> object:
    """What was read, without its bytes: `newswatch sources documents` has them."""
    size = len(value.document.body)
    return {"url": value.document.url, "bytes": size, "state": value.state, "reason": value.reason}


@plain.register(frozenset)
@plain.register(set)
def _(value: frozenset[str]) -> list[str]:
    return sorted(value)


@plain.register
def _(value: Mapping) -> dict[str, object]:  # type: ignore[type-arg]
    return dict(value)


def print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, default=plain))


def columns(rows: Sequence[Sequence[str]], heads: Sequence[str]) -> str:
    """Rows as aligned columns under their heads; the last column runs free."""
    table = [tuple(heads), *(tuple(one_line(cell) for cell in row) for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(heads) - 1)]
    return "\n".join(
        "  ".join(
            [*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]
        ).rstrip()
        for row in table
    )


def one_line(text: str) -> str:
    """Text that cannot break a table or drive a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def print_table(rows: Iterable[Sequence[str]], heads: Sequence[str]) -> None:
    print(columns(list(rows), heads))


def note(text: str) -> None:
    """A line for the person at the terminal, apart from the result."""
    print(text, file=sys.stderr)


def progress(text: str) -> None:
    """For a person who waits; a pipe stays quiet."""
    if sys.stderr.isatty():
        note(text)


def counted(number: int, noun: str, many: str = "") -> str:
    """ "1 test", "2,000 tests"; `many` where an s does not do."""
    return f"{number:,} {noun if number == 1 else many or f'{noun}s'}"


def ago(instant: datetime | None, now: datetime) -> str:
    """An instant in words: "3 min ago", "in 2 h", "never"."""
    if instant is None:
        return "never"
    seconds = int((now - instant).total_seconds())
    amount = in_words(abs(seconds))
    if abs(seconds) < 1:
        return "now"
    return f"{amount} ago" if seconds > 0 else f"in {amount}"


def in_words(seconds: int) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
