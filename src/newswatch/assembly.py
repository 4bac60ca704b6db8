"""From a configuration to the parts that it asks for; what they share is given."""

import random
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from hashlib import sha256
from typing import TypeAlias

from newswatch import __version__
from newswatch.bouncing import Bouncing
from newswatch.choices import planning
from newswatch.config.load import Configuration
from newswatch.config.models import Bounces, Polling, Service
from newswatch.deliver import make_senders
from newswatch.deliver.post import DEADLINE, Post, send
from newswatch.deliver.session import Sessions
from newswatch.distributing import Distributing
from newswatch.drilling import Drilling
from newswatch.fetch import HttpFetcher, Limits
from newswatch.guard import ClientMaker, make_client
from newswatch.hub import ask_hub, ask_subscriber
from newswatch.inbox import Inbox
from newswatch.lanes import Lanes
from newswatch.model import Choice, Outcome, Source, SourceState
from newswatch.pipeline import Pipeline
from newswatch.ports import InThread
from newswatch.push import is_reachable
from newswatch.pushing import Pushing
from newswatch.reading import Reading
from newswatch.recipients import directory
from newswatch.render.alert import Letterhead
from newswatch.render.message import render_message
from newswatch.robots import Robots
from newswatch.rules.rule import Subscriber
from newswatch.rules.standing import Standing
from newswatch.store import SqlStore
from newswatch.understand.countries import country_name
from newswatch.web import FeedTopics, SelfService, Site
from newswatch.workers import Workers

# What hears what readers of mail choose, and what they take back.
Tell: TypeAlias = Callable[[Sequence[Choice], Sequence[Choice]], None]


@dataclass(frozen=True, slots=True)
class Tools:
    """What the pure parts take as arguments, the same for all of them."""

    clock: Callable[[], datetime]
    in_thread: InThread


def build(
    configuration: Configuration,
    store: SqlStore,
    workers: Workers,
    standing: Standing,
    lanes: Lanes,
    tools: Tools,
) -> Pipeline:
    """A pipeline for a configuration: everything fallible happens here, before anything is swapped."""
    service = configuration.service
    client = client_maker(service)
    fetcher = HttpFetcher(client, tools.clock, limits(service.polling))
    for until, url in pauses(configuration.sources, store.source_states()):
        fetcher.close(url, until)
    letters = letterhead(configuration, workers)
    return Pipeline(
        fetcher=fetcher,
        refusal=Robots(fetcher, tools.clock).refusal,
        read=Reading(workers.read, store.known).read,
        read_article=workers.read_article,
        store=store,
        senders=make_senders(
            make_sessions(service),
            configuration.mail,
            service.deliver.deadline,
            service.network.allow_private,
            key=store.link_key,
        ),
        render=partial(render_message, letters),
        sources={source.id: source for source in configuration.sources if source.enabled},
        standing=standing,
        retry=service.deliver.retry,
        clock=tools.clock,
        spread=random.random,
        in_thread=tools.in_thread,
        status_page=status_page(service),
        patience=service.deliver.pause_after,
        lanes=lanes,
    )


def pauses(
    sources: Iterable[Source], states: Mapping[str, SourceState]
) -> list[tuple[datetime, str]]:
    """Until when hosts asked for a pause, by address, the longest last: a pause is for all sources
    of its host, and a restart does not end it."""
    found = ((states[one.id].paused_until, one.url) for one in sources if one.id in states)
    return sorted((until, url) for until, url in found if until)


def bouncing(configuration: Configuration, store: SqlStore) -> Bouncing:
    """The verbs of mails that came back."""
    mail = configuration.service.mail
    after = mail.bounces.suppress_after if mail else Bounces().suppress_after
    page = status_page(configuration.service)
    return Bouncing(store, configuration.subscribers, after, page)


def build_inbox(
    configuration: Configuration, store: SqlStore, tell: Tell, clock: Callable[[], datetime]
) -> Inbox:
    """The verbs of mails that come to our own address; `tell` hears who unsubscribed by one."""
    subscribers = configuration.subscribers
    doors = make_self_service(store, lambda: subscribers, tell, clock)
    readers = cache(lambda: directory(doors.key(), "unsubscribe", subscribers))
    return Inbox(bouncing(configuration, store), readers, doors.leave)


def build_pushing(configuration: Configuration, store: SqlStore, tools: Tools) -> Pushing:
    """The verbs of push for a configuration."""
    service = configuration.service
    return Pushing(
        store=store,
        send=partial(ask_hub, client_maker(service)),
        sources={source.id: source for source in configuration.sources if source.enabled},
        base_url=service.web.base_url if is_pushed_to(service) else "",
        token=partial(secrets.token_urlsafe, 32),
        clock=tools.clock,
        spread=random.random,
        in_thread=tools.in_thread,
    )


def build_drilling(
    configuration: Configuration, store: SqlStore, since: datetime, tools: Tools
) -> Drilling:
    """The verbs of drills for a configuration; `since` is when they began to be planned."""
    service = configuration.service
    return Drilling(
        store=store,
        subscribers=configuration.subscribers,
        site=service.web.base_url.rstrip("/"),
        plan=service.drills,
        since=since,
        token=partial(secrets.token_urlsafe, 24),
        clock=tools.clock,
    )


def build_distributing(
    service: Service, store: SqlStore, site: Site, tools: Tools
) -> Distributing | None:
    """The verbs of publishing by WebSub, if feeds name a hub."""
    hub = hub_of(service)
    if not hub:
        return None
    return Distributing(
        store=store,
        topics=FeedTopics(site),
        hub=hub,
        is_ours=hub == site.own_hub,
        post=partial(post_to, make_sessions(service)),
        ask=partial(ask_subscriber, client_maker(service)),
        challenge=partial(secrets.token_urlsafe, 32),
        clock=tools.clock,
        in_thread=tools.in_thread,
    )


async def post_to(
    sessions: Sessions, url: str, body: bytes, headers: Mapping[str, str], now: datetime
) -> Outcome:
    return await send(sessions, Post(url, body, headers), DEADLINE, now)


def hub_of(service: Service) -> str:
    """The address that public feeds name as their hub; "": none."""
    asked = service.publish.hub
    return f"{service.web.base_url.rstrip('/')}/hub" if asked == "builtin" else asked or ""


def is_pushed_to(service: Service) -> bool:
    mode = service.polling.push
    return mode == "on" or (mode == "auto" and is_reachable(service.web.base_url))


def client_maker(service: Service) -> ClientMaker:
    return partial(make_client, service.network.allow_private, user_agent(service))


def make_sessions(service: Service) -> Sessions:
    return Sessions(service.network.allow_private, user_agent(service))


def user_agent(service: Service) -> str:
    return f"newswatch/{__version__} (+{service.network.contact})"


def limits(polling: Polling) -> Limits:
    return Limits(
        size=polling.largest,
        deadline=polling.deadline,
        concurrency=polling.per_host.concurrency,
        gap=polling.per_host.gap,
    )


def letterhead(configuration: Configuration, workers: Workers) -> Letterhead:
    names = {source.id: source.name for source in configuration.sources}
    mail = configuration.service.mail
    return Letterhead(
        base_url=configuration.service.web.base_url.rstrip("/"),
        sender=configuration.mail.sender if configuration.mail else "",
        version=__version__,
        country_name=country_name,
        source_name=lambda source_id: names.get(source_id, source_id),
        fill=workers.fill,
        inbox=mail.inbox if mail else "",
    )


def status_page(service: Service) -> str:
    return f"{service.web.base_url.rstrip('/')}/status"


# -- readers of mail ------------------------------------------------------------------------------


def make_self_service(
    store: SqlStore,
    subscribers: Callable[[], Sequence[Subscriber]],
    tell: Tell,
    clock: Callable[[], datetime],
) -> SelfService:
    """The doors for readers of mail; `tell` hears what they choose and what they take back."""

    def choose(made: Sequence[Choice], undone: Sequence[Choice]) -> None:
        now = clock()
        store.choose(made, undone, planning(subscribers(), (*made, *undone), now), now)
        tell(made, undone)

    return SelfService(
        key=store.link_key,
        choices=store.choices_to,
        choose=choose,
        newest=store.newest_deliveries,
        delivery=store.delivery,
        vote=store.vote,
        cast=store.cast_vote,
        feeds=lambda subscriber: [t for t in store.tokens(clock()) if t.subscriber == subscriber],
        issue=lambda subscriber, rule, grace: issue_token(store, subscriber, rule, grace, clock()),
        now=clock,
    )


def issue_token(
    store: SqlStore, subscriber: str, rule: str, grace: timedelta, now: datetime
) -> str:
    """A new token of a private feed, of which only the hash is kept; those before it work for
    `grace` more. No rule: of the subscriber's calendar."""
    token = secrets.token_urlsafe(32)
    digest = sha256(token.encode()).hexdigest()
    store.issue_token(subscriber, rule, digest, now, grace=grace)
    return token
