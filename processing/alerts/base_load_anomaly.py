"""A building draws more than usual even when nothing is going on."""

from __future__ import annotations

from datetime import timedelta

from processing.alert import AlertExample, AlertRule, By, Compared, Condition, Severity, Usual
from storage.alert import State

RULE = AlertRule(
    name="base_load_anomaly",
    version=1,
    domain="energy",
    title="Base load higher than usual",
    title_de="Grundlast höher als üblich",
    severity=Severity.INFO,
    looks_at="base_load_day",
    kinds=("energy_meter",),
    when=(
        Condition(
            above=1.3,
            clear=1.15,
            compared=Compared(to=Usual.MEDIAN, within=timedelta(days=28, hours=1), by=By.RATIO, least=7),
        ),
    ),
    scale=100.0,
    unit="%",
    text="The base load of {thing} is {value:.0f} % of what it was in the four weeks before",
    text_de="Die Grundlast von {thing} liegt bei {value:.0f} % derjenigen der vier Wochen davor",
    source="130 % of the median of 28 days; the base load is the 2.5th percentile of seven: our definition",
    examples=(
        AlertExample(
            kind="energy_meter",
            rows=(
                *((f"2026-06-{day:02}T22:00", 10.0) for day in range(1, 15)),
                ("2026-06-15T22:00", 14.0),
                ("2026-06-16T22:00", 11.0),
            ),
            states=(
                ("2026-06-15T21:00", None),
                ("2026-06-15T22:00", State.FIRING),
                ("2026-06-16T22:00", State.RESOLVED),
            ),
            reason="The base load of Thing is 140 % of what it was in the four weeks before",
        ),
        # Six days are too few to know what is usual.
        AlertExample(
            kind="energy_meter",
            rows=(*((f"2026-06-{day:02}T22:00", 10.0) for day in range(1, 7)), ("2026-06-07T22:00", 20.0)),
            states=(("2026-06-08T00:00", None),),
        ),
    ),
)
