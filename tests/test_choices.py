"""What readers of mail choose for themselves: what it means for each address of a channel, in the
loops, on both databases, and that the other addresses notice nothing."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from factories import NOW, make_delivery, make_match, make_poll
from newswatch.choices import (
    REFUSALS,
    choice_id,
    in_words,
    is_idle,
    parcels,
    planned,
    planning,
    refusal,
    shares,
    together,
)
from newswatch.model import Channel, Choice, Delivery, Digest, Outcome, Stop, Vote
from newswatch.pipeline import Pipeline
from newswatch.ports import Message
from newswatch.rules.rule import Subscriber
from newswatch.rules.standing import Standing
from newswatch.store import SqlStore
from test_pipeline import OPENED, POLICE, Clock, Sender, deliver, make_pipeline, page, poll, rule

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANN, BEN = "ann@news.test", "ben@news.test"
ONE = Channel("hook", "email", to=(ANN,))  # where `rule` sends to
BOTH = replace(ONE, to=(ANN, BEN))
RULES = (
    rule("tj", country=["TJ"]),
    rule("opened", event=["mission.opened"]),
    rule("md", text="police"),
)
LATER = Outcome(ok=False, answer="451 later")


def desk(channel: Channel = ONE) -> Subscriber:
    return Subscriber("desk", "The desk", "Europe/Vienna", (channel,), RULES)


def choice(kind: Any, address: str = ANN, **fields: Any) -> Choice:
    return Choice("desk", "hook", address, kind, made=NOW, **fields)


def pause(until: datetime, address: str = ANN) -> Choice:
    return choice("pause", address, until=until)


def digest(hour: int, address: str = ANN) -> Choice:
    return choice("digest", address, digest=Digest(time(hour)))


class Scene:
    """A newsroom that was polled, a desk with readers, and a mail server that takes what it gets."""

    def __init__(self, store: SqlStore, channel: Channel = ONE, *items: tuple[str, str]) -> None:
        self.store, self.clock, self.sender = store, Clock(), Sender()
        self.pipeline: Pipeline = make_pipeline(
            store,
            [page(*(items or (OPENED,)))],
            subscribers=(desk(channel),),
            clock=self.clock,
            senders={"email": self.sender},
        )

    def polled(self) -> "Scene":
        poll(self.pipeline)
        return self

    def choose(self, *made: Choice, undone: tuple[Choice, ...] = ()) -> None:
        plans = planning(self.pipeline.subscribers, (*made, *undone), self.clock.now)
        self.store.choose(made, undone, plans, self.clock.now)

    def deliver(self, at: datetime | None = None) -> list[tuple[tuple[str, ...], str]]:
        """Sends what is due; to whom each message went, and what it told."""
        self.clock.now = at or self.clock.now
        before = len(self.sender.sent)
        deliver(self.pipeline)
        return [(one.channel.to, one.body.decode()) for one in self.sender.sent[before:]]

    @property
    def only(self) -> Delivery:
        (found,) = self.store.deliveries()
        return found

    @property
    def answer(self) -> str:
        return self.store.last_answers([self.only.id])[self.only.id]


TOLD = OPENED[0]


# -- unsubscribed ---------------------------------------------------------------------------------


def test_what_waits_for_the_only_reader_is_cancelled_at_once_with_the_reason(
    store: SqlStore,
) -> None:
    scene = Scene(store).polled()
    scene.choose(choice("all"))
    assert (scene.only.state, scene.answer) == ("cancelled", f"unsubscribed on 2025-02-05 by {ANN}")
    assert scene.deliver() == []


def test_what_is_owed_later_is_cancelled_when_it_is_due_and_says_so(store: SqlStore) -> None:
    scene = Scene(store)
    scene.choose(choice("all"))
    scene.polled()
    assert scene.deliver() == []
    assert (scene.only.state, scene.answer) == ("cancelled", f"unsubscribed on 2025-02-05 by {ANN}")


def test_one_of_two_readers_unsubscribes_and_the_other_stays(store: SqlStore) -> None:
    scene = Scene(store, BOTH).polled()
    scene.choose(choice("all"))
    assert scene.deliver() == [((BEN,), TOLD)]
    assert scene.only.state == "sent"
    said = Stop("unsubscribed", None, f"unsubscribed on 2025-02-05 by {ANN}")
    assert scene.only.stops == (said,)


def test_unsubscribing_twice_is_unsubscribing_once(store: SqlStore) -> None:
    scene = Scene(store).polled()
    scene.choose(choice("all"))
    scene.clock.now += DAY
    scene.choose(replace(choice("all"), made=scene.clock.now))
    assert store.choices() == [choice("all")]


def test_taking_it_back_brings_what_comes_from_then_on(store: SqlStore) -> None:
    scene = Scene(store)
    scene.choose(choice("all"))
    scene.choose(undone=(choice("all"),))
    assert store.choices() == []
    assert scene.polled().deliver() == [((ANN,), TOLD)]


def test_a_mail_on_its_way_is_left_to_its_sender(store: SqlStore) -> None:
    scene = Scene(store).polled()
    (batch,) = scene.pipeline.claim()
    scene.choose(choice("all"))
    assert scene.only.state == "leased"
    assert batch[0].id == scene.only.id


def test_a_further_try_does_not_go_to_who_unsubscribed_meanwhile(store: SqlStore) -> None:
    scene = Scene(store).polled()
    scene.sender.outcomes.append(LATER)
    scene.deliver()
    scene.choose(choice("all"))
    assert scene.deliver(NOW + HOUR) == []
    assert scene.only.state == "cancelled"


def test_what_was_cancelled_is_kept_from_who_unsubscribed_even_if_sent_again(
    store: SqlStore,
) -> None:
    scene = Scene(store).polled()
    scene.choose(choice("all"))
    store.retry([scene.only.id], NOW)
    assert scene.deliver() == []
    assert scene.only.state == "cancelled"


# -- from one rule --------------------------------------------------------------------------------


def test_a_rule_that_is_still_wanted_is_enough(store: SqlStore) -> None:
    scene = Scene(store).polled()  # the rules tj and opened
    scene.choose(choice("rule", rule="tj"))
    assert scene.deliver() == [((ANN,), TOLD)]


def test_what_only_rules_ask_for_that_were_stopped_is_cancelled(store: SqlStore) -> None:
    scene = Scene(store).polled()
    scene.choose(choice("rule", rule="tj"), choice("rule", rule="opened"))
    assert scene.only.state == "cancelled"
    assert scene.answer == f"unsubscribed from these rules on 2025-02-05 by {ANN}"


def test_one_rule_is_named_as_this_rule(store: SqlStore) -> None:
    scene = Scene(store, ONE, POLICE).polled()
    scene.choose(choice("rule", rule="md"))
    assert scene.answer == f"unsubscribed from this rule on 2025-02-05 by {ANN}"


@pytest.mark.parametrize("which", REFUSALS)
def test_a_note_tells_what_was_refused_and_on_which_day(which: str) -> None:
    note = f"{REFUSALS[which]} {in_words(choice('all'))}"
    assert refusal(note) == (which, NOW.date())


def test_a_digest_is_one_mail_for_each_reader_whatever_the_others_stopped(store: SqlStore) -> None:
    daily = replace(BOTH, digest=Digest(time(18)))
    scene = Scene(store, daily, OPENED, POLICE).polled()
    scene.choose(choice("rule", rule="md"))
    sent = scene.deliver(NOW + 9 * HOUR)
    assert sorted(to for to, _ in sent) == [(ANN,), (BEN,)]
    told = dict(sent)
    assert told[ANN,] == TOLD
    assert sorted(told[BEN,].split(", ")) == sorted([TOLD, POLICE[0]])
    assert {one.state for one in store.deliveries()} == {"sent"}


def test_one_reader_gets_it_again_where_only_the_other_has_it(store: SqlStore) -> None:
    daily = replace(BOTH, digest=Digest(time(18)))
    scene = Scene(store, daily, OPENED, POLICE).polled()
    scene.choose(choice("rule", rule="md"))
    scene.sender.outcomes += [LATER, Outcome(ok=True, answer="250", taken=(BEN,))]
    scene.deliver(NOW + 9 * HOUR)
    assert scene.deliver(NOW + 10 * HOUR) == [((ANN,), TOLD)]
    assert {one.state for one in store.deliveries()} == {"sent"}


# -- paused ---------------------------------------------------------------------------------------


def test_a_pause_holds_what_waits_and_lets_it_go_when_it_ends(store: SqlStore) -> None:
    scene = Scene(store).polled()
    scene.choose(pause(NOW + DAY))
    held = scene.only
    assert (held.state, held.due, held.held_until) == ("held", NOW + DAY, NOW + DAY)
    assert held.stops == (Stop("pause", NOW + DAY, ANN),)
    assert scene.deliver(NOW + DAY - timedelta(seconds=1)) == []
    assert scene.deliver(NOW + DAY) == [((ANN,), TOLD)]
    assert scene.only.state == "sent"


def test_what_is_owed_during_a_pause_begins_as_held(store: SqlStore) -> None:
    scene = Scene(store)
    scene.choose(pause(NOW + DAY))
    scene.polled()
    assert (scene.only.state, scene.only.held_until) == ("held", NOW + DAY)


def test_what_waited_for_a_pause_comes_as_one_mail(store: SqlStore) -> None:
    scene = Scene(store, ONE, OPENED, POLICE)
    scene.choose(pause(NOW + DAY))
    scene.polled()
    ((to, told),) = scene.deliver(NOW + DAY)
    assert to == (ANN,)
    assert sorted(told.split(", ")) == sorted([TOLD, POLICE[0]])


def test_resuming_early_sends_at_once(store: SqlStore) -> None:
    scene = Scene(store).polled()
    scene.choose(pause(NOW + DAY))
    scene.choose(undone=(pause(NOW + DAY),))
    assert (scene.only.state, scene.only.held_until, scene.only.stops) == ("queued", None, ())
    assert scene.deliver() == [((ANN,), TOLD)]


def test_a_longer_pause_takes_the_place_of_the_first(store: SqlStore) -> None:
    scene = Scene(store).polled()
    scene.choose(pause(NOW + DAY))
    scene.choose(pause(NOW + 2 * DAY))
    assert scene.only.held_until == NOW + 2 * DAY
    assert scene.deliver(NOW + DAY) == []


def test_others_get_theirs_during_a_pause_and_who_paused_gets_it_after(store: SqlStore) -> None:
    scene = Scene(store, BOTH)
    scene.sender.outcomes.append(Outcome(ok=True, answer="250", taken=(BEN,)))
    scene.choose(pause(NOW + DAY))
    scene.polled()
    assert scene.deliver() == [((BEN,), TOLD)]
    assert (scene.only.state, scene.only.taken) == ("held", (BEN,))
    assert scene.deliver(NOW + DAY) == [((ANN,), TOLD)]
    assert scene.only.state == "sent"
    assert [one.number for one in store.attempts(scene.only.id)] == [1, 2]


def test_who_paused_gets_it_even_if_it_never_reached_the_other(store: SqlStore) -> None:
    scene = Scene(store, BOTH)
    no = Outcome(ok=False, answer="550 no", retryable=False, turned_away=(BEN,))
    scene.sender.outcomes.append(no)
    scene.choose(pause(NOW + DAY))
    scene.polled().deliver()
    assert (scene.only.state, scene.only.turned_away) == ("held", (BEN,))
    assert scene.deliver(NOW + DAY) == [((ANN,), TOLD)]


def test_a_try_for_the_other_is_not_put_off_by_a_pause(store: SqlStore) -> None:
    scene = Scene(store, BOTH)
    scene.sender.outcomes.append(LATER)
    scene.choose(pause(NOW + DAY))
    scene.polled().deliver()
    assert (scene.only.state, scene.only.due) == ("deferred", NOW + timedelta(seconds=5))
    assert scene.deliver(NOW + HOUR) == [((BEN,), TOLD)]


def test_two_pauses_end_one_after_the_other(store: SqlStore) -> None:
    scene = Scene(store, BOTH)
    scene.sender.outcomes.append(Outcome(ok=True, answer="250", taken=(ANN,)))
    scene.choose(pause(NOW + DAY), pause(NOW + 2 * DAY, BEN))
    scene.polled()
    assert scene.deliver(NOW + DAY) == [((ANN,), TOLD)]
    assert (scene.only.state, scene.only.held_until) == ("held", NOW + 2 * DAY)
    assert scene.deliver(NOW + 2 * DAY) == [((BEN,), TOLD)]


def test_a_pause_holds_what_is_urgent_too(store: SqlStore) -> None:
    scene = Scene(store)
    urgent = replace(desk(), rules=(replace(RULES[0], urgent=frozenset({"mission.opened"})),))
    scene.pipeline = replace(scene.pipeline, standing=Standing.of((urgent,)))
    scene.choose(pause(NOW + DAY))
    assert scene.polled().deliver() == []
    assert (scene.only.state, scene.only.urgent) == ("held", True)


def test_an_alert_that_waits_for_its_source_is_not_let_go_by_the_end_of_a_pause(
    store: SqlStore,
) -> None:
    scene = Scene(store, ONE, ("Nothing to see", "Here.")).polled()
    doubted = make_delivery(channel="hook", state="held", stops=(Stop("hold", None, "a flood"),))
    store.record(make_poll(deliveries=(doubted,)))
    scene.choose(pause(NOW + DAY))
    scene.choose(undone=(pause(NOW + DAY),))
    assert scene.only.state == "held"
    assert scene.deliver(NOW + 2 * DAY) == []


def test_letting_a_source_go_does_not_end_a_pause(store: SqlStore) -> None:
    scene = Scene(store)
    scene.choose(pause(NOW + DAY))
    scene.polled()
    assert store.let_go("newsroom", NOW) == 0
    assert scene.only.state == "held"


def test_a_channel_that_is_gone_gives_up_what_a_pause_holds(store: SqlStore) -> None:
    scene = Scene(store)
    scene.choose(pause(NOW + DAY))
    scene.polled()
    store.drop_channels((), NOW, "gone")
    assert scene.only.state == "cancelled"


# -- a digest of one's own ------------------------------------------------------------------------


def at(hour: int, day: int = 5) -> datetime:
    """In Vienna, in winter."""
    return datetime(2025, 2, day, hour - 1, tzinfo=UTC)


def test_a_reader_may_collect_what_comes_as_it_comes(store: SqlStore) -> None:
    scene = Scene(store, BOTH, OPENED, POLICE)
    scene.sender.outcomes += [Outcome(ok=True, answer="250", taken=(BEN,))] * 2
    scene.choose(digest(18))
    scene.polled()
    assert sorted(scene.deliver()) == sorted([((BEN,), TOLD), ((BEN,), POLICE[0])])
    assert {one.state for one in store.deliveries()} == {"queued"}
    assert scene.deliver(at(17)) == []
    ((to, told),) = scene.deliver(at(18))
    assert (to, told.count(",")) == ((ANN,), 1)


def test_an_own_time_may_be_earlier_or_later_than_that_of_the_others(store: SqlStore) -> None:
    both = replace(BOTH, to=(ANN, BEN, "cy@news.test"), digest=Digest(time(18)))
    scene = Scene(store, both)
    scene.sender.outcomes += [
        Outcome(ok=True, answer="250", taken=(ANN,)),
        Outcome(ok=True, answer="250", taken=("cy@news.test",)),
    ]
    scene.choose(digest(12), digest(20, BEN))
    scene.polled()
    assert scene.only.due == at(12)
    assert scene.deliver(at(12)) == [((ANN,), TOLD)]
    assert scene.deliver(at(17)) == []
    assert scene.deliver(at(18)) == [(("cy@news.test",), TOLD)]
    assert scene.deliver(at(20)) == [((BEN,), TOLD)]
    assert scene.only.state == "sent"


def test_a_new_time_holds_for_what_waits_and_so_does_taking_it_back(store: SqlStore) -> None:
    scene = Scene(store, replace(ONE, digest=Digest(time(18)))).polled()
    assert scene.only.due == at(18)
    scene.choose(digest(12))
    assert scene.only.due == at(12)
    scene.choose(undone=(digest(12),))
    assert scene.only.due == at(18)
    assert scene.only.stops == (Stop("digest", at(18)),)


def test_a_weekly_digest_waits_for_its_day(store: SqlStore) -> None:
    scene = Scene(store)
    scene.choose(choice("digest", digest=Digest(time(8), 4)))  # Friday
    assert scene.polled().only.due == at(8, 7)


def test_a_pause_and_an_own_time_add_up(store: SqlStore) -> None:
    scene = Scene(store)
    scene.choose(pause(NOW + DAY), digest(18))
    scene.polled()
    assert scene.deliver(NOW + DAY) == []
    assert (scene.only.state, scene.only.due) == ("queued", at(18, 6))
    assert scene.deliver(at(18, 6)) == [((ANN,), TOLD)]


# -- decided without a store ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"subscriber": "gone"}, "the subscriber is no longer configured"),
        ({"channel": "gone"}, "the channel is no longer configured"),
        ({"address": "gone@news.test"}, "the address is no longer configured"),
        ({"kind": "rule", "rule": "gone"}, "the rule no longer sends there"),
        ({"kind": "pause", "until": NOW}, "it has ended"),
        ({"kind": "pause", "until": NOW + DAY}, ""),
        ({"kind": "rule", "rule": "tj"}, ""),
        ({}, ""),
    ],
)
def test_a_choice_about_what_is_gone_does_nothing_and_says_so(about: dict, said: str) -> None:
    assert is_idle(replace(choice("all"), **about), [desk()], NOW) == said


def test_choices_about_what_is_gone_change_nothing(store: SqlStore) -> None:
    scene = Scene(store)
    scene.choose(choice("all", "gone@news.test"), choice("rule", rule="gone"))
    assert scene.polled().deliver() == [((ANN,), TOLD)]


def test_the_name_of_a_choice_is_that_of_what_it_is_about() -> None:
    assert choice_id(pause(NOW)) == choice_id(pause(NOW + DAY))
    assert choice_id(pause(NOW)) != choice_id(pause(NOW, BEN))


def test_a_delivery_for_nobody_who_chose_is_as_it_was() -> None:
    owed = make_delivery(channel="hook", matches=(make_match(rule="tj"),))
    assert planned(desk(), ONE, NOW, owed, ()) == owed


def test_addresses_that_get_the_same_share_a_message() -> None:
    channel = replace(ONE, to=(ANN, BEN, "cy@news.test"))
    batch = [make_delivery(id=name, matches=(make_match(rule=name),)) for name in ("tj", "md")]
    chosen = [choice("rule", BEN, rule="md")]
    split = {one.id: shares(one, desk(channel), channel, chosen, NOW) for one in batch}
    found = [
        (one.channel.to, [d.id for d in one.deliveries]) for one in parcels(batch, channel, split)
    ]
    assert found == [((ANN, "cy@news.test"), ["tj", "md"]), ((BEN,), ["tj"])]


def test_of_several_messages_what_is_to_be_tried_again_counts() -> None:
    fine, no = Outcome(ok=True, answer="250", taken=(ANN,)), replace(LATER, retryable=False)
    assert together([fine, replace(LATER, answer="no")]).ok is False
    assert together([no, fine]).ok
    assert together([no, LATER]).retryable
    assert together([fine, replace(no, turned_away=(BEN,))]).turned_away == (BEN,)


def test_votes_are_one_for_each_address_and_the_last_one_counts(store: SqlStore) -> None:
    scene = Scene(store).polled()
    for address, answers in ((ANN, (True, False)), (BEN, (True,))):
        for is_useful in answers:
            store.cast_vote(Vote(scene.only.id, address, is_useful, NOW))
    assert store.usefulness() == {("desk", "tj"): (1, 1), ("desk", "opened"): (1, 1)}
    assert store.vote(scene.only.id, ANN) == Vote(scene.only.id, ANN, False, NOW)


def test_the_key_of_links_is_made_once_and_lasts_until_it_is_renewed(store: SqlStore) -> None:
    first = store.link_key()
    assert (len(first), store.link_key()) == (32, first)
    store.renew_link_key()
    assert store.link_key() != first


class Slow(Sender):
    """A mail server that takes five minutes for a mail."""

    clock = Clock()

    async def send(self, message: Message, now: datetime) -> Outcome:
        self.clock.now += timedelta(minutes=5)
        return await super().send(message, now)


def test_a_batch_is_done_within_its_lease_however_many_messages_it_makes(store: SqlStore) -> None:
    daily = replace(BOTH, digest=Digest(time(18)))
    scene = Scene(store, daily, OPENED, POLICE).polled()
    scene.choose(choice("rule", rule="md"))
    slow = Slow(outcomes=[Outcome(ok=True, answer="250", taken=(ANN,))])
    slow.clock = scene.clock
    scene.pipeline = replace(scene.pipeline, senders={"email": slow})
    scene.deliver(NOW + 9 * HOUR)
    assert [one.channel.to for one in slow.sent] == [(ANN,)]
    assert {(one.state, one.attempts) for one in store.deliveries()} == {("deferred", 0)}
    scene.deliver(NOW + 10 * HOUR)
    assert {one.state for one in store.deliveries()} == {"sent"}
    assert (ANN,) not in [one.channel.to for one in slow.sent[1:]]


def test_what_nobody_wants_does_not_make_a_channel_that_works_look_ill(store: SqlStore) -> None:
    daily = replace(ONE, digest=Digest(time(18)))
    scene = Scene(store, daily, OPENED, POLICE)
    scene.choose(choice("rule", rule="md"))
    scene.polled().deliver(NOW + 9 * HOUR)
    assert {one.state for one in store.deliveries()} == {"sent", "cancelled"}
    assert [one.failures for one in store.channel_states()] == [0]


def test_who_chose_not_to_get_it_is_written_down_once_however_often_it_is_tried(
    store: SqlStore,
) -> None:
    scene = Scene(store, BOTH).polled()
    scene.choose(choice("all"))
    scene.sender.outcomes += [LATER, LATER]
    for hours in (0, 1, 2):
        scene.deliver(NOW + hours * HOUR)
    assert scene.only.state == "sent"
    assert [stop.stage for stop in scene.only.stops] == ["unsubscribed"]
