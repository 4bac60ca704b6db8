"""The public feeds that may be followed through a hub (WebSub): what they hold, and where they are."""

from collections.abc import Iterator, Mapping, Sequence
from threading import Lock
from urllib.parse import urlsplit

from newswatch.render.formats import FORMATS
from newswatch.web.catalogue import Feed, country_feed, find_feed, public_feeds
from newswatch.web.doors import Site
from newswatch.web.editions import Editions, Kind

DEPTH = 3  # of the path of a feed that has a log: /feeds/OWNER/NAME.SUFFIX


class FeedTopics:
    """Has editions of its own, so that readers and followers do not wait for each other. Its methods
    may block, and may be called from any thread."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.editions = Editions(site)
        self.one_at_a_time = Lock()

    def places(self) -> Mapping[str, tuple[str, Sequence[str]]]:
        """By the path of each public feed that holds anything: where its log ends, and the addresses
        of its formats."""
        with self.one_at_a_time:
            self.editions.history.advance()
            logs = self.editions.history.logs
            return {
                feed.path: (logs[feed.key].place, addresses(feed, self.site))
                for feed in (*public_feeds(self.site), *self.countries())
                if feed.key in logs
            }

    def countries(self) -> Iterator[Feed]:
        for facet, name, *_ in tuple(self.editions.history.logs):
            found = country_feed(self.site, name) if facet == "country" else None
            if found:
                yield found

    def knows(self, topic: str) -> bool:
        return self.kind(topic) is not None

    def document(self, topic: str) -> tuple[bytes, str] | None:
        kind = self.kind(topic)
        if kind is None:
            return None
        marker = self.site.marker()
        with self.one_at_a_time:
            issue = self.editions.current(kind, marker)
        return issue.body, f"{kind.media_type}; charset=utf-8"

    def kind(self, topic: str) -> Kind | None:
        """The public feed at an address, exactly as the feed itself names it."""
        path, _, suffix = urlsplit(topic).path.rpartition(".")
        parts = path.removeprefix(self.site.root).strip("/").split("/")
        if suffix not in FORMATS or len(parts) != DEPTH:
            return None
        feed = find_feed(self.site, parts[1], parts[2])
        if feed is None or not feed.is_public:
            return None
        return Kind(feed, suffix) if feed.head(self.site, suffix).self_url == topic else None


def addresses(feed: Feed, site: Site) -> Sequence[str]:
    return tuple(feed.head(site, suffix).self_url for suffix in FORMATS)
