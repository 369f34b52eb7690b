"""A container will overflow before it is next to be emptied."""

from __future__ import annotations

from datetime import timedelta

from processing.alert import AlertExample, AlertRule, Condition, NoData, Severity, Silent
from storage.alert import State

RULE = AlertRule(
    name="container_full_soon",
    version=1,
    domain="waste",
    title="Container full before its next round",
    title_de="Behälter voll vor der nächsten Tour",
    severity=Severity.INFO,
    looks_at="full_before_round_hour",
    kinds=("waste_container",),
    when=(Condition(above=0.5, clear=0.3),),
    pending=timedelta(hours=1),
    silent=Silent(then=NoData.RESOLVE, after=timedelta(hours=26)),
    scale=100.0,
    unit="%",
    text="{thing} is full before its next round with a probability of {value:.0f} %",
    text_de="{thing} ist mit einer Wahrscheinlichkeit von {value:.0f} % vor der nächsten Tour voll",
    source="Collection list, P(full before the next planned round) >= 0.5 in two hours in a row: our definition",
    foretells="container_overflow",
    examples=(
        AlertExample(
            kind="waste_container",
            rows=(
                ("2026-06-01T08:00", 0.4),
                ("2026-06-01T09:00", 0.6),
                ("2026-06-01T10:00", 0.7),
                ("2026-06-01T11:00", 0.35),
                ("2026-06-01T12:00", 0.0),
            ),
            states=(
                ("2026-06-01T08:59", None),
                ("2026-06-01T09:59", State.PENDING),
                ("2026-06-01T10:00", State.FIRING),
                ("2026-06-01T11:30", State.FIRING),
                ("2026-06-01T12:00", State.RESOLVED),
            ),
            reason="Thing is full before its next round with a probability of 70 %",
        ),
    ),
)
