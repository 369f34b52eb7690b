"""Rows summed up by window: pure functions over columns, the same for every engine.

Rows that are missing or failed their tests take no part, as nowhere in the platform. A row holds from its time until
the next row of its datastream, at most ``max_hold`` long; a missing or failed row ends what held before it. Of a group
of datastreams counts, sums and times are those of all its members together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import add
from typing import TYPE_CHECKING, Any

import numpy as np

from sensors.model import TIME
from sensors.quality import Quality
from storage.partials import Partials, Sums
from storage.windows import Function

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from sensors.model import Batch, Datastream
    from storage.windows import Windows

CELLS_AT_ONCE = 200_000
"""Rows, and datastreams times windows, that are worked on at once: what a cache holds is twice as fast."""


@dataclass(frozen=True, slots=True)
class Aggregates:
    """One entry per datastream and window of which something is known, ordered by both; every column has shape (k,)."""

    datastreams: tuple[Datastream, ...]
    datastream: NDArray[np.int32]
    """Index into ``datastreams``; the group, where groups were asked for."""
    start: NDArray[np.datetime64]
    """Of the window."""
    columns: Mapping[Function, NDArray[np.float64]]
    """In the unit of the results, NaN where a function has nothing to say."""

    def __len__(self) -> int:
        return len(self.start)


def joined(parts: Sequence[Aggregates], streams: tuple[Datastream, ...], functions: Sequence[Function]) -> Aggregates:
    """Put together what was summed up for some datastreams after the other, in the order of ``streams``."""
    offsets = np.cumsum([0, *(len(part.datastreams) for part in parts)])
    shifted = [part.datastream + first for part, first in zip(parts, offsets[:-1], strict=True)]
    return Aggregates(
        streams,
        np.concatenate([np.empty(0, dtype=np.int32), *shifted]).astype(np.int32),
        np.concatenate([np.empty(0, dtype=TIME), *(part.start for part in parts)]),
        {name: np.concatenate([np.empty(0), *(part.columns[name] for part in parts)]) for name in functions},
    )


def aggregate(
    rows: Batch,
    streams: Sequence[Datastream],
    windows: Windows,
    functions: Sequence[Function],
    groups: Sequence[int] | None = None,
) -> Aggregates:
    """Sum up rows, which must be ordered by the place of their datastream in ``streams`` and by time.

    ``groups`` tells the group of each datastream, from 0. Raises ValueError where a group has no such function.
    """
    stretches = of_rows(rows, streams)
    if groups is None:
        return of_each(stretches, tuple(streams), windows, functions)
    return of_groups([of_members(stretches, Groups.of(groups, functions), windows, functions)], windows, functions)


def of_rows(rows: Batch, streams: Sequence[Datastream]) -> Partials:
    """Take rows for stretches of one row, each in the place of its datastream."""
    counts = (rows.quality != Quality.FAIL) & (rows.quality != Quality.MISSING)
    time = rows.phenomenon_time.astype(TIME).view(np.int64)
    return Partials.of_rows(_places(rows, streams), time, rows.result, counts)


def of_each(
    stretches: Partials, streams: tuple[Datastream, ...], windows: Windows, functions: Sequence[Function]
) -> Aggregates:
    """Make windows of each datastream; those of which nothing is known are left out."""
    known = [_known(first, Sums.of(some, np.arange(size), size, windows, functions), len(windows), functions)
             for first, size, some in _parts(stretches, len(streams), len(windows))]  # fmt: skip
    return _told(known, streams, windows, functions)


@dataclass(frozen=True, slots=True)
class Groups:
    """Which group each datastream is of."""

    of_place: NDArray[np.intp]
    size: int

    @classmethod
    def of(cls, groups: Sequence[int], functions: Sequence[Function]) -> Groups:
        """Take the groups of members.

        Raises ValueError for what is no group, and for what a group does not have.
        """
        ends = [function for function in functions if function in {Function.FIRST, Function.LAST}]
        if ends:
            raise ValueError(f"a group has no '{ends[0]}', its members speak at different times: ask for each of them")
        of_place = np.asarray(groups, dtype=np.intp)
        if (of_place < 0).any():
            raise ValueError(f"groups are numbered from 0, not from {of_place.min()}: leave out what is in none")
        return cls(of_place, int(of_place.max(initial=-1)) + 1)

    def of_places(self, first: int, end: int) -> Groups:
        """Give those of the datastreams in places [first, end)."""
        return Groups(self.of_place[first:end], self.size)


def of_members(stretches: Partials, groups: Groups, windows: Windows, functions: Sequence[Function]) -> Sums:
    """Sum up what members of groups have, over all groups."""
    parts = _parts(stretches, len(groups.of_place), len(windows), groups.size * len(windows))
    return reduce(add, (Sums.of(some, groups.of_place[first : first + size], groups.size, windows, functions)
                        for first, size, some in parts))  # fmt: skip


def of_groups(sums: Sequence[Sums], windows: Windows, functions: Sequence[Function]) -> Aggregates:
    """Make windows of groups, of what has been summed up of all members."""
    return _told([_known(0, reduce(add, sums), len(windows), functions)] if sums else [], (), windows, functions)


def _parts(stretches: Partials, streams: int, windows: int, cells: int = 0) -> Iterator[tuple[int, int, Partials]]:
    """Give the first place, the number of places and the stretches of so many as may be worked on at once."""
    work = np.cumsum(np.bincount(stretches.place, minlength=streams)[:streams] + windows)
    cuts = np.flatnonzero(np.diff(work // max(CELLS_AT_ONCE, cells))) + 1
    for first, end in pairwise([0, *cuts.tolist(), streams]):
        yield first, end - first, stretches.between(first, end)


@dataclass(frozen=True, slots=True)
class _Known:
    """Cells of which something is known: datastream or group, window, and a column of each function."""

    datastream: NDArray[np.intp]
    window: NDArray[np.intp]
    columns: Sequence[NDArray[np.float64]]


def _known(first: int, sums: Sums, windows: int, functions: Sequence[Function]) -> _Known:
    columns = [sums.of_function(function) for function in functions]
    cells = np.flatnonzero(~np.isnan(columns).all(axis=0)) if columns else np.empty(0, dtype=np.intp)
    return _Known(first + cells // windows, cells % windows, [column[cells] for column in columns])


def _told(
    known: Sequence[_Known], streams: tuple[Datastream, ...], windows: Windows, functions: Sequence[Function]
) -> Aggregates:
    def joined_up(columns: list[NDArray[Any]]) -> NDArray[Any]:
        return np.concatenate(columns) if columns else np.empty(0, dtype=np.int64)

    return Aggregates(
        streams,
        joined_up([one.datastream for one in known]).astype(np.int32),
        windows.edges[:-1].astype(TIME)[joined_up([one.window for one in known])],
        {function: joined_up([one.columns[place] for one in known]).astype(np.float64)
         for place, function in enumerate(functions)},
    )  # fmt: skip


def _places(rows: Batch, streams: Sequence[Datastream]) -> NDArray[np.intp]:
    place = {stream: number for number, stream in enumerate(streams)}
    translation = np.array([place.get(stream, -1) for stream in rows.datastreams], dtype=np.intp)
    return translation[rows.datastream] if len(rows) else np.empty(0, dtype=np.intp)
