"""The HTTP client of newswatch: no private addresses, no cookies, no proxies from the environment.

The guard works where the connection is made, on the address that is really connected to: a name
that resolves to a private address, now or on a redirect, is refused before a packet is sent.
"""

import socket
import ssl
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Protocol

import anyio
import httpcore
import httpx

from newswatch.model import Identity

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052 section 2.1
GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291 section 2.4: the rest is not routed
# Special networks that `ipaddress` takes for public (IANA special-purpose address registries):
# parts of the IETF's own, relays to 6to4 (RFC 7526), documentation (RFC 9637).
SPECIAL: tuple[Network, ...] = (
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv6Network("3fff::/20"),
)
WEB_PORTS = (80, 443)
LOWEST_PORT = 1024  # of the others: below are mail, remote shells and their like
CONNECT = 10.0  # seconds until a connection must stand
SILENCE = 20.0  # seconds without a byte


class ClientMaker(Protocol):
    """Makes a client for one exchange, with the client certificate that it asks for."""

    def __call__(self, identity: Identity | None = None, /) -> httpx.AsyncClient: ...


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


def why_not(address: Address, port: int, allowed: Sequence[Network]) -> str:
    """What forbids to connect, in words; "" where the address is public and the port one of the
    web's, and in networks that the operator allows."""
    faces = tuple(embedded(address))
    if any(face.version == net.version and face in net for face in faces for net in allowed):
        return ""
    if not all(map(is_public, faces)):
        return f"a private address ({address})"
    if port not in WEB_PORTS and port < LOWEST_PORT:
        return f"port {port}, which is for other services than the web"
    return ""


def is_public(address: Address) -> bool:
    """Whether anybody on the internet may be there. `ipaddress` knows most of what is not."""
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST and address not in NAT64:
        return False
    if any(address.version == net.version and address in net for net in SPECIAL):
        return False
    return address.is_global and not address.is_multicast


def embedded(address: Address) -> Iterator[Address]:
    """The address, and the IPv4 addresses that an IPv6 address carries within (RFC 4291, 3056,
    4380, 6052): each of them may be where the packets end. A mapped address is only the mapped."""
    if isinstance(address, IPv4Address):
        yield address
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
        return
    yield address
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if address in NAT64:
        yield IPv4Address(int(address) & 0xFFFFFFFF)


@lru_cache(maxsize=1)
def tls() -> ssl.SSLContext:
    """Certificates are checked against the system's authorities; the context is costly to make."""
    return ssl.create_default_context()


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


def make_client(
    allow_private: Sequence[Network], user_agent: str, identity: Identity | None = None
) -> httpx.AsyncClient:
    """A client for one exchange; close it after. Redirects are the caller's matter."""
    transport = httpx.AsyncHTTPTransport(verify=context_for(identity), trust_env=False, retries=0)
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


def retry_after(headers: httpx.Headers, now: datetime) -> timedelta | None:
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
