"""How many of a group's planned emptyings took place."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from processing.calendar import ROLLED
from processing.indicator import Indicator, IndicatorExample
from processing.shares import share
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results

PART, WHOLE = "emptyings_day", "planned_emptyings_day"


def plan_fulfilment(given: Given) -> Results:
    """Divide a group's emptyings by those that were planned. [1], shape (groups, m)."""
    return share(given, PART, WHOLE)


_DAYS = tuple(f"2026-06-{day:02}T22:00" for day in range(7, 14))
_OF_TWO: dict[str, Any] = {
    PART: (
        tuple(zip(_DAYS, (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), strict=True)),
        tuple(zip(_DAYS, (2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), strict=True)),
    ),
    WHOLE: (
        tuple(zip(_DAYS, (1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0), strict=True)),
        tuple(zip(_DAYS, (1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0), strict=True)),
    ),
}
"""Rows of two containers."""

INDICATOR = Indicator(
    name="plan_fulfilment",
    title="Emptyings as planned",
    title_de="Planerfüllung der Leerungen",
    description=(
        "Collection efficiency: the emptyings of a site, a district, an operator or the city that its containers show, "
        "divided by those that its plan has for the same days, over a week or longer. Less than 1 are rounds that left "
        "containers out, which of half empty ones may be intended; more are further rounds. Containers without a plan "
        "are left out."
    ),
    unit="1",
    source="Comparison with the register's emptyings a year, rostock/datenwerft Leerungszeiten: our definition",
    version=1,
    domain="waste",
    kinds=("waste_container",),
    inputs=(PART, WHOLE),
    windows=ROLLED,
    lookback=timedelta(0),
    of_groups=True,
    formula=plan_fulfilment,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="week",
            start="2026-06-07T22:00",
            members=2,
            rows=_OF_TWO,
            value=0.75,
        ),
        IndicatorExample(
            kind="waste_container",
            window="week",
            start="2026-06-07T22:00",
            rows={PART: tuple((day, 0.0) for day in _DAYS), WHOLE: tuple((day, 0.0) for day in _DAYS)},
            value=float("nan"),
            quality=Quality.MISSING,
        ),
    ),
)
