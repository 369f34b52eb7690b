"""Things that are not there any more, and whose history stays."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the instant."""
    comment = "since when it is not there any more, ms since 1970 UTC"
    op.add_column("thing", sa.Column("retired", sa.BigInteger, nullable=True, comment=comment))
