"""How much was taken out of a container."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from processing.emptied import CONFIRMED, LOOKBACK, PROPERTY, emptied, totals
from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results


def collected_volume(given: Given) -> Results:
    """Add up the level before each emptying times the container's volume. [L], shape (s, m)."""
    found, volume = emptied(given.rows[PROPERTY]), given.site("capacity_l")
    levels = totals(given, found, found.level / 100.0)
    return replace(levels, value=levels.value * volume[:, np.newaxis])


_EMPTIED_AT_SIX = {
    "filling_level": (
        ("2026-05-31T22:00", 80.0),
        ("2026-06-01T02:00", 82.0),
        ("2026-06-01T05:00", 84.0),
        ("2026-06-01T06:00", 3.0),
        ("2026-06-01T07:00", 4.0),
        ("2026-06-01T18:00", 6.0),
    )
}

INDICATOR = Indicator(
    name="collected_volume",
    title="Volume collected",
    title_de="Gesammeltes Volumen",
    description=(
        "What was taken out of the container: the sum over its emptyings of the level before times its volume, as it "
        "lay there. Mass would need a density, which differs by fraction and by how well it is pressed. Null where "
        "the volume (capacity_l) is not known. What counts as an emptying is told with the emptyings."
    ),
    unit="L",
    source="Sum of level at emptying times volume: our definition",
    version=1,
    domain="waste",
    kinds=("waste_container",),
    inputs=(PROPERTY,),
    windows=("day",),
    lookback=LOOKBACK,
    lookahead=CONFIRMED,
    series=SeriesKind.DELTA,
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=collected_volume,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            site={"capacity_l": 3000},
            rows=_EMPTIED_AT_SIX,
            value=2460.0,
        ),
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows=_EMPTIED_AT_SIX,
            value=float("nan"),
            quality=Quality.MISSING,
        ),
    ),
)
