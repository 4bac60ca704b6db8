"""The process: it ticks, tells the service manager, reloads, and ends in order."""

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from installation import free_port
from newswatch.daemon import Daemon, Supervisor, listening
from newswatch.errors import NewswatchError

Job = Callable[[], Awaitable[object]]


class Page:
    """A site of one page, of which nothing stands ready."""

    async def __call__(
        self, scope: dict, receive: object, send: Callable[[dict], Awaitable[None]]
    ) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"here"})

    def ready(self, target: bytes, headers: object) -> None:
        return None


@dataclass
class Work:
    """Hands out the jobs it was given, once, and ends the process when all is done."""

    polls: list[Job] = field(default_factory=list)
    deliveries: list[Job] = field(default_factory=list)
    pushes: list[Job] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    async def take_polls(self, room: int) -> list[Job]:
        taken, self.polls = self.polls, []
        return taken

    async def take_deliveries(self, room: int) -> list[Job]:
        taken, self.deliveries = self.deliveries, []
        return taken

    async def take_publications(self, room: int) -> list[Job]:
        return []

    async def take_reminders(self, room: int) -> list[Job]:
        return []

    async def take_drills(self, room: int) -> list[Job]:
        return []

    async def take_pushes(self, room: int) -> list[Job]:
        taken, self.pushes = self.pushes, []
        return taken

    async def take_errands(self, room: int) -> list[Job]:
        return []

    async def take_reloads(self, room: int) -> list[Job]:
        return []

    async def reload(self) -> None:
        self.done.append("reload")
        stop()

    def job(self, name: str, *, last: bool = False) -> Job:
        async def work() -> None:
            self.done.append(name)
            if last:
                stop()

        return work

    async def broken(self) -> None:
        self.done.append("broken")
        raise ValueError("this job cannot be done")


def stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def run(work: Work, supervisor: Supervisor | None = None) -> None:
    asyncio.run(Daemon(work, Page(), "127.0.0.1", free_port(), supervisor or Supervisor()).run())


def test_a_job_that_is_due_is_done() -> None:
    work = Work()
    work.polls = [work.job("poll", last=True)]
    run(work)
    assert work.done == ["poll"]


def test_what_a_poll_owes_is_taken_without_waiting_for_the_clock() -> None:
    work = Work()

    async def poll() -> bool:
        work.deliveries = [work.job("delivery")]
        return True

    async def scene() -> None:
        daemon = Daemon(work, Page(), "127.0.0.1", 0)
        work.polls = [poll]
        await daemon.tick("poll")
        (polled,) = daemon.tasks["poll"]
        await polled
        await asyncio.sleep(0)
        assert daemon.refill is not None
        daemon.refill.cancel()
        await daemon.take_more()
        await asyncio.gather(*daemon.tasks["deliver"])

    asyncio.run(scene())
    assert work.done == ["delivery"]


def test_a_poll_that_owes_nothing_begins_no_delivery() -> None:
    work = Work()

    async def scene() -> None:
        daemon = Daemon(work, Page(), "127.0.0.1", 0)
        work.polls = [work.job("poll")]
        await daemon.tick("poll")
        await asyncio.gather(*daemon.tasks["poll"])
        await asyncio.sleep(0)
        assert daemon.refill is None

    asyncio.run(scene())


def test_hubs_are_asked_beside() -> None:
    work = Work()
    work.pushes = [work.job("push", last=True)]
    run(work)
    assert work.done == ["push"]


def test_a_job_that_fails_harms_no_other() -> None:
    work = Work()
    work.polls = [work.broken, work.job("other", last=True)]
    run(work)
    assert work.done == ["broken", "other"]


def test_what_runs_is_finished_before_the_end() -> None:
    work = Work()

    async def slow() -> None:
        stop()
        for _ in range(10):  # the signal arrives in between
            await asyncio.sleep(0)
        work.done.append("slow")

    work.deliveries = [slow]
    run(work)
    assert work.done == ["slow"]


def test_sighup_reloads() -> None:
    work = Work()

    async def hang_up() -> None:
        os.kill(os.getpid(), signal.SIGHUP)

    work.polls = [hang_up]
    run(work)
    assert work.done == ["reload"]


def test_the_service_manager_hears_ready_and_stopping(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        work = Work()
        work.polls = [work.job("poll", last=True)]
        run(work, Supervisor(str(tmp_path / "notify")))
        manager.setblocking(False)
        assert [manager.recv(100), manager.recv(100)] == [b"READY=1", b"STOPPING=1"]


def test_the_watchdog_is_fed_only_when_both_loops_have_ticked(tmp_path: Path) -> None:
    async def scenario() -> None:
        supervisor = Supervisor(str(tmp_path / "notify"), timedelta(seconds=60))
        daemon = Daemon(Work(), Page(), "127.0.0.1", 0, supervisor)
        await daemon.tick("poll")
        await daemon.feed_watchdog()
        with pytest.raises(BlockingIOError):
            manager.recv(100)
        await daemon.tick("deliver")
        await daemon.feed_watchdog()
        assert manager.recv(100) == b"WATCHDOG=1"

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        asyncio.run(scenario())


def test_a_tick_that_fails_does_not_feed_the_watchdog(tmp_path: Path) -> None:
    class Broken(Work):
        async def take_polls(self, room: int) -> list[Job]:
            raise OSError("the database is gone")

    daemon = Daemon(Broken(), Page(), "127.0.0.1", 0)
    asyncio.run(daemon.tick("poll"))
    assert daemon.ticked == set()


def test_a_port_that_is_taken_is_said_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            NewswatchError, match=f"cannot listen on 127.0.0.1:{port}: .*web.listen"
        ):
            listening("127.0.0.1", port)
