"""Which version of each formula computes since when, and which spans were computed again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.tables import Words

revision = "0010"
down_revision = "0009"

MS = "milliseconds since 1970 UTC"


def upgrade() -> None:
    """Add the tables; by which version results from before were computed nobody has noted."""
    op.create_table(
        "formula",
        sa.Column("indicator", Words, primary_key=True),
        sa.Column(
            "since", sa.BigInteger, primary_key=True, comment="result time from which on it computes, ms since 1970 UTC"
        ),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "backfill",
        sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False, comment=MS),
        sa.Column("start", sa.BigInteger, primary_key=True, autoincrement=False, comment=MS),
        sa.Column(
            "end",
            sa.BigInteger,
            primary_key=True,
            autoincrement=False,
            comment="ms since 1970 UTC, the first instant no longer",
        ),
    )
