"""The process: clocks, signals, the service manager's notifications and watchdog.

APScheduler is only the clock: what is due is in the database, claimed under a lease.
"""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Protocol

import structlog
import uvicorn
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from newswatch.errors import NewswatchError
from newswatch.web.wire import Web, Wire

log = structlog.get_logger()

# Seconds after a delivery until the next are taken, several places at a time; and how many times as
# long as that last took, so that most of the time is left for sending.
REFILL, REST = 0.02, 2
GRACE = timedelta(seconds=30)


Job = Callable[[], Awaitable[object]]


class Work(Protocol):
    """What the daemon drives: app.py's running parts. What each `take_` gives is begun at once; a job
    that gives something true says that something may be due to be delivered."""

    async def take_polls(self, room: int) -> list[Job]: ...

    async def take_deliveries(self, room: int) -> list[Job]: ...

    async def take_publications(self, room: int) -> list[Job]: ...

    async def take_pushes(self, room: int) -> list[Job]: ...

    async def take_errands(self, room: int) -> list[Job]: ...

    async def take_bounces(self, room: int) -> list[Job]: ...

    async def take_reminders(self, room: int) -> list[Job]: ...

    async def take_drills(self, room: int) -> list[Job]: ...

    async def take_reloads(self, room: int) -> list[Job]: ...

    async def reload(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Tick:
    """Work that the clock begins: how it is taken, how much of it runs at once, how often it is
    looked for, and whether that begins with the start."""

    take: Callable[[Work, int], Awaitable[list[Job]]]
    at_once: int
    every: timedelta = timedelta(seconds=1)
    from_the_start: bool = True


TICKS: Mapping[str, Tick] = {
    "poll": Tick(lambda work, room: work.take_polls(room), 32),
    "deliver": Tick(lambda work, room: work.take_deliveries(room), 256),
    "publish": Tick(lambda work, room: work.take_publications(room), 1),
    # requests to hubs
    "push": Tick(lambda work, room: work.take_pushes(room), 8, timedelta(seconds=5)),
    # to followers of our own hub
    "distribute": Tick(lambda work, room: work.take_errands(room), 16),
    # mails that came back
    "bounces": Tick(lambda work, room: work.take_bounces(room), 1, timedelta(minutes=1)),
    # of what is overdue
    "remind": Tick(lambda work, room: work.take_reminders(room), 1, timedelta(minutes=10)),
    # of those that are planned, and of what nobody acknowledged
    "drill": Tick(lambda work, room: work.take_drills(room), 1, timedelta(minutes=1)),
    "reload": Tick(
        lambda work, room: work.take_reloads(room), 1, timedelta(seconds=2), from_the_start=False
    ),
}


@dataclass(frozen=True, slots=True)
class Supervisor:
    """The service manager's side (sd_notify(3)): a socket to tell, and how often it wants to hear."""

    address: str | None = None
    watchdog: timedelta | None = None

    def tell(self, state: str) -> None:
        if not self.address:
            return
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        with (
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel,
            contextlib.suppress(OSError),
        ):
            channel.sendto(state.encode(), address)


class Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the daemon has them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def quiet_server(web: ASGIApp, connection: type[HttpToolsProtocol] = HttpToolsProtocol) -> Server:
    return Server(
        uvicorn.Config(
            web,
            http=connection,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=5,
        )
    )


def listening(host: str, port: int) -> socket.socket:
    """A bound socket, so that a taken port is said in words. Raises `NewswatchError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise NewswatchError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; "
            "stop what uses it, or set web.listen in newswatch.yaml"
        ) from error


@dataclass(slots=True)
class Daemon:
    """One running newswatch: its ticks, a web server, and an orderly end."""

    work: Work
    web: Web
    host: str
    port: int
    supervisor: Supervisor = Supervisor()
    tasks: dict[str, set[asyncio.Task[object]]] = field(
        default_factory=lambda: {kind: set() for kind in TICKS}
    )
    ticked: set[str] = field(default_factory=set)
    refill: asyncio.TimerHandle | None = None
    took: float = 0.0  # seconds, to take deliveries
    claiming: set[asyncio.Task[None]] = field(default_factory=set)  # the loop holds tasks weakly
    taking: set[str] = field(default_factory=set)  # kinds that are being claimed now
    is_ending: bool = False

    async def run(self) -> None:
        """Runs until SIGTERM or SIGINT, then stops claiming and lets what runs finish."""
        scheduler = self.scheduler()
        server = quiet_server(self.web, Wire)
        door = listening(self.host, self.port)
        stop = asyncio.Event()
        self.listen_to_signals(stop)
        serving = asyncio.create_task(server.serve(sockets=[door]))
        scheduler.start()
        self.supervisor.tell("READY=1")
        for kind, tick in TICKS.items():
            if tick.from_the_start:
                await self.tick(kind)
        await first(stop.wait(), serving)
        self.supervisor.tell("STOPPING=1")
        self.is_ending = True
        scheduler.pause()
        server.should_exit = True
        await self.drain()
        scheduler.shutdown(wait=False)
        await serving

    def scheduler(self) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(
            timezone="UTC",
            # The defaults drop a job that is a second late, and that would be a lost poll.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        for kind, tick in TICKS.items():
            seconds = tick.every.total_seconds()
            scheduler.add_job(self.tick, "interval", (kind,), seconds=seconds)
        if self.supervisor.watchdog is not None:
            half = self.supervisor.watchdog.total_seconds() / 2
            scheduler.add_job(self.feed_watchdog, "interval", seconds=half)
        return scheduler

    async def tick(self, kind: str) -> None:
        """Claims what is due and starts it; a failure is told, and the next tick tries again."""
        if kind in self.taking:
            return
        self.taking.add(kind)
        try:
            await self.take(kind)
        finally:
            self.taking.discard(kind)

    async def take(self, kind: str) -> None:
        running = self.tasks[kind]
        tick = TICKS[kind]
        room = tick.at_once - len(running)
        try:
            jobs = await tick.take(self.work, room) if room > 0 else []
        except Exception as error:  # noqa: BLE001 - the clock must go on
            log.error("tick_failed", tick=kind, error=f"{type(error).__name__}: {error}")
            return
        for job in jobs:
            task = asyncio.create_task(guarded(kind, job))
            running.add(task)
            task.add_done_callback(partial(self.done, kind))
        self.ticked.add(kind)

    def done(self, kind: str, task: asyncio.Task[object]) -> None:
        """A place is free, or something was owed: deliveries do not wait for the clock."""
        self.tasks[kind].discard(task)
        is_due = kind == "deliver" or (not task.cancelled() and task.result())
        if is_due:
            self.refill_soon()

    def refill_soon(self) -> None:
        if self.refill is None and not self.is_ending:
            pause = max(REFILL, REST * self.took)
            self.refill = asyncio.get_running_loop().call_later(pause, self.begin_refill)

    def begin_refill(self) -> None:
        self.refill = None
        if "deliver" in self.taking:  # which may have begun before the last was owed
            self.refill_soon()
            return
        task = asyncio.ensure_future(self.take_more())
        self.claiming.add(task)
        task.add_done_callback(self.claiming.discard)

    async def take_more(self) -> None:
        started = asyncio.get_running_loop().time()
        await self.tick("deliver")
        self.took = asyncio.get_running_loop().time() - started

    async def feed_watchdog(self) -> None:
        """Only when both loops have ticked: a live process is not yet a working one."""
        if self.ticked >= {"poll", "deliver"}:
            self.supervisor.tell("WATCHDOG=1")
            self.ticked.clear()

    def listen_to_signals(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        loop.add_signal_handler(signal.SIGHUP, self.reload_soon)

    def reload_soon(self) -> None:
        task = asyncio.ensure_future(guarded("reload", self.work.reload))
        self.tasks["poll"].add(task)
        task.add_done_callback(self.tasks["poll"].discard)

    async def drain(self) -> None:
        pending = set().union(*self.tasks.values())
        if pending:
            await asyncio.wait(pending, timeout=GRACE.total_seconds())


async def guarded(kind: str, job: Job) -> object:
    """One job of many: what it raises is told and harms no other; its lease brings it back."""
    try:
        return await job()
    except Exception as error:  # noqa: BLE001 - the loop must go on
        log.error("job_failed", job=kind, error=f"{type(error).__name__}: {error}")
        return None


async def first(*awaitables: Coroutine[object, object, object] | asyncio.Task[None]) -> None:
    tasks = [asyncio.ensure_future(awaitable) for awaitable in awaitables]
    _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        if task is not tasks[-1]:
            task.cancel()
