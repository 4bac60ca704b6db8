"""Subscriptions at hubs: by callback, so that one can be ended while another begins."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for name in ("paused_until", "unpushed", "wanted_at", "hurried_at"):
        op.add_column("source_state", sa.Column(name, INSTANT, nullable=True))
    for name in ("hub", "topic"):
        op.add_column("source_state", sa.Column(name, sa.Text(), nullable=True))
    op.drop_table("push")  # nothing has written to it before this revision
    op.create_table(
        "push",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("next_ask", INSTANT, nullable=False),
        sa.Column("is_wanted", sa.Boolean(), nullable=False),
        sa.Column("asked", INSTANT, nullable=True),
        sa.Column("pending", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.Column("verified", INSTANT, nullable=True),
        sa.Column("pinged", INSTANT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_push")),
    )
    op.create_index(op.f("ix_push_source_id"), "push", ["source_id"])
