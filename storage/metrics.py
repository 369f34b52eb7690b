"""What books and alerts tell Prometheus: since ever, over every worker, whichever process is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from storage.alerts import STANDING
from storage.catalogue import HEADINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

    from storage.catalogue import Catalogue


def with_books(catalogue: Catalogue) -> CollectorRegistry:
    """Give what this process measures and, read from the catalogue whenever it is asked, the books."""
    registry = CollectorRegistry()
    registry.register(REGISTRY)
    registry.register(_Books(catalogue))
    return registry


class _Books(Collector):
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def collect(self) -> Iterator[Metric]:
        """Read the ledger and count alerts: a few rows."""
        booked = CounterMetricFamily(
            "smilecity_ledger_messages", "Messages in the books, since ever", labels=["source", "worker", "heading"]
        )
        difference = GaugeMetricFamily(
            "smilecity_ledger_difference_messages",
            "Messages received and under no heading: anything but 0 is an error of ours",
            labels=["source", "worker"],
        )
        for entry in self._catalogue.ledger():
            where = (entry.source, entry.worker)
            for heading in HEADINGS[1:]:
                booked.add_metric((*where, heading), getattr(entry.counts, heading))
            difference.add_metric(where, entry.counts.difference)
        yield booked
        yield difference
        yield self._expired()
        yield from self._alerts()

    def _alerts(self) -> Iterator[Metric]:
        standing = GaugeMetricFamily(
            "smilecity_alerts",
            "Alerts, by rule and how they stand; members of a group are not counted",
            labels=STANDING,
        )
        for labels, count in self._catalogue.alerts.standing():
            standing.add_metric(labels, count)
        yield standing
        sequence = self._catalogue.alerts.sequence()
        yield CounterMetricFamily("smilecity_alert_changes", "Changes of alerts, since ever", value=sequence)

    def _expired(self) -> Metric:
        removed = CounterMetricFamily(
            "smilecity_quarantine_expired_messages",
            "Messages removed from quarantine after their time, since ever; in the ledger they are quarantined",
            labels=["source"],
        )
        for entry in self._catalogue.expired():
            removed.add_metric((entry.source,), entry.messages)
        return removed
