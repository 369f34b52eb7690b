"""Work in pieces: one indicator's windows of one kind for some things, cut so that a piece fits into memory."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import edges, local_days
from processing.indicator import Given
from processing.rows import NEVER
from processing.windows import milliseconds
from sensors.model import TIME, Datastream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from processing.due import Due
    from processing.group import Group
    from processing.indicator import Indicator, Results
    from processing.rows import Rows

DAYS = 7
"""Days computed at once, and"""
THINGS = 400
"""things computed at once: together they bound the memory, however much history arrives."""

Demand = tuple["Indicator", "Due"]
"""Windows of an indicator that are due for the things of a group."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One indicator's windows of one kind that are computed at once."""

    indicator: Indicator
    window: str
    edges: NDArray[np.datetime64]
    """UTC, shape (m + 1,)."""
    due: NDArray[np.bool_]
    """Which windows are wanted for which thing, shape (s, m)."""

    def streams(self, group: Group) -> tuple[Datastream, ...]:
        """Name where the results of each thing go."""
        name = self.indicator.property_name(self.window)
        return tuple(Datastream(thing.id, name, derived=True) for thing in group.things)

    def results(self, group: Group, rows: Mapping[str, Rows]) -> Results:
        """Compute the windows from rows that reach as far as ``reach``."""
        first = int(self.edges[:1].view(np.int64)[0])
        sites = [thing.site(first) for thing in group.things]
        return self.indicator.compute(
            Given(window=self.window, edges=self.edges, rows=rows, sites=sites, exchanges=group.exchanges)
        )

    def ready(self, rows: Mapping[str, Rows], now: int) -> NDArray[np.bool_]:
        """Tell which windows need not wait for a further row: one has come, or patience is at an end. Shape (s, m)."""
        end = self.edges[1:].view(np.int64)
        newest = np.max([series.newest() for series in rows.values()], axis=0, initial=-NEVER)
        patience = milliseconds(np.timedelta64(self.indicator.patience))
        ready: NDArray[np.bool_] = (newest[:, np.newaxis] >= end) | (end + patience <= now)
        return ready

    def reach(self) -> tuple[np.datetime64, np.datetime64]:
        """Give the half-open span of rows that can matter."""
        first, last = np.timedelta64(self.indicator.lookback), np.timedelta64(self.indicator.lookahead)
        return self.edges[0] - first, self.edges[-1] + last + np.timedelta64(1, "ms")


def portions(group: Group, demands: Sequence[Demand], zone: str) -> Iterator[tuple[Group, list[Piece]]]:
    """Divide what is due into portions of some things and days each: the work to be done at once."""
    for start, end in _spans(demands, _changes(group), zone):
        active = np.flatnonzero(np.any([_alive(due, start, end) for _, due in demands], axis=0))
        for first in range(0, len(active), THINGS):
            chosen = active[first : first + THINGS]
            pieces = list(_pieces([(indicator, due.take(chosen)) for indicator, due in demands], start, end, zone))
            if pieces:
                yield group.take(chosen), pieces


def _changes(group: Group) -> NDArray[np.int64]:
    """Give the instants at which a site changed. [ms], ascending."""
    return np.unique([each.since for thing in group.things for each in thing.calibrations]).astype(np.int64)


def _spans(demands: Sequence[Demand], changes: NDArray[np.int64], zone: str) -> Iterator[tuple[int, int]]:
    """Divide the time in which anything is due into some local days at once [ms], anew where a site has changed.

    A site counts as it was when its day began, so that a day's windows agree with each other.
    """
    reaches = [due.reach(due.things()) for _, due in demands if due.things().any()]
    if not reaches:
        return
    first, last = min(first for first, _ in reaches), max(last for _, last in reaches)
    days = local_days(_time(first), _time(last), zone).view(np.int64)
    anew = np.searchsorted(days, changes[(changes > days[0]) & (changes < days[-1])])
    limits = np.unique([*range(0, len(days) - 1, DAYS), *anew, len(days) - 1])
    for begin, end in pairwise(limits):
        yield int(days[begin]), int(days[end])


def _alive(due: Due, start: int, end: int) -> NDArray[np.bool_]:
    return due.things() & (due.low < end) & (due.high >= start)


def _pieces(demands: Sequence[Demand], start: int, end: int, zone: str) -> Iterator[Piece]:
    for indicator, due in demands:
        alive = _alive(due, start, end)
        if not alive.any():
            continue
        first, last = due.reach(alive)
        for window in indicator.windows:
            cover = edges(window, _time(max(start, first)), _time(min(end, last)), zone)
            yield from _piece(indicator, window, due, cover)


def _piece(indicator: Indicator, window: str, due: Due, cover: NDArray[np.datetime64]) -> Iterator[Piece]:
    """Give the windows from the first to the last that is due for any thing, where there is one."""
    wanted = due.matrix(cover.view(np.int64)) & due.things()[:, np.newaxis]
    columns = np.flatnonzero(wanted.any(axis=0))
    if len(columns):
        first, last = columns[0], columns[-1] + 1
        yield Piece(indicator, window, cover[first : last + 1], wanted[:, first:last])


def _time(milliseconds: int) -> np.datetime64:
    return np.datetime64(int(milliseconds), "ms").astype(TIME)
