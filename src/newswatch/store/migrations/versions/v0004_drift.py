"""What a source usually gives, the newsrooms' own documents, pushes, days of elections."""

import sqlalchemy as sa
from alembic import op

from newswatch.normalise import likeness
from newswatch.store.releases import release_of

revision = "0004"
down_revision = "0003"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.drop_column("source_state", "cadence_seconds")
    op.add_column("source_state", sa.Column("failing_since", INSTANT, nullable=True))
    op.add_column("source_state", sa.Column("held", sa.Text(), nullable=False, server_default=""))
    op.add_column("source_state", sa.Column("history", sa.JSON(), nullable=True))
    op.add_column("release", sa.Column("likeness", sa.Text(), nullable=True))
    op.create_index(op.f("ix_release_source_id_likeness"), "release", ["source_id", "likeness"])
    make_tables()
    fill(op.get_bind())


def make_tables() -> None:
    op.create_table(
        "raw_document",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("brought", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("content_location", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "digest", name=op.f("pk_raw_document")),
    )
    op.create_index(op.f("ix_raw_document_source_id_at"), "raw_document", ["source_id", "at"])
    op.create_table(
        "push",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("asked", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_push")),
    )
    op.create_index(op.f("ix_push_token"), "push", ["token"], unique=True)
    op.create_table(
        "release_election",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.id"], name=op.f("fk_release_election_release")
        ),
        sa.PrimaryKeyConstraint("day", "release_id", name=op.f("pk_release_election")),
    )
    op.create_index(op.f("ix_release_election_release_id"), "release_election", ["release_id"])


def fill(connection: sa.Connection) -> None:
    """What later releases have from the start, for those that are held."""
    release = sa.table("release", sa.column("id"), sa.column("version"), sa.column("likeness"))
    version = sa.table(
        "release_version",
        sa.column("release_id"),
        sa.column("version"),
        sa.column("document", sa.JSON),
    )
    election = sa.table("release_election", sa.column("day", sa.Date), sa.column("release_id"))
    is_current = sa.and_(
        version.c.release_id == release.c.id, version.c.version == release.c.version
    )
    documents = connection.execute(sa.select(version.c.document).join(release, is_current))
    for one in [release_of(document) for document in documents.scalars()]:
        connection.execute(
            sa.update(release)
            .where(release.c.id == one.id)
            .values(likeness=likeness(one.title, one.published, one.text))
        )
        for day in {found.date for found in one.reading.elections if found.date}:
            connection.execute(sa.insert(election).values(day=day, release_id=one.id))
