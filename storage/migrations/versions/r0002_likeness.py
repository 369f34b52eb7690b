"""Like messages in quarantine are found by a digest: their topic may be longer than an index of PostgreSQL takes."""

from __future__ import annotations

import hashlib
from itertools import islice

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

AT_ONCE = 1000
UNIQUE = "uq_quarantine_likeness"
SAYS = "digest of source, device, reason and topic"


def upgrade() -> None:
    """Add the digest, work it out for what waits, and let it be the key."""
    op.add_column("quarantine", sa.Column("likeness", sa.LargeBinary, nullable=True, comment=SAYS))
    _work_out(op.get_bind())
    if op.get_context().dialect.name == "sqlite":
        with op.batch_alter_table("quarantine", copy_from=_without_key(), recreate="always") as batch:
            batch.alter_column("likeness", nullable=False)
            batch.create_unique_constraint(UNIQUE, ["likeness", "digest"])
        for column in ("reason", "last_seen"):
            op.create_index(f"ix_quarantine_{column}", "quarantine", [column])
    else:
        op.alter_column("quarantine", "likeness", nullable=False)
        op.drop_constraint("quarantine_source_device_reason_topic_digest_key", "quarantine")
        op.create_unique_constraint(UNIQUE, "quarantine", ["likeness", "digest"])


def _work_out(connection: sa.Connection) -> None:
    table = sa.table("quarantine", *map(sa.column, ("id", "source", "device", "reason", "topic", "likeness")))
    change = sa.update(table).where(table.c.id == sa.bindparam("entry")).values(likeness=sa.bindparam("now"))
    keys = sa.select(table.c.id, table.c.source, table.c.device, table.c.reason, table.c.topic)
    rows = iter(connection.execute(keys).all())
    while portion := list(islice(rows, AT_ONCE)):
        connection.execute(change, [{"entry": id_, "now": _likeness(*key)} for id_, *key in portion])


def _likeness(*key: str) -> bytes:
    return hashlib.sha256("\0".join(key).encode(errors="surrogatepass")).digest()


def _without_key() -> sa.Table:
    """Describe the table: SQLite makes it anew, since its key has no name by which it could be dropped."""
    return sa.Table(
        "quarantine",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("topic", sa.String, nullable=False),
        sa.Column("device", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("likeness", sa.LargeBinary, nullable=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("first_seen", sa.BigInteger, nullable=False),
        sa.Column("last_seen", sa.BigInteger, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("booked", sa.BigInteger, nullable=False),
        sa.Column("unkept", sa.BigInteger, nullable=False),
        sa.Column("decoder", sa.String, nullable=False, server_default=""),
    )
