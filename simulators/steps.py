"""Values that hold until the next change, and their exact mean over windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROW = 1 << 46
"""Rows are kept apart by more milliseconds than any time has."""


class Steps(NamedTuple):
    """Changes as columns of shape (k,): at ``time`` (ms) ``row`` becomes ``value``; ordered by row, then by time."""

    row: NDArray[np.int64]
    time: NDArray[np.int64]
    value: NDArray[np.int64]


def held(steps: Steps, before: NDArray[np.int64], row: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the value of rows at times, both (m,); ``before`` (n,) holds ahead of a row's first change. Shape (m,)."""
    last = np.searchsorted(_key(steps.row, steps.time), _key(row, time), side="right") - 1
    known = (last >= 0) & (np.append(steps.row, -1)[last] == row)
    return np.where(known, np.append(steps.value, 0)[last], before[row])


def means(steps: Steps, before: NDArray[np.int64], edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give every row's time-weighted mean between neighbouring edges (ms, ascending). Shape (n, m - 1)."""
    n, m = len(before), len(edges)
    row, time = np.repeat(np.arange(n), m), np.tile(edges, n)
    marked = _merge(steps, Steps(row, time, held(steps, before, row, time)))
    lasts = np.where(np.diff(marked.row, append=-1) == 0, np.diff(marked.time, append=0), 0)
    total = np.concatenate([[0], np.cumsum(marked.value * lasts)])
    area = total[np.searchsorted(_key(marked.row, marked.time), _key(row, time))].reshape(n, m)
    return np.diff(area, axis=1) / np.diff(edges)


def _merge(one: Steps, other: Steps) -> Steps:
    row, time, value = (np.concatenate(columns) for columns in zip(one, other, strict=True))
    order = np.argsort(_key(row, time), kind="stable")
    return Steps(row[order], time[order], value[order])


def _key(row: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.int64]:
    return row * _ROW + time
