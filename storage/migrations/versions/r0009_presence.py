"""Of two processes that go by one worker's name the newer does its work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.tables import Words

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column; whoever is there without a token is replaced by the first that has one."""
    told = "which process it is: of two of one name the one that came last"
    op.add_column("presence", sa.Column("token", Words, nullable=True, comment=told))
