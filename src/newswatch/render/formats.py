"""The formats that a feed can be had in, each an entry's bytes and a document around them. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from newswatch.render import atom, jsonfeed, rss
from newswatch.render.entry import Deletion, FeedEntry, FeedHead, Setting


@dataclass(frozen=True, slots=True)
class Format:
    """A format: `entry` writes what stands in the `frame` of any feed, so that entries are written
    once. The frame is what stands before and after them."""

    suffix: str
    media_type: str
    entry: Callable[[FeedEntry, Setting], bytes]
    frame: Callable[[FeedHead, Sequence[Deletion]], tuple[bytes, bytes]]
    separator: bytes = b""

    def document(
        self, head: FeedHead, entries: Sequence[bytes], deletions: Sequence[Deletion]
    ) -> bytes:
        """The feed of those entries, and of what is in it no more."""
        start, end = self.frame(head, deletions)
        return self.joined(start, entries, end)

    def joined(self, start: bytes, entries: Sequence[bytes], end: bytes) -> bytes:
        """In one pass: a feed may have megabytes."""
        if not self.separator or not entries:
            return b"".join((start, *entries, end))
        parts = [self.separator] * (2 * len(entries) - 1)
        parts[::2] = entries
        return b"".join((start, *parts, end))


FORMATS: Mapping[str, Format] = {
    one.suffix: one
    for one in (
        Format("atom", atom.MEDIA_TYPE, atom.atom_entry, atom.atom_frame),
        Format("rss", rss.MEDIA_TYPE, rss.rss_entry, rss.rss_frame),
        Format(
            "json",
            jsonfeed.MEDIA_TYPE,
            jsonfeed.json_entry,
            jsonfeed.json_frame,
            jsonfeed.SEPARATOR,
        ),
    )
}
