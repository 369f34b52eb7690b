"""Stretches of datastreams, summed up, and windows made of them; a row is the shortest stretch.

What two stretches make together follows from what is known of each: so windows can be made of rows, of days that were
summed up before, or of both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sensors.model import TIME
from storage.windows import Function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from storage.windows import Windows

NAMES = {
    Function.COUNT: ("count",),
    Function.MEAN: ("count", "total"),
    Function.MINIMUM: ("low",),
    Function.MAXIMUM: ("high",),
    Function.FIRST: ("opening",),
    Function.LAST: ("closing",),
    Function.TIME_WEIGHTED_MEAN: ("held", "known"),
    Function.INCREASE: ("rise", "steps"),
}
"""Which sums each function is made of."""
_EXTREMES = {"low": np.fmin, "high": np.fmax}
_EXACT = 2.0**53
"""Whole numbers below it are exact as floats."""


@dataclass(frozen=True, slots=True)
class Partials:
    """Stretches, ordered by the place of their datastream and by time, none within another.

    Every column has shape (n,).
    """

    place: NDArray[np.intp]
    first: NDArray[np.int64]
    """Time of the first row. [ms]"""
    last: NDArray[np.int64]
    """Time of the last row. [ms]"""
    count: NDArray[Any]
    """Rows that count."""
    holds: NDArray[np.bool_]
    """Whether the last row counts: then it holds on."""
    total: NDArray[np.float64]
    """Of these, as all below in the unit of the results; anything where none counts."""
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    opening: NDArray[np.float64]
    closing: NDArray[np.float64]
    rise: NDArray[np.float64] | None = None
    """What it went up from the first to the last row that counts; None where each stretch is one row."""
    held: NDArray[np.float64] | None = None
    """Sum of result times how long it held, from the first to the last row. [unit ms]"""
    known: NDArray[np.float64] | None = None
    """How long one held, from the first to the last row. [ms]"""

    def __len__(self) -> int:
        return len(self.place)

    @classmethod
    def of_rows(
        cls,
        place: NDArray[np.intp],
        time: NDArray[np.int64],
        result: NDArray[np.float64],
        counts: NDArray[np.bool_],
    ) -> Partials:
        """Take each row for a stretch."""
        return cls(place, time, time, counts, counts, result, result, result, result, result)

    def between(self, first: int, end: int) -> Partials:
        """Give those of the places [first, end), counted from 0 again; nothing is copied but the places."""
        found = self.take(slice(*np.searchsorted(self.place, [first, end])))
        return found.of_places(found.place - first)

    def of_places(self, place: NDArray[np.intp]) -> Partials:
        """Give the same, in other places."""
        return replace(self, place=place)

    def take(self, some: slice | NDArray[np.intp]) -> Partials:
        """Select some, or put all into another order."""
        columns: dict[str, Any] = {name: _taken(getattr(self, name), some) for name in self.__slots__}
        return Partials(**columns)

    def beside(self, other: Partials) -> Partials:
        """Put rows and stretches of more than one row together; they are in no order then."""
        none = np.zeros(len(self))
        rows = replace(self, rise=none, held=none, known=none)
        columns = {name: np.concatenate([getattr(rows, name), getattr(other, name)]) for name in self.__slots__}
        return Partials(**columns)


def _taken(column: NDArray[Any] | None, some: slice | NDArray[np.intp]) -> NDArray[Any] | None:
    return None if column is None else column[some]


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of the windows of some groups of datastreams; by name, each of shape (groups * windows,)."""

    columns: Mapping[str, NDArray[np.float64]]

    @classmethod
    def of(
        cls, stretches: Partials, group: NDArray[np.intp], groups: int, windows: Windows, functions: Iterable[Function]
    ) -> Sums:
        """Sum up stretches; ``group`` tells that of each place."""
        cut = _Cut(stretches, group, groups, windows)
        makers: dict[tuple[str, ...], Callable[[tuple[str, ...]], dict[str, NDArray[np.float64]]]] = {
            ("count", "total"): cut.inside,
            ("low", "high"): cut.extremes,
            ("opening", "closing"): cut.ends,
            ("rise", "steps"): lambda _: cut.increase(),
            ("held", "known"): lambda _: cut.held(),
        }
        wanted = {name for function in functions for name in NAMES[function]}
        columns: dict[str, NDArray[np.float64]] = {}
        for names, make in makers.items():
            if wanted.intersection(names):
                columns |= make(tuple(name for name in names if name in wanted))
        return cls(columns)

    def __add__(self, other: Sums) -> Sums:
        return Sums({name: _EXTREMES.get(name, np.add)(column, other.columns[name])
                     for name, column in self.columns.items()})  # fmt: skip

    def of_function(self, function: Function) -> NDArray[np.float64]:
        """Give a function of each cell, NaN where it says nothing."""
        found = [self.columns[name] for name in NAMES[function]]
        match function:
            case Function.COUNT:
                return np.where(found[0] > 0, found[0], np.nan)
            case Function.MEAN:
                return _ratio(found[1], found[0])
            case Function.TIME_WEIGHTED_MEAN:
                return _ratio(found[0], found[1])
            case Function.INCREASE:
                return np.where(found[1] > 0, found[0], np.nan)
        return found[0]


class _Cut:
    """Stretches and the cell, a group's window, that each lies in."""

    def __init__(self, stretches: Partials, group: NDArray[np.intp], groups: int, windows: Windows) -> None:
        self._of = stretches
        self._edges = windows.edges.astype(TIME).view(np.int64)
        self._hold = int(windows.max_hold.astype("timedelta64[ms]").astype(np.int64))
        self._many = len(windows)
        self._step = 0 if windows.step is None else int(windows.step.astype(np.int64))
        self._groups, self._size = groups, groups * self._many
        self._group = group
        self._begin = (group * self._many)[stretches.place]
        """The cell of the first window of each stretch's group."""

    @cached_property
    def _window(self) -> NDArray[np.intp]:
        return self._windows_of(self._of.first)

    def _windows_of(self, time: NDArray[np.int64]) -> NDArray[np.intp]:
        """Tell the window of each instant [ms]: -1 before the first, their number behind the last."""
        if not self._step:
            behind: NDArray[np.intp] = np.searchsorted(self._edges, time, side="right")
            return behind - 1
        found: NDArray[np.intp] = time - self._edges[0]
        found //= self._step
        np.clip(found, -1, self._many, out=found)
        return found

    @cached_property
    def _within(self) -> NDArray[np.intp]:
        """Find the stretches of windows, those without a row that counts left out."""
        return np.flatnonzero((self._window >= 0) & (self._window < self._many) & (self._of.count > 0))

    @cached_property
    def _cell(self) -> NDArray[np.intp]:
        """Give the cell of each of ``_within``."""
        return (self._begin + self._window)[self._within]

    def _summed(
        self, cell: NDArray[np.intp], weights: NDArray[Any] | None = None, size: int | None = None
    ) -> NDArray[np.float64]:
        size = self._size if size is None else size
        return np.bincount(cell, weights=weights, minlength=size).astype(np.float64, copy=False)

    def inside(self, names: tuple[str, ...]) -> dict[str, NDArray[np.float64]]:
        """Count, and add up."""
        rows = self._of.count.dtype == np.bool_
        ways = {
            "count": lambda: self._summed(self._cell, None if rows else self._of.count[self._within]),
            "total": lambda: self._summed(self._cell, self._of.total[self._within]),
        }
        return {name: ways[name]() for name in names}

    def extremes(self, names: tuple[str, ...]) -> dict[str, NDArray[np.float64]]:
        """Find the least and the greatest."""
        found = {name: np.full(self._size, np.nan) for name in names}
        begin = self._runs
        for name, column in found.items():
            if len(begin):
                of_runs = _EXTREMES[name].reduceat(getattr(self._of, name)[self._within], begin)
                _EXTREMES[name].at(column, self._cell[begin], of_runs)
        return found

    def ends(self, names: tuple[str, ...]) -> dict[str, NDArray[np.float64]]:
        """Find the first and the last, of groups that are one datastream."""
        found = {name: np.full(self._size, np.nan) for name in names}
        ends = {"opening": self._runs, "closing": np.append(self._runs, len(self._cell))[1:] - 1}
        for name, column in found.items():
            column[self._cell[ends[name]]] = getattr(self._of, name)[self._within[ends[name]]]
        return found

    @cached_property
    def _runs(self) -> NDArray[np.intp]:
        """Find where stretches of one cell begin that follow each other."""
        return np.flatnonzero(np.diff(self._cell, prepend=-1))

    def increase(self) -> dict[str, NDArray[np.float64]]:
        """Sum the steps between rows that follow each other, in the window of the later one."""
        some = np.flatnonzero(self._of.count > 0)
        later, before = some[1:], some[:-1]
        place, window = self._of.place, self._window
        step = (place[later] == place[before]) & (window[later] >= 0) & (window[later] < self._many)
        later, before = later[step], before[step]
        new, old = self._of.opening[later], self._of.closing[before]
        cell = self._begin[later] + window[later]
        found = {"rise": self._summed(cell, np.where(new >= old, new - old, new)), "steps": self._summed(cell)}
        if self._of.rise is not None:
            found["rise"] += self._summed(self._cell, self._of.rise[self._within])
            found["steps"] += self._summed(self._cell, self._of.count[self._within] - 1.0)
        return found

    def held(self) -> dict[str, NDArray[np.float64]]:
        """Sum how long results held in each window, and results times that."""
        held, known = self._as_steps() if self._is_exact() else self._piece_by_piece()
        if self._of.held is not None and self._of.known is not None:
            inside = np.flatnonzero((self._window >= 0) & (self._window < self._many))
            cell = (self._begin + self._window)[inside]
            held += self._summed(cell, self._of.held[inside])
            known += self._summed(cell, self._of.known[inside])
        return {"held": held, "known": known}

    def _is_exact(self) -> bool:
        """Tell whether results are whole, and so small that no sum of them times how long they held is rounded."""
        value = self._of.closing[self._of.holds]
        longest = float(np.diff(self._edges).max(initial=0))
        largest = float(np.abs(value).max(initial=1.0))
        return largest * longest * 2 * len(self._of) < _EXACT and bool((np.rint(value) == value).all())

    def _as_steps(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Add up steps, where a result differs from the one before, and let each hold to the end of all windows.

        A third of the work of summing each result in every window that it holds in. What adds up to nothing later does
        so only where nothing is rounded.
        """
        begin, until = self._spans()
        place, lasts = self._of.place, self._of.holds & (until > begin)
        goes_on = np.zeros(len(place), dtype=bool)
        goes_on[:-1] = (until[:-1] == begin[1:]) & (place[:-1] == place[1:])

        def summed(value: NDArray[np.float64]) -> NDArray[np.float64]:
            step = value.copy()
            step[1:] -= np.where(goes_on[:-1], value[:-1], 0.0)
            changes, ends = np.flatnonzero(step != 0), np.flatnonzero(~goes_on & (value != 0))
            return self._stepped(
                self._group[np.concatenate([place[changes], place[ends]])],
                np.concatenate([begin[changes], until[ends]]),
                np.concatenate([step[changes], -value[ends]]),
            )

        return summed(np.where(lasts, self._of.closing, 0.0)), summed(lasts.astype(np.float64))

    def _stepped(
        self, group: NDArray[np.intp], time: NDArray[np.int64], step: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Sum over each window what steps at instants [ms] come to that hold on: unit ms, shape (cells,)."""
        window, edges = self._windows_of(time), np.append(self._edges, self._edges[-1])
        shape = (self._groups, self._many + 1)
        cell, size = group * shape[1] + window, shape[0] * shape[1]
        within = self._summed(cell, (edges[window + 1] - time) * step, size).reshape(shape)
        new = self._summed(cell, step, size).reshape(shape)
        before = np.cumsum(new, axis=1) - new
        found: NDArray[np.float64] = (within + before * np.diff(edges))[:, :-1].ravel()
        return found

    def _piece_by_piece(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Sum each result in every window that it holds in."""
        held, known = np.zeros(self._size), np.zeros(self._size)
        for cell, length, value in self._lasting():
            known += self._summed(cell, length)
            held += self._summed(cell, length * value)
        return held, known

    def _lasting(self) -> Iterable[tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]]:
        """Give cells, for how long [ms] the last row of a stretch holds in them, and its result."""
        begin, until = self._spans()
        some = np.flatnonzero(self._of.holds & (until > begin))
        begin, until = begin[some], until[some]
        cell, value = self._begin[some], self._of.closing[some]
        first, last = self._windows_of(begin), self._windows_of(until - 1)
        yield cell + first, (np.minimum(until, self._edges[first + 1]) - begin).astype(np.float64), value
        over = np.flatnonzero(last > first)
        ending = last[over]
        yield cell[over] + ending, (until[over] - self._edges[ending]).astype(np.float64), value[over]
        whole = last[over] - first[over] - 1
        rows = np.repeat(over, whole)
        window = np.arange(len(rows)) - np.repeat(np.cumsum(whole) - whole, whole) + first[rows] + 1
        yield cell[rows] + window, (self._edges[window + 1] - self._edges[window]).astype(np.float64), value[rows]

    def _spans(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Tell from when to when the last row of each stretch is taken for true, within all windows. [ms]."""
        until, follows = self._of.last + self._hold, self._of.place[1:] == self._of.place[:-1]
        np.minimum(until[:-1], self._of.first[1:], out=until[:-1], where=follows)
        return np.maximum(self._of.last, self._edges[0]), np.minimum(until, self._edges[-1])


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio = np.full(above.shape, np.nan)
    np.divide(above, below, out=ratio, where=below > 0)
    return ratio
