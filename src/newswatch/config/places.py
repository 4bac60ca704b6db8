"""YAML 1.2 files with the place of every value: what "file:line:column" in a message comes from."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from newswatch.config.nodes import (
    DEEPEST,
    Listing,
    Mapped,
    MisreadError,
    Node,
    Place,
    Scalar,
    compose,
)
from newswatch.errors import Problem

KeyPath = tuple[str | int, ...]
LARGEST_FILE = 2_000_000  # bytes
MOST_VALUES = 500_000  # after aliases are followed: an alias bomb ends here
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
    try:
        return parse_yaml(read_bytes(path), name)
    except (OSError, ValueError) as error:
        return Document(name), (Problem(name, 1, 1, f"cannot be read: {one_line(error)}"),)


def parse_yaml(content: bytes, name: str) -> tuple[Document, tuple[Problem, ...]]:
    """The same for what a file holds."""
    document = Document(name)
    try:
        text = content.decode("utf-8-sig")
        document.lines = tuple(text.splitlines())
        if deep := too_deep(document.lines, name):
            return document, (deep,)
        document.places[()] = (0, 0)
        document.data = Unfolding(document).unfold(compose(text), (), 0)
    except MisreadError as error:
        line, column = error.place
        return document, (Problem(name, line + 1, column + 1, str(error)),)
    except ValueError as error:
        return document, (Problem(name, 1, 1, f"cannot be read: {one_line(error)}"),)
    except TooManyValuesError as error:
        return document, (document.problem(error.path[:1], UNFOLDS),)
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


def read_bytes(path: Path) -> bytes:
    """Raises `ValueError` for a file that is too large."""
    if path.stat().st_size > LARGEST_FILE:
        raise ValueError(f"larger than {LARGEST_FILE:,} bytes")
    return path.read_bytes()


def one_line(error: object) -> str:
    return " ".join(str(error).split())[:300]


@dataclass(slots=True)
class Unfolding:
    """Turns nodes into plain values, follows aliases, and notes the places."""

    document: Document
    count: int = 0

    def unfold(self, node: Node | None, path: KeyPath, depth: int) -> Any:
        self.count += 1
        if self.count > MOST_VALUES or depth > DEEPEST:
            raise TooManyValuesError(path)
        match node:
            case Mapped(items=items):
                self.document.key_places |= {(*path, key): at for key, at in node.keys.items()}
                return {key: self.child(one, (*path, key), depth) for key, one in items.items()}
            case Listing(items=items):
                return [self.child(one, (*path, n), depth) for n, one in enumerate(items)]
            case Scalar(value=value):
                return value
            case None:
                return None

    def child(self, node: Node, path: KeyPath, depth: int) -> Any:
        self.document.places[path] = node.place
        return self.unfold(node, path, depth + 1)
