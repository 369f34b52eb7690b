"""Rows summed up by window where they lie: only what is needed of them is read, in parts, on all cores.

Counts, sums and extremes of groups by windows of one length are DuckDB's own work; all else is made of columns of time,
result and quality by ``storage.partials``, as in every engine.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa

from sensors.model import TIME
from sensors.quality import Quality
from storage.aggregate import Aggregates, Groups, of_each, of_groups, of_members
from storage.dictionary import UNKNOWN
from storage.duck import days
from storage.duck.days import DAY
from storage.duck.file import columns
from storage.duck.reading import EVER, rows
from storage.partials import Partials, Sums
from storage.windows import Function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from sensors.model import Datastream
    from storage.duck.file import Connection
    from storage.duck.month import Month
    from storage.windows import Windows

    Reading = Callable[[], AbstractContextManager[tuple[Connection, tuple[Month, ...]]]]
    """Begins to read: gives a connection that sees one instant, and the months there are then."""

Part = TypeVar("Part")
Found = TypeVar("Found")
_ROWS_AT_ONCE = 2_000_000
"""Rows of a part, about: some hundred megabytes for each core."""
_TIME_BITS = 43
"""Milliseconds until the year 2200."""
_GAPS = 50
"""Where summed days have more gaps, rows are read."""
_LEAN = "SELECT datastream, time, result, quality"
_NO_ROWS = rows((), 0, 0)
_COUNTS = f"quality NOT IN ({Quality.FAIL:d}, {Quality.MISSING:d})"
_IN_SQL = {
    Function.COUNT: "count(*)",
    Function.MEAN: "sum(result)",
    Function.MINIMUM: "min(result)",
    Function.MAXIMUM: "max(result)",
}
"""What DuckDB sums up by itself as fast as columns are read."""


class Chosen(NamedTuple):
    """Datastreams in the order of their codes."""

    codes: NDArray[np.int32]
    place: NDArray[np.intp]
    """Of each among those that were asked for."""

    @classmethod
    def of(cls, codes: NDArray[np.int32]) -> Chosen:
        """Leave out those that the file does not know."""
        place = np.flatnonzero(codes != UNKNOWN)
        order = np.argsort(codes[place], kind="stable")
        return cls(codes[place][order], place[order])

    def places(self, codes: NDArray[Any]) -> NDArray[np.intp]:
        """Give the number among these of each code, all of which are of these."""
        first = int(self.codes[0])
        number = np.empty(int(self.codes[-1]) - first + 1, dtype=np.intp)
        number[self.codes - first] = np.arange(len(self.codes))
        found: NDArray[np.intp] = number[codes - first]
        return found

    def split(self, part: NDArray[np.int64]) -> list[Chosen]:
        """Part them by ascending numbers."""
        cuts = np.flatnonzero(np.diff(part)) + 1
        both = zip(np.split(self.codes, cuts), np.split(self.place, cuts), strict=True)
        return [Chosen(codes, place) for codes, place in both if len(codes)]


@dataclass(frozen=True)
class Question:
    """What is asked of a file."""

    reading: Reading
    chosen: Chosen
    windows: Windows
    functions: Sequence[Function]

    def of_each(self, streams: tuple[Datastream, ...]) -> Aggregates:
        """Answer for each datastream."""

        def work(some: Chosen) -> Aggregates:
            found = of_each(self._stretches(some), streams[: len(some.codes)], self.windows, self.functions)
            return Aggregates(streams, some.place[found.datastream].astype(np.int32), found.start, found.columns)

        return _in_order(_on_all_cores(work, self._parts()), streams, self.functions)

    def of_groups(self, groups: Sequence[int]) -> Aggregates:
        """Answer for groups of the datastreams that were asked for."""
        members = Groups.of(groups, self.functions)

        def work(some: Chosen) -> Sums:
            mine = Groups(members.of_place[some.place], members.size)
            return of_members(self._stretches(some), mine, self.windows, self.functions)

        plain = self.windows.step is not None and set(self.functions) <= set(_IN_SQL) and not len(self._days)
        sums = [self._in_sql(members)] if plain else _on_all_cores(work, self._parts())
        return of_groups(sums, self.windows, self.functions)

    @cached_property
    def _span(self) -> tuple[int, int]:
        """Tell what is looked at, half-open. [ms]."""
        return _milliseconds(self.windows.reach), _milliseconds(self.windows.end)

    @cached_property
    def _days(self) -> NDArray[np.int64]:
        """Find the UTC days since 1970 that are summed up and whole within a window."""
        with self.reading() as (connection, _):
            found = days.usable(connection, self.windows)
        return found if np.count_nonzero(np.diff(found) > 1) < _GAPS else found[:0]

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        """Tell the spans [ms] whose rows are read, those between the days."""
        start, end = self._span
        begins, ends = self._days * DAY, (self._days + 1) * DAY
        apart = np.flatnonzero(np.append(begins, end) > np.append(start, ends))
        return [(int(np.append(start, ends)[place]), int(np.append(begins, end)[place])) for place in apart]

    def _parts(self) -> list[Chosen]:
        """Divide the datastreams so that each part has about so many rows."""
        with self.reading() as (connection, _):
            code, count = columns(
                connection, "SELECT datastream, sum(count)::BIGINT FROM settled_stream GROUP BY datastream"
            )
            ((newest,),) = connection.execute("SELECT count(*) FROM observation").fetchall()
        held = np.zeros(max(self.chosen.codes.max(initial=0), code.max(initial=0)) + 1)
        held[code] = count
        held += newest / len(held)
        if len(self._days):
            held *= 0.03 + sum(end - start for start, end in self._spans) / (self._span[1] - self._span[0])
        return self.chosen.split((np.cumsum(held[self.chosen.codes]) // _ROWS_AT_ONCE).astype(np.int64))

    def _stretches(self, some: Chosen) -> Partials:
        """Read what windows are made of; the datastreams' places are those among ``some``."""
        first, last = int(some.codes[0]), int(some.codes[-1])
        mine = f"datastream BETWEEN {first} AND {last}"
        if last - first + 1 > len(some.codes):
            mine += " AND datastream IN (SELECT datastream FROM wanted)"
        with self.reading() as (connection, months):
            connection.register("wanted", pa.table({"datastream": some.codes}))
            spans, summed = [rows(months, *span) for span in self._spans], None
            if len(self._days):
                spans += self._disturbed(connection, months, mine)
                summed = days.read(connection, mine)
            code, *found = columns(connection, f"{_LEAN} FROM ({' UNION ALL '.join(spans or [_NO_ROWS])}) WHERE {mine}")
        stretches = _of_rows(some.places(code), *found)
        if summed is None:
            return stretches
        return _ordered(stretches.beside(summed.of_places(some.places(summed.place))))

    def _disturbed(self, connection: Connection, months: tuple[Month, ...], mine: str) -> list[str]:
        """Say how the rows of summed days are read that cannot be taken as they were summed up."""
        connection.register("usable", pa.table({"day": self._days.astype(np.int32)}))
        hold = _milliseconds(self.windows.max_hold) if Function.TIME_WEIGHTED_MEAN in self.functions else EVER
        span = days.disturbed(connection, mine, hold, increase=Function.INCREASE in self.functions)
        if span is None:
            return []
        lying = f"SELECT *, (time // {DAY})::INTEGER AS day FROM ({rows(months, *span)}) WHERE {mine}"  # noqa: S608 - own names
        return [f"SELECT * EXCLUDE (day) FROM ({lying}) SEMI JOIN disturbed USING (datastream, day)"]  # noqa: S608 - own names

    def _in_sql(self, members: Groups) -> Sums:
        """Let DuckDB sum up."""
        cells = members.size * len(self.windows)
        start, step = _milliseconds(self.windows.start), _milliseconds(self.windows.step)
        names = [_IN_SQL[function] for function in (Function.COUNT, *self.functions)]
        with self.reading() as (connection, months):
            first = members.of_place[self.chosen.place] * len(self.windows)
            connection.register("wanted", pa.table({"datastream": self.chosen.codes, "first": first}))
            cell, count, *found = columns(
                connection,
                f"SELECT first + (time - {start}) // {step} AS cell, {', '.join(names)} "  # noqa: S608 - own names
                f"FROM ({rows(months, start, self._span[1])}) JOIN wanted USING (datastream) "
                f"WHERE {_COUNTS} GROUP BY cell",
            )
        return Sums(_spread(cells, cell, count, dict(zip(self.functions, found, strict=True))))


def _spread(
    cells: int, cell: NDArray[np.int64], count: NDArray[np.int64], found: dict[Function, NDArray[np.float64]]
) -> dict[str, NDArray[np.float64]]:
    """Lay what was found of some cells into all."""
    columns = {"count": np.zeros(cells)}
    columns["count"][cell] = count
    for function, name in ((Function.MEAN, "total"), (Function.MINIMUM, "low"), (Function.MAXIMUM, "high")):
        if function in found:
            columns[name] = np.full(cells, 0.0 if name == "total" else np.nan)
            columns[name][cell] = found[function]
    return columns


def _of_rows(
    place: NDArray[np.intp], time: NDArray[np.int64], result: NDArray[np.float64], quality: NDArray[Any]
) -> Partials:
    """Take rows for stretches, in the order of places and times; those of a sorted month are in it already."""
    counts, order = (quality != Quality.FAIL) & (quality != Quality.MISSING), _order(place, time)
    if order is None:
        return Partials.of_rows(place, time, result, counts)
    return Partials.of_rows(place[order], time[order], result[order], counts[order])


def _ordered(stretches: Partials) -> Partials:
    order = _order(stretches.place, stretches.first)
    return stretches if order is None else stretches.take(order)


def _order(place: NDArray[np.intp], time: NDArray[np.int64]) -> NDArray[np.intp] | None:
    """Find the order of places and times; None where it is there already."""
    key = (place << _TIME_BITS) + time
    return None if (key[1:] > key[:-1]).all() else np.argsort(key, kind="stable")


def _in_order(
    parts: Iterable[Aggregates], streams: tuple[Datastream, ...], functions: Sequence[Function]
) -> Aggregates:
    """Put together what was found of some datastreams after the other, in the order in which they were asked for."""
    found = list(parts)
    datastream = np.concatenate([np.empty(0, dtype=np.int32), *(part.datastream for part in found)])
    start = np.concatenate([np.empty(0, dtype=TIME), *(part.start for part in found)])
    order = np.argsort(datastream, kind="stable")
    columns = {name: np.concatenate([np.empty(0), *(part.columns[name] for part in found)]) for name in functions}
    return Aggregates(
        streams, datastream[order], start[order], {name: column[order] for name, column in columns.items()}
    )


def _on_all_cores(work: Callable[[Part], Found], parts: Sequence[Part]) -> list[Found]:
    with ThreadPoolExecutor(max(1, min(len(parts), len(os.sched_getaffinity(0))))) as pool:
        return list(pool.map(work, parts))


def _milliseconds(instant: np.datetime64 | np.timedelta64 | None) -> int:
    unit = TIME if isinstance(instant, np.datetime64) else "timedelta64[ms]"
    return 0 if instant is None else int(instant.astype(unit).astype(np.int64))
