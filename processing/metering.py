"""What an energy meter has counted in each window, and how much of the window it speaks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from processing.counter import counted, flags, without_glitches
from processing.windows import MS_PER_HOUR, cut, overlap, worst_flag

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given

INPUT = "total_active_energy_import"
LONGEST_GAP = np.timedelta64(12, "h")
"""Time between two readings over which energy is still spread evenly, though not counted as known. Our definition."""
SHORTEST_RISE = 0.25
"""Hours: a coarse counter may rise by one step at once, so a rise is judged as if it took a quarter hour at least."""


@dataclass(frozen=True, slots=True)
class Metered:
    """Energy of s meters in m windows; every matrix has shape (s, m)."""

    energy: NDArray[np.float64]
    """kWh, NaN where nothing is known of it."""
    coverage: NDArray[np.float64]
    samples: NDArray[np.int64]
    quality: NDArray[np.uint8]


def metered(given: Given, edges: NDArray[np.datetime64]) -> Metered:
    """Spread what was counted between readings evenly over the time between them, and gather it in windows.

    Readings further apart than the property's hold leave the time between them unknown; up to 12 h their energy is
    still spread. Between two meters of one place (``exchanges``) nothing is known. A rise beyond what the connection
    can carry (``max_power_kw``) counts nothing and is not known.
    """
    max_gap = given.max_hold(INPUT)
    rows = without_glitches(given.rows[INPUT], max_gap, given.exchanges)
    steps = counted(rows, given.site("counter_modulus_kwh"), given.exchanges)
    hours = (steps.until - rows.time) / MS_PER_HOUR
    possible = ~(steps.amount > given.site("max_power_kw")[rows.series] * np.maximum(hours, SHORTEST_RISE))
    spread = np.where(possible, steps.lasting(rows, LONGEST_GAP), rows.time)
    known = np.where(possible, steps.lasting(rows, max_gap), rows.time)
    pieces = cut(rows.with_quality(flags(rows, steps)), edges)
    power = np.divide(steps.amount, hours, out=np.zeros(len(rows)), where=hours > 0)
    reached = overlap(pieces, spread)
    energy = np.where(reached > 0, overlap(pieces, spread, power) / MS_PER_HOUR, np.nan)
    return Metered(energy, overlap(pieces, known) / np.diff(pieces.edges), pieces.samples, worst_flag(pieces, spread))
