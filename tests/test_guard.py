"""Which addresses are refused, however they are written, and when: where the connection is made."""

import asyncio
import logging
import socket
from ipaddress import ip_address, ip_network

import aiohttp
import anyio
import httpx
import pytest

from newswatch.deliver import session
from newswatch.deliver.session import Sessions
from newswatch.guard import ClientMaker, RefusedAddressError, is_refusal, make_client, why_not
from receiver import Receiver, receiver

LOOPBACK = (ip_network("127.0.0.0/8"),)
NOT_PUBLIC = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.1",
    "192.0.0.8",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::a00:1",
    "::808:808",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:808:808::80ff:fffe",
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff05::2",
    "ff0e::1",
]
PUBLIC = [
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "193.138.105.5",
    "2606:4700::1111",
    "2a00:1450:4001::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert "private address" in why_not(ip_address(address), 443, ())


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_not(address: str) -> None:
    assert why_not(ip_address(address), 443, ()) == ""


@pytest.mark.parametrize("port", [22, 25, 79, 81, 110, 445, 514, 993, 1023])
def test_ports_of_other_services_are_refused(port: int) -> None:
    assert f"port {port}" in why_not(ip_address("8.8.8.8"), port, ())


@pytest.mark.parametrize("port", [80, 443, 1024, 8080, 65535])
def test_ports_of_the_web_are_not(port: int) -> None:
    assert why_not(ip_address("8.8.8.8"), port, ()) == ""


def test_what_the_operator_allows_may_be_reached_at_any_port() -> None:
    allowed = (ip_network("10.1.2.0/24"), ip_network("fd00::/8"))
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "fd00::1"):
        assert why_not(ip_address(address), 81, allowed) == ""
    assert why_not(ip_address("10.1.3.3"), 443, allowed)


# -- at connect time ----------------------------------------------------------------------------


def get(url: str, allowed: tuple = ()) -> httpx.Response:
    async def exchange() -> httpx.Response:
        async with make_client(allowed, "newswatch/0") as client:
            return await client.get(url)

    return asyncio.run(exchange())


SPELLINGS = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "0", "0.0.0.0",
    "127。0。0。1", "①②⑦.0.0.1", "localhost", "[::1]", "[::]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[fe80::1%25lo]",
    "user@127.0.0.1", "8.8.8.8@127.0.0.1", "example.org#@127.0.0.1", "example.org\\@127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_loopback_is_connected_to(host: str) -> None:
    with receiver() as inside:
        port = inside.url.rpartition(":")[2]
        with pytest.raises((httpx.HTTPError, httpx.InvalidURL)):
            get(f"http://{host}:{port}/")
        assert inside.hits == []


@pytest.mark.parametrize("scheme", ["file", "ftp", "gopher", "unix", "data"])
def test_only_the_web_is_spoken(scheme: str) -> None:
    with pytest.raises((httpx.UnsupportedProtocol, httpx.InvalidURL)):
        get(f"{scheme}://127.0.0.1/etc/passwd", LOOPBACK)


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """A name server that gives these answers in turn, the last one for ever."""
    queue = list(answers)

    async def getaddrinfo(host: str, port: int, **_: object) -> list[tuple]:
        now = queue.pop(0) if len(queue) > 1 else queue[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in now]

    monkeypatch.setattr(anyio, "getaddrinfo", getaddrinfo)


def test_a_name_of_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["127.0.0.1"])
    with receiver() as inside, pytest.raises(httpx.ConnectError) as caught:
        get(f"http://news.test:{inside.url.rpartition(':')[2]}/")
    assert is_refusal(caught.value)
    assert inside.hits == []


def test_a_name_is_asked_once_and_what_was_checked_is_what_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rebinding: the second answer would lead inside, and nobody asks for it."""
    allowed = (ip_network("127.0.0.2/32"),)
    names(monkeypatch, ["127.0.0.2"], ["127.0.0.1"])
    with receiver() as inside, pytest.raises(httpx.ConnectError) as caught:
        get(f"http://news.test:{inside.url.rpartition(':')[2]}/", allowed)
    assert not is_refusal(caught.value)  # 127.0.0.2 was asked, where nobody listens
    assert inside.hits == []


def test_of_mixed_answers_only_what_is_allowed_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names(monkeypatch, ["10.255.255.1", "127.0.0.1"])
    with receiver() as inside:
        assert (
            get(f"http://news.test:{inside.url.rpartition(':')[2]}/", LOOPBACK).status_code == 200
        )
        assert [hit.header("host").partition(":")[0] for hit in inside.hits] == ["news.test"]


def test_settings_for_proxies_are_not_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as proxy, receiver() as target:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        assert get(target.at("/"), LOOPBACK).status_code == 200
        assert (len(proxy.hits), len(target.hits)) == (0, 1)


def test_no_cookie_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    async def twice(make: ClientMaker, server: Receiver) -> None:
        async with make() as client:
            await client.get(server.at("/"))
            await client.get(server.at("/"))

    from receiver import says

    with receiver() as server:
        server.then(says(200, "set-cookie: session=1; path=/"))
        asyncio.run(twice(lambda: make_client(LOOPBACK, "newswatch/0"), server))
        assert all("cookie" not in dict(hit.headers) for hit in server.hits)


def test_the_refusal_names_the_host_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(httpx.ConnectError) as caught:
        get("http://localhost:8080/token-1")
    assert isinstance(caught.value.__cause__, RefusedAddressError)
    assert "token-1" not in str(caught.value)


# -- the same for what is posted ------------------------------------------------------------------


def post(url: str, allowed: tuple = ()) -> int:
    """The status."""

    async def exchange() -> int:
        sessions = Sessions(allowed, "newswatch/0")
        async with sessions.request("POST", url, b"body", {}, None) as response:
            return response.status

    return asyncio.run(exchange())


@pytest.mark.parametrize("host", SPELLINGS)
def test_nothing_is_posted_to_any_spelling_of_loopback(host: str) -> None:
    with receiver() as inside:
        port = inside.url.rpartition(":")[2]
        with pytest.raises((aiohttp.ClientError, httpx.InvalidURL)):
            post(f"http://{host}:{port}/")
        assert inside.hits == []


@pytest.mark.parametrize("scheme", ["file", "ftp", "gopher", "unix", "data"])
def test_only_to_the_web_is_posted(scheme: str) -> None:
    with pytest.raises((aiohttp.ClientError, httpx.InvalidURL)):
        post(f"{scheme}://127.0.0.1/etc/passwd", LOOPBACK)


def test_nothing_is_posted_to_a_name_of_a_private_address(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["127.0.0.1"])
    with receiver() as inside, pytest.raises(aiohttp.ClientConnectorError) as caught:
        post(f"http://news.test:{inside.url.rpartition(':')[2]}/token-1")
    assert session.is_refusal(caught.value)
    assert session.in_words(caught.value) == "news.test is at a private address (127.0.0.1)"
    assert inside.hits == []


def test_what_was_checked_is_what_is_posted_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebinding: the second answer would lead inside, and nobody asks for it."""
    names(monkeypatch, ["127.0.0.2"], ["127.0.0.1"])
    with receiver() as inside, pytest.raises(aiohttp.ClientConnectorError) as caught:
        post(f"http://news.test:{inside.url.rpartition(':')[2]}/", (ip_network("127.0.0.2/32"),))
    assert not session.is_refusal(caught.value)
    assert inside.hits == []


def test_of_mixed_answers_only_what_is_allowed_is_posted_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names(monkeypatch, ["10.255.255.1", "127.0.0.1"])
    with receiver() as inside:
        assert post(f"http://news.test:{inside.url.rpartition(':')[2]}/", LOOPBACK) == 200
        assert [hit.header("host").partition(":")[0] for hit in inside.hits] == ["news.test"]


def test_what_is_posted_passes_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as proxy, receiver() as target:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        assert post(target.at("/"), LOOPBACK) == 200
        assert (len(proxy.hits), len(target.hits)) == (0, 1)


def test_messages_to_one_receiver_share_a_connection_that_does_not_stay_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened, closed, heard = [], [], list[bytes]()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(writer)
        while request := await reader.read(1 << 16):
            heard.append(request)
            writer.write(b"HTTP/1.1 200 OK\r\nset-cookie: a=1\r\ncontent-length: 0\r\n\r\n")
        writer.close()
        await writer.wait_closed()
        closed.append(writer)

    async def scene() -> None:
        server = await asyncio.start_server(take, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        sessions = Sessions(LOOPBACK, "newswatch/0")
        for _ in range(3):
            async with sessions.request("POST", url, b"", {}, None) as response:
                assert (response.status, list(response.cookies)) == (200, ["a"])
        assert (len(opened), len(closed)) == (1, 0)
        assert "cookie" not in heard[-1].decode()
        while not closed:
            await asyncio.sleep(0)
        assert sessions.session is None
        server.close()
        await server.wait_closed()

    monkeypatch.setattr(session, "UNUSED", 0.0)
    asyncio.run(scene())
