"""Results that VictoriaMetrics would round, kept exactly with a second number.

It keeps decimals of about twelve digits, all of a block with one exponent. A result with at most five decimals is found
again by rounding what is read; any other is written with its ``rest``, the lower half of its 64 bits: what is read lies
near enough to tell the upper half. Exact while the largest result of a series is less than 10^11 times its smallest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST = 1e12
"""Larger results take the decimals from their neighbours in a block, so they are refused."""
_DECIMALS = 5
_PLAIN = 1e10
_HALF = np.int64(1) << 32
_MAGNITUDE = np.int64(np.iinfo(np.int64).max)


def rest(result: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give the lower half of each result's bits. [1], shape (n,)."""
    lower: NDArray[np.int64] = result.view(np.int64) & (_HALF - 1)
    return lower


def needs_rest(result: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which results rounding would not find again; a missing one needs nothing. [bool], shape (n,)."""
    plain = (np.abs(result) < _PLAIN) & (np.round(result, _DECIMALS) == result)
    needed: NDArray[np.bool_] = ~plain & ~np.isnan(result)
    return needed


def restored(read: NDArray[np.float64], rest: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the results as they were written, from what was read and the rests (NaN where there is none). Shape (n,)."""
    given = ~np.isnan(rest)
    found = np.round(read, _DECIMALS)
    bits = np.ascontiguousarray(read[given]).view(np.int64)
    lower = rest[given].astype(np.int64)
    # Of the numbers with these lower halves the nearest one; without their sign, bits are ordered as the numbers are.
    upper = ((bits & _MAGNITUDE) - lower + _HALF // 2) & ~(_HALF - 1)
    found[given] = (np.maximum(upper, 0) | lower | (bits & ~_MAGNITUDE)).view(np.float64)
    return found
