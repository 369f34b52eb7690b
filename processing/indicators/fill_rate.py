"""How fast a container has filled since it was last emptied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processing.filling import LOOKBACK, line_of
from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction, Results
from processing.windows import coverage, cut, worst_between
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given

HOURS_PER_DAY = 24.0


def fill_rate(given: Given) -> Results:
    """Give the robust slope of the readings since the last emptying. [%/d], shape (s, m)."""
    rows = given.rows["filling_level"]
    found = line_of(given)
    known = coverage(cut(rows, given.edges), given.max_hold("filling_level"))
    return Results(found.rate * HOURS_PER_DAY, known, found.samples, worst_between(rows, found.first, found.end))


INDICATOR = Indicator(
    name="fill_rate",
    title="Fill rate",
    title_de="Füllrate",
    description=(
        "How fast the container fills: the median of the slopes between all pairs of readings since its last emptying, "
        "at most 14 days back (Theil-Sen), times 24 h. It needs at least 3 readings over at least 6 h; more than 24 "
        "are thinned evenly to 24. A falling level (settling, compaction) counts as standing still, 0. Of a group it "
        "is the mean weighted by the containers' volumes."
    ),
    unit="%/d",
    source="Theil-Sen slope: Sen 1968, J. Am. Stat. Assoc. 63, 1379; what counts as an emptying: our definition",
    version=1,
    domain="waste",
    kinds=("waste_container",),
    inputs=("filling_level",),
    windows=("now", "hour"),
    lookback=LOOKBACK,
    grouping=Grouping(Reduction.MEAN, weight="capacity_l"),
    formula=fill_rate,
    examples=(
        # The ten slopes lie between 2 and 3 %/h, their median is 2.5 %/h.
        IndicatorExample(
            kind="waste_container",
            window="hour",
            start="2026-06-01T12:00",
            rows={
                "filling_level": (
                    ("2026-06-01T00:00", 20.0),
                    ("2026-06-01T03:00", 28.0),
                    ("2026-06-01T06:00", 34.0),
                    ("2026-06-01T09:00", 43.0),
                    ("2026-06-01T12:00", 50.0),
                )
            },
            value=60.0,
        ),
        IndicatorExample(
            kind="waste_container",
            window="hour",
            start="2026-06-01T12:00",
            rows={
                "filling_level": (("2026-06-01T00:00", 22.0), ("2026-06-01T06:00", 20.0), ("2026-06-01T12:00", 19.0))
            },
            value=0.0,
        ),
        # Five hours are too few.
        IndicatorExample(
            kind="waste_container",
            window="hour",
            start="2026-06-01T12:00",
            rows={
                "filling_level": (("2026-06-01T07:00", 22.0), ("2026-06-01T08:00", 23.0), ("2026-06-01T12:00", 26.0))
            },
            value=float("nan"),
            quality=Quality.MISSING,
        ),
    ),
)
