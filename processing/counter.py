"""Cumulative readings: what was counted from one to the next, though counters restart, roll over and glitch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from processing.rows import NEVER, in_order
from processing.windows import milliseconds
from sensors.quality import Quality, flag_of, severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from processing.rows import Rows

NEARLY_FULL = 0.9
"""Part of its modulus that a counter must have reached for a drop to be a rollover. Our definition."""


class Event(IntEnum):
    """What a counter did between a reading and the next."""

    NONE = 0
    RESET = 1
    """Began anew at zero: the new reading counts."""
    ROLLOVER = 2
    """Ran over its modulus: the rest up to it counts, and the new reading."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted from each reading to the next of its series; every column has shape (n,)."""

    amount: NDArray[np.float64]
    """In the counter's unit; 0 for the last reading of a series."""
    until: NDArray[np.int64]
    """Time of the next reading [ms]; the reading's own time for the last of a series."""
    event: NDArray[np.uint8]

    def lasting(self, rows: Rows, longest: np.timedelta64) -> NDArray[np.int64]:
        """Give ``until`` where the next reading comes within a span, else the reading's own time. [ms], shape (n,)."""
        return np.where(self.until - rows.time <= milliseconds(longest), self.until, rows.time)


def without_glitches(rows: Rows, max_gap: np.timedelta64, exchanges: Sequence[Sequence[int]] = ()) -> Rows:
    """Leave out single readings that leave the run of a counter and are followed by one that returns to it.

    Down and back: it is below the one before, and the next is not. Up and back: the next is below it, but not below the
    one before. The neighbours must lie within ``max_gap``, and no exchange of the counter between them (of each series
    some instants [ms]); of readings in a row that look so, the first is left out.
    """
    if not _drops(rows).any():
        return rows
    before, after = np.roll(rows.value, 1), np.roll(rows.value, -1)
    near = rows.continues() & (rows.time - np.roll(rows.time, 1) <= milliseconds(max_gap))
    if any(exchanges):
        near &= ~np.roll(_exchanged(rows, exchanges), 1)
    between = near & np.roll(near, -1)
    down = (rows.value < before) & (after >= before)
    up = (after < rows.value) & (after >= before)
    glitch = between & (down | up)
    return rows.take(~(glitch & ~np.roll(glitch, 1)))


def counted(rows: Rows, modulus: NDArray[np.float64], exchanges: Sequence[Sequence[int]] = ()) -> Counted:
    """Difference the readings of each series; ``modulus``, shape (s,), is NaN where a counter does not roll over.

    A drop is a rollover if the reading before had reached 0.9 of the modulus and the new one is below 0.1 of it, else a
    reset. Across an exchange of the counter, of each series some instants [ms], nothing is counted: the two registers
    have nothing to do with each other. Source: our definition.
    """
    until = rows.next_time()
    goes_on = until != NEVER
    if any(exchanges):
        goes_on &= ~_exchanged(rows, exchanges)
    after = np.append(rows.value[1:], rows.value[:1])
    amount, event = np.where(goes_on, after - rows.value, 0.0), np.zeros(len(rows), dtype=np.uint8)
    drop = np.flatnonzero(goes_on & (after < rows.value))
    if len(drop):
        before, now, full = rows.value[drop], after[drop], modulus[rows.series[drop]]
        rolled = (before >= NEARLY_FULL * full) & (now <= (1 - NEARLY_FULL) * full)
        amount[drop] = now + np.where(rolled, full - before, 0.0)
        event[drop] = np.where(rolled, Event.ROLLOVER, Event.RESET)
    return Counted(amount, np.where(goes_on, until, rows.time), event)


def _drops(rows: Rows) -> NDArray[np.bool_]:
    """Tell which rows are below the one before them in their series. Shape (n,), the first row's left out."""
    drops: NDArray[np.bool_] = (rows.value[1:] < rows.value[:-1]) & (rows.series[1:] == rows.series[:-1])
    return drops


def _exchanged(rows: Rows, exchanges: Sequence[Sequence[int]]) -> NDArray[np.bool_]:
    """Tell after which rows, before or at the next one of the series, its counter was exchanged. [bool], shape (n,)."""
    known = np.array([(series, at) for series, times in enumerate(exchanges) for at in times], dtype=np.int64)
    until = np.searchsorted(np.sort(in_order(known[:, 0], known[:, 1])), in_order(rows.series, rows.time), side="right")
    after: NDArray[np.bool_] = np.roll(until, -1) != until
    return after


def flags(
    rows: Rows, counted: Counted, longest: np.timedelta64, anew: NDArray[np.bool_] | None = None
) -> NDArray[np.uint8]:
    """Flag what was counted: the worse of both readings, and SUSPECT across a reset. [flag], shape (n,).

    Where the next reading does not come within the ``longest`` span over which counting is told of, it says nothing of
    this one. ``anew``, shape (s,), names counters that are known to start at zero every night: there it is no reason to
    doubt.
    """
    if (rows.quality == Quality.GOOD).all() and not (counted.event == Event.RESET).any():
        return rows.quality
    ranks, goes_on = severity(rows.quality), counted.lasting(rows, longest) > rows.time
    after = np.where(goes_on, np.roll(ranks, -1), 0)
    odd = goes_on & (counted.event == Event.RESET)
    if anew is not None:
        odd &= ~anew[rows.series]
    reset = np.where(odd, severity(np.array([Quality.SUSPECT], dtype=np.uint8)), 0)
    return flag_of(np.maximum(np.maximum(ranks, after), reset).astype(np.uint8))
