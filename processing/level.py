"""Levels that rise and are emptied: the median of the last readings, emptyings, and how fast a level rises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.rows import Rows

DROP = 30.0
"""Percentage points that a level falls at least when a container is emptied. Our definition."""
EMPTY = 20.0
"""Per cent that an emptied container has at most. Our definition."""
FULL = 90.0
"""Per cent from which a container counts as full. Our definition."""
OVERFLOWING = 95.0
"""Per cent from which a container counts as overflowing. Our definition."""
BEFORE = 3
"""Readings whose median is the level before an emptying."""
BLOCK = 8192
"""Lines fitted at once: bounds the memory for their pairs of points."""


def median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the median over the last axis, leaving out NaN; NaN where nothing is left. Shape without the last axis."""
    ordered = np.sort(values, axis=-1)
    known = np.count_nonzero(~np.isnan(values), axis=-1)
    low = np.maximum(known - 1, 0) // 2
    picked = np.take_along_axis(
        ordered, np.stack([low, np.minimum(known // 2, values.shape[-1] - 1)], axis=-1), axis=-1
    )
    middle: NDArray[np.float64] = picked.mean(axis=-1)
    return np.where(known > 0, middle, np.nan)


def last_values(rows: Rows, first: NDArray[np.int64], end: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Give the last ``count`` values with an index in [first, end), NaN where there are fewer. Shape (..., count)."""
    index = end[..., np.newaxis] - 1 - np.arange(count)
    return _values(rows.value, index, index >= first[..., np.newaxis])


def spread(first: NDArray[np.int64], end: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Choose at most ``count`` indexes evenly out of each [first, end); -1 fills up. Shape (..., count)."""
    size = (end - first)[..., np.newaxis]
    place = np.arange(count)
    thinned = (size - 1) * place // (count - 1)
    index = first[..., np.newaxis] + np.where(size > count, thinned, place)
    return np.where(place < size, index, -1)


def at(column: NDArray[np.float64], index: NDArray[np.int64]) -> NDArray[np.float64]:
    """Look values up by index, NaN for -1; shape of the index."""
    return _values(column, index, index >= 0)


def _values(column: NDArray[np.float64], index: NDArray[np.int64], valid: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.append(column, np.nan)[np.where(valid, index, -1)]


def emptyings(rows: Rows) -> NDArray[np.bool_]:
    """Tell at which readings a container was found emptied. [bool], shape (n,).

    The median of the three readings before lies at least 30 percentage points above this one and the next, which both
    lie at 20 % or less, and the one before above that: no single wrong echo makes an emptying, or hides one.
    """
    if len(rows) < BEFORE + 2:
        return np.zeros(len(rows), dtype=bool)
    value, series = rows.value, rows.series
    after = np.maximum(value[BEFORE:-1], value[BEFORE + 1 :])
    found = (series[: -BEFORE - 1] == series[BEFORE + 1 :]) & (after <= EMPTY) & (value[BEFORE - 1 : -2] > EMPTY)
    index = np.flatnonzero(found)
    found[index] = level_before(rows, index + BEFORE) - after[index] >= DROP
    return np.concatenate([np.zeros(BEFORE, dtype=bool), found, [False]])


def level_before(rows: Rows, index: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give the median of the three rows before each of some rows, by index of 3 or more. [unit of the value], (k,)."""
    first, second, third = (rows.value[index - back] for back in range(BEFORE, 0, -1))
    between = np.minimum(np.maximum(first, second), third)
    before: NDArray[np.float64] = np.maximum(np.minimum(first, second), between)
    return before


def since_emptying(rows: Rows, first: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """Move ``first`` on to the last emptying that the rows with an index in [first, end) tell of; same shape."""
    if not len(rows):
        return first
    latest = np.maximum.accumulate(np.where(emptyings(rows), np.arange(len(rows)), -1))
    # The reading after confirms an emptying, the three before show the level that it took away.
    found = np.where(end >= 2, latest[np.maximum(end - 2, 0)], -1)
    return np.where(found - BEFORE >= first, found, first)


def theil_sen(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the median of the slopes of all pairs of points, NaN points left out. [unit of y / unit of x], shape (k,).

    ``x`` and ``y`` have shape (k, points). Source: Theil 1950, Sen 1968 (J. Am. Stat. Assoc. 63, 1379).
    """
    slope = np.full(len(x), np.nan)
    left, right = np.triu_indices(x.shape[1], 1)
    for block in range(0, len(x), BLOCK):
        some = slice(block, block + BLOCK)
        run, rise = x[some][:, right] - x[some][:, left], y[some][:, right] - y[some][:, left]
        slope[some] = median(np.divide(rise, run, out=np.full(run.shape, np.nan), where=run > 0))
    return slope
