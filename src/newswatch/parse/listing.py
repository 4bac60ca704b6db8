"""Newsroom listing pages → entries, by CSS selectors and by the labels that pages print. Pure."""

import html
import re
from collections.abc import Iterator
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from newswatch.errors import ParseError
from newswatch.links import resolved
from newswatch.model import Document, Entry, Listing, Pick, Published, Source
from newswatch.parse.dates import read_date
from newswatch.parse.infer import infer
from newswatch.parse.page import instead, read_page
from newswatch.parse.text import collapse, text_lines
from newswatch.ports import Parsed

MOST_ITEMS = 1000
LAST_COMPOUND = re.compile(r"\s*[>\s+~]\s*[^>\s+~,()\[\]]+$")


def parse_listing(document: Document, source: Source) -> Parsed:
    """The items of a listing page, by the first of the source's layouts that fits it.

    Raises `ParseError`: "login" for a login page, "selector" where no item selector finds anything
    or nothing repeats, "fields" where no item has a title or a link.
    """
    page = read_page(document)
    base = base_of(page, document)
    failures: list[ParseError] = []
    for layout in source.layouts or inferred(page, document, source):
        try:
            return read_layout(page, layout, base, document, source)
        except ParseError as error:
            failures.append(error)
    raise failures[0]


def inferred(page: LexborHTMLParser, document: Document, source: Source) -> tuple[Listing, ...]:
    """Raises `ParseError` where nothing on the page repeats as news do."""
    layout = infer(page, source)
    if layout is None:
        reason = ParseError("selector", "no block with a headline that is a link repeats")
        raise instead(page, document, source) or reason
    return (layout,)


def read_layout(
    page: LexborHTMLParser, layout: Listing, base: str, document: Document, source: Source
) -> Parsed:
    items = page.css(layout.item)
    if not items:
        return without_items(page, layout, document, source)
    found = [read_item(item, layout, base, source) for item in items[:MOST_ITEMS]]
    entries = tuple(entry for entry in found if entry.title or entry.link)
    if not entries:
        raise ParseError("fields", f"{len(items)} items, and none has a title or a link")
    empty = len(found) - len(entries)
    return Parsed(
        entries,
        (f"{empty} items have no title and no link",) if empty else (),
        language=language_of(page),
        next_page=next_page(page, layout, base),
        layout=layout,
        hub=head_link(page, "hub", base),
        topic=head_link(page, "self", base),
    )


def head_link(page: LexborHTMLParser, relation: str, base: str) -> str | None:
    """Where a link element of the page's head leads (WebSub section 4)."""
    link = page.css_first(f"head link[rel~={relation}][href]")
    return resolved(base, (link.attributes.get("href") or "").strip()) if link else None


def language_of(page: LexborHTMLParser) -> str | None:
    """The language that the page says it is in (WHATWG HTML section 3.2.6.1)."""
    return (page.root.attributes.get("lang") or None) if page.root else None


def without_items(
    page: LexborHTMLParser, layout: Listing, document: Document, source: Source
) -> Parsed:
    """A page without a single item: an empty list where that may be, else raises `ParseError`."""
    if reason := instead(page, document, source):
        raise ParseError(reason.state, f"{reason.reason} in place of the listing")
    around = container(layout.item)
    if around and not page.css(around):
        raise ParseError(
            "selector", f"nothing on the page is selected by {around!r}: has the layout changed?"
        )
    if source.allow_empty:
        return Parsed((), layout=layout)
    if around:
        raise ParseError("empty", f"the list {around!r} is there, and empty")
    raise ParseError(
        "selector", f"nothing on the page is selected by {layout.item!r}: has the layout changed?"
    )


def container(selector: str) -> str | None:
    """The selector of what the items stand in: all but its last compound."""
    found = LAST_COMPOUND.search(selector.strip())
    return selector.strip()[: found.start()].strip() or None if found else None


def next_page(page: LexborHTMLParser, layout: Listing, base: str) -> str | None:
    """Where older items are."""
    if layout.next is None or layout.next.select is None or page.body is None:
        return None
    link = selected(page.body, layout.next.select).strip()
    address = urljoin(base, link) if link else ""
    return address if address.startswith("http") else None


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
