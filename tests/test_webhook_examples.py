"""The receivers of the how-to, run as they stand there, take what newswatch sends and nothing else."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from factories import make_delivery
from installation import SECRET, free_port
from newswatch.deliver import make_senders
from newswatch.deliver.session import Sessions
from newswatch.model import Channel
from newswatch.ports import Message
from newswatch.render.webhook import as_json, example

PAGE = (Path(__file__).parent.parent / "docs/how-to/receive-webhooks.md").read_text()
OTHER = "whsec_QW5vdGhlciBzZWNyZXQgb2YgMzIgYnl0ZXMgaGVyZSE="
LANGUAGES = {"python": (sys.executable, "receiver.py"), "javascript": ("node", "receiver.mjs")}


@contextmanager
def running(directory: Path, language: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    program, name = LANGUAGES[language]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    (code,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    (directory / name).write_text(code)
    port = free_port()
    settings = {**os.environ, "HOOK_SECRET": SECRET, "PORT": str(port)}
    command = [program, str(directory / name)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=settings
    ) as child:
        try:
            while child.poll() is None and not is_open(port):
                pass
            yield f"http://127.0.0.1:{port}/", child
        finally:
            child.kill()


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def send(url: str, secret: str, message_id: str, now: datetime, body: bytes) -> bool:
    sessions = Sessions((ip_network("127.0.0.0/8"),), "newswatch/0")
    channel = Channel("hook", "webhook", url=url, secrets=(secret,))
    what = Message(channel, (make_delivery(id=message_id),), body, {})
    return asyncio.run(make_senders(sessions, None, key=bytes)["webhook"].send(what, now)).ok


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_receiver_of_the_how_to_verifies_and_takes_each_once(
    tmp_path: Path, language: str
) -> None:
    now = datetime.now(UTC)
    payload = example()
    with running(tmp_path, language) as (url, child):
        assert send(url, SECRET, "dlv_1", now, as_json(payload))
        assert send(url, SECRET, "dlv_1", now, as_json(payload))
        assert not send(url, OTHER, "dlv_2", now, as_json(payload))
        assert not send(url, SECRET, "dlv_3", now - timedelta(minutes=6), as_json(payload))
        payload["data"]["release"]["title"] = "Мисия в Молдова"
        assert send(url, SECRET, "dlv_4", now, as_json(payload))
        assert child.stdout is not None
        said = [child.stdout.readline().split(" https")[0] for _ in range(2)]
    assert said == [example()["data"]["release"]["title"], "Мисия в Молдова"]


def test_both_languages_are_in_the_how_to() -> None:
    assert all(f"```{language}\n" in PAGE for language in LANGUAGES)
