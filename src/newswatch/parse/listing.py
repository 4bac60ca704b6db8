"""Newsroom listing pages → entries, by CSS selectors and by the labels that pages print. Pure."""

import html
import re
from collections.abc import Iterator
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from newswatch.errors import ParseError
from newswatch.model import Document, Entry, Listing, Pick, Published, Source
from newswatch.parse.dates import read_date
from newswatch.parse.page import is_login, read_page
from newswatch.ports import Parsed

MOST_ITEMS = 1000
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


def parse_listing(document: Document, source: Source) -> Parsed:
    """The items of a listing page.

    Raises `ParseError`: "login" for a login page, "selector" where the item selector finds nothing,
    "fields" where no item has a title or a link.
    """
    layout = source.listing
    if layout is None:
        raise ParseError("selector", "the source has no listing selectors")
    page = read_page(document)
    items = page.css(layout.item)
    if not items:
        raise nothing_found(page, layout)
    base = base_of(page, document)
    found = [read_item(item, layout, base, source) for item in items[:MOST_ITEMS]]
    entries = tuple(entry for entry in found if entry.title or entry.link)
    if not entries:
        raise ParseError("fields", f"{len(items)} items, and none has a title or a link")
    empty = len(found) - len(entries)
    return Parsed(
        entries,
        (f"{empty} items have no title and no link",) if empty else (),
        next_page=next_page(page, layout, base),
    )


def next_page(page: LexborHTMLParser, layout: Listing, base: str) -> str | None:
    """Where older items are."""
    if layout.next is None or layout.next.select is None or page.body is None:
        return None
    link = selected(page.body, layout.next.select).strip()
    address = urljoin(base, link) if link else ""
    return address if address.startswith("http") else None


def nothing_found(page: LexborHTMLParser, layout: Listing) -> ParseError:
    if is_login(page):
        return ParseError("login", "a login page came in place of the listing")
    return ParseError(
        "selector", f"nothing on the page is selected by {layout.item!r}: has the layout changed?"
    )


def base_of(page: LexborHTMLParser, document: Document) -> str:
    """What relative links start from (WHATWG HTML section 4.2.3, the base element)."""
    base = page.css_first("base[href]")
    return urljoin(document.url, (base.attributes.get("href") or "") if base else "")


def validate_selector(selector: str) -> str | None:
    """What is wrong with a selector ("a@href" takes an attribute), or None."""
    css, _, attribute = selector.partition("@")
    if "@" in selector and not re.fullmatch(r"[A-Za-z][\w-]*", attribute):
        return f"{selector!r}: a name of an attribute must follow the @"
    if not css.strip():
        return None if attribute else "an empty selector selects nothing"
    try:
        LexborHTMLParser("<p></p>").css(css)
    except (SelectolaxError, ValueError):
        return f"{css!r} is not a CSS selector"
    return None


def read_item(item: LexborNode, layout: Listing, base: str, source: Source) -> Entry:
    lines = tuple(split_at_labels(text_lines(item), labels(layout)))

    def texts(pick: Pick | None) -> tuple[str, ...]:
        return values(item, lines, pick) if pick else ()

    def text(pick: Pick | None) -> str:
        return next(iter(texts(pick)), "")

    link = text(layout.link)
    return Entry(
        title=html.escape(text(layout.title), quote=False),
        link=urljoin(base, link) if link else None,
        published=published(text(layout.published), layout, source),
        summary=html.escape(text(layout.summary), quote=False),
        content_type=text(layout.content_type) or None,
        institutions=texts(layout.institutions),
        topics=texts(layout.topics),
        language=source.language,
    )


def published(text: str, layout: Listing, source: Source) -> Published | None:
    formats = layout.published.formats if layout.published else ()
    languages = (source.language,) if source.language else ()
    return read_date(text, source.timezone, languages, formats)


def values(item: LexborNode, lines: tuple[str, ...], pick: Pick) -> tuple[str, ...]:
    """The values that a pick gives in an item: one, or several where it splits."""
    if pick.select is not None:
        found = selected(item, pick.select)
    else:
        label = collapse(pick.label or "").rstrip(":： ")
        found = labelled(lines, label) or beside_label(item, label)
    value = cut_after(found, pick.after) if pick.after else found
    parts = value.split(pick.split) if pick.split else (value,)
    return tuple(part for part in (collapse(part) for part in parts) if part)


def selected(item: LexborNode, selector: str) -> str:
    css, _, attribute = selector.partition("@")
    node = item.css_first(css) if css.strip() else item
    if node is None:
        return ""
    if attribute:
        return node.attributes.get(attribute) or ""
    return " ".join(text_lines(node))


def cut_after(text: str, words: str) -> str:
    """What follows the words, case ignored and a colon at will; the whole text without them."""
    head = re.escape(collapse(words).rstrip(":： "))
    found = re.search(rf"{head}\s*[:：]?", text, re.IGNORECASE)
    return text[found.end() :] if found else text


def labelled(lines: tuple[str, ...], label: str) -> str:
    """What follows "Label:" on its line, or the next line where nothing does (dt and dd)."""
    for number, line in enumerate(lines):
        found = re.match(rf"{re.escape(label)}\s*[:：]\s*", line, re.IGNORECASE)
        if found or line.casefold() == label.casefold():
            rest = line[found.end() :] if found else ""
            return rest or next(iter(lines[number + 1 : number + 2]), "")
    return ""


def beside_label(item: LexborNode, label: str) -> str:
    """What stands beside an element that holds the label alone, printed without a colon."""
    for node in item.css("*"):
        if collapse(node.text()).rstrip(":： ").casefold() == label.casefold():
            following = node.next
            while following is not None:
                if text := collapse(" ".join(text_lines(following))):
                    return text
                following = following.next
    return ""


def labels(layout: Listing) -> tuple[str, ...]:
    """The labels that the layout names: where a page prints them in one line, they part it."""
    picks = (
        layout.published,
        layout.content_type,
        layout.institutions,
        layout.topics,
        layout.summary,
    )
    named = (word for pick in picks if pick for word in (pick.label, pick.after) if word)
    return tuple(collapse(word).rstrip(":：") for word in named)


def split_at_labels(lines: Iterator[str], labels: tuple[str, ...]) -> Iterator[str]:
    if not labels:
        yield from lines
        return
    either = "|".join(re.escape(label) for label in labels)
    start = re.compile(rf"(?=(?<!\w)(?:{either})\s*[:：])", re.IGNORECASE)
    for line in lines:
        yield from (part for part in (collapse(p) for p in start.split(line)) if part)


def text_lines(node: LexborNode) -> Iterator[str]:
    """The text of an element as a reader sees it: a line for each block, spaces collapsed."""
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
