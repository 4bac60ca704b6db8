"""Answers that were given before, given again while nothing changed: without routing, without threads.

It stands before the application. What it does not know, it passes on, and keeps the answer if it is
of a public feed as it is now.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newswatch.web.directory import Directory, Marker
from newswatch.web.kept import Kept

ANSWERS = 4_000
FEEDS = "/feeds/"
# what an answer depends on; a request with anything that changes it otherwise is passed on
ASKED = (b"accept", b"accept-encoding", b"if-none-match")
PASSED = (b"if-modified-since", b"a-im", b"range")
KEPT_SCOPE = b"public, max-age=60"

Lines = Sequence[tuple[bytes, bytes]]
Key = tuple[object, ...]


class Answer(NamedTuple):
    """An answer as it goes out, and the marker from before it was made: it is not older."""

    marker: str
    status: int
    headers: Lines
    body: bytes


class Shelf:
    def __init__(self, app: ASGIApp, marker: Marker, directory: Directory) -> None:
        self.app = app
        self.marker = marker
        self.directory = directory
        self.answers: Kept[Key, Answer] = Kept(ANSWERS)
        self.made_for: object = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = key_of(scope)
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

    def found(self, key: Key) -> Answer | None:
        configured = self.directory.configured()
        if configured is not self.made_for:
            self.made_for, self.answers = configured, Kept(ANSWERS)
        answer = self.answers.get(key)
        return answer if answer and answer.marker == self.marker.value else None

    def listening(self, key: Key, send: Send) -> Send:
        """Sends on, and keeps what may be kept."""
        marker = self.marker.value
        started: dict[str, Any] = {}

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            elif may_be_kept(started) and not message.get("more_body"):
                body = message.get("body", b"")
                answer = Answer(marker, started["status"], started["headers"], body)
                self.answers.put(key, answer)
            await send(message)

        return sent


def key_of(scope: Scope) -> Key | None:
    """What the answer depends on; None where the shelf is not asked."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
        return None
    if not scope["path"].startswith(FEEDS):
        return None
    asked: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in PASSED or (name in ASKED and name in asked):
            return None
        if name in ASKED:
            asked[name] = value
    return (scope["path"], *map(asked.get, ASKED))


def may_be_kept(started: Message) -> bool:
    if started.get("status") not in (200, 304):
        return False
    return (b"cache-control", KEPT_SCOPE) in started["headers"]
