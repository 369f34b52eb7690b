"""The few verbs that turn series into windows, for all series and windows at once.

A series is cut once; every verb then gives a matrix with one row per series and one column per window. A row holds
from its time until the next row of its series, at most ``max_hold`` long (last observation carried forward), and the
last row before a window speaks for its beginning. No result depends on rows further away, so that computing a window
alone or among many gives the same number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from processing.rows import NEVER, Rows
from sensors.model import TIME
from sensors.quality import flag_of, severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

MS_PER_HOUR = 3_600_000.0


@dataclass(frozen=True, slots=True)
class Cut:
    """Rows of s series cut into m windows that follow each other."""

    rows: Rows
    edges: NDArray[np.int64]
    """Milliseconds since 1970 UTC, shape (m + 1,)."""
    column: NDArray[np.int64]
    """For each row: 0 before the first window, 1 .. m in a window, m + 1 after the last; shape (n,)."""
    begin: NDArray[np.int64]
    """Index of the first row at or after the edge before each column; shape (s, m + 3)."""

    @property
    def shape(self) -> tuple[int, int]:
        """Number of series and of windows."""
        return self.rows.count, len(self.edges) - 1

    @property
    def start(self) -> NDArray[np.int64]:
        """Start of each window. [ms], shape (m,)."""
        return self.edges[:-1]

    @property
    def end(self) -> NDArray[np.int64]:
        """End of each window. [ms], shape (m,)."""
        return self.edges[1:]

    @property
    def samples(self) -> NDArray[np.int64]:
        """Count the rows in each window. [1], shape (s, m)."""
        return self.begin[:, 2:-1] - self.begin[:, 1:-2]

    def before_start(self) -> NDArray[np.int64]:
        """Index of the last row before each window, -1 where the series has none. [index], shape (s, m)."""
        return self._last_before(self.begin[:, 1:-2])

    def before_end(self) -> NDArray[np.int64]:
        """Index of the last row before each window's end, -1 where the series has none. [index], shape (s, m)."""
        return self._last_before(self.begin[:, 2:-1])

    def _last_before(self, position: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.where(position > self.begin[:, :1], position - 1, -1)

    def inside(self) -> NDArray[np.bool_]:
        """Tell which rows lie in a window. [bool], shape (n,)."""
        return (self.column >= 1) & (self.column <= self.shape[1])

    def cell(self) -> NDArray[np.int64]:
        """Place of each row in the flattened (s, m + 2) matrix of all columns. [index], shape (n,)."""
        return self.rows.series * (self.shape[1] + 2) + self.column

    def total(self, amount: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add up a column, shape (n,), over the rows of each window, 0 where there are none. Shape (s, m)."""
        series, windows = self.shape
        sums = np.bincount(self.cell(), weights=amount, minlength=series * (windows + 2)).astype(np.float64)
        return sums.reshape(series, windows + 2)[:, 1:-1]


def cut(rows: Rows, edges: NDArray[np.datetime64]) -> Cut:
    """Cut series into the windows between edges, shape (m + 1,), m >= 0."""
    limits = edges.astype(TIME).view(np.int64)
    column = _column(rows.time, limits)
    columns = len(limits) + 1
    count = np.bincount(rows.series * columns + column, minlength=rows.count * columns)
    begin = np.zeros((rows.count, columns + 1), dtype=np.int64)
    upto = np.cumsum(count).reshape(rows.count, columns)
    begin[:, 1:] = upto
    begin[1:, 0] = upto[:-1, -1]
    return Cut(rows, limits, column, begin)


def _column(time: NDArray[np.int64], edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the edges at or before each time: by division where the windows are even, else by search. Shape (n,)."""
    widths = np.diff(edges)
    if len(widths) and (widths == widths[0]).all():
        even: NDArray[np.int64] = np.clip((time - edges[0]) // widths[0] + 1, 0, len(edges))
        return even
    return np.searchsorted(edges, time, side="right")


def milliseconds(span: np.timedelta64) -> int:
    """Give a span of time in milliseconds."""
    return int(span.astype("timedelta64[ms]").astype(np.int64))


def held_until(rows: Rows, max_hold: np.timedelta64) -> NDArray[np.int64]:
    """Tell until when each row holds: the next row of its series, or ``max_hold`` after it. [ms], shape (n,)."""
    return np.minimum(rows.next_time(), rows.time + milliseconds(max_hold))


def overlap(cut: Cut, until: NDArray[np.int64], amount: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Sum over rows the time in each window during which they hold, times ``amount``. [ms * amount], shape (s, m).

    A row holds from its time until ``until``, shape (n,), which must not lie after the next row of its series.
    """
    own = _in_own_window(cut, until, amount)
    return own + _from_before(cut, until, amount)


def _in_own_window(cut: Cut, until: NDArray[np.int64], amount: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Sum what the rows inside a window hold of it."""
    series, windows = cut.shape
    closing = np.concatenate([cut.edges, [NEVER]])[cut.column]
    time = (np.minimum(until, closing) - cut.rows.time).astype(np.float64)
    weights = time if amount is None else time * amount
    sums = np.bincount(cut.cell(), weights=weights, minlength=series * (windows + 2)).astype(np.float64)
    return sums.reshape(series, windows + 2)[:, 1:-1]


def _from_before(cut: Cut, until: NDArray[np.int64], amount: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Give what the last row before a window holds of it, until the window's first row or end."""
    before = cut.before_start()
    # An index of -1 reads the value appended at the end, which holds nothing.
    held = np.append(until, cut.edges[0])[before]
    time: NDArray[np.float64] = np.maximum(np.minimum(held, cut.end) - cut.start, 0).astype(np.float64)
    return time if amount is None else time * np.append(amount, 0.0)[before]


def time_weighted_mean(cut: Cut, max_hold: np.timedelta64) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Average each series over the known time of each window, and tell how much of it is known.

    sum(value * time) / sum(time), NaN where nothing is known [unit of the value]; coverage [1], 0..1; each (s, m).
    Source: the time-weighted average of TimescaleDB Toolkit, ``time_weight('LOCF', ...)``, with a greatest hold.
    """
    until = held_until(cut.rows, max_hold)
    known = overlap(cut, until)
    return _ratio(overlap(cut, until, cut.rows.value), known), known / np.diff(cut.edges)


def coverage(cut: Cut, max_hold: np.timedelta64) -> NDArray[np.float64]:
    """Tell which part of each window is known. [1], 0..1, shape (s, m)."""
    return overlap(cut, held_until(cut.rows, max_hold)) / np.diff(cut.edges)


def share_of_time(cut: Cut, condition: NDArray[np.bool_], max_hold: np.timedelta64) -> NDArray[np.float64]:
    """Tell in which part of the known time a condition on the rows, shape (n,), holds. [1], shape (s, m)."""
    until = held_until(cut.rows, max_hold)
    return _ratio(overlap(cut, until, condition.astype(np.float64)), overlap(cut, until))


def load(cut: Cut, max_hold: np.timedelta64) -> NDArray[np.float64]:
    """Integrate each series over the known time of each window: space-hours of a car park. [unit * h], shape (s, m)."""
    return overlap(cut, held_until(cut.rows, max_hold), cut.rows.value) / MS_PER_HOUR


def last(cut: Cut, max_hold: np.timedelta64) -> NDArray[np.float64]:
    """Give the value that holds at each window's end, NaN where none does. [unit of the value], shape (s, m)."""
    newest = cut.before_end()
    limit = np.append(cut.rows.time, 0)[newest] + milliseconds(max_hold)
    return np.where((newest >= 0) & (limit >= cut.end), np.append(cut.rows.value, np.nan)[newest], np.nan)


def maximum(cut: Cut) -> NDArray[np.float64]:
    """Give the greatest value observed in each window, NaN where there is none. [unit of the value], shape (s, m)."""
    return -minimum(Cut(cut.rows.with_value(-cut.rows.value), cut.edges, cut.column, cut.begin))


def minimum(cut: Cut) -> NDArray[np.float64]:
    """Give the least value observed in each window, NaN where there is none. [unit of the value], shape (s, m)."""
    some = cut.samples > 0
    least = np.full(cut.shape, np.nan)
    if some.any():
        chosen = cut.rows.value[cut.inside()]
        first = np.cumsum(cut.samples[some]) - cut.samples[some]
        least[some] = np.minimum.reduceat(chosen, first)
    return least


def run_length(cut: Cut, condition: NDArray[np.bool_], max_hold: np.timedelta64) -> NDArray[np.float64]:
    """Tell how long a condition on the rows, shape (n,), has held at each window's end without a break.

    A row that no longer holds when the next one comes breaks the run. 0 where the condition does not hold or is not
    known at the end. [h], shape (s, m)
    """
    rows, until = cut.rows, held_until(cut.rows, max_hold)
    goes_on = rows.continues() & condition & np.roll(condition & (until >= rows.next_time()), 1)
    began = np.maximum.accumulate(np.where(goes_on, 0, np.arange(len(rows))))
    newest = cut.before_end()
    holds = np.append(condition, False)[newest] & (np.append(until, 0)[newest] >= cut.end)
    length = np.where(holds, cut.end - np.append(rows.time[began], 0)[newest], 0)
    return length.astype(np.float64) / MS_PER_HOUR


def worst_flag(cut: Cut, until: NDArray[np.int64] | None = None) -> NDArray[np.uint8]:
    """Roll up the flags of the rows in each window, MISSING where there are none. [flag], shape (s, m).

    With ``until``, shape (n,), the row before a window counts too where it still holds in it.
    """
    first = cut.begin[:, 1:-2]
    if until is not None:
        first = first - (np.append(until, cut.edges[0])[cut.before_start()] > cut.start)
    return worst_between(cut.rows, first, cut.begin[:, 2:-1])


def worst_between(rows: Rows, first: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Roll up the flags of the rows with an index in [first, end), MISSING where there are none. [flag], same shape.

    Precedence, low to high: MISSING, UNKNOWN, GOOD, SUSPECT, FAIL (QARTOD, ``sensors.quality``).
    """
    ranks = severity(rows.quality)
    worst = np.zeros(first.shape, dtype=np.uint8)
    for rank in np.unique(ranks):
        upto = np.concatenate([[0], np.cumsum(ranks == rank)])
        worst[upto[end] > upto[first]] = rank
    return flag_of(worst)


def positions(rows: Rows, instants: NDArray[np.int64]) -> NDArray[np.int64]:
    """Index of the first row of each series at or after each of k >= 1 ascending instants [ms]. Shape (s, k)."""
    return cut(rows, instants.view(TIME)).begin[:, 1:-1]


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide, NaN where the whole is nothing; same shape."""
    ratio: NDArray[np.float64] = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return ratio
