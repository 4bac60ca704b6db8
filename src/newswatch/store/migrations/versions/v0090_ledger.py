"""What the ledger compares, how long deliveries took, what the metrics count, and mails that came
back."""

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0080"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("release_version", sa.Column("quiet", sa.Text(), nullable=True))
    op.create_index(
        "ix_release_version_recorded_release_id_version",
        "release_version",
        ["recorded", "release_id", "version"],
    )
    op.add_column("delivery", sa.Column("ready", INSTANT, nullable=True))
    for name in ("waited", "took"):
        op.add_column("delivery", sa.Column(name, sa.Double(), nullable=True))
    op.create_index(
        "ix_delivery_state_settled_at_subscriber_channel_waited_took",
        "delivery",
        ["state", "settled_at", "subscriber", "channel", "waited", "took"],
    )
    op.add_column(
        "channel_state", sa.Column("told_as", sa.Text(), nullable=False, server_default="")
    )
    op.create_table(
        "told",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_told"),
    )
    create_bounces()
    op.create_table(
        "counter",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "one", "two", "part")),
        sa.Column("value", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", "one", "two", "part", name="pk_counter"),
    )


def create_bounces() -> None:
    op.create_table(
        "bounce",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name="fk_bounce_delivery"),
        sa.PrimaryKeyConstraint("delivery_id", "address", name="pk_bounce"),
    )
    op.create_table(
        "suppression",
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("subscriber", "channel", "address")
        ),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subscriber", "channel", "address", name="pk_suppression"),
    )
