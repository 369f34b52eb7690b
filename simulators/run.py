"""Runs the simulated city against a broker: first its history, as fast as the broker takes it, then as time goes on."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from simulators.city import City, milliseconds
from simulators.places import ROSTOCK
from simulators.publish import TICK, deliver, rest
from simulators.rhythm import HOUR
from simulators.truth import TruthFiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulators.publish import Letter, Stop

AT_ONCE = HOUR
"""Simulated milliseconds that are written as messages in one go."""


def rostock() -> dict[str, Any]:
    """Give the simulated Rostock's things and devices as the GeoJSON that a platform is told them with."""
    document: dict[str, Any] = json.loads(ROSTOCK.read_text(encoding="utf-8"))
    return document


async def run(
    broker: str,
    *,
    seed: int = 1,
    history: timedelta = timedelta(0),
    start: datetime | None = None,
    speed: float = 1.0,
    duration: timedelta | None = None,
    truth: Path | None = None,
    on_progress: Callable[[int], None] | None = None,
    stop: Stop | None = None,
    city: City | None = None,
) -> int:
    """Publish the city to a broker and return how many messages it acknowledged.

    What happened in ``history`` before ``start`` (now, if not given) is told at once. From ``start`` on the simulated
    clock runs at ``speed`` until it has caught up with the present, and then with it: nothing is ever told before it
    happened. A speed above one needs a past to run through, so without ``start`` the history is told at that speed.

    It ends after ``duration`` of simulated time on that clock, or when ``stop`` is set; ``on_progress`` gets the number
    acknowledged so far. With ``truth`` the hours that have passed are written as CSV files into that folder. Raises
    ValueError for a broker URL, a start or a speed that cannot be.
    """
    city = city or City(seed=seed)
    stop = stop or threading.Event()
    begin, clock = _plan(start, history, speed)
    end = None if duration is None else clock.start + _length(duration)
    files = None if truth is None else TruthFiles(city, truth, begin)
    story = _Story(city, begin, end, lambda: clock.now(_now()), files)
    count = _Count(on_progress)
    await deliver(broker, partial(story.next_letters, stop), stop=stop, acknowledged=count.one_more)
    return count.acknowledged


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that shows ``start`` at ``began`` and runs ``speed`` times as fast as real time, but never beyond it."""

    start: int
    speed: float
    began: int

    def now(self, real: int) -> int:
        """Read the clock; all times in ms since 1970 UTC."""
        return min(real, self.start + round((real - self.began) * self.speed))


def _plan(start: datetime | None, history: timedelta, speed: float) -> tuple[int, Clock]:
    """Decide from where to tell, and how the clock runs from then on."""
    now = _now()
    if speed <= 0:
        raise ValueError(f"time cannot run at speed {speed}: give a number above 0, 1 is real time")
    if start is None and speed > 1:
        if not history:
            raise ValueError(f"speed {speed} needs a past to run through: give a history or a start that lies back")
        return now - _length(history), Clock(now - _length(history), speed, now)
    first = now if start is None else milliseconds(start)
    if first > now:
        raise ValueError(f"the start {datetime.fromtimestamp(first / 1000, UTC):%Y-%m-%d %H:%M} UTC is yet to come")
    return first - _length(history), Clock(first, speed, now)


class _Story:
    """Tells the city's uplinks one stretch after the other, none before its time."""

    def __init__(
        self, city: City, begin: int, end: int | None, now: Callable[[], int], truth: TruthFiles | None
    ) -> None:
        self._city = city
        self._told = begin
        self._end = end
        self._now = now
        self._truth = truth

    async def next_letters(self, stop: Stop) -> list[Letter]:
        """Wait for the next messages that are due; none are the end."""
        while not stop.is_set() and (self._end is None or self._told < self._end):
            due = min(self._due(), self._told + AT_ONCE)
            if due <= self._told:
                await rest(TICK, stop)
                continue
            letters = await asyncio.to_thread(self._write, self._told, due)
            self._told = due
            if letters:
                return letters
        return []

    def _due(self) -> int:
        now = self._now()
        return now if self._end is None else min(now, self._end)

    def _write(self, first: int, last: int) -> list[Letter]:
        uplinks = self._city.events(first, last)
        letters = [self._city.message(uplinks, row) for row in range(len(uplinks))]
        if self._truth is not None:
            self._truth.advance(last)
        return letters


class _Count:
    def __init__(self, on_progress: Callable[[int], None] | None) -> None:
        self._on_progress = on_progress
        self.acknowledged = 0

    def one_more(self) -> None:
        self.acknowledged += 1
        if self._on_progress is not None:
            self._on_progress(self.acknowledged)


def _now() -> int:
    return time.time_ns() // 1_000_000


def _length(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
