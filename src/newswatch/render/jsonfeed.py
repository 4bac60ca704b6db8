"""Releases to a JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/). Pure.

What the format has no member for stands in `_newswatch`, as the format asks of extensions.
"""

import json
from collections.abc import Sequence

from newswatch.render.entry import (
    FACTS,
    UNKNOWN_TYPE,
    UNTITLED,
    Deletion,
    FeedEntry,
    FeedHead,
    Setting,
    categories,
    facts,
    published,
    release_path,
    rfc3339,
    source_id,
    updated,
)
from newswatch.render.safe import address, language_tag, line

MEDIA_TYPE = "application/feed+json"
VERSION = "https://jsonfeed.org/version/1.1"
SEPARATOR = b",\n"
Members = dict[str, object]


def json_frame(head: FeedHead, deletions: Sequence[Deletion]) -> tuple[bytes, bytes]:
    """What stands before and after the items that `json_entry` wrote, and SEPARATOR between them."""
    start = as_json(present(feed_members(head, deletions))).removesuffix(b"}")
    return start + b',"items":[\n', b"\n]}\n"


def json_entry(entry: FeedEntry, setting: Setting) -> bytes:
    """One item, to stand in any feed."""
    return as_json(present(item_members(entry, setting)))


def as_json(members: Members) -> bytes:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


def present(members: Members) -> Members:
    """Members that hold something: the format's optional ones are left out where they do not."""
    return {name: value for name, value in members.items() if value not in ("", None, [], {})}


def feed_members(head: FeedHead, deletions: Sequence[Deletion]) -> Members:
    return {
        "version": VERSION,
        "title": line(head.title) or head.id,
        "home_page_url": address(head.site_url),
        "feed_url": address(head.self_url),
        "description": line(head.subtitle),
        "next_url": address(head.previous),
        "authors": [{"name": line(head.author) or "newswatch"}],
        "hubs": [{"type": "WebSub", "url": address(head.hub)}] if head.hub else [],
        "_newswatch": present(
            {
                "about": FACTS,
                "id": head.id,
                "updated": rfc3339(head.updated),
                "archive_of": address(head.current),
                "deleted": [
                    {"id": one.id, "when": rfc3339(one.at), "comment": line(one.reason)}
                    for one in deletions
                ],
            }
        ),
    }


def item_members(entry: FeedEntry, setting: Setting) -> Members:
    """An item needs content: what has neither HTML nor text says its title."""
    release = entry.release
    moment, page = published(release), release_path(release.id)
    text = "" if entry.html else (entry.summary or line(release.title) or UNTITLED)
    return {
        "id": entry.id,
        "url": entry.link,
        "title": entry.title,
        "content_html": entry.html,
        "content_text": text,
        "summary": entry.summary if entry.html else "",
        "date_published": rfc3339(moment) if moment else "",
        "date_modified": rfc3339(updated(release)),
        "authors": [{"name": name}] if (name := line(release.publisher)) else [],
        "tags": list(dict.fromkeys(tag for _, _, tag in categories(release, setting.country_name))),
        "language": language_tag(release.language),
        "attachments": [
            present({"url": one.url, "mime_type": one.type or UNKNOWN_TYPE, "title": one.title})
            for one in entry.enclosures
        ],
        "_newswatch": extension(entry, setting)
        | ({"page": setting.root + page} if setting.root else {}),
    }


def extension(entry: FeedEntry, setting: Setting) -> Members:
    """The facts by name, each a list, and the categories with their schemes."""
    found: dict[str, list[dict[str, str]]] = {}
    for fact in facts(entry, setting):
        said = {"value": fact.text} if fact.text else {}
        found.setdefault(fact.name, []).append(said | dict(fact.attributes))
    return {
        "about": FACTS,
        "source": {"id": source_id(entry.release), "title": line(entry.release.publisher)},
        "categories": [
            {"scheme": f"urn:newswatch:{scheme}", "term": term, "label": label}
            for scheme, term, label in categories(entry.release, setting.country_name)
        ],
        **found,
    }
