"""The store's transactions on those who read feeds: tokens, and followers of our own hub."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from newswatch.model import (
    Errand,
    Follower,
)
from newswatch.store import (
    counters,
    feeds,
    hubs,
)
from newswatch.store.feeds import FeedToken
from newswatch.store.transactions import Transactions


class Readers(Transactions):
    """Who may read private feeds, and who follows public ones."""

    # -- private feeds ------------------------------------------------------------------------

    def issue_token(
        self,
        subscriber: str,
        rule: str,
        token_hash: str,
        now: datetime,
        *,
        grace: timedelta = timedelta(),
    ) -> None:
        """Makes this the feed's token; those before it work for `grace` more."""
        with self._writing() as connection:
            feeds.end(connection, subscriber, rule, now + grace)
            feeds.issue(connection, subscriber, rule, token_hash, now)

    def revoke_tokens(self, subscriber: str, rule: str, now: datetime) -> int:
        """Ends all tokens of a feed, at once. Returns how many worked."""
        with self._writing() as connection:
            return feeds.end(connection, subscriber, rule, now)

    def feed_by_token(self, token_hash: str, now: datetime) -> tuple[str, str] | None:
        """The subscriber and the rule whose feed the token opens."""
        with self._reading() as connection:
            return feeds.by_token(connection, token_hash, now)

    def tokens(self, now: datetime) -> Sequence[FeedToken]:
        """Those that work, by subscriber and rule."""
        with self._reading() as connection:
            return feeds.tokens(connection, now)

    # -- followed feeds -----------------------------------------------------------------------

    def follow(self, follower: Follower) -> None:
        """Writes a subscription that was verified, anew if it was there."""
        with self._writing() as connection:
            hubs.follow(connection, follower)

    def unfollow(self, topic: str, callback: str) -> None:
        with self._writing() as connection:
            hubs.unfollow(connection, topic, callback)

    def follower(self, topic: str, callback: str, now: datetime) -> Follower | None:
        """The subscription, while its lease runs."""
        with self._reading() as connection:
            return hubs.following(connection, topic, callback, now)

    def announce(self, places: hubs.Places, hub: str, now: datetime) -> int:
        """Owes what feeds that changed are to be told of, to followers and, where there is one, to
        another hub. Returns how many errands that makes."""
        with self._writing() as connection:
            return hubs.announce(connection, places, hub, now)

    def owe_verification(self, errand: Errand) -> bool:
        """False where too many wait already."""
        with self._writing() as connection:
            return hubs.owe_verification(connection, errand)

    def claim_errands(self, now: datetime, lease: timedelta, limit: int) -> Sequence[Errand]:
        """Takes due errands for `lease`, longest due first."""
        with self._writing() as connection:
            return hubs.claim(connection, now, lease, limit)

    def settle_errand(self, done: Errand, again: Errand | None) -> None:
        """Forgets an errand that was run, or puts it off, unless another took its place."""
        with self._writing() as connection:
            hubs.settle(connection, done, again)
            result = "again" if again else "done"
            counters.add(connection, {("errands", done.kind, result, ""): 1})
