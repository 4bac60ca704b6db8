"""How each channel's receiver is, and messages that are to be sent again as they were."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0030"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "kept_message",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_kept_message_delivery")
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_kept_message")),
    )
    op.add_column(
        "delivery", sa.Column("refused", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index(
        op.f("ix_delivery_subscriber_channel_state_due_id"),
        "delivery",
        ["subscriber", "channel", "state", "due", "id"],
    )
    remake_channel_state(op.get_bind())


def remake_channel_state(connection: sa.Connection) -> None:
    """Only channels that said 410 had a row; now every one has that something is owed to."""
    gone = connection.execute(sa.text("SELECT * FROM channel_state")).mappings().all()
    op.drop_table("channel_state")
    table = op.create_table(
        "channel_state",
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("failing_since", INSTANT, nullable=True),
        sa.Column("wait_until", INSTANT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("stopped", sa.Text(), nullable=False, server_default=""),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("subscriber", "channel", name=op.f("pk_channel_state")),
    )
    op.execute(
        "INSERT INTO channel_state (subscriber, channel) "
        "SELECT DISTINCT subscriber, channel FROM delivery"
    )
    for one in gone:
        named = (table.c.subscriber == one["subscriber"], table.c.channel == one["channel"])
        change = sa.update(table).where(*named)
        connection.execute(change.values(stopped="gone", reason=one["reason"]))
