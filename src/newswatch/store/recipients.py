"""The store's transactions on those who get mail: their choices, their votes, the key of their links."""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from newswatch.choices import Replan
from newswatch.model import Choice, Delivery, Lane, Vote
from newswatch.store import choices
from newswatch.store.transactions import Transactions

KEY_BYTES = 32


class Recipients(Transactions):
    """What readers of mail do by themselves."""

    def choices(self) -> Sequence[Choice]:
        """All of them, those about what is no longer configured too."""
        with self._reading() as connection:
            return choices.every(connection)

    def choices_of(self, lanes: Collection[Lane]) -> Mapping[Lane, Sequence[Choice]]:
        """Of each of the channels, in the order of their keys."""
        with self._reading() as connection:
            return choices.of_lanes(connection, lanes)

    def choices_to(self, subscriber: str) -> Sequence[Choice]:
        """Of all addresses of a subscriber."""
        with self._reading() as connection:
            return choices.every(connection, choices.table.subscriber == subscriber)

    def choose(
        self,
        made: Iterable[Choice],
        undone: Iterable[Choice],
        plans: Mapping[Lane, Replan],
        now: datetime,
    ) -> None:
        """Writes choices and takes others back; what waits on each channel is planned anew by them
        in the same transaction."""
        with self._writing() as connection:
            choices.drop(connection, undone)
            choices.save(connection, made)
            for lane in sorted(plans):
                choices.replan(connection, lane, plans[lane], now)

    def newest_deliveries(
        self, subscriber: str, channels: Collection[str], most: int
    ) -> Sequence[tuple[Delivery, datetime]]:
        """What some channels were owed last, with when it was settled, or else is due."""
        with self._reading() as connection:
            return choices.newest(connection, subscriber, channels, most)

    def cast_vote(self, vote: Vote) -> None:
        with self._writing() as connection:
            choices.cast(connection, vote)

    def vote(self, delivery_id: str, address: str) -> Vote | None:
        with self._reading() as connection:
            return choices.vote_of(connection, delivery_id, address)

    def usefulness(self) -> Mapping[tuple[str, str], tuple[int, int]]:
        """By subscriber and rule: how many votes for "useful", and how many for "not"."""
        with self._reading() as connection:
            return choices.usefulness(connection)

    def link_key(self) -> bytes:
        """What signs the links of readers, made when it is first asked for."""
        with self._reading() as connection:
            held = choices.key_of_links(connection)
        if held is not None:
            return held
        with self._writing() as connection:
            return choices.make_key(connection, secrets.token_bytes(KEY_BYTES))

    def renew_link_key(self) -> None:
        """Ends all links of readers; mails from now on have new ones."""
        with self._writing() as connection:
            choices.forget_key(connection)
            choices.make_key(connection, secrets.token_bytes(KEY_BYTES))
