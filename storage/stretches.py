"""Times cut into stretches without large gaps: late rows lie far apart, and what is between them need not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 32
"""Requests for late rows that lie far apart."""
_APART = 600_000
"""Milliseconds without a late row that make it worth asking twice."""


def stretches(time: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Cut times, in milliseconds, at the largest gaps between them; gives first and last of each stretch."""
    if not len(time):
        return []
    ordered = np.sort(time)
    gaps = np.diff(ordered)
    largest = np.argsort(gaps)[::-1][: MOST - 1]
    cuts = np.sort(largest[gaps[largest] > _APART])
    starts, ends = ordered[np.concatenate([[0], cuts + 1])], ordered[np.concatenate([cuts, [len(ordered) - 1]])]
    return list(zip(starts.tolist(), ends.tolist(), strict=True))
