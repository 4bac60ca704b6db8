"""The store: everything that is remembered, in SQLite or PostgreSQL.

schema.py       the tables               engine.py   connections, migrations, errors

Transactions, which SqlStore has all of (transactions.py: what each begins with):
newsrooms.py    sources, polls           archive.py  releases, missions, corrections
outbox.py       deliveries, channels     readers.py  private feeds, followers
recipients.py   what readers of mail do by themselves
books.py        the ledger, the metrics  returns.py  mails that came back

Statements, a module for each concern:
sources.py      sources and their leases releases.py releases, versions, matches
deliveries.py   the outbox               channels.py their receivers
documents.py    the newsrooms' pages     visits.py   what each host saw
missions.py     missions, timelines      corrections.py   what people know better
pushes.py       subscriptions at hubs    hubs.py     followers of our own hub, errands
silences.py     silences, what they hid  feeds.py    tokens of private feeds
departures.py   what waits although due  ruletexts.py     rules as they were written
drills.py       drills, acknowledgements choices.py  what readers chose
accounts.py     what the ledger compares figures.py  how long it took, what waits
counters.py     what only grows          codec.py    values to and from JSON
"""

from datetime import timedelta

import sqlalchemy as sa

from newswatch.store.archive import Archive
from newswatch.store.books import Books
from newswatch.store.documents import KeptDocument
from newswatch.store.engine import connect, make_ready, plain_errors
from newswatch.store.feeds import FeedToken
from newswatch.store.figures import LATENCIES, Figures
from newswatch.store.newsrooms import Newsrooms
from newswatch.store.outbox import Outbox
from newswatch.store.readers import Readers
from newswatch.store.recipients import Recipients
from newswatch.store.returns import Returns

__all__ = ["LATENCIES", "FeedToken", "Figures", "KeptDocument", "SqlStore", "open_store"]

BUSY_TIMEOUT = timedelta(seconds=30)


def open_store(
    url: str, *, migrate: bool = True, busy_timeout: timedelta = BUSY_TIMEOUT
) -> "SqlStore":
    """Opens "sqlite:///path" or "postgresql://…", makes or upgrades its tables where `migrate`.

    Raises `StoreError`: no such directory, not a database, not reachable, newer than this version
    of newswatch, or not up to date. `busy_timeout` is how long a write waits for another (SQLite).
    """
    engine = connect(url, busy_timeout)
    try:
        with plain_errors():
            make_ready(engine, allowed=migrate)
    except BaseException:
        engine.dispose()
        raise
    return SqlStore(engine)


class SqlStore(Newsrooms, Archive, Outbox, Readers, Recipients, Books, Returns):
    """What is remembered (`ports.Store`, and what the commands and the pages ask for).

    Every method is one transaction, and may be called from any thread. Each raises `StoreError`
    where the database does not do what it should. Instants are aware.
    """

    def close(self) -> None:
        """Closes the connections that are not in use."""
        self._engine.dispose()

    def ping(self) -> None:
        """Returns if the database answers."""
        with self._reading() as connection:
            connection.execute(sa.select(1))
