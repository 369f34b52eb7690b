"""Results that differ from what things of the same kind nearby say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.check import Check, Reach, graded
from processing.level import median
from processing.peers import FEWEST
from sensors.model import SeriesKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.check import Examined, Limits
    from processing.rows import Rows

CELL = 3_600_000
"""Milliseconds: peers are compared by the mean of what each said in the same hour of UTC."""
BLOCK = 1 << 18
"""Series and hours compared at once: bounds the memory."""


def peers(examined: Examined) -> NDArray[np.uint8]:
    """Flag results further than a limit from the median of what the peers said in the same hour.

    UNKNOWN where fewer than three peers said something. [flag], shape (n,)
    """
    rows, limit = examined.rows, examined.limit("peers")
    if examined.peers is None or not len(rows):
        return graded(np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool))
    expected = peer_median(rows, examined.peers.of)
    off = np.abs(rows.value - expected)
    return graded(~np.isnan(off) & ~np.isnan(limit), off > limit)


def peer_median(rows: Rows, of: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give for each row the median of its peers' means of the same hour, NaN for fewer than three. Shape (n,).

    ``of``, shape (s, k), names the peers of each series; -1 is none.
    """
    hour = rows.time // CELL
    anew = np.ones(len(rows), dtype=bool)
    anew[1:] = (rows.series[1:] != rows.series[:-1]) | (hour[1:] != hour[:-1])
    first = np.flatnonzero(anew)
    mean = np.add.reduceat(rows.value, first) / np.diff(np.append(first, len(rows)))
    width = int(hour.max() - hour.min()) + 1
    series, column = rows.series[first], hour[first] - hour.min()
    keys = series * width + column
    expected = np.empty(len(first))
    for block in range(0, len(first), BLOCK):
        some = slice(block, block + BLOCK)
        told = of[series[some]]
        wanted = np.where(told >= 0, told * width + column[some, np.newaxis], -1)
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        values = np.where(keys[place] == wanted, mean[place], np.nan)
        enough = np.count_nonzero(~np.isnan(values), axis=1) >= FEWEST
        expected[some] = np.where(enough, median(values), np.nan)
    told_of: NDArray[np.float64] = expected[np.cumsum(anew) - 1]
    return told_of


def _reach(_limits: Limits) -> Reach:
    return Reach(CELL, CELL)


CHECK = Check(
    name="peers",
    bit=6,
    title="Peers",
    title_de="Nachbarn",
    reason="differs from what others of its kind nearby say",
    reason_de="weicht von dem ab, was benachbarte Anlagen gleicher Art melden",
    description=(
        "Difference to the median of what at least three things of the same kind nearby, or of the same group, said in "
        "the same hour of UTC, each by its mean."
    ),
    source="birminghamurbanobservatory/quality-controller; median of neighbours by the hour: our definition",
    thresholds={"peers": "difference from which on a result is doubted, in the property's unit"},
    decisive=("peers",),
    series=frozenset({SeriesKind.GAUGE}),
    crosses=True,
    reach=_reach,
    flags=peers,
)
