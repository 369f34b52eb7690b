"""How many spaces of a car park are taken and how many are in service, whatever it tells of itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Results
from processing.lazily import lazily
from processing.quality import doubted
from processing.rows import NEVER, Rows, instants, last_at
from processing.windows import MS_PER_HOUR, cut, held_until, milliseconds, overlap, worst_flag

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.cells import Held
    from processing.indicator import Given
    from processing.windows import Cut

FREE, COUNTED = "available_spot_number", "occupied_spot_number"
OUT_OF_SERVICE, CLOSED, SPACE = "out_of_service_slot_number", "closed", "occupied"
INPUTS = (FREE, COUNTED, OUT_OF_SERVICE, CLOSED)
"""What a car park tells of itself."""
BUSY, FULL = 0.85, 0.95
"""Share of its spaces from which a car park is busy, or full. Indicator rules, Share of time >= 85 % / full."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Steps of what is taken of s car parks, or of single spaces; every column has shape (n,)."""

    rows: Rows
    """The value is the number of vehicles that stand there, as it was told: it may be below 0 or above the spaces."""
    spaces: NDArray[np.float64]
    """Spaces in service, 0 while a car park is closed. [{space}]"""
    until: NDArray[np.int64]
    """Until when a step holds; its own time where nothing is known. [ms]"""

    _within: dict[bytes, TakenWithin] = field(default_factory=dict, repr=False, compare=False)

    @property
    def open(self) -> NDArray[np.bool_]:
        """Tell at which steps spaces are in service."""
        return self.spaces > 0

    @property
    def share(self) -> NDArray[np.float64]:
        """The share of the spaces that is taken, as it was told; NaN where none is in service. [1]."""
        return _quotient(self.rows.value, self.spaces)

    @property
    def impossible(self) -> NDArray[np.bool_]:
        """Tell which steps cannot be: fewer vehicles than none, or more than there are spaces."""
        return (self.rows.value < 0) | (self.rows.value > self.spaces)

    def within(self, edges: NDArray[np.datetime64]) -> TakenWithin:
        """Cut the steps into windows; the same windows are made once."""
        key = edges.tobytes()
        if key not in self._within:
            self._within[key] = TakenWithin(self, cut(self.rows, edges))
        return self._within[key]


@dataclass(frozen=True)
class TakenWithin:
    """What is taken of s car parks or spaces in m windows.

    Sums are made for stretches of steps and laid out to all windows once for each result, see ``processing.cells``.
    """

    taken: Taken
    pieces: Cut

    @property
    def held(self) -> Held:
        """How long steps hold in which windows."""
        return self.pieces.held(self.taken.until)

    @lazily
    def coverage(self) -> NDArray[np.float64]:
        """Give which part of each window is known, spaces being in service. [1], 0..1, shape (s, m)."""
        if self.taken.open.all():
            return self.held.coverage
        return overlap(self.pieces, self.taken.until, self.taken.open.astype(np.float64)) / np.diff(self.pieces.edges)

    @lazily
    def flags(self) -> NDArray[np.uint8]:
        """Give the worst flag of each window; what rests on something impossible is doubted. Shape (s, m)."""
        flags = worst_flag(self.pieces, self.taken.until)
        if not self._impossible.any():
            return flags
        return doubted(flags, overlap(self.pieces, self.taken.until, self._impossible.astype(np.float64)) > 0)

    @lazily
    def _impossible(self) -> NDArray[np.bool_]:
        return self.taken.impossible

    @lazily
    def _room(self) -> NDArray[np.float64]:
        """Add up the spaces in service over the known time in the window of each stretch. [{space}.ms], shape (k,)."""
        spaces = self.taken.spaces
        same = len(spaces) > 0 and (spaces == spaces[0]).all()
        return self.held.known * spaces[0] if same else self.held.total(spaces)

    @lazily
    def _load(self) -> NDArray[np.float64]:
        """Add up the vehicles likewise, at each step neither below none nor above the spaces. [{space}.ms], (k,)."""
        vehicles = self.taken.rows.value
        # Each step by itself: what one says too much would else make up for what another says too little.
        if self._impossible.any():
            vehicles = np.clip(vehicles, 0.0, self.taken.spaces)
        load: NDArray[np.float64] = np.clip(self.held.total(vehicles), 0.0, self._room)  # of what rounding adds
        return load

    @lazily
    def _standing(self) -> NDArray[np.float64]:
        """Give the vehicles at the last step of each stretch, within the same bounds. [{vehicle}], shape (k,)."""
        last = self.held.stretches.of_last
        standing: NDArray[np.float64] = np.clip(last(self.taken.rows.value), 0.0, last(self.taken.spaces))
        return standing

    def results(self, value: NDArray[np.float64], **parts: NDArray[np.float64]) -> Results:
        """Say how well values, shape (s, m), are known."""
        return Results(value, self.coverage, self.pieces.samples, self.flags, parts)

    def occupancy(self) -> NDArray[np.float64]:
        """Give the share of the spaces that is taken over the known time. [1], 0 .. 1, NaN where none is; (s, m)."""
        return self._share(self._load, self._room, self._standing, self.held.stretches.of_last(self.taken.spaces))

    def spaces(self) -> NDArray[np.float64]:
        """Average the spaces in service over the time that is held, closed or not. [{space}], shape (s, m)."""
        last = self.held.stretches.of_last(self.taken.spaces)
        return self._share(self._room, self.held.known, last, np.ones(len(last)))

    def vehicles(self) -> NDArray[np.float64]:
        """Average the vehicles as they were told over the time that is held. [{vehicle}], shape (s, m)."""
        value, known = self.taken.rows.value, self.held.known
        last = self.held.stretches.of_last(value)
        return self._share(self.held.total(value), known, last, np.ones(len(last)))

    def load(self) -> NDArray[np.float64]:
        """Add up the vehicles over the known time, NaN where nothing is known. [{space}.ms], shape (s, m)."""
        load = self.held.spread_time(self._load, self._standing)
        load[self.coverage <= 0] = np.nan
        return load

    def share_of_time(self, least: float) -> NDArray[np.float64]:
        """Tell in which part of the known time a share or more was taken. [1], shape (s, m)."""
        above, is_open = (self.taken.share >= least).astype(np.float64), self.taken.open.astype(np.float64)
        last = self.held.stretches.of_last
        return self._share(self.held.total(above), self.held.total(is_open), last(above), last(is_open))

    def _share(
        self,
        part: NDArray[np.float64],
        whole: NDArray[np.float64],
        last_part: NDArray[np.float64],
        last_whole: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Divide sums over stretches, and what their last steps say, each (k,); NaN where the whole is nothing."""
        behind = _quotient(last_part, last_whole)
        return self.held.spread(_quotient(part, whole), behind, behind[self.held.partly], np.nan)


def taken(given: Given) -> Taken:
    """Follow what is taken of each car park or single space, see ``_taken``; found once for all that ask."""
    return given.once("taken", lambda: _taken(given))


def _taken(given: Given) -> Taken:
    """Follow what is taken of each car park or single space.

    Of a car park it is the vehicles while it tells them, else capacity - out of service - free. In service is the
    capacity less what was last said to be out of service, and none while it is closed. Each number holds as long as its
    observed property may.
    """
    if SPACE not in given.rows:
        return _of_lots(given)
    return _together(_of_spaces(given), _of_lots(given)) if FREE in given.rows else _of_spaces(given)


def _of_spaces(given: Given) -> Taken:
    rows = given.rows[SPACE]
    return Taken(rows, np.ones(len(rows)), held_until(rows, given.max_hold(SPACE)))


def _together(one: Taken, other: Taken) -> Taken:
    """Put spaces and car parks, which are different things, into one."""
    rows = [one.rows, other.rows]
    series, time, value, quality = (
        np.concatenate([getattr(each, name) for each in rows]) for name in ("series", "time", "value", "quality")
    )
    order = np.lexsort((time, series))
    both = Rows(one.rows.count, series[order], time[order], value[order], quality[order])
    spaces, until = np.concatenate([one.spaces, other.spaces]), np.concatenate([one.until, other.until])
    return Taken(both, spaces[order], until[order])


def _of_lots(given: Given) -> Taken:
    counts = _counts(given)
    steps = _steps(given, counts.rows)
    capacity = given.site("capacity")[steps.series]
    place = np.arange(len(steps)) if steps is counts.rows else last_at(counts.rows, steps.series, steps.time)
    off, _ = _holding(given, OUT_OF_SERVICE, steps)
    shut, shut_until = _holding(given, CLOSED, steps)
    spaces = in_service(given, steps)
    number = np.append(counts.rows.value, np.nan)[place]
    vehicles = np.where(np.append(counts.vehicles, False)[place], number, capacity - off - number)
    until = np.minimum(steps.next_time(), np.where(shut > 0, shut_until, np.append(counts.until, -NEVER)[place]))
    return Taken(
        steps.with_value(np.where(spaces > 0, np.nan_to_num(vehicles), 0.0)), spaces, np.maximum(until, steps.time)
    )


def in_service(given: Given, steps: Rows) -> NDArray[np.float64]:
    """Give the spaces in service at the steps of car parks, 0 while one is closed or not known to have any. (n,)."""
    off, shut = (_holding(given, name, steps)[0] for name in (OUT_OF_SERVICE, CLOSED))
    capacity = np.nan_to_num(given.site("capacity"))[steps.series]
    return np.where(shut > 0, 0.0, np.maximum(capacity - off, 0.0))


@dataclass(frozen=True, slots=True)
class _Counts:
    """What car parks count; every column has shape (n,)."""

    rows: Rows
    vehicles: NDArray[np.bool_]
    """Whether the value is vehicles; else it is free spaces."""
    until: NDArray[np.int64]
    """Until when it may be held. [ms]"""


def _counts(given: Given) -> _Counts:
    """Follow the vehicles that a car park tells for as long as that holds, and what is free where it does not.

    What counts at an instant depends on nothing but what holds then, so it is the same however far back rows are known.
    """
    free, vehicles = (_of_known_size(given, name) for name in (FREE, COUNTED))
    free_hold, hold = (milliseconds(given.max_hold(name)) for name in (FREE, COUNTED))
    if not len(vehicles):
        return _Counts(free, np.zeros(len(free), dtype=bool), free.time + free_hold)
    beside = free.take(_end_of(vehicles, hold, free) <= free.time)
    rows = instants(vehicles, beside, _resumed(free, free_hold, _run_out(vehicles, hold)))
    until = _end_of(vehicles, hold, rows)
    told = until > rows.time
    return _Counts(rows, told, np.where(told, until, _end_of(free, free_hold, rows)))


def _resumed(free: Rows, hold: int, ends: Rows) -> Rows:
    """Give what is free at the instants at which vehicles are no longer known, where that holds."""
    ends = ends.take(_end_of(free, hold, ends) > ends.time)
    then = free.take(last_at(free, ends.series, ends.time))
    return replace(then, time=ends.time)


def _end_of(rows: Rows, hold: int, steps: Rows) -> NDArray[np.int64]:
    """Tell until when the last row at each step may be held, long ago where there is none. [ms], shape (n,)."""
    return np.append(rows.time, -NEVER)[last_at(rows, steps.series, steps.time)] + hold


def _of_known_size(given: Given, name: str) -> Rows:
    """Give the rows of car parks whose capacity is known."""
    rows = given.rows.get(name, Rows.of(len(given.sites), [], [], []))
    sized = given.site("capacity") > 0
    return rows if sized.all() else rows.take(sized[rows.series])


def _steps(given: Given, counts: Rows) -> Rows:
    """Give the instants at which anything changes, each once."""
    further = [(name, rows) for name in (OUT_OF_SERVICE, CLOSED) if len(rows := _of_known_size(given, name))]
    ends = [_run_out(rows, milliseconds(given.max_hold(name))) for name, rows in further]
    return instants(counts, *(rows for _, rows in further), *ends) if further else counts


def _run_out(rows: Rows, hold: int) -> Rows:
    """Give the instants at which rows are no longer held, where no other has come before."""
    ended = rows.take(rows.next_time() - rows.time > hold)
    return replace(ended, time=ended.time + hold)


def _holding(given: Given, name: str, steps: Rows) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Give the number of an input that holds at each step, 0 where none does, and how long it may; each (n,)."""
    rows = given.rows.get(name)
    if rows is None or not len(rows):
        return np.zeros(len(steps)), steps.time
    place = last_at(rows, steps.series, steps.time)
    until = np.append(rows.time, -NEVER)[place] + milliseconds(given.max_hold(name))
    return np.where(until > steps.time, np.append(rows.value, 0.0)[place], 0.0), until


def hours(amount: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn milliseconds of something into hours of it; same shape."""
    return amount / MS_PER_HOUR


def _quotient(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    quotient: NDArray[np.float64] = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return quotient
