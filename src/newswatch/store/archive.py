"""The store's transactions on releases, missions and corrections."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from newswatch.model import (
    Change,
    Correction,
    Delivery,
    Match,
    Mission,
    Release,
    Subject,
    Withdrawal,
)
from newswatch.ports import Known
from newswatch.store import (
    corrections,
    deliveries,
    missions,
    releases,
    withdrawals,
)
from newswatch.store.transactions import Transactions


class Archive(Transactions):
    """What newsrooms published, and what is known of it."""

    # -- releases -----------------------------------------------------------------------------

    def known(self, release_ids: Iterable[str]) -> Mapping[str, Known]:
        with self._reading() as connection:
            return releases.known(connection, release_ids)

    def named(self, source_id: str, names: Iterable[str]) -> Mapping[str, str]:
        """The ids of a source's releases by their publisher's own."""
        with self._reading() as connection:
            return releases.named(connection, source_id, names)

    def like(self, source_id: str, likenesses: Iterable[str]) -> Mapping[str, Known]:
        """Releases of a source by their `dedupe.likeness`."""
        with self._reading() as connection:
            return releases.like(connection, source_id, likenesses)

    def covers_election(self, source_id: str, first: date, last: date) -> bool:
        """Whether a release of the source is about an election between two days."""
        with self._reading() as connection:
            return releases.covers_election(connection, source_id, first, last)

    def release_by_id(self, release_id: str) -> Release | None:
        """Its current version."""
        return self.releases_by_id([release_id]).get(release_id)

    def releases_by_id(self, ids: Iterable[str]) -> Mapping[str, Release]:
        """The current versions; ids that nothing has are left out."""
        with self._reading() as connection:
            return releases.by_id(connection, ids)

    def releases_recent(
        self,
        limit: int,
        *,
        source: str | None = None,
        since: datetime | None = None,
        country: str | None = None,
        event: str | None = None,
        query: str | None = None,
        before: tuple[datetime, str] | None = None,
    ) -> Sequence[Release]:
        """The newest first, by publishing date, or where that is unknown by when it was seen.
        `query` is words that all stand in title or text; case and diacritics do not count.
        `before` is the `shown` and the id of a release: those that come after it in this order."""
        wanted = {
            "source": source,
            "since": since,
            "country": country,
            "event": event,
            "query": query,
            "before": before,
        }
        with self._reading() as connection:
            return releases.recent(connection, limit, wanted)

    def release_versions(self, release_id: str) -> Sequence[Release]:
        """The first version first."""
        with self._reading() as connection:
            return releases.versions(connection, release_id)

    def releases_by_version(
        self, keys: Iterable[tuple[str, int]]
    ) -> Mapping[tuple[str, int], Release]:
        """By id and version; keys that nothing has are left out."""
        with self._reading() as connection:
            return releases.by_version(connection, keys)

    def history(self, after: int, most: int = 1_000) -> Sequence[tuple[int, Release]]:
        """The versions that came after a change, with theirs, in the order in which they were
        recorded: of whole changes, `most` and those of the same change. Nothing: no more."""
        with self._reading() as connection:
            return releases.history(connection, after, most)

    def withdraw(self, one: Withdrawal, now: datetime) -> bool:
        """Records that a release's publisher took it back, and what is owed for that. False where
        it is not the version to come of a release that stands."""
        with self._writing() as connection:
            return withdrawals.record(connection, one, now)

    def matches_of(self, release_id: str) -> Sequence[Match]:
        """The rules that any version of the release met."""
        with self._reading() as connection:
            return releases.matches_of(connection, release_id)

    def match_counts(self, since: datetime) -> Mapping[tuple[str, str], int]:
        """(subscriber, rule) to how many of the releases first seen since then it met."""
        with self._reading() as connection:
            return releases.match_counts(connection, since)

    def archive(
        self, since: datetime | None = None, at_once: int = 500
    ) -> Iterator[Sequence[Release]]:
        """The current versions of all releases of newsrooms that stand, the oldest first, in pages:
        however many there are, `at_once` are in memory. Each page is a transaction."""
        after = None
        while True:
            with self._reading() as connection:
                found = releases.page(connection, since, after, at_once)
            if not found:
                return
            yield [one for _, one in found]
            after = found[-1][0]

    def releases_near(
        self, subjects: Collection[Subject], days: timedelta, also: Collection[str]
    ) -> Sequence[Release]:
        """The releases on the subjects from the days around; and those with some ids."""
        with self._reading() as connection:
            ids = {*releases.near(connection, subjects, days), *also} if subjects else also
            return list(releases.by_id(connection, ids).values())

    # -- missions -----------------------------------------------------------------------------

    def missions_about(self, countries: Collection[str]) -> Sequence[Mission]:
        """The missions to some countries, the latest first."""
        with self._reading() as connection:
            return missions.about(connection, countries)

    def missions_since(self, day: date) -> Sequence[Mission]:
        """Those whose last election or release is of that day or later, the latest first."""
        with self._reading() as connection:
            return missions.since(connection, day)

    def missions_latest(
        self, limit: int, *, country: str | None = None, body: str | None = None
    ) -> Sequence[Mission]:
        """Those with the latest election or release first."""
        with self._reading() as connection:
            return missions.latest(connection, limit, country, body)

    def missions_by_id(self, ids: Iterable[str]) -> Mapping[str, Mission]:
        with self._reading() as connection:
            return {one.id: one for one in missions.by_id(connection, ids)}

    # -- corrections --------------------------------------------------------------------------

    def corrections(self, release_ids: Iterable[str]) -> Sequence[Correction]:
        with self._reading() as connection:
            return corrections.of(connection, release_ids)

    def every_correction(self) -> Sequence[Correction]:
        """The oldest first."""
        with self._reading() as connection:
            return corrections.every(connection)

    def correct(self, made: Sequence[Correction]) -> None:
        """The latest correction of a field counts."""
        with self._writing() as connection:
            for one in made:
                corrections.save(connection, one)

    def drop_corrections(self, release_id: str) -> int:
        """Returns how many there were."""
        with self._writing() as connection:
            return corrections.drop(connection, release_id)

    def release_ids(self) -> Sequence[str]:
        """All releases of newsrooms, the oldest first."""
        with self._reading() as connection:
            return releases.ids_by_day(connection)

    def rewrite(
        self,
        placed: Sequence[Change],
        revised: Sequence[Change],
        owed: Sequence[Delivery],
        now: datetime,
        quiet: str = "",
    ) -> None:
        """Writes releases as they are read now: those that say something else as new versions, all
        on the timelines of their missions, and what is owed for them; `quiet` says why nothing is."""
        with self._writing() as connection:
            releases.record(connection, revised, now, quiet)
            missions.record(connection, placed)
            deliveries.owe(connection, owed, now)

    def forget_missions(self) -> None:
        """To make them anew from the archive."""
        with self._writing() as connection:
            missions.clear(connection)

    def change_marker(self) -> int:
        """Grows whenever a release is added or revised; the same for every worker."""
        with self._reading() as connection:
            return releases.change_marker(connection)
