"""The layout of a listing page, inferred from its structure when nobody wrote selectors. Pure.

A newsroom's listing is a block that repeats: each has one headline, which is a link, and mostly a
date and a teaser. The blocks are found by their headlines, and the fields by what stands in them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newswatch.model import Listing, Pick, Source
from newswatch.parse.dates import read_date
from newswatch.parse.text import collapse, text_lines

FEWEST = 3  # blocks that make a listing
SHORTEST_HEADLINE = 15  # characters; menus and buttons are shorter
MOST_LINKS = 2_000
DEEPEST = 12  # ancestors of a headline that may be its block
LONGEST_DATE = 60
SHORTEST_TEASER = 40
HEADINGS = "h1, h2, h3, h4, h5, h6"
ASIDE = frozenset(("nav", "header", "footer", "aside", "form", "template"))
SAMPLE = 20  # blocks that are looked at for their fields
# What newsrooms print before a field, in small letters.
TYPE_LABELS = ("content type", "document type", "type", "type de contenu", "tipo", "тип", "art")
PLACE_LABELS = ("where we are", "issued by", "institution", "source", "émetteur", "institución")
TOPIC_LABELS = (
    "what we do",
    "fields of work",
    "topics",
    "topic",
    "themes",
    "thèmes",
    "temas",
    "темы",
)
# Classes that say where a block stands, not what it is.
PASSING = ("first", "last", "odd", "even", "active", "views-row-", "col-", "row-", "post-", "node-")


def infer(page: LexborHTMLParser, source: Source) -> Listing | None:
    """The layout of the page's repeated blocks, or None where nothing repeats as news do."""
    headlines = list(islice(headline_links(page), MOST_LINKS))
    selector = block_selector(page, headlines)
    if selector is None:
        return None
    blocks = page.css(selector)
    return Listing(
        item=selector,
        title=Pick(select=title_selector(blocks)),
        link=Pick(select=f"{link_selector(blocks)}@href"),
        published=date_pick(blocks, source),
        content_type=labelled_pick(blocks, TYPE_LABELS, None),
        institutions=labelled_pick(blocks, PLACE_LABELS, ","),
        topics=labelled_pick(blocks, TOPIC_LABELS, ","),
        summary=teaser_pick(blocks),
    )


def headline_links(page: LexborHTMLParser) -> Iterator[LexborNode]:
    """Links whose text may be a headline, menus and footers left out."""
    for link in page.css("a[href]"):
        if len(headline(link)) >= SHORTEST_HEADLINE and not is_aside(link):
            yield link


def headline(link: LexborNode) -> str:
    return collapse(link.text())


def is_aside(node: LexborNode | None) -> bool:
    while node is not None:
        if node.tag in ASIDE or node.attributes.get("role") == "navigation":
            return True
        node = node.parent
    return False


# -- the block ------------------------------------------------------------------------------------


def block_selector(page: LexborHTMLParser, headlines: Sequence[LexborNode]) -> str | None:
    """The selector of the largest block that repeats and holds one headline each.

    Of the ancestors of all headlines, the selector that gives the most blocks counts; of equals,
    the outermost, because date and teaser often stand beside the headline's own element.
    """
    counted = Counter(key for link in headlines for key in set(keys(link)))
    best: tuple[int, int, str] | None = None
    for selector, count in counted.most_common(40):
        if count < FEWEST:
            break
        blocks = page.css(selector)
        good = sum(len(hrefs(block)) == 1 for block in blocks)
        if good >= FEWEST and good * 10 >= len(blocks) * 7:
            size = sum(len(block.text()) for block in blocks[:20])
            best = max(filter(None, (best, (good, size, selector))))
    return best[2] if best else None


def keys(link: LexborNode) -> Iterator[str]:
    """The selectors of a headline's ancestors, innermost first."""
    node = link.parent
    for _ in range(DEEPEST):
        if node is None or node.tag in ("body", "html", "main", "-undef"):
            return
        yield key(node)
        node = node.parent


def key(node: LexborNode) -> str:
    """How a node is named: its tag and classes; without classes, below what does have some."""
    path = [named(node)]
    above = node.parent
    while "." not in path[0] and above is not None and above.tag not in ("body", "html", "-undef"):
        path.insert(0, named(above))
        above = above.parent
    return " > ".join(path)


def named(node: LexborNode) -> str:
    classes = [c for c in (node.attributes.get("class") or "").split() if is_lasting(c)]
    return "".join((node.tag or "", *(f".{name}" for name in classes[:3])))


def is_lasting(name: str) -> bool:
    plain = name.replace("-", "").replace("_", "")
    return plain.isalpha() and not name.startswith(PASSING)


def hrefs(block: LexborNode) -> set[str]:
    """The targets of the headlines of a block; a headline and its "read more" have one."""
    return {
        link.attributes.get("href") or ""
        for link in block.css("a[href]")
        if len(headline(link)) >= SHORTEST_HEADLINE
    }


# -- the fields -----------------------------------------------------------------------------------


def title_selector(blocks: Sequence[LexborNode]) -> str:
    """A heading where the blocks have one, else the link itself."""
    headed = sum(block.css_first(HEADINGS) is not None for block in blocks)
    return HEADINGS if headed * 2 > len(blocks) else link_selector(blocks)


def link_selector(blocks: Sequence[LexborNode]) -> str:
    """The headline's link: within a heading, or the first link with a headline's length."""
    for selector in ("h1 a, h2 a, h3 a, h4 a, h5 a, h6 a", "a:has(h1, h2, h3, h4, h5, h6)"):
        if sum(block.css_first(selector) is not None for block in blocks) * 2 > len(blocks):
            return selector
    names = Counter(
        key(link)
        for block in blocks
        for link in block.css("a[href]")
        if len(headline(link)) >= SHORTEST_HEADLINE
    )
    return names.most_common(1)[0][0] if names else "a"


def date_pick(blocks: Sequence[LexborNode], source: Source) -> Pick | None:
    """`time[datetime]`, or the element whose text is a date in most blocks, behind a label or not."""
    if sum(block.css_first("time[datetime]") is not None for block in blocks) * 2 > len(blocks):
        return Pick(select="time@datetime")
    counted = Counter(name for block in blocks[:SAMPLE] for name in dated(block, source))
    for (selector, label), count in counted.most_common(1):
        if count * 3 >= len(blocks[:SAMPLE]):
            return Pick(select=selector, after=label or None)
    return None


def dated(block: LexborNode, source: Source) -> set[tuple[str, str]]:
    """The elements of a block whose text is a date, each with the label before it."""
    labels = ((node, date_label(collapse(node.text()), source)) for node in block.css("*"))
    return {(key(node), label) for node, label in labels if label is not None}


def date_label(text: str, source: Source) -> str | None:
    """The label before a date ("" for none), or None where the text is no date."""
    if not 6 <= len(text) <= LONGEST_DATE or not any(char.isdigit() for char in text):
        return None
    label, _, rest = text.partition(":")
    languages = (source.language,) if source.language else ()
    if rest and read_date(rest, source.timezone, languages):
        return f"{label}:"
    return "" if read_date(text, source.timezone, languages) else None


def labelled_pick(
    blocks: Sequence[LexborNode], labels: Sequence[str], split: str | None
) -> Pick | None:
    """A field that the page prints behind one of the usual labels."""
    lines = [line.casefold() for block in blocks[:SAMPLE] for line in text_lines(block)]
    for label in labels:
        if any(line.startswith(f"{label}:") or line == label for line in lines):
            return Pick(label=label.capitalize(), split=split)
    return None


def teaser_pick(blocks: Sequence[LexborNode]) -> Pick | None:
    """The element with the longest text beside the headline in most blocks."""
    names = (teaser_name(block) for block in blocks[:SAMPLE])
    return best_pick(Counter(name for name in names if name), len(blocks[:SAMPLE]))


def teaser_name(block: LexborNode) -> str | None:
    texts = [
        (len(text), key(node) if node.attributes.get("class") else f"{key(node)}:not([class])")
        for node in block.css("p, div, span, dd, td")
        if not holds(node, f"p, div, dd, td, a[href], {HEADINGS}")
        and len(text := " ".join(text_lines(node))) >= SHORTEST_TEASER
    ]
    return max(texts)[1] if texts else None


def holds(node: LexborNode, selector: str) -> bool:
    """Whether something within is selected; the node itself does not count."""
    return any(found.mem_id != node.mem_id for found in node.css(selector))


def best_pick(counted: Counter[str], blocks: int) -> Pick | None:
    for name, count in counted.most_common(1):
        return Pick(select=name) if count * 3 >= blocks else None
    return None
