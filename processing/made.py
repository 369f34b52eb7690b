"""What one input gives to a number: its rows and what each counts for, the gaps, what was left out and why, the sum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from processing.calendar import edges
from processing.control import words
from processing.indicator import Given
from processing.indicators import window_of
from processing.metering import REGISTERS, rises
from processing.windows import MS_PER_HOUR, milliseconds
from sensors.kinds import properties
from sensors.model import TIME
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from processing.group import Input
    from processing.metering import Register
    from processing.rows import Rows
    from sensors.model import Datastream

MOST_ROWS = 500
"""Rows that are shown of one input, those nearest to the window; how many there are in all is told."""
FAILED, MISSING, GLITCH = "failed its tests", "missing", "off the run of its counter"
IMPOSSIBLE = "from it to the next the counter rises by more than the site's greatest power can be"
BEFORE, AFTER = "before the window", "after the window"


class Used(NamedTuple):
    """One observation, and what it counts for in the window."""

    time: np.datetime64
    value: float | None
    quality: Quality
    """As the quality control found it."""
    findings: tuple[str, ...]
    """What the quality control says of it."""
    why_not: str
    """Empty where it is used: ``failed its tests``, ``before the window``, ..."""
    hours: float
    """How long it holds in the window, or of a result how much of its own window lies in it."""
    amount: float | None
    """What it adds: value times hours, or the part in the window of what a counter counted until the next reading."""


class Gap(NamedTuple):
    """A part of the window of which an input says nothing."""

    start: np.datetime64
    end: np.datetime64


@dataclass(frozen=True, slots=True)
class Made:
    """One datastream that a number is made of."""

    datastream: Datastream
    unit: str
    rows: tuple[Used, ...]
    count: int
    """Rows within reach, shown or not."""
    gaps: tuple[Gap, ...]
    hours: float
    """For how long all of them hold in the window."""
    amount: float | None
    """What all of them add; None where nothing does."""


class _Share(NamedTuple):
    """What each row counts for; every column has shape (n,)."""

    until: NDArray[np.int64]
    """Until when what it says is known; its own time where it says nothing. [ms]"""
    hours: NDArray[np.float64]
    amount: NDArray[np.float64]
    why_not: NDArray[np.object_]
    """Why a reading that passed its tests counts nothing; empty for all else."""


class Source(NamedTuple):
    """Whose series it is, and what is known of where it comes from."""

    one: Input
    stream: Datastream
    unit: str
    exchanges: Sequence[int]
    """When another device began to observe the thing. [ms]"""
    site: Mapping[str, Any]
    zone: str
    window: str
    """The kind of window that is explained."""

    def given(self, rows: Rows, window: NDArray[np.int64]) -> Given:
        """Give a formula of this series what it may know."""
        return Given(
            window=self.window,
            edges=window.view(TIME),
            rows={self.one.name: rows},
            sites=[self.site],
            exchanges=[self.exchanges],
            zone=self.zone,
        )


def made(source: Source, rows: Rows, limits: NDArray[np.datetime64]) -> Made:
    """Show what the rows of one series, examined, give to the window between two edges."""
    window = limits.astype(TIME).view(np.int64)
    share = _share(source, rows, window)
    usable = _usable(rows) & (share.why_not != GLITCH)
    found = share.hours > 0
    gaps = _gaps(rows.time[usable], share.until[usable], window)
    amounts = share.amount[found]
    total = float(np.nansum(amounts)) if len(amounts) and not np.isnan(amounts).all() else None
    shown = _nearest(rows.time, window)
    listed = tuple(_used(rows, share, place, window) for place in shown.tolist())
    return Made(source.stream, source.unit, listed, len(rows), gaps, float(share.hours.sum()), total)


def _usable(rows: Rows) -> NDArray[np.bool_]:
    known = (rows.quality != Quality.FAIL) & (rows.quality != Quality.MISSING)
    usable: NDArray[np.bool_] = known & ~np.isnan(rows.value)
    return usable


def _nearest(time: NDArray[np.int64], window: NDArray[np.int64]) -> NDArray[np.intp]:
    """Choose the rows nearest to a window, in the order of time; of those in it the first."""
    away = np.maximum(window[0] - time, 0) + np.maximum(time - window[-1] + 1, 0)
    return np.sort(np.argsort(away, kind="stable")[:MOST_ROWS])


def _share(source: Source, rows: Rows, window: NDArray[np.int64]) -> _Share:
    one = source.one
    if not one.derived and one.name in REGISTERS:
        return _of_counter(source, REGISTERS[one.name], rows, window)
    until = _held_until(source, rows)
    hours = _inside(rows.time, until, window) / MS_PER_HOUR
    return _Share(until, hours, rows.value if one.derived else rows.value * hours, np.full(len(rows), "", dtype=object))


def _held_until(source: Source, rows: Rows) -> NDArray[np.int64]:
    """Tell until when each row speaks: the next usable one, at most its hold; a result as long as its window. [ms]."""
    one, usable = source.one, _usable(rows)
    if one.derived:
        return np.where(usable, _end_of_window(one.name, rows.time, source.zone), rows.time)
    following = np.full(len(rows), np.iinfo(np.int64).max)
    places = np.flatnonzero(usable)
    following[places[:-1]] = rows.time[places[1:]]
    hold = milliseconds(np.timedelta64(properties()[one.name].max_hold))
    return np.where(usable, np.minimum(following, rows.time + hold), rows.time)


def _end_of_window(name: str, time: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """Give the ends of the windows of results by their starts; what happened has none, and ends as it begins. [ms]."""
    window = window_of().get(name)
    if window is None or not len(time):
        return time
    limits = edges(window, _time(time[0]), _time(time[-1] + 1), zone).view(np.int64)
    return limits[np.searchsorted(limits, time, side="right")]


def _of_counter(source: Source, register: Register, rows: Rows, window: NDArray[np.int64]) -> _Share:
    """Give each reading the part in the window of what was counted until the next, restarts and rollovers included."""
    usable = rows.usable()
    found = rises(source.given(usable, window), register)
    kept, steps = found.rows, found.steps
    inside, length = _inside(kept.time, found.spread, window), np.maximum(steps.until - kept.time, 1)
    place, why_not = np.searchsorted(rows.time, kept.time), np.full(len(rows), "", dtype=object)
    until, hours, amount = rows.time.copy(), np.zeros(len(rows)), np.full(len(rows), np.nan)
    until[place] = found.known
    hours[place], amount[place] = inside / MS_PER_HOUR, steps.amount * inside / length
    why_not[np.isin(rows.time, usable.time) & ~np.isin(rows.time, kept.time)] = GLITCH
    why_not[place[~found.possible & (_inside(kept.time, steps.until, window) > 0)]] = IMPOSSIBLE
    return _Share(until, hours, amount, why_not)


def _inside(begin: NDArray[np.int64], end: NDArray[np.int64], window: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give how much of each span lies in the window. [ms], shape (n,)."""
    inside: NDArray[np.int64] = np.maximum(np.minimum(end, window[-1]) - np.maximum(begin, window[0]), 0)
    return inside


def _used(rows: Rows, share: _Share, place: int, window: NDArray[np.int64]) -> Used:
    counts, amount = bool(share.hours[place] > 0), float(share.amount[place])
    reasons = 0 if rows.reasons is None else int(rows.reasons[place])
    value = float(rows.value[place])
    return Used(
        time=_time(rows.time[place]),
        value=None if np.isnan(value) else value,
        quality=Quality(rows.quality[place]),
        findings=words(reasons),
        why_not="" if counts else _why_not(rows, share, place, window),
        hours=float(share.hours[place]),
        amount=amount if counts and not np.isnan(amount) else None,
    )


def _why_not(rows: Rows, share: _Share, place: int, window: NDArray[np.int64]) -> str:
    if share.why_not[place]:
        return str(share.why_not[place])
    if rows.quality[place] in (Quality.FAIL, Quality.MISSING):
        return FAILED if rows.quality[place] == Quality.FAIL else MISSING
    return AFTER if rows.time[place] >= window[-1] else BEFORE


def _gaps(times: NDArray[np.int64], until: NDArray[np.int64], window: NDArray[np.int64]) -> tuple[Gap, ...]:
    """Give the parts of the window in which no row holds."""
    begin = np.concatenate([[window[0]], np.clip(until, window[0], window[-1])])
    end = np.concatenate([np.clip(times, window[0], window[-1]), [window[-1]]])
    begin = np.maximum.accumulate(begin)
    open_ones = np.flatnonzero(end > begin)
    return tuple(Gap(_time(begin[one]), _time(end[one])) for one in open_ones)


def _time(instant: int) -> np.datetime64:
    return np.datetime64(int(instant), "ms").astype(TIME)
