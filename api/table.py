"""A table on its way to a client: a schema with units, rows in parts, and the mark that says that it was whole."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

MODULUS = 2**64
LINES_AT_ONCE = 20_000
"""Rows that are written as text together: some megabytes."""
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_NOTHING = np.uint64(0x7FF8000000000000)


class Part(NamedTuple):
    """Some rows, and what they add to the checksum of all."""

    rows: pa.RecordBatch
    checksum: int
    newest: int = 0
    """The latest result time among them, milliseconds since 1970 UTC; 0 where rows have none."""


class Column(NamedTuple):
    """A column that is made of whole rows."""

    field: pa.Field
    make: Callable[[pa.RecordBatch], pa.Array]


@dataclass(slots=True)
class Count:
    """What has gone by so far."""

    rows: int = 0
    checksum: int = 0
    newest: int = 0

    def add(self, part: Part) -> None:
        """Count a part."""
        self.rows += part.rows.num_rows
        self.checksum = (self.checksum + part.checksum) % MODULUS
        self.newest = max(self.newest, part.newest)

    def told(self) -> dict[str, Any]:
        """Say it as every format does: rows, and the checksum in hexadecimal digits."""
        return {"rows": self.rows, "checksum": f"{self.checksum:016x}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows in parts, to be read once; memory holds one part."""

    name: str
    """Of the list in JSON and of the file: ``observations``."""
    schema: pa.Schema
    """Its metadata says what was asked and in which units."""
    parts: Iterator[Part]
    geometry: Callable[[pa.RecordBatch], pa.StringArray] | None = None
    """Writes the place of each row as GeoJSON; None where rows have none."""
    fields: Sequence[str] = ()
    """Columns that are shown; all where none are named. The checksum is always that of whole rows."""
    more: Mapping[str, Column] = field(default_factory=dict)
    """Columns that are made only where they are named; they are no part of whole rows."""
    further: Mapping[str, Any] = field(default_factory=dict)
    """What the mark says besides."""
    count: Count = field(default_factory=Count)

    @property
    def names(self) -> tuple[str, ...]:
        """Name all columns that can be shown."""
        return (*self.schema.names, *self.more)

    def shown(self) -> pa.Schema:
        """Give the schema of what is shown."""
        if not self.fields:
            return self.schema
        known = {**{one.name: one for one in self.schema}, **{name: one.field for name, one in self.more.items()}}
        return pa.schema([known[name] for name in self.fields], metadata=self.schema.metadata)

    def blocks(self, most: int | None = None) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
        """Give what is shown of some rows, at most so many, and the whole rows beside."""
        for part in self.parts:
            self.count.add(part)
            for first in range(0, max(1, part.rows.num_rows), most or max(1, part.rows.num_rows)):
                whole = part.rows.slice(first, most)
                yield self._chosen(whole), whole

    def _chosen(self, whole: pa.RecordBatch) -> pa.RecordBatch:
        if not self.fields:
            return whole
        for name in (name for name in self.fields if name in self.more):
            whole = whole.append_column(self.more[name].field, self.more[name].make(whole))
        return whole.select(list(self.fields))

    def mark_in_words(self) -> dict[str, str]:
        """Say the same in texts, for metadata: what is no text as JSON."""
        said = self.mark().items()
        return {name: what if isinstance(what, str) else msgspec.json.encode(what).decode() for name, what in said}

    def mark(self) -> dict[str, Any]:
        """Say, once all has gone by, that this was all, how many rows, and their checksum."""
        return {"complete": True, **self.count.told(), **self.further}

    def showing(self, fields: Sequence[str]) -> Table:
        """Show some columns only."""
        return replace(self, fields=tuple(fields))


def checksum(rows: pa.RecordBatch) -> int:
    """Sum rows up to one number, as ``storage.checksum`` does for observations; parts add up modulo 2^64."""
    sums = np.zeros(rows.num_rows, dtype=np.uint64)
    for column in rows.columns:
        sums = _mixed((sums ^ _bits(column)) + _GOLDEN)
    return int(sums.sum(dtype=np.uint64))


def _bits(column: Any) -> NDArray[np.uint64]:
    """Give 64 bits for each value of a column; shape (n,)."""
    kind = column.type
    if pa.types.is_dictionary(kind) or pa.types.is_string(kind):
        coded = column if pa.types.is_dictionary(kind) else column.dictionary_encode()
        digests = b"".join(blake2b(text.encode(), digest_size=8).digest() for text in coded.dictionary.to_pylist())
        values = np.append(np.frombuffer(digests, dtype="<u8").astype(np.uint64), _NOTHING)
        place = pc.fill_null(coded.indices.cast(pa.int64()), len(values) - 1).to_numpy(zero_copy_only=False)
        words: NDArray[np.uint64] = values[place]
        return words
    if pa.types.is_floating(kind):
        numbers = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return np.where(np.isnan(numbers), _NOTHING, (numbers + 0.0).view(np.uint64))
    whole: NDArray[np.int64] = pc.fill_null(column.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    return whole.view(np.uint64)


def _mixed(sums: NDArray[np.uint64]) -> NDArray[np.uint64]:
    sums = (sums ^ sums >> np.uint64(30)) * _FIRST
    sums = (sums ^ sums >> np.uint64(27)) * _SECOND
    return sums ^ sums >> np.uint64(31)
