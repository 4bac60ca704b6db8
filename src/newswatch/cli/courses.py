"""What became of an alert: the stages that held it, its attempts, and the rules as they were."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from newswatch.model import UNSETTLED, Delivery, Match, Release, RuleText, Stop
from newswatch.rules.rule import Rule, Subscriber
from newswatch.store import SqlStore


def show_course(store: SqlStore, delivery: Delivery) -> None:
    """A delivery with everything that it waited for and that was tried."""
    urgent = ", urgent" if delivery.urgent else ""
    due = f", due {instant(delivery.due)}" if delivery.state in ("queued", "deferred") else ""
    print(f"delivery {delivery.id} on {delivery.channel}: {delivery.state}{urgent}{due}")
    for line in stages(store, delivery):
        print(f"  {line}")
    for attempt in store.attempts(delivery.id):
        print(f"  {instant(attempt.at)}  {attempt.answer}")


def stages(store: SqlStore, delivery: Delivery) -> Iterator[str]:
    """What the delivery waits for, or waited for before it was settled."""
    verb = "waits for" if delivery.state in UNSETTLED else "waited for"
    for stop in delivery.stops:
        yield stop.note if stop.stage == "unsubscribed" else f"{verb} {in_words(store, stop)}"


def in_words(store: SqlStore, stop: Stop) -> str:
    until = instant(stop.until) if stop.until else ""
    if stop.stage == "silence":
        made = store.silence(stop.note)
        said = f" by {made.author}: {made.reason}" if made else ""
        return f"a person (silence {stop.note}{said}; `newswatch silence show {stop.note}`)"
    return {
        "hold": f"its source to be sure (hold: {stop.note})",
        "digest": f"the digest of {until}",
        "merge": f"copies of release {stop.note} until {until} (merge)",
        "quiet": f"the end of quiet hours at {until}",
        "limit": f"the limit, until {until}",
        "own_digest": f"the digest of {until}, chosen by {stop.note}",
        "pause": f"its reader (paused by the subscriber until {until}, by {stop.note})",
    }[stop.stage]


# -- what was never owed ------------------------------------------------------------------------


def withheld(subscriber: Subscriber, matches: Sequence[Match], release: Release) -> Iterator[str]:
    """Rules that the release met and that kept it from channels: shadow and rollout."""
    met = {match.rule: match for match in matches if match.subscriber == subscriber.id}
    for match in met.values():
        if match.shadow:
            yield f"rule {match.rule} was a shadow: matched and recorded, nothing is sent for it"
    for rule in subscriber.rules:
        if rule.id in met and not met[rule.id].shadow:
            yield from not_yet(rule, release.updated or release.first_seen)


def not_yet(rule: Rule, at: datetime) -> Iterator[str]:
    """The channels that a rollout kept back at that time."""
    if rule.rollout is None or not rule.rollout.is_on(at):
        return
    until = f" until {instant(rule.rollout.until)}" if rule.rollout.until else ""
    for channel in rule.send:
        if channel not in rule.rollout.first:
            first = ", ".join(rule.rollout.first)
            yield f"rule {rule.id} on {channel}: rollout, it goes to {first} first{until}"


# -- rules as they were -------------------------------------------------------------------------


def texts_of(store: SqlStore, matches: Sequence[Match]) -> list[RuleText]:
    """The texts of the rules when they matched, in their order, each once."""
    found = store.rule_texts(match.rule_digest for match in matches)
    digests = dict.fromkeys(match.rule_digest for match in matches)
    return [found[digest] for digest in digests if digest in found]


def changed_since(subscriber: Subscriber, texts: Sequence[RuleText]) -> list[RuleText]:
    """Those that are no longer in force."""
    now = {rule.digest for rule in subscriber.rules}
    return [text for text in texts if text.digest not in now]


def show_text(text: RuleText) -> None:
    seen = f"{text.first_seen:%Y-%m-%d} to {text.last_seen:%Y-%m-%d}"
    print(f"\nrule {text.rule} as it was, loaded {seen} ({text.digest}):")
    for line in text.text.splitlines():
        print(f"  {line}".rstrip())


def instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
