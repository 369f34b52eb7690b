"""Medians and other quantiles of the rows of each window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from processing.windows import Cut


def quantiles(cut: Cut, column: NDArray[np.float64], shares: Sequence[float]) -> NDArray[np.float64]:
    """Give quantiles of a column of the rows, shape (n,), over the rows of each window; NaN values are left out.

    Between two values they lie on the line, as numpy has it by default; NaN where a window has none. Shape
    (len(shares), s, m).
    """
    series, windows = cut.shape
    mine = np.flatnonzero(cut.inside() & ~np.isnan(column))
    cell = cut.rows.series[mine] * windows + cut.column[mine] - 1
    order = np.lexsort((column[mine], cell))
    size = np.bincount(cell, minlength=series * windows)
    begin = np.cumsum(size) - size
    ordered = np.append(column[mine][order], np.nan)
    place = np.array(shares, dtype=np.float64)[:, np.newaxis] * np.maximum(size - 1, 0)
    low = np.floor(place).astype(np.int64)
    some = size > 0
    below = ordered[np.where(some, begin + low, -1)]
    above = ordered[np.where(some, begin + np.minimum(low + 1, np.maximum(size - 1, 0)), -1)]
    found: NDArray[np.float64] = below + (above - below) * (place - low)
    return found.reshape(len(shares), series, windows)
