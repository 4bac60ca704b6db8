"""The tables, and the column types that keep instants in UTC and texts storable."""

import re
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL refuses NUL, both refuse surrogates


class Instant(sa.TypeDecorator[datetime]):
    """An aware instant, kept and given back in UTC. A naive one is refused with `ValueError`."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs its time zone: {value}")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, _dialect: sa.Dialect) -> datetime | None:
        if not isinstance(value, datetime):
            return None
        # SQLite gives back what was written, without its zone
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(sa.TypeDecorator[str]):
    """Text; characters that no database takes become U+FFFD."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: sa.Dialect) -> str | None:
        return None if value is None else UNSTORABLE.sub("\ufffd", value)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def needed(name: str, kind: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, **options)


def key(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def of_release_version() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["release_id", "version"], ["release_version.release_id", "release_version.version"]
    )


source_state = sa.Table(
    "source_state",
    metadata,
    key("source_id", Words),
    needed("next_poll", Instant, index=True),
    sa.Column("lease_until", Instant),
    sa.Column("etag", sa.LargeBinary),
    sa.Column("last_modified", sa.LargeBinary),
    sa.Column("body_hash", Words),
    needed("state", Words),
    needed("reason", Words),
    needed("failures", sa.Integer),
    needed("polled_once", sa.Boolean),
    sa.Column("last_poll", Instant),
    sa.Column("last_success", Instant),
    sa.Column("validators_url", Words),
    sa.Column("moved_to", Words),
    needed("moved_seen", sa.Integer, server_default="0"),
    sa.Column("told_at", Instant),
    sa.Column("last_new", Instant),
    sa.Column("failing_since", Instant),
    needed("held", Words, server_default=""),
    sa.Column("history", sa.JSON),
    sa.Column("paused_until", Instant),
    sa.Column("hub", Words),
    sa.Column("topic", Words),
    sa.Column("unpushed", Instant),
    sa.Column("push_told_at", Instant),
    # what pushes ask for is not part of what a poll writes: it may come while the poll runs
    sa.Column("wanted_at", Instant),  # when a push asks for a poll
    sa.Column("hurried_at", Instant),  # when one last led to a poll
)

# the newsroom's own documents, to be read again when reading is mended
raw_document = sa.Table(
    "raw_document",
    metadata,
    key("source_id", Words),
    key("digest", Words),  # SHA-256 of the body
    needed("at", Instant),  # last fetched
    needed("state", Words),  # what it was judged to be
    needed("reason", Words),
    needed("brought", sa.Integer),  # releases, new or revised
    needed("url", Words),
    sa.Column("content_type", Words),
    sa.Column("content_location", Words),
    needed("body", sa.LargeBinary),  # zlib (RFC 1950)
    sa.Index(None, "source_id", "at"),
)

# what hubs were asked to push (WebSub); secrets go from here to their hubs, and nowhere else
push = sa.Table(
    "push",
    metadata,
    key("token", Words),  # of the callback's address
    needed("source_id", Words, index=True),
    needed("hub", Words),
    needed("topic", Words),
    needed("callback", Words),
    needed("secret", Words),
    needed("next_ask", Instant),
    needed("is_wanted", sa.Boolean),
    sa.Column("asked", Instant),
    needed("pending", Words),
    needed("failures", sa.Integer),
    sa.Column("until", Instant),  # the end of the lease; None until the hub verified
    sa.Column("verified", Instant),
    sa.Column("pinged", Instant),
    needed("reason", Words),
)

# who follows public feeds through newswatch's own hub; secrets sign what is sent, and go nowhere
hub_follower = sa.Table(
    "hub_follower",
    metadata,
    key("topic", Words),
    key("callback", Words),
    needed("secret", Words),
    needed("until", Instant),
)

# where the log of each public feed ended when it was last announced
hub_topic = sa.Table(
    "hub_topic",
    metadata,
    key("feed", Words),
    needed("place", Words),
)

# what newswatch owes followers and hubs: one row of a kind for a topic and an address
hub_errand = sa.Table(
    "hub_errand",
    metadata,
    key("id", Words),
    needed("kind", Words),
    needed("topic", Words),
    needed("address", Words),
    needed("mode", Words),
    needed("secret", Words),
    needed("lease", sa.Integer),  # seconds that are asked for
    needed("due", Instant),
    sa.Column("lease_until", Instant),
    needed("attempts", sa.Integer),
    needed("stamp", sa.Integer),
    sa.Index(None, "due", "id"),
)

# what each host saw of newswatch, for a month
visit = sa.Table(
    "visit",
    metadata,
    key("source_id", Words),
    key("at", Instant),
    needed("host", Words),
    needed("is_conditional", sa.Boolean),
    needed("outcome", Words),
    needed("requests", sa.Integer, server_default="1"),
    sa.Index(None, "at"),
)

# what a publisher said, version by version; the whole release is the document
release_version = sa.Table(
    "release_version",
    metadata,
    key("release_id", Words),
    key("version", sa.Integer),
    needed("recorded", Instant),
    needed("change", sa.BigInteger, server_default="0"),  # the transaction that brought it
    needed("document", sa.JSON),
    sa.Column("quiet", Words),  # why nobody was to be told; "": they were; NULL: not written down
    sa.Index(None, "change"),
    sa.Index(None, "recorded", "release_id", "version"),
)

# the current version of each release, with what is asked for
release = sa.Table(
    "release",
    metadata,
    key("id", Words),
    needed("version", sa.Integer),
    needed("source_id", Words),
    needed("fingerprint", Words),
    needed("first_seen", Instant),
    needed("shown", Instant),  # what the newest is decided by
    needed("event", Words),
    needed("folded", Words),  # title and text, for the search
    sa.Column("likeness", Words),  # what stays when addresses change
    sa.Column("name", Words),  # its publisher's own id, as a hash
    needed("change", sa.BigInteger),
    needed("withdrawn", sa.Boolean, server_default=sa.false()),
    sa.ForeignKeyConstraint(
        ["id", "version"], ["release_version.release_id", "release_version.version"]
    ),
    sa.Index(None, "shown", "id"),
    sa.Index(None, "source_id", "shown"),
    sa.Index(None, "source_id", "likeness"),
    sa.Index(None, "source_id", "name"),
    sa.Index(None, "event", "shown"),
)

release_country = sa.Table(
    "release_country",
    metadata,
    key("country", Words),
    key("release_id", Words),
    sa.ForeignKeyConstraint(["release_id"], ["release.id"]),
    sa.Index(None, "release_id"),
)

# elections whose day is known, of the releases about them
release_election = sa.Table(
    "release_election",
    metadata,
    key("day", sa.Date),
    key("release_id", Words),
    sa.ForeignKeyConstraint(["release_id"], ["release.id"]),
    sa.Index(None, "release_id"),
)

mission = sa.Table(
    "mission",
    metadata,
    key("id", Words),
    needed("country", Words),
    needed("bodies", sa.JSON),
    sa.Column("type", Words),
    needed("elections", sa.JSON),
    needed("last_day", sa.Date),  # of an election or a release
    sa.Index(None, "country"),
    sa.Index(None, "last_day"),
)

# the releases on a mission's timeline; each is on one
mission_step = sa.Table(
    "mission_step",
    metadata,
    key("release_id", Words),
    needed("mission_id", Words),
    needed("event", Words),
    needed("day", sa.Date),
    sa.ForeignKeyConstraint(["mission_id"], ["mission.id"]),
    sa.Index(None, "mission_id", "day"),
)

# what people know better than newswatch read
correction = sa.Table(
    "correction",
    metadata,
    key("release_id", Words),
    key("field", Words),
    needed("value", sa.JSON),
    needed("author", Words),
    needed("reason", Words),
    needed("at", Instant),
)

match = sa.Table(
    "match",
    metadata,
    key("release_id", Words),
    key("version", sa.Integer),
    key("subscriber", Words),
    key("rule", Words),
    needed("why", sa.JSON),
    needed("rule_digest", Words, server_default=""),
    needed("shadow", sa.Boolean, server_default=sa.false()),
    of_release_version(),
)

delivery = sa.Table(
    "delivery",
    metadata,
    key("id", Words),
    needed("subscriber", Words),
    needed("channel", Words),
    needed("release_id", Words),
    needed("version", sa.Integer),
    needed("state", Words),
    needed("due", Instant),
    needed("attempts", sa.Integer),
    sa.Column("lease_until", Instant),
    needed("matches", sa.JSON),
    needed("created", Instant),
    sa.Column("settled_at", Instant),
    needed("last_answer", Words),
    needed("urgent", sa.Boolean, server_default=sa.false()),
    needed("stops", sa.JSON, server_default="[]"),
    needed("silence", Words, server_default=""),
    sa.Column("held_until", Instant),
    needed("refused", sa.Boolean, server_default=sa.false()),  # for good, by its receiver
    sa.Column("corrects", sa.Integer),  # the version that was owed before
    needed("changes", sa.JSON, server_default="[]"),
    needed("taken", sa.JSON, server_default="[]"),  # addresses, while others are still to be tried
    needed("turned_away", sa.JSON, server_default="[]"),
    needed("receipt", Words, server_default=""),  # the receiver's id of the message
    sa.Column("ready", Instant),  # when it was to leave first, whatever failed then
    sa.Column("waited", sa.Double),  # seconds from then until it was sent
    sa.Column("took", sa.Double),  # seconds from when it was owed until it was sent
    sa.UniqueConstraint("subscriber", "channel", "release_id", "version"),
    of_release_version(),
    sa.Index(None, "state", "due", "id"),
    sa.Index(None, "subscriber", "channel", "state", "due", "id"),
    sa.Index(None, "created", "id"),
    sa.Index(None, "release_id", "version"),
    sa.Index(None, "silence"),
    # all that percentiles are made of, so that they are read from the index alone
    sa.Index(None, "state", "settled_at", "subscriber", "channel", "waited", "took"),
)

attempt = sa.Table(
    "attempt",
    metadata,
    key("delivery_id", Words),
    key("number", sa.Integer),
    needed("at", Instant),
    needed("seconds", sa.Double),
    needed("ok", sa.Boolean),
    needed("answer", Words),
    sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
)

# what was sent and not taken: it is sent again byte by byte
kept_message = sa.Table(
    "kept_message",
    metadata,
    key("delivery_id", Words),
    needed("body", sa.LargeBinary),
    needed("headers", sa.JSON),
    sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
)

# every channel that something was ever owed to, and how its receiver is
channel_state = sa.Table(
    "channel_state",
    metadata,
    key("subscriber", Words),
    key("channel", Words),
    needed("failures", sa.Integer, server_default="0"),
    sa.Column("failing_since", Instant),
    sa.Column("wait_until", Instant),
    needed("reason", Words, server_default=""),
    needed("stopped", Words, server_default=""),
    sa.Column("told_at", Instant),
    needed("told_as", Words, server_default=""),  # what the notice was about, if not the channel
)

# what several channels have in common and the operators were told of, while it lasts
told = sa.Table(
    "told",
    metadata,
    key("subject", Words),
    needed("at", Instant),
)

# mails that an address did not get, for good, after the mail server had taken them or at once
bounce = sa.Table(
    "bounce",
    metadata,
    key("delivery_id", Words),
    key("address", Words),
    needed("at", Instant),
    needed("said", Words),
    sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
)

# addresses that nothing is sent to any more, as the last mails to them came back
suppression = sa.Table(
    "suppression",
    metadata,
    key("subscriber", Words),
    key("channel", Words),
    key("address", Words),
    needed("at", Instant),
    needed("said", Words),
)

# what only grows, for the metrics: the same from every worker and after a restart. `part` keeps
# transactions on different channels from waiting for one row.
counter = sa.Table(
    "counter",
    metadata,
    key("name", Words),
    key("one", Words),
    key("two", Words),
    key("part", Words),
    needed("value", sa.Double),
)

# how many messages went to a channel that has a limit, since when
channel_window = sa.Table(
    "channel_window",
    metadata,
    key("subscriber", Words),
    key("channel", Words),
    needed("began", Instant),
    needed("messages", sa.Integer),
)

# the message of each channel that a drill goes to
drill_message = sa.Table(
    "drill_message",
    metadata,
    key("token", Words),  # of the link that acknowledges
    needed("drill", Words, index=True),
    needed("delivery_id", Words),
    needed("subscriber", Words),
    needed("channel", Words),
    needed("at", Instant, index=True),
    sa.Column("acknowledged", Instant),
    sa.Column("told_at", Instant),  # when the operators were told that nobody did
)

silence = sa.Table(
    "silence",
    metadata,
    key("id", Words),
    needed("author", Words),
    needed("reason", Words),
    needed("created", Instant),
    needed("until", Instant, index=True),
    needed("subscribers", sa.JSON),
    needed("rules", sa.JSON),
    needed("countries", sa.JSON),
    needed("sources", sa.JSON),
    needed("events", sa.JSON),
)

# what readers of mail chose for themselves
choice = sa.Table(
    "choice",
    metadata,
    key("subscriber", Words),
    key("channel", Words),
    key("address", Words),
    key("kind", Words),
    key("rule", Words),
    needed("made", Instant),
    sa.Column("until", Instant),
    sa.Column("digest", sa.JSON(none_as_null=True)),
)

vote = sa.Table(
    "vote",
    metadata,
    key("delivery_id", Words),
    key("address", Words),
    needed("is_useful", sa.Boolean),
    needed("at", Instant),
    sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
)

# what signs the links of readers
link_key = sa.Table(
    "link_key",
    metadata,
    key("id", sa.Integer),
    needed("value", sa.LargeBinary),
)

# rules as they were written
rule_text = sa.Table(
    "rule_text",
    metadata,
    key("digest", Words),
    needed("subscriber", Words),
    needed("rule", Words),
    needed("text", Words),
    needed("first_seen", Instant),
    needed("last_seen", Instant),
)

feed_token = sa.Table(
    "feed_token",
    metadata,
    key("token_hash", Words),
    needed("subscriber", Words),
    needed("rule", Words),
    needed("created", Instant),
    sa.Column("revoked", Instant),
    sa.Index(None, "subscriber", "rule"),
)

# numbers that only grow; "change" counts the transactions that changed a release
meta = sa.Table(
    "meta",
    metadata,
    key("key", Words),
    needed("value", sa.BigInteger),
)
