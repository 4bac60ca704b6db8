"""Rules as they were written: each text that was ever in force, once."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from newswatch.model import RuleText
from newswatch.store.schema import rule_text
from newswatch.store.statements import chunks, insert


def see(connection: sa.Connection, texts: Iterable[RuleText]) -> None:
    """Adds those that are new; of the others, notes that they were seen again. In the order of
    digests: two workers must not lock crosswise."""
    rows = [row(one) for one in sorted(texts, key=lambda one: one.digest)]
    if rows:
        statement = insert(connection, rule_text)
        last = {"last_seen": statement.excluded.last_seen}
        keys = [rule_text.c.digest]
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=last), rows)


def by_digest(connection: sa.Connection, digests: Iterable[str]) -> Mapping[str, RuleText]:
    """Those that are known."""
    found: dict[str, RuleText] = {}
    for chunk in chunks(digests):
        statement = sa.select(rule_text).where(rule_text.c.digest.in_(chunk))
        found |= {row.digest: RuleText(*row) for row in connection.execute(statement)}
    return found


def row(one: RuleText) -> dict[str, Any]:
    return {
        "digest": one.digest,
        "subscriber": one.subscriber,
        "rule": one.rule,
        "text": one.text,
        "first_seen": one.first_seen,
        "last_seen": one.last_seen,
    }
