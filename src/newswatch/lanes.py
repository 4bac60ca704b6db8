"""What this process has under way on each channel: one that hangs occupies its own places only."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from newswatch.breaker import at_most
from newswatch.model import Channel, ChannelState, Lane

IN_A_DIGEST = 500  # deliveries in one message
A_FEW = 20  # of a channel that is no longer there, to be cancelled


@dataclass(slots=True)
class Lanes:
    """Counts messages from when they are claimed until they are settled."""

    under_way: Counter[Lane] = field(default_factory=Counter)
    begun: dict[Lane, datetime] = field(default_factory=dict)  # the last one, of each

    def begin(self, lane: Lane, now: datetime) -> None:
        self.under_way[lane] += 1
        self.begun[lane] = now

    def end(self, lane: Lane) -> None:
        self.under_way[lane] -= 1
        if not self.under_way[lane]:
            del self.under_way[lane]

    def room(self, channel: Channel | None, state: ChannelState, now: datetime) -> int:
        """How many deliveries of a channel may be claimed now."""
        if channel is None:
            return A_FEW
        free = at_most(state, channel.pace.at_once, now) - self.under_way[state.lane]
        if channel.digest is not None:
            return IN_A_DIGEST if free > 0 and not self.under_way[state.lane] else 0
        if channel.pace.gap:
            return min(free, int(self.may_begin(channel, state.lane, now)))
        return free

    def may_begin(self, channel: Channel, lane: Lane, now: datetime) -> bool:
        """Whether the pause between two messages is over."""
        last = self.begun.get(lane)
        return last is None or now - last >= channel.pace.gap
