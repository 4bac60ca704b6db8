"""Missions with their timelines, and corrections by people."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "mission",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("bodies", sa.JSON(), nullable=False),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("elections", sa.JSON(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mission")),
    )
    op.create_index(op.f("ix_mission_country"), "mission", ["country"])
    op.create_index(op.f("ix_mission_last_day"), "mission", ["last_day"])
    op.create_table(
        "mission_step",
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("mission_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mission_id"], ["mission.id"], name=op.f("fk_mission_step_mission")
        ),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_mission_step")),
    )
    op.create_index(op.f("ix_mission_step_mission_id_day"), "mission_step", ["mission_id", "day"])
    op.create_table(
        "correction",
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("release_id", "field", name=op.f("pk_correction")),
    )
