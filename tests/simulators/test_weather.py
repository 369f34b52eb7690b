from __future__ import annotations

import numpy as np

from simulators.rhythm import DAY, HOUR
from simulators.weather import temperature

JANUARY, JULY = 20_470, 20_650
"""2026-01-17 and 2026-07-16, counted since 1970."""


def mean_of(day: int) -> float:
    return float(np.mean([temperature(1, d * DAY + np.arange(24) * HOUR).mean() for d in range(day, day + 10)]))


def test_july_is_warm_and_january_is_not():
    assert -4 < mean_of(JANUARY) < 6
    assert 14 < mean_of(JULY) < 22


def test_noon_is_warmer_than_the_night():
    day = temperature(1, JULY * DAY + np.array([2, 13]) * HOUR)
    assert day[1] > day[0]


def test_no_time_gives_no_temperature():
    assert temperature(1, np.zeros(0, dtype=np.int64)).shape == (0,)
