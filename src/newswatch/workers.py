"""Reads documents in processes of their own, which can be killed: no document stalls the others.

A regular expression of a parsing library that backtracks holds the interpreter's lock, and with it
every thread. A process that takes too long or too much memory is ended, and the document becomes a
source's error; the next document gets a fresh process.
"""

import multiprocessing
import resource
import threading
from concurrent.futures import TimeoutError as TookTooLongError
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pebble import ProcessExpired, ProcessPool

from newswatch.errors import ParseError
from newswatch.intake import take_in
from newswatch.model import Document, Source
from newswatch.ports import Intake

DOCUMENTS_EACH = 500  # until a process is replaced: what a library leaks goes with it


@dataclass(slots=True)
class Workers:
    """A pool of reading processes, started when the first document comes."""

    count: int = 2
    deadline: timedelta = timedelta(seconds=15)
    memory: int = 1_500_000_000  # bytes of address space for each
    pool: ProcessPool | None = None
    starting: threading.Lock = field(default_factory=threading.Lock)

    def read(self, document: Document, source: Source, now: datetime) -> Intake:
        """Blocks until the document is read. Raises `ParseError`, also for one that cannot be."""
        task = self.started().schedule(
            attempt, args=(document, source, now), timeout=self.deadline.total_seconds()
        )
        try:
            outcome = task.result()
        except TookTooLongError:
            seconds = self.deadline.total_seconds()
            raise ParseError("parse", f"could not be read within {seconds:g} s") from None
        except ProcessExpired:
            raise ParseError("parse", "ended the process that read it") from None
        if isinstance(outcome, Intake):
            return outcome
        raise ParseError(*outcome)

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


def limit_memory(most: int) -> None:
    """In a reading process: what asks for more memory gets a MemoryError."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def attempt(document: Document, source: Source, now: datetime) -> Intake | tuple[str, str]:
    """In a reading process: the releases, or the state and reason of a `ParseError`."""
    try:
        return take_in(document, source, now)
    except ParseError as error:
        return error.state, error.reason
    except Exception as error:  # noqa: BLE001  (libraries raise anything on hostile bytes)
        detail = " ".join(str(error).split())[:150]
        return "parse", f"cannot be read: {type(error).__name__}: {detail}".rstrip(": ")
