"""Which windows are to be computed: those that a change touches, that have just closed, or that a person asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import WINDOWS
from processing.rows import LATEST, NEVER, in_order
from processing.windows import milliseconds

if TYPE_CHECKING:
    from datetime import timedelta

    from numpy.typing import NDArray

    from processing.indicator import Indicator
    from processing.rows import Rows


@dataclass(frozen=True, slots=True)
class Touched:
    """For each of s things the first and last instant [ms] at which something is known or has changed, shape (s,).

    The first is later than the last where there is nothing.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]

    def take(self, things: NDArray[np.intp]) -> Touched:
        """Select things by index."""
        return Touched(self.first[things], self.last[things])

    def between(self, rows: Rows, neighbours: int) -> Touched:
        """Give the span between some rows before it and as many after it, unlimited where there are not so many."""
        begin, end = rows.limits()
        keys, series = in_order(rows.series, rows.time), np.arange(rows.count)
        before = np.searchsorted(keys, in_order(series, np.clip(self.first, 0, LATEST))) - neighbours
        after = np.searchsorted(keys, in_order(series, np.clip(self.last, 0, LATEST)), side="right") + neighbours - 1
        time = np.append(rows.time, 0)
        return Touched(
            np.where(before >= begin, time[np.maximum(before, 0)], -NEVER),
            np.where(after < end, time[np.minimum(after, len(rows))], NEVER),
        )


@dataclass(frozen=True, slots=True)
class Due:
    """For each of s things the windows that end after ``low``, begin at ``high`` or before, and end by ``until``.

    ``low`` may lie behind ``high``: then only a window that holds both is meant, such as a day.
    """

    low: NDArray[np.int64]
    """Milliseconds since 1970 UTC, shape (s,)."""
    high: NDArray[np.int64]
    """Milliseconds since 1970 UTC, shape (s,)."""
    until: int
    longest: int
    """Milliseconds of the longest window that is meant."""
    touched: Touched | None = None
    """Where rows have changed, if nothing but that makes windows due."""

    def things(self) -> NDArray[np.bool_]:
        """Tell for which things a window may be due. [bool], shape (s,)."""
        return (self.low < self.until) & (self.low <= self.high + self.longest)

    def reach(self, things: NDArray[np.bool_]) -> tuple[int, int]:
        """Give the half-open span [ms] in which every due window of the chosen things begins or ends."""
        low, high = self.low[things], np.minimum(self.high[things], self.until)
        return int(np.minimum(low, high).min()), int(np.maximum(low, high).max()) + 1

    def take(self, things: NDArray[np.intp]) -> Due:
        """Select things by index."""
        touched = None if self.touched is None else self.touched.take(things)
        return Due(self.low[things], self.high[things], self.until, self.longest, touched)

    def only(self, things: NDArray[np.bool_]) -> Due:
        """Leave out what is due for other things than those told, shape (s,)."""
        return replace(self, low=np.where(things, self.low, NEVER // 2))

    def matrix(self, edges: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which windows between edges [ms], shape (m + 1,), are due for which thing. [bool], shape (s, m)."""
        start, end = edges[:-1], edges[1:]
        return (end > self.low[:, np.newaxis]) & (start <= self.high[:, np.newaxis]) & (end <= self.until)


def nothing_touched(things: int) -> Touched:
    """Give the span of nothing for some things."""
    return Touched(np.full(things, NEVER // 2), np.full(things, -(NEVER // 2)))


def changed(indicator: Indicator, touched: Touched, now: int) -> Due:
    """Name the closed windows to which rows within a touched span can matter."""
    low, high = touched.first - _ms(indicator.lookahead), touched.last + _ms(indicator.lookback)
    return Due(low, high, now, _longest(indicator), touched)


def closed(indicator: Indicator, known: Touched, before: int, now: int) -> tuple[Due, ...]:
    """Name the windows that closed between two instants, or whose patience ended, for things with recent rows."""
    patience = _ms(indicator.patience)
    high = known.last + _ms(indicator.lookback)
    low = np.full(len(high), before)
    longest = _longest(indicator)
    if now - before >= patience:
        return (Due(low - patience, high, now, longest),)
    return Due(low, high, now, longest), Due(low - patience, high, now - patience, longest)


def asked(indicator: Indicator, known: Touched, start: int, end: int, now: int) -> Due:
    """Name the closed windows that touch a half-open span, as far as rows can matter to them."""
    all_known = changed(indicator, known, now)
    low, high = np.maximum(all_known.low, start), np.minimum(all_known.high, end - 1)
    return Due(low, high, now, all_known.longest)


def _longest(indicator: Indicator) -> int:
    """Give the length of the longest window of an indicator. [ms]."""
    return max(milliseconds(WINDOWS[window].longest) for window in indicator.windows)


def _ms(span: timedelta) -> int:
    return milliseconds(np.timedelta64(span))
