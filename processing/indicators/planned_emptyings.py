"""How often a container was to be emptied."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction, Results
from processing.rounds import Rounds, local_clock
from processing.windows import coverage, cut, worst_flag
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given

PROPERTY = "filling_level"


def planned_emptyings(given: Given) -> Results:
    """Count the rounds that are planned for each local day. [{emptying}], shape (s, m)."""
    rows, hold = given.rows[PROPERTY], given.max_hold(PROPERTY)
    pieces = cut(rows, given.edges)
    day, _ = local_clock(pieces.start, given.zone)
    value = Rounds.of(given.sites).planned(day).reshape(pieces.shape)
    known = coverage(pieces, hold)
    value = np.where(known > 0, value, np.nan)
    return Results(value, known, pieces.samples, worst_flag(pieces, pieces.until(hold)))


_ALL_DAY = {
    PROPERTY: (("2026-05-31T22:00", 40.0), ("2026-06-01T08:00", 42.0), ("2026-06-01T18:00", 44.0)),
}

INDICATOR = Indicator(
    name="planned_emptyings",
    title="Planned emptyings",
    title_de="Geplante Leerungen",
    description=(
        "Emptyings that the site's plan has for the day: 1 on the weekdays of its rounds in the weeks that have one, "
        "else 0, also in a season with an empty list of weekdays. Where the plan says only how many a year, in summer "
        "(April to September) and in winter, every day has its part of one. It is there for comparison with the "
        "emptyings that were seen, so it counts only days whose readings are known as theirs are; without a plan it is "
        "null."
    ),
    unit="{emptying}",
    source="rostock/datenwerft Leerungszeiten.leerungshaeufigkeit_pro_jahr; weekdays and seasons: our definition",
    version=2,
    domain="waste",
    kinds=("waste_container",),
    inputs=(PROPERTY,),
    windows=("day",),
    lookback=timedelta(hours=12),
    series=SeriesKind.DELTA,
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=planned_emptyings,
    examples=(
        # 2026-06-01 is a Monday.
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            site={"emptying_weekdays": [1, 4]},
            rows=_ALL_DAY,
            value=1.0,
        ),
        # Rounds every other week, and one in the week before.
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            site={"emptying_weekdays": [1], "emptying_every_weeks": 2, "emptying_week_of": "2026-05-27"},
            rows=_ALL_DAY,
            value=0.0,
        ),
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            site={"emptyings_per_year_summer": 156, "emptyings_per_year_winter": 104},
            rows=_ALL_DAY,
            value=156 / 365.25,
        ),
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows=_ALL_DAY,
            value=float("nan"),
            quality=Quality.MISSING,
        ),
    ),
)
