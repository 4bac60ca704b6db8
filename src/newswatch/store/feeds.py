"""Tokens of private feeds, of which only the hashes are kept: each rule has one that works, and for a
while those that it replaced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from newswatch.store.schema import feed_token

table = feed_token.c


@dataclass(frozen=True, slots=True)
class FeedToken:
    """That a rule's private feed has a token that works. The token itself is not kept."""

    subscriber: str
    rule: str
    created: datetime
    until: datetime | None = None  # when it ends, if it was replaced


def issue(
    connection: sa.Connection, subscriber: str, rule: str, token_hash: str, now: datetime
) -> None:
    connection.execute(
        sa.insert(feed_token).values(
            token_hash=token_hash, subscriber=subscriber, rule=rule, created=now
        )
    )


def end(connection: sa.Connection, subscriber: str, rule: str, at: datetime) -> int:
    """Lets the rule's tokens work until then, and none of them longer than it would have."""
    theirs = sa.update(feed_token).where(
        table.subscriber == subscriber, table.rule == rule, works(at)
    )
    return connection.execute(theirs.values(revoked=at)).rowcount


def works(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(table.revoked.is_(None), table.revoked > now)


def by_token(connection: sa.Connection, token_hash: str, now: datetime) -> tuple[str, str] | None:
    """The subscriber and the rule whose feed the token opens."""
    statement = sa.select(table.subscriber, table.rule).where(
        table.token_hash == token_hash, works(now)
    )
    found = connection.execute(statement).first()
    return None if found is None else (found[0], found[1])


def tokens(connection: sa.Connection, now: datetime) -> Sequence[FeedToken]:
    """Those that work, by subscriber and rule."""
    statement = sa.select(table.subscriber, table.rule, table.created, table.revoked)
    rows = connection.execute(statement.where(works(now)).order_by(*statement.selected_columns[:3]))
    return [FeedToken(*one) for one in rows]
