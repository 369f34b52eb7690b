"""All receivers: each in its own thread, so that none waits for another, and one look at the outbox for all."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from processing.notifying.delivery import Delivery, Patience

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processing.notifying.receiver import Receiver
    from storage.alerts import Alerts

log = logging.getLogger(__name__)

LOOK_S = 0.25


class Notifier:
    """Tells receivers of the alerts of a catalogue, until it is stopped."""

    def __init__(
        self,
        alerts: Alerts,
        receivers: Sequence[Receiver],
        *,
        worker: str,
        link: str = "",
        patience: Patience | None = None,
    ) -> None:
        self._alerts = alerts
        self._stop = threading.Event()
        self._deliveries = [
            Delivery(alerts, receiver, worker=worker, link=link, patience=patience) for receiver in receivers
        ]
        self._news = [threading.Event() for _ in receivers]
        self._threads = [
            threading.Thread(target=self._deliver, args=each, name=each[0].publisher, daemon=True)
            for each in zip(self._deliveries, self._news, strict=True)
        ]
        self._threads.append(threading.Thread(target=self._look, name="receivers", daemon=True))

    @property
    def names(self) -> list[str]:
        """Who is told."""
        return [one.receiver.terms.name for one in self._deliveries]

    @property
    def told(self) -> int:
        """How many changes were told, to all receivers together."""
        return sum(delivery.told for delivery in self._deliveries)

    @property
    def failing(self) -> list[str]:
        """Names of receivers that do not take what they are sent."""
        return [one.receiver.terms.name for one in self._deliveries if one.failing]

    def start(self) -> None:
        """Begin to tell."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after what is under way, and let another process go on."""
        self._stop.set()
        for news in self._news:
            news.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _look(self) -> None:
        known = -1
        while not self._stop.wait(LOOK_S):
            try:
                newest = self._alerts.sequence()
            except Exception:  # each delivery complains by itself
                log.debug("the outbox cannot be looked at", exc_info=True)
                continue
            if newest != known:
                known = newest
                for news in self._news:
                    news.set()

    def _deliver(self, delivery: Delivery, news: threading.Event) -> None:
        def rest(pause: float) -> bool:
            if delivery.failing:  # news is no reason to try sooner
                self._stop.wait(pause)
            else:
                news.wait(pause)
                news.clear()
            return self._stop.is_set()

        for _ in delivery.loop(rest):
            pass
        delivery.leave()
