"""What a version of a release says otherwise than the one before it. Pure."""

from collections.abc import Iterable
from itertools import takewhile

from newswatch.model import Difference, Release
from newswatch.render.safe import line, shortened

FIELD_NAMES = {
    "title": "title",
    "url": "address",
    "published": "publishing date",
    "content_type": "content type",
    "institutions": "institutions",
    "topics": "topics",
    "attachments": "attachments",
    "text": "text",
}
SEVERAL = ("institutions", "topics", "attachments")
SHOWN = 200  # characters of what was and what is
AROUND = 40  # characters of a text beside what changed in it


def differences(before: Release, after: Release) -> tuple[Difference, ...]:
    """The fields that a reader sees changed, in the order in which they are read; of a long text the
    part that changed."""
    earlier, later = words(before), words(after)
    return tuple(
        Difference(field, *cut(earlier[field], later[field]))
        for field in FIELD_NAMES
        if earlier[field] != later[field]
    )


def words(release: Release) -> dict[str, str]:
    published = release.published
    return {
        "title": line(release.title),
        "url": line(release.url),
        "published": (published.instant or published.day).isoformat() if published else "",
        "content_type": line(release.content_type or ""),
        "institutions": line("; ".join(release.institutions)),
        "topics": line("; ".join(release.topics)),
        "attachments": line("; ".join(one.title or one.url for one in release.attachments)),
        "text": line(release.text),
    }


def cut(before: str, after: str) -> tuple[str, str]:
    """Both, if they are short; else what differs, with a few words around it."""
    if max(len(before), len(after)) <= SHOWN:
        return before, after
    start = alike(zip(before, after, strict=False))
    end = alike(zip(before[:start:-1], after[:start:-1], strict=False))
    return part(before, start, len(before) - end), part(after, start, len(after) - end)


def alike(pairs: Iterable[tuple[str, str]]) -> int:
    """How many of the first pairs are of the same character."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def part(text: str, start: int, end: int) -> str:
    """text[start:end] with its surroundings, shortened."""
    first, last = max(0, start - AROUND), min(len(text), end + AROUND)
    head = "… " if first else ""
    tail = " …" if last < len(text) else ""
    return head + shortened(text[first:last], SHOWN) + tail


def in_words(found: tuple[Difference, ...]) -> str:
    """One English sentence; "" where nothing that is shown changed."""
    said = "; ".join(map(one_in_words, found))
    return f"Corrected: {said}." if said else ""


def one_in_words(one: Difference) -> str:
    name = FIELD_NAMES[one.field]
    verb = "were" if one.field in SEVERAL else "was"
    if not one.before:
        return f"the {name} {verb} added"
    removed = "" if one.after else " (now there is none)"
    return f"the {name} {verb} “{one.before}”{removed}"
