"""Alerts as they stand, every change of one in its order, silences, and rules of a city's own."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

MS = "milliseconds since 1970 UTC"
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
WORDS = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def _facts() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("rule", WORDS, nullable=False, index=True),
        sa.Column("version", sa.Integer, nullable=False, comment="of the rule"),
        sa.Column("thing", WORDS, nullable=False),
        sa.Column("domain", WORDS, nullable=False),
        sa.Column("kind", WORDS, nullable=False),
        sa.Column("operator", WORDS, nullable=False),
        sa.Column("district", WORDS, nullable=False),
        sa.Column("state", WORDS, nullable=False, comment="pending, firing, acknowledged or resolved"),
        sa.Column("severity", WORDS, nullable=False, comment="info, warning or critical"),
        sa.Column("escalated", sa.Boolean, nullable=False),
        sa.Column("silenced", sa.Boolean, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False, comment=f"when its condition came true, {MS}"),
        sa.Column("fired", sa.BigInteger, nullable=True, comment=f"when it began, {MS}"),
        sa.Column("ended", sa.BigInteger, nullable=True, comment=f"when it was resolved, {MS}"),
        sa.Column("clear_since", sa.BigInteger, nullable=True, comment=f"since when it is clear, {MS}"),
        sa.Column("heard", sa.BigInteger, nullable=False, comment=f"time of the value, {MS}"),
        sa.Column("value", sa.Float, nullable=True),
        sa.Column("threshold", sa.Float, nullable=True),
        sa.Column("unit", WORDS, nullable=False),
        sa.Column("coverage", sa.Float, nullable=True),
        sa.Column("cause", WORDS, nullable=False, comment="key of the alert that speaks for it; empty: it does itself"),
        sa.Column("members", sa.Integer, nullable=False, comment="how many it speaks for; 0: for itself"),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("reason_de", sa.Text, nullable=False),
        sa.Column("who", WORDS, nullable=False, comment="has acknowledged it; empty: nobody"),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("acknowledged", sa.BigInteger, nullable=True, comment=MS),
        sa.Column(
            "incident", sa.BigInteger, nullable=False, comment="sequence of the change with which it began; 0: pending"
        ),
    )


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "alert",
        sa.Column("key", WORDS, primary_key=True, comment="rule/thing"),
        *_facts(),
        sa.Column("sequence", sa.BigInteger, nullable=False, comment="of its last change; 0: none yet"),
    )
    op.create_table(
        "alert_change",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("key", WORDS, nullable=False, index=True),
        sa.Column("change", WORDS, nullable=False, comment="fired, acknowledged, escalated, resolved, ..."),
        sa.Column("at", sa.BigInteger, nullable=False, comment=f"when it was true in the city, {MS}"),
        sa.Column("recorded", sa.BigInteger, nullable=False, comment=MS),
        *_facts(),
    )
    op.create_table(
        "silence",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("rule", WORDS, nullable=True, comment="only alerts of this one, and so on; none: of all"),
        *(sa.Column(name, WORDS, nullable=True) for name in ("thing", "domain", "kind", "operator", "district")),
        sa.Column("since", sa.BigInteger, nullable=False, comment=MS),
        sa.Column("until", sa.BigInteger, nullable=False, index=True, comment=MS),
        sa.Column("who", WORDS, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
    )
    op.create_table(
        "alert_rule",
        sa.Column("name", WORDS, primary_key=True),
        sa.Column("declaration", sa.Text, nullable=False, comment="TOML, as a file in the folder of rules"),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("who", WORDS, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False, comment=MS),
    )
