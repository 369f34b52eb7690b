"""What the server answers, as columns.

As CSV it keeps silent about a statement that fails, also halfway: the answer just ends (1.6 to 2.7). So every statement
is followed by one that always says something, and that the server leaves out after a failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from sensors.model import TIME, Batch
from sensors.quality import Quality
from storage.influx.names import stream_of
from storage.influx.queries import FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sensors.model import Datastream

LAST_WORD = "; SHOW DATABASES"
_LAST_WORD = b"name,tags,name\n"
_NAMES = pa.dictionary(pa.int32(), pa.string())
_DEFAULTS = {"revision": 0.0, "coverage": -1.0, "samples": 0.0}


@dataclass(frozen=True, slots=True)
class Table:
    """One answer: each row's series as a place in ``series``, and its columns; shape (n,)."""

    series: Sequence[tuple[str, str]]
    place: NDArray[np.intp]
    columns: Mapping[str, NDArray[np.float64]]
    time: NDArray[np.int64]

    def codes(self, codes: Mapping[Datastream, int]) -> NDArray[np.int64]:
        """Give the code of each row's datastream, -1 for those that are not asked for."""
        streams = (stream_of(name, tags) for name, tags in self.series)
        by_series = [-1 if stream is None else codes.get(stream, -1) for stream in streams]
        return np.array(by_series, dtype=np.int64)[self.place]


def whole(answer: bytes) -> bytes | None:
    """Give the first statement's part of an answer; None where the last word is missing, so that it is not whole."""
    end = answer.rfind(_LAST_WORD)
    if end == 0:
        return b""
    return answer[: end - 1] if answer[end - 2 : end] == b"\n\n" else None


def table(part: bytes, columns: Sequence[str]) -> Table:
    """Read the part of one statement, whose columns are numbers."""
    if not part:
        return Table([], np.empty(0, np.intp), {name: np.empty(0) for name in columns}, np.empty(0, np.int64))
    types = {"name": _NAMES, "tags": _NAMES, "time": pa.int64(), **dict.fromkeys(columns, pa.float64())}
    found = arrow_csv.read_csv(
        pa.BufferReader(part), convert_options=arrow_csv.ConvertOptions(column_types=types, include_columns=list(types))
    )
    names, tags = (found[name].unify_dictionaries().combine_chunks() for name in ("name", "tags"))
    pairs = names.indices.to_numpy().astype(np.int64) << 32 | tags.indices.to_numpy()
    pair, place = np.unique(pairs, return_inverse=True)
    series = [
        (names.dictionary[one >> 32].as_py(), tags.dictionary[one & 0xFFFF_FFFF].as_py()) for one in pair.tolist()
    ]
    numbers = {name: found[name].to_numpy() for name in columns}
    return Table(series, place, numbers, found["time"].to_numpy())


def rows_of(part: bytes, streams: Sequence[Datastream], codes: Mapping[Datastream, int]) -> Batch:
    """Read the rows of some datastreams, by their codes. What is not whole is being written by another process."""
    found = table(part, FIELDS)
    code = found.codes(codes)
    columns = {
        name: np.where(np.isnan(column), _DEFAULTS.get(name, np.nan), column) for name, column in found.columns.items()
    }
    missing = columns["quality"] == Quality.MISSING
    given = ~np.isnan(columns["quality"]) & ~np.isnan(columns["result_time"]) & (missing | ~np.isnan(columns["result"]))
    kept = np.flatnonzero((code >= 0) & given)
    taken = {name: column[kept] for name, column in columns.items()}
    return Batch.of(
        streams,
        code[kept],
        found.time[kept].view(TIME),
        # An older result stays beside the flag that says that there is none.
        np.where(missing[kept], np.nan, taken["result"]),
        result_time=taken["result_time"].astype(np.int64).view(TIME),
        quality=taken["quality"],
        revision=taken["revision"],
        coverage=np.where(taken["coverage"] < 0, np.nan, taken["coverage"]),
        samples=taken["samples"],
    )
