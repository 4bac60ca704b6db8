"""A YAML 1.2 document as nodes, each with its place, made from the events of libyaml's parser.

Values are those of the core schema (YAML 1.2.2, section 10.3): `NO` is a text, and so is a day. Tags
are refused, and so are keys that are no texts: nothing here needs them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml
from yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

Place: TypeAlias = tuple[int, int]  # line and column, counted from 0
LOADER = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # where libyaml is not built in, the slow one
DEEPEST = 60
# What YAML 1.2.2, section 5.1, leaves out.
UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MERGE = "<<"
WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}
LONGEST_NUMBER = 300  # characters; Python refuses to convert very long ones
WHOLE = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
FRACTION = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


class MisreadError(Exception):
    """What keeps a text from being a document, and where."""

    def __init__(self, message: str, place: Place) -> None:
        self.place = place
        super().__init__(message)


@dataclass(slots=True)
class Scalar:
    place: Place
    value: Any


@dataclass(slots=True)
class Listing:
    place: Place
    items: list["Node"] = field(default_factory=list)


@dataclass(slots=True)
class Mapped:
    """`keys` has where each key stands; what came in by a merge (`<<`) stands where it was written."""

    place: Place
    items: dict[str, "Node"] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)


Node: TypeAlias = Scalar | Listing | Mapped


def compose(text: str) -> Node | None:
    """The document of a text; None where it holds none. Raises `MisreadError`. An alias is the very
    node of its anchor, and may lead back into itself."""
    if found := UNREADABLE.search(text):
        before = text[: found.start()]
        place = (before.count("\n"), found.start() - (before.rfind("\n") + 1))
        raise MisreadError(f"the character U+{ord(found[0]):04X} cannot be seen; remove it", place)
    try:
        return Composer(yaml.parse(text, Loader=LOADER)).document()
    except yaml.MarkedYAMLError as error:
        raise MisreadError(
            in_words(error), marked(error.problem_mark or error.context_mark)
        ) from None


def marked(mark: Any) -> Place:
    return (mark.line, mark.column) if mark else (0, 0)


class Composer:
    """Puts the events of one document together."""

    def __init__(self, events: Iterator[Event]) -> None:
        self.events = events
        self.anchors: dict[str, Node] = {}

    def document(self) -> Node | None:
        root = None
        for event in self.events:
            if isinstance(event, NodeEvent):
                if root is not None:
                    raise MisreadError("a second document begins here", marked(event.start_mark))
                root = self.node(event, 0)
        return root

    def node(self, event: Event, depth: int) -> Node:
        place = marked(event.start_mark)
        if depth > DEEPEST:
            raise MisreadError("nests too deep", place)
        if isinstance(event, AliasEvent):
            return self.anchored(event, place)
        if not isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent):
            raise MisreadError("a value is missing", place)
        if event.tag is not None:
            raise MisreadError(f"the tag {event.tag!r} is not known here; leave it out", place)
        match event:
            case ScalarEvent():
                return self.scalar(event, place)
            case SequenceStartEvent():
                return self.listing(event, place, depth)
            case MappingStartEvent():
                return self.mapped(event, place, depth)

    def anchored(self, event: AliasEvent, place: Place) -> Node:
        found = self.anchors.get(event.anchor or "")
        if found is None:
            raise MisreadError(f"no anchor is called {event.anchor!r} before this alias", place)
        return found

    def named(self, event: NodeEvent, node: Node) -> None:
        if event.anchor is not None:
            self.anchors[event.anchor] = node

    def scalar(self, event: ScalarEvent, place: Place) -> Node:
        made = Scalar(place, plain(event.value) if event.implicit[0] else event.value)
        self.named(event, made)
        return made

    def listing(self, event: SequenceStartEvent, place: Place, depth: int) -> Node:
        made = Listing(place)
        self.named(event, made)
        for item in self.events:
            if isinstance(item, SequenceEndEvent):
                break
            made.items.append(self.node(item, depth + 1))
        return made

    def mapped(self, event: MappingStartEvent, place: Place, depth: int) -> Node:
        made = Mapped(place)
        self.named(event, made)
        merged: list[Mapped] = []
        for item in self.events:
            if isinstance(item, MappingEndEvent):
                break
            key, at, is_plain = self.key(item)
            value = self.node(next(self.events), depth + 1)
            if key == MERGE and is_plain:
                merged += merges(value, at)
            elif key in made.items:
                raise MisreadError(f"the key {key!r} stands here twice", at)
            else:
                made.items[key], made.keys[key] = value, at
        for source in merged:
            for key, value in source.items.items():
                if key not in made.items:
                    made.items[key], made.keys[key] = value, source.keys[key]
        return made

    def key(self, event: Event) -> tuple[str, Place, bool]:
        """A key, where it stands, and whether it stands there without quotation marks."""
        place = marked(event.start_mark)
        if not isinstance(event, ScalarEvent) or event.tag is not None:
            raise MisreadError("a key must be a text", place)
        return event.value, place, event.implicit[0]


def merges(value: Node, place: Place) -> list[Mapped]:
    found = value.items if isinstance(value, Listing) else [value]
    if not all(isinstance(one, Mapped) for one in found):
        raise MisreadError("<< takes keys with values, or a list of such", place)
    return [one for one in found if isinstance(one, Mapped)]


def plain(value: str) -> Any:
    """The value of an unquoted scalar."""
    if value in WORDS:
        return WORDS[value]
    if len(value) > LONGEST_NUMBER or value[0] not in "-+.0123456789":
        return value
    if WHOLE.fullmatch(value):
        return int(value, 0) if value[1:2] in "ox" and value[1:] else int(value)
    if FRACTION.fullmatch(value):
        return float(value)
    if INFINITE.fullmatch(value):
        return float(value.replace(".", ""))
    return value


# -- messages -------------------------------------------------------------------------------------

# libyaml's words, and what to look for.
HINTS = (
    ("expected ',' or ']'", "a comma or the closing ] is missing"),
    ("expected ',' or '}'", "a comma or the closing } is missing"),
    ("mapping values are not allowed", "a colon does not fit here: put a value that holds one into quotation marks, or mend the indentation"),
    ("did not find expected key", "the indentation does not fit, or a value goes on behind its end"),
    ("expected '-' indicator", "the indentation fits neither the list's items, which begin with - in one column, nor what stands in them"),
    ("could not find expected ':'", "a colon, and a blank behind it, is missing after this key"),
    ("cannot start any token", "a value cannot begin so: put it into quotation marks, and indent with blanks, not tabs"),
    ("unexpected end of stream", "the quotation mark is not closed"),
    ("unknown escape character", "in double quotation marks a backslash begins an escape: write \\\\, or use single ones"),
    ("did not find expected node content", "a value is missing"),
    ("did not find expected alphabetic", "& and * begin anchors and aliases: put a value that begins so into quotation marks"),
    ("block sequence entries are not allowed", "a list begins on a line of its own"),
)  # fmt: skip


def in_words(error: yaml.MarkedYAMLError) -> str:
    """What a parser says, for the person who edits the file, and where that began."""
    said = " ".join(str(error.problem or error).split())[:300]
    words = next((hint for sign, hint in HINTS if sign in said), said)
    start, end = error.context_mark, error.problem_mark
    began = (
        f" (what begins on line {start.line + 1})"
        if start and end and start.line < end.line
        else ""
    )
    return words + began
