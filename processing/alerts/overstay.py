"""A vehicle stands for longer than it may."""

from __future__ import annotations

from processing.alert import AlertExample, AlertRule, Condition, Hours, Severity
from storage.alert import State

RULE = AlertRule(
    name="overstay",
    version=1,
    domain="parking",
    title="Overstay",
    title_de="Parkzeit überschritten",
    severity=Severity.INFO,
    looks_at="occupied",
    kinds=("parking_spot",),
    when=(Condition(equal=1.0),),
    hours=Hours(site="hours"),
    of_site={"pending": "max_stay_min"},
    required=("max_stay_min",),
    text="{thing} has been occupied for {minutes} min",
    text_de="{thing} ist seit {minutes} min belegt",
    source="Overstay, beyond the site's max_stay_min within its hours: our definition",
    examples=(
        AlertExample(
            kind="parking_spot",
            site={"max_stay_min": 120},
            rows=(("2026-06-01T08:00", 1.0), ("2026-06-01T09:00", 1.0), ("2026-06-01T10:30", 0.0)),
            states=(
                ("2026-06-01T09:59", State.PENDING),
                ("2026-06-01T10:00", State.FIRING),
                ("2026-06-01T10:30", State.RESOLVED),
            ),
            reason="Thing has been occupied for 120 min",
        ),
        # Nobody says for how long one may stand.
        AlertExample(
            kind="parking_spot",
            rows=(("2026-06-01T08:00", 1.0),),
            states=(("2026-06-03T08:00", None),),
        ),
    ),
)
