"""One conditional GET over a real socket: validators, limits, and everything servers do."""

import asyncio
import gzip
import socket
import ssl
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address, ip_network

import pytest
import trustme

from newswatch import guard
from newswatch.fetch import HttpFetcher, Limits
from newswatch.guard import make_client
from newswatch.model import Document, Fetched, FetchFailure, NotModified, Validators
from servers import Answer, Request, Web, web_server

LOOPBACK = (ip_network("127.0.0.0/8"),)
NOW = datetime(2025, 2, 5, 9, tzinfo=UTC)
QUICK = Limits(size=100_000, deadline=timedelta(seconds=5), gap=timedelta(0))


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as running:
        yield running


def fetcher(limits: Limits = QUICK, allowed: tuple = LOOPBACK) -> HttpFetcher:
    return HttpFetcher(partial(make_client, allowed, "newswatch/test"), lambda: NOW, limits)


def get(url: str, validators: Validators = Validators(), **kwargs: object) -> Fetched:  # noqa: B008
    return asyncio.run(fetcher(**kwargs).fetch(url, validators))  # type: ignore[arg-type]


def test_a_document_comes_with_its_headers(web: Web) -> None:
    web.answer(
        Answer(
            body=b"<rss/>",
            headers={
                "Content-Type": "application/rss+xml",
                "ETag": b'W/"caf\xe9"',
                "Last-Modified": "Wed, 05 Feb 2025 08:00:00 GMT",
                "Content-Location": "/feed.en",
            },
        )
    )
    assert get(f"{web.url}/feed") == Document(
        url=f"{web.url}/feed",
        content_type="application/rss+xml",
        body=b"<rss/>",
        validators=Validators(b'W/"caf\xe9"', b"Wed, 05 Feb 2025 08:00:00 GMT", f"{web.url}/feed"),
        content_location="/feed.en",
    )


def test_a_request_says_who_asks_and_carries_both_validators(web: Web) -> None:
    web.answer(Answer(304))
    get(web.url, Validators(b'"1"', b"yesterday"))
    headers = web.requests[0].headers
    assert headers["user-agent"] == "newswatch/test"
    assert (headers["if-none-match"], headers["if-modified-since"]) == ('"1"', "yesterday")
    assert headers["accept-encoding"] == "gzip"
    assert "cookie" not in headers


def test_not_modified_keeps_the_validators_it_does_not_renew(web: Web) -> None:
    web.answer(Answer(304, headers={"ETag": '"2"'}))
    assert get(web.url, Validators(b'"1"', b"then")) == NotModified(Validators(b'"2"', b"then"))


def test_not_modified_without_a_condition_is_a_failure(web: Web) -> None:
    web.answer(Answer(304))
    assert get(web.url) == FetchFailure("http", "answered 304 Not Modified", 304)


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        (404, "http", "answered 404 Not Found"),
        (403, "http", "answered 403 Forbidden"),
        (500, "http", "answered 500 Internal Server Error"),
        (410, "gone", "answered 410 Gone"),
        (599, "http", "answered 599"),
    ],
)
def test_a_status_is_a_reason(web: Web, status: int, state: str, reason: str) -> None:
    web.answer(Answer(status))
    assert get(web.url) == FetchFailure(state, reason, status)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", timedelta(seconds=120)),
        ("Wed, 05 Feb 2025 10:00:00 GMT", timedelta(hours=1)),
        ("Wed, 05 Feb 2025 08:00:00 GMT", timedelta(0)),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_read(web: Web, value: str, expected: timedelta | None) -> None:
    web.answer(Answer(503, headers={"Retry-After": value}))
    answer = get(web.url)
    assert isinstance(answer, FetchFailure)
    assert answer.retry_after == expected


def test_redirects_are_followed_and_the_last_address_counts(web: Web) -> None:
    web.answer(
        Answer(301, headers={"Location": "/b"}),
        Answer(307, headers={"Location": f"{web.url}/c"}),
        Answer(body=b"x"),
    )
    answer = get(f"{web.url}/a")
    assert isinstance(answer, Document)
    assert answer.url == f"{web.url}/c"


def test_redirects_end(web: Web) -> None:
    web.answer(Answer(302, headers={"Location": "/again"}))
    assert get(web.url) == FetchFailure("http", "more than 5 redirects", requests=6)
    assert len(web.requests) == 6


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://x/", "gopher://127.0.0.1/"])
def test_a_redirect_to_another_scheme_is_refused(web: Web, location: str) -> None:
    web.answer(Answer(302, headers={"Location": location}))
    answer = get(web.url)
    assert isinstance(answer, FetchFailure)
    assert answer.state == "refused"


def test_gzip_is_inflated(web: Web) -> None:
    web.answer(Answer(body=gzip.compress(b"x" * 5000), headers={"Content-Encoding": "gzip"}))
    answer = get(web.url)
    assert isinstance(answer, Document)
    assert answer.body == b"x" * 5000


def test_gzip_of_several_members_is_inflated_whole(web: Web) -> None:
    members = gzip.compress(b"<rss>") + gzip.compress(b"</rss>") + b"\0\0"
    for body in (members, [members[:30], members[30:]]):
        web.answer(Answer(body=body, headers={"Content-Encoding": "gzip"}))
        answer = get(web.url)
        assert isinstance(answer, Document)
        assert answer.body == b"<rss></rss>"


def test_a_gzip_bomb_of_many_members_is_stopped_at_the_cap(web: Web) -> None:
    web.answer(
        Answer(body=gzip.compress(b"\0" * 100_000) * 200, headers={"Content-Encoding": "gzip"})
    )
    answer = get(web.url)
    assert isinstance(answer, FetchFailure)
    assert answer.state == "size"


def test_a_gzip_bomb_is_stopped_at_the_cap(web: Web) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    web.answer(Answer(body=bomb, headers={"Content-Encoding": "gzip"}))
    assert get(web.url) == FetchFailure("size", "larger than 100,000 bytes")


def test_a_body_announced_too_large_is_not_read(web: Web) -> None:
    web.answer(Answer(body=iter([b"x"]), headers={"Content-Length": "200000000"}))
    assert get(web.url) == FetchFailure("size", "larger than 100,000 bytes")


def test_a_body_that_never_ends_is_stopped_at_the_cap(web: Web) -> None:
    web.answer(Answer(body=(b"x" * 10_000 for _ in range(20_000))))  # 200 MB
    assert get(web.url) == FetchFailure("size", "larger than 100,000 bytes")


ONCE = gzip.compress(b"<rss/>", mtime=0)
NESTED = gzip.compress(ONCE, mtime=0)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("br", b"\x0b\x02\x80<rss/>\x03"),
        ("zstd", b"\x28\xb5\x2f\xfd\x20\x06\x31\x00\x00<rss/>"),
        ("deflate", zlib.compress(b"<rss/>")),
        ("deflate", zlib.compress(b"<rss/>", wbits=-15)),
        ("gzip, gzip", NESTED),
        ("gzip,gzip", NESTED),
        ("gzip, br", NESTED),
        ("identity, gzip", ONCE),
        ("compress", b"\x1f\x9d\x90"),
        ("dcb", b"x"),
        ("x" * 5_000, b"x"),
    ],
)
def test_a_coding_that_was_not_asked_for_is_a_reason(web: Web, coding: str, body: bytes) -> None:
    web.answer(Answer(body=body, headers={"Content-Encoding": coding}))
    answer = get(web.url)
    assert isinstance(answer, FetchFailure)
    assert (answer.state, coding[:40] in answer.reason) == ("encoding", True)
    assert len(answer.reason) < 200


def test_a_coding_inside_a_gzip_stream_is_no_feed_and_stays_what_it_is(web: Web) -> None:
    web.answer(Answer(body=NESTED, headers={"Content-Encoding": "gzip"}))
    answer = get(web.url)
    assert isinstance(answer, Document)
    assert answer.body == ONCE


def test_broken_gzip_is_a_reason(web: Web) -> None:
    web.answer(Answer(body=b"not gzip", headers={"Content-Encoding": "gzip"}))
    assert get(web.url) == FetchFailure("encoding", "said to be gzip, and is not")


def test_gzip_that_ends_in_its_middle_is_a_reason(web: Web) -> None:
    whole = gzip.compress(bytes(range(256)) * 100)
    web.answer(Answer(body=whole[:-20], headers={"Content-Encoding": "gzip"}))
    assert get(web.url) == FetchFailure("encoding", "the gzip stream ends in its middle")


def test_a_body_shorter_than_announced_is_a_reason(web: Web) -> None:
    web.answer(Answer(body=iter([b"x" * 10]), headers={"Content-Length": "100"}))
    answer = get(web.url)
    assert isinstance(answer, FetchFailure)
    assert answer.state == "unreachable"


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        ({"Cache-Control": "max-age=600"}, timedelta(minutes=10)),
        ({"Cache-Control": "public, MAX-AGE=600", "Age": "60"}, timedelta(minutes=9)),
        ({"Cache-Control": "max-age=600, no-cache"}, None),
        ({"Cache-Control": "no-store"}, None),
        ({"Expires": "Wed, 05 Feb 2025 10:00:00 GMT"}, timedelta(hours=1)),
        ({"Expires": "Wed, 05 Feb 2025 08:00:00 GMT"}, timedelta(0)),
        (
            {"Cache-Control": "max-age=60", "Expires": "Wed, 05 Feb 2025 10:00:00 GMT"},
            timedelta(minutes=1),
        ),
        ({"Cache-Control": "max-age=99999999999999999999999"}, timedelta(0)),
        ({"Expires": "0"}, None),
        ({}, None),
    ],
)
def test_caching_headers_say_how_long_an_answer_is_fresh(
    web: Web, headers: dict[str, str | bytes], fresh: timedelta | None
) -> None:
    web.answer(Answer(body=b"x", headers=headers))
    answer = get(web.url)
    assert isinstance(answer, Document)
    assert answer.fresh_for == fresh


def test_validators_go_only_to_the_address_that_sent_them(web: Web) -> None:
    web.answer(Answer(302, headers={"Location": "/target"}), Answer(304))
    get(f"{web.url}/start", Validators(b'"1"', url=f"{web.url}/target"))
    start, target = web.requests
    assert "if-none-match" not in start.headers
    assert target.headers["if-none-match"] == '"1"'


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [((301,), "/1"), ((308, 301), "/2"), ((302,), None), ((301, 302), "/1"), ((307, 301), None)],
)
def test_permanent_redirects_alone_say_where_a_source_moved(
    web: Web, statuses: tuple[int, ...], moved: str | None
) -> None:
    hops = [Answer(s, headers={"Location": f"/{n}"}) for n, s in enumerate(statuses, 1)]
    web.answer(*hops, Answer(body=b"x"))
    answer = get(web.url)
    assert isinstance(answer, Document)
    assert answer.moved_to == (f"{web.url}{moved}" if moved else None)


def test_a_server_that_drips_is_cut_at_the_deadline(web: Web) -> None:
    done = threading.Event()

    def drip() -> Iterator[bytes]:
        while not done.wait(0.02):
            yield b"x"

    web.answer(Answer(body=drip()))
    limits = Limits(deadline=timedelta(seconds=0.3), gap=timedelta(0))
    answer = get(web.url, limits=limits)
    done.set()
    assert answer == FetchFailure("timeout", "not read to its end within 0.3 s")


def test_redirects_share_one_deadline(web: Web) -> None:
    done = threading.Event()

    def slowly(request: Request) -> Answer:
        done.wait(0.2)
        return Answer(302, headers={"Location": "/again"})

    web.handle = slowly
    answer = get(web.url, limits=Limits(deadline=timedelta(seconds=0.3), gap=timedelta(0)))
    done.set()
    assert isinstance(answer, FetchFailure)
    assert answer.state == "timeout"
    assert len(web.requests) <= 2


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\n"], ids=["nothing", "a beginning"])
def test_headers_that_never_end_are_cut_at_the_deadline(said: bytes) -> None:
    done = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(said)
            while said and not done.wait(0.02):
                connection.sendall(b"X: y\r\n")
            done.wait()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        limits = Limits(deadline=timedelta(seconds=0.3), gap=timedelta(0))
        answer = get(f"http://127.0.0.1:{listener.getsockname()[1]}/", limits=limits)
        done.set()
        thread.join()
    assert answer == FetchFailure("timeout", "not read to its end within 0.3 s")


def test_a_server_that_is_not_there_is_unreachable(web: Web) -> None:
    with web_server() as gone:
        url = gone.url
    answer = get(url)
    assert isinstance(answer, FetchFailure)
    assert answer.state == "unreachable"


def test_a_server_that_speaks_no_http_is_unreachable() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: hang_up(listener))
        thread.start()
        answer = get(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join()
    assert isinstance(answer, FetchFailure)
    assert answer.state == "unreachable"


def hang_up(listener: object) -> None:
    connection, _ = listener.accept()  # type: ignore[attr-defined]
    connection.recv(1000)
    connection.sendall(b"220 hello\r\n")
    connection.close()


def test_a_private_address_is_refused_before_anything_is_sent(web: Web) -> None:
    answer = get(web.url, allowed=())
    assert answer == FetchFailure("refused", "127.0.0.1 is at a private address (127.0.0.1)")
    assert web.requests == []


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::ffff:127.0.0.1]"]
)
def test_a_name_that_leads_to_a_private_address_is_refused(web: Web, host: str) -> None:
    answer = get(f"http://{host}:{web.port}/", allowed=())
    assert isinstance(answer, FetchFailure)
    assert answer.state == "refused"
    assert web.requests == []


def test_a_redirect_to_a_private_address_is_refused(web: Web) -> None:
    web.answer(Answer(302, headers={"Location": f"http://127.0.0.2:{web.port}/"}))
    answer = get(web.url, allowed=(ip_network("127.0.0.1/32"),))
    assert isinstance(answer, FetchFailure)
    assert (answer.state, len(web.requests)) == ("refused", 1)


@pytest.mark.parametrize("url", ["http://", "file:///etc/passwd", "http://[::1", "nonsense"])
def test_what_is_no_address_is_refused(url: str) -> None:
    answer = get(url)
    assert isinstance(answer, FetchFailure)
    assert answer.state in ("refused", "unreachable")


def test_one_host_is_asked_one_thing_at_a_time(web: Web) -> None:
    busy, most = [0], [0]
    lock = threading.Lock()

    def handle(request: Request) -> Answer:
        with lock:
            busy[0] += 1
            most[0] = max(most[0], busy[0])
        threading.Event().wait(0.02)
        with lock:
            busy[0] -= 1
        return Answer(body=b"x")

    async def many() -> None:
        shared = fetcher()
        await asyncio.gather(*(shared.fetch(web.url, Validators()) for _ in range(5)))

    web.handle = handle
    asyncio.run(many())
    assert (most[0], len(web.requests)) == (1, 5)


def test_between_two_requests_to_a_host_is_a_pause(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting is noted in place of being done."""
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    async def two() -> None:
        shared = fetcher(Limits(gap=timedelta(hours=1)))
        await shared.fetch(f"{web.url}/1", Validators())
        await shared.fetch(f"{web.url}/2", Validators())

    monkeypatch.setattr("newswatch.fetch.asyncio.sleep", wait)
    asyncio.run(two())
    first, second = waited
    assert first == 0
    assert 3_500 < second <= 3_600


# -- certificates and addresses -----------------------------------------------------------------


@contextmanager
def tls_server(
    *,
    names: Sequence[str] = ("127.0.0.1",),
    is_trusted: bool = True,
    newest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED,
    **issued: object,
) -> Iterator[Web]:
    """A server with a certificate for some names; its authority is known to newswatch, or not."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")  # or old versions would fail here already
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = newest
    authority.issue_cert(*names, **issued).configure_cert(context)
    trusted = ssl.create_default_context()
    if is_trusted:
        authority.configure_trust(trusted)
    with (
        pytest.MonkeyPatch.context() as patch,
        web_server(lambda _: Answer(body=b"<rss/>"), context) as web,
    ):
        patch.setattr(guard, "tls", lambda: trusted)
        yield web


def test_a_certificate_that_is_good_is_no_hindrance() -> None:
    with tls_server() as web:
        assert isinstance(get(web.url), Document)


@pytest.mark.parametrize(
    ("issued", "said"),
    [
        ({"is_trusted": False}, "unable to get local issuer certificate"),
        ({"names": ["other.example"]}, "IP address mismatch"),
        ({"not_after": datetime(2020, 1, 1, tzinfo=UTC)}, "certificate has expired"),
    ],
    ids=["unknown authority", "another name", "expired"],
)
def test_a_bad_certificate_is_a_reason_and_is_not_passed_over(
    issued: dict[str, object], said: str
) -> None:
    with tls_server(**issued) as web:
        answer = get(web.url)
        assert isinstance(answer, FetchFailure)
        assert answer.state == "unreachable"
        assert said in answer.reason
        assert web.requests == []


def test_a_move_to_https_is_one_for_good(web: Web) -> None:
    with tls_server() as secure:
        web.answer(Answer(301, headers={"Location": f"{secure.url}/feed"}))
        answer = get(f"{web.url}/feed")
        assert isinstance(answer, Document)
        assert answer.moved_to == answer.url == f"{secure.url}/feed"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_a_server_whose_tls_is_too_old_is_unreachable() -> None:
    with tls_server(newest=ssl.TLSVersion.TLSv1_1) as web:
        answer = get(web.url)
        assert isinstance(answer, FetchFailure)
        assert answer.state == "unreachable"
        assert web.requests == []


def test_a_host_that_is_dead_at_one_of_its_addresses_is_reached_at_another(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolve(host: str, port: int) -> list[guard.Address]:
        return [ip_address("::1"), ip_address("127.0.0.2"), ip_address("127.0.0.1")]

    monkeypatch.setattr(guard, "resolve", resolve)
    web.answer(Answer(body=b"<rss/>"))
    assert isinstance(get(f"http://two.example:{web.port}/"), Document)


def test_a_name_without_an_address_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_address(*_: object, **__: object) -> list[object]:
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr(guard.anyio, "getaddrinfo", no_address)
    answer = get("http://nowhere.invalid/")
    assert answer == FetchFailure("unreachable", "nowhere.invalid has no address (DNS)")
