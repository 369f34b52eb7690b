"""The catalogue's tables as they are now; ``migrations`` leads earlier ones here."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA = MetaData()

THING = Table(
    "thing",
    SCHEMA,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False, index=True),
    Column("longitude", Float, nullable=False),
    Column("latitude", Float, nullable=False),
    Column("operator", String, nullable=False),
    Column("district", String, nullable=False),
    Column("public", Boolean, nullable=False),
    Column("properties", JSON, nullable=False),
)

EVER = -(1 << 62)
"""Stands for no beginning, where a key must have a value."""

ASSIGNMENT = Table(
    "assignment",
    SCHEMA,
    Column("device", String, primary_key=True),
    Column("valid_from", BigInteger, primary_key=True, comment="milliseconds since 1970 UTC"),
    Column("valid_to", BigInteger, nullable=True, comment="milliseconds since 1970 UTC, the first instant no longer"),
    Column("model", String, nullable=False),
    Column("thing", String, ForeignKey("thing.id"), nullable=False, index=True),
)

CALIBRATION = Table(
    "calibration",
    SCHEMA,
    Column("thing", String, ForeignKey("thing.id"), primary_key=True),
    Column("since", BigInteger, primary_key=True, comment="milliseconds since 1970 UTC"),
    Column("properties", JSON, nullable=False),
)

LEDGER = Table(
    "ledger",
    SCHEMA,
    Column("source", String, primary_key=True),
    Column("worker", String, primary_key=True),
    Column("received", BigInteger, nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("duplicate", BigInteger, nullable=False),
    Column("superseded", BigInteger, nullable=False),
    Column("quarantined", BigInteger, nullable=False),
    Column("empty", BigInteger, nullable=False),
    Column("dropped", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False, comment="milliseconds since 1970 UTC"),
)

QUARANTINE = Table(
    "quarantine",
    SCHEMA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("source", String, nullable=False),
    Column("topic", String, nullable=False),
    Column("device", String, nullable=False),
    Column("reason", String, nullable=False, index=True),
    Column("detail", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("likeness", LargeBinary, nullable=False, comment="digest of source, device, reason and topic"),
    Column("digest", LargeBinary, nullable=False, comment="of the payload: the same message again is one row"),
    Column("received", BigInteger, nullable=False, comment="of the payload kept, milliseconds since 1970 UTC"),
    Column("first_seen", BigInteger, nullable=False, comment="milliseconds since 1970 UTC"),
    Column("last_seen", BigInteger, nullable=False, index=True, comment="milliseconds since 1970 UTC"),
    Column("count", BigInteger, nullable=False),
    Column("booked", BigInteger, nullable=False, comment="of count, how many stand under quarantined in the ledger"),
    Column("unkept", BigInteger, nullable=False, comment="of count, how many were not kept"),
    Column("decoder", String, nullable=False, server_default="", comment="what rejected it last; empty: not known"),
    UniqueConstraint("likeness", "digest", name="uq_quarantine_likeness"),
)

ARRIVAL = Table(
    "arrival",
    SCHEMA,
    Column("entry", Integer, ForeignKey("quarantine.id"), primary_key=True),
    Column("received", BigInteger, primary_key=True, comment="milliseconds since 1970 UTC"),
)

EXPIRED = Table(
    "expired",
    SCHEMA,
    Column("source", String, primary_key=True),
    Column("messages", BigInteger, nullable=False, comment="removed from the quarantine after their time, ever"),
    Column("booked", BigInteger, nullable=False, comment="of these, how many still stand under quarantined"),
)

REPLAY = Table(
    "replay",
    SCHEMA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("device", String, nullable=True, comment="only this one's messages"),
    Column("reason", String, nullable=True, comment="only these messages"),
    Column("entry", Integer, nullable=True, comment="only this one"),
    Column("after", Integer, nullable=False, comment="entry up to which it has come"),
    Column("upto", Integer, nullable=False, comment="last entry when it was begun"),
    Column("messages", BigInteger, nullable=False),
    Column("observations", BigInteger, nullable=False),
    Column("left", BigInteger, nullable=False, comment="messages that still cannot be read"),
    Column("finished", Boolean, nullable=False),
)

POSITION = Table(
    "position",
    SCHEMA,
    Column("name", String, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
