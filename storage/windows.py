"""What is asked of rows by window: the functions, and the windows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME

if TYPE_CHECKING:
    from numpy.typing import NDArray

A_DAY = np.timedelta64(1, "D")


class Function(StrEnum):
    """How rows of a window become one number."""

    COUNT = "count"
    """Rows that count. [1]"""
    MEAN = "mean"
    MINIMUM = "min"
    MAXIMUM = "max"
    FIRST = "first"
    LAST = "last"
    TIME_WEIGHTED_MEAN = "time_weighted_mean"
    """sum(value * time) / sum(time) over the known time; the last row before the window speaks for its beginning."""
    INCREASE = "increase"
    """What a counter went up: the sum of its steps, each in the window of its later row; after a reset the new value.

    Source: Prometheus ``increase``, without its extrapolation to the edges of the window."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Half-open spans [edge, next edge), UTC, that follow each other."""

    edges: NDArray[np.datetime64]
    """In ascending order, shape (m + 1,), m >= 1."""
    max_hold: np.timedelta64 = A_DAY
    """How long a row holds at most, and how far before the first window rows are looked at."""

    @classmethod
    def every(
        cls,
        step: np.timedelta64,
        start: np.datetime64,
        end: np.datetime64,
        max_hold: np.timedelta64 = A_DAY,
    ) -> Windows:
        """Make windows of one length from ``start``; the last one reaches to ``end`` or beyond it.

        Raises ValueError for a step that is not positive and an end that does not lie behind the start.
        """
        length = step.astype("timedelta64[ms]")
        if length <= np.timedelta64(0, "ms") or not start < end:
            raise ValueError(f"windows of {step} from {start} to {end} are none: give a step above 0 and a later end")
        first, last = start.astype(TIME), end.astype(TIME)
        return cls(np.arange(first, last + length, length), max_hold)

    def __len__(self) -> int:
        return len(self.edges) - 1

    @property
    def step(self) -> np.timedelta64 | None:
        """Their length, where it is one."""
        lengths = np.diff(self.edges.astype(TIME))
        return lengths[0] if (lengths == lengths[0]).all() else None

    @property
    def start(self) -> np.datetime64:
        """The beginning of the first."""
        first: np.datetime64 = self.edges.astype(TIME)[0]
        return first

    @property
    def end(self) -> np.datetime64:
        """The end of the last."""
        last: np.datetime64 = self.edges.astype(TIME)[-1]
        return last

    @property
    def reach(self) -> np.datetime64:
        """From where rows may speak for the first window."""
        earliest: np.datetime64 = self.start - self.max_hold.astype("timedelta64[ms]")
        return earliest
