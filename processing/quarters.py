"""Quarter hours as columns that follow each other, to look at the shape of a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import QUARTER_HOUR, edges
from processing.local import local
from processing.reduction import laid_out
from processing.windows import milliseconds
from processing.within import known, within
from sensors.model import TIME
from sensors.quality import flag_of, severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given
    from processing.reduction import Laid

PER_HOUR = 4.0


@dataclass(frozen=True, slots=True)
class Quarters:
    """Quarter-hour results of s things, and in which of them each of m windows begins and ends."""

    start: NDArray[np.int64]
    """Start of each quarter hour. [ms], shape (q,)."""
    begin: NDArray[np.int64]
    """Shape (m,)."""
    end: NDArray[np.int64]
    """Shape (m,)."""

    @classmethod
    def of(cls, given: Given, begin: NDArray[np.int64] | None = None) -> Quarters:
        """Cover windows, or what reaches from instants ``begin`` [ms], shape (m,), to the windows' ends."""
        starts = given.edges[:-1].view(np.int64) if begin is None else begin
        if not len(starts):
            return cls(starts, starts, starts)
        cover = edges("15min", starts[:1].view(TIME)[0], given.edges[-1], given.zone).astype(TIME).view(np.int64)
        ends = np.searchsorted(cover, given.edges[1:].view(np.int64))
        return cls(cover[:-1], np.searchsorted(cover, starts), ends)

    @property
    def size(self) -> NDArray[np.int64]:
        """Count the quarter hours of each window, shape (m,)."""
        return self.end - self.begin

    def laid(self, given: Given, name: str) -> Laid:
        """Lay an input out by quarter hour."""
        last = self.start[-1:] + 900_000
        return laid_out(given.rows[name], np.concatenate([self.start, last]).view(TIME))

    def within(self, matrix: NDArray[np.float64], fill: float = np.nan) -> NDArray[np.float64]:
        """Lay quarter hours, shape (s, q), out by window; shape (s, m, most quarter hours of one)."""
        return within(matrix, self.begin, self.end, fill)

    def coverage(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Tell which part of each window's quarter hours, shape (s, q), has a value. [1], shape (s, m)."""
        return known(self.within(matrix)) / np.maximum(self.size, 1)

    def samples(self, laid: Laid) -> NDArray[np.int64]:
        """Count what the quarter hours of each window rest on; shape (s, m)."""
        counted: NDArray[np.int64] = self.within(laid.samples.astype(np.float64), 0.0).sum(axis=-1).astype(np.int64)
        return counted

    def worst(self, laid: Laid) -> NDArray[np.uint8]:
        """Roll up the flags of the quarter hours of each window. [flag], shape (s, m)."""
        ranks = self.within(severity(laid.quality).astype(np.float64), 0.0)
        return flag_of(ranks.max(axis=-1, initial=0.0).astype(np.uint8))


def when(given: Given, laid: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Tell when the first of the greatest quarter hours of each window, shape (s, m, quarters), began. Shape (s, m)."""
    if not laid.size:
        return {name: np.full(laid.shape[:2], np.nan) for name in ("began", "local_hour")}
    place = np.where(np.isnan(laid), -np.inf, laid).argmax(axis=-1)
    began = given.edges[:-1].view(np.int64) + place * milliseconds(QUARTER_HOUR)
    some = known(laid) > 0
    hour = local(began, given.zone).hour
    return {"began": np.where(some, began / 1000, np.nan), "local_hour": np.where(some, hour, np.nan)}
