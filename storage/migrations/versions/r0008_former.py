"""What things were before they were changed: the groups that they belonged to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.tables import Words

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "former",
        sa.Column("thing", Words, sa.ForeignKey("thing.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("operator", Words, nullable=False),
        sa.Column("district", Words, nullable=False),
        sa.Column("properties", sa.JSON, nullable=False, comment="of its site, those that are words"),
    )
