"""Which feeds there are, and which of them an address means."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from urllib.parse import quote, urlencode

from newswatch.model import EVENTS
from newswatch.render.entry import FeedHead
from newswatch.render.safe import line
from newswatch.render.words import ENGLISH
from newswatch.rules.rule import Rule, Subscriber
from newswatch.web.doors import Site
from newswatch.web.history import Key

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
RELEASE_ID = re.compile(r"[0-9a-f]{16}")
MISSION_ID = re.compile(r"[a-z0-9-]{1,100}")
CODE = re.compile(r"[A-Z]{2}")
LONGEST_QUERY = 200  # characters


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: `path` is below the site's root and without its format, `id` never changes."""

    key: Key
    id: str
    title: str
    subtitle: str
    path: str
    group: str  # what it stands under where feeds are listed
    is_public: bool = True
    rule: Rule | None = None  # that it is of: an edited one makes another feed
    query: str = ""  # of a search

    def head(self, site: Site, suffix: str) -> FeedHead:
        query = f"?{self.query}" if self.query else ""
        return FeedHead(
            id=self.id,
            title=self.title,
            self_url=f"{site.address}{self.path}.{suffix}{query}",
            site_url=site.address + "/",
            subtitle=self.subtitle,
            hub=site.hub() if self.is_followed else "",
        )

    @property
    def is_followed(self) -> bool:
        """Whether changes are told to a hub: never those of a private feed; a search has no log."""
        return self.is_public and not self.query


# -- of rules ------------------------------------------------------------------------------------


def rule_feed(subscriber: Subscriber, rule: Rule, owner: str) -> Feed:
    """The id is made of the names in the configuration, so that a new address does not change it."""
    names = (quote(subscriber.id, safe=""), quote(rule.id, safe=""))
    return Feed(
        key=("rule", subscriber.id, rule.id),
        id="urn:newswatch:feed:" + ":".join(names),
        title=rule.title,
        subtitle=f"Chosen by newswatch for {subscriber.name}",
        path=f"/feeds/{quote(owner, safe='')}/{names[1]}",
        group=subscriber.name,
        is_public=rule.feed.visibility == "public",
        rule=rule,
    )


def rules_feeds(site: Site) -> Iterator[Feed]:
    """Of all public rules, in the order of the configuration."""
    for subscriber in site.subscribers():
        for rule in subscriber.rules:
            if rule.feed.visibility == "public":
                yield rule_feed(subscriber, rule, subscriber.id)


def private_feed(site: Site, token: str, name: str) -> Feed | None:
    """What a token opens, unless the configuration has since taken it away."""
    opened = site.feed_by_token(sha256(token.encode()).hexdigest())
    for subscriber in site.subscribers():
        for rule in subscriber.rules:
            is_opened = (subscriber.id, rule.id) == opened and rule.id == name
            if is_opened and rule.feed.visibility == "private":
                return rule_feed(subscriber, rule, token)
    return None


def private_calendar(site: Site, token: str) -> tuple[Feed, Subscriber] | None:
    """The calendar of the subscriber whose token it is."""
    digest = sha256(token.encode()).hexdigest()
    opened = site.feed_by_token(digest) if TOKEN.fullmatch(token) else None
    for subscriber in site.subscribers():
        if (subscriber.id, "") == opened:
            return calendar_feed(subscriber, token), subscriber
    return None


def calendar_feed(subscriber: Subscriber, token: str) -> Feed:
    name = quote(subscriber.id, safe="")
    return Feed(
        key=("calendar", subscriber.id),
        id=f"urn:newswatch:calendar:{name}",
        title=f"Elections for {subscriber.name}",
        subtitle="Election days, press conferences, and what is expected",
        path=f"/feeds/{token}/calendar",
        group=subscriber.name,
        is_public=False,
    )


# -- of what releases are about --------------------------------------------------------------------


def facet_feed(facet: str, name: str, title: str, group: str) -> Feed:
    return Feed(
        key=(facet, name),
        id=f"urn:newswatch:feed:{facet}:{quote(name, safe='')}",
        title=title,
        subtitle=f"All that newswatch reads: {title}",
        path=f"/feeds/{facet}/{quote(name, safe='')}",
        group=group,
    )


def country_feed(site: Site, code: str) -> Feed | None:
    """A code that has no name is none."""
    name = site.country_name(code) if CODE.fullmatch(code) else code
    return None if name == code else facet_feed("country", code, name, "Countries")


def event_feed(event: str) -> Feed | None:
    if event not in EVENTS or event == "none":
        return None
    return facet_feed("event", event, ENGLISH.event(event), "Events")


def source_feed(site: Site, source_id: str) -> Feed | None:
    for source in site.sources():
        if source.id == source_id:
            return facet_feed("source", source.id, source.name, "Newsrooms")
    return None


def mission_feed(site: Site, mission_id: str) -> Feed | None:
    """Its pages and its feed stand beside each other."""
    found = site.mission(mission_id) if MISSION_ID.fullmatch(mission_id) else None
    if found is None:
        return None
    mission, _ = found
    votes = map(ENGLISH.election, mission.elections)
    named = (site.country_name(mission.country), *votes, *mission.bodies)
    title = line(", ".join(named))
    return replace(
        facet_feed("mission", mission_id, title, "Missions"), path=f"/missions/{mission_id}"
    )


def missions_feed() -> Feed:
    """Of all missions there is a calendar."""
    return Feed(
        key=("missions",),
        id="urn:newswatch:missions",
        title="Missions that observe elections",
        subtitle="Election days, press conferences, and what is expected",
        path="/missions",
        group="Missions",
    )


def public_feeds(site: Site) -> Iterator[Feed]:
    """All that may be listed: of rules, newsrooms and events. Those of countries are 250."""
    yield from rules_feeds(site)
    for source in site.sources():
        yield facet_feed("source", source.id, source.name, "Newsrooms")
    for event in EVENTS:
        if found := event_feed(event):
            yield found


def find_feed(site: Site, owner: str, name: str) -> Feed | None:
    """The feed at an address; `owner` is a facet, a subscriber's id, or the token of a private feed;
    "" where the name is a mission's."""
    if owner == "country":
        return country_feed(site, name)
    if owner == "event":
        return event_feed(name)
    if owner == "source":
        return source_feed(site, name)
    if not owner:
        return mission_feed(site, name)
    for feed in rules_feeds(site):
        if feed.key == ("rule", owner, name):
            return feed
    return private_feed(site, owner, name) if TOKEN.fullmatch(owner) else None


# -- of a search -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Search:
    """What a search feed asks for; all of it at once. "" asks for nothing."""

    q: str = ""
    country: str = ""
    event: str = ""
    source: str = ""

    @property
    def query(self) -> str:
        """As it stands in the address: the same search has the same."""
        asked = {name: getattr(self, name) for name in ("q", "country", "event", "source")}
        return urlencode({name: value for name, value in asked.items() if value})

    def is_possible(self, site: Site) -> bool:
        return (
            (not self.country or country_feed(site, self.country) is not None)
            and (not self.event or event_feed(self.event) is not None)
            and (not self.source or source_feed(site, self.source) is not None)
        )

    def words(self, site: Site) -> Sequence[str]:
        said = [f"“{self.q}”"] if self.q else []
        said += [site.country_name(self.country)] if self.country else []
        said += [ENGLISH.event(self.event)] if self.event else []
        return said + ([self.source] if self.source else [])

    def feed(self, site: Site) -> Feed:
        title = "Releases: " + ", ".join(self.words(site)) if self.query else "All releases"
        return Feed(
            key=("search", self.query),
            id=f"urn:newswatch:search:{quote(self.query, safe='=+')}",
            title=line(title),
            subtitle="Found by newswatch",
            path="/feeds/search",
            group="Searches",
            query=self.query,
        )
