"""The order in which versions were recorded, and releases that were taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0006"


def upgrade() -> None:
    op.add_column(
        "release_version",
        sa.Column("change", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.create_index(op.f("ix_release_version_change"), "release_version", ["change"])
    op.add_column(
        "release",
        sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    count(op.get_bind())


def count(connection: sa.Connection) -> None:
    """The change that brought each version. Of versions that were replaced it was not kept: they
    take the last one that is known to have been before them, or the first."""
    release = sa.table("release", sa.column("id"), sa.column("version"), sa.column("change"))
    version = sa.table(
        "release_version",
        sa.column("release_id"),
        sa.column("version"),
        sa.column("recorded"),
        sa.column("change"),
    )
    is_current = sa.and_(
        version.c.release_id == release.c.id, version.c.version == release.c.version
    )
    columns = (version.c.release_id, version.c.version, release.c.change)
    joined = version.outerjoin(release, is_current)
    ordered = sa.select(*columns).select_from(joined).order_by(version.c.recorded, *columns[:2])
    latest = 1
    for release_id, number, change in connection.execute(ordered).all():
        latest = max(latest, change or 0)
        own = sa.update(version).where(
            version.c.release_id == release_id, version.c.version == number
        )
        connection.execute(own.values(change=change or latest))
