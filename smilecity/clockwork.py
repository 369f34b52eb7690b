"""Runs the processing worker again and again in a thread: soon after something changed, and when windows close."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from processing.worker import Worker

log = logging.getLogger(__name__)


class Clockwork:
    """Steps a processing worker every ``interval`` seconds until stopped."""

    def __init__(self, worker: Worker, interval: float = 1.0) -> None:
        self._worker = worker
        self._interval = interval
        self._stop = threading.Event()
        self.results = 0
        self._thread = threading.Thread(target=self._run, name="processing", daemon=True)

    def start(self) -> None:
        """Begin to compute."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the step under way and end; what is not computed yet is computed at the next start."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
            self._worker.leave()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.results += self._worker.step(datetime.now(UTC)).written
            except Exception:
                # The position was not moved: the next step computes the same windows again.
                log.exception("processing failed; trying again in %.0f s", 10 * self._interval)
                self._stop.wait(10 * self._interval)
            self._stop.wait(self._interval)
