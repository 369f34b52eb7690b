"""Observations as columns with the names of the JSON documents, and as text: no row is touched in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from api.rows import csv_lines, joined, json_objects
from api.vocabulary import unit_of
from processing.formulas import UNKNOWN
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from processing.formulas import Versions
    from sensors.model import Batch, Datastream

CSV_COLUMNS = ("phenomenon_time", "result_time", "result", "quality", "coverage", "samples", "revision")
CSV_HEADER = ",".join(CSV_COLUMNS).encode() + b"\n"

QUALITY_NAMES = {int(flag): flag.name.lower() for flag in Quality}
"""QARTOD flags in words: good, unknown (not evaluated), suspect, fail, missing."""

OF_ROW = (*CSV_COLUMNS[:4], "quality_name", *CSV_COLUMNS[4:])
"""What JSON says of each observation."""
OF_STREAM = ("thing", "observed_property", "unit", "derived")
"""What it says besides where observations are of several datastreams."""
FORMULA_VERSION = "formula_version"
"""Behind all of these where it is wanted: by which version of its formula a result was computed."""

_FLAGS = pa.array([QUALITY_NAMES.get(flag, "unknown") for flag in range(256)])


def observations_json(batch: Batch, fields: Sequence[str] = OF_ROW, versions: Versions | None = None) -> bytes:
    """Write a batch of one datastream as a JSON array of observations, with these fields.

    ``versions`` is needed for ``formula_version``.
    """
    return b"[" + joined(json_objects(_with_version(series_rows(batch), batch, versions).select(list(fields)))) + b"]"


def latest_json(batch: Batch, fields: Sequence[str] = (), versions: Versions | None = None) -> bytes:
    """Write a batch as a JSON array of observations that name their thing, property and unit, in the same way."""
    return b"[" + joined(latest_rows(batch, fields, versions)) + b"]"


def latest_rows(batch: Batch, fields: Sequence[str] = (), versions: Versions | None = None) -> pa.StringArray:
    """Write each row of a batch as a JSON object that names its thing, property and unit; length n."""
    rows = _with_version(named_rows(batch), batch, versions)
    return json_objects(rows.select(list(fields)) if fields else rows)


def formula_versions(versions: Versions, rows: Batch) -> pa.Int32Array:
    """Give the version of the formula behind each row; null where it is not known, and for what a sensor said."""
    used, place = np.unique(rows.datastream, return_inverse=True)
    streams = [rows.datastreams[code] for code in used.tolist()]
    names = [stream.observed_property if stream.derived else "" for stream in streams]
    found = versions.of_results(names, place, rows.result_time)
    return pa.array(found, mask=found == UNKNOWN)


def csv_rows(batch: Batch) -> bytes:
    """Write a batch of one datastream as CSV lines as in ``CSV_COLUMNS``; a missing number is an empty field."""
    return csv_lines(series_rows(batch).select(list(CSV_COLUMNS)))


def series_rows(batch: Batch) -> pa.RecordBatch:
    """Lay out what is told of each observation of one datastream."""
    return pa.RecordBatch.from_arrays(_of_rows(batch), names=list(OF_ROW))


def named_rows(batch: Batch) -> pa.RecordBatch:
    """Lay out what is told of each observation of several datastreams."""
    used, place = np.unique(batch.datastream, return_inverse=True)
    streams = [batch.datastreams[code] for code in used.tolist()]  # a store's dictionary may be far longer
    names: tuple[Callable[[Datastream], Any], ...] = (
        lambda stream: stream.thing,
        lambda stream: stream.observed_property,
        lambda stream: unit_of(stream.observed_property),
    )
    coded = [_coded([name(stream) for stream in streams], place) for name in names]
    derived = pa.array(np.array([stream.derived for stream in streams], dtype=np.bool_)[place])
    return pa.RecordBatch.from_arrays([*coded, derived, *_of_rows(batch)], names=[*OF_STREAM, *OF_ROW])


def _with_version(rows: pa.RecordBatch, batch: Batch, versions: Versions | None) -> pa.RecordBatch:
    return rows if versions is None else rows.append_column(FORMULA_VERSION, formula_versions(versions, batch))


def _of_rows(batch: Batch) -> list[pa.Array]:
    return [
        pa.array(batch.phenomenon_time),
        pa.array(batch.result_time),
        pa.array(batch.result),
        pa.array(batch.quality),
        pa.DictionaryArray.from_arrays(pa.array(batch.quality.astype(np.int32)), _FLAGS),
        pa.array(batch.coverage),
        pa.array(batch.samples),
        pa.array(batch.revision),
    ]


def _coded(names: Sequence[str], place: NDArray[np.intp]) -> pa.DictionaryArray:
    different, code = np.unique(np.array(names, dtype=object), return_inverse=True)
    words = pa.array(different.tolist(), pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(code.astype(np.int32)[place]), words)
