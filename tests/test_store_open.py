"""Opening a database: what is refused, what is made, and that nothing is lost by a crash."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from factories import NOW, make_poll, make_release
from newswatch.errors import StoreError
from newswatch.model import ChannelState, Release, SourceState
from newswatch.store import SqlStore, open_store
from newswatch.store.codec import encode
from newswatch.store.engine import connect, migrations
from newswatch.store.schema import Instant, metadata
from outbox import claim

PROMPTLY = timedelta(milliseconds=10)
HOUR = timedelta(hours=1)

RECORDS_FOR_EVER = """
import sys
from itertools import count
from factories import make_delivery, make_match, make_poll, make_release
from newswatch.model import Change
from newswatch.store import open_store

store = open_store(sys.argv[1])
for number in count():
    key = f"{number:016x}"
    change = Change("new", make_release(id=key), (make_match(release_id=key),))
    owed = tuple(make_delivery(id=f"{key}{c}", channel=c, release_id=key) for c in "abc")
    store.record(make_poll(changes=(change,), deliveries=owed))
    print(key, flush=True)
"""


def engine_of(store: SqlStore) -> sa.Engine:
    return store._engine


def test_migrated_tables_are_those_of_the_schema(store: SqlStore) -> None:
    with engine_of(store).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_versions_of_an_older_database_are_given_their_order(sqlite_url: str) -> None:
    """Their changes were kept of the current versions only."""
    url = sqlite_url.replace("newswatch.db", "older.db")
    engine = connect(url, PROMPTLY)
    one, two = make_release(id="a"), make_release(id="b")
    three = replace(one, version=2, updated=NOW + 2 * HOUR)
    with engine.begin() as connection:
        config = migrations()
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        for release, hours in ((one, 0), (two, 1), (three, 2)):
            connection.execute(VERSION, version_row(release, NOW + hours * HOUR))
        for release, change in ((three, 3), (two, 2)):
            connection.execute(CURRENT, {"id": release.id, "v": release.version, "change": change})
    engine.dispose()
    store = open_store(url)
    told = [(change, one.id, one.version) for change, one in store.history(0)]
    store.close()
    assert told == [(1, "a", 1), (2, "b", 1), (3, "a", 2)]


VERSION = sa.text(
    "INSERT INTO release_version (release_id, version, recorded, document)"
    " VALUES (:id, :v, :recorded, :document)"
)
CURRENT = sa.text(
    "INSERT INTO release (id, version, source_id, fingerprint, first_seen, shown, event, folded,"
    " change) VALUES (:id, :v, 's', 'f', '2025-02-05', '2025-02-05', 'none', '', :change)"
)


def version_row(release: Release, recorded: datetime) -> dict[str, object]:
    document = json.dumps(encode(release))
    return {
        "id": release.id,
        "v": release.version,
        "recorded": f"{recorded:%Y-%m-%d %H:%M:%S}",
        "document": document,
    }


def test_channels_that_were_gone_in_an_older_database_stay_so(store_url: str) -> None:
    engine = connect(store_url, PROMPTLY)
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.execute(sa.text("DROP TABLE alembic_version"))
        config = migrations()
        config.attributes["connection"] = connection
        command.upgrade(config, "0010")
        columns = "subscriber, channel, disabled_at, reason"
        values = "'desk', 'hook', :now, '410 Gone'"
        row = sa.text(f"INSERT INTO channel_state ({columns}) VALUES ({values})")
        connection.execute(row.bindparams(sa.bindparam("now", type_=Instant)), {"now": NOW})
        add_delivery(connection, "hook")
        add_delivery(connection, "mail")
    engine.dispose()
    store = open_store(store_url)
    assert store.channel_states() == [
        ChannelState("desk", "hook", reason="410 Gone", stopped="gone"),
        ChannelState("desk", "mail"),
    ]
    store.close()


def add_delivery(connection: sa.Connection, channel: str) -> None:
    connection.execute(VERSION, version_row(make_release(id=channel), NOW))
    columns = (
        "id, subscriber, channel, release_id, version, state, due, attempts, matches, created,"
        " last_answer"
    )
    values = ":id, 'desk', :id, :id, 1, 'queued', :now, 0, '[]', :now, ''"
    row = sa.text(f"INSERT INTO delivery ({columns}) VALUES ({values})")
    now = sa.bindparam("now", type_=Instant)
    connection.execute(row.bindparams(now), {"id": channel, "now": NOW})


def test_an_older_database_is_brought_up_to_date_with_what_it_holds(store_url: str) -> None:
    engine = connect(store_url, PROMPTLY)
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.execute(sa.text("DROP TABLE alembic_version"))
        config = migrations()
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        columns = "source_id, next_poll, state, reason, failures, polled_once"
        values = "'newsroom', :now, 'ok', '', 0, :yes"
        statement = sa.text(f"INSERT INTO source_state ({columns}) VALUES ({values})")
        now = sa.bindparam("now", type_=Instant)
        connection.execute(statement.bindparams(now), {"now": NOW, "yes": True})
    engine.dispose()
    store = open_store(store_url)
    assert store.source_states() == {
        "newsroom": SourceState("newsroom", NOW, state="ok", polled_once=True)
    }
    assert store.pushes() == []
    store.close()


def test_an_older_outbox_waits_for_nothing(store_url: str) -> None:
    engine = connect(store_url, PROMPTLY)
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.execute(sa.text("DROP TABLE alembic_version"))
        config = migrations()
        config.attributes["connection"] = connection
        command.upgrade(config, "0010")
        values = {"at": NOW, "document": json.dumps(encode(make_release()))}
        at = sa.bindparam("at", type_=Instant)
        for statement in OLDER_OUTBOX:
            bound = sa.text(statement).bindparams(at) if ":at" in statement else sa.text(statement)
            named = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(bound, named)
    engine.dispose()
    store = open_store(store_url)
    (owed,) = store.deliveries()
    assert (owed.urgent, owed.stops, owed.silence) == (False, (), "")
    (met,) = store.matches_of("00000000000000a1")
    assert (met.rule_digest, met.shadow) == ("", False)
    assert store.silences() == []
    store.close()


OLDER_OUTBOX = (
    """INSERT INTO release_version (release_id, version, recorded, document)
    VALUES ('00000000000000a1', 1, :at, :document)""",
    """INSERT INTO match (release_id, version, subscriber, rule, why)
    VALUES ('00000000000000a1', 1, 'desk', 'r', '[]')""",
    """INSERT INTO delivery (id, subscriber, channel, release_id, version, state, due, attempts,
    matches, created, last_answer)
    VALUES ('d1', 'desk', 'mail', '00000000000000a1', 1, 'queued', :at, 0, '[]', :at, '')""",
)


def test_opening_again_keeps_what_is_there(store: SqlStore, store_url: str) -> None:
    store.record(make_poll())
    again = open_store(store_url, migrate=False)
    assert len(again.releases_recent(9)) == 1
    again.close()


def test_a_newer_database_is_refused(store: SqlStore, store_url: str) -> None:
    with engine_of(store).begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"revision 9999, unknown to this version of newswatch"):
        open_store(store_url)


def test_a_database_without_tables_is_refused_where_it_may_not_be_changed(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    with pytest.raises(StoreError, match="run newswatch migrate"):
        open_store(f"sqlite:///{path}", migrate=False)


def test_no_file_is_made_where_none_may_be(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no database"):
        open_store(f"sqlite:///{tmp_path / 'new.db'}", migrate=False)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_a_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("This is a text, and no database at all. " * 100)
    with pytest.raises(StoreError, match="file is not a database"):
        open_store(f"sqlite:///{path}")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "must be given as"),
        ("not a url", "must be given as"),
        ("mysql://secret:secret@host/name", "cannot be mysql"),
        ("sqlite://", "must be a file"),
        ("sqlite:///:memory:", "must be a file"),
        ("sqlite:////no/such/place/newswatch.db", "directory /no/such/place does not exist"),
        ("sqlite:////", "is a directory"),
        ("postgresql://user:secret@127.0.0.1:1/name", "refused"),
    ],
)
def test_an_address_that_cannot_be_opened_is_refused_without_its_secrets(
    url: str, reason: str
) -> None:
    with pytest.raises(StoreError, match=reason) as refusal:
        open_store(url)
    assert "secret" not in str(refusal.value)


def test_a_locked_database_is_an_error_in_words(sqlite_url: str) -> None:
    store = open_store(sqlite_url, busy_timeout=PROMPTLY)
    holder = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"^database: database is locked$"):
        store.record(make_poll())
    holder.close()
    store.record(make_poll())
    store.close()


def test_reading_does_not_wait_for_a_writer(sqlite_url: str) -> None:
    store = open_store(sqlite_url, busy_timeout=PROMPTLY)
    holder = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert store.releases_recent(9) == []
    holder.close()
    store.close()


def test_sqlite_is_set_up_to_lose_nothing(sqlite_store: SqlStore) -> None:
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    with engine_of(sqlite_store).connect() as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
    assert found == ["wal", 2, 1, 30_000]


def test_a_new_database_can_be_opened_by_many_at_once(tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path / 'new.db'}"] * 6
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(open_store, urls))
    stores[0].record(make_poll())
    assert [len(store.deliveries()) for store in stores] == [1] * 6
    for store in stores:
        store.close()


def test_a_failing_migration_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "foreign.db"
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE feed_token (what TEXT)")  # the last table that is made
    foreign.commit()
    with pytest.raises(StoreError, match="already exists"):
        open_store(f"sqlite:///{path}")
    tables = foreign.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    foreign.close()
    assert tables == [("feed_token",)]


def test_a_killed_process_leaves_each_release_with_its_deliveries(sqlite_url: str) -> None:
    command = [sys.executable, "-c", RECORDS_FOR_EVER, sqlite_url]
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=path) as child:
        assert child.stdout is not None
        said = [child.stdout.readline().strip() for _ in range(50)]
        child.send_signal(signal.SIGKILL)
        said += child.stdout.read().split()
    store = open_store(sqlite_url, migrate=False)
    found = {release.id for release in store.releases_recent(100_000)}
    assert found >= set(said)
    for release_id in found:
        assert len(store.matches_of(release_id)) == 1
        assert len(store.deliveries(release_id=release_id)) == 3
    assert len(claim(store, NOW, timedelta(minutes=1), 100_000, at_once=100_000)) == 3 * len(found)
    store.close()
