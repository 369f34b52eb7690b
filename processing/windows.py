"""The few verbs that turn series into windows, for all series and windows at once.

A series is cut once; every verb then gives a matrix with one row per series and one column per window. A row holds
from its time until the next row of its series, at most ``max_hold`` long (last observation carried forward), and the
last row before a window speaks for its beginning. No result depends on rows further away, so that computing a window
alone or among many gives the same number.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from processing.cells import Held, Stretches, column_of
from sensors.model import TIME
from sensors.quality import Quality, flag_of, severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.rows import Rows

MS_PER_HOUR = 3_600_000.0
MISSING = int(Quality.MISSING)


@dataclass(frozen=True)
class Cut:
    """Rows of s series cut into m windows that follow each other."""

    rows: Rows
    edges: NDArray[np.int64]
    """Milliseconds since 1970 UTC, shape (m + 1,)."""
    column: NDArray[np.int64]
    """For each row: 0 before the first window, 1 .. m in a window, m + 1 after the last; shape (n,)."""
    stretches: Stretches
    """The rows by series and column."""
    _until: dict[int, NDArray[np.int64]] = field(default_factory=dict, repr=False)
    _held: dict[int, tuple[NDArray[np.int64], Held]] = field(default_factory=dict, repr=False)
    """What ``until`` and ``held`` have found once: verbs ask for the same again."""

    @property
    def shape(self) -> tuple[int, int]:
        """Number of series and of windows."""
        return self.stretches.shape

    @property
    def start(self) -> NDArray[np.int64]:
        """Start of each window. [ms], shape (m,)."""
        return self.edges[:-1]

    @property
    def end(self) -> NDArray[np.int64]:
        """End of each window. [ms], shape (m,)."""
        return self.edges[1:]

    @property
    def begin(self) -> NDArray[np.int64]:
        """Index of the first row at or after the edge before each column; shape (s, m + 3)."""
        return self.stretches.begin

    @property
    def samples(self) -> NDArray[np.int64]:
        """Count the rows in each window. [1], shape (s, m)."""
        return self.stretches.spread(self.stretches.count, 0)

    def with_value(self, value: NDArray[np.float64]) -> Cut:
        """Give the same rows another value; shape (n,)."""
        return replace(self, rows=self.rows.with_value(value))

    def until(self, max_hold: np.timedelta64) -> NDArray[np.int64]:
        """Tell until when each row holds, see ``held_until``; the same array each time. [ms], shape (n,)."""
        longest = milliseconds(max_hold)
        if longest not in self._until:
            self._until[longest] = held_until(self.rows, max_hold)
        return self._until[longest]

    def held(self, until: NDArray[np.int64]) -> Held:
        """Tell how long rows hold in windows, each from its time until ``until``, shape (n,)."""
        if id(until) not in self._held:
            # Together with the array, whose identity nothing else takes as long as it is kept.
            self._held[id(until)] = until, Held.of(self.stretches, self.edges, self.rows.time, until)
        return self._held[id(until)][1]

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
    column = column_of(rows.time, limits)
    return Cut(rows, limits, column, Stretches.of(rows.series, column, (rows.count, len(limits) - 1)))


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
    held = cut.held(until)
    if amount is None:
        return held.spread_time(held.known, None)
    return held.spread_time(held.total(amount), held.stretches.of_last(amount))


def time_weighted_mean(cut: Cut, max_hold: np.timedelta64) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Average each series over the known time of each window, and tell how much of it is known.

    sum(value * time) / sum(time), NaN where nothing is known [unit of the value]; coverage [1], 0..1; each (s, m).
    Source: the time-weighted average of TimescaleDB Toolkit, ``time_weight('LOCF', ...)``, with a greatest hold.
    """
    held, value = cut.held(cut.until(max_hold)), cut.rows.value
    last = held.stretches.of_last(value)
    mean = held.spread(_ratio(held.total(value), held.known), last, last[held.partly], np.nan)
    return mean, held.coverage


def coverage(cut: Cut, max_hold: np.timedelta64) -> NDArray[np.float64]:
    """Tell which part of each window is known. [1], 0..1, shape (s, m)."""
    return cut.held(cut.until(max_hold)).coverage


def last(cut: Cut, max_hold: np.timedelta64) -> NDArray[np.float64]:
    """Give the value that holds at each window's end, NaN where none does. [unit of the value], shape (s, m)."""
    newest = cut.before_end()
    limit = np.append(cut.rows.time, 0)[newest] + milliseconds(max_hold)
    return np.where((newest >= 0) & (limit >= cut.end), np.append(cut.rows.value, np.nan)[newest], np.nan)


def maximum(cut: Cut) -> NDArray[np.float64]:
    """Give the greatest value observed in each window, NaN where there is none. [unit of the value], shape (s, m)."""
    return cut.stretches.spread(cut.stretches.greatest(cut.rows.value), np.nan)


def minimum(cut: Cut) -> NDArray[np.float64]:
    """Give the least value observed in each window, NaN where there is none. [unit of the value], shape (s, m)."""
    return cut.stretches.spread(cut.stretches.least(cut.rows.value), np.nan)


def worst_flag(cut: Cut, until: NDArray[np.int64] | None = None) -> NDArray[np.uint8]:
    """Roll up the flags of the rows in each window, MISSING where there are none. [flag], shape (s, m).

    With ``until``, shape (n,), the row before a window counts too where it still holds in it.
    """
    stretches, flags = cut.stretches, cut.rows.quality
    if (flags == flags[:1]).all():
        own = flags[stretches.first]
        return stretches.spread(own, MISSING) if until is None else _flag_of_all(cut.held(until), own)
    ranks = severity(flags)
    own = stretches.greatest(ranks)
    if until is None:
        return stretches.spread(flag_of(own), MISSING)
    held, last = cut.held(until), flags[stretches.last]
    worst = np.maximum(own, np.where(held.before > 0, held.earlier(ranks), 0))
    return held.spread(flag_of(worst), last, last[held.partly], MISSING)


def _flag_of_all(held: Held, own: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give the one flag that all rows have to each window in which one lies or holds, shape (s, m)."""
    flag = int(own[0]) if len(own) else MISSING
    return held.spread(own, flag, flag, MISSING)


def worst_between(rows: Rows, first: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Roll up the flags of the rows with an index in [first, end), MISSING where there are none. [flag], same shape.

    Precedence, low to high: MISSING, UNKNOWN, GOOD, SUSPECT, FAIL (QARTOD, ``sensors.quality``).
    """
    ranks = severity(rows.quality)
    worst = np.zeros(first.shape, dtype=np.uint8)
    for rank in range(1, int(ranks.max(initial=0)) + 1):
        mine = ranks == rank
        if mine.all():
            worst[end > first] = rank
        elif mine.any():
            upto = np.concatenate([[0], np.cumsum(mine)])
            worst[upto[end] > upto[first]] = rank
    return flag_of(worst)


def positions(rows: Rows, instants: NDArray[np.int64]) -> NDArray[np.int64]:
    """Index of the first row of each series at or after each of k >= 1 ascending instants [ms]. Shape (s, k)."""
    return cut(rows, instants.view(TIME)).begin[:, 1:-1]


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide, NaN where the whole is nothing; same shape."""
    ratio: NDArray[np.float64] = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return ratio
