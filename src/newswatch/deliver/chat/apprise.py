"""Chat services through Apprise: a process for each message, which is ended when it takes too long."""

import asyncio
import json
import ssl
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

import httpx

from newswatch.addresses import Network
from newswatch.deliver.chat.said import as_object, with_words
from newswatch.deliver.post import BUSY, PHRASES
from newswatch.guard import retry_after
from newswatch.model import Outcome
from newswatch.ports import Message

COMMAND = (sys.executable, "-I", "-m", "newswatch.courier")
AT_ONCE = 16  # processes, of some 60 MB each


@dataclass(frozen=True, slots=True)
class AppriseRoom:
    """Hands messages to Apprise. `allowed` are the private networks that it may reach."""

    allowed: Sequence[Network]
    deadline: timedelta
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def send(self, message: Message, now: datetime, /) -> Outcome:
        async with self.places:
            try:
                async with asyncio.timeout(self.deadline.total_seconds()):
                    return outcome(await report_of(self.errand(message)), now)
            except TimeoutError:
                seconds = self.deadline.total_seconds()
                return Outcome(ok=False, answer=f"no answer within {seconds:g} s")

    def errand(self, message: Message) -> bytes:
        rendered = json.loads(message.body)
        errand = {
            "plugin": rendered["plugin"],
            "url": message.channel.url,
            "body": rendered["body"],
            "told_as": rendered["format"],
            "allowed": [str(network) for network in self.allowed],
            "seconds": ceil(self.deadline.total_seconds()) + 1,
        }
        return json.dumps(errand).encode()


async def report_of(errand: bytes) -> bytes:
    """What the process writes. It gets nothing from the environment: no proxy, no settings of
    others; certificates are checked against the system's authorities."""
    authorities = ssl.get_default_verify_paths().cafile or ""
    trusted = {"REQUESTS_CA_BUNDLE": authorities} if Path(authorities).is_file() else {}
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"LANG": "C.UTF-8", "HOME": "/nonexistent", **trusted},
    )
    try:
        return (await process.communicate(errand))[0]
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def outcome(written: bytes, now: datetime) -> Outcome:
    """Apprise says whether it worked; what the last answer over HTTP was, its process heard."""
    report: Any = as_object(written)
    if not report:
        return Outcome(ok=False, answer="Apprise ended without an answer")
    status = report["status"]
    answer = f"{status} {PHRASES.get(status, '')}".strip() if status else "no answer over HTTP"
    if report["ok"]:
        return Outcome(ok=True, answer=answer)
    if report["refused"]:
        return Outcome(ok=False, answer=f"refused to connect: {report['refused']}")
    pause = retry_after(httpx.Headers({"retry-after": report["retry_after"]}), now)
    made = Outcome(ok=False, answer=answer, retry_after=pause, is_busy=status in BUSY)
    return with_words(made, report["said"])
