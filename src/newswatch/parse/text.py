"""The text of an HTML element as a reader sees it. Pure."""

from collections.abc import Iterator

from selectolax.lexbor import LexborNode

INLINE = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "cite",
        "code",
        "data",
        "dfn",
        "em",
        "font",
        "i",
        "img",
        "kbd",
        "label",
        "mark",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "u",
        "var",
        "wbr",
    ]
)
HIDDEN = frozenset(("script", "style", "template", "noscript"))


def text_lines(node: LexborNode) -> Iterator[str]:
    """A line for each block, spaces collapsed."""
    line: list[str] = []
    for piece in pieces(node):
        if piece is not None:
            line.append(piece)
        elif text := collapse("".join(line)):
            yield text
            line = []
        else:
            line = []
    if text := collapse("".join(line)):
        yield text


def pieces(root: LexborNode) -> Iterator[str | None]:
    """Texts in document order; None where a line ends. Not recursive: pages nest without end."""
    stack: list[LexborNode | None] = [root]
    while stack:
        node = stack.pop()
        if node is None:
            yield None
        elif node.tag == "-text":
            yield node.text_content or ""
        elif node.tag not in HIDDEN:
            is_block = node.tag not in INLINE
            if is_block:
                yield None
                stack.append(None)
            stack.extend(reversed(list(node.iter(include_text=True))))


def collapse(text: str) -> str:
    return " ".join(text.split())
