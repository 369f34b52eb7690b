"""The books of a source do not balance: messages were lost, or counted twice."""

from __future__ import annotations

from processing.alert import AlertExample, AlertRule, Condition, Severity
from processing.alerting.books import DIFFERENCE, SOURCE
from storage.alert import State

RULE = AlertRule(
    name="ledger_difference",
    version=1,
    domain="platform",
    title="Ledger does not balance",
    title_de="Bücher gehen nicht auf",
    severity=Severity.CRITICAL,
    looks_at=DIFFERENCE.name,
    kinds=(SOURCE,),
    when=(Condition(above=1.0), Condition(below=-1.0)),
    text="{value:.0f} messages of the source {thing} stand under no heading of the ledger",
    text_de="{value:.0f} Nachrichten der Quelle {thing} stehen unter keiner Überschrift der Bücher",
    source="The ledger balances: the platform's second promise",
    examples=(
        AlertExample(
            kind=SOURCE,
            rows=(("2026-06-01T08:00", 0.0), ("2026-06-01T08:10", 7.0), ("2026-06-01T08:20", 0.0)),
            states=(
                ("2026-06-01T08:09", None),
                ("2026-06-01T08:10", State.FIRING),
                ("2026-06-01T08:20", State.RESOLVED),
            ),
            reason="7 messages of the source Thing stand under no heading of the ledger",
        ),
        AlertExample(kind=SOURCE, rows=(("2026-06-01T08:00", -1.0),), states=(("2026-06-01T08:00", State.FIRING),)),
    ),
)
