"""Which of two results for the same datastream and time stays: pure functions over columns, shared by every engine.

Rule (indicators definition, section 0): of two raw observations the one with the better flag stays, then the higher message
counter, then the first to arrive. Of two indicator results the higher revision stays, then the first to arrive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sensors.model import Batch

_FLAG_STEP = np.int64(1) << 40


def rank(batch: Batch) -> NDArray[np.int64]:
    """Give each row its precedence: the higher rank stays, equal ranks leave the first to arrive. [1], shape (n,)"""
    derived = np.fromiter((stream.derived for stream in batch.datastreams), dtype=bool, count=len(batch.datastreams))
    by_flag = (10 - batch.quality.astype(np.int64)) * _FLAG_STEP
    return batch.revision + np.where(derived[batch.datastream], 0, by_flag)


def same_result(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell where two results are identical, two missing ones included. [bool], shape (n,)"""
    return (left == right) | (np.isnan(left) & np.isnan(right))
