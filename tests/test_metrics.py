"""/metrics: valid in both formats, the same from every worker, and nobody's name in it."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain_text

from factories import NOW, make_delivery, make_poll
from newswatch.app import Newswatch
from newswatch.config.load import load
from newswatch.doors import metrics_of
from newswatch.model import Editor, Outcome
from newswatch.web import make_app
from outbox import claim, settle
from shell import Shell
from test_ledger import Desk
from test_pipeline import OPENED
from webdoors import Doors, ask

OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
HOW_TO = Path(__file__).parent.parent / "docs/how-to/watch-with-prometheus.md"


@pytest.fixture
def desk(shell: Shell) -> Iterator[Desk]:
    with closing(Newswatch.start(partial(load, shell.config))) as newswatch:
        yield Desk(shell.config, newswatch)


def scraped(newswatch: Newswatch) -> dict[str, Any]:
    """Values by name and labels."""
    body, _ = metrics_of(newswatch, "")
    return {
        f"{one.name}{sorted(one.labels.items())}": one.value
        for family in plain_text(body.decode())
        for one in family.samples
    }


def value(newswatch: Newswatch, name: str, **labels: str) -> float | None:
    return scraped(newswatch).get(f"{name}{sorted(labels.items())}")


@pytest.mark.parametrize(
    ("accept", "media_type", "parse"),
    [
        ("", "text/plain; version=0.0.4", plain_text),
        (OPEN, "application/openmetrics", open_metrics),
    ],
)
def test_each_format_is_valid(desk: Desk, accept: str, media_type: str, parse: Any) -> None:
    desk.reads(OPENED)
    desk.sends()
    body, given = metrics_of(desk.newswatch, accept)
    families = list(parse(body.decode()))
    assert given.startswith(media_type)
    assert [one.name for one in families if not one.documentation] == []
    assert [one.name for one in families if not one.name.startswith("newswatch_")] == []


def test_what_happened_is_counted(desk: Desk) -> None:
    desk.reads(OPENED)
    desk.sends()
    ours = desk.newswatch
    assert value(ours, "newswatch_polls_total", source="newsroom", result="ok") == 1
    assert value(ours, "newswatch_releases_recorded_total", source="newsroom", change="new") == 1
    assert value(ours, "newswatch_delivery_attempts_total", kind="email", result="taken") == 1
    assert value(ours, "newswatch_deliveries_settled_total", kind="webhook", state="sent") == 1
    assert value(ours, "newswatch_delivery_latency_seconds_count", kind="email") == 1
    assert value(ours, "newswatch_source_well", source="newsroom") == 1
    assert value(ours, "newswatch_rules") == 2


def test_what_waits_has_an_age(desk: Desk) -> None:
    desk.reads(OPENED)
    assert value(desk.newswatch, "newswatch_deliveries", kind="email", state="queued") == 1
    age = value(desk.newswatch, "newswatch_queue_oldest_age_seconds", kind="email")
    assert age is not None
    assert age > 0


def test_a_failed_attempt_is_no_latency(desk: Desk) -> None:
    desk.reads(OPENED)
    desk.sends(Outcome(ok=False, answer="503"))
    assert value(desk.newswatch, "newswatch_delivery_attempts_total", kind="email", result="failed")
    assert value(desk.newswatch, "newswatch_delivery_latency_seconds_count", kind="email") is None


def test_another_worker_and_a_restart_say_the_same(desk: Desk) -> None:
    desk.reads(OPENED)
    desk.sends()
    with closing(Newswatch.start(partial(load, desk.config))) as other:
        ours, theirs = scraped(desk.newswatch), scraped(other)
    loaded = "newswatch_configuration_loaded_timestamp_seconds[]"
    assert ours.pop(loaded) <= theirs.pop(loaded)
    assert ours == theirs


def test_a_bad_edit_shows_until_it_is_mended(desk: Desk) -> None:
    desk.edit("country: [TJ]", "contry: [TJ]")
    assert value(desk.newswatch, "newswatch_configuration_problems") == 1
    desk.edit("contry: [TJ]", "country: [TJ]")
    assert value(desk.newswatch, "newswatch_configuration_problems") == 0


def test_nobody_is_named(desk: Desk) -> None:
    desk.reads(OPENED)
    desk.sends(Outcome(ok=False, answer="550 desk@news.test is unknown", retryable=False))
    body, _ = metrics_of(desk.newswatch, "")
    assert not re.search(rb"desk|@|whsec|127\\.0|http", body)


def test_counters_hold_on_every_engine(store: Any) -> None:
    from newswatch.ports import Settled

    store.record(make_poll(deliveries=(make_delivery(),)))
    (one,) = claim(store, NOW, NOW - NOW.replace(hour=8), 1)
    done = Settled(replace(one, state="sent"), NOW, NOW - NOW, Outcome(True, "250"), kind="email")
    settle(store, done)
    settle(store, done)
    counts = store.figures(NOW).counts
    assert counts["attempts", "email", "taken"] == 2
    assert counts["latency", "email", "1.0"] == 2
    assert [(t.waited, t.took, t.count) for t in store.durations(NOW)] == [(0.0, 0.0, 1)]


# -- who may see it -----------------------------------------------------------------------------


def test_only_a_near_client_without_a_proxy_needs_no_token() -> None:
    doors = Doors(editors=(Editor("prometheus", "t" * 30),))
    app = make_app(doors.site())
    assert ask(app, "/metrics").status_code == 200
    assert ask(app, "/metrics", x_forwarded_for="127.0.0.1").status_code == 401
    far = make_app(replace(doors.site(), near=lambda: (ip_network("10.0.0.0/8"),)))
    refused = ask(far, "/metrics")
    assert (refused.status_code, refused.headers["www-authenticate"]) == (
        401,
        'Bearer realm="newswatch"',
    )
    assert ask(far, "/metrics", authorization="Bearer " + "x" * 30).status_code == 401
    assert ask(far, "/metrics", authorization="Bearer " + "t" * 30).status_code == 200


# -- the documentation --------------------------------------------------------------------------


def test_every_metric_of_the_alert_rules_is_one(desk: Desk) -> None:
    desk.reads(OPENED)
    desk.sends()
    given = {name.partition("[")[0] for name in scraped(desk.newswatch)}
    page = HOW_TO.read_text()
    blocks = re.findall(r"```yaml\n(groups:.*?)```", page, re.DOTALL)
    rules = [
        rule for one in blocks for group in yaml.safe_load(one)["groups"] for rule in group["rules"]
    ]
    asked = {name for rule in rules for name in re.findall(r"newswatch_\w+", rule["expr"])}
    assert len(rules) >= 5
    assert asked - given == set()
    families = {family.name for family in plain_text(metrics_of(desk.newswatch, "")[0].decode())}
    assert [one for one in families if f"`{one}" not in page] == []
