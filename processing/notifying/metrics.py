"""What notifying tells Prometheus; names carry their unit."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

CHANGES = Counter(
    "smilecity_notified_changes",
    "Changes of alerts by what became of them at a receiver: delivered, not_asked_for or too_old",
    ["receiver", "outcome"],
)
FAILURES = Counter("smilecity_notification_failures", "Attempts that a receiver did not take", ["receiver"])
FAILING = Gauge("smilecity_notification_failing", "1 while a receiver does not take what it is sent", ["receiver"])
WAITING = Gauge(
    "smilecity_notification_waiting_changes",
    "Changes of alerts that were not looked at for a receiver yet",
    ["receiver"],
)
