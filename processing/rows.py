"""Observations of many series as columns, ready to be cut into windows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sensors.model import TIME
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

NEVER = np.int64(1) << 62
"""Milliseconds: later than every instant, and so that the time until then can still be told."""
_SERIES_APART = 1 << 43
"""More milliseconds since 1970 than any row has: the year 2248."""
LATEST = _SERIES_APART - 1
"""The last instant that a row may have. [ms since 1970 UTC]"""
_COLUMNS = ("series", "time", "value", "quality", "received", "revision", "reasons", "coverage", "samples")


@dataclass(frozen=True, slots=True)
class Rows:
    """The usable observations of ``count`` series, sorted by series and time; every column has shape (n,).

    A row that failed its quality tests or has no result is not among them, unless ``every`` row was asked for; a
    doubted one is, with its flag.
    """

    count: int
    series: NDArray[np.int64]
    """Code of the series, 0 .. count - 1."""
    time: NDArray[np.int64]
    """Milliseconds since 1970 UTC."""
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]
    received: NDArray[np.int64] | None = None
    """When the platform knew them, milliseconds since 1970 UTC; None where nobody asked."""
    revision: NDArray[np.int64] | None = None
    """Frame counter of the uplink that said it; None for results of other indicators."""
    reasons: NDArray[np.uint16] | None = None
    """Which checks they did not pass, see ``processing.control``; None where none was made."""
    coverage: NDArray[np.float64] | None = None
    """Of results of other indicators the known part of their window; None for what a sensor said."""
    samples: NDArray[np.int64] | None = None
    """Of results of other indicators how many observations they rest on; None for what a sensor said."""

    def __len__(self) -> int:
        return len(self.series)

    @classmethod
    def of(
        cls,
        count: int,
        series: Iterable[int] | NDArray[Any],
        time: Iterable[Any] | NDArray[Any],
        value: Iterable[float] | NDArray[Any],
        quality: Iterable[int] | NDArray[Any] | int = 1,
        **further: NDArray[Any],
    ) -> Rows:
        """Take columns in any order, leave out what failed or is missing, and sort the rest."""
        return cls.every(count, series, time, value, quality, **further).usable()

    @classmethod
    def every(
        cls,
        count: int,
        series: Iterable[int] | NDArray[Any],
        time: Iterable[Any] | NDArray[Any],
        value: Iterable[float] | NDArray[Any],
        quality: Iterable[int] | NDArray[Any] | int = 1,
        **further: NDArray[Any],
    ) -> Rows:
        """Take columns in any order and sort them, what failed or is missing included."""
        codes = np.asarray(series, dtype=np.int64)
        times = np.asarray(time, dtype=TIME).view(np.int64)
        values = np.asarray(value, dtype=np.float64)
        flags = np.broadcast_to(np.asarray(quality, dtype=np.uint8), codes.shape)
        return _sorted(cls(count, codes, times, values, flags, **further))

    def usable(self) -> Rows:
        """Leave out what failed or is missing."""
        usable = (self.quality != Quality.FAIL) & (self.quality != Quality.MISSING) & ~np.isnan(self.value)
        return self if usable.all() else self.take(usable)

    def take(self, chosen: NDArray[Any]) -> Rows:
        """Select rows by ascending index or by mask; shape (k,)."""
        columns = {name: getattr(self, name) for name in _COLUMNS}
        return replace(self, **{name: column[chosen] for name, column in columns.items() if column is not None})

    def between(self, start: int, end: int) -> Rows:
        """Select the rows of a half-open span [ms]."""
        return self.take((self.time >= start) & (self.time < end))

    def told(self) -> NDArray[np.bool_]:
        """Tell which series have any row. [bool], shape (count,)."""
        begin, end = self.limits()
        return end > begin

    def with_value(self, value: NDArray[np.float64]) -> Rows:
        """Give the same rows another value; shape (n,)."""
        return replace(self, value=value)

    def with_quality(self, quality: NDArray[np.uint8]) -> Rows:
        """Give the same rows another flag; shape (n,)."""
        return replace(self, quality=quality)

    def continues(self) -> NDArray[np.bool_]:
        """Tell which rows have a row of the same series before them. [bool], shape (n,)."""
        return np.concatenate([np.zeros(min(len(self), 1), dtype=bool), self.series[1:] == self.series[:-1]])

    def newest(self) -> NDArray[np.int64]:
        """Give the time of each series' last row, ``-NEVER`` where it has none. [ms], shape (count,)."""
        begin, end = self.limits()
        return np.where(end > begin, np.append(self.time, -NEVER)[end - 1], -NEVER)

    def limits(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give the index of each series' first row, and of the first behind it; each of shape (count,)."""
        codes = np.arange(self.count)
        return np.searchsorted(self.series, codes, side="left"), np.searchsorted(self.series, codes, side="right")

    def repeated(self, chosen: NDArray[np.int64]) -> Rows:
        """Make series i of series ``chosen[i]``, which may be chosen several times; -1 gives one without rows."""
        begin, end = (np.append(limit, 0)[chosen] for limit in self.limits())
        size = end - begin
        offset = np.cumsum(size) - size
        index = np.repeat(begin - offset, size) + np.arange(size.sum())
        codes = np.repeat(np.arange(len(chosen), dtype=np.int64), size)
        return replace(self.take(index), count=len(chosen), series=codes)

    def next_time(self) -> NDArray[np.int64]:
        """Give the time of the next row of the same series, ``NEVER`` where there is none. [ms], shape (n,)."""
        following = np.append(self.time[1:], np.full(min(len(self), 1), NEVER))
        following[np.flatnonzero(self.series[1:] != self.series[:-1])] = NEVER
        return following


def in_order(series: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give numbers that are ordered by series, then by time [ms]; same shape."""
    return series * _SERIES_APART + time


def last_at(rows: Rows, series: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.int64]:
    """Index of the last row of a series at or before a time [ms], -1 where it has none; k of both. Shape (k,)."""
    place = np.searchsorted(in_order(rows.series, rows.time), in_order(series, time), side="right") - 1
    return np.where(np.append(rows.series, -1)[place] == series, place, -1)


def instants(*each: Rows) -> Rows:
    """Give the instants at which any of several inputs says something, each once, with value and flag of the first."""
    series, time, value, quality = (
        np.concatenate([getattr(rows, name) for rows in each]) for name in ("series", "time", "value", "quality")
    )
    every = Rows.of(each[0].count, series, time, value, quality)
    return every.take(~(every.continues() & (np.diff(every.time, prepend=-1) == 0)))


def _sorted(rows: Rows) -> Rows:
    series, time = rows.series, rows.time
    later = time[1:] >= time[:-1]
    later |= series[1:] > series[:-1]
    later &= series[1:] >= series[:-1]
    return rows if later.all() else rows.take(np.lexsort((time, series)))
