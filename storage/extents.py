"""How far what is held of every datastream reaches, in memory: told without a look at the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sensors.model import Batch

_FIRST, _LAST = np.iinfo(np.int64).max, np.iinfo(np.int64).min


class Extents:
    """First and last time [ms since 1970 UTC] and number of rows by an engine's code. For one thread at a time."""

    def __init__(self) -> None:
        self._first = np.empty(0, dtype=np.int64)
        self._last = np.empty(0, dtype=np.int64)
        self._count = np.empty(0, dtype=np.int64)

    def put(
        self, code: NDArray[np.int32], first: NDArray[np.int64], last: NDArray[np.int64], count: NDArray[np.int64]
    ) -> None:
        """Note what is held of some codes, whatever was known of them; each has shape (k,)."""
        self._grow(int(code.max(initial=-1)) + 1)
        self._first[code], self._last[code], self._count[code] = first, last, count

    def clear(self, code: NDArray[np.int32]) -> None:
        """Note that nothing is held of some codes."""
        self.put(code, *(np.full(len(code), nothing, dtype=np.int64) for nothing in (_FIRST, _LAST, 0)))

    def add(self, further: Batch) -> None:
        """Note rows with times at which their datastreams, known by their codes, had none."""
        code, time = further.datastream, further.phenomenon_time.astype(TIME).view(np.int64)
        self._grow(int(code.max(initial=-1)) + 1)
        np.minimum.at(self._first, code, time)
        np.maximum.at(self._last, code, time)
        np.add.at(self._count, code, 1)

    def of(
        self, codes: NDArray[np.int32]
    ) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Give those of some codes that have rows, in their order, with first and last time and number; (k,) each."""
        known = codes[(codes >= 0) & (codes < len(self._count))]
        code = known[self._count[known] > 0]
        return code, self._first[code], self._last[code], self._count[code]

    def _grow(self, size: int) -> None:
        further = max(size, 2 * len(self._count)) - len(self._count) if size > len(self._count) else 0
        if further:
            self._first = np.append(self._first, np.full(further, _FIRST))
            self._last = np.append(self._last, np.full(further, _LAST))
            self._count = np.append(self._count, np.zeros(further, dtype=np.int64))
