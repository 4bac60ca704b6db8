"""The outbox as tests use it: claims without limits for a channel, and verdicts of the breaker."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from newswatch.alarm import judged
from newswatch.breaker import PATIENCE, at_most
from newswatch.model import ChannelState, Delivery
from newswatch.ports import Ended, Settled
from newswatch.rules.rule import Subscriber
from newswatch.store import SqlStore

PAGE = "https://news.test/status"


def claim(
    store: SqlStore, now: datetime, lease: timedelta, limit: int, at_once: int = 500
) -> Sequence[Delivery]:
    def room(state: ChannelState) -> int:
        return at_most(state, at_once, now)

    return store.claim_deliveries(now, lease, limit, room)


def settle(store: SqlStore, *settled: Settled, subscribers: Sequence[Subscriber] = ()) -> None:
    """The deliveries of one attempt, as the pipeline settles them."""
    one = settled[0]
    now = one.at + one.duration
    judge = partial(judged, one.outcome, now, PATIENCE, subscribers, PAGE, 0.0)
    store.settle([Ended(settled, judge)])
