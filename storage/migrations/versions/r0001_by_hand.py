"""The schema as it was when catalogues had no version: made, or made of what any of those before it has left.

Those catalogues were SQLite's, brought up by hand whenever one was opened; which steps one has behind it is seen by its
tables and columns.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import CreateIndex

revision = "0001"
down_revision = None

EVER = -(1 << 62)
MS = "milliseconds since 1970 UTC"
COUNT = sa.BigInteger
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
WORDS = sa.String().with_variant(sa.String(collation="C"), "postgresql")
METADATA = sa.MetaData()

sa.Table(
    "thing",
    METADATA,
    sa.Column("id", WORDS, primary_key=True),
    sa.Column("name", WORDS, nullable=False),
    sa.Column("kind", WORDS, nullable=False, index=True),
    sa.Column("longitude", sa.Float, nullable=False),
    sa.Column("latitude", sa.Float, nullable=False),
    sa.Column("operator", WORDS, nullable=False),
    sa.Column("district", WORDS, nullable=False),
    sa.Column("public", sa.Boolean, nullable=False),
    sa.Column("properties", sa.JSON, nullable=False),
)
sa.Table(
    "assignment",
    METADATA,
    sa.Column("device", WORDS, primary_key=True),
    sa.Column("valid_from", sa.BigInteger, primary_key=True, comment=MS),
    sa.Column("valid_to", sa.BigInteger, nullable=True, comment=f"{MS}, the first instant no longer"),
    sa.Column("model", WORDS, nullable=False),
    sa.Column("thing", WORDS, sa.ForeignKey("thing.id"), nullable=False, index=True),
)
sa.Table(
    "calibration",
    METADATA,
    sa.Column("thing", WORDS, sa.ForeignKey("thing.id"), primary_key=True),
    sa.Column("since", sa.BigInteger, primary_key=True, comment=MS),
    sa.Column("properties", sa.JSON, nullable=False),
)
sa.Table(
    "ledger",
    METADATA,
    sa.Column("source", WORDS, primary_key=True),
    sa.Column("worker", WORDS, primary_key=True),
    sa.Column("received", COUNT, nullable=False),
    sa.Column("stored", COUNT, nullable=False),
    sa.Column("duplicate", COUNT, nullable=False),
    sa.Column("superseded", COUNT, nullable=False),
    sa.Column("quarantined", COUNT, nullable=False),
    sa.Column("empty", COUNT, nullable=False),
    sa.Column("dropped", COUNT, nullable=False),
    sa.Column("updated", sa.BigInteger, nullable=False, comment=MS),
)
sa.Table(
    "quarantine",
    METADATA,
    sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
    sa.Column("source", WORDS, nullable=False),
    sa.Column("topic", WORDS, nullable=False),
    sa.Column("device", WORDS, nullable=False),
    sa.Column("reason", WORDS, nullable=False, index=True),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False, comment="of the payload: the same message again is one row"),
    sa.Column("received", sa.BigInteger, nullable=False, comment=f"of the payload kept, {MS}"),
    sa.Column("first_seen", sa.BigInteger, nullable=False, comment=MS),
    sa.Column("last_seen", sa.BigInteger, nullable=False, index=True, comment=MS),
    sa.Column("count", COUNT, nullable=False),
    sa.Column("booked", COUNT, nullable=False, comment="of count, how many stand under quarantined in the ledger"),
    sa.Column("unkept", COUNT, nullable=False, comment="of count, how many were not kept"),
    sa.Column("decoder", WORDS, nullable=False, server_default="", comment="what rejected it last; empty: not known"),
    sa.UniqueConstraint("source", "device", "reason", "topic", "digest"),
)
sa.Table(
    "arrival",
    METADATA,
    sa.Column("entry", NUMBER, sa.ForeignKey("quarantine.id"), primary_key=True),
    sa.Column("received", sa.BigInteger, primary_key=True, comment=MS),
)
sa.Table(
    "expired",
    METADATA,
    sa.Column("source", WORDS, primary_key=True),
    sa.Column("messages", COUNT, nullable=False, comment="removed from the quarantine after their time, ever"),
    sa.Column("booked", COUNT, nullable=False, comment="of these, how many still stand under quarantined"),
)
sa.Table(
    "replay",
    METADATA,
    sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
    sa.Column("device", WORDS, nullable=True, comment="only this one's messages"),
    sa.Column("reason", WORDS, nullable=True, comment="only these messages"),
    sa.Column("entry", NUMBER, nullable=True, comment="only this one"),
    sa.Column("after", NUMBER, nullable=False, comment="entry up to which it has come"),
    sa.Column("upto", NUMBER, nullable=False, comment="last entry when it was begun"),
    sa.Column("messages", COUNT, nullable=False),
    sa.Column("observations", COUNT, nullable=False),
    sa.Column("left", COUNT, nullable=False, comment="messages that still cannot be read"),
    sa.Column("finished", sa.Boolean, nullable=False),
)
sa.Table(
    "position",
    METADATA,
    sa.Column("name", WORDS, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)

ADDED = {
    # Every message in quarantine stood under that heading.
    ("quarantine", "booked"): ("booked BIGINT NOT NULL DEFAULT 0", 'UPDATE quarantine SET booked = "count"'),
    ("quarantine", "unkept"): ("unkept BIGINT NOT NULL DEFAULT 0",),
    # Nobody noted what had rejected a message.
    ("quarantine", "decoder"): ("decoder VARCHAR NOT NULL DEFAULT ''",),
    # Nothing was ever dropped.
    ("ledger", "dropped"): ("dropped BIGINT NOT NULL DEFAULT 0",),
}
"""Columns that earlier ones did not have: the column, and what is to be done then."""


def upgrade() -> None:
    """Make what is missing, and take over what stood elsewhere."""
    connection = op.get_bind()
    METADATA.create_all(connection)
    for table in METADATA.sorted_tables:
        for index in table.indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))
    found = sa.inspect(connection)
    for (table_name, column), (declared, *then) in ADDED.items():
        if column not in {each["name"] for each in found.get_columns(table_name)}:
            for statement in (f"ALTER TABLE {table_name} ADD COLUMN {declared}", *then):
                op.execute(statement)
    if found.has_table("device"):
        _take_over_devices()


def _take_over_devices() -> None:
    """Devices had neither beginning nor end."""
    op.execute(
        f"INSERT INTO assignment SELECT id, {EVER}, NULL, model, thing FROM device "  # noqa: S608 - our own
        "WHERE id NOT IN (SELECT device FROM assignment)"
    )
    op.drop_table("device")
