"""Answers that were given before, given again while nothing changed: without routing, without threads.

It stands before the application. What it does not know, it passes on, and keeps the answer if it is
of a public feed as it is now. A server that asks it first (`wire.py`) needs no application for what
it has ready.
"""

from collections.abc import Sequence
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newswatch.web.directory import Directory, Marker
from newswatch.web.kept import Kept

ANSWERS = 4_000
FEEDS = b"/feeds/"
# what an answer depends on; a request with anything that changes it otherwise is passed on
ASKED = dict.fromkeys((b"accept", b"accept-encoding", b"if-none-match"))
PASSED = frozenset(
    (
        *(b"if-modified-since", b"if-match", b"if-unmodified-since", b"a-im", b"range"),
        *(b"content-length", b"transfer-encoding", b"expect", b"upgrade"),
    )
)
KEPT_SCOPE = b"public, max-age=60"

Lines = Sequence[tuple[bytes, bytes]]
Key = tuple[bytes | None, ...]


class Answer(NamedTuple):
    """An answer as it goes out, and the marker from before it was made: it is not older. `head` are
    its headers as they are written."""

    marker: str
    status: int
    headers: Lines
    head: bytes
    body: bytes


class Shelf:
    def __init__(self, app: ASGIApp, marker: Marker, directory: Directory) -> None:
        self.app = app
        self.marker = marker
        self.directory = directory
        self.answers: Kept[Key, Answer] = Kept(ANSWERS)
        self.made_for: object = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = key_of_scope(scope)
        if key is None or not self.marker.is_fresh:
            await self.app(scope, receive, send)
            return
        answer = self.found(key)
        if answer is None:
            await self.app(scope, receive, self.listening(key, send))
            return
        start = {"status": answer.status, "headers": answer.headers}
        await send({"type": "http.response.start"} | start)
        await send({"type": "http.response.body", "body": answer.body})

    def ready(self, target: bytes, headers: Lines) -> Answer | None:
        """What stands ready for a GET of a request target."""
        key = key_of(target, headers)
        return self.found(key) if key is not None and self.marker.is_fresh else None

    def found(self, key: Key) -> Answer | None:
        configured = self.directory.configured()
        if configured is not self.made_for:
            self.made_for, self.answers = configured, Kept(ANSWERS)
        answer = self.answers.get(key)
        return answer if answer and answer.marker == self.marker.value else None

    def listening(self, key: Key, send: Send) -> Send:
        """Sends on, and keeps what may be kept once it was sent."""
        marker = self.marker.value
        started: Message = {}

        async def sent(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.start":
                started.update(message)
            elif not message.get("more_body") and may_be_kept(started):
                self.answers.put(key, answer_of(marker, started, message.get("body", b"")))

        return sent


def key_of_scope(scope: Scope) -> Key | None:
    if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
        return None
    return key_of(scope["raw_path"], scope["headers"])


def key_of(target: bytes, headers: Lines) -> Key | None:
    """What the answer to a GET depends on; None where the shelf is not asked."""
    if not target.startswith(FEEDS):
        return None
    asked: dict[bytes, bytes | None] = ASKED.copy()
    for name, value in headers:
        if name in PASSED:
            return None
        if name in asked:
            if asked[name] is not None:
                return None
            asked[name] = value
    return (target, *asked.values())


def may_be_kept(started: Message) -> bool:
    """A feed as it is now, whole: where its body ends must stand in its headers."""
    headers = dict(started["headers"])
    if headers.get(b"cache-control") != KEPT_SCOPE:
        return False
    status = started["status"]
    return status == 304 or (status == 200 and b"content-length" in headers)


def answer_of(marker: str, started: Message, body: bytes) -> Answer:
    headers = started["headers"]
    return Answer(marker, started["status"], headers, written(headers) + b"\r\n", body)


def written(headers: Lines) -> bytes:
    """Headers as they stand on the wire (RFC 9112 section 5)."""
    return b"".join([b"%s: %s\r\n" % line for line in headers])
