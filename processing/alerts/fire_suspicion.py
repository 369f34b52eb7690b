"""A container may be burning."""

from __future__ import annotations

from datetime import timedelta

from processing.alert import AlertExample, AlertRule, Compared, Condition, Escalation, Severity, Usual
from storage.alert import State

RULE = AlertRule(
    name="fire_suspicion",
    version=1,
    domain="waste",
    title="Fire suspicion",
    title_de="Brandverdacht",
    severity=Severity.CRITICAL,
    looks_at="temperature",
    kinds=("waste_container", "container_site"),
    when=(
        Condition(above=60.0, clear=45.0),
        Condition(
            above=10.0,
            compared=Compared(to=Usual.LEAST, within=timedelta(minutes=10)),
            unit="K",
            text="{thing} has become {value:.0f} K warmer within 10 min",
            text_de="{thing} ist binnen 10 min um {value:.0f} K wärmer geworden",
        ),
    ),
    clear_for=timedelta(minutes=20),
    escalation=Escalation(after=timedelta(minutes=5)),
    text="{thing} is at {value:.0f} {unit}",
    text_de="{thing} hat {value:.0f} {unit}",
    source="60 Cel, or 10 K in 10 min, at once, as the indicator of that name: our definition",
    examples=(
        AlertExample(
            kind="waste_container",
            rows=(("2026-06-01T08:00", 21.0), ("2026-06-01T08:05", 24.0), ("2026-06-01T08:08", 34.0)),
            states=(("2026-06-01T08:07", None), ("2026-06-01T08:08", State.FIRING)),
            reason="Thing has become 13 K warmer within 10 min",
            reason_de="Thing ist binnen 10 min um 13 K wärmer geworden",
        ),
        AlertExample(
            kind="container_site",
            rows=(("2026-06-01T08:00", 55.0), ("2026-06-01T08:30", 61.0), ("2026-06-01T09:00", 44.0)),
            states=(
                ("2026-06-01T08:30", State.FIRING),
                ("2026-06-01T09:19", State.FIRING),
                ("2026-06-01T09:20", State.RESOLVED),
            ),
            reason="Thing is at 61 °C",
        ),
        # A dark lid in the sun becomes warm slowly.
        AlertExample(
            kind="waste_container",
            rows=(("2026-06-01T08:00", 30.0), ("2026-06-01T08:11", 42.0), ("2026-06-01T08:22", 54.0)),
            states=(("2026-06-01T09:00", None),),
        ),
    ),
)
