"""Observations summed up by windows: what is asked, checked, and laid out as a table of series by windows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa

from api.places import point
from api.problem import ProblemError, named
from api.table import Part, Table, checksum
from api.vocabulary import all_properties, unit_of
from sensors.model import TIME, SeriesKind
from storage.windows import Function, Windows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from api.grouping import Series
    from sensors.model import Thing
    from storage.aggregate import Aggregates
    from storage.store import Store

SUM = "sum"
"""Of amounts: their mean times their number, which every store knows."""
NAMES = (*(function.value for function in Function), SUM)
CELLS_AT_ONCE = 500_000
WORDS = pa.dictionary(pa.int32(), pa.string())


def functions_in(said: Sequence[str]) -> tuple[str, ...]:
    """Read the names of functions. Raises ProblemError ``bad-value``."""
    for name in said:
        if name not in NAMES:
            detail = f"There is no function {name[:60]!r}. There are {named(NAMES)}."
            raise ProblemError("bad-value", detail, parameter="function")
    return tuple(said)


def refuse_senseless(observed: str, functions: Sequence[str]) -> None:
    """Raise ProblemError ``bad-value`` for the increase of what does not count up, and the sum of what is no amount."""
    declared = all_properties().get(observed)
    kinds = {Function.INCREASE.value: (SeriesKind.COUNTER,), SUM: (SeriesKind.DELTA, SeriesKind.EVENT)}
    for name in functions:
        if declared is not None and name in kinds and declared.series not in kinds[name]:
            needed = " or ".join(kind.value for kind in kinds[name])
            detail = f"{observed!r} is a {declared.series}, and {name} is of a {needed}. Ask for another function."
            raise ProblemError("bad-value", detail, parameter="function")


@dataclass(frozen=True)
class Asked:
    """Functions of the windows of some series of one property each."""

    store: Store
    edges: NDArray[np.datetime64]
    functions: tuple[str, ...]
    series: Sequence[tuple[str, Series]]
    """With the property, ordered by property and name."""

    def parts(self) -> Iterator[tuple[str, Sequence[Series], Aggregates]]:
        """Sum up, property by property, some series after the other."""
        for observed, mine in groupby(self.series, key=itemgetter(0)):
            every = [series for _, series in mine]
            if any(len(series.streams) != 1 for series in every):
                yield observed, every, self._together(observed, every)
                continue
            size = max(1, CELLS_AT_ONCE // (len(self.edges) - 1))
            for first in range(0, len(every), size):
                some = every[first : first + size]
                streams = [series.streams[0] for series in some]
                yield observed, some, self.store.aggregate(streams, self._windows(observed), self.wanted)

    def _together(self, observed: str, groups: Sequence[Series]) -> Aggregates:
        members = [(stream, number) for number, series in enumerate(groups) for stream in series.streams]
        streams, places = zip(*sorted(members), strict=True)
        return self.store.aggregate(streams, self._windows(observed), self.wanted, list(places))

    def _windows(self, observed: str) -> Windows:
        declared = all_properties().get(observed)
        return Windows(self.edges) if declared is None else Windows(self.edges, np.timedelta64(declared.max_hold))

    @cached_property
    def wanted(self) -> tuple[Function, ...]:
        """Name the store's functions that are needed; the number of rows always is."""
        told = [Function.MEAN if name == SUM else Function(name) for name in self.functions]
        return tuple(dict.fromkeys([Function.COUNT, *told]))


def aggregate_table(asked: Asked, things: Mapping[str, Thing], said: Mapping[str, str]) -> Table:
    """Give windows as a table: a row per series and window of which something is known."""
    names = tuple(dict.fromkeys(series.name for _, series in asked.series))
    properties = tuple(dict.fromkeys(observed for observed, _ in asked.series))
    laid = _Laid(asked, names, properties)
    places = pa.array([point(things.get(name)) for name in names], pa.string())
    return Table(
        name="aggregates",
        schema=laid.schema(said),
        parts=laid.parts(),
        geometry=lambda rows: places.take(rows.column("thing").indices),
    )


@dataclass(frozen=True)
class _Laid:
    asked: Asked
    names: Sequence[str]
    properties: Sequence[str]

    def schema(self, said: Mapping[str, str]) -> pa.Schema:
        units = {name: unit_of(name) for name in self.properties}
        unit = {"unit": units[self.properties[0]]} if len(self.properties) == 1 else None
        fields = [
            pa.field("thing", WORDS),
            pa.field("property", WORDS),
            pa.field("start", pa.timestamp("ms", "UTC")),
            pa.field("end", pa.timestamp("ms", "UTC")),
            pa.field("unit", WORDS),
            pa.field("count", pa.int64()),
            *(pa.field(name, pa.float64(), metadata=unit) for name in self.asked.functions if name != Function.COUNT),
        ]
        return pa.schema(fields, metadata={"units": msgspec.json.encode(units).decode(), **said})

    def parts(self) -> Iterator[Part]:
        for observed, series, found in self.asked.parts():
            rows = self._rows(observed, series, found)
            yield Part(rows, checksum(rows))

    def _rows(self, observed: str, series: Sequence[Series], found: Aggregates) -> pa.RecordBatch:
        edges = self.asked.edges.astype(TIME)
        place = {name: number for number, name in enumerate(self.names)}
        thing = np.array([place[one.name] for one in series], dtype=np.int32)[found.datastream]
        mine = np.full(len(found), self.properties.index(observed), dtype=np.int32)
        count = np.nan_to_num(found.columns[Function.COUNT])
        sums = {SUM: found.columns[Function.MEAN] * count} if Function.MEAN in found.columns else {}
        numbers = {**{name.value: column for name, column in found.columns.items()}, **sums}
        units = pa.array([unit_of(name) for name in self.properties], pa.string())
        columns = [
            pa.DictionaryArray.from_arrays(thing, pa.array(self.names, pa.string())),
            pa.DictionaryArray.from_arrays(mine, pa.array(self.properties, pa.string())),
            _times(found.start),
            _times(edges[np.searchsorted(edges, found.start.astype(TIME)) + 1]),
            pa.DictionaryArray.from_arrays(mine, units),
            pa.array(count.astype(np.int64)),
            *(pa.array(numbers[name], from_pandas=True) for name in self.asked.functions if name != Function.COUNT),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema({}))


def _times(times: NDArray[np.datetime64]) -> pa.Array:
    return pa.array(times.astype(TIME)).cast(pa.timestamp("ms", "UTC"))
