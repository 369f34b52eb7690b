"""What is told of alerts that are over, until when it was heard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.tables import Words

revision = "0011"
down_revision = "0010"

MS = "milliseconds since 1970 UTC"


def upgrade() -> None:
    """Make the table, and know of what is kept of alerts that ended lately."""
    op.create_table(
        "alert_told",
        sa.Column("key", Words, primary_key=True, comment="rule/thing"),
        sa.Column("heard", sa.BigInteger, nullable=False, comment=f"last when it ended, {MS}"),
        sa.Column("ended", sa.BigInteger, nullable=False, comment=f"when it was over, {MS}"),
    )
    op.execute(
        "INSERT INTO alert_told (key, heard, ended) SELECT key, heard, ended FROM alert "
        "WHERE state = 'resolved' AND ended IS NOT NULL"
    )
