"""Parking sessions: states of many spaces become stays, each with what is known of its beginning and its end.

A space that is free, or taken, for less than a minute between two states that are known is a flap: a vehicle that
moves to and fro, one that drives across, an echo. Free ones join the stays around them, taken ones are nobody's stay.
Where knowledge ends, a state being older than it may be held, a stay ends without a departure; what is taken when
knowledge begins has no arrival. Whether a vehicle came at an instant depends on states as old as one may be held,
and a minute more, before it, and on two minutes after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Results
from processing.rows import NEVER, Rows
from processing.windows import MS_PER_HOUR, cut, held_until, milliseconds, overlap, worst_flag

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from processing.indicator import Given
    from processing.windows import Cut

PROPERTY = "occupied"
FLAP = timedelta(seconds=60)
"""What is shorter is no stay, and no end of one. Indicator rules, Volume: flaps merged."""
SETTLED = 2 * FLAP
"""After this it is known whether a vehicle that came has stayed."""
LOOKBACK = timedelta(hours=24) + SETTLED
"""As long as a state is held, and the flap before it."""
_TAKEN = 0.5


@dataclass(frozen=True, slots=True)
class Sessions:
    """One entry per stay, ascending by space and time, none overlapping another; every column has shape (k,)."""

    space: NDArray[np.int64]
    begin: NDArray[np.int64]
    """When the vehicle came, or where ``arrived`` is false the space was first known to be taken. [ms]"""
    end: NDArray[np.int64]
    """When it left, or where ``departed`` is false knowledge ended. [ms]"""
    arrived: NDArray[np.bool_]
    departed: NDArray[np.bool_]
    heard: NDArray[np.int64]
    """When the space was last said to be taken. [ms]"""
    quality: NDArray[np.uint8]
    """Flag of the state that tells of its beginning."""

    def __len__(self) -> int:
        return len(self.space)

    def take(self, chosen: NDArray[Any]) -> Sessions:
        """Select stays by ascending index or by mask."""
        return Sessions(*(getattr(self, name)[chosen] for name in Sessions.__slots__))

    @property
    def hours(self) -> NDArray[np.float64]:
        """Give how long each lasted, as far as it is known. [h]."""
        length: NDArray[np.float64] = (self.end - self.begin) / MS_PER_HOUR
        return length


def sessions(rows: Rows, max_hold: np.timedelta64) -> Sessions:
    """Find the stays in states of spaces, 1 for taken and 0 for free."""
    until, taken = held_until(rows, max_hold), rows.value >= _TAKEN
    follows = rows.continues() & (np.roll(until, 1) == rows.time)
    goes_on = follows & taken & np.roll(taken, 1)
    first, last = np.flatnonzero(taken & ~goes_on), np.flatnonzero(taken & ~np.append(goes_on, False)[1:])
    departed = np.append(follows, False)[last + 1]
    begin, end, heard = rows.time[first], until[last], rows.time[last]
    runs = Sessions(rows.series[first], begin, end, follows[first], departed, heard, rows.quality[first])
    return _without_passers(_joined(runs))


def _joined(runs: Sessions) -> Sessions:
    """Join what is taken on both sides of a flap."""
    joins = (
        (runs.space[1:] == runs.space[:-1])
        & (runs.departed[:-1] & runs.arrived[1:])
        & (runs.begin[1:] - runs.end[:-1] < milliseconds(np.timedelta64(FLAP)))
    )
    edge = np.ones(min(len(runs), 1), dtype=bool)
    first, last = runs.take(np.append(edge, ~joins)), runs.take(np.append(~joins, edge))
    return Sessions(first.space, first.begin, last.end, first.arrived, last.departed, last.heard, first.quality)


def _without_passers(stays: Sessions) -> Sessions:
    short = stays.end - stays.begin < milliseconds(np.timedelta64(FLAP))
    return stays.take(~(short & stays.arrived & stays.departed))


def spans(count: int, space: NDArray[np.int64], begin: NDArray[np.int64]) -> Rows:
    """Take spans of time of ``count`` spaces, ascending and apart, as rows to be cut into windows by their begin."""
    return Rows(count, space, begin, np.ones(len(space)), np.ones(len(space), dtype=np.uint8))


@dataclass(frozen=True, slots=True)
class Parked:
    """The stays of s spaces cut into m windows, and how well these are known."""

    states: Cut
    until: NDArray[np.int64]
    """Until when each state holds. [ms]"""
    stays: Sessions
    pieces: Cut
    """Of the stays, by their beginning."""

    @classmethod
    def of(cls, given: Given) -> Parked:
        """Find the stays of spaces and cut them."""
        rows, hold = given.rows[PROPERTY], given.max_hold(PROPERTY)
        found = sessions(rows, hold)
        pieces = cut(spans(rows.count, found.space, found.begin), given.edges)
        return cls(cut(rows, given.edges), held_until(rows, hold), found, pieces)

    def hours(self) -> NDArray[np.float64]:
        """Add up how long vehicles stood there in each window. [h], shape (s, m)."""
        return overlap(self.pieces, self.stays.end) / MS_PER_HOUR

    def arrivals(self) -> NDArray[np.float64]:
        """Count the vehicles that came in each window. [{vehicle}], shape (s, m)."""
        return self.pieces.total(self.stays.arrived.astype(np.float64))

    def touching(self) -> NDArray[np.float64]:
        """Count the stays of which a part lies in each window. [{stay}], shape (s, m)."""
        before = np.append(self.stays.end, self.pieces.edges[0])[self.pieces.before_start()]
        return (self.pieces.samples + (before > self.pieces.start)).astype(np.float64)

    def closed(self) -> NDArray[np.bool_]:
        """Tell which stays began and ended in one window, so that their length is known. [bool], shape (k,)."""
        closing = np.append(self.pieces.edges, NEVER)[self.pieces.column]
        return self.pieces.inside() & self.stays.arrived & self.stays.departed & (self.stays.end <= closing)

    def results(self, value: NDArray[np.float64], **parts: NDArray[np.float64]) -> Results:
        """Say how well values, shape (s, m), are known: by the time for which a state holds."""
        known = overlap(self.states, self.until) / np.diff(self.states.edges)
        return Results(value, known, self.states.samples, worst_flag(self.states, self.until), parts)
