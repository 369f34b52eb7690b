"""Questions that were answered whole, to be cited."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

MS = "milliseconds since 1970 UTC"
WORDS = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "query",
        sa.Column("id", WORDS, primary_key=True),
        sa.Column("asked", sa.JSON, nullable=False),
        sa.Column("pin", sa.BigInteger, nullable=False, comment=f"as of when, {MS}"),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("checksum", WORDS, nullable=False, comment="of all rows, in hexadecimal digits"),
        sa.Column("answered", sa.BigInteger, nullable=False, index=True, comment=MS),
        sa.Column("seen", sa.Boolean, nullable=False, comment="whether somebody has looked at it: it is kept for good"),
    )
