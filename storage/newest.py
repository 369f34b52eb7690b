"""The newest row of every datastream, held in memory: it answers "latest", and it tells new rows from late ones.

What was the newest at an instant is looked up, of those alone that have spoken since.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME, Batch
from storage.coded import together

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sensors.model import Datastream

_NEVER = np.datetime64(np.iinfo(np.int64).min + 1, "ms")


class Newest:
    """Columns with one place per code of an engine's dictionary."""

    def __init__(self, rows: Batch) -> None:
        self._rows = _blank(0)
        self.take_over(rows)

    def is_newer(self, coded: Batch) -> NDArray[np.bool_]:
        """Tell which rows are newer than all that is held of their datastream. [bool], shape (n,)."""
        self._grow(len(coded.datastreams))
        return coded.phenomenon_time > self._rows.phenomenon_time[coded.datastream]

    def take_over(self, coded: Batch) -> None:
        """Note rows that are stored now."""
        self._grow(len(coded.datastreams))
        order = np.lexsort((coded.phenomenon_time, coded.datastream))
        last = np.ones(len(order), dtype=bool)
        last[:-1] = np.diff(coded.datastream[order]) != 0
        candidates = coded.take(order[last])
        newer = candidates.phenomenon_time >= self._rows.phenomenon_time[candidates.datastream]
        _assign(self._rows, candidates.take(newer))

    def rows(self, codes: NDArray[np.int32], datastreams: tuple[Datastream, ...]) -> Batch:
        """Give the newest rows of some codes in their order; codes without rows (or negative) are left out."""
        self._grow(len(datastreams))
        known = codes[codes >= 0]
        there = known[self._rows.phenomenon_time[known] != _NEVER]
        return replace(self._rows.take(there), datastreams=datastreams, datastream=there.astype(np.int32))

    def reach(self, codes: NDArray[np.int32], start: int) -> NDArray[np.bool_]:
        """Tell which codes have a row at an instant [ms since 1970 UTC] or after it, unknown ones have none; (k,).

        Needs no lock: rows that are just being stored may not count yet.
        """
        times = self._rows.phenomenon_time.view(np.int64)
        found: NDArray[np.bool_] = (codes >= 0) & (codes < len(times))
        found[found] = times[codes[found]] >= start
        return found

    def forget(self, codes: NDArray[np.int32], before: np.datetime64) -> None:
        """Let go of the rows of some codes that lie before an instant: of these nothing older is held either."""
        known = codes[(codes >= 0) & (codes < len(self._rows))]
        old = known[self._rows.phenomenon_time[known] < before]
        self._rows.phenomenon_time[old] = _NEVER

    def _grow(self, size: int) -> None:
        if size > len(self._rows):
            larger = _blank(max(size, 2 * len(self._rows)))
            _assign(larger, self._rows)
            self._rows = larger


def as_of(newest: Batch, at: np.datetime64 | None, earlier: Callable[[NDArray[np.int32], int], Batch]) -> Batch:
    """Give what was the newest at an instant in place of what is, in the same order; where ``at`` is None, what is.

    ``earlier(codes, instant)`` looks up the newest row of each code at an instant [ms since 1970 UTC] or before it.
    """
    later = np.zeros(len(newest), dtype=bool) if at is None else newest.phenomenon_time > at.astype(TIME)
    if at is None or not later.any():
        return newest
    instant = int(at.astype(TIME).astype(np.int64))
    found = earlier(np.unique(newest.datastream[later]), instant) if instant >= 0 else Batch.empty()
    both = together([newest.take(~later), found], newest.datastreams)
    row = np.full(len(newest.datastreams), -1)
    row[both.datastream] = np.arange(len(both))
    chosen = row[newest.datastream]
    return both.take(chosen[chosen >= 0])


def _blank(size: int) -> Batch:
    """Make rows to be written over: no two columns share an array."""
    never = np.full((2, size), _NEVER, dtype=TIME)
    return Batch.of((), np.arange(size), never[0], np.full(size, np.nan), result_time=never[1])


def _assign(target: Batch, rows: Batch) -> None:
    """Put rows into the places of their codes."""
    for name in ("phenomenon_time", "result_time", "result", "quality", "revision", "coverage", "samples"):
        getattr(target, name)[rows.datastream] = getattr(rows, name)
