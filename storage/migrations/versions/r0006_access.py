"""Keys of the API, the sessions of browsers, and the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

MS = "milliseconds since 1970 UTC"
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
WORDS = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "api_key",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("prefix", WORDS, nullable=False, unique=True, comment="how it begins, by which people tell it"),
        sa.Column(
            "digest", sa.LargeBinary, nullable=False, unique=True, comment="SHA-256 of the key, which is kept nowhere"
        ),
        sa.Column("name", WORDS, nullable=False, comment="who has it"),
        sa.Column("scopes", WORDS, nullable=False, comment="what it is good for, parted by blanks"),
        sa.Column("operator", WORDS, nullable=False, comment="whose estate it sees; empty: the whole city"),
        sa.Column("created", sa.BigInteger, nullable=False, comment=MS),
        sa.Column("expires", sa.BigInteger, nullable=True, comment=f"{MS}, the first instant no longer"),
        sa.Column(
            "used", sa.BigInteger, nullable=True, comment="when it was used last, to the hour, milliseconds since 1970"
        ),
        sa.Column("revoked", sa.BigInteger, nullable=True, comment=MS),
    )
    op.create_table(
        "session",
        sa.Column("digest", sa.LargeBinary, primary_key=True, comment="SHA-256 of what the browser keeps"),
        sa.Column(
            "key", sa.LargeBinary, nullable=False, index=True, comment="digest of the key that it was begun with"
        ),
        sa.Column("expires", sa.BigInteger, nullable=False, index=True, comment=MS),
    )
    op.create_table(
        "audit",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False, index=True, comment=MS),
        sa.Column("who", WORDS, nullable=False, comment="name of the key, or of the user of the machine"),
        sa.Column("key", WORDS, nullable=False, comment="how the key begins; empty without one"),
        sa.Column("operator", WORDS, nullable=False, index=True, comment="whose key; empty: the city's"),
        sa.Column("whence", WORDS, nullable=False, comment="address that asked, or the machine"),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("outcome", WORDS, nullable=False),
    )
