"""How much more or less a building took than its baseline says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Grouping, Indicator, IndicatorExample, Part, Reduction, Results
from processing.reduction import laid_out
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given

ACTUAL, EXPECTED, HOURS = "baseline_actual_day", "baseline_expected_day", "baseline_hours_day"
MS_PER_HOUR = 3_600_000.0


def energy_deviation(given: Given) -> Results:
    """Subtract what was expected from what was taken, over the same hours. [kWh], shape (s, m)."""
    actual, expected, hours = (laid_out(given.rows[name], given.edges) for name in (ACTUAL, EXPECTED, HOURS))
    value = actual.value - expected.value
    told = ~np.isnan(value)
    coverage = np.nan_to_num(hours.value) * MS_PER_HOUR / np.diff(given.edges.view(np.int64).astype(np.float64))
    samples = np.where(told, actual.samples, 0)
    parts = {"expected": np.where(told, expected.value, np.nan)}
    return Results(value, np.where(told, coverage, 0.0), samples, actual.quality, parts)


_DAY = "2026-05-31T22:00"
_EXAMPLE = IndicatorExample(
    kind="energy_meter",
    window="day",
    start=_DAY,
    rows={ACTUAL: ((_DAY, 264.0),), EXPECTED: ((_DAY, 240.0),), HOURS: ((_DAY, 24.0),)},
    value=24.0,
    parts={"expected": 240.0},
)

INDICATOR = Indicator(
    name="energy_deviation",
    title="Energy against the baseline",
    title_de="Energie gegenüber der Grundlinie",
    description=(
        "Energy that the building took in the local day less what its baseline expected of the same hours, by hour of "
        "the week and weather: greater than 0 where more was taken than usual. Energy that was avoided is its "
        "opposite. Null where the baseline is not accepted. Weeks and longer, and groups, add up; what was expected "
        "stands beside it."
    ),
    unit="kWh",
    source="Avoided energy = sum(expected - actual) (ASHRAE Guideline 14, as commonly taught), here actual - expected",
    version=1,
    domain="energy",
    kinds=("energy_meter",),
    inputs=(ACTUAL, EXPECTED, HOURS),
    windows=("day",),
    lookback=timedelta(0),
    series=SeriesKind.DELTA,
    parts=(Part(name="expected", title="Energy expected", title_de="Erwartete Energie, gesamt", unit="kWh"),),
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=energy_deviation,
    examples=(
        _EXAMPLE,
        # Twelve hours only.
        replace(
            _EXAMPLE,
            rows={**_EXAMPLE.rows, HOURS: ((_DAY, 12.0),)},
            value=float("nan"),
            coverage=0.5,
            quality=Quality.MISSING,
            parts={},
        ),
    ),
)
