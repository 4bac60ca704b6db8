"""What every command starts from: the global options, the configuration, the store."""

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine, Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import structlog
import typer

from newswatch.app import connect
from newswatch.cli.show import note
from newswatch.config.kept import Kept
from newswatch.config.load import Configuration, load, traces
from newswatch.errors import ConfigurationError, Problem
from newswatch.store import SqlStore

T = TypeVar("T")
USUAL_PLACES = (Path("config"), Path("/etc/newswatch"))


@dataclass(frozen=True, slots=True)
class Options:
    """The options that stand before the command."""

    config: Path | None = None
    json: bool = False
    level: int = logging.INFO
    kept: Kept = field(default_factory=Kept)  # what this process has read of it

    def directory(self) -> Path:
        """The configuration directory: the one named, else ./config, else /etc/newswatch."""
        if self.config is not None:
            return self.config
        return next((place for place in USUAL_PLACES if place.is_dir()), USUAL_PLACES[0])

    def load(self) -> Configuration:
        """Loads the configuration. Raises `ConfigurationError` with every problem."""
        directory = self.directory()
        if not directory.is_dir():
            raise ConfigurationError((Problem(str(directory), 1, 1, NO_DIRECTORY),))
        return load(directory, self.kept)

    def traces(self) -> Hashable:
        """Another value after every change of the configuration's files."""
        return traces(self.directory())

    def store(self) -> SqlStore:
        return connect(self.load())


NO_DIRECTORY = "there is no such directory; name the configuration with --config DIR"


def options(context: typer.Context) -> Options:
    """The same for all who ask: it keeps what was read of the configuration."""
    if isinstance(context.obj, Mapping):
        context.find_root().obj = context.obj = Options(**context.obj)
    found: Options = context.obj
    return found


def start_log(level: int) -> None:
    """One line per fact on stderr: for the journal in a pipe, coloured on a terminal."""
    colours = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(
                colors=colours, pad_event_to=0, pad_level=False, sort_keys=False
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    # httpx writes whole URLs, with their secrets, at INFO.
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def tell_notices(configuration: Configuration) -> None:
    for notice in configuration.notices:
        note(f"note: {notice}")


def run_async(work: Callable[[], Coroutine[object, object, T]]) -> T:
    return asyncio.run(work())
