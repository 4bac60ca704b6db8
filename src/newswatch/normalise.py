"""Entry → release, or the reason why there is none. Pure."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from html import unescape
from itertools import accumulate
from urllib.parse import urlsplit, urlunsplit

import nh3
from w3lib.url import canonicalize_url, safe_url_string, url_query_cleaner

from newswatch.fold import fold
from newswatch.model import (
    Attachment,
    Entry,
    Published,
    Release,
    Retraction,
    Source,
    Tombstone,
)

LONGEST_TITLE = 1_000  # characters
LONGEST_TEXT = 100_000
LONGEST_URL = 2_000
MOST_TERMS = 50  # institutions and topics
MOST_ATTACHMENTS = 50
NAMING_WORDS = 4  # a title of fewer names no release: "Press release"
NONE: frozenset[str] = frozenset()
OPENING = 200  # characters of the text
EARLIEST = date(1990, 1, 1)  # no newsroom was on the web before
FUTURE = timedelta(days=2)  # a date further ahead is a mistake of the publisher's system
TRACKING = re.compile(r"^(utm_\w+|fbclid|gclid|mc_cid|mc_eid|_ga|igshid|pk_\w+|mtm_\w+|at_\w+)$")
# Control characters, lone surrogates, and what XML 1.0 section 2.2 forbids beside; overrides and
# isolates that make a text read otherwise than it is written (Unicode TR 36, section 2.1).
UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
# Characters that are controls in ISO 8859-1 and Unicode, and signs in windows-1252, which is what
# feeds that name ISO 8859-1 are written in (WHATWG Encoding, 4.2).
WINDOWS = {
    code: bytes((code,)).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
# Addresses that w3lib gives back as they are, which takes it fifty times as long.
PLAIN_ADDRESS = re.compile(
    r"https?://(?:www\.)?(?P<place>(?:(?!www\.|xn--)[a-z0-9-]{1,60}\.)+[a-z]{2,20}"
    r"(?:/[A-Za-z0-9_-][\w.~-]*)*)/?",
    re.ASCII,
)
SHOWN = nh3.ALLOWED_TAGS - {"img", "map", "area"}
SCHEMES = {"http", "https", "mailto"}
RELATIONS = "noopener noreferrer"
# Building a sanitiser costs a third of what using it does: those that do not depend on a base stay.
OF_ABSOLUTE_LINKS = nh3.Cleaner(tags=SHOWN, url_schemes=SCHEMES, link_rel=RELATIONS)
OF_ANY_MARKUP = nh3.Cleaner()
LAYOUT = "\t\n\r\xa0"  # what HTML has beside printable characters
PRINTABLE = bytes(range(0x20, 0x7F))  # of ASCII
ABSOLUTE = ('href="https://', 'href="http://', "href='https://", "href='http://")
# In HTML that nh3 wrote: all quotes are double, and no text holds a bracket.
BLOCK_END = re.compile(r"</(?:p|div|li|h[1-6]|tr|td|th|dd|dt|blockquote|ul|ol|table)>|<br>")
ANY_TAG = re.compile(r"<(?:[^<>\"]++|\"[^\"]*+\")*+>")


def normalise_all(
    entries: Sequence[Entry], source: Source, now: datetime
) -> tuple[tuple[Release | None, ...], tuple[str, ...]]:
    """The release of each entry of a document, and one line for each entry that became none."""
    shared = shared_links(entries) | shared_ids(entries, source)
    releases = tuple(normalise(entry, source, now, shared) for entry in entries)
    skipped = (number for number, release in enumerate(releases, 1) if release is None)
    return releases, tuple(f"entry {n} has no title, no text and no link" for n in skipped)


def normalise(
    entry: Entry, source: Source, now: datetime, shared: frozenset[str] = NONE
) -> Release | None:
    """One entry as a release, or None where it says nothing at all.

    `shared` are links and ids that several entries of the document have: they identify none.
    """
    link = web_address(entry.link)
    html = safe_html(entry.content or entry.summary, link or source.url)
    text = text_of(html)[:LONGEST_TEXT]
    title = plain_text(entry.title)[:LONGEST_TITLE] or shortened(plain_text(entry.summary) or text)
    if not title and not link:
        return None
    title = title or link or ""
    url = link or source.url
    published = plausible(entry.published, now)
    content_type = clean(entry.content_type or "") or None
    institutions, topics = terms(entry.institutions), terms(entry.topics)
    facts = (title, text, day_of(published), content_type or "", same_place(url))
    return Release(
        id=release_id(entry, source, link, title, shared),
        source_id=source.id,
        publisher=source.publisher,
        url=url,
        title=title,
        first_seen=now,
        fingerprint=fingerprint(*facts, institutions, topics),
        published=published,
        content_type=content_type,
        institutions=institutions,
        topics=topics,
        text=text,
        html=html,
        language=clean(entry.language or source.language or "") or None,
        attachments=merged(entry.attachments, ()),
        likeness=likeness(title, published, text),
        name=name_of(source, entry.id) if entry.id and entry.id not in shared else None,
    )


def day_of(published: Published | None) -> str:
    return str(published.day) if published else ""


def fingerprint(*facts: str | Sequence[str]) -> str:
    """What a reader would notice if it changed, as one hash."""
    written = (fact if isinstance(fact, str) else "\x1f".join(fact) for fact in facts)
    return sha256("\x1e".join(written).encode()).hexdigest()


def likeness(title: str, published: Published | None, text: str) -> str | None:
    """What stays of a release when its newsroom changes all addresses: title, day, and how its
    text begins. None where that says too little to tell it from others."""
    if published is None or len(title.split()) < NAMING_WORDS:
        return None
    words = fold(f"{title}\n{published.day}\n{text[:OPENING]}")
    return sha256(words.encode("utf-8", "replace")).hexdigest()[:16]


def with_article(release: Release, markup: str, attachments: Sequence[Attachment]) -> Release:
    """The release with the text of its own page, if that says more than the newsroom's list did.
    Its fingerprint stays that of the list, which is what the next poll compares."""
    html = safe_html(markup, release.url)
    text = text_of(html)[:LONGEST_TEXT]
    added = replace(release, attachments=merged(release.attachments, attachments))
    if len(text) <= len(release.text):
        return added
    return replace(added, text=text, html=html)


def merged(ours: Sequence[Attachment], theirs: Sequence[Attachment]) -> tuple[Attachment, ...]:
    """Attachments that can be followed, each once, as it was named first."""
    once: dict[str, Attachment] = {}
    for one in map(clean_attachment, (*ours, *theirs)):
        if one is not None:
            once.setdefault(same_place(one.url), one)
    return tuple(once.values())[:MOST_ATTACHMENTS]


def clean_attachment(one: Attachment) -> Attachment | None:
    url = web_address(one.url)
    return replace(one, url=url, title=clean(one.title)[:LONGEST_TITLE]) if url else None


# -- what was taken back ------------------------------------------------------------------------


def retractions(
    found: Sequence[Tombstone], source: Source, now: datetime
) -> tuple[Retraction, ...]:
    """What a feed's tombstones mean here; of one in the future, nothing."""
    return tuple(retraction(one, source) for one in found if one.when <= now + FUTURE)


def retraction(one: Tombstone, source: Source) -> Retraction:
    """Its release may have been read under an address that the tombstone names, or under its id."""
    links = (web_address(link) for link in (one.ref, *one.links))
    pages = {same_place(link) for link in links if link and has_page(link, source)}
    name = name_of(source, one.ref)
    said = f"the newsroom's feed says so, of {one.when:%Y-%m-%d %H:%M} UTC"
    comment = shortened(clean(one.comment))
    return Retraction(
        ids=(name, *(name_of(source, page) for page in sorted(pages))),
        name=name,
        at=one.when,
        reason=f"{said}: {comment}" if comment else said,
    )


# -- identity -----------------------------------------------------------------------------------


def release_id(
    entry: Entry, source: Source, link: str | None, title: str, shared: frozenset[str]
) -> str:
    """16 hex digits, from the source and the link; from the publisher's id where there is no link
    of its own, and from the title where there is neither. Publishers change ids more than links."""
    own_id = entry.id if entry.id not in shared else None
    key = same_place(link) if link and has_page(link, source, shared) else own_id or title
    return name_of(source, key)


def name_of(source: Source, key: str) -> str:
    """16 hex digits for what identifies an item of a source."""
    return sha256(f"{source.id}\n{key}".encode("utf-8", "replace")).hexdigest()[:16]


def has_page(link: str, source: Source, shared: frozenset[str] = NONE) -> bool:
    """Whether a link is that of one item, and not the newsroom's own."""
    return same_place(link) not in shared | {same_place(source.url)}


def shared_ids(entries: Sequence[Entry], source: Source) -> frozenset[str]:
    """Ids that several items without a page of their own have, told apart by title: some systems
    give one id to all."""
    items = {
        (entry.id, plain_text(entry.title))
        for entry in entries
        if entry.id and not ((link := web_address(entry.link)) and has_page(link, source))
    }
    counted = Counter(own_id for own_id, _ in items)
    return frozenset(own_id for own_id, count in counted.items() if count > 1)


def shared_links(entries: Sequence[Entry]) -> frozenset[str]:
    """Links that more than one item of a document has, told apart by id or title."""
    items = {
        (same_place(link), entry.id or entry.title)
        for entry in entries
        if (link := web_address(entry.link))
    }
    counted = Counter(link for link, _ in items)
    return frozenset(link for link, count in counted.items() if count > 1)


@lru_cache(maxsize=1024)
def same_place(url: str) -> str:
    """An address without what may change while the page stays the same: scheme, www, tracking,
    order of the query, fragment, slash at the end."""
    if plain := PLAIN_ADDRESS.fullmatch(url):
        return f"//{plain['place']}"
    parts = urlsplit(canonicalize_url(url))
    host = parts.netloc.lower().removeprefix("www.").removesuffix(":443").removesuffix(":80")
    return urlunsplit(("", host, parts.path.rstrip("/"), parts.query, ""))


@lru_cache(maxsize=1024)
def web_address(link: str | None) -> str | None:
    """An http or https address, percent-encoded, without tracking parameters; else None."""
    if not link or len(link) > LONGEST_URL:
        return None
    if PLAIN_ADDRESS.fullmatch(link):
        return link
    try:
        parts = urlsplit(clean(link))
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            return None
        tracking = [k for k in query_keys(parts.query) if TRACKING.match(k)]
        url = safe_url_string(urlunsplit(parts))
        if not tracking:
            return url
        return url_query_cleaner(url, tracking, remove=True, keep_fragments=True)
    except ValueError:  # an address that urllib cannot take apart, such as http://[x/
        return None


def query_keys(query: str) -> list[str]:
    return [part.partition("=")[0] for part in query.split("&")]


# -- text ---------------------------------------------------------------------------------------


def plain_text(markup: str) -> str:
    """The text of HTML, as a reader sees it, on one line."""
    if "<" not in markup and "&" not in markup:
        return clean(markup)
    return text_of(OF_ANY_MARKUP.clean(printable(markup[: LONGEST_TEXT * 4])))


def text_of(safe: str) -> str:
    """The text of HTML that nh3 made safe."""
    return clean(unescape(ANY_TAG.sub("", BLOCK_END.sub(" ", safe))))


def safe_html(markup: str, base: str) -> str:
    """HTML that can do nothing but be read: no scripts, styles, forms or frames; absolute links."""
    markup = printable(markup[: LONGEST_TEXT * 4])
    safe = sanitised(markup, base)
    return printable(safe) if "&#" in markup else safe  # what character references stood for


def sanitised(markup: str, base: str) -> str:
    if has_absolute_links(markup):
        return OF_ABSOLUTE_LINKS.clean(markup)
    return nh3.clean(
        markup,
        tags=SHOWN,
        url_schemes=SCHEMES,
        url_relative=("rewrite_with_base", base),
        link_rel=RELATIONS,
    )


def has_absolute_links(markup: str) -> bool:
    """Whether it is sure that no attribute is relative to a base: of those that stay, `href` and
    `cite` hold addresses."""
    small = markup.lower()
    if "cite" in small:
        return False
    links = small.count("href")
    return any(links == known for known in accumulate(map(small.count, ABSOLUTE)))


def clean(text: str) -> str:
    """Text without control characters, direction overrides and lone surrogates; NFC; spaces
    collapsed. Nothing that XML 1.0 section 2.2 forbids stays."""
    if is_printable(text) and "  " not in text:  # the usual case: of spaces, only " " is printable
        return unicodedata.normalize("NFC", text.strip())
    kept = UNWANTED.sub("", " ".join(with_signs(text).split()))
    return unicodedata.normalize("NFC", " ".join(kept.split()))


def printable(markup: str) -> str:
    """The same for HTML, whose spaces may mean something."""
    if is_printable(markup, LAYOUT):  # the usual case: nothing unwanted is
        return markup
    return UNWANTED.sub("", with_signs(markup))


def is_printable(text: str, beside: str = "") -> bool:
    """Whether a text has only printable characters, and some beside. ASCII is tried by a table of
    bytes, which takes a sixth of the time."""
    if text.isascii():
        return not text.encode().translate(None, PRINTABLE + beside.encode())
    for one in beside:
        text = text.replace(one, " ")
    return text.isprintable()


def with_signs(text: str) -> str:
    return text if text.isascii() else text.translate(WINDOWS)


def shortened(text: str) -> str:
    """The first words of a text, for an entry without a title."""
    if len(text) <= 100:
        return text
    return text[:100].rsplit(" ", 1)[0] + " …"


def terms(values: Sequence[str]) -> tuple[str, ...]:
    cleaned = (clean(value)[:LONGEST_TITLE] for value in values[:MOST_TERMS])
    return tuple(dict.fromkeys(value for value in cleaned if value))


def plausible(published: Published | None, now: datetime) -> Published | None:
    """The date, or None where it cannot be: the release then has the time it was first seen."""
    if published is None or not EARLIEST <= published.day <= (now + FUTURE).date():
        return None
    return published
