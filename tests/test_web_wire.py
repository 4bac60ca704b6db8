"""HTTP on the wire: what stands ready is given without the application, and is what that gives."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from factories import NOW, make_release
from newswatch.web import make_app
from newswatch.web.shelf import Answer, Lines
from newswatch.web.wire import Wire
from webdoors import BROWSER, Doors, with_token

FEED = "/feeds/desk/moldova.atom"
WISHES = {
    "of a client that says nothing": {},
    "gzip": {"Accept-Encoding": "gzip"},
    "br": {"Accept-Encoding": "br, gzip", "User-Agent": "reader/1"},
    "zstd": {"Accept-Encoding": "zstd"},
    "of a browser": {"Accept": BROWSER},
    "another tag": {"If-None-Match": '"other"'},
    "anything that is there": {"If-None-Match": "*"},
}


@dataclass
class Web:
    """A site whose marker is remembered until a second has passed. Counts what its server could not
    answer by itself."""

    doors: Doors = field(default_factory=Doors)
    seconds: float = 1.0
    passed_on: int = 0

    def __post_init__(self) -> None:
        self.app = make_app(replace(self.doors.site(), moment=lambda: self.seconds))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.passed_on += 1
        await self.app(scope, receive, send)

    def ready(self, target: bytes, headers: Lines) -> Answer | None:
        return self.app.ready(target, headers)


@dataclass
class Client:
    """One connection, read to the end of each answer."""

    door: socket.socket

    def __post_init__(self) -> None:
        self.file = self.door.makefile("rb")

    def ask(self, target: str = FEED, head: str = "GET {} HTTP/1.1", **headers: str) -> bytes:
        self.send(target, head, **headers)
        return self.answer(has_body=not head.startswith("HEAD"))

    def send(self, target: str = FEED, head: str = "GET {} HTTP/1.1", **headers: str) -> None:
        lines = [head.format(target), "Host: x"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.door.sendall("\r\n".join([*lines, "", ""]).encode())

    def answer(self, *, has_body: bool = True) -> bytes:
        """Without its date, which is that of the second."""
        lines = list(iter(self.line, b"\r\n"))
        named = dict(line.lower().rstrip().split(b": ", 1) for line in lines[1:])
        length = int(named.get(b"content-length", 0)) if has_body else 0
        kept = [line for line in lines if not line.lower().startswith(b"date: ")]
        return b"".join([*kept, b"\r\n", self.file.read(length)])

    def line(self) -> bytes:
        line = self.file.readline()
        assert line, "the connection was closed"
        return line


@contextmanager
def connected(web: Web) -> Iterator[Client]:
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(web, http=Wire, log_config=None, server_header=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        with socket.create_connection(listening.getsockname(), timeout=30) as door:
            yield Client(door)
    finally:
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize("wish", WISHES.values(), ids=WISHES)
def test_what_stands_ready_is_what_the_application_says(wish: dict[str, str]) -> None:
    web = Web(Doors(releases=[make_release(text="Observers came. " * 90)]))
    with connected(web) as client:
        client.ask(target="/feeds/event/mission.opened.atom")  # the marker is asked for
        first, *others = (client.ask(**wish) for _ in range(4))
        assert first.startswith((b"HTTP/1.1 200 OK", b"HTTP/1.1 304 Not Modified"))
        assert others == [first] * 3
        assert web.passed_on == 2


def test_a_reader_that_holds_the_feed_is_told_so_at_once() -> None:
    web = Web()
    with connected(web) as client:
        head = client.ask()
        etag = next(x for x in head.decode().splitlines() if x.startswith("etag: "))[6:]
        answers = [client.ask(If_None_Match=etag) for _ in range(3)]
    assert {one.partition(b"\r\n")[0] for one in answers} == {b"HTTP/1.1 304 Not Modified"}
    assert len(set(answers)) == 1
    assert web.passed_on == 2


def test_what_changed_is_told_when_the_marker_was_asked_again() -> None:
    web = Web()
    with connected(web) as client:
        before = [client.ask() for _ in range(2)]
        web.doors.change(make_release(title="Corrected", version=2, updated=NOW))
        web.seconds += 1
        after = [client.ask() for _ in range(2)]
    assert {b"Corrected" in one for one in before} == {False}
    assert {b"Corrected" in one for one in after} == {True}


def test_requests_that_are_sent_without_waiting_are_answered_in_their_order() -> None:
    web = Web()
    with connected(web) as client:
        client.ask()
        feed, page = client.ask(), client.ask("/healthz")
        for target in (FEED, "/healthz", FEED, FEED, "/healthz", FEED):
            client.send(target)
        assert [client.answer() for _ in range(6)] == [feed, page, feed, feed, page, feed]


@pytest.mark.parametrize(
    ("head", "headers"),
    [
        ("HEAD {} HTTP/1.1", {}),
        ("GET {} HTTP/1.0", {}),
        ("GET {}?x=1 HTTP/1.1", {}),
        ("GET {} HTTP/1.1", {"Connection": "close"}),
        ("GET {} HTTP/1.1", {"A_IM": "feed"}),
        ("GET {} HTTP/1.1", {"Range": "bytes=0-1"}),
        ("GET {} HTTP/1.1", {"Content_Length": "0"}),
        ("GET {} HTTP/1.1", {"If_Modified_Since": "Wed, 05 Feb 2020 09:00:00 GMT"}),
        ("POST {} HTTP/1.1", {"Content_Length": "0"}),
    ],
)
def test_what_asks_otherwise_is_passed_on(head: str, headers: dict[str, str]) -> None:
    web = Web()
    with connected(web) as client:
        for _ in range(3):
            client.ask()
        assert web.passed_on == 2
        client.ask(head=head, **headers)
    assert web.passed_on == 3


def test_the_content_of_a_request_is_no_request() -> None:
    web = Web()
    with connected(web) as client:
        feed = [client.ask() for _ in range(3)][-1]
        hidden = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        client.send(Content_Length=str(len(hidden)))
        client.door.sendall(hidden.encode())
        assert client.answer() == feed
        assert client.ask() == feed


def test_private_feeds_are_asked_for_each_time() -> None:
    doors, address = with_token()
    web = Web(doors)
    with connected(web) as client:
        for _ in range(3):
            assert client.ask(address).startswith(b"HTTP/1.1 200")
        doors.tokens = {}
        assert client.ask(address).startswith(b"HTTP/1.1 404")
    assert web.passed_on == 4


# -- by a clock of its own ------------------------------------------------------------------------


@dataclass
class Hours:
    """A loop's clock, and what is to be done when."""

    now: float = 0.0
    due: list[tuple[float, Any]] = field(default_factory=list)

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, work: Any) -> object:
        self.due.append((self.now + delay, work))
        return work

    def pass_to(self, now: float) -> None:
        self.now = now
        come = [one for one in self.due if one[0] <= now]
        self.due = [one for one in self.due if one[0] > now]
        for _, work in come:
            work()


class Far(asyncio.Transport):
    """The client's side of a connection."""

    is_shut = False
    written = b""

    def writelines(self, parts: Any) -> None:
        self.written = b"".join(parts)

    def is_closing(self) -> bool:
        return self.is_shut

    def close(self) -> None:
        self.is_shut = True


@dataclass
class Always:
    """Has one answer ready."""

    passed_on: int = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.passed_on += 1

    def ready(self, target: bytes, headers: Lines) -> Answer:
        return Answer("", 200, (), b"content-length: 4\r\n\r\n", b"here")


def wired(web: Always, far: Far, loop: Any) -> Wire:
    config = uvicorn.Config(web, http=Wire, log_config=None, lifespan="off", timeout_keep_alive=5)
    wire = Wire(config, ServerState(), {}, _loop=loop)
    wire.connection_made(far)
    return wire


def test_a_client_that_does_not_read_has_to_wait() -> None:
    web, far = Always(), Far()

    async def ask() -> None:
        wire = wired(web, far, asyncio.get_running_loop())
        wire.pause_writing()  # too much is waiting to be sent
        wire.data_received(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(0)

    asyncio.run(ask())
    assert (web.passed_on, far.written) == (1, b"")


def test_a_connection_that_is_used_stays() -> None:
    hours, far = Hours(), Far()
    wire = wired(Always(), far, hours)
    for second in (0, 3, 6, 9):
        hours.pass_to(second)
        wire.data_received(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        assert far.written == b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhere"
    hours.pass_to(13.9)
    wire.data_received(b"GET /x HTTP")  # it has begun to ask again
    hours.pass_to(20)
    assert not far.is_shut
    wire.data_received(b"/1.1\r\nHost: x\r\n\r\n")
    hours.pass_to(24.9)
    assert not far.is_shut
    hours.pass_to(25)
    assert far.is_shut
    assert not hours.due
