"""What the web side looks through, at whatever configuration is in force."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

import structlog

from newswatch import __version__
from newswatch.accounting import Remembered, course, latencies_of, texts_of
from newswatch.assembly import hub_of, make_self_service
from newswatch.breaker import word
from newswatch.catchup import correct, missed
from newswatch.config.load import Configuration
from newswatch.distributing import Distributing
from newswatch.errors import StoreError
from newswatch.health import OURSELVES
from newswatch.journal import log_choices, log_push
from newswatch.metrics import Configured, Snapshot, exposition
from newswatch.model import Correction, Mission, Release
from newswatch.pipeline import Pipeline
from newswatch.pushing import Pushing
from newswatch.store import SqlStore
from newswatch.understand.countries import country_name
from newswatch.web import Desk, Drills, Hooks, Shelf, Site, make_app

log = structlog.get_logger()


class Running(Protocol):
    """An installation that runs; a reload changes its parts in one step."""

    store: SqlStore
    configuration: Configuration
    pipeline: Pipeline
    pushing: Pushing
    distributing: Distributing | None
    reload_problem: str
    loaded_at: datetime
    problems: int  # of an edited configuration that is not in force


def make_site(running: Running) -> Shelf:
    return make_app(make_doors(running))


def make_doors(running: Running) -> Site:
    """What the web side looks through, at whatever configuration is in force."""
    store, clock = running.store, running.pipeline.clock
    return Site(
        subscribers=lambda: running.configuration.subscribers,
        sources=lambda: running.configuration.sources,
        recent=store.releases_recent,
        release=partial(public_release, store),
        missions=store.missions_latest,
        mission=partial(mission_with_releases, store),
        releases=store.releases_by_id,
        today=lambda: clock().date(),
        marker=lambda: str(store.change_marker()),
        history=store.history,
        versions=store.releases_by_version,
        search=store.releases_recent,
        feed_by_token=lambda digest: store.feed_by_token(digest, clock()),
        states=store.source_states,
        counts=store.delivery_counts,
        channels=partial(channel_words, running),
        ready=partial(readiness, running),
        hooks=make_hooks(running),
        hub=lambda: hub_of(running.configuration.service),
        hub_request=partial(take_hub_request, running),
        desk=make_desk(running),
        drills=Drills(store.drill_message, lambda token: store.acknowledge_drill(token, clock())),
        self_service=make_self_service(
            store, lambda: running.configuration.subscribers, log_choices, clock
        ),
        events=lambda *asked: missed(running.pipeline, *asked),
        editors=lambda: running.configuration.editors,
        metrics=partial(metrics_of, running),
        near=lambda: running.configuration.service.web.metrics,
        latencies=Remembered(lambda now: latencies_of(store, running.configuration, now), clock),
        ledger=lambda *asked: course(store, texts_of(store, running.configuration), *asked),
        base_url=running.configuration.service.web.base_url,
        version=__version__,
        country_name=country_name,
        moment=time.monotonic,
    )


def metrics_of(running: Running, accept: str) -> tuple[bytes, str]:
    """Of this process, what is configured; all else is the same from every other one."""
    now, ours, store = running.pipeline.clock(), running.configuration, running.store
    configured = Configured(
        version=__version__,
        loaded=running.loaded_at,
        problems=running.problems,
        rules=sum(len(one.rules) for one in ours.subscribers),
        subscribers=len(ours.subscribers),
        sources=tuple(running.pipeline.sources),
        kinds=ours.kinds,
    )
    channels = {state.lane: state for state in store.channel_states()}
    figures = store.figures(now)
    return exposition(Snapshot(now, configured, store.source_states(), channels, figures), accept)


def make_desk(running: Running) -> Desk:
    """The doors for corrections; who corrects what is logged."""
    store = running.store

    def correct_it(release: Release, made: Sequence[Correction], alert: bool) -> Release:
        for one in made:
            log.info("corrected", release=release.id, field=one.field, author=one.author)
        return correct(running.pipeline, release, made, alert=alert)

    def uncorrect(release: Release) -> None:
        store.drop_corrections(release.id)
        correct(running.pipeline, release, ())
        log.info("uncorrected", release=release.id)

    return Desk(
        of=store.corrections,
        every=store.every_correction,
        correct=correct_it,
        uncorrect=uncorrect,
        now=running.pipeline.clock,
    )


def make_hooks(running: Running) -> Hooks:
    """The doors for hubs; what they say is logged without callback and secret."""
    store = running.store

    def hear(token: str, query: Mapping[str, str]) -> bool:
        push = store.push(token)
        said = running.pushing.hear(push, query) if push else "strange"
        if push:
            log_push(push, f"hub_{said}", strange=said in ("strange", "denied"))
        return said != "strange"

    def take(token: str, body: bytes, signature: str) -> None:
        push = store.push(token)
        if push is not None:
            taken = running.pushing.take(push, body, signature)
            log_push(push, f"push_{taken}", strange=taken == "unsigned")

    return Hooks(
        hear=hear,
        listens=lambda token: bool((push := store.push(token)) and push.is_wanted),
        take=take,
        largest=lambda: running.configuration.service.polling.largest,
    )


def take_hub_request(running: Running, body: bytes) -> bool:
    distributing = running.distributing
    return distributing is not None and distributing.take(body)


def public_release(store: SqlStore, release_id: str) -> Release | None:
    """A release of a newsroom: what newswatch says of itself is for its operators."""
    found = store.release_by_id(release_id)
    return None if found is None or found.source_id == OURSELVES else found


def mission_with_releases(
    store: SqlStore, mission_id: str
) -> tuple[Mission, Mapping[str, Release]] | None:
    found = store.missions_by_id([mission_id]).get(mission_id)
    if found is None:
        return None
    return found, store.releases_by_id(step.release_id for step in found.steps)


def channel_words(running: Running) -> Mapping[str, int]:
    """How many of the configured channels are in which state, those without one yet among them."""
    now, states = running.pipeline.clock(), running.store.channel_states()
    known = running.configuration.lanes
    found = Counter(word(state, now) for state in states if state.lane in known)
    return found + Counter(ok=len(known) - found.total())


def readiness(running: Running) -> tuple[bool, str]:
    """Whether work is being done: the database answers and sources were polled in time."""
    try:
        running.store.ping()
    except StoreError as error:
        return False, str(error)
    if running.reload_problem:
        return True, "running the last good configuration; the new one does not validate"
    return True, "ready"
