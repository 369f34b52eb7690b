"""Rows summed up by window: pure functions over columns, the same for every engine.

Rows that are missing or failed their tests take no part, as nowhere in the platform. A row holds from its time until
the next row of its datastream, at most ``max_hold`` long; a missing or failed row ends what held before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from sensors.model import Batch, Datastream

CELLS_AT_ONCE = 2_000_000
"""Datastreams times windows that are worked on at once: some tens of megabytes."""

A_DAY = np.timedelta64(1, "D")


class Function(StrEnum):
    """How rows of a window become one number."""

    COUNT = "count"
    """Rows that count. [1]"""
    MEAN = "mean"
    MINIMUM = "min"
    MAXIMUM = "max"
    FIRST = "first"
    LAST = "last"
    TIME_WEIGHTED_MEAN = "time_weighted_mean"
    """sum(value * time) / sum(time) over the known time; the last row before the window speaks for its beginning."""
    INCREASE = "increase"
    """What a counter went up: the sum of its steps, each in the window of its later row; after a reset the new value.

    Source: Prometheus ``increase``, without its extrapolation to the edges of the window."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Half-open spans [edge, next edge), UTC, that follow each other."""

    edges: NDArray[np.datetime64]
    """In ascending order, shape (m + 1,), m >= 1."""
    max_hold: np.timedelta64 = A_DAY
    """How long a row holds at most, and how far before the first window rows are looked at."""

    @classmethod
    def every(
        cls,
        step: np.timedelta64,
        start: np.datetime64,
        end: np.datetime64,
        max_hold: np.timedelta64 = A_DAY,
    ) -> Windows:
        """Make windows of one length from ``start``; the last one reaches to ``end`` or beyond it.

        Raises ValueError for a step that is not positive and an end that does not lie behind the start.
        """
        length = step.astype("timedelta64[ms]")
        if length <= np.timedelta64(0, "ms") or not start < end:
            raise ValueError(f"windows of {step} from {start} to {end} are none: give a step above 0 and a later end")
        first, last = start.astype(TIME), end.astype(TIME)
        return cls(np.arange(first, last + length, length), max_hold)

    def __len__(self) -> int:
        return len(self.edges) - 1

    @property
    def start(self) -> np.datetime64:
        """The beginning of the first."""
        first: np.datetime64 = self.edges.astype(TIME)[0]
        return first

    @property
    def end(self) -> np.datetime64:
        """The end of the last."""
        last: np.datetime64 = self.edges.astype(TIME)[-1]
        return last

    @property
    def reach(self) -> np.datetime64:
        """From where rows may speak for the first window."""
        earliest: np.datetime64 = self.start - self.max_hold.astype("timedelta64[ms]")
        return earliest


@dataclass(frozen=True, slots=True)
class Aggregates:
    """One entry per datastream and window of which something is known, ordered by both; every column has shape (k,)."""

    datastreams: tuple[Datastream, ...]
    datastream: NDArray[np.int32]
    """Index into ``datastreams``."""
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
    rows: Batch, streams: Sequence[Datastream], windows: Windows, functions: Sequence[Function]
) -> Aggregates:
    """Sum up rows, which must be ordered by the place of their datastream in ``streams`` and by time."""
    place = _places(rows, streams)
    at_once = max(1, CELLS_AT_ONCE // len(windows))
    parts = []
    for first in range(0, len(streams), at_once):
        some = slice(*np.searchsorted(place, [first, first + at_once]))
        cut = _Cut.of(rows.take(np.arange(some.start, some.stop)), place[some] - first, windows)
        parts.append((first, cut.cells_of(min(at_once, len(streams) - first), functions)))
    return _joined(tuple(streams), windows, functions, parts)


@dataclass(frozen=True, slots=True)
class _Cut:
    """Rows of some datastreams, in their order, and the window of each."""

    windows: Windows
    edges: NDArray[np.int64]
    place: NDArray[np.intp]
    time: NDArray[np.int64]
    value: NDArray[np.float64]
    """0 where the row takes no part."""
    counts: NDArray[np.bool_]
    window: NDArray[np.intp]
    """-1 before the first; shape (n,), as of all columns."""

    @classmethod
    def of(cls, rows: Batch, place: NDArray[np.intp], windows: Windows) -> _Cut:
        edges, time = windows.edges.astype(TIME).view(np.int64), rows.phenomenon_time.astype(TIME).view(np.int64)
        counts = (rows.quality != Quality.FAIL) & (rows.quality != Quality.MISSING)
        window = np.searchsorted(edges, time, side="right") - 1
        return cls(windows, edges, place, time, np.where(counts, rows.result, 0.0), counts, window)

    def cells_of(self, streams: int, functions: Sequence[Function]) -> dict[Function, NDArray[np.float64]]:
        """Give every function over all (streams * m) cells, NaN where it says nothing."""
        size = streams * len(self.windows)
        within = self.counts & (self.window >= 0) & (self.window < len(self.windows))
        inside = _Inside.of((self.place * len(self.windows) + self.window)[within], self.value[within], size)
        ways: dict[Function, Callable[[], NDArray[np.float64]]] = {
            Function.COUNT: inside.count,
            Function.MEAN: inside.mean,
            Function.MINIMUM: partial(inside.reduced, np.minimum),
            Function.MAXIMUM: partial(inside.reduced, np.maximum),
            Function.FIRST: inside.first,
            Function.LAST: inside.last,
            Function.INCREASE: partial(self._increase, size),
            Function.TIME_WEIGHTED_MEAN: partial(self._time_weighted_mean, streams),
        }
        return {function: ways[function]() for function in functions}

    def _increase(self, size: int) -> NDArray[np.float64]:
        """Sum the steps between rows that follow each other, in the window of the later one."""
        place, value, window = self.place[self.counts], self.value[self.counts], self.window[self.counts]
        later = (place[1:] == place[:-1]) & (window[1:] >= 0) & (window[1:] < len(self.windows))
        step = np.where(value[1:] >= value[:-1], value[1:] - value[:-1], value[1:])[later]
        cell = (place[1:] * len(self.windows) + window[1:])[later]
        some = np.bincount(cell, minlength=size) > 0
        return np.where(some, np.bincount(cell, weights=step, minlength=size), np.nan)

    def _time_weighted_mean(self, streams: int) -> NDArray[np.float64]:
        length = self._held() * self.counts
        known = self._within(length, streams) + self._into(length, streams)
        return _ratio(self._within(length, streams, self.value) + self._into(length, streams, self.value), known)

    def _held(self) -> NDArray[np.float64]:
        """Tell how long each row holds. [ms], shape (n,)."""
        hold = int(self.windows.max_hold.astype("timedelta64[ms]").astype(np.int64))
        until = np.append(self.time[1:], np.iinfo(np.int64).max)
        until[np.flatnonzero(np.diff(self.place))] = np.iinfo(np.int64).max
        return np.minimum(until - self.time, hold).astype(np.float64)

    def _within(
        self, length: NDArray[np.float64], streams: int, value: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Sum what rows hold of their own window, times a value. Shape (streams * m,)."""
        inside = (self.window >= 0) & (self.window < len(self.windows))
        window = self.window[inside]
        part = np.minimum(length[inside], self.edges[window + 1] - self.time[inside])
        weights = part if value is None else part * value[inside]
        cell = self.place[inside] * len(self.windows) + window
        return np.bincount(cell, weights=weights, minlength=streams * len(self.windows)).astype(np.float64)

    def _into(
        self, length: NDArray[np.float64], streams: int, value: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Give what the last row before each window holds of it, times a value. Shape (streams * m,)."""
        before = self._last_before(streams)
        start, end = self.edges[:-1], self.edges[1:]
        # An index of -1 reads the row appended at the end, which holds nothing.
        until = np.append(self.time + length, -np.inf)[before]
        part: NDArray[np.float64] = np.maximum(np.minimum(until, end) - start, 0.0)
        return (part if value is None else part * np.append(value, 0.0)[before]).ravel()

    def _last_before(self, streams: int) -> NDArray[np.intp]:
        """Index of the last row before each window, -1 where its datastream has none. Shape (streams, m)."""
        beginning = np.searchsorted(self.place, np.arange(streams), side="left")
        behind = np.searchsorted(
            _key(self.place, self.time), _key(np.arange(streams)[:, None], self.edges[:-1]), "left"
        )
        return np.where(behind > beginning[:, None], behind - 1, -1)


@dataclass(frozen=True, slots=True)
class _Inside:
    """The values that lie in windows, ordered by cell; every method gives one number per cell, shape (size,)."""

    cell: NDArray[np.intp]
    value: NDArray[np.float64]
    begin: NDArray[np.intp]
    """Where a cell's values begin, for each cell that has some."""
    size: int

    @classmethod
    def of(cls, cell: NDArray[np.intp], value: NDArray[np.float64], size: int) -> _Inside:
        return cls(cell, value, np.flatnonzero(np.diff(cell, prepend=-1)), size)

    def count(self) -> NDArray[np.float64]:
        counts = np.bincount(self.cell, minlength=self.size).astype(np.float64)
        return np.where(counts > 0, counts, np.nan)

    def mean(self) -> NDArray[np.float64]:
        return np.bincount(self.cell, weights=self.value, minlength=self.size) / self.count()

    def reduced(self, how: np.ufunc) -> NDArray[np.float64]:
        return self._spread(how.reduceat(self.value, self.begin) if len(self.begin) else self.value)

    def first(self) -> NDArray[np.float64]:
        return self._spread(self.value[self.begin])

    def last(self) -> NDArray[np.float64]:
        return self._spread(self.value[np.append(self.begin, len(self.value))[1:] - 1])

    def _spread(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        cells = np.full(self.size, np.nan)
        cells[self.cell[self.begin]] = numbers
        return cells


def _key(place: NDArray[np.intp], time: NDArray[np.int64]) -> NDArray[np.int64]:
    """Make one sortable integer of a place and a time: milliseconds until the year 2200 have 43 bits."""
    keys: NDArray[np.int64] = (place.astype(np.int64) << 43) | np.clip(time, 0, (1 << 43) - 1)
    return keys


def _places(rows: Batch, streams: Sequence[Datastream]) -> NDArray[np.intp]:
    place = {stream: number for number, stream in enumerate(streams)}
    translation = np.array([place.get(stream, -1) for stream in rows.datastreams], dtype=np.intp)
    return translation[rows.datastream] if len(rows) else np.empty(0, dtype=np.intp)


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio = np.full(above.shape, np.nan)
    np.divide(above, below, out=ratio, where=below > 0)
    return ratio


def _joined(
    streams: tuple[Datastream, ...],
    windows: Windows,
    functions: Sequence[Function],
    parts: Sequence[tuple[int, Mapping[Function, NDArray[np.float64]]]],
) -> Aggregates:
    """Keep the cells of which something is known."""
    cells: list[NDArray[np.intp]] = []
    columns: dict[Function, list[NDArray[np.float64]]] = {function: [] for function in functions}
    for first, found in parts:
        known = np.flatnonzero(~np.isnan(np.array(list(found.values()))).all(axis=0))
        cells.append(known + first * len(windows))
        for function in functions:
            columns[function].append(found[function][known])
    cell = np.concatenate(cells) if cells else np.empty(0, dtype=np.intp)
    return Aggregates(
        streams,
        (cell // len(windows)).astype(np.int32),
        windows.edges[:-1].astype(TIME)[cell % len(windows)],
        {name: np.concatenate(column) if column else np.empty(0) for name, column in columns.items()},
    )
