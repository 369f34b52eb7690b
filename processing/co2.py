"""How much carbon dioxide a kilowatt hour stands for, by carrier and year: a table with its sources beside this file.

The Umweltbundesamt revises its series every spring: the newest year is estimated, the one before it provisional. Who
changes the table raises the version of the indicator, so that old and new results can be told apart.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TABLE = Path(__file__).with_name("co2_factors.csv")
FINAL = "final"


class Factor(NamedTuple):
    """What holds for the years from the first to the last."""

    carrier: str
    first_year: int
    last_year: int
    g_per_kwh: float
    state: str
    """``final``, ``provisional`` or ``estimated``."""
    source: str


@cache
def table() -> tuple[Factor, ...]:
    """Read the table, by carrier and year."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [
            Factor(row[0], int(row[1]), int(row[2]), float(row[3]), row[4], row[5])
            for row in list(csv.reader(file))[1:]
        ]
    return tuple(sorted(rows))


def factors(carrier: str, years: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Give the factor of each year [g/kWh] and whether it is not final yet; each of shape (m,).

    A year after the last one told takes the factor of that, not final; before the first there is none: NaN.
    """
    known = [factor for factor in table() if factor.carrier == carrier]
    place = np.searchsorted([factor.first_year for factor in known], years, side="right") - 1
    grams = np.array([*(factor.g_per_kwh for factor in known), np.nan])[place]
    open_ended = np.array([*(factor.state != FINAL for factor in known), False])[place]
    late = years > np.array([*(factor.last_year for factor in known), 1 << 30])[place]
    return grams, open_ended | late
