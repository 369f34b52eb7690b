"""Electricity meters of buildings: a base load, working hours on top, and a register that only ever grows.

A day's energy is drawn first and then spread over its quarter hours, so the register can be read at any instant without
adding up years of quarter hours.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from simulators.chance import stream
from simulators.rhythm import DAY, MINUTE, RHYTHMS, local, summer
from simulators.uplink import Frame, Uplinks, join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulators.places import Place
    from simulators.rhythm import Local, Rhythm

KIND = "energy_meter"
QUARTER = 15 * MINUTE
QUARTERS = 96
FIRST_DAY = 18_262
"""2020-01-01: the registers started then, nothing can be asked before."""
SECOND_FRAME = 4_000
"""Milliseconds from a LoRaWAN meter's energy frame to its power frame."""


class Meters:
    """All meters of the city. Row i of every array is ``places[i]``; a day is counted since 1970 UTC."""

    def __init__(self, seed: int, places: Sequence[Place], index: NDArray[np.int32]) -> None:
        self._seed = seed
        self._index = index
        self._rhythms = [RHYTHMS[place.rhythm] for place in places]
        self._base = np.array([place.habit["base_w"] for place in places], dtype=np.float64)
        self._work = np.array([place.habit["work_w"] for place in places], dtype=np.float64)
        self._plain = np.array([place.network == "plain" for place in places], dtype=bool)
        self._start = stream(seed, "register").integers(20_000_000, 400_000_000, len(places))
        self._phase = stream(seed, "meter phase").integers(2000, QUARTER - 1000, len(places))
        self._delay = stream(seed, "meter delay").integers(2000, 5 * MINUTE, len(places))
        self._week = np.array([_daily_means(rhythm) for rhythm in self._rhythms]).reshape(len(places), 3)
        self._registers = lru_cache(maxsize=16)(self._read_registers)

    def uplinks(self, day: int) -> Uplinks:
        """Give what the meters send on a day: plain ones at their own moments, LoRaWAN ones the reading of the mark."""
        return join([self._own_moments(day), self._marks(day)])

    def energy(self, day: int, row: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.int64]:
        """Read registers at times within a day, in Wh; shape (k,)."""
        register = self._registers(day)
        quarter, rest = np.divmod(time - day * DAY, QUARTER)
        step = register[row, quarter + 1] - register[row, quarter]
        result: NDArray[np.int64] = register[row, quarter] + step * rest // QUARTER
        return result

    def power(self, day: int, row: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the power drawn at times within a day in W: constant over a quarter hour; shape (k,)."""
        step = np.diff(self._registers(day), axis=1)
        result: NDArray[np.int64] = 4 * step[row, (time - day * DAY) // QUARTER]
        return result

    def register(self, day: int, time: NDArray[np.int64]) -> NDArray[np.int64]:
        """Read every register at times (m,) within a day, in Wh; shape (n, m)."""
        row = np.repeat(np.arange(len(self._index)), len(time))
        return self.energy(day, row, np.tile(time, len(self._index))).reshape(len(self._index), len(time))

    def _own_moments(self, day: int) -> Uplinks:
        row = np.repeat(np.flatnonzero(self._plain), QUARTERS)
        time = day * DAY + self._phase[row] + np.tile(np.arange(QUARTERS) * QUARTER, int(self._plain.sum()))
        energy, power = self.energy(day, row, time), self.power(day, row, time)
        return Uplinks.of(self._index[row], time, Frame.METER, energy, power, delay=20)

    def _marks(self, day: int) -> Uplinks:
        """Give two frames for each quarter-hour mark: the register, and the power drawn from the mark on."""
        row = np.repeat(np.flatnonzero(~self._plain), QUARTERS)
        time = day * DAY + np.tile(np.arange(QUARTERS) * QUARTER, int((~self._plain).sum()))
        device, late = self._index[row], self._delay[row]
        energy = Uplinks.of(device, time, Frame.METER_ENERGY, self.energy(day, row, time), delay=late)
        power = self.power(day, row, time)
        return join([energy, Uplinks.of(device, time, Frame.METER_POWER, power, delay=late + SECOND_FRAME)])

    def _read_registers(self, day: int) -> NDArray[np.int64]:
        """Read every register at the quarter-hour marks of a day and at its end, in Wh; shape (n, 97)."""
        if day < FIRST_DAY:
            raise ValueError("the simulated meters were installed on 2020-01-01: ask for a time after that")
        days = self._days(day)
        weights = np.cumsum(self._weights(day), axis=1)
        within = np.floor(days[-1][:, None] * weights / weights[:, -1:]).astype(np.int64)
        begin = self._start + days[:-1].sum(axis=0)
        marks = np.column_stack([np.zeros(len(begin), dtype=np.int64), within])
        registers: NDArray[np.int64] = begin[:, None] + marks
        return registers

    def _days(self, last: int) -> NDArray[np.int64]:
        """Draw the energy of every day since the first up to ``last``, in Wh; shape (days, n)."""
        days = np.arange(FIRST_DAY, last + 1)
        now = local(days * DAY + DAY // 2)
        part = self._week[:, np.clip(now.weekday - 4, 0, 2)].T
        luck = stream(self._seed, "meter day").standard_normal((len(days), len(self._base)))
        load = self._base + self._work * part * _season(now)[:, None]
        drawn: NDArray[np.int64] = np.rint(24 * load * np.exp(0.06 * luck)).astype(np.int64)
        return drawn

    def _weights(self, day: int) -> NDArray[np.float64]:
        """Draw how a day's energy is spread over its quarter hours, shape (n, 96)."""
        now = local(day * DAY + np.arange(QUARTERS) * QUARTER)
        busy = np.array([rhythm.at(now) for rhythm in self._rhythms]).reshape(len(self._base), QUARTERS)
        luck = stream(self._seed, "meter quarter", day).standard_normal(busy.shape)
        load: NDArray[np.float64] = (self._base[:, None] + self._work[:, None] * busy) * np.exp(0.07 * luck)
        return load


def _daily_means(rhythm: Rhythm) -> list[float]:
    hour = np.arange(96) / 4
    return [float(shape.at(hour).mean()) for shape in (rhythm.working_day, rhythm.saturday, rhythm.sunday)]


def _season(now: Local) -> NDArray[np.float64]:
    """Light and heating pumps make winter the dearer half of the year."""
    return 1.15 - 0.3 * summer(now.year_part)
