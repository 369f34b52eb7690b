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

    from simulators.faults import Faults
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
    on_away: Callable[[str], None] | None = None,
    enough: Stop | None = None,
    stop: Stop | None = None,
    city: City | None = None,
    faults: Faults | None = None,
) -> int:
    """Publish the city to a broker and return how many messages it acknowledged.

    What happened in ``history`` before ``start`` (now, if not given) is told at once. From ``start`` on the simulated
    clock runs at ``speed`` until it has caught up with the present, and then with it: nothing is ever told before it
    happened. A speed above one needs a past to run through, so without ``start`` the history is told at that speed.

    It ends after ``duration`` of simulated time on that clock, or when ``enough`` is set, with all told by then
    acknowledged; or when ``stop`` is set, at once. ``on_progress`` gets the number acknowledged so far, ``on_away`` why
    the broker is away, and nothing when it is back. With ``faults`` what is published is no longer what is true;
    with ``truth`` the hours that have passed are written as CSV files into that folder. Raises ValueError for a broker
    URL, a start or a speed that cannot be.
    """
    city = city or City(seed=seed)
    stop = stop or threading.Event()
    begin, clock = _plan(start, history, speed)
    end = None if duration is None else clock.start + _length(duration)
    files = None if truth is None else TruthFiles(city, truth, begin)
    story = _Story(city, _Span(begin, end, enough or stop), lambda: clock.now(_now()), files, faults)
    count = _Count(on_progress)
    await deliver(broker, partial(story.next_letters, stop), stop=stop, acknowledged=count.one_more, on_away=on_away)
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


@dataclass(frozen=True, slots=True)
class _Span:
    """From when until when to tell, in ms, or until a sign is given."""

    begin: int
    end: int | None
    enough: Stop

    def is_over(self, told: int) -> bool:
        return self.enough.is_set() or (self.end is not None and told >= self.end)


class _Story:
    """Tells the city's uplinks one stretch after the other, none before its time."""

    def __init__(
        self, city: City, span: _Span, now: Callable[[], int], truth: TruthFiles | None, faults: Faults | None
    ) -> None:
        self._city = city
        self._told = span.begin
        self._span = span
        self._now = now
        self._truth = truth
        self._faults = faults

    async def next_letters(self, stop: Stop) -> list[Letter]:
        """Wait for the next messages that are due; none are the end."""
        while not stop.is_set() and not self._span.is_over(self._told):
            due = min(self._due(), self._told + AT_ONCE)
            if due <= self._told:
                await rest(TICK, stop)
                continue
            letters = await asyncio.to_thread(self._write, self._told, due)
            self._told = due
            if letters:
                return letters
        return [] if self._faults is None else self._faults.rest()

    def _due(self) -> int:
        now, end = self._now(), self._span.end
        return now if end is None else min(now, end)

    def _write(self, first: int, last: int) -> list[Letter]:
        uplinks = self._city.events(first, last)
        if self._truth is not None:
            self._truth.advance(last)
        if self._faults is not None:
            return self._faults.through(self._city.told(uplinks))
        return [self._city.message(uplinks, row) for row in range(len(uplinks))]


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
