"""What nearly every request asks: which feed an address means, and whether anything changed."""

import asyncio

from starlette.concurrency import run_in_threadpool

from newswatch.web.catalogue import find_feed
from newswatch.web.doors import Site
from newswatch.web.editions import Kind
from newswatch.web.kept import Kept

REMEMBERED = 0.25  # seconds; so much later than its recording may a release be seen
ADDRESSES = 2_000


class Directory:
    """Addresses of public feeds that were found, while the configuration is the same. Private ones
    are looked up each time: a token that was revoked opens nothing."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.kinds: Kept[tuple[str, str, str], Kind] = Kept(ADDRESSES)
        self.seen: tuple[object, object] = ((), ())

    def known(self, owner: str, name: str, suffix: str) -> Kind | None:
        self.configured()
        return self.kinds.get((owner, name, suffix))

    def configured(self) -> object:
        """What feeds are made of: the same object until the configuration is another."""
        subscribers, sources = self.site.subscribers(), self.site.sources()
        if self.seen[0] is not subscribers or self.seen[1] is not sources:
            self.seen, self.kinds = (subscribers, sources), Kept(ADDRESSES)
        return self.seen

    def find(self, owner: str, name: str, suffix: str) -> Kind | None:
        """Looks an address up; may block."""
        feed = find_feed(self.site, owner, name)
        if feed is None:
            return None
        kind = Kind(feed, suffix)
        may_be_kept = feed.is_public and owner != ""  # a mission's title grows with what is known
        return self.kinds.put((owner, name, suffix), kind) if may_be_kept else kind


class Marker:
    """The store's marker, asked for at most four times a second, however many want to know."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.value = ""
        self.until = 0.0
        self.one_at_a_time = asyncio.Lock()

    @property
    def is_fresh(self) -> bool:
        """Whether the value may be used without asking."""
        return self.site.moment is not None and self.site.moment() < self.until

    async def now(self) -> str:
        if self.is_fresh:
            return self.value
        async with self.one_at_a_time:
            if not self.is_fresh:
                self.value = await run_in_threadpool(self.site.marker)
                self.until = self.site.moment() + REMEMBERED if self.site.moment else 0.0
            return self.value
