"""Car parks: how many vehicles stand in them, minute by minute, and the guidance system that reports what is free.

Some have barriers that count, and miss a vehicle now and then. Their counts start anew at midnight UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from simulators.chance import stream, wander
from simulators.rhythm import DAY, MINUTE, RHYTHMS, local
from simulators.steps import Steps
from simulators.uplink import Frame, Uplinks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulators.places import Place

KIND = "parking_lot"
MINUTES = 24 * 60
KEEP_ALIVE = 15
"""Minutes after which an unchanged number is sent all the same."""


@dataclass(frozen=True, slots=True)
class Barriers:
    """Barriers of a car park, and how well they count."""

    stay_min: float
    """Mean stay of a vehicle."""
    misses_in: float
    """Share of those driving in that is not counted."""
    misses_out: float


class Lots:
    """All car parks of the city. Row i of every array is ``places[i]``; a day is counted since 1970 UTC.

    A car park's number changes at most once a minute, each at its own second, and what is sent is what is true, but
    for vehicles that barriers miss.
    """

    def __init__(self, seed: int, places: Sequence[Place], index: NDArray[np.int32]) -> None:
        self._seed = seed
        self._index = index
        self._rhythms = [RHYTHMS[place.rhythm] for place in places]
        self.capacity = np.array([place.site["capacity"] for place in places], dtype=np.int64)
        self._phase = stream(seed, "lot phase").integers(0, MINUTE - 1000, len(places))
        self._occupied = lru_cache(maxsize=16)(self._count)
        self.gates = np.array([i for i, place in enumerate(places) if "barriers" in place.habit], dtype=np.int64)
        """Rows of those with barriers, shape (g,)."""
        self._barriers = [Barriers(**places[row].habit["barriers"]) for row in self.gates]
        self.passed = lru_cache(maxsize=16)(self._drive)

    def uplinks(self, day: int) -> Uplinks:
        """Give what the car parks send on a day: a number on change, and each quarter of an hour at the latest."""
        occupied, times = self._occupied(day), self.times(day)
        due = (occupied != self._minute_before(day)) | (np.arange(MINUTES) % KEEP_ALIVE == 0)
        due[self.gates, -1] = True  # a count is closed before it starts anew
        row, _ = np.nonzero(due)
        free = (self.capacity[:, None] - occupied)[due]
        came, left = (each[due] for each in self.counted(day))
        frame = np.where(np.isin(row, self.gates), Frame.BARRIERS, Frame.LOT)
        return Uplinks.of(self._index[row], times[due], frame, free, came, left, delay=20)

    def before(self, day: int) -> NDArray[np.int64]:
        """Count the vehicles as a day begins, shape (n,)."""
        return self._occupied(day - 1)[:, -1]

    def changes(self, day: int) -> Steps:
        """Give the number of vehicles after each minute's step."""
        occupied = self._occupied(day)
        row = np.repeat(np.arange(len(self.capacity)), MINUTES)
        return Steps(row, self.times(day).ravel(), occupied.ravel())

    def counted(self, day: int) -> NDArray[np.int64]:
        """Read what the barriers have counted in and out since the day began, shape (2, n, MINUTES); 0 without."""
        counts = np.zeros((2, len(self.capacity), MINUTES), dtype=np.int64)
        missed = stream(self._seed, "barriers miss", day)
        for way, passed in enumerate(self.passed(day)):
            share = [(each.misses_in, each.misses_out)[way] for each in self._barriers]
            seen = passed - missed.binomial(passed, np.array(share).reshape(-1, 1))
            counts[way, self.gates] = np.cumsum(seen, axis=1)
        return counts

    def times(self, day: int) -> NDArray[np.int64]:
        """Give when each minute's step is. [ms], shape (n, MINUTES)."""
        return day * DAY + np.arange(MINUTES) * MINUTE + self._phase[:, None]

    def _minute_before(self, day: int) -> NDArray[np.int64]:
        return np.column_stack([self.before(day), self._occupied(day)[:, :-1]])

    def _drive(self, day: int) -> NDArray[np.int64]:
        """Draw who drives in and out at each minute's step of those with barriers, shape (2, g, MINUTES)."""
        before = self._minute_before(day)[self.gates]
        net = self._occupied(day)[self.gates] - before
        leave = np.array([1 / each.stay_min for each in self._barriers]).reshape(-1, 1)
        out = np.maximum(stream(self._seed, "lot leaves", day).binomial(before, leave), -net)
        return np.array([net + out, out])

    def _count(self, day: int) -> NDArray[np.int64]:
        """Count vehicles per minute step, shape (n, MINUTES)."""
        n = len(self.capacity)
        crowd = 0.08 * wander(self._seed, "lot day", day, rows=n, knots=1, steps=MINUTES)
        hours = 0.025 * wander(self._seed, "lot hours", day, rows=n, knots=24, steps=MINUTES)
        minutes = 0.004 * wander(self._seed, "lot minutes", day, rows=n, knots=144, steps=MINUTES)
        share = self._shares(day) * (1 + crowd + hours) + minutes
        return np.rint(self.capacity[:, None] * np.clip(share, 0.0, 1.0)).astype(np.int64)

    def _shares(self, day: int) -> NDArray[np.float64]:
        shares = [rhythm.at(local(time)) for rhythm, time in zip(self._rhythms, self.times(day), strict=True)]
        return np.array(shares).reshape(len(self.capacity), MINUTES)
