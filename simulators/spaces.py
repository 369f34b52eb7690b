"""Single parking spaces, loading zones and fire access: cars come and go by chance, and a sensor in the ground tells.

In every minute chance may bring a car or take it away, at rates that follow the hour, whatever was before: so the state
at any instant is that of the last such mark, stays are geometric with the wanted mean, and the share of time taken is
the rhythm's.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from simulators.chance import stream
from simulators.rhythm import DAY, HOUR, MINUTE, RHYTHMS, local
from simulators.steps import Steps, held
from simulators.uplink import RADIO, Frame, Uplinks, join
from simulators.weather import temperature

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulators.places import Place

KINDS = ("parking_spot", "loading_zone", "fire_access_zone")
"""Of places on which a car stands or does not."""
MINUTES = 24 * 60
HEARTBEAT = 2 * HOUR
LOOK_BACK = 30
"""Days to look back for the last mark; a space without one in that time is free."""


class Spaces:
    """All places of one car. Row i of every array is ``places[i]``; a day is counted since 1970 UTC."""

    def __init__(self, seed: int, places: Sequence[Place], index: NDArray[np.int32]) -> None:
        self._seed = seed
        self._index = index
        self._rhythms = [RHYTHMS[place.rhythm] for place in places]
        self._leave = 1 / np.array([place.habit["stay_min"] for place in places], dtype=np.float64)
        self._phase = stream(seed, "space phase").integers(0, HEARTBEAT - 1000, len(places))
        self._marks = lru_cache(maxsize=64)(self._draw)

    def uplinks(self, day: int) -> Uplinks:
        """Give what the spaces send on a day: every change at once, and a heartbeat that repeats the state."""
        changes = self.changes(day)
        change = Uplinks.of(self._index[changes.row], changes.time, Frame.SPACE_CHANGE, changes.value, delay=RADIO)
        return join([change, self._heartbeats(day, changes)])

    def before(self, day: int) -> NDArray[np.int64]:
        """Tell which spaces are taken as a day begins: 0 or 1, shape (n,)."""
        state = np.full(len(self._index), -1, dtype=np.int64)
        for past in range(day - 1, day - 1 - LOOK_BACK, -1):
            if (state >= 0).all():
                break
            state = np.where(state < 0, self._last(past), state)
        return np.maximum(state, 0)

    def changes(self, day: int) -> Steps:
        """Give the arrivals (1) and departures (0) of a day."""
        marks, first = self._marks(day), self.before(day)
        starts = np.diff(marks.row, prepend=-1) != 0
        before = np.where(starts, first[marks.row], np.roll(marks.value, 1))
        changed = marks.value != before
        return Steps(marks.row[changed], marks.time[changed], marks.value[changed])

    def _heartbeats(self, day: int, changes: Steps) -> Uplinks:
        n, beats = len(self._index), DAY // HEARTBEAT
        row = np.repeat(np.arange(n), beats)
        time = day * DAY + self._phase[row] + np.tile(np.arange(beats) * HEARTBEAT, n)
        state = held(changes, self.before(day), row, time)
        warm = np.rint(temperature(self._seed, time) + 1.5)
        return Uplinks.of(self._index[row], time, Frame.SPACE_HEARTBEAT, state, warm, delay=RADIO)

    def _last(self, day: int) -> NDArray[np.int64]:
        """Give the last mark of a day per space, -1 where there is none; shape (n,)."""
        marks = self._marks(day)
        state = np.full(len(self._index), -1, dtype=np.int64)
        state[marks.row] = marks.value  # rows are in time order: the last one stays
        return state

    def _draw(self, day: int) -> Steps:
        """Draw a day's marks: moments at which chance says taken (1) or free (0), whatever was before."""
        shape = (len(self._index), MINUTES)
        chance = stream(self._seed, "space", day)
        luck, moment = chance.random(shape), chance.integers(0, MINUTE - 1000, shape)
        time = day * DAY + np.arange(MINUTES) * MINUTE
        now = local(time)
        taken = np.array([rhythm.at(now) for rhythm in self._rhythms]).reshape(shape).clip(0.0, 0.97)
        leave = self._leave[:, None]
        arrives, leaves = luck < leave * taken / (1 - taken), luck > 1 - leave
        row, minute = np.nonzero(arrives | leaves)
        return Steps(row, time[minute] + moment[row, minute], arrives[row, minute].astype(np.int64))
