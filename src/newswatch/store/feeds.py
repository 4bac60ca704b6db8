"""Tokens of private feeds: only their hashes are kept, and each rule has one that works."""

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


def issue(
    connection: sa.Connection, subscriber: str, rule: str, token_hash: str, now: datetime
) -> None:
    """Makes this the rule's token; the ones before it stop working."""
    earlier = sa.update(feed_token).where(
        table.subscriber == subscriber, table.rule == rule, table.revoked.is_(None)
    )
    connection.execute(earlier.values(revoked=now))
    connection.execute(
        sa.insert(feed_token).values(
            token_hash=token_hash, subscriber=subscriber, rule=rule, created=now
        )
    )


def by_token(connection: sa.Connection, token_hash: str) -> tuple[str, str] | None:
    """The subscriber and the rule whose feed the token opens."""
    statement = sa.select(table.subscriber, table.rule).where(
        table.token_hash == token_hash, table.revoked.is_(None)
    )
    found = connection.execute(statement).first()
    return None if found is None else (found[0], found[1])


def tokens(connection: sa.Connection) -> Sequence[FeedToken]:
    """Those that work, by subscriber and rule."""
    statement = sa.select(table.subscriber, table.rule, table.created)
    found = connection.execute(statement.where(table.revoked.is_(None)))
    return [FeedToken(*one) for one in sorted(found)]
