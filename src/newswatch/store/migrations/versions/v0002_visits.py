"""Where a source moved to, whose validators are held, and the visits to its host."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("source_state", sa.Column("validators_url", sa.Text(), nullable=True))
    op.add_column("source_state", sa.Column("moved_to", sa.Text(), nullable=True))
    op.add_column(
        "source_state", sa.Column("moved_seen", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_table(
        "visit",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("is_conditional", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "at", name=op.f("pk_visit")),
    )
    op.create_index(op.f("ix_visit_at"), "visit", ["at"])
