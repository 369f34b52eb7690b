"""When the sun rises and sets at places, as columns, and how much daylight there was until an instant.

The equations are those of the solar calculator of NOAA's Global Monitoring Laboratory, after Jean Meeus, Astronomical
Algorithms: within a minute between the polar circles. Sunrise and sunset are when the upper limb touches a level
horizon, with refraction: 90.833 degrees from the zenith.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MS_PER_DAY = 86_400_000
MS_PER_MINUTE = 60_000
ZENITH = np.radians(90.833)
MIDNIGHT = 180.0
"""Degrees from noon."""
J2000 = 10_957.5
"""Days from 1970-01-01T00:00 to 2000-01-01T12:00 UTC."""
DAYS_PER_CENTURY = 36_525.0


class Sun(NamedTuple):
    """Where the sun stands at instants."""

    declination: NDArray[np.float64]
    """rad"""
    equation_of_time: NDArray[np.float64]
    """Minutes that the sundial is ahead of the mean sun."""


def sun(day: NDArray[np.float64]) -> Sun:
    """Tell where the sun stands at instants in days since 1970 UTC; any shape."""
    century = (day - J2000) / DAYS_PER_CENTURY
    longitude = np.radians(280.46646 + century * (36_000.76983 + century * 0.0003032))
    anomaly = np.radians(357.52911 + century * (35_999.05029 - 0.0001537 * century))
    eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century)
    centre = (
        np.sin(anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century))
        + np.sin(2 * anomaly) * (0.019993 - 0.000101 * century)
        + np.sin(3 * anomaly) * 0.000289
    )
    node = np.radians(125.04 - 1934.136 * century)
    apparent = longitude + np.radians(centre - 0.00569 - 0.00478 * np.sin(node))
    seconds = 21.448 - century * (46.815 + century * (0.00059 - century * 0.001813))
    oblique = np.radians(23 + (26 + seconds / 60) / 60 + 0.00256 * np.cos(node))
    y = np.tan(oblique / 2) ** 2
    equation = (
        y * np.sin(2 * longitude)
        - 2 * eccentricity * np.sin(anomaly)
        + 4 * eccentricity * y * np.sin(anomaly) * np.cos(2 * longitude)
        - 0.5 * y * y * np.sin(4 * longitude)
        - 1.25 * eccentricity**2 * np.sin(2 * anomaly)
    )
    return Sun(np.arcsin(np.sin(oblique) * np.sin(apparent)), 4 * np.degrees(equation))


@dataclass(frozen=True, slots=True)
class Daylight:
    """Sunrise and sunset at s places on d days in a row. [ms since 1970 UTC], shape (s, d)."""

    first: int
    """The first of the days, since 1970."""
    rise: NDArray[np.int64]
    set: NDArray[np.int64]
    """As late as sunrise where the sun does not rise; where it does not set, when the next day begins."""
    rises: NDArray[np.bool_]
    """Whether the sun does rise then, or is up before or never."""
    sets: NDArray[np.bool_]

    def lasting(self, margin: int) -> Daylight:
        """Let days begin some milliseconds after sunrise and end so long before sunset; less than 0: earlier, later.

        No day reaches over its noon, or over the middle of a night. Where the sun does not rise or set, none changes.
        """
        noon, night = (self.rise + self.set) // 2, (self.set[:, :-1] + self.rise[:, 1:]) // 2
        rise = np.where(self.rises, np.minimum(self.rise + margin, noon), self.rise)
        down = np.where(self.sets, np.maximum(self.set - margin, noon), self.set)
        rise[:, 1:], down[:, :-1] = np.maximum(rise[:, 1:], night), np.minimum(down[:, :-1], night)
        return Daylight(self.first, rise, down, self.rises, self.sets)

    def until(self, place: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give how much daylight there was at places, by index, from the second day on until instants [ms]. [ms].

        The instants lie on the third day or later, and not after the last but one; any shape.
        """
        length = self.set - self.rise
        whole = np.cumsum(length, axis=1)
        day = time // MS_PER_DAY - self.first
        passed = whole[place, day - 2]
        # In a zone far from Greenwich the sun may rise before midnight UTC, or set after it.
        for near in (day - 1, day, day + 1):
            passed = passed + np.clip(time - self.rise[place, near], 0, length[place, near])
        return passed


def daylight(places: NDArray[np.float64], first: int, days: int) -> Daylight:
    """Tell sunrise and sunset at places (longitude, latitude), shape (s, 2), on days counted since 1970, local noon."""
    longitude, latitude = places[:, :1], np.radians(places[:, 1:])
    noon = first + np.arange(days) + 0.5 - longitude / 360
    rise, down = noon, noon
    for _ in range(2):
        before, eastern = _minutes(rise, latitude, 1.0)
        after, western = _minutes(down, latitude, -1.0)
        rise, down = noon - before / 1440, noon - after / 1440
    begin, end = _milliseconds(rise), _milliseconds(down)
    through = (western[:, :-1] == MIDNIGHT) & (eastern[:, 1:] == MIDNIGHT)
    end[:, :-1] = np.where(through, begin[:, 1:], end[:, :-1])
    return Daylight(first, begin, end, *((angle > 0) & (angle < MIDNIGHT) for angle in (eastern, western)))


def _minutes(
    day: NDArray[np.float64], latitude: NDArray[np.float64], sign: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Tell how long before noon of the mean sun the sun rises (sign 1) or sets (-1), by its position at an instant.

    The second array is the angle to noon [degrees]: 0 where it does not rise, 180 where it does not set.
    """
    there = sun(day)
    cosine = np.cos(ZENITH) / (np.cos(latitude) * np.cos(there.declination)) - np.tan(latitude) * np.tan(
        there.declination
    )
    angle = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    minutes: NDArray[np.float64] = sign * 4 * angle + there.equation_of_time
    return minutes, angle


def _milliseconds(day: NDArray[np.float64]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.rint(day * MS_PER_DAY).astype(np.int64)
    return found
