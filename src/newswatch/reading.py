"""Reads feeds by what is new in them: entries that are as they were are not read again.

A newsroom's feed is nearly all known: of thirty entries, one is new. Where the others are byte for
byte what was read before, between the same surroundings, and their releases are still what is
held, only the rest goes to the reader. What is kept in mind for that is a few hundred bytes an
entry, and is lost without harm: then a document is read whole once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from newswatch.asking import way_of_reading
from newswatch.intake import tally
from newswatch.model import Document, Source
from newswatch.parse.cut import Cut, cut_feed
from newswatch.ports import Gist, Intake, Known, Reader


@dataclass(frozen=True, slots=True)
class Memory:
    """What is kept in mind of a feed's last document: how it was read, and its entries by hash."""

    way: str
    intake: Intake  # without its entries
    gists: Mapping[bytes, Gist]


@dataclass(slots=True)
class Reading:
    """A reader that keeps feeds in mind. `whole` reads a document, `held` says what is held."""

    whole: Reader
    held: Callable[[Iterable[str]], Mapping[str, Known]]
    memories: dict[str, Memory] = field(default_factory=dict)

    def read(self, document: Document, source: Source, now: datetime) -> Intake:
        """The releases of a document; of those that are held as they are, without their texts.
        Raises `errors.ParseError`."""
        cut = cut_feed(document) if source.kind == "feed" else None
        if cut is None:
            return self.whole(document, source, now)
        way = way_of(document, source, cut)
        hashes = [sha256(entry).digest() for entry in cut.entries]
        told = self.told(source, way, hashes)
        intake = self.rest(document, source, now, cut, hashes, told) if told else None
        intake = intake or self.whole(document, source, now)
        self.memories[source.id] = Memory(way, replace(intake, gists=()), kept(intake, hashes))
        return intake

    def told(self, source: Source, way: str, hashes: Sequence[bytes]) -> Mapping[bytes, Gist]:
        """The entries that were read before, and whose releases are held as they were then."""
        memory = self.memories.get(source.id)
        if memory is None or memory.way != way:
            return {}
        known = {one: memory.gists[one] for one in hashes if one in memory.gists}
        held = self.held(gist.release.id for gist in known.values() if gist.release)
        return {one: gist for one, gist in known.items() if is_held(gist, held)}

    def rest(
        self,
        document: Document,
        source: Source,
        now: datetime,
        cut: Cut,
        hashes: Sequence[bytes],
        told: Mapping[bytes, Gist],
    ) -> Intake | None:
        """What the document gives when only entries that are not told are read. None where that is
        not sure to be what the whole would give."""
        new = [number for number, one in enumerate(hashes) if one not in told]
        part = self.memories[source.id].intake
        if new:
            part = self.whole(replace(document, body=cut.only(new)), source, now)
        if len(part.gists) != len(new):
            return None
        read = iter(part.gists)
        gists = tuple(told[one] if one in told else next(read) for one in hashes)
        if not stand_alone(gists):
            return None
        return replace(part, gists=gists, tally=tally(gists, part.language, now))


def way_of(document: Document, source: Source, cut: Cut) -> str:
    """Changes when the same bytes of an entry would say something else."""
    addresses = (document.url, document.content_location, document.content_type)
    return f"{way_of_reading(source)} {source.publisher} {addresses} {cut.frame.hex()}"


def is_held(gist: Gist, held: Mapping[str, Known]) -> bool:
    if gist.release is None or gist.release.id not in held:
        return False
    return held[gist.release.id].fingerprint == gist.release.fingerprint


def kept(intake: Intake, hashes: Sequence[bytes]) -> Mapping[bytes, Gist]:
    """The entries to keep in mind, by hash; none where one says something of another."""
    if len(intake.gists) != len(hashes) or not stand_alone(intake.gists):
        return {}
    return {one: short(gist) for one, gist in zip(hashes, intake.gists, strict=True) if lasts(gist)}


def lasts(gist: Gist) -> bool:
    """Whether an entry says the same at any time: a date that is too early may be right one day."""
    return gist.release is not None and (gist.day is None or gist.release.published is not None)


def short(gist: Gist) -> Gist:
    if gist.release is None or not gist.release.html:
        return gist
    return replace(gist, release=replace(gist.release, text="", html="", attachments=()))


def stand_alone(gists: Sequence[Gist]) -> bool:
    """Whether each entry became a release with a page of its own. Others are told apart by what
    their neighbours say (`normalise.shared_links`, `normalise.shared_ids`)."""
    places = {gist.place for gist in gists if gist.release}
    return None not in places and len(places) == len(gists)
