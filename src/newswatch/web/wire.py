"""HTTP on the wire: what stands ready is given before a request becomes a task.

uvicorn makes a task and two messages of each request, which takes longer than to read it and to write
an answer that is there. Whatever is not there is uvicorn's, as is all of HTTP.
"""

import asyncio
from typing import Any, Protocol, cast

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from newswatch.web.shelf import Answer, Lines, written


class Web(Protocol):
    """An ASGI application that may have an answer ready."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...

    def ready(self, target: bytes, headers: Lines) -> Answer | None: ...


class Wire(HttpToolsProtocol):
    """One connection. `rests_since` is when an answer that stood ready was given, if nothing came
    after that."""

    rests_since: float | None = None
    watch: asyncio.TimerHandle | None = None

    def on_message_begin(self) -> None:
        self.rests_since = None
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        web = cast(Web, self.config.app)
        answer = web.ready(self.url, self.headers) if self.is_free() else None
        if answer is None:
            super().on_headers_complete()
        else:
            self.give(answer)

    def on_message_complete(self) -> None:
        if self.rests_since is None:
            super().on_message_complete()

    def is_free(self) -> bool:
        """Whether this is a GET that may be answered now, on a connection that stays: nothing before
        it is unanswered, and the client takes what it is sent."""
        before = cast(RequestResponseCycle | None, self.cycle)
        if before is not None and not before.response_complete:
            return False
        if self.flow.write_paused or self.parser.get_method() != b"GET":
            return False
        return bool(self.parser.should_keep_alive()) and self.parser.get_http_version() == "1.1"

    def give(self, answer: Answer) -> None:
        own = written(self.server_state.default_headers)
        self.transport.writelines((STATUS_LINE[answer.status], own, answer.head, answer.body))
        self.rests_since = self.loop.time()
        if self.watch is None:
            self.watch = self.loop.call_later(self.timeout_keep_alive, self.look)

    def look(self) -> None:
        """Closes a connection that rested for long. One timer looks again and again: making and
        ending one for each answer would take as long as giving it."""
        self.watch = None
        if self.rests_since is None:
            return
        left = self.rests_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self.watch = self.loop.call_later(left, self.look)
        else:
            self.timeout_keep_alive_handler()
