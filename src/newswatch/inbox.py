"""What comes to the address of our mails: readers who unsubscribe, and mails that came back. Nothing is
ever answered. Pure but for the store."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from newswatch.bouncing import Bouncing
from newswatch.recipients import Recipient, digest_of
from newswatch.unsubscribing import tokens


@dataclass(frozen=True, slots=True)
class Inbox:
    """`readers` gives who may use which link to unsubscribe, by the digest of its token; `leave`
    unsubscribes, as the link does."""

    bouncing: Bouncing
    readers: Callable[[], Mapping[str, Recipient]]
    leave: Callable[[Recipient], None]

    def take(self, raw: bytes, now: datetime) -> tuple[str, ...]:
        """Takes one mail; what came of it, in lines without a token."""
        asked = dict.fromkeys(tokens(raw))
        known = [who for one in asked if (who := self.readers().get(digest_of(one))) is not None]
        for who in known:
            self.leave(who)
        lines = tuple(f"{one.subscriber}/{one.channel}: unsubscribed by mail" for one in known)
        return lines or self.bouncing.take(raw, now)
