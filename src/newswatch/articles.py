"""The full text of releases, from their own pages. Pure but for the doors it is given."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from newswatch.errors import ParseError
from newswatch.model import Change, Document, FetchFailure, Source, Validators
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

    async def of(
        self, source: Source, changes: Sequence[Change], since: datetime
    ) -> tuple[tuple[Change, ...], tuple[str, ...]]:
        """The changes with their texts, and a line for each page that could not be read: its
        release stays as the newsroom's list has it."""
        told: list[str] = []
        found: list[Change] = []
        for change in changes:
            if len(found) == MOST or self.clock() > since + TIME:
                break
            read = await self.with_text(source, change)
            if isinstance(read, ParseError):
                told.append(f"the page {change.release.url} {read.reason}")
            found.append(change if isinstance(read, ParseError) else read)
        rest = changes[len(found) :]
        if rest:
            told.append(f"the pages of {len(rest)} more releases were not read")
        return (*found, *rest), tuple(told)

    async def with_text(self, source: Source, change: Change) -> Change | ParseError:
        """The change with what its release's own page says, or why that cannot be had."""
        url = change.release.url
        answer = await self.refusal(url) or await self.fetcher.fetch(url, Validators())
        if not isinstance(answer, Document):
            reason = answer.reason if isinstance(answer, FetchFailure) else "answered 304"
            return ParseError("http", f"cannot be had: {reason}")
        read = partial(self.read, answer, source, change.release)
        try:
            return replace(change, release=await self.in_thread(read))
        except ParseError as error:
            return error
