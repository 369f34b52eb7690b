"""What the electricity of a year by something of its site has in common: by floor area, by inhabitant."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import local_days
from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from processing.rolling import LOOKBACK, a_year_by
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Sequence

INPUTS = ("energy_day",)
_DAYS = local_days(np.datetime64("2025-06-01T22:00"), np.datetime64("2026-06-01T22:00"), "Europe/Berlin")
_YEAR = tuple((str(day), 10.0) for day in _DAYS[:-1])
"""365 days of 10 kWh, up to the first of June."""


def electricity_by(
    divisor: str, much: float, *, words: tuple[str, str, str], description: str, unit: str, source: str
) -> Indicator:
    """Declare the electricity of the last 365 days by a property of the site, of which an example has so much.

    ``words`` are name, title, and title in German.
    """
    name, title, title_de = words
    return Indicator(
        name=name,
        title=title,
        title_de=title_de,
        description=description,
        unit=unit,
        source=source,
        version=1,
        domain="energy",
        kinds=("energy_meter",),
        inputs=INPUTS,
        windows=("day",),
        lookback=LOOKBACK,
        min_coverage=0.9,
        grouping=Grouping(Reduction.MEAN, weight=divisor),
        formula=partial(a_year_by, divisor, inputs=INPUTS),
        examples=(
            _example({divisor: much}, _YEAR, 3650 / much, 1.0, Quality.GOOD),
            _example({divisor: much}, _YEAR[:-60], float("nan"), 305 / 365, Quality.MISSING),
            _example({}, _YEAR, float("nan"), 0.0, Quality.MISSING),
        ),
    )


def _example(
    site: dict[str, float], rows: Sequence[tuple[str, float]], value: float, coverage: float, quality: Quality
) -> IndicatorExample:
    return IndicatorExample(
        kind="energy_meter",
        window="day",
        start="2026-05-31T22:00",
        site=site,
        rows={INPUTS[0]: tuple(rows)},
        value=value,
        coverage=coverage,
        quality=quality,
    )
