"""A sensor needs a person."""

from __future__ import annotations

from datetime import timedelta

from processing.alert import AlertExample, AlertRule, Condition, Severity, Storm
from processing.heard import KINDS
from storage.alert import State

RULE = AlertRule(
    name="sensor_visit",
    version=1,
    domain="health",
    title="Sensor needs a visit",
    title_de="Sensor braucht einen Besuch",
    severity=Severity.INFO,
    looks_at="health_day",
    kinds=KINDS,
    when=(Condition(above=2.0),),
    storm=Storm(within=timedelta(hours=2)),
    text="{thing} needs a visit: see its reasons with `smilecity visits`",
    text_de="{thing} braucht einen Besuch: Gründe nennt `smilecity visits`",
    source="The indicator health: 2 is to be visited",
    examples=(
        AlertExample(
            kind="waste_container",
            rows=(("2026-06-01T22:00", 1.0), ("2026-06-02T22:00", 2.0), ("2026-06-03T22:00", 0.0)),
            states=(
                ("2026-06-02T21:00", None),
                ("2026-06-02T22:00", State.FIRING),
                ("2026-06-03T22:00", State.RESOLVED),
            ),
            reason="Thing needs a visit: see its reasons with `smilecity visits`",
        ),
    ),
)
