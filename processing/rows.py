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


@dataclass(frozen=True, slots=True)
class Rows:
    """The usable observations of ``count`` series, sorted by series and time; every column has shape (n,).

    A row that failed its quality tests or has no result is not among them; a doubted one is, with its flag.
    """

    count: int
    series: NDArray[np.int64]
    """Code of the series, 0 .. count - 1."""
    time: NDArray[np.int64]
    """Milliseconds since 1970 UTC."""
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]

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
    ) -> Rows:
        """Take columns in any order, leave out what failed or is missing, and sort the rest."""
        codes = np.asarray(series, dtype=np.int64)
        times = np.asarray(time, dtype=TIME).view(np.int64)
        values = np.asarray(value, dtype=np.float64)
        flags = np.broadcast_to(np.asarray(quality, dtype=np.uint8), codes.shape)
        rows = cls(count, codes, times, values, flags)
        usable = (flags != Quality.FAIL) & (flags != Quality.MISSING) & ~np.isnan(values)
        return _sorted(rows if usable.all() else rows.take(usable))

    def take(self, chosen: NDArray[Any]) -> Rows:
        """Select rows by ascending index or by mask; shape (k,)."""
        columns = {name: getattr(self, name)[chosen] for name in ("series", "time", "value", "quality")}
        return replace(self, **columns)

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
        end = np.searchsorted(self.series, np.arange(self.count), side="right")
        begin = np.searchsorted(self.series, np.arange(self.count), side="left")
        return np.where(end > begin, np.append(self.time, -NEVER)[end - 1], -NEVER)

    def next_time(self) -> NDArray[np.int64]:
        """Give the time of the next row of the same series, ``NEVER`` where there is none. [ms], shape (n,)."""
        following = np.full(len(self), NEVER)
        following[:-1] = np.where(self.series[1:] == self.series[:-1], self.time[1:], NEVER)
        return following


def _sorted(rows: Rows) -> Rows:
    later = (rows.series[1:] > rows.series[:-1]) | (
        (rows.series[1:] == rows.series[:-1]) & (rows.time[1:] >= rows.time[:-1])
    )
    return rows if later.all() else rows.take(np.lexsort((rows.time, rows.series)))
