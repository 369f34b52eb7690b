"""A car park has no free space."""

from __future__ import annotations

from datetime import timedelta

from processing.alert import AlertExample, AlertRule, Condition, Severity
from storage.alert import State

RULE = AlertRule(
    name="car_park_full",
    version=1,
    domain="parking",
    title="Car park full",
    title_de="Parkhaus voll",
    severity=Severity.WARNING,
    looks_at="available_spot_number",
    kinds=("parking_lot",),
    when=(Condition(below=0.0, clear=0.02, per="capacity"),),
    pending=timedelta(minutes=2),
    clear_for=timedelta(minutes=5),
    required=("capacity",),
    scale=100.0,
    unit="%",
    text="{thing} is full since {since}",
    text_de="{thing} ist seit {since} voll",
    source="No space free for 2 min; free again from 2 % on for 5 min: our definition",
    examples=(
        AlertExample(
            kind="parking_lot",
            site={"capacity": 100},
            rows=(("2026-06-01T08:00", 0.0), ("2026-06-01T08:10", 1.0), ("2026-06-01T08:20", 2.0)),
            states=(
                ("2026-06-01T07:59", None),
                ("2026-06-01T08:01", State.PENDING),
                ("2026-06-01T08:02", State.FIRING),
                ("2026-06-01T08:24", State.FIRING),
                ("2026-06-01T08:25", State.RESOLVED),
            ),
            reason="Thing is full since 2026-06-01 10:00",
        ),
        # One car that drives out within the time of five minutes makes it no emptier.
        AlertExample(
            kind="parking_lot",
            site={"capacity": 100},
            rows=(("2026-06-01T08:00", 0.0), ("2026-06-01T08:10", 3.0), ("2026-06-01T08:13", 0.0)),
            states=(("2026-06-01T08:12", State.FIRING), ("2026-06-01T09:00", State.FIRING)),
        ),
    ),
)
