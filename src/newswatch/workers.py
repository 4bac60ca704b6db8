"""Reads documents in processes of their own, which can be killed: no document stalls the others.

A regular expression of a parsing library that backtracks holds the interpreter's lock, and with it
every thread. A process that takes too long or too much memory is ended, and the document becomes a
source's error; the next document gets a fresh process.
"""

import multiprocessing
import resource
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as TookTooLongError
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar, cast

from pebble import ProcessExpired, ProcessPool

from newswatch.errors import ParseError, RenderError
from newswatch.intake import take_in, take_in_article
from newswatch.model import Document, Release, Source
from newswatch.ports import Intake

T = TypeVar("T")
DOCUMENTS_EACH = 500  # until a process is replaced: what a library leaks goes with it


@dataclass(slots=True)
class Workers:
    """A pool of reading processes, started when the first document comes."""

    count: int = 2
    deadline: timedelta = timedelta(seconds=12)  # and 3 more until a deaf process is killed
    memory: int = 1_500_000_000  # bytes of address space for each
    pool: ProcessPool | None = None
    starting: threading.Lock = field(default_factory=threading.Lock)

    def read(self, document: Document, source: Source, now: datetime) -> Intake:
        """Blocks until the document is read. Raises `ParseError`, also for one that cannot be."""
        return self.result_of(take_in, document, source, now)

    def read_article(self, document: Document, source: Source, release: Release) -> Release:
        """The same for a release's own page."""
        return self.result_of(take_in_article, document, source, release)

    def fill(self, template: str, payload: Mapping[str, object]) -> bytes:
        """A webhook's body by its template. Raises `RenderError`, also where it takes too long."""
        try:
            return self.result_of(fill, template, payload)
        except ParseError as error:
            raise RenderError(error.reason) from None

    def result_of(self, work: Callable[..., T], *arguments: object) -> T:
        task = self.started().schedule(
            attempt, args=(work, *arguments), timeout=self.deadline.total_seconds()
        )
        try:
            outcome = task.result()
        except TookTooLongError:
            seconds = self.deadline.total_seconds()
            raise ParseError("parse", f"could not be read within {seconds:g} s") from None
        except ProcessExpired:
            raise ParseError("parse", "ended the process that read it") from None
        if isinstance(outcome, Failure):
            raise ParseError(outcome.state, outcome.reason)
        return cast(T, outcome)

    def started(self) -> ProcessPool:
        with self.starting:
            if self.pool is None:
                self.pool = ProcessPool(
                    max_workers=self.count,
                    max_tasks=DOCUMENTS_EACH,
                    initializer=limit_memory,
                    initargs=(self.memory,),
                    # A fork of a process with threads may inherit a lock that nobody releases.
                    context=multiprocessing.get_context("spawn"),
                )
            return self.pool

    def close(self) -> None:
        with self.starting:
            if self.pool is not None:
                self.pool.stop()
                self.pool.join()
                self.pool = None


def fill(template: str, payload: Mapping[str, object]) -> bytes:
    """In a reading process."""
    from newswatch.render.template import filled

    try:
        return filled(template, payload)
    except RenderError as error:
        raise ParseError("template", str(error)) from None


def limit_memory(most: int) -> None:
    """In a reading process: what asks for more memory gets a MemoryError."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


@dataclass(frozen=True, slots=True)
class Failure:
    """A `ParseError` on its way between processes."""

    state: str
    reason: str


def attempt(work: Callable[..., T], *arguments: object) -> T | Failure:
    """In a reading process: what the work gives, or why it failed."""
    try:
        return work(*arguments)
    except ParseError as error:
        return Failure(error.state, error.reason)
    except Exception as error:  # noqa: BLE001  (libraries raise anything on hostile bytes)
        detail = " ".join(str(error).split())[:150]
        return Failure("parse", f"cannot be read: {type(error).__name__}: {detail}".rstrip(": "))
