"""A webhook receiver on loopback that does what receivers do: accept, refuse, stall, break off."""

import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Hit:
    """One request as it came: `headers` in the order of the wire, names in small letters."""

    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        (value,) = [value for key, value in self.headers if key == name]
        return value

    @property
    def id(self) -> str:
        return self.header("webhook-id")


@dataclass
class Receiver:
    """Running: what came, and how the next requests are answered."""

    url: str = ""
    hits: list[Hit] = field(default_factory=list)
    behave: "Behaviour" = None  # type: ignore[assignment]
    over: threading.Event = field(default_factory=threading.Event)

    def then(self, *behaviours: "Behaviour") -> None:
        """These in turn, the last one for ever."""
        queue = list(behaviours)

        def next_one(wire: socket.socket, hit: Hit, receiver: "Receiver") -> None:
            (queue.pop(0) if len(queue) > 1 else queue[0])(wire, hit, receiver)

        self.behave = next_one

    def at(self, path: str) -> str:
        return self.url + path


Behaviour = Callable[[socket.socket, Hit, Receiver], None]


# -- what receivers do --------------------------------------------------------------------------


def says(status: int, *headers: str, body: bytes = b"ok") -> Behaviour:
    def answer(wire: socket.socket, _hit: Hit, _receiver: Receiver) -> None:
        lines = [f"HTTP/1.1 {status} Word", f"content-length: {len(body)}", *headers]
        wire.sendall("\r\n".join([*lines, "connection: close", "", ""]).encode() + body)

    return answer


def hangs(_wire: socket.socket, _hit: Hit, receiver: Receiver) -> None:
    """Takes the request and says nothing until the test is over."""
    receiver.over.wait()


def drips(wire: socket.socket, _hit: Hit, receiver: Receiver) -> None:
    """A byte of the header now and then: no silence, and no answer."""
    wire.sendall(b"HTTP/1.1 200 OK\r\nx-long: ")
    while not receiver.over.wait(0.02):
        wire.sendall(b"a")


def resets(wire: socket.socket, _hit: Hit, _receiver: Receiver) -> None:
    """An RST instead of an answer (RFC 9293 section 3.10.4 with linger 0)."""
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def half_a_status(wire: socket.socket, _hit: Hit, _receiver: Receiver) -> None:
    wire.sendall(b"HTTP/1.1 2")


def never_ends(status: int) -> Behaviour:
    def pour(wire: socket.socket, _hit: Hit, receiver: Receiver) -> None:
        wire.sendall(f"HTTP/1.1 {status} Word\r\n\r\n".encode())
        while not receiver.over.is_set():
            wire.sendall(b"x" * 65_536)

    return pour


def loses_the_answer(_wire: socket.socket, _hit: Hit, _receiver: Receiver) -> None:
    """The message is taken; the connection ends before anything is said."""


def huge_header(wire: socket.socket, _hit: Hit, receiver: Receiver) -> None:
    wire.sendall(b"HTTP/1.1 200 OK\r\n")
    while not receiver.over.is_set():
        wire.sendall(b"x-more: " + b"y" * 8_000 + b"\r\n")


def not_http(wire: socket.socket, _hit: Hit, _receiver: Receiver) -> None:
    wire.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")


# -- the server ---------------------------------------------------------------------------------


def read_hit(wire: socket.socket) -> Hit | None:
    """A whole request; None where its sender went away before its end."""
    stream = wire.makefile("rb")
    start = stream.readline().decode("latin-1").split(" ")
    if len(start) < 2:
        return None
    headers = []
    while line := stream.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers.append((name.lower(), value.strip()))
    length = int(dict(headers).get("content-length", 0))
    body = stream.read(length)
    return Hit(start[1], tuple(headers), body) if len(body) == length else None


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver that answers 200 until it is told otherwise."""
    running = Receiver(behave=says(200))

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            # a client that had enough goes away: that is what some tests are about
            with suppress(ConnectionError, TimeoutError):
                hit = read_hit(self.request)
                if hit is not None:
                    running.hits.append(hit)
                    running.behave(self.request, hit, running)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True
        request_queue_size = 512

        def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
            """Closes without a FIN of its own first, so that an RST stays one."""
            self.close_request(request)

    with Server(("127.0.0.1", 0), Handler) as server:
        running.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield running
        finally:
            running.over.set()
            server.shutdown()
            thread.join()
