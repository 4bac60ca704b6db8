"""When the operators were told that push fails, and how many requests a poll took."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0020"


def upgrade() -> None:
    told = sa.Column("push_told_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("source_state", told)
    requests = sa.Column("requests", sa.Integer(), nullable=False, server_default="1")
    op.add_column("visit", requests)
