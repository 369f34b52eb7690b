"""How often containers were emptied by the records of their collection, and how full they were found."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Grouping, Indicator, IndicatorExample, Part, Reduction, Results
from processing.reduction import total
from processing.windows import coverage, cut, held_until, milliseconds, worst_flag
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given

INPUT = "collected_level"
MERGED = np.timedelta64(2, "h")
"""A record this soon after another one belongs to it. Indicator rules, Emptying event."""
AVOIDABLE, OVERFULL = 40.0, 100.0
"""Per cent below which an emptying could have waited, and above which the container overflowed."""
MS_PER_DAY = 86_400_000.0


def recorded_emptyings(given: Given) -> Results:
    """Count the emptyings that were recorded in each window, and gather what was found. [{emptying}], shape (s, m)."""
    rows, hold = given.rows[INPUT], given.max_hold(INPUT)
    pieces = cut(rows, given.edges)
    since = np.where(rows.continues(), np.diff(rows.time, prepend=0), np.iinfo(np.int64).max)
    counts = (since > milliseconds(MERGED)).astype(np.float64)
    recent = since <= milliseconds(hold)
    return Results(
        value=total(pieces, counts),
        coverage=coverage(pieces, hold),
        samples=pieces.samples,
        quality=worst_flag(pieces, held_until(rows, hold)),
        parts={
            "avoidable": total(pieces, counts * (rows.value < AVOIDABLE)),
            "overfull": total(pieces, counts * (rows.value > OVERFULL)),
            "level": total(pieces, counts * rows.value),
            "days": total(pieces, np.where(recent, since, 0) / MS_PER_DAY),
        },
    )


def _part(name: str, title: str, title_de: str, unit: str = "{emptying}") -> Part:
    return Part(name=name, title=f"Recorded emptyings, {title}", title_de=f"Erfasste Leerungen, {title_de}", unit=unit)


INDICATOR = Indicator(
    name="recorded_emptyings",
    title="Recorded emptyings",
    title_de="Erfasste Leerungen",
    description=(
        "Emptyings of a container in the local day by the records of its collection, which tell how full the crew "
        "found it; a record within 2 h of another one belongs to it. Beside it stand those below 40 % (avoidable) and "
        "above 100 % (overflowing), the levels found and the days since the record before, both added up: divided by "
        "the emptyings they are the mean level at emptying and the mean interval. A container counts as recorded for "
        "14 days after a record; what it does after that is not known, not 0."
    ),
    unit="{emptying}",
    source="Emptying event by collection record, merged within 2 h; avoidable < 40 %: indicator rules, Waste",
    version=1,
    domain="waste",
    kinds=("waste_container",),
    inputs=(INPUT,),
    windows=("day",),
    lookback=timedelta(days=14),
    series=SeriesKind.DELTA,
    parts=(
        _part("avoidable", "below 40 %", "unter 40 %"),
        _part("overfull", "above 100 %", "über 100 %"),
        _part("level", "levels added up", "Summe der Füllstände", "%"),
        _part("days", "days since the one before added up", "Summe der Tage seit der vorigen", "d"),
    ),
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=recorded_emptyings,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-03-28T23:00",
            rows={
                INPUT: (
                    ("2026-03-27T08:00", 80.0),
                    ("2026-03-29T08:00", 110.0),
                    ("2026-03-29T09:00", 5.0),
                    ("2026-03-29T20:00", 30.0),
                )
            },
            value=2.0,
            parts={"avoidable": 1.0, "overfull": 1.0, "level": 140.0, "days": 2.5},
        ),
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-03-28T23:00",
            rows={INPUT: (("2026-03-27T08:00", 80.0),)},
            value=0.0,
            parts={"avoidable": 0.0},
        ),
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-03-28T23:00",
            rows={INPUT: (("2026-03-15T08:00", 80.0),)},
            value=float("nan"),
            coverage=9 / 23,
            quality=Quality.MISSING,
        ),
    ),
)
