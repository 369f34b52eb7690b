"""Which of two results for the same datastream and time stays: pure functions over columns, shared by every engine.

Rule (indicators definition, section 0): of two raw observations the one with the better flag stays, then the higher
message counter, then the first to arrive. Of two indicator results the higher revision stays, then the first to arrive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from storage.store import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sensors.model import Batch

_FLAG_STEP = np.int64(1) << 40


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a write comes to: the outcome of each incoming row, shape (n,), and which of them the store takes over."""

    outcome: NDArray[np.uint8]
    insert: NDArray[np.intp]
    """Indexes of incoming rows for a datastream and time of which the store holds nothing."""
    replace: NDArray[np.intp]
    """Indexes of incoming rows that take the place of the row held for the same datastream and time."""


def rank(batch: Batch) -> NDArray[np.int64]:
    """Give each row its precedence: the higher rank stays, equal ranks leave the first to arrive. [1], shape (n,)."""
    used, place = np.unique(batch.datastream, return_inverse=True)
    derived = np.fromiter((batch.datastreams[code].derived for code in used), dtype=bool, count=len(used))
    by_flag = (10 - batch.quality.astype(np.int64)) * _FLAG_STEP
    ranks: NDArray[np.int64] = batch.revision.astype(np.int64) + np.where(derived[place], 0, by_flag)
    return ranks


def same_result(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell where two results are identical, two missing ones included. [bool], shape (n,)."""
    same: NDArray[np.bool_] = (left == right) | (np.isnan(left) & np.isnan(right))
    return same


def resolve(
    code: NDArray[np.int32],
    time: NDArray[np.datetime64],
    rank: NDArray[np.int64],
    result: NDArray[np.float64],
    held: int,
) -> Resolution:
    """Decide row by row, as if each came alone, without a loop over rows.

    The columns have shape (held + n,): first the rows that the store holds for the keys concerned (one per key), then
    the n incoming ones in their order of arrival. A row that meets a better or equal one is DUPLICATE or SUPERSEDED by
    its result and changes nothing; one that meets a lesser one has the same outcome and takes its place.
    """
    rows = len(code)
    if rows == held:
        none = np.empty(0, dtype=np.intp)
        return Resolution(np.empty(0, dtype=np.uint8), none, none)
    by_arrival = np.lexsort((time, code))
    by_merit = np.lexsort((-np.arange(rows), rank, time, code))
    merit = np.empty(rows, dtype=np.intp)
    merit[by_merit] = np.arange(rows)
    first = np.ones(rows, dtype=bool)
    first[1:] = (np.diff(code[by_arrival]) != 0) | (np.diff(time[by_arrival].view(np.int64)) != 0)
    # Merit grows from group to group, so the running maximum never looks back into an earlier group.
    best = by_merit[np.maximum.accumulate(merit[by_arrival])]
    met = np.roll(best, 1)
    again = np.where(same_result(result[by_arrival], result[met]), Outcome.DUPLICATE, Outcome.SUPERSEDED)
    outcome = np.empty(rows, dtype=np.uint8)
    outcome[by_arrival] = np.where(first, Outcome.STORED, again)
    last = np.roll(first, -1)
    last[-1] = True
    winner, opener = best[last], by_arrival[first]
    incoming = winner >= held
    return Resolution(
        outcome[held:], winner[incoming & (opener >= held)] - held, winner[incoming & (opener < held)] - held
    )
