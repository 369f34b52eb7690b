"""Medians and other quantiles of the rows of each window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from processing.windows import Cut

PADDED = 4
"""How many times the values a matrix may have to be filled up, rather than sorting them another way."""


def quantiles(cut: Cut, column: NDArray[np.float64], shares: Sequence[float]) -> NDArray[np.float64]:
    """Give quantiles of a column of the rows, shape (n,), over the rows of each window; NaN values are left out.

    Between two values they lie on the line, as numpy has it by default; NaN where a window has none. Shape
    (len(shares), s, m).
    """
    series, windows = cut.shape
    mine = np.flatnonzero(cut.inside() & ~np.isnan(column))
    cell = cut.rows.series[mine] * windows + cut.column[mine] - 1
    size = np.bincount(cell, minlength=series * windows)
    begin = np.cumsum(size) - size
    ordered = np.append(_sorted(column[mine], cell, size, begin), np.nan)
    place = np.array(shares, dtype=np.float64)[:, np.newaxis] * np.maximum(size - 1, 0)
    low = np.floor(place).astype(np.int64)
    some = size > 0
    below = ordered[np.where(some, begin + low, -1)]
    above = ordered[np.where(some, begin + np.minimum(low + 1, np.maximum(size - 1, 0)), -1)]
    found: NDArray[np.float64] = below + (above - below) * (place - low)
    return found.reshape(len(shares), series, windows)


def _sorted(
    value: NDArray[np.float64], cell: NDArray[np.int64], size: NDArray[np.int64], begin: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Sort values within their cells, which lie one behind the other; shape (n,).

    Cells of about the same size are sorted as the lines of a matrix, which is several times faster.
    """
    most = int(size.max(initial=0))
    if most * len(size) > PADDED * len(value):
        return value[np.lexsort((value, cell))]
    lines = np.full((len(size), most), np.inf)
    place = np.arange(len(value)) - begin[cell]
    lines[cell, place] = value
    lines.sort(axis=1)
    ordered: NDArray[np.float64] = lines[cell, place]
    return ordered
