"""What readers of mail chose for themselves, their votes, and the key that signs their links."""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0060"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("delivery", sa.Column("held_until", INSTANT, nullable=True))
    op.create_table(
        "choice",
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("made", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.Column("digest", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint(
            "subscriber", "channel", "address", "kind", "rule", name=op.f("pk_choice")
        ),
    )
    op.create_table(
        "vote",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("is_useful", sa.Boolean(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_vote_delivery")),
        sa.PrimaryKeyConstraint("delivery_id", "address", name=op.f("pk_vote")),
    )
    op.create_table(
        "link_key",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_key")),
    )
