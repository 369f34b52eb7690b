"""Spans of one datastream that lie far apart: a late row beside a present one does not touch what is between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 8
"""Stretches that are told apart; what is before them is one."""
EVER = np.timedelta64(400 * 366, "D")
"""Farther than any two rows lie from each other."""
_SECOND = 1000

Spans = tuple["NDArray[np.int32]", "NDArray[np.int64]", "NDArray[np.int64]"]
"""Codes of datastreams, first and last time [ms], each of shape (k,)."""


def parted(code: NDArray[np.int32], first: NDArray[np.int64], last: NDArray[np.int64], apart: np.timedelta64) -> Spans:
    """Put spans of each datastream together that lie no farther apart; each of shape (n,), both ends included.

    They come by ascending code and time, at most ``MOST`` of a datastream.
    """
    if not len(code):
        return code, first, last
    order = np.lexsort((first, code))
    code, first, last = code[order], first[order], last[order]
    far = int(apart.astype("timedelta64[s]").astype(np.int64))
    # Seconds, so that a code and a time make one number: the farthest end so far is then that of the same datastream.
    begins, ends = ((times - first.min()) // _SECOND for times in (first, last))
    base = code.astype(np.int64) * (int(ends.max()) + far + 2)
    reached = np.maximum.accumulate(base + ends)
    begin = np.append(True, base[1:] + begins[1:] > reached[:-1] + far)
    code, first, last = _joined(code, first, last, begin)
    number = np.minimum(numbered(code), MOST - 1)
    return (
        _joined(code, first, last, np.diff(number, prepend=-1) != 0)
        if (number == MOST - 1).any()
        else (code, first, last)
    )


def numbered(code: NDArray[np.int32]) -> NDArray[np.int64]:
    """Count the spans of each datastream from the newest, 0; they come by ascending code and time. Shape (k,)."""
    place = np.arange(len(code))
    end = np.flatnonzero(np.diff(code, append=-1))
    found: NDArray[np.int64] = end[np.searchsorted(end, place)] - place
    return found


def together(first: NDArray[np.int64], last: NDArray[np.int64], apart: np.timedelta64) -> NDArray[np.int64]:
    """Tell in which stretch of time each span lies, of any datastream: 0 the newest, up to ``MOST``. Shape (n,)."""
    order = np.argsort(first, kind="stable")
    reached = np.maximum.accumulate(last[order])
    far = int(apart.astype("timedelta64[ms]").astype(np.int64))
    passed = np.cumsum(np.append(0, first[order][1:] > reached[:-1] + far)) if len(first) else order
    found = np.empty(len(first), dtype=np.int64)
    found[order] = np.minimum(passed.max(initial=0) - passed, MOST - 1)
    return found


def _joined(
    code: NDArray[np.int32], first: NDArray[np.int64], last: NDArray[np.int64], begin: NDArray[np.bool_]
) -> Spans:
    starts = np.flatnonzero(begin)
    return code[starts], first[starts], np.maximum.reduceat(last, starts)
