"""Where benchmarks send to, in a process of its own: endpoints of which the first may hang, and a mail
server. Both take whatever comes and do as little as they can, so that what is measured is the sender."""

import asyncio
import multiprocessing
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import trustme

FOR_EVER = 64_000_000  # bytes that never come


@dataclass(frozen=True, slots=True)
class Sinks:
    """`url` of endpoints /0, /1 … of which those below a number hang at /hang/…; `times` gives when
    the head of each request to /timed arrived (time.monotonic)."""

    url: str
    smtp: int
    authority: Path  # that signed the mail server's certificate
    times: Connection


async def answer(
    times: Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"POST /timed"):
                times.send(time.monotonic())
            length = head.lower().partition(b"content-length: ")[2].split(b"\r")[0]
            await reader.readexactly(int(length))
            if head.startswith(b"POST /hang"):
                await reader.readexactly(FOR_EVER)
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the sender went away
    finally:
        writer.close()


async def take(
    context: ssl.SSLContext, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """A mail server that says yes to everything (RFC 5321)."""
    writer.write(b"220 sink ESMTP\r\n")
    try:
        while line := await reader.readline():
            match line[:4].upper():
                case b"EHLO":
                    writer.write(b"250-sink\r\n250-8BITMIME\r\n250 STARTTLS\r\n")
                case b"STAR":
                    writer.write(b"220 go ahead\r\n")
                    await writer.start_tls(context)
                case b"DATA":
                    writer.write(b"354 go ahead\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                    writer.write(b"250 taken\r\n")
                case b"QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                case _:
                    writer.write(b"250 OK\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the sender went away
    finally:
        writer.close()


async def serve(certificate: bytes, times: Connection) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with trustme.Blob(certificate).tempfile() as path:
        context.load_cert_chain(path)
    http = await asyncio.start_server(partial(answer, times), "127.0.0.1", 0, backlog=1024)
    smtp = await asyncio.start_server(partial(take, context), "127.0.0.1", 0, backlog=1024)
    times.send([one.sockets[0].getsockname()[1] for one in (http, smtp)])
    await asyncio.gather(http.serve_forever(), smtp.serve_forever())


def run(certificate: bytes, times: Connection) -> None:
    asyncio.run(serve(certificate, times))


@contextmanager
def sinks(directory: Path) -> Iterator[Sinks]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(directory / "authority.pem")
    certificate = authority.issue_cert("localhost").private_key_and_cert_chain_pem.bytes()
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=run, args=(certificate, theirs))
    process.start()
    http, smtp = ours.recv()
    yield Sinks(f"http://127.0.0.1:{http}", smtp, directory / "authority.pem", ours)
    process.kill()
    process.join()
