"""What readers of mail chose for themselves, what that means for what waits, and how useful they found
what they got."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from newswatch.choices import Replan
from newswatch.model import Choice, Delivery, Digest, Lane, Vote
from newswatch.store import channels
from newswatch.store.codec import decode, encode
from newswatch.store.deliveries import delivery_of
from newswatch.store.schema import choice, delivery, link_key, vote
from newswatch.store.statements import chunks, insert, put

KEYS = ("subscriber", "channel", "address", "kind", "rule")

table = choice.c
owed = delivery.c


# -- chosen -------------------------------------------------------------------------------------


def every(connection: sa.Connection, *which: sa.ColumnElement[bool]) -> Sequence[Choice]:
    """In the order of their keys."""
    ordered = sa.select(choice).where(*which).order_by(*(table[name] for name in KEYS))
    return [choice_of(row) for row in connection.execute(ordered)]


def of_lane(connection: sa.Connection, lane: Lane) -> Sequence[Choice]:
    subscriber, channel = lane
    return every(connection, table.subscriber == subscriber, table.channel == channel)


def of_lanes(connection: sa.Connection, lanes: Collection[Lane]) -> Mapping[Lane, Sequence[Choice]]:
    found: dict[Lane, list[Choice]] = {lane: [] for lane in lanes}
    for chunk in chunks(lanes):
        for one in every(connection, sa.tuple_(table.subscriber, table.channel).in_(chunk)):
            found[one.subscriber, one.channel].append(one)
    return found


def save(connection: sa.Connection, made: Iterable[Choice]) -> None:
    """One that says the same as before keeps the time when it was made."""
    for one in made:
        digest = encode(one.digest) if one.digest else None
        row: dict[str, Any] = dict(zip(KEYS, one.key, strict=True))
        row |= {"made": one.made, "until": one.until, "digest": digest}
        held = connection.execute(sa.select(choice).where(*is_key(one))).first()
        if held is None or (held.until, held.digest) != (one.until, digest):
            put(connection, choice, [row])


def drop(connection: sa.Connection, undone: Iterable[Choice]) -> None:
    for one in undone:
        connection.execute(sa.delete(choice).where(*is_key(one)))


def is_key(one: Choice) -> Sequence[sa.ColumnElement[bool]]:
    return [table[name] == value for name, value in zip(KEYS, one.key, strict=True)]


def choice_of(row: sa.Row[Any]) -> Choice:
    digest = decode(Digest, row.digest) if row.digest else None
    key = (row.subscriber, row.channel, row.address, row.kind, row.rule)
    return Choice(*key, row.made, row.until, digest)


# -- what waits ---------------------------------------------------------------------------------


def replan(connection: sa.Connection, lane: Lane, plan: Replan, now: datetime) -> None:
    """What waits on a channel, as the choices in force leave it; what is being sent is left to its
    sender."""
    channels.locked(connection, lane)
    chosen = of_lane(connection, lane)
    for before in waiting(connection, lane):
        after = plan(before, chosen)
        if after != before:
            write(connection, after, now)


def waiting(connection: sa.Connection, lane: Lane) -> Sequence[Delivery]:
    """What is to be sent sooner or later, and is held by nothing but readers' pauses."""
    subscriber, channel = lane
    here = sa.select(delivery).where(owed.subscriber == subscriber, owed.channel == channel)
    is_open = owed.state.in_(("queued", "deferred"))
    is_paused = sa.and_(owed.state == "held", owed.held_until.is_not(None))
    found = here.where(sa.or_(is_open, is_paused)).order_by(owed.id).with_for_update()
    return [delivery_of(row) for row in connection.execute(found)]


def write(connection: sa.Connection, one: Delivery, now: datetime) -> None:
    values: dict[str, Any] = {
        "state": one.state,
        "due": one.due,
        "held_until": one.held_until,
        "stops": encode(one.stops),
    }
    if one.state == "cancelled":
        said = "; ".join(stop.note for stop in one.stops if stop.stage == "unsubscribed")
        values |= {"settled_at": now, "last_answer": said}
    connection.execute(sa.update(delivery).where(owed.id == one.id).values(values))


def wake(connection: sa.Connection, now: datetime) -> None:
    """Queues what readers' pauses held up to now."""
    over = sa.update(delivery).where(owed.state == "held", owed.due <= now, owed.held_until <= now)
    connection.execute(over.values(state="queued", held_until=None))


# -- what was sent, and how useful it was -------------------------------------------------------


def newest(
    connection: sa.Connection, subscriber: str, names: Iterable[str], most: int
) -> Sequence[tuple[Delivery, datetime]]:
    """What channels were owed last, with when it was settled, or else is due."""
    theirs = sa.select(delivery).where(
        owed.subscriber == subscriber, owed.channel.in_(sorted(names))
    )
    rows = connection.execute(theirs.order_by(owed.created.desc(), owed.id).limit(most))
    return [(delivery_of(row), row.settled_at or row.due) for row in rows]


def cast(connection: sa.Connection, one: Vote) -> None:
    """An address has one vote on a delivery: the last one counts."""
    put(connection, vote, [asdict(one)])


def vote_of(connection: sa.Connection, delivery_id: str, address: str) -> Vote | None:
    theirs = sa.select(vote).where(vote.c.delivery_id == delivery_id, vote.c.address == address)
    row = connection.execute(theirs).first()
    return Vote(row.delivery_id, row.address, row.is_useful, row.at) if row else None


def usefulness(connection: sa.Connection) -> Mapping[tuple[str, str], tuple[int, int]]:
    """How many votes said that what each rule found (subscriber, rule) was useful, and was not. A
    vote is about every rule that asked for its alert."""
    useful: Counter[tuple[str, str]] = Counter()
    useless: Counter[tuple[str, str]] = Counter()
    columns = (vote.c.is_useful, owed.subscriber, owed.matches)
    voted = sa.select(*columns).join(delivery, owed.id == vote.c.delivery_id)
    for is_useful, subscriber, matches in connection.execute(voted):
        for match in matches:
            (useful if is_useful else useless)[subscriber, match["rule"]] += 1
    return {key: (useful[key], useless[key]) for key in useful | useless}


# -- the key of links ---------------------------------------------------------------------------


def key_of_links(connection: sa.Connection) -> bytes | None:
    return connection.execute(sa.select(link_key.c.value)).scalar()


def make_key(connection: sa.Connection, fresh: bytes) -> bytes:
    """The key, which is the fresh one if there was none."""
    made = insert(connection, link_key).values(id=1, value=fresh)
    connection.execute(made.on_conflict_do_nothing())
    return bytes(connection.execute(sa.select(link_key.c.value)).scalar_one())


def forget_key(connection: sa.Connection) -> None:
    connection.execute(sa.delete(link_key))
