"""What was known at regular times, as a matrix to look back in: by steps, and by weeks of the local clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from processing.calendar import edges
from processing.reduction import laid_out
from sensors.model import TIME

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.rows import Rows


@dataclass(frozen=True, slots=True)
class Past:
    """Results of s things for g windows that follow each other."""

    value: NDArray[np.float64]
    """Shape (s, g), NaN where there is none."""
    edges: NDArray[np.int64]
    """Window w is [edges[w], edges[w + 1]). [ms], shape (g + 1,)."""
    zone: str

    @property
    def start(self) -> NDArray[np.int64]:
        """Start of each window. [ms], shape (g,)."""
        return self.edges[:-1]

    @classmethod
    def of(cls, rows: Rows, window: str, span: tuple[np.datetime64, np.datetime64], zone: str) -> Past:
        """Lay results of an indicator out over the windows that a span touches."""
        cover = edges(window, *span, zone)
        return cls(laid_out(rows, cover).value, cover.astype(TIME).view(np.int64), zone)

    def place(self, times: NDArray[np.int64]) -> NDArray[np.int64]:
        """Find the windows that start at instants [ms], -1 where none does; same shape."""
        place = np.searchsorted(self.start, times)
        return np.where(np.append(self.start, -1)[place] == times, place, -1)

    def at(self, place: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give the values of windows by their places, NaN for what lies outside; shape (s, *that of place)."""
        valid = (place >= 0) & (place < len(self.start))
        padded = np.concatenate([self.value, np.full((len(self.value), 1), np.nan)], axis=1)
        values: NDArray[np.float64] = padded[:, np.where(valid, place, -1)]
        return values

    def weeks_before(self, times: NDArray[np.int64], weeks: int) -> NDArray[np.int64]:
        """Find the windows at the same weekday and hour of the local clock some weeks before; see ``days_before``."""
        return self.days_before(times, 7 * weeks)

    def days_before(self, times: NDArray[np.int64], days: int) -> NDArray[np.int64]:
        """Find the windows at the same hour of the local clock some days before; -1 where there is none.

        An hour that the clock skips is the one after it; of an hour that comes twice it is the first.
        """
        local = pd.DatetimeIndex(times.view(TIME), tz="UTC").tz_convert(self.zone).tz_localize(None)
        earlier = (local - pd.Timedelta(days=days)).tz_localize(
            self.zone, ambiguous=np.ones(len(times), dtype=bool), nonexistent="shift_forward"
        )
        instants = earlier.tz_convert("UTC").tz_localize(None).to_numpy().astype(TIME).view(np.int64)
        return self.place(instants)


def quantile(samples: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Interpolate a quantile over the last axis, leaving NaN out; NaN where nothing is left. Source: R type 7."""
    ordered = np.sort(samples, axis=-1)
    known = np.count_nonzero(~np.isnan(samples), axis=-1)
    reach = share * np.maximum(known - 1, 0)
    low = np.floor(reach).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(known - 1, 0))
    lower, upper = (np.take_along_axis(ordered, at[..., np.newaxis], axis=-1)[..., 0] for at in (low, high))
    found: NDArray[np.float64] = np.where(known > 0, lower + (reach - low) * (upper - lower), np.nan)
    return found


def mean(samples: NDArray[np.float64], fewest: int = 1) -> NDArray[np.float64]:
    """Average over the last axis, leaving NaN out; NaN where fewer are left than needed."""
    some = ~np.isnan(samples)
    known = np.count_nonzero(some, axis=-1)
    total = np.where(some, samples, 0.0).sum(axis=-1)
    average: NDArray[np.float64] = np.divide(
        total, known, out=np.full(known.shape, np.nan), where=known >= max(fewest, 1)
    )
    return average
