"""The publishers' own ids of releases, by which they take them back."""

import sqlalchemy as sa
from alembic import op

revision = "0100"
down_revision = "0090"


def upgrade() -> None:
    op.add_column("release", sa.Column("name", sa.Text(), nullable=True))
    op.create_index(op.f("ix_release_source_id_name"), "release", ["source_id", "name"])
