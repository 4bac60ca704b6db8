"""kill -9 at every step of sending, with a real receiver: nothing is lost, and what comes twice has
the same id and the same bytes."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from factories import make_delivery, make_match, make_poll, make_release
from installation import install
from newswatch.app import Newswatch, clock
from newswatch.config.load import load
from newswatch.ledger import Expected, Found, account, balance
from newswatch.model import Change
from newswatch.pipeline import LEASE
from newswatch.store import open_store
from receiver import Receiver, receiver, says

OWED = 6

SENDS_UNTIL_KILLED = """
import asyncio, os, signal, sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from newswatch.app import Newswatch
from newswatch.config.load import load
from newswatch.deliver.webhook import WebhookSender
from newswatch.pipeline import Pipeline
from newswatch.store import SqlStore, channels, deliveries

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def before(where, name):
    setattr(where, name, die)

def after(where, name):
    whole = getattr(where, name)
    def done(*args, **kwargs):
        result = whole(*args, **kwargs)
        die()
        return result
    setattr(where, name, done)

async def answered(self, message, now, send=WebhookSender.send):
    outcome = await send(self, message, now)
    die()
    return outcome

step = sys.argv[2]
newswatch = Newswatch.start(partial(load, Path(sys.argv[1])))
if step == "before claiming": before(SqlStore, "claim_deliveries")
if step == "while claiming": after(deliveries, "claim")
if step == "after claiming": after(SqlStore, "claim_deliveries")
if step == "before the request": before(WebhookSender, "send")
if step == "after the answer": WebhookSender.send = answered
if step == "before settling": before(SqlStore, "settle")
if step == "while settling": after(deliveries, "settle")
if step == "after settling": after(SqlStore, "settle")
newswatch.pipeline = replace(newswatch.pipeline, sources={})
asyncio.run(newswatch.once())
"""
PLACES = 4  # of a channel, as configured by default
STEPS = [
    "before claiming", "while claiming", "after claiming", "before the request",
    "after the request", "after the answer", "before settling", "while settling", "after settling",
]  # fmt: skip


@pytest.fixture
def endpoint() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


def owe(config: Path) -> set[str]:
    """Deliveries of as many releases, due now."""
    with_owed = open_store(load(config).database)
    for number in range(OWED):
        release = make_release(id=f"{number:016x}", title=f"Release {number} – выборы")
        owed = make_delivery(
            id=f"dlv_{number}",
            channel="hook",
            release_id=release.id,
            due=clock(),
            matches=(make_match(rule="missions", release_id=release.id),),
        )
        change = Change("new", release, owed.matches)
        with_owed.record(make_poll(changes=(change,), deliveries=(owed,)))
    with_owed.close()
    return {f"dlv_{number}" for number in range(OWED)}


def send_until_killed(config: Path, step: str, endpoint: Receiver) -> None:
    """In a process of its own, which ends by SIGKILL."""
    command = [sys.executable, "-c", SENDS_UNTIL_KILLED, str(config), step]
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=path) as child:
        if step == "after the request":
            endpoint.behave = lambda *_: child.kill()
        assert child.wait() == -signal.SIGKILL


def send_the_rest(config: Path) -> dict[str, int]:
    """After a restart, and once the leases of the dead process are over."""
    newswatch = Newswatch.start(partial(load, config))
    later = partial(lambda ahead: clock() + ahead, LEASE + timedelta(minutes=1))
    newswatch.pipeline = replace(newswatch.pipeline, clock=later, sources={})
    try:
        asyncio.run(newswatch.once())
        return dict(newswatch.store.delivery_counts())
    finally:
        newswatch.close()


@pytest.mark.parametrize("step", STEPS)
def test_whenever_a_sender_is_killed_the_accounts_are_right(
    tmp_path: Path, endpoint: Receiver, step: str
) -> None:
    config = install(tmp_path, newsroom="http://127.0.0.1:9/", hook=endpoint.at("/in"))
    owed = owe(config)
    send_until_killed(config, step, endpoint)
    endpoint.then(says(200))
    counts = send_the_rest(config)
    arrived = Counter(hit.id for hit in endpoint.hits)
    bodies = {(hit.id, hit.body) for hit in endpoint.hits}
    found = {one: Found("delivered", taken=times) for one, times in arrived.items()}
    accounts = balance(account(dict.fromkeys(owed, Expected()), found))
    assert accounts.counts == {"delivered": OWED}  # lost 0, unexpected 0
    assert max(arrived.values()) <= 2  # one more for the interruption, at most
    assert len(bodies) == OWED  # and then the same bytes
    assert accounts.duplicates <= PLACES  # those under way
    assert counts["sent"] == OWED
