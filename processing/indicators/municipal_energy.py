"""What the buildings of a group take from the grid for each square metre."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from processing.calendar import ROLLED
from processing.indicator import Indicator, IndicatorExample, Results
from processing.reduction import known_time, local_only
from processing.windows import cut, worst_flag
from sensors.quality import Quality, flag_of, severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given
    from processing.windows import Cut

INPUT = "energy_day"
AREA = "floor_area_m2"


def municipal_energy(given: Given) -> Results:
    """Divide the energy of all meters with a floor area by the sum of these areas. [kWh/m2], shape (groups, m).

    Coverage is the known part of the meters' time, weighted by area.
    """
    rows = local_only(given.rows[INPUT], given.zone)
    pieces, area = cut(rows, given.edges), np.nan_to_num(given.site(AREA))
    if len(given.cells):
        area = np.where(given.cells < 0, area, 0.0)
    counts = (area > 0)[rows.series]
    whole = given.members.total(np.broadcast_to(area[:, np.newaxis], pieces.shape))
    energy = _summed(given, pieces, np.where(counts, rows.value, 0.0))
    heard = _summed(given, pieces, counts.astype(np.float64)) > 0
    value = np.divide(energy, whole, out=np.full(whole.shape, np.nan), where=heard & (whole > 0))
    known = _summed(given, pieces, known_time(rows, given.zone) * area[rows.series])
    coverage = np.divide(known, whole * np.diff(pieces.edges), out=np.zeros(whole.shape), where=whole > 0)
    samples = _summed(given, pieces, np.zeros(len(rows)) if rows.samples is None else rows.samples * counts)
    told = np.where((area > 0)[:, np.newaxis], severity(worst_flag(pieces)), 0.0)
    worst = np.maximum(given.members.greatest(told), 0).astype(np.uint8)
    return Results(value, coverage, np.rint(samples).astype(np.int64), flag_of(worst))


def _summed(given: Given, pieces: Cut, column: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.float64]:
    """Add up a column of the rows, shape (n,), by group and window; shape (groups, m)."""
    things, windows = pieces.shape
    sums = np.bincount(pieces.cell(), weights=column, minlength=things * (windows + 2)).astype(np.float64)
    return given.members.total(sums.reshape(things, windows + 2)[:, 1:-1])


_DAYS = tuple(f"2026-06-{day:02}T22:00" for day in range(7, 14))
_TWO: dict[str, Any] = {INPUT: (tuple((day, 10.0) for day in _DAYS), tuple((day, 30.0) for day in _DAYS))}
"""Days of two meters."""

INDICATOR = Indicator(
    name="municipal_energy",
    title="Energy of buildings by floor area",
    title_de="Energie der Gebäude je Fläche",
    description=(
        "Electricity that the metered buildings of a site, a district, an operator or the city took from the grid in a "
        "week or longer, divided by the sum of their floor areas (floor_area_m2). Meters without an area, and those of "
        "households, are left out of both. What was not measured is missing from the sum and from the coverage; it is "
        "a quotient of sums, not a mean of quotients."
    ),
    unit="kW.h/m2",
    source="ISO 37120 chapter Energy counts public buildings alike (text not verified); indicator rules, City-level",
    version=2,
    domain="energy",
    kinds=("energy_meter",),
    inputs=(INPUT,),
    windows=ROLLED,
    lookback=timedelta(0),
    of_groups=True,
    formula=municipal_energy,
    examples=(
        IndicatorExample(
            kind="energy_meter",
            window="week",
            start="2026-06-07T22:00",
            members=2,
            site={AREA: 100},
            rows=_TWO,
            value=1.4,
        ),
        IndicatorExample(
            kind="energy_meter",
            window="week",
            start="2026-06-07T22:00",
            members=2,
            rows=_TWO,
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
