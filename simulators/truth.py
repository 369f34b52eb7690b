"""What is true in the simulated city, whatever was sent of it: to compare a platform's indicators with.

Times are whole UTC instants; a series over windows is marked with the window's start.
"""

from __future__ import annotations

import csv
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simulators import containers, lots, meters, spaces
from simulators.city import milliseconds
from simulators.rhythm import DAY, HOUR
from simulators.steps import Steps, held, means

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from numpy.typing import NDArray

    from simulators.city import City
    from simulators.lots import Lots
    from simulators.spaces import Spaces

QUARTER = meters.QUARTER


class Series(NamedTuple):
    """One quantity of many things: row i belongs to ``things[i]``, column j to ``time[j]``."""

    things: tuple[str, ...]
    time: NDArray[np.datetime64]
    """datetime64[ms], UTC, shape (m,)"""
    value: NDArray[np.float64]
    """shape (n, m)"""


def occupied(city: City, times: NDArray[Any]) -> Series:
    """Count the vehicles at instants (ascending): in a car park, or 0 and 1 on a single space."""
    return _both(city, times, _held)


def level(city: City, times: NDArray[Any]) -> Series:
    """Give the filling level of containers at instants (ascending), 0..100 %."""
    return _series(city, containers.KIND, times, _by_day(times, city.containers.level))


class Emptyings(NamedTuple):
    """When containers were emptied, and how full they were; each of shape (k,), in the order of time."""

    thing: tuple[str, ...]
    time: NDArray[np.datetime64]
    """datetime64[ms], UTC"""
    level: NDArray[np.float64]
    """Just before, 0..100 %."""


def emptyings(city: City, start: datetime | int, end: datetime | int) -> Emptyings:
    """Give the emptyings within [start, end)."""
    first, last = milliseconds(start), milliseconds(end)
    found = [city.containers.emptyings(day) for day in range(first // DAY, -(-last // DAY))]
    row, time, level = (np.concatenate(column) for column in zip(*found, strict=True)) if found else _NO_EMPTYINGS
    inside = np.flatnonzero((time >= first) & (time < last))
    order = inside[np.argsort(time[inside], kind="stable")]
    things = city.things(containers.KIND)
    return Emptyings(tuple(things[one] for one in row[order]), _instants(time[order]), level[order])


_NO_EMPTYINGS = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)


class Stays(NamedTuple):
    """The stays on single spaces as far as they lie in a span; each of shape (k,), by space and then in time."""

    thing: tuple[str, ...]
    begin: NDArray[np.datetime64]
    """When it began, or the span did. [datetime64[ms], UTC]"""
    end: NDArray[np.datetime64]
    """When it ended, or the span did. [datetime64[ms], UTC]"""
    came: NDArray[np.bool_]
    """Whether it began in the span."""
    left: NDArray[np.bool_]
    """Whether it ended in the span."""


def stays(city: City, start: datetime | int, end: datetime | int) -> Stays:
    """Give who stood on the single spaces within [start, end), and from when until when."""
    first, last = milliseconds(start), milliseconds(end)
    states = _states(city, first, last)
    left = np.append(states.row[1:] == states.row[:-1], [False] * min(len(states.row), 1))
    until = np.where(left, np.append(states.time[1:], last), last)
    taken = np.flatnonzero(states.value == 1)
    things, came = city.things(*spaces.KINDS), states.time > first
    named = tuple(things[one] for one in states.row[taken])
    return Stays(named, _instants(states.time[taken]), _instants(until[taken]), came[taken], left[taken])


def _states(city: City, first: int, last: int) -> Steps:
    """Give the state of every single space at an instant, and all its changes until another one."""
    at_first = _held(city.spaces, first // DAY, np.array([first]))[:, 0]
    row = np.arange(len(at_first))
    changes = [city.spaces.changes(day) for day in range(first // DAY, -(-last // DAY))]
    later = Steps(*(np.concatenate(column) for column in zip(*changes, strict=True)))
    inside = (later.time > first) & (later.time < last)
    begin = Steps(row, np.full(len(row), first), at_first)
    every = Steps(*(np.concatenate([one, other[inside]]) for one, other in zip(begin, later, strict=True)))
    order = np.lexsort((every.time, every.row))
    return Steps(*(column[order] for column in every))


class Driven(NamedTuple):
    """Vehicles that drove in and out of the car parks with barriers between neighbouring instants."""

    into: Series
    out: Series


def driven(city: City, edges: NDArray[Any]) -> Driven:
    """Count who truly drove in and out between neighbouring instants (ascending), marked with the first of them."""
    whole, gates = _whole(edges), city.lots.gates
    days = range(int(whole[0]) // DAY, int(whole[-1]) // DAY + 1)
    time = np.concatenate([city.lots.times(day)[gates] for day in days], axis=1)
    passed = [np.concatenate([city.lots.passed(day)[way] for day in days], axis=1) for way in (0, 1)]
    things = tuple(city.things(lots.KIND)[row] for row in gates)
    return Driven(*(Series(things, _instants(edges)[:-1], _gathered(time, each, whole)) for each in passed))


def _gathered(time: NDArray[np.int64], amount: NDArray[np.int64], edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """Add up each row's amounts at its times, both (n, k), between edges (m,). Shape (n, m - 1)."""
    total = np.cumsum(amount, axis=1)
    until = [np.append(0, row)[np.searchsorted(when, edges)] for row, when in zip(total, time, strict=True)]
    return np.diff(np.array(until, dtype=np.float64).reshape(len(time), len(edges)), axis=1)


def energy(city: City, times: NDArray[Any]) -> Series:
    """Read the registers of meters at instants (ascending), in kWh."""
    return _series(city, meters.KIND, times, _by_day(times, city.meters.register) / 1000)


def truth(city: City, start: datetime | int, end: datetime | int) -> dict[str, Series]:
    """Give the truth of the whole quarter hours and hours within [start, end), by the name of the quantity.

    ``occupancy``: share of the spaces taken, time-weighted mean of the quarter hour [1]; ``vehicles_arrived`` and
    ``vehicles_left``: those that drove through the barriers in the quarter hour; ``filling_level`` at each full hour
    [%]; ``energy`` of the quarter hour [kWh].
    """
    first, last = milliseconds(start), milliseconds(end)
    edges = _marks(first, last, QUARTER)
    hours = _marks(first, last, HOUR)
    register, passed = energy(city, edges), driven(city, edges)
    return {
        "occupancy": _occupancy(city, edges),
        "vehicles_arrived": passed.into,
        "vehicles_left": passed.out,
        "filling_level": level(city, hours[hours < last]),
        "energy": Series(register.things, register.time[:-1], np.diff(register.value, axis=1)),
    }


class TruthFiles:
    """Writes the truth beside a running simulation: one CSV file per quantity with the columns thing, time, value."""

    def __init__(self, city: City, folder: Path, start: int) -> None:
        self._city = city
        self._folder = folder
        self._until = -(-start // HOUR) * HOUR
        folder.mkdir(parents=True, exist_ok=True)
        for name in truth(city, start, start):
            (folder / f"{name}.csv").write_text("thing,time,value\n", encoding="utf-8")

    def advance(self, until: int) -> None:
        """Append every whole hour that has passed until ``until``, ms since 1970 UTC."""
        end = until // HOUR * HOUR
        if end <= self._until:
            return
        for name, series in truth(self._city, self._until, end).items():
            self._append(self._folder / f"{name}.csv", series)
        self._until = end

    @staticmethod
    def _append(path: Path, series: Series) -> None:
        times = np.datetime_as_string(series.time, timezone="UTC")
        thing, time = np.repeat(series.things, len(times)), np.tile(times, len(series.things))
        with path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(
                zip(thing, time, series.value.ravel().round(6), strict=True)
            )


def _occupancy(city: City, edges: NDArray[np.int64]) -> Series:
    """Give the mean share taken between neighbouring edges; windows never span midnight UTC."""
    taken = _both(city, edges[:-1], _mean)
    capacity = np.concatenate([city.lots.capacity, np.ones(len(taken.things) - len(city.lots.capacity))])
    return taken._replace(value=taken.value / capacity[:, None])


def _both(city: City, times: NDArray[Any], ask: Callable[[Lots | Spaces, int, Any], Any]) -> Series:
    """Ask car parks and single spaces alike, day by day."""
    asked = [_by_day(times, partial(ask, kind)) for kind in (city.lots, city.spaces)]
    things = city.things(lots.KIND) + city.things(*spaces.KINDS)
    return Series(things, _instants(times), np.concatenate(asked).astype(np.float64))


def _held(kind: Lots | Spaces, day: int, times: NDArray[np.int64]) -> NDArray[np.int64]:
    before = kind.before(day)
    row = np.repeat(np.arange(len(before)), len(times))
    return held(kind.changes(day), before, row, np.tile(times, len(before))).reshape(len(before), len(times))


def _mean(kind: Lots | Spaces, day: int, starts: NDArray[np.int64]) -> NDArray[np.float64]:
    edges = np.append(starts, starts[-1:] + QUARTER)
    return means(kind.changes(day), kind.before(day), edges)


def _by_day(times: NDArray[Any], ask: Callable[[int, NDArray[np.int64]], NDArray[Any]]) -> NDArray[Any]:
    """Ask for each UTC day on its own and put the answers, (n, k) each, side by side."""
    whole = _whole(times)
    days = np.unique(whole // DAY)
    parts = [ask(int(day), whole[whole // DAY == day]) for day in days]
    return np.concatenate(parts, axis=1) if parts else ask(meters.FIRST_DAY, whole)


def _series(city: City, kind: str, times: NDArray[Any], value: NDArray[Any]) -> Series:
    return Series(city.things(kind), _instants(times), value.astype(np.float64))


def _marks(first: int, last: int, step: int) -> NDArray[np.int64]:
    """List the full steps from ``first`` to ``last``, both included where they are one; never none."""
    begin = -(-first // step) * step
    return np.arange(begin, max(last, begin) + 1, step, dtype=np.int64)


def _whole(times: NDArray[Any]) -> NDArray[np.int64]:
    return np.asarray(times, dtype="datetime64[ms]").astype(np.int64)


def _instants(times: NDArray[Any]) -> NDArray[np.datetime64]:
    return np.asarray(times, dtype="datetime64[ms]")
