"""What every transaction of the store begins with."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock

import sqlalchemy as sa

from newswatch.store.engine import READING, plain_errors


class Transactions:
    """Connections to the database, each in a transaction of its own."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._turn = turn(engine)
        self._reader = engine.execution_options(**{READING: True})

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with plain_errors(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with self._turn, plain_errors(), self._engine.begin() as connection:
            yield connection


def turn(engine: sa.Engine) -> AbstractContextManager[object]:
    """What a thread holds while it writes. SQLite has one writer at a time, and who waits for
    another looks only now and then whether it is done; a lock wakes the next one at once."""
    return Lock() if engine.dialect.name == "sqlite" else nullcontext()
