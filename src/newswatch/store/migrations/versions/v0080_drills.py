"""The receivers' ids of messages, and drills with who acknowledged them."""

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0060"


def upgrade() -> None:
    receipt = sa.Column("receipt", sa.Text(), nullable=False, server_default="")
    op.add_column("delivery", receipt)
