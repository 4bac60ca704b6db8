"""Feeds out: writing them beside feedgen alone, and serving them beside nginx with the same bytes.

What is compared: a feed of 500 entries of about 5 kB after one new release, which feedgen writes from
nothing; a cold start; the answer to a reader who has the feed already. Serving needs nginx and wrk
(Debian packages) and is left out where they are not installed.
"""

import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from feedgen.feed import FeedGenerator
from machine import machine

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from factories import make_release
from newswatch.model import Release
from newswatch.render.entry import FeedHead
from newswatch.render.formats import FORMATS
from newswatch.web import history
from newswatch.web.coding import CODINGS
from newswatch.web.history import Span
from newswatch.web.press import Press
from webdoors import Doors

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ENTRIES = 500
ROUNDS = 30
HEAD = FeedHead("urn:x", "Everything", "https://news.example/x.atom", "https://news.example/")


def releases(count: int) -> list[Release]:
    text = (
        "The observers opened a mission for the elections, and will stay until they are over. " * 25
    )
    return [
        make_release(
            id=f"{number:016x}",
            title=f"Observers open mission number {number}",
            first_seen=NOW + number * timedelta(minutes=1),
            text=text[:500],
            html=f"<p>{text}</p><p>{text}</p>",
            published=None,
        )
        for number in range(count)
    ]


def best(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Milliseconds of the fastest of several rounds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


def feedgen_alone(all_of_them: Sequence[Release]) -> bytes:
    """What a program would write that uses feedgen as its documentation shows."""
    feed = FeedGenerator()
    feed.id(HEAD.id)
    feed.title(HEAD.title)
    feed.updated(NOW)
    feed.author({"name": "newswatch"})
    feed.link(href=HEAD.self_url, rel="self")
    for release in all_of_them:
        entry = feed.add_entry(order="append")
        entry.id(f"urn:newswatch:release:{release.id}")
        entry.title(release.title)
        entry.updated(release.first_seen)
        entry.link(href=release.url)
        entry.author({"name": release.publisher})
        entry.category(term="MD", scheme="urn:newswatch:country", label="Moldova")
        entry.summary(release.text)
        entry.content(release.html, type="html")
    body: bytes = feed.atom_str(pretty=True)
    return body


def span_of(all_of_them: Sequence[Release]) -> Span:
    steps = [history.Step(one.id, one.version, one.first_seen, one.shown) for one in all_of_them]
    return Span(tuple(steps), ())


def writing() -> None:
    old, fresh = releases(ENTRIES - 1), releases(ENTRIES + ROUNDS)[ENTRIES - 1 :]
    doors = Doors(releases=[*old, *fresh])
    by_key = {(one.id, one.version): one for one in doors.releases}
    site = replace(doors.site(), versions=lambda keys: {key: by_key[key] for key in keys})
    peer = best(lambda: feedgen_alone([*old, fresh[0]]), 5)
    size = len(feedgen_alone([*old, fresh[0]])) / 1e6
    print(f"\n{ENTRIES} entries, {size:.1f} MB, ms (times feedgen)")
    print(f"  feedgen alone, from nothing        {peer:8.2f}")
    for form in FORMATS.values():
        cold = best(lambda: Press(site).issue(HEAD, span_of([*old, fresh[0]]), form), 3)  # noqa: B023
        press = Press(site)
        press.issue(HEAD, span_of(old), form)
        spans = iter([span_of([one, *old]) for one in fresh])
        warm = best(lambda: press.issue(HEAD, next(spans), form), len(fresh))  # noqa: B023
        print(f"  {form.suffix:4} from nothing                  {cold:8.2f}  ({peer / cold:.1f})")
        print(f"  {form.suffix:4} after one new release         {warm:8.3f}  ({peer / warm:.0f})")
    body = press.issue(HEAD, span_of(old), FORMATS["atom"]).body
    for name, code in CODINGS.items():
        print(f"  {name:4} once for each state           {best(lambda: code(body), 3):8.2f}")  # noqa: B023


# -- serving --------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def newswatch_serving() -> Iterator[str]:
    """The feeds of 20 kB, from one process, with a marker that is remembered as in the daemon."""
    doors = Doors(releases=releases(4))
    from newswatch.web import make_app

    app = make_app(replace(doors.site(), moment=time.monotonic))
    port = free_port()
    config = uvicorn.Config(
        app, port=port, log_config=None, access_log=False, lifespan="off", loop="asyncio"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}/feeds/desk/moldova.atom"
    server.should_exit = True
    thread.join()


@contextmanager
def nginx_serving(body: bytes) -> Iterator[str]:
    """The same bytes as a static file."""
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        (root / "feed.atom").write_bytes(body)
        (root / "nginx.conf").write_text(
            f"worker_processes 1; daemon off; pid {root}/pid; error_log {root}/error;\n"
            "events { worker_connections 512; }\n"
            f"http {{ access_log off; open_file_cache max=10; types {{ application/atom+xml atom; }}\n"
            f"server {{ listen 127.0.0.1:{port}; root {root}; }} }}\n"
        )
        process = subprocess.Popen(["nginx", "-c", f"{root}/nginx.conf"], stderr=subprocess.DEVNULL)
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}/feed.atom"
        process.terminate()
        process.wait()


def per_second(url: str, *headers: str) -> float:
    options = [part for header in headers for part in ("-H", header)]
    done = subprocess.run(
        ["wrk", "-t1", "-c32", "-d4s", *options, url], capture_output=True, text=True, check=True
    )
    (line,) = [one for one in done.stdout.splitlines() if one.startswith("Requests/sec")]
    return float(line.split()[1])


def serving() -> None:
    if not shutil.which("nginx") or not shutil.which("wrk"):
        print("\nserving is left out: apt install nginx-light wrk")
        return
    import httpx

    with newswatch_serving() as url:
        answer = httpx.get(url, headers={"accept-encoding": "identity"})
        ours = [per_second(url), per_second(url, f"If-None-Match: {answer.headers['etag']}")]
    with nginx_serving(answer.content) as url:
        etag = httpx.get(url).headers["etag"]
        nginx = [per_second(url), per_second(url, f"If-None-Match: {etag}")]
    print(
        f"\nserving {len(answer.content) / 1000:.0f} kB, requests/s, one process each (times nginx)"
    )
    for status, mine, theirs in zip((200, 304), ours, nginx, strict=True):
        print(f"  {status}: newswatch {mine:8.0f}  nginx {theirs:8.0f}  ({mine / theirs:.2f})")


def main() -> None:
    print(machine("feedgen", "lxml", "uvicorn", "starlette"))
    writing()
    serving()


if __name__ == "__main__":
    main()
