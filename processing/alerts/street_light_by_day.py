"""Street lights burn by day."""

from __future__ import annotations

from datetime import timedelta

from processing.alert import AlertExample, AlertRule, Condition, Hours, Severity
from storage.alert import State

RULE = AlertRule(
    name="street_light_by_day",
    version=1,
    domain="energy",
    title="Street lights burn by day",
    title_de="Straßenbeleuchtung brennt am Tag",
    severity=Severity.WARNING,
    looks_at="switched_on",
    kinds=("street_light_cabinet",),
    when=(Condition(equal=1.0),),
    pending=timedelta(minutes=15),
    hours=Hours(daylight=timedelta(minutes=30)),
    text="The lamps of {thing} have been burning by day since {since}",
    text_de="Die Lampen von {thing} brennen seit {since} am Tag",
    source="On for 15 min, half an hour or more after sunrise and before sunset: our definition",
    examples=(
        # The sun rises at 5:14 UTC; from the quarter hour half an hour later lamps are to be off.
        AlertExample(
            kind="street_light_cabinet",
            rows=(("2026-03-20T17:30", 1.0), ("2026-03-21T08:00", 0.0)),
            states=(
                ("2026-03-21T05:44", None),
                ("2026-03-21T05:45", State.PENDING),
                ("2026-03-21T06:00", State.FIRING),
                ("2026-03-21T08:00", State.RESOLVED),
            ),
        ),
        AlertExample(
            kind="street_light_cabinet",
            rows=(("2026-03-20T17:30", 1.0), ("2026-03-21T05:10", 0.0)),
            states=(("2026-03-21T12:00", None),),
        ),
    ),
)
