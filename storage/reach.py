"""Up to which time each datastream may have samples in the server: only what lies beyond needs no look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sensors.model import Batch

_NEVER = np.int64(-1)


class Reach:
    """One time per code of the engine's dictionary; it counts samples of rows that were only tried, too."""

    def __init__(self) -> None:
        self._time = np.full(0, _NEVER)

    def is_beyond(self, coded: Batch) -> NDArray[np.bool_]:
        """Tell which rows are later than every sample that their datastream may have. [bool], shape (n,)."""
        self._grow(len(coded.datastreams))
        beyond: NDArray[np.bool_] = coded.phenomenon_time.astype(TIME).view(np.int64) > self._time[coded.datastream]
        return beyond

    def extend(self, codes: NDArray[np.int32], time: NDArray[np.datetime64]) -> None:
        """Note that samples may be there up to these times."""
        self._grow(int(codes.max(initial=-1)) + 1)
        np.maximum.at(self._time, codes, time.astype(TIME).view(np.int64))

    def _grow(self, size: int) -> None:
        if size > len(self._time):
            self._time = np.concatenate([self._time, np.full(max(size, 64), _NEVER)])
