"""The store's transactions for those who look at how it went: the ledger, the metrics."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from newswatch.ledger import Recorded
from newswatch.model import Visit
from newswatch.store import accounts, counters, figures, visits
from newswatch.store.figures import Figures, Took
from newswatch.store.transactions import Transactions


class Books(Transactions):
    """What was recorded, what became of it, and how long that took."""

    def recorded(
        self, since: datetime, until: datetime, subscriber: str | None = None, at_once: int = 200
    ) -> Iterator[Sequence[Recorded]]:
        """The versions of releases that were recorded in a period, the oldest first, in pages, with
        what one subscriber's rules met and were owed, or everybody's. Each page is a transaction."""
        after = None
        while True:
            with self._reading() as connection:
                found, after = accounts.page(connection, since, until, after, at_once, subscriber)
            if not found:
                return
            yield found

    def recorded_of(self, release_id: str, subscriber: str) -> Sequence[Recorded]:
        """The same of one release, the first version first."""
        with self._reading() as connection:
            return accounts.of_release(connection, release_id, subscriber)

    def visits_at(self, instants: Collection[datetime], source_id: str) -> Sequence[Visit]:
        """The polls of a source at some instants, as far as they are kept."""
        with self._reading() as connection:
            return visits.at(connection, source_id, instants)

    def durations(self, since: datetime) -> Sequence[Took]:
        """How long deliveries took that were sent since an instant."""
        with self._reading() as connection:
            return figures.durations(connection, since)

    def figures(self, now: datetime) -> Figures:
        """What the metrics are made of, in one transaction."""
        with self._reading() as connection:
            return Figures(
                counters.read(connection),
                figures.queues(connection),
                figures.hub_counts(connection, now),
            )
