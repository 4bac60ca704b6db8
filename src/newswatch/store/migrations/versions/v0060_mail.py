"""Which addresses of a channel have a delivery already, and which refused it."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0050"


def upgrade() -> None:
    for name in ("taken", "turned_away"):
        column = sa.Column(name, sa.JSON(), nullable=False, server_default="[]")
        op.add_column("delivery", column)
