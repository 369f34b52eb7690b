"""How often a container was emptied that could have waited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processing.emptied import CONFIRMED, LOOKBACK, PROPERTY, emptied, totals
from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from sensors.model import SeriesKind

if TYPE_CHECKING:
    from processing.indicator import Given, Results

AVOIDABLE = 40.0
"""Per cent below which an emptying could have waited."""


def avoidable_emptyings(given: Given) -> Results:
    """Count the emptyings of containers that were less than 40 % full. [{emptying}], shape (s, m)."""
    found = emptied(given.rows[PROPERTY])
    return totals(given, found, (found.level < AVOIDABLE).astype(float))


_EMPTIED_HALF_FULL = {
    "filling_level": (
        ("2026-05-31T22:00", 36.0),
        ("2026-06-01T02:00", 37.0),
        ("2026-06-01T05:00", 38.0),
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
    name="avoidable_emptyings",
    title="Avoidable emptyings",
    title_de="Vermeidbare Leerungen",
    description=(
        "Emptyings of the container while it was less than 40 % full, so that the round could have passed it by. An "
        "emptying shows only as a drop of 30 percentage points or more, so those of a container below 30 % are not "
        "seen at all: the count is a lower bound. What counts as an emptying is told with the emptyings."
    ),
    unit="{emptying}",
    source="Collection efficiency, share of emptyings below 40 %: our definition",
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
    formula=avoidable_emptyings,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows=_EMPTIED_HALF_FULL,
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
