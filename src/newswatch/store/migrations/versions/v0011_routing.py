"""What makes alerts wait: silences, limits, stops; and rules as they were."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    columns = (
        ("delivery", "urgent", sa.Boolean(), sa.false()),
        ("delivery", "stops", sa.JSON(), "[]"),
        ("delivery", "silence", sa.Text(), ""),
        ("match", "rule_digest", sa.Text(), ""),
        ("match", "shadow", sa.Boolean(), sa.false()),
    )
    for table, name, kind, default in columns:
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=default))
    op.create_index(op.f("ix_delivery_silence"), "delivery", ["silence"])
    op.create_table(
        "silence",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        *(
            sa.Column(name, sa.JSON(), nullable=False)
            for name in ("subscribers", "rules", "countries", "sources", "events")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silence")),
    )
    op.create_index(op.f("ix_silence_until"), "silence", ["until"])
    op.create_table(
        "rule_text",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_seen", INSTANT, nullable=False),
        sa.Column("last_seen", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_rule_text")),
    )
    op.create_table(
        "channel_window",
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("began", INSTANT, nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subscriber", "channel", name=op.f("pk_channel_window")),
    )
