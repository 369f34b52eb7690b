"""A batch as an Arrow table in the long form: a row per observation, with thing and property in every row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from sensors.model import TIME, Batch, Datastream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

COLUMNS = pa.schema(
    {
        "thing": pa.string(),
        "property": pa.string(),
        "derived": pa.bool_(),
        "phenomenon_time": pa.timestamp("ms", "UTC"),
        "result": pa.float64(),
        "quality": pa.uint8(),
        "result_time": pa.timestamp("ms", "UTC"),
        "revision": pa.int32(),
        "coverage": pa.float32(),
        "samples": pa.int32(),
    }
)
"""A missing result is null, and so is a coverage that has no meaning."""


def table_of(batch: Batch) -> pa.Table:
    """Write a batch as a table."""
    columns = {
        "thing": _spread([stream.thing for stream in batch.datastreams], batch, pa.string()),
        "property": _spread([stream.observed_property for stream in batch.datastreams], batch, pa.string()),
        "derived": _spread([stream.derived for stream in batch.datastreams], batch, pa.bool_()),
        "phenomenon_time": pa.array(batch.phenomenon_time.astype(TIME)),
        "result": pa.array(batch.result, from_pandas=True),
        "quality": batch.quality,
        "result_time": pa.array(batch.result_time.astype(TIME)),
        "revision": batch.revision,
        "coverage": pa.array(batch.coverage, from_pandas=True),
        "samples": batch.samples,
    }
    return pa.table(columns).cast(COLUMNS)


def batch_of(table: pa.Table) -> Batch:
    """Read a table with the columns of ``COLUMNS`` as a batch."""
    streams, place = streams_of(table["thing"], table["property"], table["derived"])
    floats = {name: _numbers(table[name].fill_null(np.nan)) for name in ("result", "coverage")}
    rest = {name: _numbers(table[name]) for name in ("quality", "revision", "samples")}
    times = {name: _numbers(table[name].cast(pa.int64())) for name in ("phenomenon_time", "result_time")}
    return Batch.of(
        streams,
        place,
        times["phenomenon_time"].view(TIME),
        floats["result"],
        result_time=times["result_time"].view(TIME),
        coverage=floats["coverage"],
        **rest,
    )


def streams_of(thing: pa.ChunkedArray, observed: pa.ChunkedArray, derived: pa.ChunkedArray) -> tuple[Any, Any]:
    """Give the datastreams that columns name, and the place of each row's; shape (n,)."""
    coded = [_coded(column) for column in (thing, observed, derived.cast(pa.int8()))]
    sizes = [max(1, len(values)) for values, _ in coded]
    key = (coded[0][1] * sizes[1] + coded[1][1]) * sizes[2] + coded[2][1]
    keys, place = np.unique(key, return_inverse=True)
    streams = [
        Datastream(
            coded[0][0][each // sizes[2] // sizes[1]],
            coded[1][0][each // sizes[2] % sizes[1]],
            derived=bool(coded[2][0][each % sizes[2]]),
        )
        for each in keys.tolist()
    ]
    return tuple(streams), place.astype(np.int32)


def _coded(column: pa.ChunkedArray) -> tuple[list[Any], NDArray[np.int64]]:
    dictionary = column.combine_chunks().dictionary_encode()
    if isinstance(dictionary, pa.ChunkedArray):
        dictionary = dictionary.combine_chunks()
    return dictionary.dictionary.to_pylist(), _numbers(dictionary.indices).astype(np.int64)


def _spread(values: Sequence[Any], batch: Batch, kind: pa.DataType) -> pa.Array:
    return pa.array(values, kind).take(pa.array(batch.datastream))


def _numbers(column: Any) -> NDArray[Any]:
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    numbers: NDArray[Any] = array.to_numpy(zero_copy_only=False)
    return numbers
