"""Exported samples as columns, and rows put together of them: whole rows only, of several generations the latest."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as arrow_json

from sensors.model import TIME, Batch
from storage.coded import TIME_BITS, keys
from storage.victoria.exact import restored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sensors.model import Datastream

FIELDS = ("fields", "quality", "result_time", "result", "revision", "coverage", "samples", "rest")
"""Every row has the first; its value counts the others that the row has, so half a row is told from a whole one."""
_LABELS = ("__name__", "thing", "derived", "generation", "property", "writer")
_SCHEMA = pa.schema(
    [
        ("metric", pa.struct([(label, pa.string()) for label in _LABELS])),
        ("values", pa.list_(pa.float64())),
        ("timestamps", pa.list_(pa.int64())),
    ]
)
_DEFAULTS = {"result": np.nan, "coverage": np.nan, "rest": np.nan}


@dataclass(frozen=True, slots=True)
class Export:
    """Series as lists of labels, and samples as columns: sample i belongs to series ``series[i]``."""

    labels: Mapping[str, list[str | None]]
    series: NDArray[np.int64]
    time: NDArray[np.int64]
    value: NDArray[np.float64]

    def within(self, start: int, end: int) -> Export:
        """Keep the samples of a span, both ends included."""
        kept = (self.time >= start) & (self.time <= end)
        return Export(self.labels, self.series[kept], self.time[kept], self.value[kept])


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples as columns, shape (n,): the datastream's code, the generation, the place in FIELDS, time and value."""

    code: NDArray[np.int32]
    generation: NDArray[np.int32]
    field: NDArray[np.int8]
    time: NDArray[np.int64]
    value: NDArray[np.float64]

    def take(self, chosen: NDArray[np.bool_]) -> Samples:
        """Select samples by a mask."""
        return Samples(
            self.code[chosen], self.generation[chosen], self.field[chosen], self.time[chosen], self.value[chosen]
        )

    def key(self) -> NDArray[np.int64]:
        """Make one sortable integer of each sample's datastream and time."""
        return self.code.astype(np.int64) << TIME_BITS | self.time


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows with the generation of each, shape (n,)."""

    batch: Batch
    generation: NDArray[np.int32]


def parsed(answer: bytes) -> Export:
    """Read the lines of /api/v1/export."""
    if not answer.strip():
        return Export({label: [] for label in _LABELS}, *(np.empty(0, kind) for kind in (np.int64, np.int64, float)))
    table = arrow_json.read_json(
        io.BytesIO(answer),
        read_options=arrow_json.ReadOptions(block_size=1 << 24),
        parse_options=arrow_json.ParseOptions(explicit_schema=_SCHEMA, unexpected_field_behavior="ignore"),
    )
    metric, values = table["metric"].combine_chunks(), table["values"].combine_chunks()
    counts = pc.list_value_length(values).to_numpy(zero_copy_only=False)
    labels = {label: pc.struct_field(metric, label).to_pylist() for label in _LABELS}
    times = table["timestamps"].combine_chunks()
    return Export(labels, np.repeat(np.arange(len(counts)), counts), _flat(times), _flat(values))


def _flat(lists: pa.Array) -> NDArray[Any]:
    flat: NDArray[Any] = lists.flatten().to_numpy(zero_copy_only=False)
    return flat


def samples_of(export: Export, codes: Mapping[tuple[str, str, bool], int]) -> Samples:
    """Tell what each sample belongs to; samples of datastreams that ``codes`` does not name are left out."""
    names, things, derived, generations = (export.labels[label] for label in _LABELS[:4])
    split = {name: property_and_field(name or "") for name in set(names)}
    code = np.array(
        [
            codes.get((thing or "", split[name][0], bool(is_derived)), -1)
            for name, thing, is_derived in zip(names, things, derived, strict=True)
        ],
        dtype=np.int32,
    )
    field = np.array([split[name][1] for name in names], dtype=np.int8)
    generation = np.array([int(each or 0) for each in generations], dtype=np.int32)
    wanted = (code >= 0) & (field >= 0)
    kept = wanted[export.series]
    series = export.series[kept]
    return Samples(code[series], generation[series], field[series], export.time[kept], export.value[kept])


def labels_of(series: Sequence[Mapping[str, str]]) -> dict[str, list[str | None]]:
    """Turn the labels of series into lists of labels, as exports give them."""
    return {label: [each.get(label) for each in series] for label in _LABELS}


def joined(several: Sequence[Samples]) -> Samples:
    """Put samples one behind the other."""
    kinds = {"code": np.int32, "generation": np.int32, "field": np.int8, "time": np.int64, "value": np.float64}
    columns = {name: [getattr(one, name) for one in several] for name in kinds}
    return Samples(
        **{name: np.concatenate([np.empty(0, kind), *columns[name]], dtype=kind) for name, kind in kinds.items()}
    )


def property_and_field(name: str) -> tuple[str, int]:
    """Take a metric's name apart: the observed property and the place of the field; no field's name ends another's."""
    for place, field in enumerate(FIELDS):
        if name.endswith(f"_{field}"):
            return name[: -len(field) - 1], place
    return "", -1


def rows_of(found: Samples, streams: Sequence[Datastream]) -> Rows:
    """Put whole rows together, ordered by code, generation and time; several generations of a row stay side by side."""
    pairs, pair = np.unique(found.code.astype(np.int64) << 32 | found.generation, return_inverse=True)
    key = pair.astype(np.int64) << TIME_BITS | found.time
    anchor, expected = _ordered(key[found.field == 0], found.value[found.field == 0])
    met = np.zeros(len(anchor))
    columns = {}
    for place, name in enumerate(FIELDS[1:], start=1):
        mine = found.field == place
        columns[name] = _laid(anchor, *_ordered(key[mine], found.value[mine]), _DEFAULTS.get(name, 0.0), met)
    whole = met == expected
    code = (pairs >> 32)[anchor >> TIME_BITS]
    time = (anchor & ((1 << TIME_BITS) - 1)).view(TIME)
    batch = Batch.of(
        streams,
        code,
        time,
        restored(columns["result"], columns["rest"]),
        result_time=columns["result_time"].astype(np.int64).view(TIME),
        quality=columns["quality"],
        revision=columns["revision"],
        coverage=columns["coverage"],
        samples=columns["samples"],
    )
    generation = (pairs & 0xFFFF_FFFF)[anchor >> TIME_BITS].astype(np.int32)
    return Rows(batch.take(whole), generation[whole])


def _ordered(key: NDArray[np.int64], value: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Sort by key and leave each key once: the server gives blocks of a series as they come."""
    if len(key) > 1 and not (np.diff(key) > 0).all():
        key, first = np.unique(key, return_index=True)
        value = value[first]
    return key, value


def _laid(
    anchor: NDArray[np.int64],
    key: NDArray[np.int64],
    value: NDArray[np.float64],
    default: float,
    met: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Lay a field beside the anchors, and count it there."""
    column = np.full(len(anchor), default)
    if np.array_equal(key, anchor):
        column[:], place = value, np.arange(len(anchor))
    elif len(anchor):
        place = np.minimum(np.searchsorted(anchor, key), len(anchor) - 1)
        hit = anchor[place] == key
        place = place[hit]
        column[place] = value[hit]
    else:
        return column
    met[place] += 1
    return column


def latest_generation(rows: Rows) -> Rows:
    """Keep of each datastream and time the row of the highest generation, ordered by code and time."""
    if not rows.generation.any():
        return rows
    key = keys(rows.batch)
    order = np.lexsort((rows.generation, key))
    last = np.ones(len(order), dtype=bool)
    last[:-1] = np.diff(key[order]) != 0
    return Rows(rows.batch.take(order[last]), rows.generation[order[last]])


def next_generation(found: Samples, rows: Batch) -> NDArray[np.int32]:
    """Give the generation to write each row with: 0 where nothing, whole or not, is at its datastream and time."""
    taken = found.key()
    order = np.lexsort((found.generation, taken))
    place = np.searchsorted(taken[order], keys(rows), side="right") - 1
    if not len(order):
        return np.zeros(len(rows), dtype=np.int32)
    there = (place >= 0) & (taken[order][place] == keys(rows))
    following: NDArray[np.int32] = np.where(there, found.generation[order][place] + 1, 0).astype(np.int32)
    return following
