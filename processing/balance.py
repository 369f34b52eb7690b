"""Vehicles in a car park by those that drove in and out, anchored anew every night."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing import metering
from processing.counter import counted, flags, without_glitches
from processing.local import local
from processing.lots import INPUTS, Taken, in_service, taken
from processing.metering import ARRIVED, LEFT
from processing.rows import NEVER, Rows, instants, last_at
from processing.windows import milliseconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given
    from processing.metering import Register

BALANCED = (ARRIVED.input, LEFT.input, *INPUTS)
NIGHT = (3.0, 5.0)
"""Local hours in which the count is anchored, where it is least. Indicator rules, Entry/exit balance."""
OLDEST = timedelta(hours=48)
"""How long a count goes on from an anchor when a night has none. Our definition."""
LOOKBACK = OLDEST + timedelta(hours=12)
"""That anchor's night, and what its readings are differences to."""
COUNTERS = (ARRIVED.input, LEFT.input)
NEIGHBOURS = replace(metering.NEIGHBOURS, onward=True, together=NIGHT)
"""Readings at barriers that say something else by one that changes: those beside it that are stray or not by it, all
that goes on from there, and where one of these lies in the night, all of this night, whose anchor it may move."""
LOOKAHEAD = NEIGHBOURS.hours + ARRIVED.hold
"""What may move the anchor of a night that a window ends in, and what tells whether that is stray."""


@dataclass(frozen=True, slots=True)
class Anchors:
    """Instants at which the number of vehicles is taken for known, in the order of car park and time; shape (k,)."""

    rows: Rows
    """The value is what was counted in and out until then, from any beginning. [{vehicle}]"""
    level: NDArray[np.float64]
    """Vehicles that stand there then."""
    passed: NDArray[np.float64]
    """Vehicles counted in either direction until then, from the same beginning."""

    def previous(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Give the index of the anchor before each, and whether it is near enough to count from; each (k,)."""
        rows, before = self.rows, np.arange(len(self.rows)) - 1
        near = rows.time - np.roll(rows.time, 1) <= milliseconds(np.timedelta64(OLDEST))
        return before, rows.continues() & near


@dataclass(frozen=True, slots=True)
class Balance:
    """What was counted in and out of s car parks."""

    taken: Taken
    """Vehicles by the count; unknown where one of both counters is silent, or no anchor is near."""
    anchors: Anchors
    counting: NDArray[np.int64]
    """Until when both counters are known at each step, whatever the anchor. [ms]"""


@dataclass(frozen=True, slots=True)
class _Passed:
    """The readings of a counter, and what it has counted until each of them; shape (n,)."""

    rows: Rows
    total: NDArray[np.float64]

    @classmethod
    def of(cls, given: Given, register: Register) -> _Passed:
        hold = np.timedelta64(register.hold)
        rows = without_glitches(given.rows[register.input], hold, given.exchanges)
        steps = counted(rows, given.site(register.modulus), given.exchanges)
        marked = flags(rows, steps, hold, given.site(register.anew) > 0)
        return cls(rows.with_quality(marked), np.cumsum(steps.amount) - steps.amount)

    def at(self, steps: Rows) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Give what was counted until some steps, and until when that reading is known; each of their shape."""
        place = last_at(self.rows, steps.series, steps.time)
        until = np.append(self.rows.time, -NEVER)[place] + milliseconds(np.timedelta64(ARRIVED.hold))
        return np.append(self.total, 0.0)[place], until


def balance(given: Given) -> Balance:
    """Count vehicles from anchor to anchor: occ(t) = occ(anchor) + sum in - sum out."""
    into, out = _Passed.of(given, ARRIVED), _Passed.of(given, LEFT)
    steps = instants(into.rows, out.rows)
    (came, came_until), (left, left_until) = into.at(steps), out.at(steps)
    both_until = np.minimum(came_until, left_until)
    counting = np.maximum(np.minimum(steps.next_time(), both_until), steps.time)
    net = steps.with_value(came - left)
    anchors = _anchors(given, net, came + left, both_until > steps.time)
    place = last_at(anchors.rows, steps.series, steps.time)
    age = steps.time - np.append(anchors.rows.time, -NEVER)[place]
    start = np.append(anchors.level - anchors.rows.value, 0.0)[place]
    anchored = (place >= 0) & (age <= milliseconds(np.timedelta64(OLDEST)))
    until = np.where(anchored, counting, steps.time)
    return Balance(Taken(net.with_value(start + net.value), in_service(given, steps), until), anchors, counting)


def _anchors(given: Given, net: Rows, passed: NDArray[np.float64], known: NDArray[np.bool_]) -> Anchors:
    """Choose the first instant of each night at which the count is least."""
    there = local(net.time, given.zone)
    night = np.flatnonzero(known & there.is_between(*NIGHT))
    day, series = there.day[night], net.series[night]
    order = np.lexsort((net.time[night], net.value[night], day, series))
    first = np.flatnonzero((np.diff(day[order], prepend=-1) != 0) | (np.diff(series[order], prepend=-1) != 0))
    chosen = night[order[first]]
    rows = net.take(chosen)
    return Anchors(rows, _level(given, rows), passed[chosen])


def _level(given: Given, anchors: Rows) -> NDArray[np.float64]:
    """Give how many vehicles stand there: as counted by space where that is known, else as the site says. (k,)."""
    found = taken(given)
    place = last_at(found.rows, anchors.series, anchors.time)
    known = np.append(found.until, -NEVER)[place] > anchors.time
    by_site = np.nan_to_num(given.site("vehicles_at_night"))[anchors.series]
    return np.where(known, np.append(found.rows.value, 0.0)[place], by_site)
