"""The receivers' ids of messages, and drills with who acknowledged them."""

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0070"


def upgrade() -> None:
    receipt = sa.Column("receipt", sa.Text(), nullable=False, server_default="")
    op.add_column("delivery", receipt)
    op.create_table(
        "drill_message",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("drill", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged", sa.DateTime(timezone=True)),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_drill_message")),
    )
    op.create_index(op.f("ix_drill_message_at"), "drill_message", ["at"])
    op.create_index(op.f("ix_drill_message_drill"), "drill_message", ["drill"])
