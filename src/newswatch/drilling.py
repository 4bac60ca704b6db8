"""Drills: messages that try out every channel, marked as that, through the same outbox and senders as
any alert; and who acknowledged them. Pure but for the store.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from newswatch.alarm import drill
from newswatch.health import Notice, deliveries, operators_of, own_poll, own_release
from newswatch.model import Delivery, DrillMessage, DrillPlan, Poll, Release
from newswatch.ports import DrillStore
from newswatch.rules.rule import Subscriber
from newswatch.schedule import cron_due

ASKS = "This is a drill: nothing happened. Please open its link and say that you have read it."
FOR_PEOPLE = ("email", "chat")
MOST_NAMED = 20  # messages, in a notice


@dataclass(frozen=True, slots=True)
class Drilling:
    """The verbs. `site` is the site's address without a slash at its end; `plan` is that of whoever
    has none of his own; `since` is when drills began to be planned here; `token` makes a secret."""

    store: DrillStore
    subscribers: Sequence[Subscriber]
    site: str
    plan: DrillPlan
    since: datetime
    token: Callable[[], str]
    clock: Callable[[], datetime]

    # -- hold -----------------------------------------------------------------------------------

    def hold(self, subscribers: Iterable[Subscriber]) -> tuple[DrillMessage, ...]:
        """Owes every channel of the subscribers its message now, whatever the hour."""
        now = self.clock()
        return self.held(drill_id("by hand", now), subscribers, now)

    def hold_planned(self) -> tuple[DrillMessage, ...]:
        """The same for those whose time has come: once for each time, however often it is asked."""
        now, last = self.clock(), self.store.last_drills()
        return tuple(
            message
            for one in self.subscribers
            if (due := self.next_of(one, last, now)) is not None and due <= now
            for message in self.held(drill_id(one.id, due), [one], now)
        )

    def next_of(
        self, subscriber: Subscriber, last: Mapping[str, datetime], now: datetime
    ) -> datetime | None:
        before = last.get(subscriber.id)
        if not subscriber.channels:
            return None
        plan = subscriber.drill or self.plan
        if plan.every is not None:
            return now if before is None else before + plan.every
        if not plan.cron:
            return None
        return cron_due(plan.cron, subscriber.timezone, before or self.since)

    def held(
        self, drill: str, subscribers: Iterable[Subscriber], now: datetime
    ) -> tuple[DrillMessage, ...]:
        made = [self.messages(drill, one, now) for one in subscribers]
        messages = tuple(message for one in made for message, _, _ in one)
        releases = [release for one in made for _, release, _ in one]
        poll = own_poll(releases, [delivery for one in made for _, _, delivery in one], now)
        return messages if messages and self.store.hold_drill(messages, poll) else ()

    def messages(
        self, name: str, subscriber: Subscriber, now: datetime
    ) -> list[tuple[DrillMessage, Release, Delivery]]:
        found = []
        for channel in subscriber.channels:
            token = self.token()
            link = f"{self.site}/drills/{token}"
            release, delivery = drill(subscriber, channel, now, link, ASKS)
            message = DrillMessage(name, token, delivery.id, subscriber.id, channel.id, now)
            found.append((message, release, delivery))
        return found

    # -- remind ---------------------------------------------------------------------------------

    def remind(self) -> tuple[DrillMessage, ...]:
        """Tells the operators, once, which messages of drills nobody acknowledged in time. Of a
        webhook it is enough that it was taken: a program reads it."""
        now = self.clock()
        late = self.late(now)
        if not late:
            return ()
        states = self.store.delivery_states([one.delivery_id for one in late])
        missing = [one for one in late if self.is_missed(one, states[one.delivery_id])]
        self.store.tell_drills(late, self.notice(missing, states, now), now)
        return tuple(missing)

    def late(self, now: datetime) -> Sequence[DrillMessage]:
        """What was not acknowledged by when the plan of its subscriber says."""
        own = {one.id: one.drill for one in self.subscribers if one.drill is not None}
        shortest = min(plan.remind_after for plan in (self.plan, *own.values()))
        return [
            one
            for one in self.store.unanswered_drills(now - shortest)
            if one.at <= now - own.get(one.subscriber, self.plan).remind_after
        ]

    def is_missed(self, message: DrillMessage, state: str) -> bool:
        known = next((one for one in self.subscribers if one.id == message.subscriber), None)
        channel = known.channel(message.channel) if known else None
        if channel is None:  # it is no longer there
            return False
        return channel.kind in FOR_PEOPLE or state != "sent"

    def notice(
        self,
        missing: Sequence[DrillMessage],
        states: Mapping[str, str],
        now: datetime,
    ) -> Poll:
        if not missing:
            return own_poll((), (), now)
        notice = Notice("not acknowledged", in_words(missing, states))
        release = own_release("drill", notice, now, f"{self.site}/status")
        return own_poll([release], deliveries(release, operators_of(self.subscribers), now), now)


def in_words(missing: Sequence[DrillMessage], states: Mapping[str, str]) -> str:
    """ "Nobody acknowledged: desk/mail (drill of 1 May 2025: sent), …"."""
    lines = [
        f"{'/'.join(one.lane)} (drill of {one.at.day} {one.at:%B %Y}: {states[one.delivery_id]})"
        for one in missing[:MOST_NAMED]
    ]
    if (more := len(missing) - MOST_NAMED) > 0:
        lines.append(f"and {more} more")
    return f"Nobody acknowledged: {', '.join(lines)}. `newswatch drills list` has all of them."


def drill_id(occasion: str, at: datetime) -> str:
    """The same for the same occasion."""
    return "drl_" + sha256(f"{occasion}\n{at.isoformat()}".encode()).hexdigest()[:12]
