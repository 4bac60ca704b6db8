"""The full text of releases, from their own pages. Pure but for the doors it is given."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from newswatch.asking import counted
from newswatch.errors import ParseError
from newswatch.model import (
    Change,
    Document,
    Fetched,
    FetchFailure,
    Poll,
    Release,
    Source,
    Validators,
)
from newswatch.ports import ArticleReader, Fetcher, InThread

MOST = 20  # pages that are read in one poll
TIME = timedelta(minutes=5)  # after which none is begun: the lease of the poll must not end


@dataclass(frozen=True, slots=True)
class Articles:
    """Reads releases' own pages, where their source asks for that."""

    fetcher: Fetcher
    refusal: Callable[[str], Awaitable[FetchFailure | None]]  # what a host's robots.txt says
    read: ArticleReader
    clock: Callable[[], datetime]
    in_thread: InThread

    async def read_for(self, source: Source, poll: Poll) -> tuple[Poll, tuple[Release, ...]]:
        """The poll with the texts of its releases, and a line for each page that could not be read:
        its release stays as the newsroom's list has it. Apart from it, the revised releases whose
        own page is gone for good."""
        told: list[str] = []
        found: list[Change] = []
        gone: list[Release] = []
        for number, change in enumerate(poll.changes):
            if number == MOST or self.clock() > poll.at + TIME:
                break
            answer = await self.ask(change.release.url)
            poll = counted(poll, answer)
            if is_gone(change, answer):
                gone.append(change.release)
                continue
            read = await self.with_text(source, change, answer)
            if isinstance(read, ParseError):
                told.append(f"the page {change.release.url} {read.reason}")
            found.append(change if isinstance(read, ParseError) else read)
        rest = poll.changes[len(found) + len(gone) :]
        if rest:
            told.append(f"the pages of {len(rest)} more releases were not read")
        poll = replace(poll, changes=(*found, *rest), skipped=(*poll.skipped, *told))
        return poll, tuple(gone)

    async def ask(self, url: str) -> Fetched:
        return await self.refusal(url) or await self.fetcher.fetch(url, Validators())

    async def with_text(
        self, source: Source, change: Change, answer: Fetched
    ) -> Change | ParseError:
        """The change with what its release's own page says, or why that cannot be had."""
        if not isinstance(answer, Document):
            reason = answer.reason if isinstance(answer, FetchFailure) else "answered 304"
            return ParseError("http", f"cannot be had: {reason}")
        read = partial(self.read, answer, source, change.release)
        try:
            return replace(change, release=await self.in_thread(read))
        except ParseError as error:
            return error


def is_gone(change: Change, answer: Fetched) -> bool:
    """Whether a release that was read before was taken off its page (RFC 9110 15.5.11). Of one that
    is new that says too little: nobody knows of it yet, and its newsroom lists it."""
    is_over = isinstance(answer, FetchFailure) and answer.state == "gone"
    return is_over and change.kind == "revised"
