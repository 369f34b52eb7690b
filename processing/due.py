"""Which windows are to be computed: those that a change touches, that have just closed, or that a person asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import WINDOWS
from processing.local import local
from processing.rows import LATEST, NEVER, in_order
from processing.windows import milliseconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Indicator
    from processing.rows import Rows


@dataclass(frozen=True, slots=True)
class Neighbours:
    """How far a reading that changes can matter to windows, told by the readings beside it rather than by the clock."""

    readings: int
    """How many of its series, before and after it, can come to say something else by it; what lies beyond stays."""
    onward: bool = False
    """Whether everything after it does, however many readings lie between, as a sum that goes on."""
    together: tuple[float, float] | None = None
    """Local hours of a day of which one instant is chosen: what matters to one of them matters to all."""

    @property
    def hours(self) -> timedelta:
        """How long those local hours last at most, with an hour that a zone may repeat among them."""
        begin, end = self.together or (0.0, 0.0)
        return timedelta(hours=end - begin + 1)


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

    def between(self, rows: Rows, readings: int) -> Touched:
        """Give the span between some rows before it and as many after it, unlimited where there are not so many."""
        begin, end = rows.limits()
        keys, series = in_order(rows.series, rows.time), np.arange(rows.count)
        before = np.searchsorted(keys, in_order(series, np.clip(self.first, 0, LATEST))) - readings
        after = np.searchsorted(keys, in_order(series, np.clip(self.last, 0, LATEST)), side="right") + readings - 1
        time = np.append(rows.time, 0)
        return Touched(
            np.where(before >= begin, time[np.maximum(before, 0)], -NEVER),
            np.where(after < end, time[np.minimum(after, len(rows))], NEVER),
        )

    def reaching(self, neighbours: Neighbours, zone: str) -> Touched:
        """Widen the span to all that is chosen from together, and to what follows it where that goes on."""
        first, last = self.first, self.last
        if neighbours.together is not None:
            known = np.abs(first) < LATEST
            chosen = known & local(np.where(known, first, 0), zone).is_between(*neighbours.together)
            first = np.where(chosen, first - _ms(neighbours.hours), first)
        return Touched(first, np.full_like(last, NEVER) if neighbours.onward else last)


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


def changed(indicator: Indicator, touched: Touched, ahead: Touched, now: int) -> Due:
    """Name the closed windows to which rows within a touched span can matter; to those before it what is ``ahead``."""
    low = np.minimum(touched.first, ahead.first - _ms(indicator.lookahead))
    high = touched.last + _ms(indicator.lookback)
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


def asked(indicator: Indicator, known: Touched, ahead: Touched, span: tuple[int, int], now: int) -> Due:
    """Name the closed windows that touch a half-open span [ms], as far as rows can matter to them; see ``changed``."""
    all_known = changed(indicator, known, ahead, now)
    low, high = np.maximum(all_known.low, span[0]), np.minimum(all_known.high, span[1] - 1)
    return Due(low, high, now, all_known.longest)


def _longest(indicator: Indicator) -> int:
    """Give the length of the longest window of an indicator. [ms]."""
    return max(milliseconds(WINDOWS[window].longest) for window in indicator.windows)


def _ms(span: timedelta) -> int:
    return milliseconds(np.timedelta64(span))
