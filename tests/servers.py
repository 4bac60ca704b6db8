"""Real servers on loopback for the tests: HTTP that answers what it is told, and SMTP that keeps."""

import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller

from installation import free_port


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]  # names in small letters
    body: bytes


@dataclass(frozen=True)
class Answer:
    """`body` is bytes, or chunks that are sent one after another without a Content-Length."""

    status: int = 200
    body: bytes | Iterable[bytes] = b""
    headers: dict[str, str | bytes] = field(default_factory=dict)


Handle = Callable[[Request], Answer]


@dataclass
class Web:
    """A running server: what it was asked, and what it answers (may be changed at any time)."""

    url: str
    port: int
    handle: Handle
    requests: list[Request] = field(default_factory=list)

    def answer(self, *answers: Answer) -> None:
        """These answers in turn, the last one for ever."""
        queue = list(answers)
        self.handle = lambda request: queue.pop(0) if len(queue) > 1 else queue[0]


@contextmanager
def web_server(
    handle: Handle = lambda request: Answer(404), tls: ssl.SSLContext | None = None
) -> Iterator[Web]:
    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers, self.rfile.read(length))
            web.requests.append(request)
            # A client that had enough goes away: that is what some tests are about.
            with suppress(BrokenPipeError, ConnectionResetError):
                self.write(web.handle(request))

        do_GET = do_POST = do_PUT = do_PATCH = do_HEAD = respond  # noqa: N815

        def write(self, answer: Answer) -> None:
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                raw = value if isinstance(value, bytes) else value.encode("latin-1")
                self._headers_buffer.append(name.encode() + b": " + raw + b"\r\n")
            is_whole = isinstance(answer.body, bytes)
            if is_whole:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            for chunk in [answer.body] if is_whole else answer.body:
                self.wfile.write(chunk)

        def log_message(self, *args: object) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        # The handshake is the handler's, or a client that refuses it would stop the server.
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    scheme = "https" if tls else "http"
    web = Web(f"{scheme}://127.0.0.1:{server.server_port}", server.server_port, handle)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Mailbox:
    """An SMTP server's mailbox. `replies` are given to DATA in turn, then 250."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)  # recipient → reply to RCPT

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        reply = self.replies.pop(0) if self.replies else "250 OK, kept"
        if reply.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=default))
            self.envelopes.append((envelope.mail_from, tuple(envelope.rcpt_tos)))
        return reply


@contextmanager
def smtp_server(port: int | None = None) -> Iterator[Mailbox]:
    mailbox = Mailbox(port or free_port())
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()
