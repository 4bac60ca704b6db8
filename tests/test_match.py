"""Releases × rules → matches → owed deliveries."""

from dataclasses import replace
from datetime import timedelta

from factories import NOW, make_release
from newswatch.match import delivery_id, match, owe
from newswatch.model import Channel, Delivery, Match, Why
from newswatch.rules.conditions import Everything, Fact
from newswatch.rules.rule import Rollout, Rule, Subscriber
from newswatch.rules.standing import Standing

MAIL = Channel("mail", "email", to=("desk@news.test",))
HOOK = Channel("hook", "webhook", url="https://hook.test/")
MOLDOVA = Fact("country", frozenset(("MD",)), "MD")
GEORGIA = Fact("country", frozenset(("GE",)), "GE")
DESK = Subscriber(
    "desk",
    "The desk",
    channels=(MAIL, HOOK),
    rules=(
        Rule("moldova", "Moldova", MOLDOVA, send=("mail", "hook")),
        Rule("georgia", "Georgia", GEORGIA, send=("mail",)),
        Rule("all", "All", Everything(), send=("hook",)),
        Rule("feed", "Feed only", Everything()),
    ),
)


def course(delivery: Delivery, subscriber: Subscriber, channel: Channel) -> Delivery | None:
    later = delivery.due + timedelta(hours=channel is MAIL)
    return replace(delivery, due=later) if subscriber is DESK else None


def test_every_rule_that_is_met_is_a_match() -> None:
    found = match(make_release(), Standing.of((DESK,)))
    assert [m.rule for m in found] == ["moldova", "all", "feed"]
    assert found[0] == Match(
        "desk", "moldova", "00000000000000a1", 1, (Why("country", "MD", "Moldova"),)
    )


def test_a_channel_is_owed_one_delivery_with_all_its_rules() -> None:
    owed = owe(match(make_release(), Standing.of((DESK,))), (DESK,), NOW, course=course)
    assert [(d.channel, [m.rule for m in d.matches], d.due) for d in owed] == [
        ("mail", ["moldova"], NOW + timedelta(hours=1)),
        ("hook", ["moldova", "all"], NOW),
    ]


def test_nothing_is_owed_where_no_rule_is_met() -> None:
    georgia = Subscriber("g", "G", channels=(MAIL,), rules=(DESK.rules[1],))
    assert owe(match(make_release(), Standing.of((georgia,))), (georgia,), NOW, course=course) == ()


def test_nothing_is_owed_where_its_course_says_that_it_is_no_news() -> None:
    other = replace(DESK, id="other")
    assert owe(match(make_release(), Standing.of((other,))), (other,), NOW, course=course) == ()


def test_a_shadow_rule_is_matched_and_sends_nothing() -> None:
    shadow = replace(DESK, rules=(replace(DESK.rules[0], shadow=True, digest="d1"),))
    (found,) = match(make_release(), Standing.of((shadow,)))
    assert (found.shadow, found.rule_digest) == (True, "d1")
    assert owe((found,), (shadow,), NOW, course=course) == ()


def test_a_rule_goes_to_its_first_channels_until_it_goes_to_all() -> None:
    def channels(rollout: Rollout) -> list[str]:
        desk = replace(DESK, rules=(replace(DESK.rules[0], rollout=rollout),))
        found = match(make_release(), Standing.of((desk,)))
        return [one.channel for one in owe(found, (desk,), NOW, course=lambda one, *_: one)]

    assert channels(Rollout(("hook",))) == ["hook"]
    assert channels(Rollout(("hook",), NOW + timedelta(seconds=1))) == ["hook"]
    assert channels(Rollout(("hook",), NOW)) == ["mail", "hook"]


def test_a_delivery_has_the_same_id_for_ever() -> None:
    first, again = (
        owe(match(make_release(), Standing.of((DESK,))), (DESK,), now, course=course)
        for now in (NOW, NOW)
    )
    assert [d.id for d in first] == [d.id for d in again]
    assert delivery_id("desk", "mail", "00000000000000a1", 1) == first[0].id
    assert first[0].id == "dlv_ix5d4g2s55idfuxxl4ci2xh4yi"


def test_ids_differ_in_everything_that_makes_a_delivery() -> None:
    keys = [
        ("a", "b", "c", 1),
        ("a", "b", "c", 2),
        ("a", "b", "d", 1),
        ("a", "x", "c", 1),
        ("x", "b", "c", 1),
    ]
    assert len({delivery_id(*key) for key in keys}) == len(keys)
