"""/metrics: what is known of a running newswatch, for Prometheus (text 0.0.4, or OpenMetrics).

Counters and queues are the database's, so that every worker says the same, and after a restart too.
Nothing names a subscriber, an address or a secret: labels are ids of sources, kinds and states.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from newswatch.breaker import WORDS, word
from newswatch.model import UNSETTLED, ChannelState, Lane, SourceState
from newswatch.store import LATENCIES, Figures

Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily | InfoMetricFamily

Labelled: TypeAlias = Mapping[Any, float]  # by the values of labels, in their order


@dataclass(frozen=True, slots=True)
class Configured:
    """What is in force, and what keeps an edit from it."""

    version: str
    loaded: datetime
    problems: int
    rules: int
    subscribers: int
    sources: tuple[str, ...]  # the enabled ones
    kinds: Mapping[Lane, str]  # of channels


@dataclass(frozen=True, slots=True, eq=False)  # the library keeps collectors in a set
class Snapshot(Collector):
    """Everything at one instant, as the library asks for it."""

    now: datetime
    configured: Configured
    states: Mapping[str, SourceState]
    channels: Mapping[Lane, ChannelState]
    figures: Figures

    def collect(self) -> Iterator[Family]:
        yield from self.of_configuration()
        yield from self.of_sources()
        yield from self.of_deliveries()
        yield from self.of_queues()
        yield from self.of_hubs()

    def of_configuration(self) -> Iterator[Family]:
        ours = self.configured
        yield InfoMetricFamily("newswatch_build", "This version.", {"version": ours.version})
        yield gauge(
            "newswatch_configuration_loaded_timestamp_seconds",
            "When the configuration in force was loaded.",
            ours.loaded.timestamp(),
        )
        yield gauge(
            "newswatch_configuration_problems",
            "Mistakes that keep the edited configuration from coming into force; 0: it is.",
            ours.problems,
        )
        yield gauge("newswatch_rules", "Rules in force.", ours.rules)
        yield gauge("newswatch_subscribers", "Subscribers in force.", ours.subscribers)

    def of_sources(self) -> Iterator[Family]:
        polls = self.counter("polls", "newswatch_polls", "Polls by what came.", "source", "result")
        yield polls
        yield self.counter(
            "releases",
            "newswatch_releases_recorded",
            "Versions of releases, new or revised.",
            "source",
            "change",
        )
        states = {one: self.states[one] for one in self.configured.sources if one in self.states}
        last = GaugeMetricFamily(
            "newswatch_source_last_success_timestamp_seconds",
            "When a source was last read; the time since is time() minus this.",
            labels=["source"],
        )
        well = GaugeMetricFamily(
            "newswatch_source_well", "1 if a source is well, else 0.", labels=["source"]
        )
        for name, state in states.items():
            well.add_metric([name], float(state.is_well))
            if state.last_success is not None:
                last.add_metric([name], state.last_success.timestamp())
        yield from (last, well)

    def of_deliveries(self) -> Iterator[Family]:
        yield self.counter(
            "attempts",
            "newswatch_delivery_attempts",
            "Attempts: taken, failed, refused for good, not tried for want of settings.",
            "kind",
            "result",
        )
        yield self.counter(
            "settled", "newswatch_deliveries_settled", "Deliveries by their end.", "kind", "state"
        )
        yield self.latency()

    def latency(self) -> Family:
        """From when a delivery was to leave: what holds it on purpose does not count."""
        family = HistogramMetricFamily(
            "newswatch_delivery_latency_seconds",
            "From when a delivery was to leave until its receiver had it.",
            labels=["kind"],
        )
        counts = self.figures.counts
        kinds = sorted({one for name, one, _ in counts if name == "latency"})
        for kind in kinds:
            sum_ = counts.get(("latency_seconds", kind, ""), 0.0)
            family.add_metric([kind], list(self.buckets(kind)), sum_)
        return family

    def buckets(self, kind: str) -> Iterator[tuple[str, float]]:
        below = 0.0
        for most in (*map(str, LATENCIES), "+Inf"):
            below += self.figures.counts.get(("latency", kind, most), 0.0)
            yield most, below

    def of_queues(self) -> Iterator[Family]:
        queued: Counter[tuple[str, str]] = Counter()
        due: defaultdict[str, list[datetime]] = defaultdict(list)
        for one in self.figures.queues:
            kind = self.configured.kinds.get(one.lane, "removed")
            queued[kind, one.state] += one.count
            if one.state in ("queued", "deferred", "leased") and one.oldest <= self.now:
                due[kind].append(one.oldest)
        yield gauges(
            "newswatch_deliveries",
            "Deliveries that are not at their end, and dead letters.",
            ["kind", "state"],
            {(k, s): queued[k, s] for k in self.kinds() for s in (*UNSETTLED, "dead")} | queued,
        )
        ages = {
            (kind,): max((self.now - at).total_seconds() for at in due.get(kind, [self.now]))
            for kind in self.kinds()
        }
        yield gauges(
            "newswatch_queue_oldest_age_seconds",
            "For how long the longest due delivery has been due.",
            ["kind"],
            ages,
        )
        yield self.of_channels()

    def kinds(self) -> list[str]:
        return sorted(set(self.configured.kinds.values()))

    def of_channels(self) -> Family:
        found: Counter[tuple[str, str]] = Counter()
        for lane, kind in self.configured.kinds.items():
            found[kind, word(self.channels.get(lane, ChannelState(*lane)), self.now)] += 1
        every = {(kind, state): found[kind, state] for kind in self.kinds() for state in WORDS}
        return gauges(
            "newswatch_channels", "Channels by how their receivers are.", ["kind", "state"], every
        )

    def of_hubs(self) -> Iterator[Family]:
        hubs = self.figures.hubs
        yield self.counter("pushes", "newswatch_pushes", "Pushes of hubs, by source.", "source")
        yield self.counter(
            "errands", "newswatch_hub_requests", "To followers and hubs.", "kind", "result"
        )
        running = {("running",): hubs["pushing"], ("asked",): hubs["asked"]}
        yield gauges(
            "newswatch_push_subscriptions", "At hubs: asked for, and running.", ["state"], running
        )
        yield gauge("newswatch_hub_followers", "Of the hub of its own.", hubs["followers"])
        yield gauge("newswatch_hub_errands", "What followers and hubs are owed.", hubs["errands"])

    def counter(self, name: str, family: str, text: str, *labels: str) -> Family:
        """One of the database's counters; the library adds `_total`."""
        made = CounterMetricFamily(family, text, labels=labels)
        for (kept, *values), value in sorted(self.figures.counts.items()):
            if kept == name:
                made.add_metric([one or "removed" for one in values[: len(labels)]], value)
        return made


def gauge(name: str, text: str, value: float) -> Family:
    return GaugeMetricFamily(name, text, value=value)


def gauges(name: str, text: str, labels: list[str], values: Labelled) -> Family:
    made = GaugeMetricFamily(name, text, labels=labels)
    for key, value in sorted(values.items()):
        made.add_metric(list(key), value)
    return made


def exposition(snapshot: Snapshot, accept: str) -> tuple[bytes, str]:
    """The metrics in the format that a client asks for, and its media type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(snapshot)
    encode, media_type = choose_encoder(accept)
    return encode(registry), media_type
