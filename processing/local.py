"""What the clocks and the calendar of a zone say at instants: local day, hour, weekday, and public holidays of a Land.

An hour is that of the clock on the wall: on the day on which clocks are set forward none begins at 2, on the day on
which they are set back two do. What counts real hours counts windows (``calendar``), not these.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING

import holidays
import numpy as np
import pandas as pd

from processing.region import LANDS
from sensors.model import TIME

if TYPE_CHECKING:
    from numpy.typing import NDArray

MS_PER_HOUR = 3_600_000
MS_PER_DAY = 24 * MS_PER_HOUR
_QUARTER = MS_PER_HOUR // 4
_THURSDAY = 3
"""The weekday of 1970-01-01."""


class DayType(IntEnum):
    """What a day is like, as far as people's week goes."""

    WORKING_DAY = 0
    """Monday to Friday, but no public holiday."""
    SATURDAY = 1
    """But no public holiday."""
    SUNDAY = 2
    """Sunday or public holiday."""


@dataclass(frozen=True, slots=True)
class Local:
    """Instants as people of a zone tell them; every array has the shape that was asked for."""

    time: NDArray[np.int64]
    """What the clock on the wall says, as milliseconds since its own 1970-01-01T00:00."""

    @property
    def day(self) -> NDArray[np.int64]:
        """Local days since 1970-01-01."""
        return self.time // MS_PER_DAY

    @property
    def hour(self) -> NDArray[np.float64]:
        """Hours since midnight by the clock on the wall. [h], 0 .. 24."""
        hour: NDArray[np.float64] = self.time % MS_PER_DAY / MS_PER_HOUR
        return hour

    @property
    def weekday(self) -> NDArray[np.int64]:
        """0 for Monday to 6 for Sunday."""
        return (self.day + _THURSDAY) % 7

    @property
    def hour_of_week(self) -> NDArray[np.int64]:
        """0 for the hour that begins on Monday at 0:00 to 167 for the last one on Sunday."""
        return self.weekday * 24 + self.time % MS_PER_DAY // MS_PER_HOUR

    @property
    def month(self) -> NDArray[np.int64]:
        """1 for January to 12 for December."""
        return self._dates().astype("datetime64[M]").astype(np.int64) % 12 + 1

    @property
    def year(self) -> NDArray[np.int64]:
        """The year, 2026."""
        return self._dates().astype("datetime64[Y]").astype(np.int64) + 1970

    def _dates(self) -> NDArray[np.datetime64]:
        return self.day.astype("datetime64[D]")

    def is_between(self, begin: float, end: float) -> NDArray[np.bool_]:
        """Tell where the hour of the clock lies in [begin, end), which may reach over midnight: 22, 6. [bool]."""
        hour = self.hour
        inside = (hour >= begin, hour < end)
        return inside[0] & inside[1] if begin <= end else inside[0] | inside[1]

    def is_holiday(self, land: str) -> NDArray[np.bool_]:
        """Tell which instants lie on a public holiday of a German Land ("MV"). [bool].

        Raises ValueError for a Land that the library ``holidays`` does not know.
        """
        years = np.unique(self.year).tolist()
        free = [day for year in years for day in _holidays(land, year)]
        return np.isin(self.day, np.array(free, dtype=np.int64))

    def day_type(self, land: str) -> NDArray[np.int64]:
        """Give the DayType of each instant in a German Land, where a public holiday counts as Sunday."""
        free = self.is_holiday(land) | (self.weekday == 6)
        of_week = np.where(self.weekday == 5, DayType.SATURDAY, DayType.WORKING_DAY)
        return np.where(free, DayType.SUNDAY, of_week).astype(np.int64)


def local(times: NDArray[np.int64], zone: str) -> Local:
    """Read instants [ms since 1970 UTC] on the clocks of a zone; any shape."""
    flat = np.ravel(times)
    quarters = flat // _QUARTER
    first, count = (int(quarters.min()), int(np.ptp(quarters)) + 1) if len(flat) else (0, 0)
    if count > len(flat):
        return Local(_there(flat, zone).reshape(np.shape(times)))
    # Many instants in a short time: clocks are set at full quarter hours, so it is enough to ask once for each.
    marks = (first + np.arange(count)) * _QUARTER
    ahead = _there(marks, zone) - marks
    return Local((flat + ahead[quarters - first]).reshape(np.shape(times)))


def _there(times: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """Give what the clocks of a zone say at instants [ms], shape (n,)."""
    instants = pd.DatetimeIndex(times.view(TIME), tz="UTC")
    clocks: NDArray[np.int64] = instants.tz_convert(zone).tz_localize(None).to_numpy().astype(TIME).view(np.int64)
    return clocks


@cache
def _holidays(land: str, year: int) -> tuple[int, ...]:
    """Name the public holidays of a Land in a year as days since 1970-01-01."""
    try:
        found = holidays.country_holidays("DE", subdiv=land, years=year)
    except NotImplementedError:
        raise ValueError(f"no Land is called '{land}'. Known: {', '.join(LANDS)}") from None
    return tuple(int(np.datetime64(day, "D").astype(np.int64)) for day in found)


def days_before(midnights: NDArray[np.int64], days: int, zone: str) -> NDArray[np.int64]:
    """Give the instants [ms] at which the local days some days before those that begin at ``midnights`` began; (m,)."""
    there = pd.DatetimeIndex((_there(midnights, zone) - days * MS_PER_DAY).view(TIME))
    first = np.ones(len(midnights), dtype=bool)
    instants = there.normalize().tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    found: NDArray[np.int64] = instants.tz_convert("UTC").tz_localize(None).to_numpy().astype(TIME).view(np.int64)
    return found


def months_before(times: NDArray[np.int64], months: int, zone: str) -> NDArray[np.int64]:
    """Give the instants [ms] at which the local months some months before those of instants began; shape (m,)."""
    month = _there(times, zone).view(TIME).astype("datetime64[M]") - months
    first = np.ones(len(month), dtype=bool)
    midnights = pd.DatetimeIndex(month.astype(TIME)).tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    found: NDArray[np.int64] = midnights.tz_convert("UTC").tz_localize(None).to_numpy().astype(TIME).view(np.int64)
    return found
