"""Nothing comes from a broker any more."""

from __future__ import annotations

from datetime import timedelta

from processing.alert import AlertExample, AlertRule, NoData, Severity, Silent
from processing.alerting.books import RECEIVED, SOURCE
from storage.alert import State

RULE = AlertRule(
    name="source_silent",
    version=1,
    domain="platform",
    title="Source silent",
    title_de="Quelle schweigt",
    severity=Severity.CRITICAL,
    looks_at=RECEIVED.name,
    kinds=(SOURCE,),
    silent=Silent(then=NoData.FIRE, after=timedelta(minutes=15)),
    text="Nothing has come from the source {thing} since {since}",
    text_de="Von der Quelle {thing} kommt seit {since} nichts",
    source="Nothing booked for 15 min: our definition",
    examples=(
        AlertExample(
            kind=SOURCE,
            rows=(("2026-06-01T08:00", 1000.0), ("2026-06-01T09:00", 1001.0)),
            states=(
                ("2026-06-01T08:14", None),
                ("2026-06-01T08:15", State.FIRING),
                ("2026-06-01T09:00", State.RESOLVED),
            ),
            reason="Nothing has come from the source Thing since 2026-06-01 10:00",
        ),
    ),
)
