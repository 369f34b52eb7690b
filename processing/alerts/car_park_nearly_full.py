"""A car park has few free spaces left."""

from __future__ import annotations

from datetime import timedelta

from processing.alert import AlertExample, AlertRule, Condition, Severity
from storage.alert import State

RULE = AlertRule(
    name="car_park_nearly_full",
    version=1,
    domain="parking",
    title="Car park nearly full",
    title_de="Parkhaus fast voll",
    severity=Severity.INFO,
    looks_at="available_spot_number",
    kinds=("parking_lot",),
    when=(Condition(below=0.05, clear=0.1, per="capacity"),),
    pending=timedelta(minutes=2),
    clear_for=timedelta(minutes=5),
    required=("capacity",),
    scale=100.0,
    unit="%",
    text="{thing}: {value:.0f} % of the spaces are free",
    text_de="{thing}: {value:.0f} % der Stellplätze sind frei",
    source="Full from 95 % on, with hysteresis as almostFull of DATEX II and Smart Data Models: limits are our own",
    foretells="car_park_full",
    examples=(
        AlertExample(
            kind="parking_lot",
            site={"capacity": 200},
            rows=(
                ("2026-06-01T08:00", 11.0),
                ("2026-06-01T08:10", 10.0),
                ("2026-06-01T08:20", 19.0),
                ("2026-06-01T08:30", 20.0),
            ),
            states=(
                ("2026-06-01T08:09", None),
                ("2026-06-01T08:10", State.PENDING),
                ("2026-06-01T08:12", State.FIRING),
                ("2026-06-01T08:34", State.FIRING),
                ("2026-06-01T08:35", State.RESOLVED),
            ),
            reason="Thing: 5 % of the spaces are free",
        ),
    ),
)
