"""What the operators were told of a source, and its usual cadence."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("source_state", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("source_state", sa.Column("last_new", sa.DateTime(timezone=True), nullable=True))
    op.add_column("source_state", sa.Column("cadence_seconds", sa.Float(), nullable=True))
