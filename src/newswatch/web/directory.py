"""What nearly every request asks: which feed an address means, and whether anything changed."""

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
        self.configured: tuple[object, ...] = ()

    def known(self, owner: str, name: str, suffix: str) -> Kind | None:
        configured = (self.site.subscribers(), self.site.sources())
        if not all(map(is_same, configured, self.configured)) or not self.configured:
            self.configured = configured
            self.kinds = Kept(ADDRESSES)
        return self.kinds.get((owner, name, suffix))

    def find(self, owner: str, name: str, suffix: str) -> Kind | None:
        """Looks an address up; may block."""
        feed = find_feed(self.site, owner, name)
        if feed is None:
            return None
        kind = Kind(feed, suffix)
        return self.kinds.put((owner, name, suffix), kind) if feed.is_public else kind


def is_same(one: object, other: object) -> bool:
    return one is other


class Marker:
    """The store's marker, asked for at most four times a second."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.value = ""
        self.until = 0.0

    async def now(self) -> str:
        moment = self.site.moment
        if moment is None or moment() >= self.until:
            self.value = await run_in_threadpool(self.site.marker)
            self.until = moment() + REMEMBERED if moment else 0.0
        return self.value
