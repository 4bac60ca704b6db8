"""The formats that a feed can be had in, each an entry's bytes and a document around them. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from newswatch.render import atom, jsonfeed, rss
from newswatch.render.entry import Deletion, FeedEntry, FeedHead, Setting


@dataclass(frozen=True, slots=True)
class Format:
    """A format: `entry` writes what `document` joins, so that entries are written once."""

    suffix: str
    media_type: str
    entry: Callable[[FeedEntry, Setting], bytes]
    document: Callable[[FeedHead, Sequence[bytes], Sequence[Deletion]], bytes]


FORMATS: Mapping[str, Format] = {
    one.suffix: one
    for one in (
        Format("atom", atom.MEDIA_TYPE, atom.atom_entry, atom.atom_document),
        Format("rss", rss.MEDIA_TYPE, rss.rss_entry, rss.rss_document),
        Format("json", jsonfeed.MEDIA_TYPE, jsonfeed.json_entry, jsonfeed.json_document),
    )
}
