"""Work in pieces: one indicator's windows of one kind for some things, cut so that a piece fits into memory."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import ROLLED, edges
from processing.indicator import EVENT, Given
from processing.windows import milliseconds
from sensors.model import TIME, Datastream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from processing.due import Due
    from processing.group import Group
    from processing.indicator import Indicator, Results
    from processing.region import Region
    from processing.rows import Rows

DAYS = 7
"""Days computed at once, and"""
THINGS = 400
"""things computed at once: together they bound the memory, however much history arrives. Of groups of things, which
may have any number of members, one day is computed at once."""

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
    region: Region

    def streams(self, group: Group, part: str = "") -> tuple[Datastream, ...]:
        """Name where the results of each thing go, or one part of them."""
        name = self.indicator.property_name(self.window, part)
        return tuple(Datastream(thing.id, name, derived=True) for thing in group.targets)

    def every_stream(self, group: Group) -> tuple[Datastream, ...]:
        """Name all that results go to."""
        parts = ("", *(part.name for part in self.indicator.parts))
        return tuple(stream for part in parts for stream in self.streams(group, part))

    def events(self, group: Group) -> tuple[Datastream, ...]:
        """Name where events go; they are told by the first kind of an indicator's windows alone."""
        first = next(window for window in self.indicator.windows if window != "now")
        if self.indicator.happenings is None or self.window != first:
            return ()
        return tuple(Datastream(thing.id, self.indicator.property_name(EVENT), derived=True) for thing in group.targets)

    def given(self, group: Group, rows: Mapping[str, Rows]) -> Given:
        """Put together what the formula may know, from rows that reach as far as ``reach``."""
        first = int(self.edges[:1].view(np.int64)[0])
        return Given(
            window=self.window,
            edges=self.edges,
            rows=rows,
            sites=[thing.site(first) for thing in group.things],
            exchanges=group.exchanges,
            places=np.array([(thing.longitude, thing.latitude) for thing in group.things]).reshape(-1, 2),
            zone=self.region.zone,
            land=self.region.land,
            members=group.members,
        )

    def ready(self, known_until: NDArray[np.int64], results: Results, now: int) -> NDArray[np.bool_]:
        """Tell which windows need not wait: a further row has come, or patience is at an end. Shape (s, m).

        ``known_until`` [ms] has shape (s,). A group waits for as many of its members as it needs for a value.
        """
        end = self.edges[1:].view(np.int64)
        patient = end + milliseconds(np.timedelta64(self.indicator.patience)) <= now
        if self.indicator.of_groups:
            return patient | ~np.isnan(results.value)
        ready: NDArray[np.bool_] = (known_until[:, np.newaxis] >= end) | patient
        return ready

    def reach(self) -> tuple[np.datetime64, np.datetime64]:
        """Give the half-open span of rows that can matter."""
        first, last = np.timedelta64(self.indicator.lookback), np.timedelta64(self.indicator.lookahead)
        return self.edges[0] - first, self.edges[-1] + last + np.timedelta64(1, "ms")


def portions(group: Group, demands: Sequence[Demand], region: Region) -> Iterator[tuple[Group, list[Piece]]]:
    """Divide what is due into portions of some things and days each: the work to be done at once."""
    for start, end in _spans(demands, group, region.zone):
        active = np.flatnonzero(np.any([_alive(due, start, end) for _, due in demands], axis=0))
        at_once = max(len(active), 1) if group.groups else THINGS
        for first in range(0, len(active), at_once):
            chosen = active[first : first + at_once]
            pieces = list(_pieces([(indicator, due.take(chosen)) for indicator, due in demands], start, end, region))
            if pieces:
                yield group.take(chosen), pieces


def _changes(group: Group) -> NDArray[np.int64]:
    """Give the instants at which a site changed. [ms], ascending."""
    return np.unique([each.since for thing in group.things for each in thing.calibrations]).astype(np.int64)


def _spans(demands: Sequence[Demand], group: Group, zone: str) -> Iterator[tuple[int, int]]:
    """Divide the time in which anything is due into some local days at once [ms], anew where a site has changed.

    A site counts as it was when its day began, so that a day's windows agree with each other. Windows that are made of
    days are computed by the year: a site counts as it was when that began.
    """
    reaches = [due.reach(due.things()) for _, due in demands if due.things().any()]
    if not reaches:
        return
    first, last = min(first for first, _ in reaches), max(last for _, last in reaches)
    long = all(set(indicator.windows) <= set(ROLLED) for indicator, _ in demands)
    days = edges("year" if long else "day", _time(first), _time(last), zone).view(np.int64)
    changes = _changes(group)
    anew = np.searchsorted(days, changes[(changes > days[0]) & (changes < days[-1])])
    at_once = 1 if long or group.groups else DAYS
    limits = np.unique([*range(0, len(days) - 1, at_once), *anew, len(days) - 1])
    for begin, end in pairwise(limits):
        yield int(days[begin]), int(days[end])


def _alive(due: Due, start: int, end: int) -> NDArray[np.bool_]:
    return due.things() & (due.low < end) & (due.high >= start)


def _pieces(demands: Sequence[Demand], start: int, end: int, region: Region) -> Iterator[Piece]:
    for indicator, due in demands:
        alive = _alive(due, start, end)
        if not alive.any():
            continue
        first, last = due.reach(alive)
        for window in (each for each in indicator.windows if each != "now"):
            cover = edges(window, _time(max(start, first)), _time(min(end, last)), region.zone)
            yield from _piece(indicator, window, due, cover, region)


def _piece(
    indicator: Indicator, window: str, due: Due, cover: NDArray[np.datetime64], region: Region
) -> Iterator[Piece]:
    """Give the windows from the first to the last that is due for any thing, where there is one."""
    wanted = due.matrix(cover.view(np.int64)) & due.things()[:, np.newaxis]
    columns = np.flatnonzero(wanted.any(axis=0))
    if len(columns):
        first, last = columns[0], columns[-1] + 1
        yield Piece(indicator, window, cover[first : last + 1], wanted[:, first:last], region)


def _time(milliseconds: int) -> np.datetime64:
    return np.datetime64(int(milliseconds), "ms").astype(TIME)
