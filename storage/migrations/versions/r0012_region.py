"""By which zone's midnights and which Land's holidays a city is computed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.tables import Words

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the table; by which zone results from before were computed nobody has noted, so the next computing says."""
    op.create_table(
        "region",
        sa.Column("since", sa.BigInteger, primary_key=True, autoincrement=False, comment="milliseconds since 1970 UTC"),
        sa.Column("zone", Words, nullable=False),
        sa.Column("land", Words, nullable=False),
    )
