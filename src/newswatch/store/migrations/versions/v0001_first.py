"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_source_state()
    create_release_version()
    create_release()
    create_release_country()
    create_match()
    create_meta()
    create_delivery()
    create_attempt()
    create_channel_state()
    create_feed_token()


def create_source_state() -> None:
    op.create_table(
        "source_state",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("next_poll", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("etag", sa.LargeBinary(), nullable=True),
        sa.Column("last_modified", sa.LargeBinary(), nullable=True),
        sa.Column("body_hash", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("polled_once", sa.Boolean(), nullable=False),
        sa.Column("last_poll", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_success", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_source_state")),
    )
    op.create_index(op.f("ix_source_state_next_poll"), "source_state", ["next_poll"])


def create_release_version() -> None:
    op.create_table(
        "release_version",
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("release_id", "version", name=op.f("pk_release_version")),
    )


def create_release() -> None:
    op.create_table(
        "release",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id", "version"],
            ["release_version.release_id", "release_version.version"],
            name=op.f("fk_release_release_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
    )
    op.create_index(op.f("ix_release_event_shown"), "release", ["event", "shown"])
    op.create_index(op.f("ix_release_shown_id"), "release", ["shown", "id"])
    op.create_index(op.f("ix_release_source_id_shown"), "release", ["source_id", "shown"])


def create_release_country() -> None:
    op.create_table(
        "release_country",
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.id"], name=op.f("fk_release_country_release")
        ),
        sa.PrimaryKeyConstraint("country", "release_id", name=op.f("pk_release_country")),
    )
    op.create_index(op.f("ix_release_country_release_id"), "release_country", ["release_id"])


def create_match() -> None:
    op.create_table(
        "match",
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id", "version"],
            ["release_version.release_id", "release_version.version"],
            name=op.f("fk_match_release_version"),
        ),
        sa.PrimaryKeyConstraint(
            "release_id", "version", "subscriber", "rule", name=op.f("pk_match")
        ),
    )


def create_meta() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )


def create_delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("matches", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id", "version"],
            ["release_version.release_id", "release_version.version"],
            name=op.f("fk_delivery_release_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "subscriber",
            "channel",
            "release_id",
            "version",
            name=op.f("uq_delivery_subscriber_channel_release_id_version"),
        ),
    )
    op.create_index(op.f("ix_delivery_created_id"), "delivery", ["created", "id"])
    op.create_index(op.f("ix_delivery_release_id_version"), "delivery", ["release_id", "version"])
    op.create_index(op.f("ix_delivery_state_due_id"), "delivery", ["state", "due", "id"])


def create_attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_attempt_delivery")),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_attempt")),
    )


def create_channel_state() -> None:
    op.create_table(
        "channel_state",
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subscriber", "channel", name=op.f("pk_channel_state")),
    )


def create_feed_token() -> None:
    op.create_table(
        "feed_token",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_feed_token")),
    )
    op.create_index(op.f("ix_feed_token_subscriber_rule"), "feed_token", ["subscriber", "rule"])
