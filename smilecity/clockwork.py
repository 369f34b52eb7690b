"""Runs a worker again and again in a thread: processing soon after something changed, the watch of alerts sooner."""

from __future__ import annotations

import gc
import logging
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from storage.presence import ReplacedError

if TYPE_CHECKING:
    from collections.abc import Callable

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
    """Steps a worker every ``interval`` seconds until stopped; ``name`` is what it does.

    It ends by itself, and calls ``at_end`` from its thread, when another process has come under the worker's name.
    """

    def __init__(
        self,
        worker: Worker,
        interval: float = 1.0,
        *,
        name: str = "processing",
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._worker = worker
        self._interval = interval
        self._name = name
        self._stop = threading.Event()
        self._at_end = at_end
        self._replaced: ReplacedError | None = None
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

    @property
    def replaced(self) -> bool:
        """Whether another process does its work now, under the same name."""
        return self._replaced is not None

    def complain(self) -> None:
        """Raise ReplacedError where it was replaced."""
        if self._replaced is not None:
            raise self._replaced

    def _run(self) -> None:
        try:
            self._go_on()
        except ReplacedError as error:
            self._replaced = error
            self._at_end()

    def _go_on(self) -> None:
        self._step()
        set_aside()
        while not self._stop.wait(self._interval):
            self._step()

    def _step(self) -> None:
        try:
            self.results += self._worker.step(datetime.now(UTC)).written
        except ReplacedError:
            raise
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
