"""Observations of many datastreams as a table in parts: the columns of an export, and the unit of each row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa

from api.ahead import ahead
from api.columns import FORMULA_VERSION
from api.places import point
from api.reading import Reading
from api.table import Column, Part, Table
from api.vocabulary import unit_of
from processing.formulas import UNKNOWN
from processing.group import row_places
from sensors.model import TIME, Datastream
from storage.checksum import checksum
from storage.coded import together
from storage.exchange.columns import COLUMNS
from storage.pieces import clipped
from storage.store import Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from processing.formulas import Versions
    from sensors.model import Batch, Thing
    from storage.store import Spans, Store

    Row = tuple[str, str, bool, int]
    """A row by its datastream and time [ms since 1970 UTC]."""

ROWS_AT_ONCE = 250_000
"""About so many rows are held at a time: a row group of Parquet, some twenty megabytes."""
WORDS = pa.dictionary(pa.int32(), pa.string())
NAMES = {"thing", "property"}
VERSION = pa.field(FORMULA_VERSION, pa.int32())


@dataclass(frozen=True)
class Wanted:
    """Observations of some datastreams in [start, end), known by an instant where one is given."""

    store: Store
    streams: Sequence[Datastream]
    """In the order of their rows, which is ascending."""
    start: np.datetime64
    end: np.datetime64
    pin: np.datetime64 | None = None

    @cached_property
    def held(self) -> Spans:
        """Tell what is held of it; the rows of each datastream are counted as if they lay evenly."""
        return clipped(self.store.spans(self.streams), self.start, self.end)

    def batches(self, rows: int = ROWS_AT_ONCE, behind: Datastream | None = None) -> Iterator[Batch]:
        """Give rows, ordered by datastream and time, in batches that have the datastreams as their dictionary.

        A batch has about so many rows; with ``behind`` only datastreams that follow it are read.
        """
        for some in self._portions(rows, behind):
            for batch in self._read(some, rows):
                yield self._coded(batch)

    def page(self, limit: int, after: Row | None) -> tuple[Batch, Row | None]:
        """Give the first ``limit`` rows behind one that is named, and name the last of them where more follow."""
        parts, size = [], 0
        for batch in self.batches(limit) if after is None else self._behind(after, limit):
            parts.append(batch)
            size += len(batch)
            if size > limit:
                break
        rows = together(parts, self.streams)
        if size <= limit:
            return rows, None
        page = rows.take(np.arange(limit))
        time = page.phenomenon_time[-1].astype(TIME).astype(np.int64)
        return page, (*self.streams[int(page.datastream[-1])], int(time))

    def _behind(self, after: Row, rows: int) -> Iterator[Batch]:
        """Give the rows behind one, whether it is still there or not."""
        stream = Datastream(*after[:3])
        if stream in self.streams:
            rest = Reading(self.store, stream, self.start, self.end).after(np.datetime64(after[3], "ms"))
            for batch in rest.blocks(rows):
                yield self._coded(batch)
        yield from self.batches(rows, stream)

    def _coded(self, batch: Batch) -> Batch:
        place = row_places(batch, self.streams)
        rows = replace(batch, datastreams=tuple(self.streams), datastream=place.astype(np.int32))
        return rows if self.pin is None else rows.take(rows.result_time <= self.pin)

    def _portions(self, rows: int, behind: Datastream | None) -> Iterator[Sequence[Datastream]]:
        """Part the datastreams so that each part has about so many rows, or is one datastream."""
        portion = np.cumsum(self.held.count) // rows
        for some in np.split(np.arange(len(portion)), np.flatnonzero(np.diff(portion)) + 1):
            streams = [self.held.datastreams[place] for place in some.tolist()]
            mine = streams if behind is None else [stream for stream in streams if stream > behind]
            if mine:
                yield mine

    def _read(self, some: Sequence[Datastream], rows: int) -> Iterator[Batch]:
        """Read a portion; one that has many more rows than were expected is parted again."""
        if len(some) == 1:
            yield from Reading(self.store, some[0], self.start, self.end).blocks(rows)
            return
        most = 4 * rows
        batch = self.store.read(Query(datastreams=some, start=self.start, end=self.end, limit=most + 1))
        if len(batch) <= most:
            yield batch
            return
        half = len(some) // 2
        yield from self._read(some[:half], rows)
        yield from self._read(some[half:], rows)


def observation_table(
    wanted: Wanted, things: Mapping[str, Thing], said: Mapping[str, str], versions: Callable[[], Versions]
) -> Table:
    """Give observations as a table; ``said`` is what its metadata says besides the units.

    ``versions`` says which formulas were in force when, and is asked for rows that were read before.
    """
    return _table("observations", Names.of(wanted.streams), ahead(wanted.batches()), (things, versions), said)


def newest_table(batch: Batch, things: Mapping[str, Thing], version: int, versions: Callable[[], Versions]) -> Table:
    """Give the newest observations of several datastreams as a table, in their order."""
    used, place = np.unique(batch.datastream, return_inverse=True)
    streams = tuple(batch.datastreams[code] for code in used.tolist())
    rows = replace(batch, datastreams=streams, datastream=place.astype(np.int32))
    return _table("latest", Names.of(streams), iter([rows]), (things, versions), {"version": f"{version}"})


def _table(
    name: str,
    names: Names,
    batches: Iterator[Batch],
    known: tuple[Mapping[str, Thing], Callable[[], Versions]],
    said: Mapping[str, str],
) -> Table:
    things, versions = known
    places = pa.array([point(things.get(thing)) for thing in names.things], pa.string())
    return Table(
        name=name,
        schema=names.schema(said),
        parts=(Part(names.rows(batch), checksum(batch), _newest(batch)) for batch in batches),
        geometry=lambda rows: places.take(rows.column("thing").indices),
        more={FORMULA_VERSION: Column(VERSION, lambda rows: _formula_versions(rows, versions()))},
    )


def _formula_versions(rows: pa.RecordBatch, versions: Versions) -> pa.Int32Array:
    """Tell by which version of its formula each result was computed; null where that is not known. Shape (n,)."""
    observed, derived = rows.column("property"), rows.column("derived").to_numpy(zero_copy_only=False)
    times = rows.column("result_time").cast(pa.timestamp("ms")).to_numpy(zero_copy_only=False)
    found = versions.of_results(observed.dictionary.to_pylist(), observed.indices.to_numpy(), times)
    return pa.array(found, mask=(found == UNKNOWN) | ~derived)


@dataclass(frozen=True)
class Names:
    """The names of some datastreams, each once, and which of them each datastream has."""

    streams: Sequence[Datastream]
    things: Sequence[str]
    properties: Sequence[str]

    @classmethod
    def of(cls, streams: Sequence[Datastream]) -> Names:
        """Gather names."""
        things = dict.fromkeys(stream.thing for stream in streams)
        return cls(streams, tuple(things), tuple(dict.fromkeys(stream.observed_property for stream in streams)))

    @cached_property
    def units(self) -> Mapping[str, str]:
        """Give the unit of each property."""
        return {name: unit_of(name) for name in self.properties}

    def schema(self, said: Mapping[str, str]) -> pa.Schema:
        """Describe the columns."""
        of_result = {"unit": self.units[self.properties[0]]} if len(self.properties) == 1 else None
        fields = [
            pa.field(field.name, WORDS) if field.name in NAMES else
            field.with_metadata(of_result) if field.name == "result" and of_result else field
            for field in COLUMNS
        ]  # fmt: skip
        fields.insert(COLUMNS.get_field_index("result") + 1, pa.field("unit", WORDS))
        return pa.schema(fields, metadata={"units": msgspec.json.encode(self.units).decode(), **said})

    def rows(self, batch: Batch) -> pa.RecordBatch:
        """Lay a batch out whose dictionary these datastreams are."""
        observed = self._property.take(batch.datastream)
        columns = {
            "thing": pa.DictionaryArray.from_arrays(self._thing.take(batch.datastream), self._words[0]),
            "property": pa.DictionaryArray.from_arrays(observed, self._words[1]),
            "derived": pa.array(self._derived.take(batch.datastream)),
            "phenomenon_time": _times(batch.phenomenon_time),
            "result": pa.array(batch.result, from_pandas=True),
            "unit": pa.DictionaryArray.from_arrays(observed, self._words[2]),
            "quality": pa.array(batch.quality),
            "result_time": _times(batch.result_time),
            "revision": pa.array(batch.revision),
            "coverage": pa.array(batch.coverage, from_pandas=True),
            "samples": pa.array(batch.samples),
        }
        return pa.RecordBatch.from_arrays(list(columns.values()), schema=self._plain)

    @cached_property
    def _plain(self) -> pa.Schema:
        return self.schema({})

    @cached_property
    def _words(self) -> tuple[pa.Array, pa.Array, pa.Array]:
        units = pa.array([self.units[name] for name in self.properties], pa.string())
        return pa.array(self.things, pa.string()), pa.array(self.properties, pa.string()), units

    @cached_property
    def _thing(self) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        place = {name: number for number, name in enumerate(self.things)}
        return np.array([place[stream.thing] for stream in self.streams], dtype=np.int32)

    @cached_property
    def _property(self) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        place = {name: number for number, name in enumerate(self.properties)}
        return np.array([place[stream.observed_property] for stream in self.streams], dtype=np.int32)

    @cached_property
    def _derived(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.array([stream.derived for stream in self.streams], dtype=np.bool_)


def _newest(batch: Batch) -> int:
    return int(batch.result_time.astype(TIME).view(np.int64).max(initial=0))


def _times(times: np.ndarray[tuple[int], np.dtype[np.datetime64]]) -> pa.Array:
    return pa.array(times.astype(TIME)).cast(pa.timestamp("ms", "UTC"))
