"""Feeds that are followed (WebSub): followers, what was announced, and the errands that are owed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from newswatch.model import Errand, Follower
from newswatch.store.schema import hub_errand, hub_follower, hub_topic
from newswatch.store.statements import chunks, claimed, insert

MOST_UNVERIFIED = 1_000  # requests that wait to be verified: they make newswatch call strangers
errand, follower, topic = hub_errand.c, hub_follower.c, hub_topic.c
Places = Mapping[str, tuple[str, Sequence[str]]]  # feed → where it is, the addresses it has


# -- followers ----------------------------------------------------------------------------------


def follow(connection: sa.Connection, one: Follower) -> None:
    values = {"secret": one.secret, "until": one.until}
    statement = insert(connection, hub_follower).values(
        topic=one.topic, callback=one.callback, **values
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[follower.topic, follower.callback], set_=values
        )
    )


def unfollow(connection: sa.Connection, its_topic: str, callback: str) -> None:
    connection.execute(
        sa.delete(hub_follower).where(follower.topic == its_topic, follower.callback == callback)
    )


def following(
    connection: sa.Connection, its_topic: str, callback: str, now: datetime
) -> Follower | None:
    """The subscription, while its lease runs."""
    found = connection.execute(
        sa.select(hub_follower).where(
            follower.topic == its_topic, follower.callback == callback, follower.until > now
        )
    ).first()
    return None if found is None else Follower(**found._mapping)  # noqa: SLF001 (its public name)


# -- announcing ---------------------------------------------------------------------------------


def announce(connection: sa.Connection, places: Places, hub: str, now: datetime) -> int:
    """Owes content to the followers of feeds that changed, and to `hub`, if there is one, a ping
    for each of their addresses. Returns how many errands that makes."""
    connection.execute(sa.delete(hub_follower).where(follower.until <= now))
    changed = [address for feed in moved(connection, places) for address in places[feed][1]]
    owed = [Errand("content", *one, now) for one in followers_of(connection, changed)]
    owed += [Errand("ping", address, hub, now) for address in changed if hub]
    for one in owed:
        owe(connection, one)
    return len(owed)


def moved(connection: sa.Connection, places: Places) -> Sequence[str]:
    """The feeds that are elsewhere than when they were last announced; by this they are announced.
    Of two workers that ask at once one is told so."""
    known = dict(connection.execute(sa.select(topic.feed, topic.place)).all())
    found = [feed for feed, (place, _) in sorted(places.items()) if known.get(feed) != place]
    return [feed for feed in found if announced(connection, feed, places[feed][0])]


def announced(connection: sa.Connection, feed: str, place: str) -> bool:
    """Whether this is what announces the place."""
    statement = insert(connection, hub_topic).values(feed=feed, place=place)
    written = statement.on_conflict_do_update(
        index_elements=[topic.feed], set_={"place": place}, where=topic.place != place
    )
    return connection.execute(written.returning(topic.feed)).first() is not None


def followers_of(connection: sa.Connection, topics: Sequence[str]) -> Sequence[tuple[str, str]]:
    """Topic and callback of each."""
    found: list[tuple[str, str]] = []
    for chunk in chunks(topics):
        theirs = sa.select(follower.topic, follower.callback).where(follower.topic.in_(chunk))
        found += [(row.topic, row.callback) for row in connection.execute(theirs)]
    return sorted(found)


# -- errands ------------------------------------------------------------------------------------


def owe_verification(connection: sa.Connection, one: Errand) -> bool:
    """False, and nothing owed, where too many wait already."""
    waiting = sa.select(sa.func.count()).select_from(hub_errand).where(errand.kind == "verify")
    if connection.execute(waiting).scalar_one() >= MOST_UNVERIFIED:
        return False
    owe(connection, one)
    return True


def owe(connection: sa.Connection, one: Errand) -> None:
    """Takes the place of an errand of the same kind: whoever is at that one settles it in vain."""
    values = {
        "mode": one.mode,
        "secret": one.secret,
        "lease": int(one.lease.total_seconds()),
        "due": one.due,
        "lease_until": None,
        "attempts": 0,
    }
    statement = insert(connection, hub_errand).values(
        id=id_of(one), kind=one.kind, topic=one.topic, address=one.address, stamp=1, **values
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[errand.id], set_={**values, "stamp": errand.stamp + 1}
        )
    )


def id_of(one: Errand) -> str:
    return sha256(f"{one.kind}\n{one.topic}\n{one.address}".encode()).hexdigest()


def claim(
    connection: sa.Connection, now: datetime, lease: timedelta, limit: int
) -> Sequence[Errand]:
    """Takes at most `limit` due errands that nobody is at, longest due first."""
    due = (
        sa.select(errand.id)
        .where(errand.due <= now)
        .where(sa.or_(errand.lease_until.is_(None), errand.lease_until <= now))
        .order_by(errand.due, errand.id)
        .limit(limit)
    )
    taken = (
        sa.update(hub_errand)
        .where(errand.id.in_(claimed(due, hub_errand)))
        .values(lease_until=now + lease)
        .returning(hub_errand)
    )
    found = [errand_of(row) for row in connection.execute(taken)]
    return sorted(found, key=lambda one: (one.due, id_of(one)))


def settle(connection: sa.Connection, done: Errand, again: Errand | None) -> None:
    """Forgets what was done, or puts it off; unless another has taken its place meanwhile."""
    same = sa.and_(errand.id == id_of(done), errand.stamp == done.stamp)
    if again is None:
        connection.execute(sa.delete(hub_errand).where(same))
        return
    values = {"due": again.due, "attempts": again.attempts, "lease_until": None}
    connection.execute(sa.update(hub_errand).where(same).values(values))


def errand_of(row: sa.Row[Any]) -> Errand:
    return Errand(
        kind=row.kind,
        topic=row.topic,
        address=row.address,
        due=row.due,
        mode=row.mode,
        secret=row.secret,
        lease=timedelta(seconds=row.lease),
        attempts=row.attempts,
        stamp=row.stamp,
    )
