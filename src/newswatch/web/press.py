"""Feed documents from entries that are written once for each version, whatever feeds show them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from itertools import compress
from operator import attrgetter, not_
from typing import NamedTuple, cast

from newswatch.model import Release
from newswatch.render.entry import EPOCH, FeedEntry, FeedHead, Setting
from newswatch.render.formats import Format
from newswatch.web.doors import Site
from newswatch.web.history import Span, Step
from newswatch.web.kept import Kept

ENTRIES = 8_000  # that are kept, of all feeds and formats together


class Fragment(NamedTuple):
    """An entry as it stands in a document, and the digest of its bytes."""

    body: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Issue:
    """A document of a feed, as it is sent. `tag` is made of its content, and needs no quotes;
    `address` is its own."""

    body: bytes
    tag: str
    updated: datetime
    address: str


class Press:
    """Writes documents. The digest of one is that of its frame and of its entries' digests: so it is
    known without reading all of its bytes, of which most were written before."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.setting = Setting(site.address, site.country_name)
        self.fragments: Kept[tuple[str, str, int], Fragment] = Kept(ENTRIES)

    def issue(self, head: FeedHead, span: Span, form: Format, place: str = "") -> Issue:
        """The document of those steps. `place` goes into its tag."""
        steps = span.entries + span.deletions
        dated = replace(head, updated=max(map(attrgetter("at"), steps), default=EPOCH))
        written = self.written(span.entries, form)
        bodies, digests = zip(*written, strict=True) if written else ((), ())
        deletions = [step.deletion for step in span.deletions]
        start, end = form.frame(dated, deletions)
        body = form.joined(start, bodies, end)
        digest = sha256(start + end)
        digest.update(b"".join(digests))
        tag = digest.hexdigest()[:20]
        return Issue(body, f"{place}.{tag}" if place else tag, dated.updated, dated.self_url)

    def written(self, steps: Sequence[Step], form: Format) -> list[Fragment]:
        """The steps' entries; those that were not written yet are read from the store, at once."""
        keys = [(form.suffix, step.release_id, step.version) for step in steps]
        found = self.fragments.look(keys)
        missing = list(compress(range(len(found)), map(not_, found)))  # mostly one of hundreds
        fresh = self.write([keys[place] for place in missing], form) if missing else {}
        for place in missing:
            found[place] = fresh[keys[place]]
        return cast(list[Fragment], found)

    def write(
        self, keys: Sequence[tuple[str, str, int]], form: Format
    ) -> dict[tuple[str, str, int], Fragment]:
        """New entries; a correction is told beside the version that it corrects."""
        wanted = [(release_id, version) for _, release_id, version in keys]
        earlier = [(release_id, version - 1) for release_id, version in wanted if version > 1]
        versions = self.site.versions([*wanted, *earlier])
        made = {}
        for key in keys:
            _, release_id, version = key
            before = versions.get((release_id, version - 1))
            body = form.entry(FeedEntry(versions[release_id, version], before), self.setting)
            made[key] = self.fragments.put(key, Fragment(body, sha256(body).digest()))
        return made

    def releases(self, steps: Sequence[Step]) -> list[Release]:
        keys = [(step.release_id, step.version) for step in steps]
        versions = self.site.versions(keys)
        return [versions[key] for key in keys]
