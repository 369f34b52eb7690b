from __future__ import annotations

import csv
import json
import math
from datetime import UTC
from io import StringIO
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from api.rows import JSON_TEXT, csv_header, csv_lines, instants, joined, json_objects
from api.times import iso

SCHEMA = pa.schema(
    [
        pa.field("name", pa.string()),
        pa.field("kind", pa.dictionary(pa.int32(), pa.string())),
        pa.field("time", pa.timestamp("ms", "UTC")),
        pa.field("value", pa.float64()),
        pa.field("count", pa.int32()),
        pa.field("public", pa.bool_()),
    ]
)
WORDS = st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=6))
ROW = st.fixed_dictionaries(
    {
        "name": WORDS,
        "kind": WORDS,
        "time": st.one_of(st.none(), st.integers(-(10**12), 4 * 10**12)),
        "value": st.one_of(st.none(), st.floats()),
        "count": st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1)),
        "public": st.one_of(st.none(), st.booleans()),
    }
)


def written(time: int | None) -> str | None:
    return None if time is None else str(iso(np.array([time], dtype="datetime64[ms]"))[0])


@settings(max_examples=40)
@given(st.lists(ROW, max_size=4))
def test_rows_are_what_json_and_csv_read_back(rows: list[dict[str, Any]]):
    batch = pa.RecordBatch.from_pylist(rows, schema=SCHEMA)
    expected = [
        row
        | {
            "time": written(row["time"]),
            "value": row["value"] if row["value"] is not None and math.isfinite(row["value"]) else None,
        }
        for row in rows
    ]
    assert [json.loads(text) for text in json_objects(batch).to_pylist()] == expected
    text = (csv_header(SCHEMA) + csv_lines(batch)).decode()
    read = list(csv.DictReader(StringIO(text, newline="")))
    assert [row["name"] for row in read] == [row["name"] or "" for row in expected]
    assert [row["time"] for row in read] == [row["time"] or "" for row in expected]
    assert [float(row["value"]) if row["value"] else None for row in read] == [row["value"] for row in expected]


def test_text_that_is_json_stays_so():
    schema = pa.schema([pa.field("site", pa.string(), metadata=JSON_TEXT)])
    batch = pa.RecordBatch.from_pylist([{"site": '{"capacity":350}'}, {"site": None}], schema=schema)
    assert json_objects(batch).to_pylist() == ['{"site":{"capacity":350}}', '{"site":null}']


def test_instants_of_all_kinds():
    times = np.array(["2026-03-29T01:00:00.005", "1969-12-31T23:59:59.999"], dtype="datetime64[ms]")
    assert instants(times).to_pylist() == ["2026-03-29T01:00:00.005Z", "1969-12-31T23:59:59.999Z"]
    zoned = pa.array(times).cast(pa.timestamp("ms", "UTC"))
    assert instants(zoned.slice(1)).to_pylist() == ["1969-12-31T23:59:59.999Z"]
    assert instants(pa.array([None, times[0].item().replace(tzinfo=UTC)], pa.timestamp("ms", "UTC"))).to_pylist() == [
        None,
        "2026-03-29T01:00:00.005Z",
    ]
    assert instants(times[:0]).to_pylist() == []


def test_nothing_is_joined_to_nothing():
    assert joined(pa.array([], pa.string())) == b""
    assert csv_lines(pa.RecordBatch.from_pylist([], schema=SCHEMA)) == b""
