"""A container overflows."""

from __future__ import annotations

from datetime import timedelta

from processing.alert import AlertExample, AlertRule, Condition, Escalation, NoData, Severity, Silent
from storage.alert import State

RULE = AlertRule(
    name="container_overflow",
    version=1,
    domain="waste",
    title="Container overflows",
    title_de="Behälter läuft über",
    severity=Severity.WARNING,
    looks_at="filling_level",
    kinds=("waste_container",),
    when=(Condition(above=95.0, clear=85.0),),
    pending=timedelta(minutes=30),
    silent=Silent(then=NoData.RESOLVE, after=timedelta(hours=24)),
    escalation=Escalation(after=timedelta(hours=24)),
    text="{thing} has been {value:.0f} % full or more for {minutes} min",
    text_de="{thing} ist seit {minutes} min zu mindestens {value:.0f} % voll",
    source="Level of 95 % or more for 30 min, as the indicator overflow; clear at 85 %: our definition",
    examples=(
        AlertExample(
            kind="waste_container",
            rows=(("2026-06-01T08:00", 96.0), ("2026-06-01T08:20", 97.0), ("2026-06-01T09:00", 90.0)),
            states=(
                ("2026-06-01T07:59", None),
                ("2026-06-01T08:29", State.PENDING),
                ("2026-06-01T08:30", State.FIRING),
                ("2026-06-01T10:00", State.FIRING),
            ),
            reason="Thing has been 97 % full or more for 30 min",
            reason_de="Thing ist seit 30 min zu mindestens 97 % voll",
        ),
        AlertExample(
            kind="waste_container",
            rows=(("2026-06-01T08:00", 96.0), ("2026-06-01T08:40", 85.0)),
            states=(("2026-06-01T08:39", State.FIRING), ("2026-06-01T08:40", State.RESOLVED)),
        ),
        # One reading alone may be a wrong echo; a sensor that falls silent says no longer that it is full.
        AlertExample(
            kind="waste_container",
            rows=(("2026-06-01T08:00", 96.0), ("2026-06-01T08:10", 94.0), ("2026-06-01T12:00", 99.0)),
            states=(
                ("2026-06-01T08:35", None),
                ("2026-06-01T12:30", State.FIRING),
                ("2026-06-02T12:00", State.RESOLVED),
            ),
        ),
    ),
)
