"""Corrections and withdrawals: who is told, what changed, and that what waits is told once."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time, timedelta
from functools import partial
from ipaddress import ip_network
from typing import Any

import jsonschema
import pytest

from factories import NOW, make_delivery, make_match, make_reading, make_release
from installation import SECRET
from newswatch.catchup import correct, withdraw
from newswatch.deliver import make_senders
from newswatch.deliver.session import Sessions
from newswatch.match import delivery_id
from newswatch.model import (
    Channel,
    Correction,
    Delivery,
    Difference,
    Digest,
    Election,
    MailServer,
    Outcome,
    Published,
    Stop,
    Window,
)
from newswatch.pipeline import Pipeline
from newswatch.render.alert import Letterhead
from newswatch.render.message import render_message
from newswatch.render.webhook import schema
from newswatch.revisions import joint, lasting, material, merged
from newswatch.store import SqlStore
from receiver import Receiver, receiver
from servers import smtp_server
from test_pipeline import (
    DESK,
    HOOK,
    OPENED,
    Clock,
    Sender,
    deliver,
    make_pipeline,
    page,
    poll,
    rule,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST = make_release()
MISTAKEN = ("ODIHR opens election observation mission in Moldova", "The mission opened today.")
RETOUCHED = (OPENED[0], "The mission opened this very day.")
RETITLED = (OPENED[0] + ", again", OPENED[1])
ASKS = replace(rule("tj", country=["TJ"]), corrections=True)
VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema()))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"title": "Another"}, Difference("title", FIRST.title, "Another")),
        ({"published": None}, Difference("published", "2025-02-05", "")),
        (
            {"reading": make_reading(countries=("MD", "AM"))},
            Difference("countries", "MD", "AM; MD"),
        ),
        (
            {"reading": make_reading(event="mission.cancelled")},
            Difference("event", "mission.opened", "mission.cancelled"),
        ),
        ({"reading": make_reading(mission=None)}, Difference("mission", "EOM", "")),
        (
            {"reading": make_reading(elections=(Election("local"),))},
            Difference("elections", "presidential 2025-05-04", "local"),
        ),
        ({"withdrawn": "an error"}, Difference("withdrawn", "", "an error")),
    ],
)
def test_what_matters_is_told_with_what_it_was(
    fields: dict[str, Any], expected: Difference
) -> None:
    assert material(FIRST, replace(FIRST, **fields)) == (expected,)


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "Other words."},
        {"topics": ("Other",)},
        {"title": FIRST.title.replace(" ", "\n ")},
        {"published": Published(date(2025, 2, 5), NOW)},
        {"reading": make_reading(evidence=(), mentioned=())},
    ],
)
def test_other_words_with_the_same_meaning_are_no_correction(fields: dict[str, Any]) -> None:
    assert material(FIRST, replace(FIRST, **fields)) == ()


def test_two_corrections_are_one_and_what_the_second_took_back_is_none() -> None:
    first = (Difference("title", "a", "b"), Difference("event", "x", "y"))
    then = (
        Difference("title", "b", "a"),
        Difference("event", "y", "z"),
        Difference("mission", "", "EOM"),
    )
    assert joint(first, then) == (Difference("event", "x", "z"), Difference("mission", "", "EOM"))


def test_a_correction_takes_the_place_of_what_waits_with_its_other_rules() -> None:
    stop = Stop("quiet", NOW + HOUR)
    waiting = make_delivery(
        due=NOW + HOUR, stops=(stop,), matches=(make_match(), make_match(rule="other"))
    )
    mended = make_match(version=2)
    found = merged(make_delivery(id="d2", version=2, corrects=1, matches=(mended,)), waiting)
    assert (found.id, found.due, found.stops, found.corrects) == ("d2", NOW + HOUR, (stop,), None)
    assert found.matches == (mended, make_match(rule="other"))


def test_what_became_urgent_does_not_wait_where_the_first_alert_did() -> None:
    urgent = make_delivery(version=2, corrects=1, urgent=True)
    assert merged(urgent, make_delivery(due=NOW + HOUR)).due == NOW
    assert merged(urgent, make_delivery(state="held", silence="sil_a")).state == "held"


def test_a_shadow_rule_was_never_told_and_is_owed_no_correction() -> None:
    asked = frozenset({("desk", "missions")})
    assert lasting([make_match(shadow=True)], make_release(version=2), (), asked) == ()
    (found,) = lasting([make_match()], make_release(version=2), (), asked)
    assert found == make_match(version=2)


# -- in the loops -----------------------------------------------------------------------------


def scene(
    store: SqlStore, *pages: tuple[str, str], channel: Channel = HOOK, **fields: Any
) -> Pipeline:
    desk = replace(DESK, channels=(channel,), rules=fields.pop("rules", (ASKS,)))
    return make_pipeline(
        store, [page(one) for one in pages], subscribers=(desk,), clock=Clock(), **fields
    )


def sent(pipeline: Pipeline) -> list[Delivery]:
    return [one.delivery for one in deliver(pipeline)]


def later(pipeline: Pipeline, by: timedelta = HOUR) -> None:
    clock = pipeline.clock
    assert isinstance(clock, Clock)
    clock.now += by


def told(pipeline: Pipeline, *steps: timedelta) -> list[Delivery]:
    """What a poll and its deliveries send, and after each step another of them."""
    poll(pipeline)
    found = sent(pipeline)
    for step in steps:
        later(pipeline, step)
        poll(pipeline)
        found += sent(pipeline)
    return found


def test_a_correction_is_sent_under_an_id_of_its_own_with_what_changed(store: SqlStore) -> None:
    first, second = told(scene(store, OPENED, RETITLED), HOUR)
    assert (first.corrects, first.changes) == (None, ())
    assert (second.corrects, second.version) == (1, 2)
    assert second.changes == (Difference("title", OPENED[0], RETITLED[0]),)
    assert first.id != second.id
    kept = store.delivery(second.id)
    assert kept is not None
    assert (kept.corrects, kept.changes) == (1, second.changes)


def test_a_rule_that_does_not_ask_is_sent_no_correction(store: SqlStore) -> None:
    rules = (replace(ASKS, corrections=False),)
    assert len(told(scene(store, OPENED, RETITLED, rules=rules), HOUR)) == 1


def test_other_words_alone_are_not_sent(store: SqlStore) -> None:
    assert len(told(scene(store, OPENED, RETOUCHED), HOUR)) == 1


def test_what_changed_is_told_against_the_version_that_was_sent(store: SqlStore) -> None:
    _, correction = told(scene(store, OPENED, RETOUCHED, RETITLED), HOUR, HOUR)
    assert (correction.version, correction.corrects) == (3, 1)


def test_who_was_told_of_the_wrong_country_is_told_that_it_was(store: SqlStore) -> None:
    first, correction = told(scene(store, OPENED, MISTAKEN), HOUR)
    assert Difference("countries", "TJ", "MD") in correction.changes
    assert [match.rule for match in correction.matches] == ["tj"]
    assert correction.matches[0].why == first.matches[0].why


def test_a_rule_that_meets_only_the_corrected_release_is_sent_it_as_news(store: SqlStore) -> None:
    rules = (replace(rule("md", country=["MD"]), corrections=True),)
    (news,) = told(scene(store, OPENED, MISTAKEN, rules=rules), HOUR)
    assert (news.version, news.corrects) == (2, None)


def test_what_nobody_was_told_is_not_corrected(store: SqlStore) -> None:
    pipeline = scene(store, OPENED, RETITLED)
    (source,) = pipeline.sources.values()
    pipeline = replace(pipeline, sources={source.id: replace(source, quiet_first_poll=True)})
    assert told(pipeline, HOUR) == []


def test_a_correction_by_an_editor_is_sent_where_it_is_to_alert(store: SqlStore) -> None:
    pipeline = scene(store, OPENED)
    (first,) = told(pipeline)
    release = store.release_by_id(first.release_id)
    assert release is not None
    made = [Correction(release.id, "event", ("mission.cancelled",), "Ann", "it was", NOW)]
    correct(pipeline, release, made, alert=True)
    (second,) = sent(pipeline)
    assert second.changes == (Difference("event", "mission.opened", "mission.cancelled"),)


DAILY = replace(HOOK, kind="email", digest=Digest(time(7)))
NIGHT = replace(HOOK, quiet=(Window(time(8), time(12)),))


@pytest.mark.parametrize("channel", [DAILY, NIGHT], ids=["digest", "quiet"])
def test_a_correction_of_what_still_waits_is_one_message(store: SqlStore, channel: Channel) -> None:
    pipeline = scene(store, OPENED, RETITLED, channel=channel)
    assert told(pipeline, HOUR) == []
    later(pipeline, DAY + 4 * HOUR)
    (only,) = sent(pipeline)
    assert (only.version, only.corrects, only.changes) == (2, None, ())
    assert store.delivery_counts()["cancelled"] == 1
    first = delivery_id("desk", channel.id, only.release_id, 1)
    assert store.last_answers([first]) == {first: "replaced by a newer version"}


def test_a_correction_of_a_correction_that_waits_tells_both(store: SqlStore) -> None:
    pipeline = scene(store, OPENED, RETITLED, MISTAKEN, channel=DAILY)
    poll(pipeline)
    later(pipeline, DAY)
    (first,) = sent(pipeline)
    poll(pipeline)
    later(pipeline)
    poll(pipeline)
    later(pipeline, DAY)
    (second,) = sent(pipeline)
    assert (first.version, second.version, second.corrects) == (1, 3, 1)
    assert Difference("title", OPENED[0], MISTAKEN[0]) in second.changes


def test_what_was_tried_and_may_have_arrived_is_not_replaced(store: SqlStore) -> None:
    lost = Sender([Outcome(ok=False, answer="the connection broke")])
    pipeline = scene(store, OPENED, RETITLED, senders={"webhook": lost})
    first, *rest = told(pipeline, HOUR)
    assert first.state == "deferred"
    rest += sent(pipeline)  # after the one that shows that the channel is well again
    assert {one.version: one.corrects for one in rest} == {1: None, 2: 1}


# -- withdrawals ------------------------------------------------------------------------------


def take_back(pipeline: Pipeline, release_id: str) -> bool:
    release = pipeline.store.releases_by_id([release_id])[release_id]
    return withdraw(pipeline, release, "published in error")


def test_who_was_sent_a_release_is_sent_its_withdrawal_once(store: SqlStore) -> None:
    pipeline = scene(store, OPENED)
    (first,) = told(pipeline)
    assert take_back(pipeline, first.release_id)
    (second,) = sent(pipeline)
    assert second.changes == (Difference("withdrawn", "", "published in error"),)
    assert not take_back(pipeline, first.release_id)
    assert sent(pipeline) == []


def test_a_rule_that_does_not_ask_is_sent_no_withdrawal(store: SqlStore) -> None:
    pipeline = scene(store, OPENED, rules=(replace(ASKS, corrections=False),))
    (first,) = told(pipeline)
    assert take_back(pipeline, first.release_id)
    assert sent(pipeline) == []


@pytest.mark.parametrize("corrections", [True, False])
def test_an_alert_that_waits_for_a_withdrawn_release_is_never_sent(
    store: SqlStore, corrections: bool
) -> None:
    rules = (replace(ASKS, corrections=corrections),)
    pipeline = scene(store, OPENED, channel=DAILY, rules=rules)
    (owed,) = poll(pipeline).deliveries
    assert take_back(pipeline, owed.release_id)
    later(pipeline, DAY)
    assert sent(pipeline) == []
    assert store.last_answers([owed.id]) == {owed.id: "withdrawn by its publisher"}


def test_a_correction_that_waits_gives_way_to_the_withdrawal(store: SqlStore) -> None:
    pipeline = scene(store, OPENED, RETITLED, channel=DAILY)
    poll(pipeline)
    later(pipeline, DAY)
    (first,) = sent(pipeline)
    poll(pipeline)
    assert take_back(pipeline, first.release_id)
    later(pipeline, DAY)
    (last,) = sent(pipeline)
    assert (last.version, last.changes[0].field) == (3, "withdrawn")


def test_a_withdrawn_release_that_stands_again_is_corrected(store: SqlStore) -> None:
    pipeline = scene(store, OPENED, RETITLED)
    (first,) = told(pipeline)
    take_back(pipeline, first.release_id)
    sent(pipeline)
    poll(pipeline)
    (again,) = sent(pipeline)
    assert again.changes[0] == Difference("withdrawn", "published in error", "")


# -- as they arrive ---------------------------------------------------------------------------

LETTERS = Letterhead(
    "https://news.test", "newswatch <a@news.test>", "0", lambda code: code, lambda source: source
)


@pytest.fixture
def endpoint() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


def real(mail_port: int = 1) -> dict[str, Any]:
    """The senders and the renderer of an installation."""
    sessions = Sessions((ip_network("127.0.0.0/8"),), "newswatch-tests")
    server = MailServer("newswatch <a@news.test>", "127.0.0.1", mail_port, security="none")
    return {
        "senders": make_senders(sessions, server, timedelta(seconds=5), key=lambda: b"a key"),
        "render": partial(render_message, LETTERS),
    }


def test_a_webhook_is_told_in_types_of_its_own(store: SqlStore, endpoint: Receiver) -> None:
    hook = replace(HOOK, url=endpoint.url, secrets=(SECRET,))
    pipeline = scene(store, OPENED, RETITLED, channel=hook, **real())
    first, _ = told(pipeline, HOUR)
    take_back(pipeline, first.release_id)
    sent(pipeline)
    bodies = [json.loads(hit.body) for hit in endpoint.hits]
    for body in bodies:
        VALIDATOR.validate(body)
    assert [body["type"] for body in bodies] == [
        "release.published",
        "release.corrected",
        "release.withdrawn",
    ]
    assert bodies[1]["data"]["changes"] == [
        {"field": "title", "before": OPENED[0], "after": RETITLED[0]}
    ]
    assert bodies[2]["data"]["reason"] == "published in error"
    assert len({hit.id for hit in endpoint.hits}) == 3


def test_a_chat_reads_what_changed(store: SqlStore, endpoint: Receiver) -> None:
    chat = Channel("hook", "chat", url=endpoint.url)
    told(scene(store, OPENED, RETITLED, channel=chat, **real()), HOUR)
    text = json.loads(endpoint.hits[1].body)["text"]
    assert "|Corrected: ODIHR opens" in text
    assert f"Title: {OPENED[0]} → {RETITLED[0]}" in text


def test_a_mail_replies_to_the_alert_that_it_corrects(sqlite_store: SqlStore) -> None:
    with smtp_server() as mailbox:
        channel = Channel("hook", "email", to=("desk@news.test",))
        pipeline = scene(sqlite_store, OPENED, MISTAKEN, channel=channel, **real(mailbox.port))
        first, _ = told(pipeline, HOUR)
        take_back(pipeline, first.release_id)
        sent(pipeline)
        alert, correction, withdrawal = mailbox.mails
    assert correction["In-Reply-To"] == alert["Message-ID"]
    assert correction["References"].split()[-1] == alert["Message-ID"]
    assert withdrawal["In-Reply-To"] == correction["Message-ID"]
    assert correction["Subject"].startswith("Corrected: ODIHR opens")
    assert withdrawal["Subject"].startswith("Withdrawn: ODIHR opens")
    parts = [part.get_content() for part in correction.iter_parts()]
    assert all("Countries: Tajikistan → Moldova" in part for part in parts)
