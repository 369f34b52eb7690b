"""Which part of what a device has sent the network has lost."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.heard import EVERYTHING, KINDS, heard
from processing.indicator import Indicator, IndicatorExample, Part, Results
from processing.windows import cut, milliseconds
from sensors.quality import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given
    from processing.rows import Rows

LOOKBACK = timedelta(hours=25)
MOST = 1000
"""A frame counter that has gone further at once belongs to another session. Our definition."""


def lost_uplinks(given: Given) -> Results:
    """Divide the frames that are missing between those received by all that were sent. [1], shape (s, m)."""
    pieces = cut(heard(given), given.edges)
    step = frames(pieces.rows)
    lost, sent = (_summed(column, pieces.cell(), pieces.shape) for column in (np.maximum(step - 1, 0), step))
    known = sent > 0
    value = np.divide(lost, sent, out=np.full(sent.shape, np.nan), where=known)
    flags = np.where(known, Quality.GOOD, Quality.MISSING).astype(np.uint8)
    return Results(value, known.astype(np.float64), pieces.samples, flags, {"count": np.where(known, lost, np.nan)})


def frames(rows: Rows) -> NDArray[np.float64]:
    """Tell how far the frame counter has gone since the row before, 0 where it began anew. Shape (n,)."""
    step = np.zeros(len(rows))
    if rows.revision is None:
        return step
    step[1:] = np.diff(rows.revision)
    near = np.zeros(len(rows), dtype=bool)
    near[1:] = rows.time[1:] - rows.time[:-1] <= milliseconds(np.timedelta64(LOOKBACK))
    return np.where(rows.continues() & near & (step > 0) & (step <= MOST), step, 0.0)


def _summed(column: NDArray[np.float64], cell: NDArray[np.int64], shape: tuple[int, int]) -> NDArray[np.float64]:
    sums = np.bincount(cell, column, minlength=shape[0] * (shape[1] + 2)).astype(np.float64)
    return sums.reshape(shape[0], shape[1] + 2)[:, 1:-1]


_ROWS = tuple((f"2026-06-01T{hour:02}:00", 900.0) for hour in range(6))

INDICATOR = Indicator(
    name="lost_uplinks",
    title="Lost uplinks",
    title_de="Verlorene Uplinks",
    description=(
        "Share of a device's frames that never arrived: what is missing between the frame counters of messages, by how "
        "far these counters went. A counter that goes back, or on by more than a thousand at once, has begun anew, "
        "after a join or an exchange, and loses nothing. Null for devices without a frame counter."
    ),
    unit="1",
    source="LoRaWAN 1.0.4, frame counter FCnt; indicator rules, Radio: gaps are lost uplinks, reset on rejoin",
    version=1,
    domain="health",
    kinds=KINDS,
    inputs=EVERYTHING,
    every_row=True,
    windows=("day",),
    lookback=LOOKBACK,
    min_coverage=0.0,
    parts=(Part(name="count", title="Number of lost uplinks", title_de="Anzahl verlorener Uplinks", unit="{uplink}"),),
    formula=lost_uplinks,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows={"distance": _ROWS},
            frames=(7, 8, 11, 12, 0, 1),
            value=1 / 3,
            parts={"count": 2.0},
        ),
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows={"distance": _ROWS},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
