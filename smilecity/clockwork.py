"""Runs a worker again and again in a thread: processing soon after something changed, the watch of alerts sooner."""

from __future__ import annotations

import gc
import logging
import threading
from datetime import UTC, datetime
from typing import Protocol

log = logging.getLogger(__name__)


class Done(Protocol):
    """What a step did."""

    @property
    def written(self) -> int:
        """How many results, or changes of alerts, it wrote."""
        ...


class Worker(Protocol):
    """What can be stepped."""

    def step(self, now: datetime) -> Done:
        """Do what is due."""
        ...

    def leave(self) -> None:
        """Let go of what others would wait for."""
        ...


class Clockwork:
    """Steps a worker every ``interval`` seconds until stopped; ``name`` is what it does."""

    def __init__(self, worker: Worker, interval: float = 1.0, *, name: str = "processing") -> None:
        self._worker = worker
        self._interval = interval
        self._name = name
        self._stop = threading.Event()
        self.results = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

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
        self._step()
        set_aside()
        while not self._stop.wait(self._interval):
            self._step()

    def _step(self) -> None:
        try:
            self.results += self._worker.step(datetime.now(UTC)).written
        except Exception:
            # The position was not moved: the next step computes the same windows again.
            log.exception("%s failed; trying again in %.0f s", self._name, 10 * self._interval)
            self._stop.wait(10 * self._interval)


def set_aside() -> None:
    """Have the garbage collector pass over what is there after a first step: things, groups, names, there to stay.

    It would look at all of it again and again, 0.2 s for a city, and find nothing. What was garbage goes before.
    """
    gc.collect()
    gc.freeze()
