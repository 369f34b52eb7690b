"""One temperature for the whole city: a year, a day, and weather that comes and goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulators.chance import wander
from simulators.rhythm import DAY, MINUTE, local, summer

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEPS = 24 * 60


def temperature(seed: int, time: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give the air temperature at UTC milliseconds within one UTC day. [Cel], same shape.

    About 1 Cel in January and 18 Cel in July, as coastal Mecklenburg has it; our assumption, no record.
    """
    if not np.size(time):
        return np.zeros(np.shape(time))
    day = int(np.min(time) // DAY)
    weather = wander(seed, "weather", day, rows=1, knots=4, steps=_STEPS)[0]
    now = local(time)
    daily = np.cos(2 * np.pi * (now.hour - 15) / 24)
    warm = summer(now.year_part)
    mean: NDArray[np.float64] = 1 + 17 * warm + (1.5 + 3 * warm) * daily
    mean += 2.5 * weather[(time % DAY) // MINUTE]
    return mean
