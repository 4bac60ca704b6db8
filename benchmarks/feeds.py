"""Feeds out: writing them beside feedgen alone, and serving them beside nginx with the same bytes.

What is compared: a feed of 500 entries of about 5 kB after one new release, which feedgen writes from
nothing; a cold start; the answer to a reader who has the feed already. Serving needs nginx and wrk
(Debian packages), shows Caddy where that is installed too, and is left out without them.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from feedgen.feed import FeedGenerator
from machine import machine

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from factories import make_release
from newswatch.daemon import listening, quiet_server
from newswatch.model import Release
from newswatch.render.entry import FeedHead
from newswatch.render.formats import FORMATS
from newswatch.web import history, make_app
from newswatch.web.coding import CODINGS
from newswatch.web.history import Span
from newswatch.web.press import Press
from newswatch.web.wire import Wire
from webdoors import Doors

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ENTRIES = 500
ROUNDS = 30
SECONDS, TURNS = 2, 3  # of serving
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
    """Milliseconds of processor time of the fastest of several rounds."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
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
    peer = best(lambda: feedgen_alone([*old, fresh[0]]))
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


@dataclass(frozen=True)
class Server:
    name: str
    url: str
    process: int

    def get(self) -> httpx.Response:
        return httpx.get(self.url, headers={"accept-encoding": "identity"})

    def measured(self, *headers: str) -> tuple[float, float]:
        """Answers in a second, and in a second of the server's processor time."""
        options = [part for header in headers for part in ("-H", header)]
        command = ["wrk", "-t1", "-c32", f"-d{SECONDS}s", *options, self.url]
        before = processor_time(self.process)
        done = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        used = processor_time(self.process) - before
        (rate,) = re.findall(r"^Requests/sec: *(\S+)", done, re.MULTILINE)
        (count,) = re.findall(r"(\d+) requests in", done)
        return float(rate), int(count) / used


def processor_time(process: int) -> float:
    """Seconds that a process and its children have used."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    stats = [Path(f"/proc/{one}/stat").read_text() for one in (process, *children)]
    ticks = (one.rpartition(")")[2].split()[11:13] for one in stats)
    return sum(int(one) for pair in ticks for one in pair) / os.sysconf("SC_CLK_TCK")


def await_port(port: int) -> None:
    while socket.socket().connect_ex(("127.0.0.1", port)):
        time.sleep(0.01)


@contextmanager
def newswatch_serving() -> Iterator[Server]:
    """The feeds of 20 kB, from one process, with a marker that is remembered as in the daemon."""
    app = make_app(replace(Doors(releases=releases(4)).site(), moment=time.monotonic))
    server = quiet_server(app, Wire)
    with listening("127.0.0.1", 0) as door:
        port = door.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        yield Server("newswatch", f"http://127.0.0.1:{port}/feeds/desk/moldova.atom", os.getpid())
        server.should_exit = True
        thread.join()


@contextmanager
def peer_serving(name: str, command: Sequence[str], settings: str, body: bytes) -> Iterator[Server]:
    """The same bytes as a static file, from one process on one core."""
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        root.chmod(0o755)
        (root / "feed.atom").write_bytes(body)
        (root / "settings").write_text(
            settings.replace("ROOT", directory).replace("PORT", str(port))
        )
        process = subprocess.Popen(
            [part.replace("ROOT", directory) for part in command],
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": directory, "GOMAXPROCS": "1"},
        )
        await_port(port)
        yield Server(name, f"http://127.0.0.1:{port}/feed.atom", process.pid)
        process.terminate()
        process.wait()


PEERS = {
    "nginx": (
        ("nginx", "-c", "ROOT/settings"),
        """
        worker_processes 1; daemon off; pid ROOT/pid; error_log ROOT/error;
        events { worker_connections 512; }
        http { access_log off; open_file_cache max=10; types { application/atom+xml atom; }
        server { listen 127.0.0.1:PORT; root ROOT; } }
        """,
    ),
    "caddy": (
        ("caddy", "run", "--config", "ROOT/settings", "--adapter", "caddyfile"),
        """
        {
            admin off
            auto_https off
        }
        http://127.0.0.1:PORT {
            root * ROOT
            file_server
        }
        """,
    ),
}


def serving() -> None:
    there = [name for name in PEERS if shutil.which(name)]
    if "nginx" not in there or not shutil.which("wrk"):
        print("\nserving is left out: apt install nginx-light wrk")
        return
    with ExitStack() as running:
        servers = [running.enter_context(newswatch_serving())]
        body = servers[0].get().content
        servers += [running.enter_context(peer_serving(one, *PEERS[one], body)) for one in there]
        print(
            f"\nserving {len(body) / 1000:.0f} kB, one process each, by turns: answers in a second,"
        )
        print("and in a second of the server's processor time (times nginx)")
        for status in (200, 304):
            told(status, servers)


def told(status: int, servers: Sequence[Server]) -> None:
    """The best of several turns."""
    best = dict.fromkeys(servers, (0.0, 0.0))
    for server in servers * TURNS:
        held = [f"If-None-Match: {server.get().headers['etag']}"] if status == 304 else []
        best[server] = tuple(map(max, best[server], server.measured(*held)))
    nginx = next(best[server] for server in servers if server.name == "nginx")
    for server, figures in best.items():
        shown = (
            f"{mine:8.0f} ({mine / its:4.2f})" for mine, its in zip(figures, nginx, strict=True)
        )
        print(f"  {status} {server.name:10}", *shown)


def main() -> None:
    print(machine("feedgen", "lxml", "uvicorn", "starlette"))
    writing()
    serving()


if __name__ == "__main__":
    main()
