"""Steps of missions that are late: who is told, when, and that it is once."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from factories import NOW, make_document, make_source
from newswatch.copies import subject
from newswatch.model import Channel, Overdue, Release
from newswatch.overdue import tell_overdue
from newswatch.pipeline import Pipeline
from newswatch.render.alert import Alert, Item, Letterhead
from newswatch.render.mail import render_mail
from newswatch.render.webhook import render_webhook
from newswatch.rules.rule import Subscriber
from newswatch.store import SqlStore
from newswatch.understand.countries import country_name
from test_pipeline import HOOK, Clock, deliver, make_pipeline, poll, rss, rule

SITE = "https://news.test"
OPENING = rss(
    (
        "ODIHR opens election observation mission in Tajikistan",
        "DUSHANBE – ODIHR today opened a mission for the 2 March 2025 parliamentary elections.",
    )
)
LATE = datetime(2025, 6, 16, 0, 5, tzinfo=UTC)  # 60 days after the vote, and 45 more
LAST_IN_TIME = LATE - timedelta(days=1)


def desk(**when: Any) -> Subscriber:
    asked = {"overdue": ["final_report"]} | when
    return Subscriber("desk", "The desk", channels=(HOOK,), rules=(rule("late", **asked),))


def watching(store: SqlStore, *subscribers: Subscriber, seen: datetime = NOW) -> Pipeline:
    """newswatch, which saw the mission's opening at a time, and whose clock can be wound."""
    clock = Clock(seen)
    pipeline = make_pipeline(
        store, [make_document(OPENING)], subscribers=subscribers or (desk(),), clock=clock
    )
    poll(pipeline)
    return pipeline


def at(pipeline: Pipeline, now: datetime) -> Pipeline:
    return replace(pipeline, clock=Clock(now))


def told(pipeline: Pipeline, now: datetime) -> list[Overdue | None]:
    return [change.release.overdue for change in tell_overdue(at(pipeline, now), SITE)]


FINAL = Overdue("final_report", date(2025, 5, 1))


def test_a_rule_that_asks_is_alerted_of_a_step_that_is_overdue(store: SqlStore) -> None:
    pipeline = watching(store)
    assert told(pipeline, LAST_IN_TIME) == []
    assert told(pipeline, LATE) == [FINAL]
    (settled,) = deliver(at(pipeline, LATE))
    assert settled.delivery.state == "sent"
    (match,) = settled.delivery.matches
    assert [(why.field, why.value, why.evidence) for why in match.why] == [
        ("overdue", "final_report", "due on 1 May 2025")
    ]


def test_it_is_told_once(store: SqlStore) -> None:
    pipeline = watching(store)
    told(pipeline, LATE)
    deliver(at(pipeline, LATE))
    assert told(pipeline, LATE + timedelta(hours=1)) == []
    assert len(store.deliveries()) == 1


@pytest.mark.parametrize(
    ("when", "count"),
    [
        ({"country": ["TJ"]}, 1),
        ({"country": ["GE"]}, 0),
        ({"mission": ["EOM"], "election": ["parliamentary"]}, 1),
        ({"election": ["local"]}, 0),
        ({"overdue": ["interim_report"]}, 0),
    ],
)
def test_other_conditions_hold_as_well(store: SqlStore, when: dict[str, Any], count: int) -> None:
    told(watching(store, desk(**when)), LATE)
    assert len(store.deliveries()) == count


def test_rules_that_do_not_ask_are_left_in_peace(store: SqlStore) -> None:
    rules = (
        rule("all", everything=True),
        rule("tj", country=["TJ"]),
        rule("not", **{"not": {"overdue": ["interim_report"]}}),
    )
    reader = Subscriber("desk", "The desk", channels=(HOOK,), rules=rules)
    pipeline = watching(store, reader)
    before = len(store.deliveries())
    assert told(pipeline, LATE) == [FINAL]
    assert len(store.deliveries()) == before


def test_what_was_overdue_before_newswatch_knew_of_it_is_told_to_nobody(store: SqlStore) -> None:
    pipeline = watching(store, seen=LATE)
    assert told(pipeline, LATE + timedelta(hours=1)) == []


def test_what_has_been_overdue_for_long_is_told_to_nobody(store: SqlStore) -> None:
    pipeline = watching(store)
    assert told(pipeline, LATE + timedelta(days=7)) == []
    assert told(pipeline, LATE + timedelta(days=6)) == [FINAL]


def test_a_step_that_came_is_not_overdue(store: SqlStore) -> None:
    pipeline = watching(store)
    final = rss(
        ("ODIHR issues final report on parliamentary elections in Tajikistan", "The final report.")
    ).replace(b"22 Jan 2025", b"14 May 2025")
    source = make_source(id="other", url="https://other.example/feed", quiet_first_poll=False)
    poll(make_pipeline(store, [make_document(final)], source=source, clock=Clock(LAST_IN_TIME)))
    assert told(pipeline, LATE) == []


def test_notices_are_not_taken_for_releases_of_newsrooms(store: SqlStore) -> None:
    told(watching(store), LATE)
    assert [one.overdue for one in store.releases_recent(10)] == [None]
    (notice,) = store.releases_recent(10, source="newswatch")
    its_subject = subject(notice, LATE.date())
    assert store.releases_near({its_subject}, timedelta(1), ()) == []
    assert len(store.missions_latest(10)) == 1


# -- what is sent -------------------------------------------------------------------------------


@pytest.fixture
def alert(store: SqlStore) -> Alert:
    pipeline = watching(store)
    told(pipeline, LATE)
    (delivery,) = store.deliveries()
    release: Release = store.releases_by_id([delivery.release_id])[delivery.release_id]
    head = Letterhead(SITE, "newswatch <alerts@news.test>", "1", country_name, str)
    return Alert(head, desk(), HOOK, (Item(delivery, release),), LATE)


def test_a_webhook_gets_the_mission_the_step_and_its_day(alert: Alert) -> None:
    assert json.loads(render_webhook(alert).body) == {
        "type": "mission.overdue",
        "timestamp": "2025-06-16T00:05:00Z",
        "data": {
            "mission": {
                "id": "tj-2025-03-02-odihr",
                "body": "ODIHR",
                "bodies": ["ODIHR"],
                "country": "TJ",
                "type": "EOM",
                "election": {"kind": "parliamentary", "date": "2025-03-02"},
                "transition": None,
            },
            "step": "final_report",
            "due": "2025-05-01",
            "page": "https://news.test/missions/tj-2025-03-02-odihr",
            "subscriber": "desk",
            "rule": {"id": "late", "title": "late"},
            "rules": [{"id": "late", "title": "late"}],
            "why": [{"field": "overdue", "value": "final_report", "evidence": "due on 1 May 2025"}],
        },
    }


def test_a_mail_says_what_is_late_and_leads_to_the_mission(alert: Alert) -> None:
    mail = replace(alert, channel=Channel("mail", "email", to=("desk@news.test",)))
    body = render_mail(mail).body.decode()
    assert "Subject: Overdue: final report of ODIHR, Tajikistan" in body
    text = body.replace("=\r\n", "")
    assert "https://news.test/missions/tj-2025-03-02-odihr" in text
    assert "https://news.test/releases/" not in text
