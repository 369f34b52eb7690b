"""A meter is not heard any more."""

from __future__ import annotations

from datetime import timedelta

from processing.alert import ANYTHING, AlertExample, AlertRule, NoData, Severity, Silent, Storm
from storage.alert import State

RULE = AlertRule(
    name="meter_silent",
    version=1,
    domain="energy",
    title="Meter silent",
    title_de="Zähler schweigt",
    severity=Severity.WARNING,
    looks_at=ANYTHING,
    kinds=("energy_meter", "gas_meter", "heat_meter", "water_meter"),
    silent=Silent(then=NoData.FIRE, after=timedelta(hours=6)),
    of_site={"silent": "silent_after_min"},
    storm=Storm(wait=timedelta(minutes=5)),
    text="{thing} has been silent since {since}",
    text_de="{thing} schweigt seit {since}",
    source="Nothing heard for 6 h, or as the site says: our definition",
    examples=(
        AlertExample(
            kind="energy_meter",
            rows=(("2026-06-01T08:00", 12_345.0), ("2026-06-01T15:00", 12_346.0)),
            states=(
                ("2026-06-01T13:59", None),
                ("2026-06-01T14:00", State.FIRING),
                ("2026-06-01T15:00", State.RESOLVED),
            ),
            reason="Thing has been silent since 2026-06-01 10:00",
            reason_de="Thing schweigt seit 2026-06-01 10:00",
        ),
        AlertExample(
            kind="water_meter",
            site={"silent_after_min": 1440},
            rows=(("2026-06-01T08:00", 12.0),),
            states=(("2026-06-02T07:59", None), ("2026-06-02T08:00", State.FIRING)),
        ),
        # Who was never heard is not silent: `smilecity visits` lists it.
        AlertExample(kind="gas_meter", rows=(), states=(("2026-06-02T08:00", None),)),
    ),
)
