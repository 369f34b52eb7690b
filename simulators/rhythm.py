"""When the city is awake: local time, and the daily and weekly shapes that people give to what sensors see.

The shapes are assumptions of ours, drawn to look like a German city by the sea. Public holidays are working days here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ZONE = ZoneInfo("Europe/Berlin")
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
"""Milliseconds: the city counts in whole milliseconds since 1970 UTC, so that sums are exact."""


class Local(NamedTuple):
    """Local time as people live by it; all arrays of one shape."""

    hour: NDArray[np.float64]
    """Hours since local midnight by the clock on the wall, 0..24."""
    weekday: NDArray[np.int64]
    """0 Monday ... 6 Sunday."""
    year_part: NDArray[np.float64]
    """Where in the year, 0..1."""


@cache
def _offset(hour: int) -> int:
    """Milliseconds that Berlin is ahead of UTC in an hour since 1970; changes fall on whole hours."""
    shift = datetime.fromtimestamp(hour * 3600, UTC).astimezone(ZONE).utcoffset()
    return 0 if shift is None else int(shift.total_seconds()) * 1000


def local(time: NDArray[np.int64]) -> Local:
    """Read UTC milliseconds on Rostock's clocks; same shape."""
    hours, inverse = np.unique(time // HOUR, return_inverse=True)
    offsets = np.array([_offset(int(hour)) for hour in hours], dtype=np.int64)
    there = time + offsets[inverse].reshape(np.shape(time))
    day = there // DAY
    return Local((there % DAY) / HOUR, (day + 3) % 7, np.float64(1 / 365.2425) * (day % 365.2425))


def summer(year_part: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tell how much it is summer: 0 in mid-January, 1 in mid-July. [1], same shape."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * (year_part - 0.04))


@dataclass(frozen=True, slots=True)
class Shape:
    """A day as a floor with bells on it: ``bells`` are (height, hour of the top, width in hours)."""

    floor: float
    bells: tuple[tuple[float, float, float], ...]

    def at(self, hour: NDArray[np.float64]) -> NDArray[np.float64]:
        """Height at an hour of the day; a bell reaches over midnight. Same shape."""
        height = np.full(np.shape(hour), self.floor)
        for top, centre, width in self.bells:
            apart = (hour - centre + 12) % 24 - 12
            height += top * np.exp(-0.5 * (apart / width) ** 2)
        return height


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A week: working days, Saturday, Sunday; ``winter`` is what is left of the bells' height in mid-winter."""

    working_day: Shape
    saturday: Shape
    sunday: Shape
    winter: float = 1.0

    def at(self, now: Local) -> NDArray[np.float64]:
        """Height at local times; same shape."""
        day = [now.weekday < 5, now.weekday == 5]
        height = np.select(day, [self.working_day.at(now.hour), self.saturday.at(now.hour)], self.sunday.at(now.hour))
        floor = np.select(day, [self.working_day.floor, self.saturday.floor], self.sunday.floor)
        season = self.winter + (1 - self.winter) * summer(now.year_part)
        scaled: NDArray[np.float64] = floor + (height - floor) * season
        return scaled


RHYTHMS = {
    # Car parks and spaces: share of the spaces that are taken.
    "centre": Rhythm(
        Shape(0.10, ((0.52, 11.0, 2.6), (0.42, 16.5, 2.4))),
        Shape(0.14, ((0.72, 13.0, 2.8),)),
        Shape(0.10, ((0.32, 15.0, 3.0),)),
    ),
    "commuter": Rhythm(
        Shape(0.22, ((0.55, 9.5, 2.0), (0.48, 14.5, 2.2))),
        Shape(0.24, ((0.30, 13.5, 3.0),)),
        Shape(0.22, ((0.14, 15.0, 3.2),)),
    ),
    "hospital": Rhythm(
        Shape(0.26, ((0.60, 10.0, 2.4), (0.34, 15.0, 2.2))),
        Shape(0.22, ((0.26, 15.0, 2.6),)),
        Shape(0.22, ((0.32, 15.0, 2.6),)),
    ),
    "beach": Rhythm(
        Shape(0.10, ((0.62, 14.0, 3.2),)),
        Shape(0.12, ((0.86, 14.0, 3.4),)),
        Shape(0.12, ((0.88, 14.5, 3.2),)),
        winter=0.30,
    ),
    "residential": Rhythm(
        Shape(0.48, ((0.42, 23.5, 4.2),)),
        Shape(0.60, ((0.28, 23.5, 4.5),)),
        Shape(0.66, ((0.26, 23.0, 5.0),)),
    ),
    "loading": Rhythm(
        Shape(0.05, ((0.55, 9.0, 2.0), (0.30, 14.0, 2.0))),
        Shape(0.04, ((0.40, 9.5, 1.8),)),
        Shape(0.02, ()),
    ),
    "fire_lane": Rhythm(
        Shape(0.005, ((0.07, 17.0, 2.0),)),
        Shape(0.005, ((0.10, 13.0, 3.0),)),
        Shape(0.005, ((0.05, 15.0, 3.0),)),
    ),
    # Containers: how fast they fill, 1 being the mean of a week or so.
    "household": Rhythm(
        Shape(0.15, ((1.6, 8.0, 1.6), (2.6, 18.0, 2.2))),
        Shape(0.15, ((3.4, 12.0, 3.2),)),
        Shape(0.12, ((1.8, 14.0, 3.5),)),
    ),
    "street": Rhythm(
        Shape(0.10, ((2.0, 12.5, 2.6), (1.8, 17.0, 2.6))),
        Shape(0.20, ((3.6, 15.0, 3.6),)),
        Shape(0.20, ((2.2, 15.5, 3.0),)),
        winter=0.7,
    ),
    "promenade": Rhythm(
        Shape(0.10, ((3.4, 15.0, 3.2),)),
        Shape(0.20, ((5.2, 15.0, 3.6),)),
        Shape(0.20, ((5.4, 15.5, 3.4),)),
        winter=0.25,
    ),
    # Buildings: share of the working load that is drawn on top of the base load.
    "school": Rhythm(
        Shape(0.02, ((0.60, 8.5, 1.4), (0.70, 11.5, 2.0))),
        Shape(0.02, ((0.05, 12.0, 2.5),)),
        Shape(0.01, ()),
    ),
    "office": Rhythm(
        Shape(0.03, ((0.75, 10.0, 2.0), (0.65, 14.5, 2.2))),
        Shape(0.03, ((0.08, 12.0, 2.5),)),
        Shape(0.02, ()),
    ),
    "hall": Rhythm(
        Shape(0.03, ((0.35, 10.5, 2.4), (0.85, 18.5, 2.0))),
        Shape(0.03, ((0.70, 14.0, 3.4),)),
        Shape(0.03, ((0.50, 12.0, 3.4),)),
    ),
    "dwelling": Rhythm(
        Shape(0.08, ((0.30, 7.2, 1.2), (0.65, 19.0, 2.2))),
        Shape(0.10, ((0.35, 10.0, 2.2), (0.55, 19.0, 2.4))),
        Shape(0.10, ((0.40, 11.0, 2.4), (0.55, 18.5, 2.4))),
    ),
}
"""Every rhythm by name. Source: our assumption."""
