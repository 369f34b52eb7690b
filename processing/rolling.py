"""The last 365 days: what a building needs in a year, told anew every day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import edges
from processing.daily import first_told
from processing.indicator import Results
from processing.local import days_before
from processing.reduction import laid_out
from processing.within import known, sums, within
from sensors.model import TIME
from sensors.quality import flag_of, severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from processing.indicator import Given
    from processing.reduction import Laid

DAYS = 365
"""Of a leap year, too: what is told stays comparable from day to day."""
LOOKBACK = timedelta(days=DAYS, hours=1)
AREA, PEOPLE = "floor_area_m2", "inhabitants"
"""Site properties that a year is divided by."""


def a_year_by(size: str, given: Given, inputs: Sequence[str]) -> Results:
    """Give the energy of 365 local days by a size of the site; of several daily inputs the first that tells. (s, m).

    It is 365 times the mean of the known days; coverage is the known part of all of them.
    """
    by = given.site(size)[:, np.newaxis]
    cover, begin, end = _days(given)
    told = first_told([laid_out(given.rows[name], cover) for name in inputs])
    value, covered = within(told.value, begin, end), within(told.coverage, begin, end, 0.0)
    count = known(value)
    yearly = DAYS * np.divide(sums(value), count, out=np.full(count.shape, np.nan), where=count > 0)
    said = by > 0
    value_by: NDArray[np.float64] = np.divide(yearly, by, out=np.full(yearly.shape, np.nan), where=said)
    return Results(
        value=value_by,
        coverage=np.where(said, sums(covered) / DAYS, 0.0),
        samples=np.where(said, sums(within(told.samples.astype(np.float64), begin, end)), 0.0).astype(np.int64),
        quality=worst(told, begin, end),
    )


def _days(given: Given) -> tuple[NDArray[np.datetime64], NDArray[np.int64], NDArray[np.int64]]:
    """Cover 365 days up to the end of each window: edges of days, and the first and the end of each window's."""
    starts = given.edges[:-1].view(np.int64)
    if not len(starts):
        return given.edges, starts, starts
    begin = days_before(starts, DAYS - 1, given.zone)
    cover = edges("day", begin[:1].view(TIME)[0], given.edges[-1], given.zone)
    every = cover.astype(TIME).view(np.int64)
    return cover, np.searchsorted(every, begin), np.searchsorted(every, given.edges[1:].view(np.int64))


def worst(laid: Laid, begin: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Roll up the flags of the columns [begin, end) of each window. [flag], shape (s, m)."""
    ranks = within(severity(laid.quality).astype(np.float64), begin, end, 0.0)
    return flag_of(ranks.max(axis=-1, initial=0.0).astype(np.uint8))
