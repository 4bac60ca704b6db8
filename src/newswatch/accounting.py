"""The ledger and the latencies as they are read: from the store, with the rules as they were written."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from newswatch.config.load import Configuration
from newswatch.config.places import parse_yaml
from newswatch.config.subscribers import make_rollout
from newswatch.config.timing import RolloutModel
from newswatch.latency import WINDOWS, Latency, latencies
from newswatch.ledger import Entry, Rules, Sending, entries, entries_of
from newswatch.model import Attempt, RuleText
from newswatch.rules.rule import Rollout
from newswatch.store import SqlStore
from newswatch.timeline import Event, timeline


@dataclass(slots=True)
class Texts:
    """Where rules sent, by the digests of their texts; each text is read once."""

    look_up: Callable[[Iterable[str]], Mapping[str, RuleText]]
    zones: Mapping[str, str]  # of subscribers
    known: dict[str, Sending] = field(default_factory=dict)

    def __call__(self, digests: Iterable[str]) -> Rules:
        wanted = frozenset(digests)
        new = self.look_up(wanted - self.known.keys())
        self.known |= {
            digest: sending(text.text, self.zones.get(text.subscriber, "UTC"))
            for digest, text in new.items()
        }
        return self.known


def sending(text: str, zone: str) -> Sending:
    """Where a rule sends, of its text, which was validated when it came into force."""
    document, problems = parse_yaml(text.encode(), "rule")
    said: dict[str, Any] = {} if problems else dict(document.data)
    return Sending(
        send=tuple(said.get("send") or ()),
        rollout=rollout(said.get("rollout"), zone),
        copies=bool(said.get("copies")),
        corrections=bool(said.get("corrections")),
    )


def rollout(said: Mapping[str, Any] | None, zone: str) -> Rollout | None:
    model = RolloutModel.model_validate(said) if said else None
    return make_rollout(model, zone) if model else None


def texts_of(store: SqlStore, configuration: Configuration) -> Texts:
    zones = {one.id: one.timezone for one in configuration.subscribers}
    return Texts(store.rule_texts, zones)


def ledger(
    store: SqlStore, texts: Texts, since: datetime, until: datetime, subscriber: str | None = None
) -> Iterator[Entry]:
    """Of every version that was recorded in a period; however many there are, a page is in memory."""
    return entries_of(store.recorded(since, until, subscriber), texts)


def course(
    store: SqlStore, texts: Texts, release_id: str, subscriber: str
) -> tuple[tuple[Event, ...], tuple[Entry, ...]]:
    """All that happened to a release on its way to a subscriber, and the account of it. Nothing where
    there is no such release."""
    recorded = store.recorded_of(release_id, subscriber)
    rules = texts(match.rule_digest for one in recorded for match in one.matches)
    account = tuple(entry for one in recorded for entry in entries(one, rules))
    attempts: dict[str, tuple[Attempt, ...]] = {
        owed.delivery.id: tuple(store.attempts(owed.delivery.id))
        for one in recorded[-1:]
        for owed in one.owed
    }
    if not recorded:
        return (), ()
    visits = store.visits_at({one.at for one in recorded}, recorded[0].release.source_id)
    corrections = store.corrections([release_id])
    return timeline(recorded, account, attempts, visits, corrections), account


def latencies_of(
    store: SqlStore, configuration: Configuration, now: datetime
) -> tuple[Latency, ...]:
    """How long alerts took in each of the windows, by kind of channel."""
    kinds = configuration.kinds
    return latencies(
        {
            window: [
                (kinds.get(one.lane, "removed"), one.waited, one.took, one.count)
                for one in store.durations(now - length)
            ]
            for window, length in WINDOWS.items()
        }
    )


@dataclass(slots=True)
class Remembered:
    """The latencies of a minute ago at most: a page that anybody may ask for must cost little."""

    compute: Callable[[datetime], tuple[Latency, ...]]
    clock: Callable[[], datetime]
    at: datetime | None = None
    found: tuple[Latency, ...] = ()

    def __call__(self) -> tuple[Latency, ...]:
        now = self.clock()
        if self.at is None or not timedelta() <= now - self.at < timedelta(minutes=1):
            self.found, self.at = self.compute(now), now
        return self.found
