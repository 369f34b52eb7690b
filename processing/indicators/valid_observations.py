"""How many usable observations a thing has delivered."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.heard import EVERYTHING, KINDS
from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction, Results
from processing.windows import cut
from sensors.kinds import properties
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given


def valid_observations(given: Given) -> Results:
    """Count the observations of all properties that are good enough to be used. [{observation}], shape (s, m)."""
    samples = np.zeros((len(given.sites), len(given.edges) - 1), dtype=np.int64)
    for name in (name for name in given.rows if name in properties()):
        samples += cut(given.rows[name].usable(), given.edges).samples
    known = samples > 0
    flags = np.where(known, Quality.GOOD, Quality.MISSING).astype(np.uint8)
    return Results(np.where(known, samples, np.nan), known.astype(np.float64), samples, flags)


INDICATOR = Indicator(
    name="valid_observations",
    title="Valid observations",
    title_de="Gültige Beobachtungen",
    description=(
        "Number of observations of a day, over all that a thing observes, that passed the quality control or are only "
        "doubted: what indicators can be made of. A day without any is not known, not zero: that a thing should have "
        "spoken is what completeness tells."
    ),
    unit="{observation}",
    source="Indicator rules, City-level: things that delivered valid data: our definition",
    version=1,
    domain="health",
    kinds=KINDS,
    inputs=EVERYTHING,
    every_row=True,
    windows=("day",),
    lookback=timedelta(hours=25),
    min_coverage=0.0,
    series=SeriesKind.DELTA,
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=valid_observations,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows={
                "distance": (("2026-06-01T04:00", 900.0), ("2026-06-01T05:00", 0.0)),
                "temperature": (("2026-06-01T04:00", 15.0), ("2026-06-01T05:00", 999.0), ("2026-06-01T06:00", 90.0)),
            },
            value=3.0,
        ),
    ),
)
