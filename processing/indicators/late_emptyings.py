"""How often a container was emptied only after it had overflowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processing.emptied import CONFIRMED, LOOKBACK, PROPERTY, emptied, totals
from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from processing.level import OVERFLOWING
from sensors.model import SeriesKind

if TYPE_CHECKING:
    from processing.indicator import Given, Results


def late_emptyings(given: Given) -> Results:
    """Count the emptyings of containers that were overflowing. [{emptying}], shape (s, m)."""
    found = emptied(given.rows[PROPERTY])
    return totals(given, found, (found.level >= OVERFLOWING).astype(float))


_EMPTIED_OVERFULL = {
    "filling_level": (
        ("2026-05-31T22:00", 94.0),
        ("2026-06-01T02:00", 96.0),
        ("2026-06-01T05:00", 98.0),
        ("2026-06-01T06:00", 3.0),
        ("2026-06-01T07:00", 4.0),
        ("2026-06-01T18:00", 6.0),
    )
}

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
    name="late_emptyings",
    title="Late emptyings",
    title_de="Verspätete Leerungen",
    description=(
        "Emptyings of the container when it had overflowed: the median of the three readings before is 95 % or more. "
        "What counts as an emptying is told with the emptyings."
    ),
    unit="{emptying}",
    source="Collection efficiency, share of emptyings after an overflow: our definition",
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
    formula=late_emptyings,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows=_EMPTIED_OVERFULL,
            value=1.0,
        ),
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows=_EMPTIED_AT_SIX,
            value=0.0,
        ),
    ),
)
