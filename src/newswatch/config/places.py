"""YAML 1.2 files with the place of every value: what "file:line:column" in a message comes from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from newswatch.errors import Problem

KeyPath = tuple[str | int, ...]
Place = tuple[int, int]  # line and column, counted from 0
LARGEST_FILE = 2_000_000  # bytes
MOST_VALUES = 500_000  # after aliases are followed: an alias bomb ends here
DEEPEST = 60
BRACKETS = re.compile(r"[\[\]{}]")


UNFOLDS = "aliases or nesting unfold into too many values"


class TooManyValuesError(Exception):
    """A small file that unfolds into a large one; `path` leads to where it was given up."""

    def __init__(self, path: KeyPath) -> None:
        self.path = path
        super().__init__(UNFOLDS)


@dataclass(slots=True)
class Document:
    """A file's values as plain Python, and where each of them stands."""

    file: str
    data: Any = None
    places: dict[KeyPath, Place] = field(default_factory=dict)
    key_places: dict[KeyPath, Place] = field(default_factory=dict)
    lines: tuple[str, ...] = ()

    def problem(self, path: KeyPath, message: str, offset: int | None = None) -> Problem:
        """A problem at a value; at the nearest value around it that the file does have."""
        place = self.places.get(path)
        if place is None:
            return self.problem(path[:-1], message) if path else Problem(self.file, 1, 1, message)
        line, column = place
        return Problem(self.file, line + 1, column + 1 + self.shift(place, offset), message)

    def line_problem(self, path: KeyPath, message: str, number: int | None) -> Problem:
        """A problem in a line of a text, counted from 1; of a text that is not written as a block
        (`|`) at the text."""
        line, column = self.places.get(path, (0, 0))
        is_block = self.lines[line][column : column + 1] == "|"
        if not number or not is_block or line + number >= len(self.lines):
            return self.problem(path, message)
        indent = len(self.lines[line + number]) - len(self.lines[line + number].lstrip())
        return Problem(self.file, line + number + 1, indent + 1, message)

    def key_problem(self, path: KeyPath, message: str) -> Problem:
        """A problem with a key itself."""
        if path not in self.key_places:
            return self.problem(path, message)
        line, column = self.key_places[path]
        return Problem(self.file, line + 1, column + 1, message)

    def shift(self, place: Place, offset: int | None) -> int:
        """How far into a text on one line an offset is; a text of several lines has its own place."""
        if offset is None:
            return 0
        line, column = place
        rest = self.lines[line][column:] if line < len(self.lines) else ""
        if rest[:1] in ("|", ">"):
            return 0
        return offset + (rest[:1] in ("'", '"'))


def read_yaml(path: Path, name: str) -> tuple[Document, tuple[Problem, ...]]:
    """A file's values and places; or the problem that keeps it from being read."""
    document = Document(name)
    try:
        text = read_text(path)
        document.lines = tuple(text.splitlines())
        if deep := too_deep(document.lines, name):
            return document, (deep,)
        loaded = YAML(typ="rt", pure=True).load(text)
        Unfolding(document).unfold(loaded, (), 0)
    except MarkedYAMLError as error:
        return document, (marked(error, name),)
    except (OSError, UnicodeDecodeError, YAMLError, ValueError) as error:
        return document, (Problem(name, 1, 1, f"cannot be read: {one_line(error)}"),)
    except TooManyValuesError as error:
        return document, (document.problem(error.path[:1], UNFOLDS),)
    except RecursionError:
        return document, (Problem(name, 1, 1, UNFOLDS),)
    return document, ()


def too_deep(lines: tuple[str, ...], name: str) -> Problem | None:
    """Brackets far deeper than any configuration: the parser would take seconds to give up. Those in
    quotes are counted as well, which balance, or are few."""
    depth = 0
    for number, line in enumerate(lines, 1):
        for found in BRACKETS.finditer(line):
            depth = max(0, depth + (1 if found[0] in "[{" else -1))
            if depth > 2 * DEEPEST:
                return Problem(name, number, found.start() + 1, "brackets nest too deep")
    return None


def read_text(path: Path) -> str:
    if path.stat().st_size > LARGEST_FILE:
        raise ValueError(f"larger than {LARGEST_FILE:,} bytes")
    return path.read_text(encoding="utf-8-sig")


def marked(error: MarkedYAMLError, name: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    message = one_line(error.problem or error)
    if isinstance(error, DuplicateKeyError):
        message = message.split(" with value")[0] + ": it stands here twice"
    return Problem(name, line, column, message)


def one_line(error: object) -> str:
    return " ".join(str(error).split())[:300]


@dataclass(slots=True)
class Unfolding:
    """Turns ruamel's values into plain ones, follows aliases, and notes the places."""

    document: Document
    count: int = 0

    def unfold(self, value: Any, path: KeyPath, depth: int) -> Any:
        self.count += 1
        if self.count > MOST_VALUES or depth > DEEPEST:
            raise TooManyValuesError(path)
        plain = self.plain(value, path, depth)
        if not path:
            self.document.data = plain
            self.document.places.setdefault((), (0, 0))
        return plain

    def plain(self, value: Any, path: KeyPath, depth: int) -> Any:
        if isinstance(value, Mapping):
            return {str(key): self.child(value, key, (*path, str(key)), depth) for key in value}
        if isinstance(value, list):
            return [
                self.child(value, number, (*path, number), depth) for number in range(len(value))
            ]
        return scalar(value)

    def child(self, parent: Any, key: Any, path: KeyPath, depth: int) -> Any:
        if isinstance(parent, Mapping):
            self.document.key_places[path] = place(parent.lc.key, key)  # type: ignore[attr-defined]
            self.document.places[path] = place(parent.lc.value, key)  # type: ignore[attr-defined]
        else:
            self.document.places[path] = place(parent.lc.item, key)
        return self.unfold(parent[key], path, depth + 1)


def place(find: Any, key: Any) -> Place:
    """ruamel's place of a key; the beginning for keys that came in by a merge (`<<`)."""
    try:
        line, column = find(key)
    except (KeyError, TypeError, AttributeError):
        return (0, 0)
    return line, column


def scalar(value: Any) -> Any:
    """Plain text, numbers, booleans, dates; ruamel's own types remember how they were written."""
    if value is None or isinstance(value, bool):
        return value
    for kind in (str, int, float):
        if isinstance(value, kind):
            return bool(value) if type(value).__name__ == "ScalarBoolean" else kind(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, date) else str(value)
