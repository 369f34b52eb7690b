"""How containers fill by the hours of the week: what four weeks have shown, how far it scatters, and what it foretells.

A container fills by the same hours week after week: a litter bin on Saturday afternoons, a paper container on Sundays.
What came in each hour of the last 28 local days tells the amount m that is expected in an hour of the week. What really
comes scatters around what is expected. Its variance, seen in sums of three days, is taken to grow with the amount, as
that of many small deposits does, with a factor d. A sum of hours of which the amount a is expected then has a variance
of d * a * (1 + a / A), where A is the amount that the history rests on: the second part is what is not known of m. With
probability p what is missing, x, has come when a - z(p) * sqrt(d * a * (1 + a / A)) = x, where z is the quantile of the
normal distribution. This equation of second degree gives a, and m tells when a has come. All of it: our definition.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import DAY, HOUR, local_days
from processing.level import OVERFLOWING
from processing.rounds import MONDAY, local_clock
from processing.windows import milliseconds, positions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given
    from processing.rows import Rows

PROPERTY = "filling_level"
WEEKS = 4
DAYS = 7 * WEEKS
SPAN = 3
"""Days in a row whose common scatter is looked at."""
HOURS = 168
HOLD = timedelta(hours=12)
"""A reading speaks for this long, and"""
REACH = timedelta(hours=24)
"""the median with it is of readings no older than this before it."""
FALL = 10.0
"""Percentage points: an hour in which the level falls by more is one of an emptying, and tells nothing."""
ENOUGH = WEEKS * HOURS // 2
"""Hours that must be known: half of all."""
LOOKBACK = timedelta(days=DAYS + 1) + HOLD + REACH + timedelta(hours=2)
"""28 days before the local day in which a window begins, which may have 25 hours as one of them may."""


@dataclass(frozen=True, slots=True)
class Habit:
    """What was learnt of s things for each of j local days, out of the 28 days before."""

    upto: NDArray[np.float64]
    """Expected from Monday 00:00 until each hour of the week, NaN where too little is known. [%], shape (s, j, 169)."""
    scatter: NDArray[np.float64]
    """Variance of an amount by the amount, shape (s, j). [%]"""
    seen: NDArray[np.float64]
    """Amount that this rests on, shape (s, j). [%]"""

    def expected(self, day: NDArray[np.int64], hour: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the amount from Monday 00:00 until hours of the week, beyond it those of the next; [%], shape (s, m).

        ``day`` is the place among the j days, shape (m,); ``hour`` has shape (m,) or (s, m).
        """
        weeks, rest = np.divmod(np.broadcast_to(hour, (len(self.upto), len(day))), HOURS)
        place = np.minimum(rest.astype(np.int64), HOURS - 1)
        before, after = self._at(day, place), self._at(day, place + 1)
        return weeks * self.upto[:, day, HOURS] + before + (rest - place) * (after - before)

    def hours_until(
        self, day: NDArray[np.int64], hour: NDArray[np.float64], amount: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Tell how long after hours of the week, shape (m,), amounts, shape (s, m), are reached; inf for never. [h]."""
        target, week = self.expected(day, hour) + amount, self.upto[:, day, HOURS]
        with np.errstate(divide="ignore", invalid="ignore"):
            weeks = np.ceil(target / week) - 1.0
            rest = target - weeks * week
            low, high = np.zeros(rest.shape, dtype=np.int64), np.full(rest.shape, HOURS)
            while (high - low).max(initial=0) > 1:
                middle = (low + high) // 2
                short = self._at(day, middle) < rest
                low, high = np.where(short, middle, low), np.where(short, high, middle)
            before, after = self._at(day, low), self._at(day, high)
            hours = weeks * HOURS + low + (rest - before) / (after - before) - hour
        known = ~np.isnan(week) & ~np.isnan(amount)
        return np.where(known, np.where((week > 0) & np.isfinite(amount), hours, np.inf), np.nan)

    def _at(self, day: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.float64]:
        return self.upto[np.arange(len(self.upto))[:, np.newaxis], day, place]

    def amount_at(self, day: NDArray[np.int64], missing: NDArray[np.float64], z: float) -> NDArray[np.float64]:
        """Give the expected amount by which what is missing [%], (s, m), has come with the probability of a quantile.

        ``z`` is that of the normal distribution: less than 0 for a time that is likely to be earlier. [%], (s, m), inf
        where it is never so likely.
        """
        spread = z * z * self.scatter[:, day]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = 1.0 - spread / self.seen[:, day]
            linear = 2.0 * missing + spread
            root = np.sqrt(np.maximum(linear * linear - 4.0 * share * missing * missing, 0.0))
            if z < 0:
                return 2.0 * missing * missing / (linear + root)
            return np.where(share > 0, (linear + root) / (2.0 * share), np.where(np.isnan(share), np.nan, np.inf))

    def deviation(self, day: NDArray[np.int64], amount: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the standard deviation of an expected amount [%], (s, m). [%], shape (s, m)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = self.scatter[:, day] * amount * (1.0 + amount / self.seen[:, day])
        deviation: NDArray[np.float64] = np.sqrt(np.maximum(variance, 0.0))
        return deviation


@dataclass(frozen=True, slots=True)
class When:
    """Where each of m instants lies in the days and weeks that habits were learnt for."""

    day: NDArray[np.int64]
    """Place of the local day in which its window began, shape (m,)."""
    hour: NDArray[np.float64]
    """Local hour of the week, Monday 00:00 being 0; shape (m,)."""


def habits_of(given: Given) -> tuple[Habit, When]:
    """Learn for the windows of a formula, once for all formulas; see ``habits``."""
    key = "habits", given.edges.tobytes(), given.zone
    return given.once(key, lambda: habits(given.rows[PROPERTY], given.edges, given.zone))


def habits(rows: Rows, edges: NDArray[np.datetime64], zone: str) -> tuple[Habit, When]:
    """Learn from the 28 days before the local day in which each window begins.

    ``rows`` are filling levels [%]; the hours of the week that are asked for later are those of the windows' ends.
    """
    starts = edges[:-1].view(np.int64)
    if not len(starts):
        return _learn(np.empty((rows.count, DAYS, 24)), 0), When(starts, starts.astype(np.float64))
    days = _days(starts, zone)
    came = _by_day(rows, days, zone)
    today, hour = local_clock(edges[1:].view(np.int64), zone)
    place = np.searchsorted(days, starts, side="right") - 1 - DAYS
    first_weekday = (int(local_clock(days[:1], zone)[0][0]) - MONDAY) % 7
    return _learn(came, first_weekday), When(place, (today - MONDAY) % 7 * 24 + hour)


def _days(starts: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """Give the local midnights of 28 days before the first start, and on to the end of the last one's day. [ms]."""
    first, last = (starts[[0, -1]]).view("datetime64[ms]")
    today = local_days(first, first + np.timedelta64(1, "ms"), zone)[0]
    # At noon no clock is set, so 28 days before a midnight is within two hours of one.
    begin = today - DAYS * DAY + DAY // 2
    return local_days(begin, last + np.timedelta64(1, "ms"), zone).view(np.int64)


def _by_day(rows: Rows, days: NDArray[np.int64], zone: str) -> NDArray[np.float64]:
    """Lay out what came in each hour by local day and hour of the clock, NaN where it is not known. [%], (s, d, 24)."""
    step = milliseconds(HOUR)
    hours = np.arange(days[0], days[-1] + step, step)
    came = _increments(rows, hours)
    day = np.searchsorted(days, hours[:-1], side="right") - 1
    cell = day * 24 + local_clock(hours[:-1], zone)[1].astype(np.int64)
    laid = np.full((rows.count, (len(days) - 1) * 24), np.nan)
    _, once = np.unique(cell, return_index=True)
    laid[:, cell[once]] = came[:, once]
    again = np.setdiff1d(np.arange(len(cell)), once)
    # When the clock is set back an hour comes twice: what came in both counts as one.
    laid[:, cell[again]] += came[:, again]
    return laid.reshape(rows.count, len(days) - 1, 24)


def _increments(rows: Rows, hours: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give how much the level rose between hours [ms], shape (h + 1,), NaN where it is not known. [%], shape (s, h)."""
    place = positions(rows, hours)
    begin, _ = rows.limits()
    newest = np.where(place > begin[:, np.newaxis], place - 1, -1)
    known = (newest >= 0) & (np.append(rows.time, 0)[newest] + milliseconds(np.timedelta64(HOLD)) >= hours)
    level = np.where(known, np.append(_median_of_three(rows), np.nan)[newest], np.nan)
    rise: NDArray[np.float64] = np.diff(level, axis=1)
    # What is thrown into an overflowing container lies beside it: it is not seen.
    return np.where((rise >= -FALL) & (level[:, :-1] < OVERFLOWING), rise, np.nan)


def _median_of_three(rows: Rows) -> NDArray[np.float64]:
    """Give the median of each reading and the two before it, of those that are near enough. [%], shape (n,)."""
    one, two = _earlier(rows, 1), _earlier(rows, 2)
    three = np.maximum(np.minimum(rows.value, one), np.minimum(np.maximum(rows.value, one), two))
    return np.where(np.isnan(two), np.where(np.isnan(one), rows.value, (rows.value + one) / 2), three)


def _earlier(rows: Rows, back: int) -> NDArray[np.float64]:
    """Give the reading of the same series so many places before, NaN where it is none or too old. Shape (n,)."""
    found = np.full(len(rows), np.nan)
    near = rows.series[back:] == rows.series[: len(rows) - back]
    near &= rows.time[back:] - rows.time[: len(rows) - back] <= milliseconds(np.timedelta64(REACH))
    found[back:] = np.where(near, rows.value[: len(rows) - back], np.nan)
    return found


def _learn(came: NDArray[np.float64], first_weekday: int) -> Habit:
    """Learn from what came by day and hour, shape (s, 28 + j, 24), for each day but the first 28."""
    days = np.arange(came.shape[1] - DAYS)
    history = came[:, days[:, np.newaxis] + np.arange(DAYS)].reshape(len(came), len(days), WEEKS, 7, 24)
    known, total = np.count_nonzero(~np.isnan(history), axis=2), np.nansum(history, axis=2)
    mean = _filled(total, known)
    beside = np.nansum(history - mean[:, :, np.newaxis], axis=4).reshape(len(came), len(days), DAYS)
    # The weekdays stand in the order of the history; Monday comes first where it is so far behind its beginning.
    monday_first = (np.arange(7) - first_weekday - days[:, np.newaxis]) % 7
    by_weekday = np.take_along_axis(mean, monday_first[np.newaxis, :, :, np.newaxis], axis=2)
    return _habit(by_weekday, known, total.sum(axis=(2, 3)), _variance(beside))


def _variance(beside: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the variance of 28 days, shape (s, j, 28), as three in a row have it, for weather lasts. Shape (s, j)."""
    spans = np.lib.stride_tricks.sliding_window_view(beside, SPAN, axis=2).sum(axis=3)
    variance: NDArray[np.float64] = (spans**2).mean(axis=2) * (DAYS / SPAN)
    return variance


def _filled(total: NDArray[np.float64], known: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give the mean of each hour of the week, of the same hour of other days where it is not known. (s, j, 7, 24)."""
    of_hour, hours = total.sum(axis=2, keepdims=True), known.sum(axis=2, keepdims=True)
    other = np.divide(of_hour, hours, out=np.zeros(of_hour.shape), where=hours > 0)
    mean: NDArray[np.float64] = np.divide(total, known, out=np.broadcast_to(other, total.shape).copy(), where=known > 0)
    return mean


def _habit(
    mean: NDArray[np.float64], known: NDArray[np.int64], seen: NDArray[np.float64], variance: NDArray[np.float64]
) -> Habit:
    """Put together what was learnt: no hour takes away, and the week keeps its amount."""
    hours = known.sum(axis=(2, 3))
    week, rising = np.maximum(mean.sum(axis=(2, 3)), 0.0), np.maximum(mean, 0.0)
    of_rising = rising.sum(axis=(2, 3))
    scale = np.divide(week, of_rising, out=np.zeros(week.shape), where=of_rising > 0)
    hourly = (rising * scale[:, :, np.newaxis, np.newaxis]).reshape(*week.shape, HOURS)
    upto = np.concatenate([np.zeros((*week.shape, 1)), np.cumsum(hourly, axis=2)], axis=2)
    upto[hours < ENOUGH] = np.nan
    # Each mean was made of about as many weeks as are known of an hour: so much of the scatter went into it.
    free = np.maximum(hours / np.maximum(np.count_nonzero(known, axis=(2, 3)), 1) - 1.0, 1.0)
    seen = np.maximum(seen, 0.0)
    scatter = np.divide(variance * (1.0 + 1.0 / free), seen, out=np.zeros(seen.shape), where=seen > 0)
    return Habit(upto, scatter, seen)
