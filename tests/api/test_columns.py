from __future__ import annotations

import csv
import json
import math
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from api.columns import CSV_COLUMNS, CSV_HEADER, csv_rows, latest_json, latest_rows, observations_json
from sensors.model import Batch, Datastream
from tests.api.city import MORNING

STREAM = Datastream("lot-1", "available_spot_number")

NUMBERS = st.floats(allow_nan=True, allow_infinity=False)


def by_hand(batch: Batch) -> list[dict[str, Any]]:
    """The slow and plain way, row by row."""

    def number(value: np.floating) -> float | None:
        return None if math.isnan(value) else json.loads(str(value))

    return [
        {
            "phenomenon_time": f"{batch.phenomenon_time[i]}Z",
            "result_time": f"{batch.result_time[i]}Z",
            "result": number(batch.result[i]),
            "quality": int(batch.quality[i]),
            "quality_name": {1: "good", 2: "unknown", 3: "suspect", 4: "fail", 9: "missing"}[int(batch.quality[i])],
            "coverage": number(batch.coverage[i]),
            "samples": int(batch.samples[i]),
            "revision": int(batch.revision[i]),
        }
        for i in range(len(batch))
    ]


@st.composite
def batches(draw) -> Batch:
    n = draw(st.integers(0, 5))

    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        drawn: list[Any] = draw(st.lists(values, min_size=n, max_size=n))
        return drawn

    return Batch.of(
        (STREAM,),
        [0] * n,
        np.array(column(st.integers(0, 4 * 10**12)), dtype="datetime64[ms]"),
        column(NUMBERS),
        result_time=np.array(column(st.integers(0, 4 * 10**12)), dtype="datetime64[ms]"),
        quality=column(st.sampled_from([1, 2, 3, 4, 9])),
        coverage=column(st.one_of(st.just(math.nan), st.floats(0, 1, width=32))),
        samples=column(st.integers(0, 2**31 - 1)),
        revision=column(st.integers(0, 2**31 - 1)),
    )


@given(batches())
def test_json_is_what_a_row_by_row_writer_says(batch):
    assert json.loads(observations_json(batch)) == by_hand(batch)


@given(batches())
def test_csv_says_the_same_as_json(batch):
    lines = list(csv.DictReader((CSV_HEADER + csv_rows(batch)).decode().splitlines()))
    numbers = [name for name in CSV_COLUMNS if not name.endswith("time")]
    read = [line | {name: json.loads(line[name] or "null") for name in numbers} for line in lines]
    assert read == [{name: row[name] for name in CSV_COLUMNS} for row in json.loads(observations_json(batch))]


def test_latest_rows_name_what_they_are_of():
    rows = json.loads(latest_json(MORNING))
    assert len(rows) == len(MORNING)
    assert rows[3] == {
        "thing": "lot-1",
        "observed_property": "occupancy_hour",
        "unit": "1",
        "derived": True,
        "phenomenon_time": "2026-03-28T23:00:00.000Z",
        "result_time": "2026-03-28T23:00:00.000Z",
        "result": 0.1,
        "quality": 1,
        "quality_name": "good",
        "coverage": 0.9,
        "samples": 6,
        "revision": 1,
    }
    assert [json.loads(row) for row in latest_rows(MORNING).to_pylist()] == rows


def test_names_are_escaped_and_forgotten_properties_have_no_unit():
    odd = Batch.of((Datastream('a"\\ü', "gone"),), [0], ["2026-01-01"], [1.0])
    (row,) = json.loads(latest_json(odd))
    assert (row["thing"], row["observed_property"], row["unit"]) == ('a"\\ü', "gone", "")


def test_nothing_is_an_empty_list():
    assert observations_json(Batch.empty()) == latest_json(Batch.empty()) == b"[]"
    assert csv_rows(Batch.empty()) == b""


def test_what_is_not_finite_is_null():
    batch = Batch.of((STREAM,), [0, 0], ["2026-01-01", "2026-01-02"], [math.inf, -math.inf])
    assert [row["result"] for row in json.loads(observations_json(batch))] == [None, None]
    assert b"inf" not in csv_rows(batch)
