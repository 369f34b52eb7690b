"""A vehicle blocks a fire-access zone."""

from __future__ import annotations

from datetime import timedelta

from processing.alert import AlertExample, AlertRule, Condition, Escalation, Severity
from storage.alert import State

RULE = AlertRule(
    name="blocked_fire_access",
    version=1,
    domain="parking",
    title="Fire access blocked",
    title_de="Feuerwehrzufahrt blockiert",
    severity=Severity.CRITICAL,
    looks_at="occupied",
    kinds=("fire_access_zone",),
    when=(Condition(equal=1.0),),
    of_site={"pending": "max_stay_min"},
    escalation=Escalation(after=timedelta(minutes=15)),
    text="{thing} has been blocked since {since}",
    text_de="{thing} ist seit {since} blockiert",
    source="Blocked access, at once unless the site says after how many minutes: our definition",
    examples=(
        AlertExample(
            kind="fire_access_zone",
            rows=(("2026-06-01T08:00", 1.0), ("2026-06-01T08:04", 0.0)),
            states=(("2026-06-01T08:00", State.FIRING), ("2026-06-01T08:04", State.RESOLVED)),
            reason="Thing has been blocked since 2026-06-01 10:00",
            reason_de="Thing ist seit 2026-06-01 10:00 blockiert",
        ),
        AlertExample(
            kind="fire_access_zone",
            site={"max_stay_min": 3},
            rows=(("2026-06-01T08:00", 1.0), ("2026-06-01T08:02", 0.0), ("2026-06-01T08:10", 1.0)),
            states=(
                ("2026-06-01T08:01", State.PENDING),
                ("2026-06-01T08:09", None),
                ("2026-06-01T08:13", State.FIRING),
            ),
        ),
    ),
)
