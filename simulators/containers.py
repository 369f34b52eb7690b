"""Containers and litter bins: they fill with the rhythm of their surroundings and are emptied by a plan."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from simulators.chance import stream, wander
from simulators.rhythm import DAY, HOUR, MINUTE, RHYTHMS, local
from simulators.uplink import RADIO, Frame, Uplinks
from simulators.weather import temperature

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulators.places import Place

KIND = "waste_container"
UNIT = 1_000_000
"""Deposits are counted in millionths of a percent of the container: whole numbers, so that sums are exact."""
OVERFULL = 106 * UNIT
"""No container takes more: what comes then is put beside it."""
LOOK_BACK = 29
"""Days to look back for the last emptying: a fortnightly plan of which one round was missed."""
MISSED = 0.06
"""Share of the rounds in every second week that are missed; never two rounds in a row."""
NEVER = -1


class Containers:
    """All containers of the city. Row i of every array is ``places[i]``; a day is counted since 1970 UTC."""

    def __init__(self, seed: int, places: Sequence[Place], index: NDArray[np.int32]) -> None:
        self._seed = seed
        self._index = index
        self._rhythms = [RHYTHMS[place.rhythm] for place in places]
        self._rate = _numbers([place.habit["percent_per_day"] / 24 for place in places])
        self._plan = np.array([_week(place) for place in places], dtype=bool).reshape(len(places), 7)
        self._every = _numbers([place.habit["every_weeks"] for place in places]).astype(np.int64)
        self._round = _numbers([place.habit["round_hour"] for place in places])
        self._period = _numbers([place.habit["period_min"] for place in places]).astype(np.int64) * MINUTE
        self._empty = _numbers([place.site["distance_empty_mm"] for place in places])
        self._full = _numbers([place.site["distance_full_mm"] for place in places])
        self._phase = (stream(seed, "container phase").random(len(places)) * (self._period - 1000)).astype(np.int64)
        self._battery = stream(seed, "container battery").integers(58, 101, len(places))
        self._deposits = lru_cache(maxsize=128)(self._draw_deposits)
        self._emptying = lru_cache(maxsize=128)(self._draw_emptying)

    def uplinks(self, day: int) -> Uplinks:
        """Give what the containers send on a day: distance, temperature and battery at each one's own times."""
        row, time = self._times(day)
        chance = stream(self._seed, "container reading", day)
        filled = self._filled(day, row, time) / (100 * UNIT)
        distance = self._empty[row] - filled * (self._empty - self._full)[row] + chance.normal(0.0, 4.0, len(row))
        echo = chance.random(len(row)) < 0.004  # a fold of a bag or a lid answers before the content does
        distance = np.where(echo, distance * chance.uniform(0.3, 0.8, len(row)), distance)
        warm = np.rint(10 * (temperature(self._seed, time) + chance.normal(1.0, 0.4, len(row))))
        reading = np.rint(distance.clip(30, 9000)), warm, self._battery[row]
        return Uplinks.of(self._index[row], time, Frame.CONTAINER, *reading, delay=RADIO)

    def level(self, day: int, time: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give the true filling level at times (m,) within one day, 0..100 %; shape (n, m)."""
        n = len(self._index)
        row = np.repeat(np.arange(n), len(time))
        filled = self._filled(day, row, np.tile(time, n)).reshape(n, len(time))
        return filled.clip(0, 100 * UNIT) / UNIT

    def emptyings(self, day: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Give the emptyings of a day: row, time, and true level just before, 0..100 %; each of shape (k,)."""
        time = self._emptying(day)
        row = np.flatnonzero(time != NEVER)
        # A millisecond earlier they still had what was taken away.
        level = self._filled(day, row, time[row] - 1).clip(0, 100 * UNIT) / UNIT
        return row, time[row], level

    def _times(self, day: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Lay out a day's reports: row and time, each of shape (k,)."""
        reports = DAY // self._period
        row = np.repeat(np.arange(len(reports)), reports)
        number = np.arange(len(row)) - np.repeat(np.cumsum(reports) - reports, reports)
        return row, day * DAY + self._phase[row] + number * self._period[row]

    def _filled(self, day: int, row: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give what lies in containers at times within a day, in UNIT of a percent, up to OVERFULL; shape (k,)."""
        first = day - LOOK_BACK
        since = self._emptied(day, row, time)
        inside: NDArray[np.int64] = self._sum(first, row, time) - self._sum(first, row, since)
        return np.minimum(inside, OVERFULL)

    def _emptied(self, day: int, row: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.int64]:
        """Find the last emptying at or before each time within a day, ms, shape (k,)."""
        past = np.stack([self._emptying(day - back) for back in range(LOOK_BACK, 0, -1)])
        earlier = np.maximum(past.max(axis=0), (day - LOOK_BACK) * DAY)[row]
        today = self._emptying(day)[row]
        return np.where((today != NEVER) & (today <= time), today, earlier)

    def _sum(self, first: int, row: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.int64]:
        """Add up deposits from the start of day ``first`` until times in the following days, shape (k,)."""
        hourly = np.concatenate([self._deposits(first + i) for i in range(LOOK_BACK + 1)], axis=1)
        total = np.concatenate([np.zeros((len(hourly), 1), dtype=np.int64), np.cumsum(hourly, axis=1)], axis=1)
        hour, rest = np.divmod(time - first * DAY, HOUR)
        result: NDArray[np.int64] = total[row, hour] + hourly[row, hour] * rest // HOUR
        return result

    def _draw_deposits(self, day: int) -> NDArray[np.int64]:
        """Draw how much is thrown in per hour of a day, in UNIT of a percent, shape (n, 24)."""
        n = len(self._index)
        now = local(day * DAY + np.arange(24) * HOUR)
        height = np.array([rhythm.at(now) for rhythm in self._rhythms]).reshape(n, 24)
        luck = stream(self._seed, "deposit", day).gamma(3.0, 1 / 3.0, (n, 24))
        mood = np.exp(0.25 * wander(self._seed, "deposit day", day, rows=n, knots=1, steps=24))
        percent: NDArray[np.float64] = self._rate[:, None] * height * luck * mood
        return np.rint(percent * UNIT).astype(np.int64)

    def _draw_emptying(self, day: int) -> NDArray[np.int64]:
        """Draw when containers are emptied on a day, ms, NEVER where they are not; shape (n,)."""
        chance = stream(self._seed, "emptying", day)
        luck, late = chance.random(len(self._index)), chance.normal(0.0, 20.0, len(self._index)).clip(-40, 40)
        week = (day + 3) // 7
        turn = self._plan[:, (day + 3) % 7] & (week % self._every == 0)
        missed = (luck < MISSED) & (week // self._every % 2 == 0)
        start = day * DAY + (self._round * HOUR + late * MINUTE).astype(np.int64)
        return np.where(turn & ~missed, start, NEVER)


def _numbers(values: Sequence[float]) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64)


def _week(place: Place) -> list[bool]:
    return [day in place.habit["weekdays"] for day in range(7)]
