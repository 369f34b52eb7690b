"""The catalogue's tables as they are now; ``migrations`` leads earlier ones here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

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
    TypeDecorator,
    UniqueConstraint,
)

if TYPE_CHECKING:
    from sqlalchemy import Dialect
    from sqlalchemy.types import TypeEngine

SCHEMA = MetaData()


class Words(TypeDecorator[str]):
    """Text that both databases order alike, by its code points, and keep: NUL and halves of a pair become U+FFFD.

    Strangers' messages name devices, and PostgreSQL refuses a text with NUL in it.
    """

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Give the database's own type."""
        return dialect.type_descriptor(String(collation="C" if dialect.name == "postgresql" else None))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - for all alike
        """Replace what cannot be kept."""
        return None if value is None else _NOT_KEPT.sub("\ufffd", value)


class Sentence(Words):
    """Text that nothing is ordered by."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:  # noqa: ARG002 - for all alike
        """Give the type of either."""
        return self.impl_instance


_NOT_KEPT = re.compile("[\0\ud800-\udfff]")
Number = BigInteger().with_variant(Integer, "sqlite")
"""Of an entry: SQLite gives numbers itself only to a column of this type, which takes as many there."""

THING = Table(
    "thing",
    SCHEMA,
    Column("id", Words, primary_key=True),
    Column("name", Words, nullable=False),
    Column("kind", Words, nullable=False, index=True),
    Column("longitude", Float, nullable=False),
    Column("latitude", Float, nullable=False),
    Column("operator", Words, nullable=False),
    Column("district", Words, nullable=False),
    Column("public", Boolean, nullable=False),
    Column("properties", JSON, nullable=False),
    Column("retired", BigInteger, nullable=True, comment="since when it is not there any more, ms since 1970 UTC"),
)

EVER = -(1 << 62)
"""Stands for no beginning, where a key must have a value."""

ASSIGNMENT = Table(
    "assignment",
    SCHEMA,
    Column("device", Words, primary_key=True),
    Column("valid_from", BigInteger, primary_key=True, comment="milliseconds since 1970 UTC"),
    Column("valid_to", BigInteger, nullable=True, comment="milliseconds since 1970 UTC, the first instant no longer"),
    Column("model", Words, nullable=False),
    Column("thing", Words, ForeignKey("thing.id"), nullable=False, index=True),
)

CALIBRATION = Table(
    "calibration",
    SCHEMA,
    Column("thing", Words, ForeignKey("thing.id"), primary_key=True),
    Column("since", BigInteger, primary_key=True, comment="milliseconds since 1970 UTC"),
    Column("properties", JSON, nullable=False),
)

FORMER = Table(
    "former",
    SCHEMA,
    Column("thing", Words, ForeignKey("thing.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", Words, nullable=False),
    Column("operator", Words, nullable=False),
    Column("district", Words, nullable=False),
    Column("properties", JSON, nullable=False, comment="of its site, those that are words"),
)

LEDGER = Table(
    "ledger",
    SCHEMA,
    Column("source", Words, primary_key=True),
    Column("worker", Words, primary_key=True),
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
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("source", Words, nullable=False),
    Column("topic", Words, nullable=False),
    Column("device", Words, nullable=False),
    Column("reason", Words, nullable=False, index=True),
    Column("detail", Sentence, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("likeness", LargeBinary, nullable=False, comment="digest of source, device, reason and topic"),
    Column("digest", LargeBinary, nullable=False, comment="of the payload: the same message again is one row"),
    Column("received", BigInteger, nullable=False, comment="of the payload kept, milliseconds since 1970 UTC"),
    Column("first_seen", BigInteger, nullable=False, comment="milliseconds since 1970 UTC"),
    Column("last_seen", BigInteger, nullable=False, index=True, comment="milliseconds since 1970 UTC"),
    Column("count", BigInteger, nullable=False),
    Column("booked", BigInteger, nullable=False, comment="of count, how many stand under quarantined in the ledger"),
    Column("unkept", BigInteger, nullable=False, comment="of count, how many were not kept"),
    Column("decoder", Words, nullable=False, server_default="", comment="what rejected it last; empty: not known"),
    UniqueConstraint("likeness", "digest", name="uq_quarantine_likeness"),
)

ARRIVAL = Table(
    "arrival",
    SCHEMA,
    Column("entry", Number, ForeignKey("quarantine.id"), primary_key=True),
    Column("received", BigInteger, primary_key=True, comment="milliseconds since 1970 UTC"),
)

EXPIRED = Table(
    "expired",
    SCHEMA,
    Column("source", Words, primary_key=True),
    Column("messages", BigInteger, nullable=False, comment="removed from the quarantine after their time, ever"),
    Column("booked", BigInteger, nullable=False, comment="of these, how many still stand under quarantined"),
)

REPLAY = Table(
    "replay",
    SCHEMA,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("device", Words, nullable=True, comment="only this one's messages"),
    Column("reason", Words, nullable=True, comment="only these messages"),
    Column("entry", Number, nullable=True, comment="only this one"),
    Column("after", Number, nullable=False, comment="entry up to which it has come"),
    Column("upto", Number, nullable=False, comment="last entry when it was begun"),
    Column("messages", BigInteger, nullable=False),
    Column("observations", BigInteger, nullable=False),
    Column("left", BigInteger, nullable=False, comment="messages that still cannot be read"),
    Column("finished", Boolean, nullable=False),
)

POSITION = Table(
    "position",
    SCHEMA,
    Column("name", Words, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

PRESENCE = Table(
    "presence",
    SCHEMA,
    Column("work", Words, primary_key=True),
    Column("worker", Words, primary_key=True),
    Column("until", BigInteger, nullable=False, comment="milliseconds since 1970 UTC"),
    Column("token", Words, nullable=True, comment="which process it is: of two of one name the one that came last"),
)

SHARE = Table(
    "share",
    SCHEMA,
    Column("work", Words, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("worker", Words, nullable=True, comment="who has it; nobody where it is free"),
    Column("position", BigInteger, nullable=False, comment="version of the store up to which changes were followed"),
    Column("clock", BigInteger, nullable=False, comment="up to when windows were closed, milliseconds since 1970 UTC"),
)

FORMULA = Table(
    "formula",
    SCHEMA,
    Column("indicator", Words, primary_key=True),
    Column("since", BigInteger, primary_key=True, comment="result time from which on it computes, ms since 1970 UTC"),
    Column("version", Integer, nullable=False),
)

REGION = Table(
    "region",
    SCHEMA,
    Column("since", BigInteger, primary_key=True, autoincrement=False, comment="milliseconds since 1970 UTC"),
    Column("zone", Words, nullable=False),
    Column("land", Words, nullable=False),
)

BACKFILL = Table(
    "backfill",
    SCHEMA,
    Column("at", BigInteger, primary_key=True, autoincrement=False, comment="milliseconds since 1970 UTC"),
    Column("start", BigInteger, primary_key=True, autoincrement=False, comment="milliseconds since 1970 UTC"),
    Column(
        "end",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="ms since 1970 UTC, the first instant no longer",
    ),
)


def _facts() -> tuple[Column[Any], ...]:
    """Describe what is told of an alert, as it stands and as it stood after each change."""
    return (
        Column("rule", Words, nullable=False, index=True),
        Column("version", Integer, nullable=False, comment="of the rule"),
        Column("thing", Words, nullable=False),
        Column("domain", Words, nullable=False),
        Column("kind", Words, nullable=False),
        Column("operator", Words, nullable=False),
        Column("district", Words, nullable=False),
        Column("state", Words, nullable=False, comment="pending, firing, acknowledged or resolved"),
        Column("severity", Words, nullable=False, comment="info, warning or critical"),
        Column("escalated", Boolean, nullable=False),
        Column("silenced", Boolean, nullable=False),
        Column(
            "since", BigInteger, nullable=False, comment="when its condition came true, milliseconds since 1970 UTC"
        ),
        Column("fired", BigInteger, nullable=True, comment="when it began, milliseconds since 1970 UTC"),
        Column("ended", BigInteger, nullable=True, comment="when it was resolved, milliseconds since 1970 UTC"),
        Column("clear_since", BigInteger, nullable=True, comment="since when it is clear, milliseconds since 1970 UTC"),
        Column("heard", BigInteger, nullable=False, comment="time of the value, milliseconds since 1970 UTC"),
        Column("value", Float, nullable=True),
        Column("threshold", Float, nullable=True),
        Column("unit", Words, nullable=False),
        Column("coverage", Float, nullable=True),
        Column("cause", Words, nullable=False, comment="key of the alert that speaks for it; empty: it does itself"),
        Column("members", Integer, nullable=False, comment="how many it speaks for; 0: for itself"),
        Column("reason", Sentence, nullable=False),
        Column("reason_de", Sentence, nullable=False),
        Column("who", Words, nullable=False, comment="has acknowledged it; empty: nobody"),
        Column("comment", Sentence, nullable=False),
        Column("acknowledged", BigInteger, nullable=True, comment="milliseconds since 1970 UTC"),
        Column(
            "incident", BigInteger, nullable=False, comment="sequence of the change with which it began; 0: pending"
        ),
    )


ALERT = Table(
    "alert",
    SCHEMA,
    Column("key", Words, primary_key=True, comment="rule/thing"),
    *_facts(),
    Column("sequence", BigInteger, nullable=False, comment="of its last change; 0: none yet"),
)

ALERT_CHANGE = Table(
    "alert_change",
    SCHEMA,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("key", Words, nullable=False, index=True),
    Column("change", Words, nullable=False, comment="fired, acknowledged, escalated, resolved, ..."),
    Column("at", BigInteger, nullable=False, comment="when it was true in the city, milliseconds since 1970 UTC"),
    Column("recorded", BigInteger, nullable=False, comment="milliseconds since 1970 UTC"),
    *_facts(),
)

ALERT_TOLD = Table(
    "alert_told",
    SCHEMA,
    Column("key", Words, primary_key=True, comment="rule/thing"),
    Column("heard", BigInteger, nullable=False, comment="last when it ended, milliseconds since 1970 UTC"),
    Column("ended", BigInteger, nullable=False, comment="when it was over, milliseconds since 1970 UTC"),
)

SILENCE = Table(
    "silence",
    SCHEMA,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("rule", Words, nullable=True, comment="only alerts of this one, and so on; none: of all"),
    Column("thing", Words, nullable=True),
    Column("domain", Words, nullable=True),
    Column("kind", Words, nullable=True),
    Column("operator", Words, nullable=True),
    Column("district", Words, nullable=True),
    Column("since", BigInteger, nullable=False, comment="milliseconds since 1970 UTC"),
    Column("until", BigInteger, nullable=False, index=True, comment="milliseconds since 1970 UTC"),
    Column("who", Words, nullable=False),
    Column("comment", Sentence, nullable=False),
)

ALERT_RULE = Table(
    "alert_rule",
    SCHEMA,
    Column("name", Words, primary_key=True),
    Column("declaration", Sentence, nullable=False, comment="TOML, as a file in the folder of rules"),
    Column("enabled", Boolean, nullable=False),
    Column("who", Words, nullable=False),
    Column("updated", BigInteger, nullable=False, comment="milliseconds since 1970 UTC"),
)

QUERY = Table(
    "query",
    SCHEMA,
    Column("id", Words, primary_key=True),
    Column("asked", JSON, nullable=False),
    Column("pin", BigInteger, nullable=False, comment="as of when, milliseconds since 1970 UTC"),
    Column("rows", BigInteger, nullable=False),
    Column("checksum", Words, nullable=False, comment="of all rows, in hexadecimal digits"),
    Column("answered", BigInteger, nullable=False, index=True, comment="milliseconds since 1970 UTC"),
    Column("seen", Boolean, nullable=False, comment="whether somebody has looked at it: it is kept for good"),
)

API_KEY = Table(
    "api_key",
    SCHEMA,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("prefix", Words, nullable=False, unique=True, comment="how it begins, by which people tell it"),
    Column("digest", LargeBinary, nullable=False, unique=True, comment="SHA-256 of the key, which is kept nowhere"),
    Column("name", Words, nullable=False, comment="who has it"),
    Column("scopes", Words, nullable=False, comment="what it is good for, parted by blanks"),
    Column("operator", Words, nullable=False, comment="whose estate it sees; empty: the whole city"),
    Column("created", BigInteger, nullable=False, comment="milliseconds since 1970 UTC"),
    Column("expires", BigInteger, nullable=True, comment="milliseconds since 1970 UTC, the first instant no longer"),
    Column("used", BigInteger, nullable=True, comment="when it was used last, to the hour, milliseconds since 1970"),
    Column("revoked", BigInteger, nullable=True, comment="milliseconds since 1970 UTC"),
)

SESSION = Table(
    "session",
    SCHEMA,
    Column("digest", LargeBinary, primary_key=True, comment="SHA-256 of what the browser keeps"),
    Column("key", LargeBinary, nullable=False, index=True, comment="digest of the key that it was begun with"),
    Column("expires", BigInteger, nullable=False, index=True, comment="milliseconds since 1970 UTC"),
)

AUDIT = Table(
    "audit",
    SCHEMA,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False, index=True, comment="milliseconds since 1970 UTC"),
    Column("who", Words, nullable=False, comment="name of the key, or of the user of the machine"),
    Column("key", Words, nullable=False, comment="how the key begins; empty without one"),
    Column("operator", Words, nullable=False, index=True, comment="whose key; empty: the city's"),
    Column("whence", Words, nullable=False, comment="address that asked, or the machine"),
    Column("action", Sentence, nullable=False),
    Column("outcome", Words, nullable=False),
)
