"""By how many vehicles the count at the barriers of a car park went wrong from one night to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from processing.balance import BALANCED, COUNTERS, LOOKAHEAD, LOOKBACK, NEIGHBOURS, balance
from processing.indicator import Grouping, Indicator, IndicatorExample, Part, Reduction, Results
from processing.lots import FREE
from processing.metering import ARRIVED, LEFT
from processing.windows import cut, overlap, worst_flag
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given


def counting_drift(given: Given) -> Results:
    """Compare the count with the anchor that takes its place in each window. [{vehicle}], shape (s, m)."""
    found = balance(given)
    before, follows = found.anchors.previous()
    nights = cut(found.anchors.rows, given.edges)
    at = nights.before_end()
    here = (nights.samples > 0) & np.append(follows, False)[at]

    def since(column: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(here, np.append(column - column[before], np.nan)[at], np.nan)

    counted, stood = since(found.anchors.rows.value), since(found.anchors.level)
    pieces = cut(found.taken.rows, given.edges)
    return Results(
        value=counted - stood,
        coverage=overlap(pieces, found.counting) / np.diff(pieces.edges),
        samples=pieces.samples,
        quality=worst_flag(pieces),
        parts={"passed": since(found.anchors.passed)},
    )


_HOURS = tuple(f"2026-05-{30 + hour // 24}T{hour % 24:02}:30" for hour in range(48))
_TOLD: dict[str, Any] = {
    # 100 drive in and 98 out, or so the counters say; as many stand there the next night as the night before.
    ARRIVED.input: tuple((time, 10.0 * min(max(number - 6, 0), 10)) for number, time in enumerate(_HOURS)),
    LEFT.input: tuple((time, 9.8 * min(max(number - 12, 0), 10)) for number, time in enumerate(_HOURS)),
}

INDICATOR = Indicator(
    name="counting_drift",
    title="Drift of the count at barriers",
    title_de="Drift der Zählung an den Schranken",
    description=(
        "Vehicles by which the count of entries and exits exceeded, at this night's anchor, those that are taken for "
        "standing there, having started right at the anchor of the night before: what the counters missed in between. "
        "Days add up, so that a week's value tells a bias from chance. The vehicles counted in either direction stand "
        "beside it: drift grows with their number, or with its root where it is chance."
    ),
    unit="{vehicle}",
    source="Entry/exit balance: drift grows as sqrt(n) or with bias, publish drift per day; indicator rules, Parking",
    version=3,
    domain="parking",
    kinds=("parking_lot",),
    inputs=BALANCED,
    windows=("day",),
    lookback=LOOKBACK,
    lookahead=LOOKAHEAD,
    lookahead_of=COUNTERS,
    neighbours=NEIGHBOURS,
    min_coverage=0.5,
    series=SeriesKind.DELTA,
    parts=(
        Part(
            name="passed",
            title="Vehicles counted in and out between two anchors",
            title_de="Ein- und Ausfahrten zwischen zwei Ankern",
            unit="{vehicle}",
        ),
    ),
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=counting_drift,
    examples=(
        IndicatorExample(
            kind="parking_lot",
            window="day",
            start="2026-05-30T22:00",
            site={"capacity": 100},
            rows=_TOLD,
            value=2.0,
            parts={"passed": 198.0},
        ),
        # The spaces are counted, too, and two more are taken.
        IndicatorExample(
            kind="parking_lot",
            window="day",
            start="2026-05-30T22:00",
            site={"capacity": 100},
            rows={**_TOLD, FREE: (("2026-05-30T00:30", 60.0), ("2026-05-31T00:30", 58.0))},
            value=0.0,
        ),
        IndicatorExample(
            kind="parking_lot",
            window="day",
            start="2026-05-30T22:00",
            site={"capacity": 100},
            rows={name: rows[24:] for name, rows in _TOLD.items()},
            value=float("nan"),
            quality=Quality.MISSING,
            coverage=21.5 / 24,
        ),
    ),
)
