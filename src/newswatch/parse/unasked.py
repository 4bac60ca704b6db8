"""Elements that feedparser keeps under keys that nobody asks for: a feed with them is still plain. Pure.

Without a handler of its own for an element, feedparser keeps its text, or its attributes, under a key
made of the prefix and the name. Which key that is, and whether there is a handler, is asked of
feedparser itself, so that another version of it is read right too.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeAlias

Declared: TypeAlias = tuple[
    tuple[str | None, str], ...
]  # prefix, and the namespace that it stands for

# Handlers that keep what they read under keys of their own.
HARMLESS = frozenset(
    ("media_rating", "media_credit", "media_restriction", "media_license", "itunes_author")
) | {"itunes_explicit", "itunes_block", "dc_publisher", "dc_rights"}
# What `parse.feed` asks for.
ASKED = frozenset(
    ("title", "title_detail", "link", "links", "id", "tags", "enclosures", "feedburner_origlink")
) | {"published", "updated", "created", "content", "summary", "summary_detail", "language", "ttl"}


def declared_once(root: Any, body: bytes) -> Declared | None:
    """The namespaces of a document, where its root declares all of them and none twice: the prefix
    of an element is then the same in both libraries."""
    names: Mapping[str | None, str] = root.nsmap
    if body.count(b"xmlns") != len(names) or len(set(names.values())) != len(names):
        return None
    return tuple(names.items())


def is_unasked(node: Any, declared: Declared) -> bool:
    """Whether nobody asks for what feedparser makes of an element; such that holds others is not
    looked into."""
    return len(node) == 0 and isinstance(node.tag, str) and is_silent(node.tag, declared)


@lru_cache(maxsize=4096)
def is_silent(tag: str, declared: Declared) -> bool:
    import feedparser.mixin

    parser: Any = feedparser.mixin._FeedParserMixin  # noqa: SLF001
    key = key_of(tag, declared)
    if key is None or key in ASKED or key in feedparser.FeedParserDict.keymap:
        return False
    has_handler = hasattr(parser, f"_start_{key}") or hasattr(parser, f"_end_{key}")
    return key in HARMLESS or not has_handler


def key_of(tag: str, declared: Declared) -> str | None:
    """Under which key feedparser keeps an element; None where that is not sure."""
    namespace, _, name = tag.rpartition("}")
    if not namespace:
        return name if name.islower() else None
    prefix = prefix_of(namespace[1:], declared)
    return f"{prefix}_{name.lower()}" if prefix else None


def prefix_of(namespace: str, declared: Declared) -> str | None:
    """The prefix that feedparser takes for a namespace: its own, else that of the document, unless
    that stands for another."""
    own = known_prefixes().get(namespace.lower())
    given = next((prefix for prefix, one in declared if one == namespace), None)
    prefix = given if own is None else own
    if not prefix or not prefix.islower():
        return None
    others = (one for at, one in declared if at == prefix and one != namespace)
    return None if any(others) else prefix


@lru_cache(maxsize=1)
def known_prefixes() -> Mapping[str, str]:
    import feedparser.mixin

    known: Mapping[str, str] = feedparser.mixin._FeedParserMixin.namespaces  # noqa: SLF001
    return {namespace.lower(): prefix for namespace, prefix in known.items()}
