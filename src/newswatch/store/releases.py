"""Releases with all their versions, and the rules that each of them met."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from newswatch.fold import fold
from newswatch.model import Change, Match, Release, Subject, Why
from newswatch.ports import Known
from newswatch.store import counters
from newswatch.store.codec import decode, encode
from newswatch.store.schema import (
    match,
    meta,
    release,
    release_country,
    release_election,
    release_version,
)
from newswatch.store.statements import chunks, insert

CHANGE = "change"
OURSELVES = "newswatch"  # what newswatch says of itself is asked for by its source alone

current = release.join(
    release_version,
    sa.and_(
        release_version.c.release_id == release.c.id,
        release_version.c.version == release.c.version,
    ),
)


# -- writing ------------------------------------------------------------------------------------


def record(
    connection: sa.Connection, changes: Iterable[Change], now: datetime, quiet: str = ""
) -> None:
    """Adds new releases and new versions. What is recorded already stays as it is: the first
    of two polls that decided the same wins. `quiet` says why nobody is told of them."""
    ordered = sorted(changes, key=lambda change: (change.release.id, change.release.version))
    fresh = add_versions(connection, [change.release for change in ordered], now, quiet)
    if fresh:
        number = next_change(connection)
        count(connection, fresh, number)
        make_current(connection, fresh, number)
        counters.add(connection, Counter(map(counted_as, fresh)))
    add_matches(connection, [found for change in ordered for found in change.matches])


def add_versions(
    connection: sa.Connection, releases: Sequence[Release], now: datetime, quiet: str
) -> Sequence[Release]:
    """The releases whose version was not there yet."""
    if not releases:
        return ()
    statement = (
        insert(connection, release_version)
        .on_conflict_do_nothing()
        .returning(release_version.c.release_id, release_version.c.version)
    )
    rows = [
        {
            "release_id": one.id,
            "version": one.version,
            "recorded": one.updated or now,
            "document": encode(one),
            "quiet": "" if one.source_id == OURSELVES else quiet,
        }
        for one in releases
    ]
    added = set(connection.execute(statement, rows))
    return [one for one in releases if (one.id, one.version) in added]


def counted_as(one: Release) -> counters.Key:
    return ("releases", one.source_id, "new" if one.version == 1 else "revised", "")


def ids_by_day(connection: sa.Connection) -> Sequence[str]:
    """All releases of newsrooms, the oldest first."""
    ordered = sa.select(release.c.id).where(release.c.source_id != OURSELVES)
    return connection.execute(ordered.order_by(release.c.shown, release.c.id)).scalars().all()


def next_change(connection: sa.Connection) -> int:
    """Counts a change. The row is locked until the transaction ends, so that numbers become
    visible in their order: a sequence would let a later one be seen first."""
    statement = insert(connection, meta).values(key=CHANGE, value=1)
    counted = statement.on_conflict_do_update(
        index_elements=[meta.c.key], set_={"value": meta.c.value + 1}
    ).returning(meta.c.value)
    return int(connection.execute(counted).scalar_one())


def count(connection: sa.Connection, fresh: Sequence[Release], change: int) -> None:
    """Notes which change brought the versions: their history is read in this order."""
    theirs = sa.update(release_version).where(
        release_version.c.release_id == sa.bindparam("one"),
        release_version.c.version == sa.bindparam("its_version"),
    )
    rows = [{"one": one.id, "its_version": one.version} for one in fresh]
    connection.execute(theirs.values(change=change), rows)


def make_current(connection: sa.Connection, fresh: Sequence[Release], change: int) -> None:
    """Points the releases at these versions, unless they have later ones."""
    latest = {one.id: one for one in fresh}  # of one release, the last version stands last
    rows = [row(one) | {"change": change} for one in latest.values()]
    statement = insert(connection, release)
    given = {name: statement.excluded[name] for name in rows[0]}
    upsert = statement.on_conflict_do_update(
        index_elements=[release.c.id], set_=given, where=release.c.version < given["version"]
    ).returning(release.c.id)
    taken = connection.execute(upsert, rows).scalars().all()
    set_facts(connection, [latest[one] for one in taken])


def set_facts(connection: sa.Connection, releases: Sequence[Release]) -> None:
    """The countries and the days of elections by which releases are found."""
    countries = [
        {"release_id": one.id, "country": country}
        for one in releases
        for country in sorted(set(one.reading.countries))
    ]
    days = [
        {"release_id": one.id, "day": day}
        for one in releases
        for day in sorted({found.date for found in one.reading.elections if found.date})
    ]
    for table, rows in ((release_country, countries), (release_election, days)):
        of_release = table.c.release_id == sa.bindparam("one")
        if releases:
            connection.execute(
                sa.delete(table).where(of_release), [{"one": r.id} for r in releases]
            )
        if rows:
            connection.execute(sa.insert(table), rows)


def add_matches(connection: sa.Connection, matches: Sequence[Match]) -> None:
    if matches:
        rows = [encode(found) for found in matches]
        connection.execute(insert(connection, match).on_conflict_do_nothing(), rows)


def row(one: Release) -> dict[str, Any]:
    return {
        "id": one.id,
        "version": one.version,
        "source_id": one.source_id,
        "fingerprint": one.fingerprint,
        "first_seen": one.first_seen,
        "shown": one.shown,
        "event": one.reading.event,
        "folded": fold(f"{one.title}\n{one.text}"),
        "likeness": one.likeness,
        "name": one.name,
        "withdrawn": bool(one.withdrawn),
    }


# -- reading ------------------------------------------------------------------------------------


HELD = (release.c.id, release.c.fingerprint, release.c.version, release.c.first_seen)


def known(connection: sa.Connection, ids: Iterable[str]) -> Mapping[str, Known]:
    found: dict[str, Known] = {}
    for chunk in chunks(ids):
        rows = connection.execute(sa.select(*HELD).where(release.c.id.in_(chunk)))
        found |= {one.id: Known(*one) for one in rows}
    return found


def like(
    connection: sa.Connection, source_id: str, likenesses: Iterable[str]
) -> Mapping[str, Known]:
    """The releases of a source by their likeness; of several, the one that was seen last."""
    found: dict[str, Known] = {}
    for chunk in chunks(likenesses):
        columns = sa.select(release.c.likeness, *HELD)
        alike = columns.where(release.c.source_id == source_id, release.c.likeness.in_(chunk))
        rows = connection.execute(alike.order_by(release.c.first_seen, release.c.id))
        found |= {one.likeness: Known(*one[1:]) for one in rows}
    return found


def named(connection: sa.Connection, source_id: str, names: Iterable[str]) -> Mapping[str, str]:
    """The ids of a source's releases by their publisher's own; of several, of the last seen."""
    found: dict[str, str] = {}
    for chunk in chunks(names):
        theirs = sa.select(release.c.name, release.c.id).where(
            release.c.source_id == source_id, release.c.name.in_(chunk)
        )
        rows = connection.execute(theirs.order_by(release.c.first_seen, release.c.id))
        found |= {one.name: one.id for one in rows}
    return found


def covers_election(connection: sa.Connection, source_id: str, first: date, last: date) -> bool:
    """Whether a release of the source is about an election between two days, both included."""
    asked = {"its_source": source_id, "first": first, "last": last}
    return connection.execute(COVERING, asked).first() is not None


COVERING = (
    sa.select(sa.literal(1))
    .select_from(release_election.join(release, release.c.id == release_election.c.release_id))
    .where(
        release_election.c.day.between(sa.bindparam("first"), sa.bindparam("last")),
        release.c.source_id == sa.bindparam("its_source"),
    )
    .limit(1)
)


def by_id(connection: sa.Connection, ids: Iterable[str]) -> Mapping[str, Release]:
    """The current versions; ids that nothing has are left out."""
    found: dict[str, Release] = {}
    for chunk in chunks(ids):
        wanted = sa.select(release_version.c.document).select_from(current)
        rows = connection.execute(wanted.where(release.c.id.in_(chunk))).scalars()
        found |= {one.id: one for one in map(release_of, rows)}
    return found


def about(country: str) -> sa.ColumnElement[bool]:
    countries = release_country.c
    return release.c.id.in_(sa.select(countries.release_id).where(countries.country == country))


def says(words: str) -> sa.ColumnElement[bool]:
    """All of the words, each anywhere in title or text."""
    found = (release.c.folded.contains(word, autoescape=True) for word in fold(words).split())
    return sa.and_(sa.true(), *found)


def comes_after(place: tuple[datetime, str]) -> sa.ColumnElement[bool]:
    """Those that stand behind a release where the newest come first."""
    shown, release_id = place
    is_same = sa.and_(release.c.shown == shown, release.c.id < release_id)
    return sa.or_(release.c.shown < shown, is_same)


CONDITIONS: Mapping[str, Callable[[Any], sa.ColumnElement[bool]]] = {
    "source": lambda source: release.c.source_id == source,
    "since": lambda since: release.c.shown >= since,
    "country": about,
    "event": lambda event: release.c.event == event,
    "query": says,
    "before": comes_after,
}


def recent(
    connection: sa.Connection, limit: int, wanted: Mapping[str, object]
) -> Sequence[Release]:
    """The newest first, of those that stand and meet the CONDITIONS whose value is not None."""
    met: list[sa.ColumnElement[bool]] = [release.c.withdrawn.is_(False)]
    met += [CONDITIONS[name](value) for name, value in wanted.items() if value is not None]
    if wanted.get("source") is None:
        met.append(release.c.source_id != OURSELVES)
    statement = sa.select(release_version.c.document).select_from(current).where(*met)
    newest = statement.order_by(release.c.shown.desc(), release.c.id.desc()).limit(limit)
    return [release_of(document) for document in connection.execute(newest).scalars()]


def page(
    connection: sa.Connection, since: datetime | None, after: tuple[datetime, str] | None, most: int
) -> Sequence[tuple[tuple[datetime, str], Release]]:
    """The next releases of newsrooms in the order of their days, each with the key that the page
    behind it starts after."""
    shown, id_ = release.c.shown, release.c.id
    met = [release.c.source_id != OURSELVES, release.c.withdrawn.is_(False)]
    if since is not None:
        met.append(shown >= since)
    if after is not None:
        met.append(sa.or_(shown > after[0], sa.and_(shown == after[0], id_ > after[1])))
    columns = sa.select(shown, id_, release_version.c.document).select_from(current)
    rows = connection.execute(columns.where(*met).order_by(shown, id_).limit(most))
    return [((one.shown, one.id), release_of(one.document)) for one in rows]


MOST_AROUND = 2_000  # releases about some countries in a few days


def near(
    connection: sa.Connection, subjects: Collection[Subject], days: timedelta
) -> Sequence[str]:
    """The ids of newsrooms' releases that are on one of the subjects: of its event, about its
    countries, and shown at most `days` before or after its day."""
    told: dict[tuple[str, frozenset[str]], list[date]] = {}
    for event, countries, day in subjects:
        told.setdefault((event, countries), []).append(day)
    return [
        one.id
        for one in on(connection, subjects, days)
        if any(
            abs(one.shown.date() - day) <= days
            for day in told.get((one.event, frozenset(one.countries.split())), ())
        )
    ]


def on(
    connection: sa.Connection, subjects: Collection[Subject], days: timedelta
) -> Sequence[sa.Row[tuple[str, str, datetime, str]]]:
    """Releases of any of the events, about any of the countries, in the whole time: id, event, when
    shown, countries."""
    all_days = [day for _, _, day in subjects]
    start = datetime.combine(min(all_days) - days, time.min, UTC)
    end = datetime.combine(max(all_days) + days, time.max, UTC)
    countries = {code for _, codes, _ in subjects for code in codes}
    statement = (
        sa.select(
            release.c.id,
            release.c.event,
            release.c.shown,
            sa.func.aggregate_strings(release_country.c.country, " ").label("countries"),
        )
        .join(release_country, release_country.c.release_id == release.c.id)
        .where(release.c.shown.between(start, end), release.c.source_id != OURSELVES)
        .where(release.c.event.in_(sorted({event for event, _, _ in subjects})))
        .where(release_country.c.country.in_(sorted(countries)))
        .group_by(release.c.id, release.c.event, release.c.shown)
        .order_by(release.c.shown.desc(), release.c.id)
        .limit(MOST_AROUND)
    )
    return connection.execute(statement).all()


def versions(connection: sa.Connection, release_id: str) -> Sequence[Release]:
    """All versions of a release, the first one first."""
    statement = (
        sa.select(release_version.c.document)
        .where(release_version.c.release_id == release_id)
        .order_by(release_version.c.version)
    )
    return [release_of(document) for document in connection.execute(statement).scalars()]


Key = tuple[str, int]  # a release's id and version


def by_version(connection: sa.Connection, keys: Iterable[Key]) -> Mapping[Key, Release]:
    """Those versions; keys that nothing has are left out."""
    wanted = frozenset(keys)
    columns = release_version.c
    found: dict[Key, Release] = {}
    for chunk in chunks({release_id for release_id, _ in wanted}):
        statement = sa.select(columns.release_id, columns.version, columns.document)
        for one_id, version, document in connection.execute(
            statement.where(columns.release_id.in_(chunk))
        ):
            if (one_id, version) in wanted:
                found[one_id, version] = release_of(document)
    return found


def history(connection: sa.Connection, after: int, most: int) -> Sequence[tuple[int, Release]]:
    """The versions that came with the changes after one, in their order, each with its change: of
    whole changes, so many that about `most` are exceeded. Nothing: there are no more."""
    change = release_version.c.change
    later = sa.select(change).where(change > after).order_by(change).limit(most).subquery()
    last = connection.execute(sa.select(sa.func.max(later.c.change))).scalar()
    statement = sa.select(change, release_version.c.document).where(
        change > after, change <= (last or 0)
    )
    rows = connection.execute(statement).all()
    found = [(number, release_of(document)) for number, document in rows]
    return sorted(found, key=lambda one: (one[0], one[1].shown, one[1].id, one[1].version))


def withdraw(connection: sa.Connection, taken_back: Release, now: datetime) -> bool:
    """Records a version that says that the release was taken back. False where it does not follow
    the one that is held, or that was taken back already."""
    held = by_id(connection, [taken_back.id]).get(taken_back.id)
    if held is None or held.withdrawn or held.version + 1 != taken_back.version:
        return False
    record(connection, [Change("revised", taken_back)], now)
    return True


def matches_of(connection: sa.Connection, release_id: str) -> Sequence[Match]:
    """What met any version of the release, by version, subscriber and rule."""
    rows = connection.execute(sa.select(match).where(match.c.release_id == release_id))
    found = map(match_of, rows)
    return sorted(found, key=lambda one: (one.version, one.subscriber, one.rule))


def match_of(row: sa.Row[Any]) -> Match:
    return Match(
        subscriber=row.subscriber,
        rule=row.rule,
        release_id=row.release_id,
        version=row.version,
        why=tuple(decode(Why, why) for why in row.why),
        rule_digest=row.rule_digest,
        shadow=row.shadow,
    )


def match_counts(connection: sa.Connection, since: datetime) -> Mapping[tuple[str, str], int]:
    """How many releases, of those first seen since an instant, each subscriber's rules met."""
    releases = match.join(release, release.c.id == match.c.release_id)
    counted = sa.func.count(match.c.release_id.distinct())
    statement = (
        sa.select(match.c.subscriber, match.c.rule, counted)
        .select_from(releases)
        .where(release.c.first_seen >= since)
        .group_by(match.c.subscriber, match.c.rule)
    )
    return {(one[0], one[1]): one[2] for one in connection.execute(statement)}


def change_marker(connection: sa.Connection) -> int:
    """A number that grows whenever a release is added or revised, the same for every worker."""
    value = connection.execute(sa.select(meta.c.value).where(meta.c.key == CHANGE)).scalar()
    return int(value or 0)


def release_of(document: Any) -> Release:
    return decode(Release, document)
