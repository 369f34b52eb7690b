"""Car parks: how many vehicles stand in them, minute by minute, and the guidance system that reports what is free."""

from __future__ import annotations

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


class Lots:
    """All car parks of the city. Row i of every array is ``places[i]``; a day is counted since 1970 UTC.

    A car park's number changes at most once a minute, each at its own second, and what is sent is what is true.
    """

    def __init__(self, seed: int, places: Sequence[Place], index: NDArray[np.int32]) -> None:
        self._seed = seed
        self._index = index
        self._rhythms = [RHYTHMS[place.rhythm] for place in places]
        self.capacity = np.array([place.site["capacity"] for place in places], dtype=np.int64)
        self._phase = stream(seed, "lot phase").integers(0, MINUTE - 1000, len(places))
        self._occupied = lru_cache(maxsize=16)(self._count)

    def uplinks(self, day: int) -> Uplinks:
        """Give what the car parks send on a day: a number on change, and each quarter of an hour at the latest."""
        occupied, times = self._occupied(day), self._times(day)
        before = np.column_stack([self.before(day), occupied[:, :-1]])
        due = (occupied != before) | (np.arange(MINUTES) % KEEP_ALIVE == 0)
        row, _ = np.nonzero(due)
        free = (self.capacity[:, None] - occupied)[due]
        return Uplinks.of(self._index[row], times[due], Frame.LOT, free, delay=20)

    def before(self, day: int) -> NDArray[np.int64]:
        """Count the vehicles as a day begins, shape (n,)."""
        return self._occupied(day - 1)[:, -1]

    def changes(self, day: int) -> Steps:
        """Give the number of vehicles after each minute's step."""
        occupied = self._occupied(day)
        row = np.repeat(np.arange(len(self.capacity)), MINUTES)
        return Steps(row, self._times(day).ravel(), occupied.ravel())

    def _times(self, day: int) -> NDArray[np.int64]:
        return day * DAY + np.arange(MINUTES) * MINUTE + self._phase[:, None]

    def _count(self, day: int) -> NDArray[np.int64]:
        """Count vehicles per minute step, shape (n, MINUTES)."""
        n = len(self.capacity)
        crowd = 0.08 * wander(self._seed, "lot day", day, rows=n, knots=1, steps=MINUTES)
        hours = 0.025 * wander(self._seed, "lot hours", day, rows=n, knots=24, steps=MINUTES)
        minutes = 0.004 * wander(self._seed, "lot minutes", day, rows=n, knots=144, steps=MINUTES)
        share = self._shares(day) * (1 + crowd + hours) + minutes
        return np.rint(self.capacity[:, None] * np.clip(share, 0.0, 1.0)).astype(np.int64)

    def _shares(self, day: int) -> NDArray[np.float64]:
        shares = [rhythm.at(local(time)) for rhythm, time in zip(self._rhythms, self._times(day), strict=True)]
        return np.array(shares).reshape(len(self.capacity), MINUTES)
