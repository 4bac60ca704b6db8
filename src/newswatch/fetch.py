"""One conditional GET with limits: of size, of time, of addresses, and of what a host is asked."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from newswatch.asking import host_of
from newswatch.challenge import challenges
from newswatch.guard import in_words, is_refusal, retry_after
from newswatch.model import Document, Fetched, FetchFailure, NotModified, Validators

ACCEPT = (
    b"application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, "
    b"text/html;q=0.8, */*;q=0.5"
)
REDIRECTS = (301, 302, 303, 307, 308)
PERMANENT = (301, 308)
OVERLOADED = (429, 503)
GUARDED = (403, 429, 503)
MOST_REDIRECTS = 5
GLANCE = 16_384  # bytes of an error's body, for its title
CHUNK = 65_536  # bytes
MEMBER = b"\x1f"  # how a gzip member begins; several may follow one another (RFC 1952 section 2.2)
LONGEST_PAUSE = timedelta(days=1)  # that is believed of a Retry-After
LONGEST_FRESH = 31_536_000  # seconds: a year, the most that RFC 9111 advises


@dataclass(frozen=True, slots=True)
class Redirect:
    """Another address to ask."""

    status: int
    location: str


class TooLargeError(Exception):
    """More bytes than a document may have."""


class CodingError(Exception):
    """A content coding that was not asked for, or that is broken."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetch may cost: decoded bytes, time, requests to a host."""

    size: int = 8_000_000
    deadline: timedelta = timedelta(seconds=60)  # for all redirects together, waiting apart
    concurrency: int = 1  # requests to one host at a time
    gap: timedelta = timedelta(seconds=1)  # between two requests to one host


@dataclass(slots=True)
class Host:
    """The queue in front of one host."""

    places: asyncio.Semaphore
    free_at: float = 0.0  # on the loop's clock
    closed_until: datetime | None = None  # what its last Retry-After asked for


@dataclass(slots=True)
class HttpFetcher:
    """Fetches documents; what a server does is an answer, never an exception."""

    client: Callable[[], httpx.AsyncClient]
    clock: Callable[[], datetime]
    limits: Limits = field(default_factory=Limits)
    hosts: dict[str, Host] = field(default_factory=dict)

    async def fetch(self, url: str, validators: Validators) -> Fetched:
        """A document, "not modified" (RFC 9110 section 15.4.5), or why there is neither."""
        try:
            async with self.client() as client:
                # As httpx writes it, or validators would not be known as those of this address.
                return await self.follow(client, str(httpx.URL(url)), validators)
        except httpx.InvalidURL as error:
            return unreachable(error)

    async def follow(self, client: httpx.AsyncClient, url: str, validators: Validators) -> Fetched:
        """The answer behind at most five redirects (RFC 9110 section 15.4)."""
        permanent: str | None = None  # where permanent redirects have led so far
        only_permanent = True
        left = self.limits.deadline.total_seconds()
        for requests in range(1, MOST_REDIRECTS + 2):
            async with self.turn(url) as began:
                if pause := self.closed(url):
                    return replace(pause, requests=requests - 1)
                answer = await self.ask(client, url, own(validators, url), left)
                left -= asyncio.get_running_loop().time() - began
            if not isinstance(answer, Redirect):
                return replace(at(answer, permanent), requests=requests)
            # What a Location has before its host would be sent to it as ours.
            url = str(httpx.URL(url).join(answer.location).copy_with(userinfo=b""))
            only_permanent = only_permanent and answer.status in PERMANENT
            permanent = url if only_permanent else permanent
        reason = f"more than {MOST_REDIRECTS} redirects"
        return FetchFailure("http", reason, requests=MOST_REDIRECTS + 1)

    async def ask(
        self, client: httpx.AsyncClient, url: str, validators: Validators, left: float
    ) -> "Fetched | Redirect":
        """One request within the time that is left; what goes wrong is an answer."""
        try:
            async with asyncio.timeout(left):
                return await self.exchange(client, url, validators)
        except TimeoutError:
            seconds = self.limits.deadline.total_seconds()
            return FetchFailure("timeout", f"not read to its end within {seconds:g} s")
        except TooLargeError:
            return FetchFailure("size", f"larger than {self.limits.size:,} bytes")
        except CodingError as error:
            return FetchFailure("encoding", str(error))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return unreachable(error)

    async def exchange(
        self, client: httpx.AsyncClient, url: str, validators: Validators
    ) -> "Fetched | Redirect":
        """One request: what came of it, or where it is redirected to."""
        async with client.stream("GET", url, headers=request_headers(validators)) as response:
            status, now = response.status_code, self.clock()
            if status in REDIRECTS and "location" in response.headers:
                return Redirect(status, response.headers["location"])
            if status == 304 and validators:
                kept = validators_of(response, validators)
                return NotModified(kept, freshness(response.headers, now))
            if status not in (200, 203):
                return self.failure(response, await glance(response))
            return Document(
                url=str(response.url),
                content_type=response.headers.get("content-type"),
                body=await read_body(response, self.limits.size),
                validators=validators_of(response, Validators(url=str(response.url))),
                content_location=response.headers.get("content-location"),
                fresh_for=freshness(response.headers, now),
                link=response.headers.get("link"),
            )

    def failure(self, response: httpx.Response, body: bytes) -> FetchFailure:
        status = response.status_code
        phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
        wait = retry_after(response.headers, self.clock())
        if status in OVERLOADED and wait is not None:
            self.close(str(response.url), self.clock() + min(wait, LONGEST_PAUSE))
        said = f"answered {status} {phrase}".strip()
        if status == 410:
            return FetchFailure("gone", said, status)
        if status in GUARDED and challenges(response.headers, body):
            return FetchFailure("blocked", f"{said}, with a bot check", status, wait)
        return FetchFailure("http", said, status, wait)

    def close(self, url: str, until: datetime) -> None:
        """The host of an address asks all of us to wait."""
        self.host(url).closed_until = until

    def closed(self, url: str) -> FetchFailure | None:
        """That the host asked all of us to wait, if it did. A pause that is longer than any that is
        believed began before the clock was put back."""
        until = self.host(url).closed_until
        wait = until - self.clock() if until else timedelta(0)
        if until is None or not timedelta(0) < wait <= LONGEST_PAUSE:
            return None
        reason = f"not asked: its host asked for a pause until {until:%H:%M} UTC"
        return FetchFailure("http", reason, retry_after=wait)

    @asynccontextmanager
    async def turn(self, url: str) -> AsyncIterator[float]:
        """Waits for a place in front of the host, and for the gap since the last request. Gives
        when the waiting ended, on the loop's clock."""
        host = self.host(url)
        loop = asyncio.get_running_loop()
        async with host.places:
            await asyncio.sleep(max(0.0, host.free_at - loop.time()))
            try:
                yield loop.time()
            finally:
                host.free_at = loop.time() + self.limits.gap.total_seconds()

    def host(self, url: str) -> Host:
        name = host_of(url)
        if name not in self.hosts:
            self.hosts[name] = Host(asyncio.Semaphore(self.limits.concurrency))
        return self.hosts[name]


def unreachable(error: httpx.HTTPError | httpx.InvalidURL) -> FetchFailure:
    if is_refusal(error) or isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return FetchFailure("refused", in_words(error))
    state = "timeout" if isinstance(error, httpx.TimeoutException) else "unreachable"
    return FetchFailure(state, in_words(error))


def request_headers(validators: Validators) -> list[tuple[bytes, bytes]]:
    """Both validators as opaque bytes (RFC 9110 sections 13.1.2 and 13.1.3)."""
    headers = [(b"accept", ACCEPT), (b"accept-encoding", b"gzip")]
    if validators.etag is not None:
        headers.append((b"if-none-match", validators.etag))
    if validators.last_modified is not None:
        headers.append((b"if-modified-since", validators.last_modified))
    return headers


def validators_of(response: httpx.Response, before: Validators) -> Validators:
    raw = {name.lower(): value for name, value in response.headers.raw if value}
    return Validators(
        etag=raw.get(b"etag", before.etag),
        last_modified=raw.get(b"last-modified", before.last_modified),
        url=before.url,
    )


def own(validators: Validators, url: str) -> Validators:
    """The validators, if they came from this address: another would be told about a visit
    elsewhere, and might answer by chance."""
    return validators if validators.url in ("", url) else Validators()


def at(answer: Fetched, moved_to: str | None) -> Fetched:
    if isinstance(answer, FetchFailure) or moved_to is None:
        return answer
    return replace(answer, moved_to=moved_to)


def freshness(headers: httpx.Headers, now: datetime) -> timedelta | None:
    """How long the answer stays fresh (RFC 9111 section 4.2.1): max-age, less Age, else Expires;
    None where nothing is said or where it is not to be kept."""
    words = [word.strip() for word in headers.get("cache-control", "").lower().split(",")]
    if "no-cache" in words or "no-store" in words:
        return None
    for word in words:
        name, _, value = word.partition("=")
        if name == "max-age" and value.strip('"').isdecimal():
            age = int_or_zero(headers.get("age", "").strip())
            seconds = min(int_or_zero(value.strip('"')), LONGEST_FRESH)
            return timedelta(seconds=max(seconds - age, 0))
    expires = http_date(headers.get("expires", ""))
    return max(expires - now, timedelta(0)) if expires else None


def http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return found if found.tzinfo else None


async def glance(response: httpx.Response) -> bytes:
    """The beginning of an error's body, as far as it can be had."""
    if response.status_code not in GUARDED:
        return b""
    body = bytearray()
    try:
        decode = decoder(response.headers.get("content-encoding", "").strip().lower())
        async for chunk in response.aiter_raw(GLANCE):
            body += decode.take(chunk, GLANCE - len(body))
            if len(body) >= GLANCE:
                break
    except (CodingError, httpx.HTTPError):
        return b""
    return bytes(body)


async def read_body(response: httpx.Response, most: int) -> bytes:
    """The decoded body. httpx would inflate a bomb whole: the raw stream is inflated here, with a
    bound. Raises `TooLargeError` or `CodingError`."""
    if int_or_zero(response.headers.get("content-length", "")) > most:
        raise TooLargeError
    decode = decoder(response.headers.get("content-encoding", "").strip().lower())
    body = bytearray()
    async for chunk in response.aiter_raw(CHUNK):
        body += decode.take(chunk, most - len(body))
        if len(body) > most:
            raise TooLargeError
    decode.finish()
    return bytes(body)


def int_or_zero(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 20 else 0


class Plain:
    """The identity coding."""

    def take(self, chunk: bytes, room: int) -> bytes:
        """The decoded bytes, at most one more than there is room for."""
        return chunk[: room + 1]

    def finish(self) -> None:
        """Raises `CodingError` where something is missing."""


class Gzip:
    """gzip (RFC 1952), inflated no further than there is room."""

    def __init__(self) -> None:
        self.inflater = zlib.decompressobj(wbits=31)
        self.is_begun = False

    def take(self, chunk: bytes, room: int) -> bytes:
        taken = bytearray()
        while chunk and len(taken) <= room:
            if self.inflater.eof:
                if not chunk.startswith(MEMBER):
                    break  # padding
                self.inflater = zlib.decompressobj(wbits=31)
            taken += self.inflate(chunk, room - len(taken))
            chunk = self.inflater.unused_data
        return bytes(taken)

    def inflate(self, chunk: bytes, room: int) -> bytes:
        self.is_begun = True
        try:
            return self.inflater.decompress(chunk, room + 1)
        except zlib.error:
            raise CodingError("said to be gzip, and is not") from None

    def finish(self) -> None:
        if self.is_begun and not self.inflater.eof:
            raise CodingError("the gzip stream ends in its middle")


def decoder(coding: str) -> Plain | Gzip:
    if coding in ("", "identity"):
        return Plain()
    if coding in ("gzip", "x-gzip"):
        return Gzip()
    raise CodingError(f"sent in the coding {coding[:40]!r}, which was not asked for")
