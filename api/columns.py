"""Observations from columns to JSON and CSV text without touching a row in Python: Arrow builds the text in one go."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from api.times import iso
from api.vocabulary import unit_of
from sensors.quality import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sensors.model import Batch, Datastream

CSV_COLUMNS = ("phenomenon_time", "result_time", "result", "quality", "coverage", "samples", "revision")
CSV_HEADER = ",".join(CSV_COLUMNS).encode() + b"\n"

QUALITY_NAMES = {int(flag): flag.name.lower() for flag in Quality}
"""QARTOD flags in words: good, unknown (not evaluated), suspect, fail, missing."""

_PLAIN = csv.WriteOptions(include_header=False, quoting_style="none")
_ALL_FLAGS = pa.array([f'{flag},"quality_name":"{QUALITY_NAMES.get(flag, "unknown")}"' for flag in range(256)])


def observations_json(batch: Batch) -> bytes:
    """Write a batch of one datastream as a JSON array of observations."""
    return b"[" + _joined(_fields(batch, '{"phenomenon_time":"')) + b"]"


def latest_json(batch: Batch) -> bytes:
    """Write a batch as a JSON array of observations that name their thing, property and unit."""
    return b"[" + _joined(latest_rows(batch)) + b"]"


def latest_rows(batch: Batch) -> pa.StringArray:
    """Write each row of a batch as a JSON object that names its thing, property and unit; length n."""
    used, place = np.unique(
        batch.datastream, return_inverse=True
    )  # a store's dictionary may be far longer than the rows
    heads = pa.array([_head(batch.datastreams[code]) for code in used], pa.string())
    return _fields(batch, heads.take(pa.array(place)))


def csv_rows(batch: Batch) -> bytes:
    """Write a batch of one datastream as CSV lines as in ``CSV_COLUMNS``; a missing number is an empty field."""
    arrays = [
        pa.array(iso(batch.phenomenon_time), pa.string()),
        pa.array(iso(batch.result_time), pa.string()),
        _numbers(batch.result),
        pa.array(batch.quality),
        _numbers(batch.coverage),
        pa.array(batch.samples),
        pa.array(batch.revision),
    ]
    sink = BytesIO()
    csv.write_csv(pa.RecordBatch.from_arrays(arrays, names=list(CSV_COLUMNS)), sink, _PLAIN)
    return sink.getvalue()


def _fields(batch: Batch, head: Any) -> pa.StringArray:
    """Write rows as JSON objects; ``head`` is the text up to the opening quote of the phenomenon time."""
    return pc.binary_join_element_wise(
        head,
        pa.array(iso(batch.phenomenon_time), pa.string()),
        '","result_time":"',
        pa.array(iso(batch.result_time), pa.string()),
        '","result":',
        _json_numbers(batch.result),
        ',"quality":',
        _ALL_FLAGS.take(pa.array(batch.quality)),
        ',"coverage":',
        _json_numbers(batch.coverage),
        ',"samples":',
        pc.cast(pa.array(batch.samples), pa.string()),
        ',"revision":',
        pc.cast(pa.array(batch.revision), pa.string()),
        "}",
        "",
    )


def _head(stream: Datastream) -> str:
    """Write what all rows of a datastream have in common, up to the opening quote of the phenomenon time."""
    common = {
        "thing": stream.thing,
        "observed_property": stream.observed_property,
        "unit": unit_of(stream.observed_property),
        "derived": stream.derived,
    }
    return msgspec.json.encode(common).decode()[:-1] + ',"phenomenon_time":"'


def _numbers(column: NDArray[np.floating[Any]]) -> pa.Array:
    """Give a column in which whatever is not a finite number is null."""
    return pa.array(column, mask=~np.isfinite(column))


def _json_numbers(column: NDArray[np.floating[Any]]) -> pa.StringArray:
    return pc.fill_null(pc.cast(_numbers(column), pa.string()), "null")


def _joined(rows: pa.StringArray) -> bytes:
    """Join texts with commas."""
    one_list = pa.ListArray.from_arrays([0, len(rows)], rows)
    joined: bytes = pc.binary_join(one_list, ",")[0].as_buffer().to_pybytes()
    return joined
