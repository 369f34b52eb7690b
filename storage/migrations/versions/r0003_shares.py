"""Several processes share the work of computing indicators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MS = "milliseconds since 1970 UTC"
WORDS = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables; shares themselves are made by the first worker, which goes on where it stood."""
    op.create_table(
        "presence",
        sa.Column("work", WORDS, primary_key=True),
        sa.Column("worker", WORDS, primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False, comment=MS),
    )
    op.create_table(
        "share",
        sa.Column("work", WORDS, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("worker", WORDS, nullable=True, comment="who has it; nobody where it is free"),
        sa.Column(
            "position",
            sa.BigInteger,
            nullable=False,
            comment="version of the store up to which changes were followed",
        ),
        sa.Column("clock", sa.BigInteger, nullable=False, comment=f"up to when windows were closed, {MS}"),
    )
