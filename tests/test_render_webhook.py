"""The bodies of webhooks: as the published schema says, in other shapes, and never too large."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import NOW, make_delivery, make_match, make_reading, make_release
from newswatch.errors import RenderError
from newswatch.model import Channel, Election, Mission, Overdue, Published, Release, Why
from newswatch.ports import Message
from newswatch.render.alert import Letterhead
from newswatch.render.message import render_message
from newswatch.render.template import filled
from newswatch.render.webhook import MOST_BYTES, bare_example, example, schema
from newswatch.rules.rule import Subscriber
from newswatch.workers import Workers

ROOT = Path(__file__).parent.parent
VALIDATOR = jsonschema.Draft202012Validator(
    json.loads(schema()), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)
HEAD = Letterhead("https://news.test", "a@news.test", "0", lambda code: code, lambda source: source)
DESK = Subscriber("desk", "The desk")
HOOK = Channel("hook", "webhook", url="https://hook.test/")
WHY = (Why("event", "mission.opened", "opens a mission"),)
MISSION = Mission(
    id="md-2025-05-04-odihr",
    country="MD",
    bodies=("ODIHR",),
    type="EOM",
    elections=(Election("presidential", date(2025, 5, 4)),),
)


def rendered(release: Release, channel: Channel = HOOK, why: tuple[Why, ...] = WHY) -> Message:
    match = make_match(release_id=release.id, why=why)
    delivery = make_delivery(id="dlv_1", release_id=release.id, matches=(match,) * 3)
    return render_message(HEAD, DESK, channel, [delivery], {release.id: release}, NOW)


def body(release: Release, channel: Channel = HOOK) -> dict[str, object]:
    whole: dict[str, object] = json.loads(rendered(release, channel).body)
    return whole


def test_an_overdue_step_is_told_as_the_schema_says() -> None:
    late = Overdue("final_report", date(2025, 7, 8))
    release = make_release(
        source_id="newswatch", url="https://news.test/missions/x", mission=MISSION, overdue=late
    )
    told = body(release)
    VALIDATOR.validate(told)
    assert told["type"] == "mission.overdue"
    assert {"step", "due", "page", "mission"} <= set(told["data"])
    assert "release" not in told["data"]


# -- the schema ---------------------------------------------------------------------------------


def test_the_schema_is_one_and_is_the_one_in_the_reference() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema()))
    assert (ROOT / "docs/reference/webhook-1.schema.json").read_bytes() == schema()


@pytest.mark.parametrize("payload", [example(), bare_example()])
def test_the_examples_fit_the_schema(payload: Mapping[str, object]) -> None:
    VALIDATOR.validate(payload)


@pytest.mark.parametrize(
    "release",
    [
        make_release(),
        make_release(mission=MISSION, transition="opened"),
        make_release(mission=replace(MISSION, type=None, elections=())),
        make_release(published=None, content_type=None, language=None, text=""),
        make_release(published=Published(date(2025, 2, 5), NOW)),
        make_release(institutions=("x" * 900,) * 90, topics=("y",) * 90),
        make_release(reading=make_reading(countries=(), mentioned=(), event="none", elections=())),
        make_release(content_type="Drill"),
    ],
)
def test_every_body_fits_the_schema_and_has_no_field_that_is_not_in_it(release: Release) -> None:
    whole = body(release)
    VALIDATOR.validate(whole)
    strict = json.loads(
        schema().replace(b'"type": "object",', b'"type": "object", "additionalProperties": false,')
    )
    jsonschema.Draft202012Validator(strict).validate(whole)


def test_a_test_of_a_channel_is_marked() -> None:
    assert body(make_release(content_type="Drill"))["type"] == "newswatch.drill"


# -- size ---------------------------------------------------------------------------------------

LARGE = st.text(st.sampled_from('aЖ😀"\\<\x01 '), max_size=400).map(lambda text: text * 40)


@given(LARGE, LARGE, st.lists(LARGE, max_size=30), LARGE)
def test_no_body_is_over_20_kilobytes(title: str, text: str, names: list[str], why: str) -> None:
    release = make_release(
        title=title or "x", text=text, institutions=tuple(names), topics=tuple(names)
    )
    reasons = tuple(Why("text", f"{n}{why}", why) for n in range(60))
    for channel in (HOOK, replace(HOOK, envelope="cloudevents")):
        message = rendered(release, channel, reasons)
        assert len(message.body) < MOST_BYTES
        json.loads(message.body)


def test_the_summary_is_cut_first() -> None:
    names = ("😀" * 150,) * 10
    text = "😀😀😀😀😀😀😀 " * 9_000
    release = make_release(title="😀" * 400, text=text, topics=names, institutions=names)
    found = body(release)["data"]["release"]  # type: ignore[index]
    assert found["title"] == "😀" * 400
    assert found["topics"] == ["😀" * 150] * 10
    assert len(found["summary"]) < 600


def test_the_same_delivery_has_the_same_bytes() -> None:
    assert rendered(make_release()).body == rendered(make_release()).body


# -- other shapes -------------------------------------------------------------------------------


def test_cloudevents_carry_what_the_standard_form_carries() -> None:
    channel = replace(HOOK, envelope="cloudevents")
    message = rendered(make_release(), channel)
    plain, event = body(make_release()), json.loads(message.body)
    assert message.headers == {"content-type": "application/cloudevents+json; charset=utf-8"}
    assert event == {
        "specversion": "1.0",
        "id": "dlv_1",
        "source": "https://news.test",
        "type": "release.published",
        "subject": "00000000000000a1",
        "time": "2025-02-05T09:00:00Z",
        "datacontenttype": "application/json",
        "dataschema": "https://news.test/schemas/webhook-1.json#/$defs/data",
        "data": plain["data"],
    }


def test_a_template_gives_a_body_of_another_shape() -> None:
    template = '{"t": {{ data.release.title | tojson }}, "n": {{ data.rules | length }}}'
    title = 'Observers "open" <mission> & more – Молдова'
    found = rendered(make_release(title=title), replace(HOOK, template=template))
    assert json.loads(found.body) == {"t": title, "n": 3}
    assert found.headers == {"content-type": "application/json"}


def test_a_template_that_writes_too_much_is_cut_with_its_summary() -> None:
    template = '[{{ data.release.summary | tojson }}, {{ ("x" * 17000) | tojson }}]'
    found = rendered(make_release(text="жа " * 900), replace(HOOK, template=template))
    assert len(found.body) < MOST_BYTES


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__ }}", "{{ data.clear() }}", "{{ cycler.__init__.__globals__ }}", "{{ nothing }}",
        "{{ 1 / 0 }}", "{{ [] | first | tojson }}", "{{ data['x'] | tojson }}", "not json", "",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "{% extends 'x' %}", "{{ 'x' * 200000 }}",
        "{{ lipsum(100000) }}", "{% import 'x' as y %}",
    ],
)  # fmt: skip
def test_a_template_that_goes_astray_gives_an_error_and_no_body(template: str) -> None:
    with pytest.raises(RenderError):
        filled(template, example())


def test_a_template_that_never_ends_is_ended() -> None:
    from datetime import timedelta

    workers = Workers(count=1, deadline=timedelta(seconds=6))
    loops = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}1"
    try:
        assert json.loads(workers.fill("{{ data.subscriber | tojson }}", example()))
        with pytest.raises(RenderError, match="within 6 s"):
            workers.fill(loops, example())
        with pytest.raises(RenderError, match="gives no JSON"):
            workers.fill("{", example())
    finally:
        workers.close()
