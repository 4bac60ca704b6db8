"""How a source is asked: at which address, with which validators, and what its answer says of both.
Pure."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from urllib.parse import urlsplit

from newswatch.model import (
    Document,
    Fetched,
    FetchFailure,
    NotModified,
    Poll,
    Source,
    SourceState,
    Validators,
    Visit,
)

SIGHTINGS = 3  # of a permanent redirect, until it is believed


def way_of_reading(source: Source) -> str:
    """Changes when the source would be read otherwise: from elsewhere, or by other selectors."""
    return digest((source.kind, source.url, source.layouts, source.language, source.timezone))


@lru_cache(maxsize=4096)  # each poll of each source asks several times
def digest(how: tuple[object, ...]) -> str:
    return sha256(repr(how).encode()).hexdigest()[:16]


def body_hash(document: Document, source: Source) -> str:
    """Of the bytes and of how they are read: a mended layout reads the same page again."""
    return f"{way_of_reading(source)}.{sha256(document.body).hexdigest()}"


def is_as_before(source: Source, state: SourceState) -> bool:
    """Whether what is held was read in the way in which it would be now."""
    return (state.body_hash or "").startswith(f"{way_of_reading(source)}.")


def condition(source: Source, state: SourceState) -> Validators:
    """The validators to send: of what is held, if it would be read in the same way now."""
    return state.validators if is_as_before(source, state) else Validators()


def is_over(source: Source, state: SourceState) -> bool:
    """Whether the publisher said 410 Gone at this very address: then it is asked no more."""
    return state.state == "gone" and is_as_before(source, state)


def read_no_more(source: Source) -> str:
    """In place of a body's hash: what `is_over` looks for."""
    return f"{way_of_reading(source)}."


def address(source: Source, state: SourceState) -> str:
    """Where a source is asked: where permanent redirects led several times, unless that fails or
    the configuration was changed since."""
    if is_as_before(source, state) and is_adopted(state) and state.failures < SIGHTINGS:
        return state.moved_to or source.url
    return source.url


def is_adopted(state: SourceState) -> bool:
    return state.moved_to is not None and state.moved_seen >= SIGHTINGS


def led(source: Source, state: SourceState, answer: Document | NotModified) -> SourceState:
    """The state with what permanent redirects say: seen again, elsewhere, or no more."""
    if answer.moved_to is None:
        is_there = address(source, state) != source.url
        return state if is_there else replace(state, moved_to=None, moved_seen=0)
    seen = state.moved_seen + 1 if answer.moved_to == state.moved_to else 1
    return replace(state, moved_to=answer.moved_to, moved_seen=seen)


def longest(*times: timedelta | None) -> timedelta | None:
    return max((time for time in times if time is not None), default=None)


def visit(
    url: str, source: Source, answer: Fetched, at: datetime, is_conditional: bool
) -> Visit | None:
    """What the host of an address saw of a poll, if it was asked at all."""
    if not answer.requests:
        return None
    outcome = "read"
    if isinstance(answer, NotModified):
        outcome = "not_modified"
    if isinstance(answer, FetchFailure):
        outcome = "refused" if answer.status in (401, 403, 429, 503) else "failed"
    return Visit(source.id, host_of(url), at, is_conditional, outcome, answer.requests)


def host_of(url: str) -> str:
    """Host and port of an address, as visits are counted."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def counted(poll: Poll, answer: Fetched) -> Poll:
    """The poll with the requests that a further page took."""
    if poll.visit is None:
        return poll
    requests = poll.visit.requests + answer.requests
    return replace(poll, visit=replace(poll.visit, requests=requests))
