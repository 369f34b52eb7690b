"""Windows of series by the few stretches of rows that lie in them: what is found for these, laid out to all windows.

Most windows of a sparse series hold no row: what is true in them follows from the last row before. So sums are made
for stretches of rows and repeated over the windows behind them. In which order the rows of a window are added up
depends on how many they are and on nothing else, so that a window alone gives the same bits as among many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from processing.lazily import lazily

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEW = 4
"""Rows of a window that are added up one after the other; more at once."""


@dataclass(frozen=True)
class Stretches:
    """The k stretches of rows of one series that lie in one window, or before the first, or after the last.

    Windows are numbered through all series: window w of m of series i is cell ``i * m + w``.
    """

    shape: tuple[int, int]
    rows: int
    first: NDArray[np.int64]
    """Index of the first row of each, shape (k,)."""
    series: NDArray[np.int64]
    """Shape (k,)."""
    column: NDArray[np.int64]
    """0 before the first window, 1 .. m in a window, m + 1 after the last; shape (k,)."""

    @classmethod
    def of(cls, series: NDArray[np.int64], column: NDArray[np.int64], shape: tuple[int, int]) -> Stretches:
        """Find the stretches of n sorted rows, given series and column of each, shape (n,)."""
        anew = np.ones(len(series), dtype=bool)
        np.not_equal(column[1:], column[:-1], out=anew[1:])
        anew[1:] |= series[1:] != series[:-1]
        first = np.flatnonzero(anew)
        return cls(shape, len(series), first, series[first], column[first])

    @lazily
    def count(self) -> NDArray[np.int64]:
        """Count the rows of each, at least one. Shape (k,)."""
        return _steps(self.first, self.rows)

    @lazily
    def last(self) -> NDArray[np.int64]:
        """Index of the last row of each. Shape (k,)."""
        return self.first + self.count - 1

    def of_last(self, column: NDArray[Any]) -> NDArray[Any]:
        """Give a column of the rows, shape (n,), for the last row of each. Shape (k,)."""
        return column if len(self.first) == self.rows else column[self.last]

    @lazily
    def inside(self) -> NDArray[np.bool_]:
        """Tell which lie in a window. Shape (k,)."""
        return (self.column >= 1) & (self.column <= self.shape[1])

    @lazily
    def cell(self) -> NDArray[np.int64]:
        """Name the cell of each; of those before and after all windows the first cell behind them. Shape (k,)."""
        return self.series * self.shape[1] + np.clip(self.column - 1, 0, self.shape[1])

    @lazily
    def follows(self) -> NDArray[np.bool_]:
        """Tell which have a stretch of the same series before them. Shape (k,)."""
        follows = np.zeros(len(self.first), dtype=bool)
        follows[1:] = self.series[1:] == self.series[:-1]
        return follows

    @lazily
    def begin(self) -> NDArray[np.int64]:
        """Index of the first row at or after the edge before each column. Shape (s, m + 3)."""
        series, columns = self.shape[0], self.shape[1] + 2
        count = np.zeros(series * columns, dtype=np.int64)
        count[self.series * columns + self.column] = self.count
        upto = np.cumsum(count).reshape(series, columns)
        begin = np.zeros((series, columns + 1), dtype=np.int64)
        begin[:, 1:] = upto
        begin[1:, 0] = upto[:-1, -1]
        return begin

    def summed(self, amount: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add up a column of the rows, shape (n,), over each stretch. Shape (k,)."""
        return self._reduced(np.add, amount)

    def greatest(self, rank: NDArray[Any]) -> NDArray[Any]:
        """Take the greatest of a column of the rows, shape (n,), in each stretch. Shape (k,)."""
        return self._reduced(np.maximum, rank)

    def least(self, value: NDArray[Any]) -> NDArray[Any]:
        """Take the least of a column of the rows, shape (n,), in each stretch. Shape (k,)."""
        return self._reduced(np.minimum, value)

    def _reduced(self, how: np.ufunc, column: NDArray[Any]) -> NDArray[Any]:
        """Reduce short stretches row after row, and long ones by ``reduceat``, which takes its time for each."""
        if len(self.first) == self.rows:
            return column
        found: NDArray[Any] = column[self.first]
        place = np.arange(0)
        for further in range(1, FEW):
            place = np.flatnonzero(self.count > further) if further == 1 else place[self.count[place] > further]
            found[place] = how(found[place], column[self.first[place] + further])
        many = place[self.count[place] > FEW]
        if len(many):
            limits = np.stack([self.first[many], self.first[many] + self.count[many]], axis=1).ravel()
            # The last limit may lie behind the last row, where ``reduceat`` takes none: it goes on to the end then.
            found[many] = how.reduceat(column, limits[: -1 if limits[-1] == self.rows else None])[::2]
        return found

    def spread(self, own: NDArray[Any], nothing: Any) -> NDArray[Any]:
        """Lay out what is found for each stretch, shape (k,): nothing where no row lies. Shape (s, m)."""
        found = np.full(self.shape[0] * self.shape[1], nothing, dtype=own.dtype)
        return self.put(found, own).reshape(self.shape)

    def put(self, found: NDArray[Any], own: NDArray[Any]) -> NDArray[Any]:
        """Put what is found for each stretch, shape (k,), into its cell of all; gives these."""
        if self._all_inside:
            found[self.cell] = own
        else:
            found[self.cell[self.inside]] = own[self.inside]
        return found

    @lazily
    def _all_inside(self) -> bool:
        return bool(self.inside.all())


@dataclass(frozen=True)
class Held:
    """Stretches whose rows hold for a while: until when, and how much of which windows that is."""

    stretches: Stretches
    edges: NDArray[np.int64]
    """Milliseconds since 1970 UTC, shape (m + 1,)."""
    time: NDArray[np.float64]
    """How long each row holds in its own window; of no meaning for those in none. [ms], shape (n,)."""
    before: NDArray[np.float64]
    """How long the row before a stretch holds in its window; 0 where none does. [ms], shape (k,)."""
    end: NDArray[np.int64]
    """The first cell behind each stretch that its last row does not hold through. Shape (k,)."""
    partly: NDArray[np.int64]
    """Stretches whose last row holds for a part of that cell, in which no row lies. Shape (p,)."""
    part: NDArray[np.float64]
    """How long. [ms], shape (p,)."""

    @classmethod
    def of(
        cls, stretches: Stretches, edges: NDArray[np.int64], time: NDArray[np.int64], until: NDArray[np.int64]
    ) -> Held:
        """Let each row hold from its time until ``until``, shape (n,), which lies no later than the next row."""
        column, ends = stretches.column, stretches.of_last(until)
        starts = edges[np.maximum(column - 1, 0)]
        # Only the last row of a stretch can hold beyond its window.
        inside = np.minimum(ends, edges[np.minimum(column, len(edges) - 1)]) - stretches.of_last(time)
        if len(column) == len(time):
            own = inside
        else:
            own = until - time
            own[stretches.last] = inside
        before = np.zeros(len(column))
        before[1:] = np.maximum(ends[:-1] - starts[1:], 0)
        before *= stretches.follows
        end, partly, part = _behind(stretches, edges, ends)
        return cls(stretches, edges, own.astype(np.float64), before, end, partly, part)

    @lazily
    def width(self) -> NDArray[np.int64]:
        """Length of each window. [ms], shape (m,)."""
        return np.diff(self.edges)

    @lazily
    def known(self) -> NDArray[np.float64]:
        """Tell for how long something holds in the window of each stretch. [ms], shape (k,)."""
        return self.stretches.summed(self.time) + self.before

    @property
    def coverage(self) -> NDArray[np.float64]:
        """Tell which part of each window something holds in. [1], 0..1, shape (s, m)."""
        windows = len(self.width)
        if not windows:
            return np.zeros(self.stretches.shape)
        width = self.width[np.clip(self.stretches.column - 1, 0, windows - 1)]
        part = self.part / self.width[self.end[self.partly] - self.stretches.series[self.partly] * windows]
        return self.spread(self.known / width, 1.0, part, 0.0)

    def total(self, amount: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum up an amount of the rows, shape (n,), times how long they hold in the window of each stretch. (k,)."""
        # What is not held counts nothing, not even what is no number: the row before may be of another series.
        before = np.multiply(self.before, self.earlier(amount), out=np.zeros(len(self.before)), where=self.before > 0)
        total: NDArray[np.float64] = self.stretches.summed(self.time * amount) + before
        return total

    def earlier(self, column: NDArray[Any]) -> NDArray[Any]:
        """Give a column of the rows, shape (n,), for the row before each stretch; any row's where there is none."""
        return column[np.maximum(self.stretches.first - 1, 0)]

    @lazily
    def _unknown(self) -> NDArray[np.int64]:
        """Name the cells behind stretches in which nothing holds. Shape (u,)."""
        begin = self.end.copy()
        begin[self.partly] += 1
        some = np.flatnonzero(begin < self._next)
        begin, size = begin[some], (self._next - begin)[some]
        return np.repeat(begin - (np.cumsum(size) - size), size) + np.arange(size.sum())

    @property
    def _next(self) -> NDArray[np.int64]:
        return np.append(self.stretches.cell[1:], self._size)[: len(self.end)]

    @property
    def _size(self) -> int:
        return self.stretches.shape[0] * self.stretches.shape[1]

    def spread(
        self, own: NDArray[Any], behind: NDArray[Any] | float, part: NDArray[Any] | float, nothing: float
    ) -> NDArray[Any]:
        """Lay out over all windows what is found for stretches. Shape (s, m).

        ``own``, shape (k,), goes to the window of each, ``behind``, one number or shape (k,), to those that its last
        row holds through, and ``part``, one number or shape (p,), to those that it holds for a part of. Nothing goes to
        the rest.
        """
        return self._finished(self._behind(behind, own.dtype, nothing), own, part, nothing)

    def spread_time(self, own: NDArray[np.float64], amount: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """Lay out time, or time with an amount of each stretch's last row, shape (k,). [ms * amount], shape (s, m)."""
        filled = self._behind(1.0 if amount is None else amount, own.dtype, 0.0).reshape(self.stretches.shape)
        part = self.part if amount is None else self.part * amount[self.partly]
        return self._finished((filled * self.width).ravel(), own, part, 0.0)

    def _behind(self, behind: NDArray[Any] | float, dtype: np.dtype[Any], nothing: float) -> NDArray[Any]:
        """Fill all cells, shape (s * m,), with what belongs to the stretch before them."""
        cell = self.stretches.cell
        lead = int(cell[0]) if len(cell) else self._size
        if isinstance(behind, np.ndarray):
            first = np.full(1, nothing, dtype=dtype)
            return np.repeat(np.concatenate([first, behind], dtype=dtype), np.append(lead, _steps(cell, self._size)))
        found = np.full(self._size, behind, dtype=dtype)
        found[:lead] = nothing
        return found

    def _finished(
        self, found: NDArray[Any], own: NDArray[Any], part: NDArray[Any] | float, nothing: float
    ) -> NDArray[Any]:
        found[self._unknown] = nothing
        found[self.end[self.partly]] = part
        return self.stretches.put(found, own).reshape(self.stretches.shape)


def _behind(
    stretches: Stretches, edges: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Tell up to which cell last rows hold, and which of them for how long into that one."""
    windows = stretches.shape[1]
    zero = stretches.series * windows
    begin = stretches.cell + stretches.inside
    end = np.minimum(np.append(stretches.cell[1:], stretches.shape[0] * windows)[: len(zero)], zero + windows)
    short = np.flatnonzero((begin < end) & (ends < edges[end - zero]))
    zero, ends, limit = zero[short], ends[short], end[short]
    end[short] = np.maximum(zero + np.clip(column_of(ends, edges) - 1, 0, windows), begin[short])
    into = ends - edges[end[short] - zero]
    partly = np.flatnonzero((end[short] < limit) & (into > 0))
    return end, short[partly], into[partly].astype(np.float64)


def _steps(places: NDArray[np.int64], end: int) -> NDArray[np.int64]:
    """Tell how far it is from each ascending place to the next, and from the last to the end; same shape."""
    steps = np.empty(len(places), dtype=np.int64)
    np.subtract(places[1:], places[:-1], out=steps[:-1])
    steps[-1:] = end - places[-1:]
    return steps


def column_of(time: NDArray[np.int64], edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the edges at or before each time: by division where the windows are even, else by search. Shape (n,)."""
    widths = np.diff(edges)
    if not len(widths) or (widths != widths[0]).any():
        return np.searchsorted(edges, time, side="right")
    column: NDArray[np.int64] = time - edges[0]
    column //= widths[0]
    column += 1
    np.maximum(column, 0, out=column)
    np.minimum(column, len(edges), out=column)
    return column
