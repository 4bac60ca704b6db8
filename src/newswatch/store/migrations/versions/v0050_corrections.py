"""Deliveries that correct an earlier one, and what changed."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0040"


def upgrade() -> None:
    op.add_column("delivery", sa.Column("corrects", sa.Integer(), nullable=True))
    op.add_column("delivery", sa.Column("changes", sa.JSON(), nullable=False, server_default="[]"))
