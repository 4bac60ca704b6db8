"""One message through Apprise, in a process of its own: `python -m newswatch.courier`.

Apprise speaks for itself to whatever host an address names, and says only whether that worked. Here it
may connect to public addresses and the networks that the operator allows, and start and write nothing:
an audit hook (PEP 578) sees every connection of this process before it is made, whatever library makes
it, and nothing can take the hook off again. The process ends with the message, or is ended.

Reads a JSON object from standard input (`Errand`), and writes one to standard output (`Report`).
Nothing of the address is in what it writes.
"""

import json
import logging
import os
import re
import resource
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import unquote

from newswatch.addresses import Network, why_not

NAME = "newswatch"
MOST_MEMORY = 1_000_000_000  # bytes
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
STARTS = ("subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "pty.")
SHORTEST_SECRET = 3  # characters


@dataclass(frozen=True, slots=True)
class Errand:
    """What to send, and how. `plugin` is the class of Apprise's for the service, like
    "ntfy.NotifyNtfy"; `told_as` one of its formats; `allowed` are private networks that may be
    reached."""

    plugin: str
    url: str = field(repr=False)
    body: str
    told_as: str
    allowed: tuple[str, ...]
    seconds: int  # after which the process ends, whatever it does


@dataclass(slots=True)
class Report:
    """What became of it: what Apprise says, and what the last answer over HTTP was."""

    ok: bool = False
    status: int | None = None
    retry_after: str = ""
    refused: str = ""  # what the guard refused, in words
    said: str = ""  # Apprise's last warning, without anything of the address


def main() -> None:
    errand = Errand(**json.load(sys.stdin))
    out, sys.stdout = sys.stdout, sys.stderr  # whoever prints something does not spoil the report
    signal.alarm(errand.seconds)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    report, plugin = Report(), plugin_of(errand.plugin)
    hear(report)
    guard([ip_network(one) for one in errand.allowed], report)
    deliver(errand, plugin, report)
    json.dump(asdict(report), out)


# -- what it may do ------------------------------------------------------------------------------


def guard(allowed: Sequence[Network], report: Report) -> None:
    """From here on, refuses what this process must not do. For good."""

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            report.refused = why_not_there(args[1], allowed)
            refuse(report.refused)
        refuse(why_not_done(event, args))

    sys.addaudithook(hook)


def refuse(why: str) -> None:
    if why:
        raise PermissionError(why)


def why_not_there(address: object, allowed: Sequence[Network]) -> str:
    """What forbids to connect to a socket's address, which is one by number: names are resolved
    before."""
    if address is None:  # of a socket that is connected
        return ""
    if not isinstance(address, tuple) or len(address) < 2:
        return "a socket of this machine"
    try:
        there = ip_address(str(address[0]).partition("%")[0])
    except ValueError:
        return "a host that is not resolved"
    return why_not(there, int(address[1]), allowed)


def why_not_done(event: str, args: tuple[Any, ...]) -> str:
    if event.startswith(STARTS):
        return "a program"
    if event != "open":
        return ""
    _, mode, flags = args
    is_written = bool(set(mode or "") & set("wax+")) or bool((flags or 0) & WRITES)
    return "a file to write" if is_written else ""


# -- what it does --------------------------------------------------------------------------------


def plugin_of(name: str) -> Any:
    """A class of Apprise's, without all the others."""
    module, _, kind = name.partition(".")
    return getattr(import_module(f"apprise.plugins.{module}"), kind)


def deliver(errand: Errand, plugin: Any, report: Report) -> None:
    """Through a service as `apprise.Apprise` makes it of an address."""
    from apprise import AppriseAsset

    warnings = listen()
    asset = AppriseAsset(
        app_id=NAME,
        app_desc=NAME,
        image_url_mask="",
        image_url_logo="",
        image_path_mask=False,
        http_redirects=False,
        storage_mode="memory",
    )
    try:
        service = plugin(**plugin.parse_url(errand.url.replace("/#", "/%23")), asset=asset)
    except (TypeError, ValueError):
        report.said = "the address lacks something, or has too much"
        return
    report.ok = bool(service.notify(body=errand.body, body_format=errand.told_as))
    report.said = redacted(warnings[-1], errand.url) if warnings else ""


def hear(report: Report) -> None:
    """Notes the last answer over HTTP, which Apprise keeps to itself."""
    from requests.adapters import HTTPAdapter

    send = HTTPAdapter.send

    def noted(self: HTTPAdapter, *args: Any, **kwargs: Any) -> Any:
        report.status = None
        response = send(self, *args, **kwargs)
        report.status = response.status_code
        report.retry_after = response.headers.get("retry-after", "")
        return response

    HTTPAdapter.send = noted  # type: ignore[method-assign]


def listen() -> list[str]:
    """Apprise's warnings from now on; they go nowhere else."""
    found: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    logger = logging.getLogger("apprise")
    logger.handlers, logger.propagate = [Keep(logging.WARNING)], False
    logger.setLevel(logging.WARNING)
    return found


def redacted(text: str, url: str) -> str:
    """The text without addresses, and without any word of the one that is a secret."""
    text = re.sub(r"[a-z][a-z0-9+.-]*:(?://|%3A)\S+", "…", text, flags=re.IGNORECASE)
    for part in sorted(words_of(url) | words_of(unquote(url)), key=len, reverse=True):
        text = re.sub(re.escape(part), "…", text, flags=re.IGNORECASE)
    return text[:300]


def words_of(url: str) -> set[str]:
    parts = re.split(r"[^\w-]+", url.partition("://")[2])
    return {part for part in parts if len(part) >= SHORTEST_SECRET}


if __name__ == "__main__":
    main()
