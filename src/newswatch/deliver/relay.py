"""Connections to the mail server: few at a time, each for many mails, and none that nobody uses."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import parseaddr

from aiosmtplib import SMTP, SMTPException

from newswatch.model import MailServer

STEP = 30.0  # seconds for each step of the dialogue
AT_ONCE = 10  # connections: mail servers take few from one client
A_MOMENT = 1.0  # seconds that a line rests without being asked whether it is there
MANY = 100  # messages over one connection: mail servers end one that goes on for ever


@dataclass(slots=True)
class Line:
    """A connection, and how many messages went over it."""

    session: SMTP
    transport: asyncio.BaseTransport | None  # which the session forgets when it breaks off
    used: int = 0
    rests_since: float = 0.0  # by the loop's clock

    def cut(self) -> None:
        """What a server that hangs has not taken yet would keep the line open."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def is_there(self) -> bool:
        """Whether a line that rested is still good; if it is not, no mail was lost over it."""
        if asyncio.get_running_loop().time() - self.rests_since < A_MOMENT:
            return self.session.is_connected
        with suppress(SMTPException, OSError), self.cut_when_it_breaks():
            await self.session.rset()
            return True
        return False

    async def end(self) -> None:
        """However the server says farewell: what it took, it has."""
        with suppress(SMTPException, OSError), self.cut_when_it_breaks():
            await self.session.quit()

    @contextmanager
    def cut_when_it_breaks(self) -> Iterator[SMTP]:
        try:
            yield self.session
        except BaseException:
            self.cut()
            raise


@dataclass(slots=True)
class Relay:
    """The mail server as it is connected to; certificates are checked against the system's
    authorities."""

    server: MailServer
    step: float = STEP
    at_once: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    rested: list[Line] = field(default_factory=list)
    users: int = 0  # who has a line, or waits for one

    @property
    def sender(self) -> str:
        """The address that mails come from."""
        return parseaddr(self.server.sender)[1]

    @asynccontextmanager
    async def session(self) -> AsyncIterator[SMTP]:
        """A session for one message; its line is cut where it breaks off. Raises `SMTPException` or
        `OSError`."""
        self.users += 1
        try:
            async with self.at_once:
                line = await self.line()
                with line.cut_when_it_breaks() as session:
                    yield session
                line.used, line.rests_since = line.used + 1, asyncio.get_running_loop().time()
                self.rested.append(line)
        finally:
            self.users -= 1
            await self.end_unused()

    async def line(self) -> Line:
        while self.rested:
            line = self.rested.pop()
            if await line.is_there():
                return line
        session = self.fresh()
        await session.connect()
        return Line(session, session.transport)

    async def end_unused(self) -> None:
        """Those that had enough; all, when nobody is left who could use them."""
        over = [line for line in self.rested if line.used >= MANY or not self.users]
        self.rested = [line for line in self.rested if line not in over]
        await asyncio.gather(*(line.end() for line in over))

    def fresh(self) -> SMTP:
        server, domain = self.server, self.sender.rpartition("@")[2]
        return SMTP(
            hostname=server.host,
            port=server.port,
            local_hostname=server.hello or (domain if "." in domain else None),
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            username=server.username or None,
            password=server.password or None,
            timeout=self.step,
        )
