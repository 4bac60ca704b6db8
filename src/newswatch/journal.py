"""What the running program writes into its log: one line for each poll, delivery, hub and choice."""

from collections.abc import Sequence

import structlog

from newswatch.model import Choice, Poll, Push
from newswatch.ports import Settled
from newswatch.push import host_of

log = structlog.get_logger()


def log_poll(poll: Poll) -> None:
    state = poll.state
    new = sum(change.kind == "new" for change in poll.changes)
    say = log.warning if state.failures else log.info
    say(
        "poll",
        source=poll.source_id,
        state=state.state,
        **({"reason": state.reason} if state.reason else {}),
        entries=poll.tally.entries if poll.tally else 0,
        new=new,
        revised=len(poll.changes) - new,
        owed=len(poll.deliveries),
        **({"withdrawn": len(poll.withdrawals)} if poll.withdrawals else {}),
        **({"quiet": True} if poll.quiet else {}),
        next=state.next_poll.isoformat(timespec="seconds"),
    )


def log_push(push: Push, event: str, *, strange: bool, reason: str = "") -> None:
    say = log.warning if strange else log.info
    said = {"reason": reason} if reason else {}
    say(event, source=push.source_id, hub=host_of(push.hub), **said)


def log_settled(settled: Settled) -> None:
    delivery = settled.delivery
    say = log.info if settled.outcome.ok else log.warning
    say(
        "delivery",
        id=delivery.id,
        subscriber=delivery.subscriber,
        channel=delivery.channel,
        state=delivery.state,
        attempt=delivery.attempts,
        answer=settled.outcome.answer,
    )


def log_choices(made: Sequence[Choice], undone: Sequence[Choice]) -> None:
    """What readers of mail chose, without their addresses."""
    for event, some in (("chosen", made), ("chosen_no_more", undone)):
        for one in some:
            log.info(event, subscriber=one.subscriber, channel=one.channel, choice=one.kind)
