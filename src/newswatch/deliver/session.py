"""HTTP to receivers: connections that are kept for the next message of a burst, and that connect to no
address which the guard refuses.

None stays open for long when all is sent; so nothing has to be closed when newswatch ends or its
configuration changes.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import httpcore
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from newswatch import guard
from newswatch.addresses import Network, why_not
from newswatch.guard import CONNECT, SILENCE, resolve, tls
from newswatch.model import Identity

KEPT = 2.0  # seconds that a connection rests between two messages: few servers close theirs sooner
UNUSED = 2.0  # seconds after which nothing is kept


class RefusedError(OSError):
    """The host has no address that may be connected to."""


class GuardedResolver(AbstractResolver):
    """The addresses of a name that may be connected to."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self.allowed = allowed

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - as aiohttp calls it
    ) -> list[ResolveResult]:
        try:
            addresses = await resolve(host, port)
        except httpcore.ConnectError as error:
            raise OSError(str(error)) from None
        refusals = {address: why_not(address, port, self.allowed) for address in addresses}
        good = [address for address in addresses if not refusals[address]]
        if not good:
            raise RefusedError(f"{host} is at {refusals[addresses[0]]}")
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET if address.version == 4 else socket.AF_INET6,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in good
        ]

    async def close(self) -> None:
        """It holds nothing."""


def guarded_socket(
    allowed: Sequence[Network], found: tuple[int, int, int, str, tuple[str | int, ...]]
) -> socket.socket:
    """A socket for an address, which is looked at here at the latest: one that stands in a URL was
    never resolved. Raises `RefusedError`."""
    family, kind, protocol, _, (host, port, *_) = found
    if refusal := why_not(ip_address(str(host).partition("%")[0]), int(port), allowed):
        raise RefusedError(f"{host} is at {refusal}")
    return socket.socket(family, kind, protocol)


@dataclass(slots=True)
class Sessions:
    """Makes requests: no cookies, no proxies from the environment, no redirects."""

    allowed: Sequence[Network]
    user_agent: str
    session: aiohttp.ClientSession | None = field(default=None, init=False)
    under_way: int = field(default=0, init=False)
    was_used: bool = field(default=False, init=False)  # in the last moments
    keeper: asyncio.Task[None] | None = field(default=None, init=False)  # the loop holds it weakly

    @asynccontextmanager
    async def request(
        self,
        method: str,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        identity: Identity | None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """An exchange, as far as the head of the answer. Raises `aiohttp.ClientError`, and
        `httpx.InvalidURL` for what is no address."""
        async with (
            self.open() as session,
            session.request(
                method,
                address(url),
                data=body,
                headers=headers,
                allow_redirects=False,
                ssl=context_for(identity),
            ) as response,
        ):
            yield response

    @asynccontextmanager
    async def open(self) -> AsyncIterator[aiohttp.ClientSession]:
        if self.session is None:
            self.session = self.fresh()
            self.keeper = asyncio.create_task(self.keep(self.session))
        self.under_way, self.was_used = self.under_way + 1, True
        try:
            yield self.session
        finally:
            self.under_way -= 1

    async def keep(self, session: aiohttp.ClientSession) -> None:
        """Closes it when nobody has used it for a moment, or when the loop ends."""
        try:
            while self.under_way or self.was_used:
                self.was_used = False
                await asyncio.sleep(UNUSED)
        finally:
            self.session = None
            await session.close()

    def fresh(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=0,  # what is under way is limited channel by channel
            keepalive_timeout=KEPT,
            resolver=GuardedResolver(self.allowed),
            socket_factory=partial(guarded_socket, self.allowed),
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(sock_connect=CONNECT, sock_read=SILENCE),
            headers={"user-agent": self.user_agent, "accept-encoding": "identity"},
            auto_decompress=False,
        )


@lru_cache(maxsize=100)
def tls_as(identity: Identity, _written: int) -> ssl.SSLContext:
    """The same with a client certificate. Raises `httpx.ConnectError` where it cannot be used."""
    context = ssl.create_default_context()
    try:
        context.load_cert_chain(identity.certificate, identity.key)
    except (OSError, ssl.SSLError) as error:
        raise httpx.ConnectError(f"the client certificate cannot be used: {error}") from None
    return context


def context_for(identity: Identity | None) -> ssl.SSLContext:
    """A certificate that was renewed is read again."""
    if identity is None:
        return tls()
    path = Path(identity.certificate)
    return tls_as(identity, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=1_000)
def address(url: str) -> URL:
    """Percent-encoded and with its host as DNS knows it, once. Raises `httpx.InvalidURL`."""
    return URL(str(httpx.URL(url)), encoded=True)


def is_refusal(error: BaseException | None) -> bool:
    """Whether an error comes from the guard."""
    while error is not None and not isinstance(error, RefusedError):
        error = error.__cause__
    return error is not None


def in_words(error: aiohttp.ClientError | httpx.HTTPError | httpx.InvalidURL) -> str:
    """What went wrong as one line for people. Never holds the URL: it may hold a secret."""
    if isinstance(error, httpx.HTTPError | httpx.InvalidURL):
        return guard.in_words(error)
    kinds: tuple[tuple[type[Exception], str], ...] = (
        (aiohttp.ConnectionTimeoutError, "no connection within the time allowed"),
        (aiohttp.ServerTimeoutError, "no answer within the time allowed"),
        (aiohttp.NonHttpUrlClientError, "not an http or https address"),
        (aiohttp.InvalidURL, "not a web address"),
    )
    named = next((words for kind, words in kinds if isinstance(error, kind)), "")
    if not named and isinstance(error, aiohttp.ClientConnectorCertificateError):
        named = str(error.certificate_error)
    if not named and isinstance(error, aiohttp.ClientConnectorError):
        named = str(error.os_error)
    line = " ".join(named.split())[:150]
    return line or "the server broke the connection or does not speak HTTP"
