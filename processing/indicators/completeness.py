"""Which part of the messages that were to be expected has arrived."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.heard import EVERYTHING, KINDS, MS_PER_MINUTE, heard
from processing.indicator import Indicator, IndicatorExample, Results
from processing.local import days_before
from processing.reduction import laid_out
from processing.windows import cut
from sensors.quality import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given
    from processing.windows import Cut

EXPECTED = "expected_interval_day"


def completeness(given: Given) -> Results:
    """Divide the intervals in which a message came by those of the window. [1], 0 .. 1, shape (s, m)."""
    pieces = cut(heard(given), given.edges)
    yesterday = days_before(pieces.start[:1], 1, given.zone).view(given.edges.dtype)
    with_yesterday = laid_out(given.rows[EXPECTED], np.concatenate([yesterday, given.edges])).value * MS_PER_MINUTE
    before, every = with_yesterday[:, :-1], with_yesterday[:, 1:]
    known = every > 0
    width = pieces.end - np.where(before > 0, pieces.start, began(pieces))
    expected = np.maximum(np.rint(np.divide(width, every, out=np.ones(every.shape), where=known)), 1.0)
    value = np.where(known, np.minimum(intervals(pieces, every) / expected, 1.0), np.nan)
    flags = np.where(known, Quality.GOOD, Quality.MISSING).astype(np.uint8)
    # What is not known yet has no samples either, so that it is first written when the expected interval is there.
    return Results(value, known.astype(np.float64), np.where(known, pieces.samples, 0), flags)


def began(pieces: Cut) -> NDArray[np.int64]:
    """Tell when the first row of each window came, or when the window began where none did. [ms], shape (s, m)."""
    first = np.append(pieces.rows.time, 0)[pieces.begin[:, 1:-2]]
    found: NDArray[np.int64] = np.where(pieces.samples > 0, first, pieces.start)
    return found


def intervals(pieces: Cut, every: NDArray[np.float64]) -> NDArray[np.float64]:
    """Count the intervals in which a row came; they lie so that the rows come in their middle. Shape (s, m).

    ``every``, shape (s, m), is their length [ms]; NaN gives 0. A message that is told twice counts once.
    """
    rows, shape = pieces.rows, pieces.shape
    mine = np.flatnonzero(pieces.inside())
    window = pieces.column[mine] - 1
    cell = rows.series[mine] * shape[1] + window
    passed = (rows.time[mine] - pieces.start[window]) / every[rows.series[mine], window]
    passed, cell = passed[~np.isnan(passed)], cell[~np.isnan(passed)]
    turn = np.exp(2j * np.pi * passed)
    sums = [np.bincount(cell, part, minlength=shape[0] * shape[1]) for part in (turn.real, turn.imag)]
    phase = np.arctan2(sums[1], sums[0]) / (2 * np.pi)
    slot = np.floor(passed - phase[cell] + 0.5)
    fresh = np.ones(len(cell), dtype=bool)
    fresh[1:] = (cell[1:] != cell[:-1]) | (slot[1:] != slot[:-1])
    return np.bincount(cell[fresh], minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)


_HALF = tuple((f"2026-06-01T{hour:02}:10", 900.0) for hour in range(6, 18))
_START = "2026-05-31T22:00"
_EVERY_HOUR = (("2026-05-30T22:00", 60.0), (_START, 60.0))

INDICATOR = Indicator(
    name="completeness",
    title="Completeness",
    title_de="Vollständigkeit",
    description=(
        "Intervals of the day in which a thing said anything, divided by the intervals that the day has; their length "
        "is that between its messages of the last week. Intervals count, not messages, so that one told twice changes "
        "nothing. Of a thing that speaks on change it tells whether its heartbeat came. Where nothing was expected of "
        "the day before, since it is new or was silent for a week, the day counts from its first message."
    ),
    unit="1",
    source="Indicator rules, Completeness: distinct slots; ioos/ioos_qc data_reception_test; phase: our definition",
    version=2,
    domain="health",
    kinds=KINDS,
    inputs=(*EVERYTHING, EXPECTED),
    every_row=True,
    windows=("day",),
    lookback=timedelta(hours=25),
    min_coverage=0.0,
    formula=completeness,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="day",
            start=_START,
            rows={"distance": (*_HALF, *_HALF[:3]), EXPECTED: _EVERY_HOUR},
            value=0.5,
        ),
        # Mounted in the morning: from 6:10 to midnight there are sixteen hours, in twelve of which it spoke.
        IndicatorExample(
            kind="waste_container",
            window="day",
            start=_START,
            rows={"distance": (*_HALF, *_HALF[:3]), EXPECTED: _EVERY_HOUR[1:]},
            value=0.75,
        ),
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start=_START,
            rows={"occupied": (("2026-06-01T06:00", 1.0),), EXPECTED: ((_START, 1440.0),)},
            value=1.0,
        ),
        IndicatorExample(
            kind="waste_container",
            window="day",
            start=_START,
            rows={"distance": (), EXPECTED: _EVERY_HOUR},
            value=0.0,
        ),
        IndicatorExample(
            kind="waste_container",
            window="day",
            start=_START,
            rows={"distance": _HALF, EXPECTED: ()},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
