"""The verbs beside the clock: read on into the past, compare with what is held, read again.

None of them changes when a source is polled next, and none alerts unless it is asked to.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from newswatch.attempts import Wanted
from newswatch.choices import Parcel
from newswatch.dedupe import changes
from newswatch.drift import refuse_broken
from newswatch.errors import ParseError, RenderError
from newswatch.model import (
    Change,
    Correction,
    Delivery,
    Document,
    FetchFailure,
    History,
    Poll,
    Raw,
    Release,
    Source,
    SourceState,
    Validators,
)
from newswatch.pipeline import Pipeline
from newswatch.ports import Intake
from newswatch.rules.rule import Subscriber


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a newsroom, read: what it lists, and what of that is not held."""

    url: str
    listed: tuple[Release, ...]
    missing: tuple[Change, ...]  # new
    changed: tuple[Change, ...]  # revised
    document: Document

    @property
    def oldest(self) -> date | None:
        days = [release.published.day for release in self.listed if release.published]
        return min(days, default=None)


async def pages(pipeline: Pipeline, source: Source, most: int) -> AsyncIterator[Page]:
    """A newsroom's pages from the newest on, against what is held. Raises `ParseError` where one
    cannot be had or read."""
    url: str | None = source.url
    asked: set[str] = set()
    while url is not None and url not in asked and len(asked) < most:
        asked.add(url)
        answer = await pipeline.ask(source, url, Validators())
        if not isinstance(answer, Document):
            reason = answer.reason if isinstance(answer, FetchFailure) else "answered 304"
            raise ParseError("http", f"{url}: {reason}")
        intake = await pipeline.in_thread(partial(pipeline.read, answer, source, pipeline.clock()))
        refuse_broken(source, History(), intake.tally)
        yield await pipeline.in_thread(partial(compared, pipeline, source, answer, intake))
        url = intake.next_page


def compared(pipeline: Pipeline, source: Source, document: Document, intake: Intake) -> Page:
    known = pipeline.desk.known(source, intake.releases)
    found = changes(intake.releases, known, pipeline.clock())
    return Page(
        document.url,
        intake.releases,
        tuple(change for change in found if change.kind == "new"),
        tuple(change for change in found if change.kind == "revised"),
        document,
    )


async def backfill(
    pipeline: Pipeline, source: Source, state: SourceState, most: int, since: date | None
) -> AsyncIterator[Page]:
    """Records what a newsroom's older pages list, page by page, so that what was read stays when
    it is interrupted. Ends at a page whose releases are all older than `since`."""
    async for page in pages(pipeline, source, most):
        wanted = tuple(change for change in page.missing if is_since(change.release, since))
        await pipeline.in_thread(partial(record, pipeline, source, state, page, wanted))
        yield replace(page, missing=wanted)
        if since is not None and page.oldest is not None and page.oldest < since:
            return


def is_since(release: Release, since: date | None) -> bool:
    return since is None or release.published is None or release.published.day >= since


def record(
    pipeline: Pipeline,
    source: Source,
    state: SourceState,
    page: Page,
    found: Sequence[Change],
    *,
    alert: bool = False,
) -> None:
    """Adds what a page brought to the archive."""
    now = pipeline.clock()
    understood = pipeline.desk.understood(found)
    raws = (Raw(page.document, "ok", brought=len(understood)),)
    owed = pipeline.desk.owed(understood, now) if alert else ()
    pipeline.store.add(
        Poll(source.id, now, state, changes=understood, deliveries=owed, raws=raws, quiet=not alert)
    )


def reread(
    pipeline: Pipeline, source: Source, state: SourceState, digests: Sequence[str], *, alert: bool
) -> Iterator[Page | ParseError]:
    """Reads kept documents again, the newest first: what a release was last is what counts.
    `alert`: owes what was never found before."""
    read: set[str] = set()
    for digest in digests:
        document = pipeline.store.document(source.id, digest)
        if document is None:
            continue
        try:
            intake = pipeline.read(document, source, pipeline.clock())
            refuse_broken(source, History(), intake.tally)
        except ParseError as error:
            yield error
            continue
        page = compared(pipeline, source, document, intake)
        found = [c for c in (*page.missing, *page.changed) if c.release.id not in read]
        record(pipeline, source, state, page, found, alert=alert)
        read |= {release.id for release in page.listed} | {change.release.id for change in found}
        yield replace(
            page,
            missing=tuple(change for change in found if change.kind == "new"),
            changed=tuple(change for change in found if change.kind == "revised"),
        )


READ_AGAIN = "the archive was read again, which alerts nobody"
CORRECTED = "a person corrected it without --alert"
AT_ONCE = 200  # releases that are read again in one transaction


def understand_again(pipeline: Pipeline) -> Iterator[int]:
    """Reads the whole archive again, as newswatch understands it now, the oldest first; missions are
    made anew. Alerts nobody. Gives how many releases were read with each step."""
    pipeline.store.forget_missions()
    ids = pipeline.store.release_ids()
    for start in range(0, len(ids), AT_ONCE):
        held = pipeline.store.releases_by_id(ids[start : start + AT_ONCE])
        now = pipeline.clock()
        placed, revised = again(pipeline, held, now)
        pipeline.store.rewrite(placed, revised, (), now, READ_AGAIN)
        yield len(placed)


def correct(
    pipeline: Pipeline, release: Release, made: Sequence[Correction], *, alert: bool = False
) -> Release:
    """Records what people know better of a release, and reads it again with that: what it says now
    is a version of its own. `alert`: owes it to the rules that it meets only now."""
    now = pipeline.clock()
    pipeline.store.correct(made)
    placed, revised = again(pipeline, {release.id: release}, now)
    owed = pipeline.desk.owed(revised, now) if alert else ()
    pipeline.store.rewrite(placed, revised, owed, now, "" if alert else CORRECTED)
    return revised[0].release if revised else release


def withdraw(pipeline: Pipeline, release: Release, reason: str) -> bool:
    """Records that a release's publisher took it back, and owes that to who was told of it and asks
    for corrections. False where it was withdrawn before, or revised meanwhile."""
    now = pipeline.clock()
    return pipeline.store.withdraw(pipeline.desk.withdrawal(release, reason, now), now)


Place = tuple[int, str]  # a change of the archive, and a delivery's id


def missed(
    pipeline: Pipeline, subscriber: Subscriber, after: Place, most: int
) -> Iterator[tuple[Place, Delivery, bytes | RenderError]]:
    """What a subscriber's webhooks were owed after a place, in the order in which it was recorded,
    with the bytes that are posted, or why there are none."""
    hooks = {one.id: one for one in subscriber.channels if one.kind == "webhook"}
    found = pipeline.store.owed_after(subscriber.id, hooks.keys(), after, most)
    for change, delivery in found:
        wanted = Wanted(subscriber, Parcel(hooks[delivery.channel], (delivery,)))
        try:
            body = pipeline.attempts.message(wanted).body
        except RenderError as error:
            yield (change, delivery.id), delivery, error
        else:
            yield (change, delivery.id), delivery, body


def again(
    pipeline: Pipeline, held: Mapping[str, Release], now: datetime
) -> tuple[Sequence[Change], Sequence[Change]]:
    """Releases as they are read now, and those of them that say something else than before."""
    following = [
        Change("revised", replace(one, version=one.version + 1, updated=now))
        for one in held.values()
    ]
    read = pipeline.desk.understood(following)
    return read, [one for one in read if told(one.release) != told(held[one.release.id])]


def told(release: Release) -> tuple[object, ...]:
    """What newswatch says of a release; by which words it knows is no news."""
    mission = release.mission.id if release.mission else None
    return replace(release.reading, evidence=()), mission, release.transition, release.copy_of
