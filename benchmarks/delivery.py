"""Sending: 10,000 webhooks to 200 receivers, of which 20 never answer, beside one shared httpx client.

newswatch claims from SQLite, renders, signs, posts over a guarded connection of its own, and settles
in SQLite; the peer posts finished bytes through one client with as many requests at a time, in the
order in which they are owed. Both have a minute. The receivers are another process on loopback.
"""

import asyncio
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_network
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
import structlog
from machine import machine

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from factories import make_delivery, make_match, make_poll, make_release
from installation import SECRET
from newswatch.app import drain, in_thread
from newswatch.deliver import make_senders
from newswatch.guard import make_client
from newswatch.model import Change, Channel, Pace
from newswatch.pipeline import Pipeline
from newswatch.render.alert import Letterhead
from newswatch.render.message import render_message
from newswatch.rules.rule import Subscriber
from newswatch.rules.standing import Standing
from newswatch.store import open_store

RECEIVERS, HANGING, EACH = 200, 20, 50
AT_ONCE = 256
A_MINUTE = 60
DEADLINE = timedelta(seconds=20)
LOOPBACK = (ip_network("127.0.0.0/8"),)
HEAD = Letterhead("https://news.test", "a@news.test", "0", lambda code: code, lambda name: name)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.partition(b"content-length: ")[2].split(b"\r")[0]))
            if int(head.split(b" ")[1].strip(b"/")) < HANGING:
                await reader.read()  # until the sender has had enough
                break
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the sender went away
    writer.close()


async def serve(said: Connection) -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024)
    said.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def receive(said: Connection) -> None:
    asyncio.run(serve(said))


@contextmanager
def receivers() -> Iterator[str]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=receive, args=(theirs,))
    process.start()
    yield f"http://127.0.0.1:{ours.recv()}"
    process.kill()
    process.join()


def owe(store: Any) -> None:
    """Each release to all receivers, as newsrooms publish them; the first receivers hang."""
    now = datetime.now(UTC)
    for number in range(EACH):
        release = make_release(id=f"{number:016x}")
        match = make_match(release_id=release.id)
        owed = tuple(
            make_delivery(
                id=f"dlv_{number}_{to}",
                channel=f"r{to}",
                release_id=release.id,
                matches=(match,),
                due=now,
                created=now,
            )
            for to in range(RECEIVERS)
        )
        store.record(make_poll(changes=(Change("new", release, (match,)),), deliveries=owed))


def newswatch(url: str, directory: Path) -> tuple[int, float]:
    """How many were taken, and in how many seconds the last of them."""
    store = open_store(f"sqlite:///{directory}/outbox.db")
    owe(store)
    channels = tuple(
        Channel(f"r{to}", "webhook", url=f"{url}/{to}", secrets=(SECRET,), pace=Pace(4))
        for to in range(RECEIVERS)
    )
    fields: dict[str, Any] = dict.fromkeys(("fetcher", "refusal", "read", "read_article"))
    pipeline = Pipeline(
        **fields,
        store=store,
        senders=make_senders(
            partial(make_client, LOOPBACK, "newswatch/bench"), None, DEADLINE, key=bytes
        ),
        render=partial(render_message, HEAD),
        sources={},
        standing=Standing.of((Subscriber("desk", "The desk", channels=channels),)),
        retry=(timedelta(hours=1),),
        clock=partial(datetime.now, UTC),
        spread=lambda: 0.5,
        in_thread=in_thread,
    )
    times: list[float] = []
    started = time.perf_counter()

    async def one(batch: Any) -> None:
        (settled,) = await pipeline.deliver(batch)
        if settled.outcome.ok:
            times.append(time.perf_counter() - started)

    async def take(room: int) -> list[Any]:
        if time.perf_counter() - started > A_MINUTE or len(times) == EACH * (RECEIVERS - HANGING):
            return []
        batches = await in_thread(partial(pipeline.claim, room))
        return [partial(one, batch) for batch in batches]

    asyncio.run(drain(take, AT_ONCE))
    store.close()
    return len(times), max(times)


def shared_client(url: str) -> tuple[int, float]:
    """The same with one httpx client, its pool and its deadline, and bytes that are ready."""
    owed = iter([to for _ in range(EACH) for to in range(RECEIVERS)])
    times: list[float] = []
    started = time.perf_counter()
    body = b"x" * 1_200

    async def send(client: httpx.AsyncClient) -> None:
        for to in owed:
            if time.perf_counter() - started > A_MINUTE:
                return
            try:
                if (await client.post(f"{url}/{to}", content=body)).is_success:
                    times.append(time.perf_counter() - started)
            except httpx.TimeoutException:
                continue

    async def run() -> None:
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        timeout = httpx.Timeout(DEADLINE.total_seconds())
        async with httpx.AsyncClient(limits=limits, timeout=timeout, trust_env=False) as client:
            await asyncio.gather(*(send(client) for _ in range(AT_ONCE)))

    asyncio.run(run())
    return len(times), max(times)


def main() -> None:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    print(machine("httpx"))
    reachable = EACH * (RECEIVERS - HANGING)
    print(
        f"{EACH * RECEIVERS:,} owed to {RECEIVERS} receivers, {HANGING} of them hang: {reachable:,} can arrive"
    )
    with receivers() as url, tempfile.TemporaryDirectory() as directory:
        for name, run in (
            ("newswatch", partial(newswatch, url, Path(directory))),
            ("one shared httpx client", partial(shared_client, url)),
        ):
            count, seconds = run()
            print(
                f"  {name:24} {count:6,} arrived, the last after {seconds:5.1f} s: {count / seconds:5.0f}/s"
            )


if __name__ == "__main__":
    main()
