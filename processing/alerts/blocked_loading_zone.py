"""A vehicle parks in a loading zone."""

from __future__ import annotations

from datetime import timedelta

from processing.alert import AlertExample, AlertRule, Condition, Hours, Severity
from storage.alert import State

RULE = AlertRule(
    name="blocked_loading_zone",
    version=1,
    domain="parking",
    title="Loading zone blocked",
    title_de="Ladezone blockiert",
    severity=Severity.WARNING,
    looks_at="occupied",
    kinds=("loading_zone",),
    when=(Condition(equal=1.0),),
    pending=timedelta(minutes=15),
    hours=Hours(site="hours"),
    of_site={"pending": "max_stay_min"},
    text="{thing} has been occupied for {minutes} min",
    text_de="{thing} ist seit {minutes} min belegt",
    source="Blocked access, after 15 min unless the site says otherwise, while the zone is in force: our definition",
    examples=(
        AlertExample(
            kind="loading_zone",
            site={"max_stay_min": 10, "hours": "Mo-Fr 08:00-18:00; PH off"},
            rows=(("2026-06-01T15:45", 1.0), ("2026-06-02T05:30", 1.0)),
            states=(
                ("2026-06-01T15:54", State.PENDING),
                ("2026-06-01T15:55", State.FIRING),
                ("2026-06-01T16:00", State.RESOLVED),
                ("2026-06-02T06:09", State.PENDING),
                ("2026-06-02T06:10", State.FIRING),
            ),
            reason="Thing has been occupied for 10 min",
        ),
        AlertExample(
            kind="loading_zone",
            rows=(("2026-06-01T08:00", 1.0), ("2026-06-01T08:14", 0.0)),
            states=(("2026-06-01T08:14", None), ("2026-06-01T09:00", None)),
        ),
    ),
)
