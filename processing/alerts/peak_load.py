"""A connection comes near to the power that its contract grants."""

from __future__ import annotations

from datetime import timedelta

from processing.alert import AlertExample, AlertRule, Condition, NoData, Severity, Silent
from storage.alert import State

RULE = AlertRule(
    name="peak_load",
    version=1,
    domain="energy",
    title="Peak load",
    title_de="Lastspitze",
    severity=Severity.WARNING,
    looks_at="mean_power_15min",
    kinds=("energy_meter",),
    when=(Condition(above=0.9, clear=0.8, per="contract_power_kw"),),
    required=("contract_power_kw",),
    silent=Silent(then=NoData.RESOLVE, after=timedelta(hours=6)),
    scale=100.0,
    unit="%",
    text="{thing} took {value:.0f} % of its contract's power in a quarter hour",
    text_de="{thing} hat in einer Viertelstunde {value:.0f} % der Vertragsleistung bezogen",
    source="Mean of the quarter hour, as registered power metering (RLM) bills it; 90 % and 80 %: our definition",
    examples=(
        AlertExample(
            kind="energy_meter",
            site={"contract_power_kw": 250},
            rows=(
                ("2026-06-01T08:00", 224.0),
                ("2026-06-01T08:15", 230.0),
                ("2026-06-01T08:30", 210.0),
                ("2026-06-01T08:45", 199.0),
            ),
            states=(
                ("2026-06-01T08:14", None),
                ("2026-06-01T08:15", State.FIRING),
                ("2026-06-01T08:30", State.FIRING),
                ("2026-06-01T08:45", State.RESOLVED),
            ),
            reason="Thing took 92 % of its contract's power in a quarter hour",
        ),
    ),
)
