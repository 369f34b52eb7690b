"""When containers are to be emptied, as far as their sites tell: on weekdays, or so many times a year.

Cities tell it in different grain. Rostock's register of litter bins names for summer and for winter an emptying rhythm
and how many emptyings a year that makes (rostock/datenwerft, Abfallbehaelter.leerungszeiten_sommer and _winter,
Leerungszeiten.leerungshaeufigkeit_pro_jahr); which months are summer it does not say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sensors.model import TIME
from sensors.numeric import number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

SUMMER = range(4, 10)
"""April to September. Our definition."""
DAYS_PER_YEAR = 365.25
HOUR = 6.0
"""Local hour at which a round is expected that names none. Our definition."""
UNPLANNED = 7 * 24.0
"""Hours until the next round is taken to come where nothing at all is planned. Our definition."""
LONGEST = 8
"""Weeks from one round to the next, at most."""
SEASON = 183
"""Days that a season has at most."""
MONDAY = 4
"""1970-01-05, the first Monday, in days since 1970."""


class Known(IntEnum):
    """How exactly the next round is known."""

    DAY = 0
    RATE = 1
    """Only how often in a year: the next round is taken to come after a whole interval."""
    NOTHING = 2


@dataclass(frozen=True, slots=True)
class Rounds:
    """The plans of s containers; the second axis is winter, summer."""

    weekdays: NDArray[np.bool_]
    """Whether a round comes on a weekday, Monday first; shape (s, 2, 7)."""
    every: NDArray[np.int64]
    """Weeks from round to round, 1 .. 8, shape (s,)."""
    turn: NDArray[np.int64]
    """Which of the weeks, counted from the first Monday of 1970, have a round: 0 .. every - 1, shape (s,)."""
    hour: NDArray[np.float64]
    """Local hour of the round, shape (s,)."""
    per_year: NDArray[np.float64]
    """Emptyings a year, NaN where it is not told; shape (s, 2)."""
    pauses: NDArray[np.bool_]
    """Whether a season has no rounds, as its empty list tells beside the other's weekdays; shape (s, 2)."""

    @classmethod
    def of(cls, sites: Sequence[Mapping[str, Any]]) -> Rounds:
        """Read the plans that sites tell; what cannot be read is not known."""
        summer = [_weekdays(site.get("emptying_weekdays")) for site in sites]
        winter = [_weekdays(site.get("emptying_weekdays_winter", site.get("emptying_weekdays"))) for site in sites]
        every = np.array([_weeks(site.get("emptying_every_weeks")) for site in sites], dtype=np.int64)
        week = np.array([_week(site.get("emptying_week_of")) for site in sites], dtype=np.int64)
        rates = [
            [number(site.get(f"emptyings_per_year_{season}")) for season in ("winter", "summer")] for site in sites
        ]
        per_year = np.array(rates, dtype=np.float64).reshape(-1, 2)
        weekdays = np.stack([_laid(winter), _laid(summer)], axis=1)
        empty = [[site.get(name) == [] for name in ("emptying_weekdays_winter", "emptying_weekdays")] for site in sites]
        other = np.any(weekdays, axis=2)[:, ::-1]
        return cls(
            weekdays=weekdays,
            every=every,
            turn=week % every,
            hour=np.array([_hour(site.get("emptying_hour")) for site in sites], dtype=np.float64),
            per_year=per_year,
            pauses=np.array(empty, dtype=bool).reshape(-1, 2) & other & ~(per_year > 0),
        )

    def due(self, day: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell on which local days, counted since 1970, shape (m,), a round comes for whom. [bool], shape (s, m)."""
        on_weekday = self.weekdays[:, _summer(day), (day - MONDAY) % 7]
        in_week: NDArray[np.bool_] = (day - MONDAY) // 7 % self.every[:, np.newaxis] == self.turn[:, np.newaxis]
        return on_weekday & in_week

    def planned(self, day: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give how many emptyings are planned for local days, shape (m,): a part of one where only a rate is known.

        NaN where nothing is. [{emptying}], shape (s, m)
        """
        season = _summer(day)
        return np.where(self._settled()[:, season], self.due(day), self.per_year[:, season] / DAYS_PER_YEAR)

    def until_next(self, moments: NDArray[np.int64], zone: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Give the hours from moments [ms], shape (m,), until the next round, and how it is known; each (s, m).

        In a season whose days are not told that is a whole interval, or a day of the next one where it comes sooner.
        Hours are those of the clock on the wall: one that is set on the way is not counted.
        """
        day, hour = local_clock(moments, zone)
        season = _summer(day)
        rates = self.per_year[:, season]
        interval = np.divide(DAYS_PER_YEAR * 24, rates, out=np.full(rates.shape, UNPLANNED), where=rates > 0)
        left = self._until_due(day, hour)
        comes = np.isfinite(left) & (self._settled()[:, season] | (left <= interval))
        known = np.where(comes, Known.DAY, np.where(rates > 0, Known.RATE, Known.NOTHING))
        return np.where(comes, left, interval), known

    def _settled(self) -> NDArray[np.bool_]:
        """Tell in which seasons the days of rounds are known, if only that there are none; shape (s, 2)."""
        settled: NDArray[np.bool_] = np.any(self.weekdays, axis=2) | self.pauses
        return settled

    def _until_due(self, day: NDArray[np.int64], hour: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the hours from local days and hours, shape (m,), until a round comes, infinite for never; (s, m)."""
        if not len(day):
            return np.empty((len(self.every), 0))
        first = int(day.min())
        ahead = SEASON + 2 * 7 * int(self.every.max(initial=1)) + 7
        days = np.arange(first, int(day.max()) + ahead + 1)
        due = np.where(self.due(days), days - first, len(days))
        following = np.minimum.accumulate(due[:, ::-1], axis=1)[:, ::-1]
        place = day - first + (hour >= self.hour[:, np.newaxis])
        found = np.take_along_axis(following, place, axis=1)
        left = 24.0 * (found + first - day) + self.hour[:, np.newaxis] - hour
        return np.where(found < len(days), left, np.inf)


def local_clock(moments: NDArray[np.int64], zone: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Read moments [ms UTC] on a zone's clocks: local day since 1970, and hour of the day 0 .. 24; same shape."""
    local = pd.DatetimeIndex(moments.view(TIME), tz="UTC").tz_convert(zone).tz_localize(None)
    there = local.to_numpy().astype(TIME).view(np.int64)
    return there // 86_400_000, there % 86_400_000 / 3_600_000


def _summer(day: NDArray[np.int64]) -> NDArray[np.int64]:
    """Tell which local days are of summer: 1, else 0; same shape."""
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 + 1
    return np.isin(month, list(SUMMER)).astype(np.int64)


def _weekdays(told: Any) -> list[bool]:
    named = told if isinstance(told, (list, tuple)) else [told]
    return [day in named for day in range(1, 8)]


def _laid(weekdays: Sequence[Sequence[bool]]) -> NDArray[np.bool_]:
    return np.array(weekdays, dtype=bool).reshape(-1, 7)


def _weeks(told: Any) -> int:
    return int(np.clip(number(told, 1.0), 1, LONGEST))


def _hour(told: Any) -> float:
    hour = number(told, HOUR)
    return hour if 0 <= hour <= 24 else HOUR


def _week(told: Any) -> int:
    """Count the weeks since the first Monday of 1970 of a date; 0 where it is none."""
    try:
        return ((date.fromisoformat(told) - date(1970, 1, 5)).days) // 7
    except (TypeError, ValueError):
        return 0
