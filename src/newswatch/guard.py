"""The HTTP client of newswatch: no private addresses, no cookies, no proxies from the environment.

The guard works where the connection is made, on the address that is really connected to: a name
that resolves to a private address, now or on a redirect, is refused before a packet is sent.
"""

import socket
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address
from typing import TypeAlias

import anyio
import httpcore
import httpx

from newswatch.addresses import Address, Network, why_not

CONNECT = 10.0  # seconds until a connection must stand
SILENCE = 20.0  # seconds without a byte


ClientMaker: TypeAlias = Callable[[], httpx.AsyncClient]  # for one exchange


class RefusedAddressError(httpcore.ConnectError):
    """The host has no address that may be connected to."""


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name, refuses what is not public, and connects to what is left."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self.allowed = tuple(allowed)
        self.backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await resolve(host, port)
        refusals = {address: why_not(address, port, self.allowed) for address in addresses}
        good = [address for address in addresses if not refusals[address]]
        if not good:
            raise RefusedAddressError(f"{host} is at {refusals[addresses[0]]}")
        failure: Exception | None = None
        for address in good:
            try:
                return await self.backend.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


async def resolve(host: str, port: int) -> list[Address]:
    """The addresses of a host, IPv4 first. Raises `httpcore.ConnectError`."""
    try:
        found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise httpcore.ConnectError(f"{host} has no address (DNS)") from None
    addresses = {ip_address(str(entry[4][0]).partition("%")[0]) for entry in found}
    return sorted(addresses, key=lambda address: (address.version, address.packed))


@lru_cache(maxsize=1)
def tls() -> ssl.SSLContext:
    """Certificates are checked against the system's authorities; the context is costly to make."""
    return ssl.create_default_context()


def make_client(allow_private: Sequence[Network], user_agent: str) -> httpx.AsyncClient:
    """A client for one exchange; close it after. Redirects are the caller's matter."""
    transport = httpx.AsyncHTTPTransport(verify=tls(), trust_env=False, retries=0)
    # httpx has no public door for a network backend; httpcore, below it, does.
    transport._pool._network_backend = GuardedBackend(allow_private)  # noqa: SLF001
    return httpx.AsyncClient(
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(SILENCE, connect=CONNECT),
        headers={"user-agent": user_agent},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


def is_refusal(error: BaseException | None) -> bool:
    """Whether an error of the client comes from the guard."""
    while error is not None:
        if isinstance(error, RefusedAddressError):
            return True
        error = error.__cause__ or error.__context__
    return False


def in_words(error: httpx.HTTPError | httpx.InvalidURL) -> str:
    """A network error as one line for people. Never holds the URL: it may hold a secret."""
    kinds: tuple[tuple[type[Exception], str], ...] = (
        (httpx.ConnectTimeout, "no connection within the time allowed"),
        (httpx.TimeoutException, "no answer within the time allowed"),
        (httpx.RemoteProtocolError, "the server broke the connection or does not speak HTTP"),
        (httpx.InvalidURL, "not a web address"),
        (httpx.UnsupportedProtocol, "not an http or https address"),
    )
    named = next((words for kind, words in kinds if isinstance(error, kind)), "")
    detail = " ".join(str(error).split())[:150]
    return named or detail or type(error).__name__


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Retry-After (RFC 9110 section 10.2.3): seconds or an HTTP date; None where it is neither."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal() and len(value) < 10:
        return timedelta(seconds=int(value))
    try:
        instant = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    if instant.tzinfo is None:
        return None
    return max(instant - now, timedelta(0))
