"""Runs the simulated city beside the platform: in a thread, over MQTT like any other sensors."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sensors.geojson import things_from_geojson
from simulators.run import rostock, run

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from simulators.faults import Faults
    from storage.catalogue import Catalogue

log = logging.getLogger(__name__)

PATIENCE_S = 30.0
"""How long an end may wait for the broker to acknowledge what was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What to simulate: a seed, how much of the past to tell first, how fast time runs, where to write the truth."""

    seed: int = 1
    history: timedelta = timedelta(hours=24)
    start: datetime | None = None
    """When the simulated clock begins, after the history; None is now."""
    speed: float = 1.0
    truth: Path | None = None


class Simulation:
    """A simulated Rostock publishing to one broker."""

    def __init__(self, scenario: Scenario, faults: Faults | None = None) -> None:
        self.scenario = scenario
        self.published = 0
        self.failure: str = ""
        self.away: str = ""
        """Why the broker is away, if it is."""
        self._faults = faults
        self._enough = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="simulation", daemon=True)
        self._broker = ""

    @property
    def running(self) -> bool:
        """Whether it still publishes."""
        return self._thread.is_alive()

    def register(self, catalogue: Catalogue) -> None:
        """Tell the catalogue which things and devices the simulated city has."""
        city = things_from_geojson(rostock())
        catalogue.put(city.things, city.devices)

    def start(self, broker: str) -> None:
        """Begin to publish."""
        self._broker = broker
        self._thread.start()

    def finish(self) -> bool:
        """Tell nothing more, but wait for what was told to be acknowledged, while the broker is there; tell if so."""
        self._enough.set()
        end = time.monotonic() + PATIENCE_S
        while self.running and not self.away and time.monotonic() < end:
            self._thread.join(0.05)
        whole = not self.running
        self.stop()
        return whole

    def stop(self) -> None:
        """Stop publishing; what the broker has not acknowledged is dropped, it never happened."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._publish())
        except Exception as error:
            self.failure = str(error)
            log.error("The simulated city stopped: %s", error)  # noqa: TRY400 - a sentence; the trace follows on demand
            log.debug("in full", exc_info=error)

    async def _publish(self) -> None:
        scenario = self.scenario
        await run(
            self._broker,
            seed=scenario.seed,
            history=scenario.history,
            start=scenario.start,
            speed=scenario.speed,
            truth=scenario.truth,
            on_progress=self._progress,
            on_away=self._tell_away,
            enough=self._enough,
            stop=self._stop,
            faults=self._faults,
        )

    def _tell_away(self, reason: str) -> None:
        self.away = reason

    def _progress(self, published: int) -> None:
        self.published = published
