"""Opens the database: connections as the store needs them, and the tables up to date."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from newswatch.errors import StoreError

READING = "newswatch_reading"  # the execution option of transactions that write nothing
MIGRATION_LOCK = 0x6E657773  # any number that nobody else uses in this database
BETWEEN_TRIES = 0.01  # seconds
FORMS = "sqlite:///newswatch.db or postgresql://user@host/name"


@contextmanager
def plain_errors() -> Iterator[None]:
    """Whatever the database says becomes one line of a `StoreError`."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(f"database: {plain(error)}") from error


def plain(error: SQLAlchemyError) -> str:
    said = error.orig if isinstance(error, DBAPIError) else error
    lines = str(said).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def connect(url: str, busy_timeout: timedelta) -> sa.Engine:
    """An engine for "sqlite:///path" or "postgresql://…". Raises `StoreError`; nothing is
    connected to yet."""
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError(f"the database must be given as {FORMS}") from None
    if parsed.drivername == "sqlite":
        return sqlite(parsed, busy_timeout)
    if parsed.drivername in ("postgresql", "postgresql+psycopg"):
        return postgresql(parsed)
    raise StoreError(f"the database cannot be {parsed.drivername}: give {FORMS}")


def sqlite(url: sa.URL, busy_timeout: timedelta) -> sa.Engine:
    """Python's driver leaves transactions to us: a write takes the lock at its BEGIN, so that it
    waits there instead of failing in its middle; a read takes none."""
    check_place(url.database)
    engine = sa.create_engine(
        url,
        connect_args={"timeout": busy_timeout.total_seconds()},
        max_overflow=40,  # as many as there may be threads
        hide_parameters=True,
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None
        write_ahead(connection, busy_timeout)
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        reading = connection.get_execution_options().get(READING, False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def write_ahead(connection: sqlite3.Connection, busy_timeout: timedelta) -> None:
    """Sets the journal to WAL, which lasts. Only for this change SQLite does not wait for others
    by itself (https://www.sqlite.org/wal.html, "Sometimes queries return SQLITE_BUSY")."""
    until = time.monotonic() + busy_timeout.total_seconds()
    while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() >= until:
                raise
            time.sleep(BETWEEN_TRIES)


def check_place(database: str | None) -> None:
    if not database or database == ":memory:" or database.startswith("file:"):
        raise StoreError(f"the database must be a file: give {FORMS}")
    path = Path(database)
    if not path.parent.is_dir():
        raise StoreError(f"cannot open {path}: the directory {path.parent} does not exist")
    if path.is_dir():
        raise StoreError(f"cannot open {path}: it is a directory")


def postgresql(url: sa.URL) -> sa.Engine:
    try:
        return sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,  # the server may have been restarted
            max_overflow=40,
            hide_parameters=True,
        )
    except ModuleNotFoundError as error:
        raise StoreError(
            "PostgreSQL needs its driver: pip install 'newswatch[postgres]'"
        ) from error


# -- migrations ---------------------------------------------------------------------------------


def migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", "newswatch.store:migrations")
    return config


def behind(connection: sa.Connection) -> bool:
    """Whether the tables are older than the code. Raises `StoreError` where they are newer."""
    script = ScriptDirectory.from_config(migrations())
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        return True
    if revision not in {step.revision for step in script.walk_revisions()}:
        raise StoreError(
            f"database is at revision {revision}, unknown to this version of newswatch:"
            " it was written by a newer one; upgrade newswatch, or restore an older backup"
        )
    return revision != script.get_current_head()


def migrate(engine: sa.Engine) -> None:
    """Brings the tables up to date in one transaction; a second process waits for the first."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        if behind(connection):
            config = migrations()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def make_ready(engine: sa.Engine, allowed: bool) -> None:
    """Migrates where that is needed and allowed; else raises `StoreError`."""
    if not allowed:
        check_there(engine.url)
    with engine.connect().execution_options(**{READING: True}) as connection:
        late = behind(connection)
    if late and not allowed:
        raise StoreError("the database is not up to date: run newswatch migrate")
    if late:
        migrate(engine)


def check_there(url: sa.URL) -> None:
    """SQLite would make an empty file."""
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        raise StoreError(f"there is no database at {url.database}: run newswatch migrate")
