"""Quality flags: their order, and the test that one observation can pass alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensors.quality import ROLL_UP, Quality, flag_of, gross_range, severity

bounds = st.none() | st.tuples(st.floats(-10, 0), st.floats(0, 10))
rows = st.lists(st.tuples(st.floats(-20, 20) | st.just(np.nan), bounds, bounds), max_size=20)


def one_by_one(result: float, fail: tuple[float, float] | None, suspect: tuple[float, float] | None) -> int:
    if np.isnan(result):
        return Quality.MISSING
    if fail and not fail[0] <= result <= fail[1]:
        return Quality.FAIL
    if suspect and not suspect[0] <= result <= suspect[1]:
        return Quality.SUSPECT
    return Quality.GOOD if fail or suspect else Quality.UNKNOWN


def columns(values: list[tuple[float, float] | None]) -> np.ndarray:
    return np.array([value or (np.nan, np.nan) for value in values], dtype=np.float64).reshape(-1, 2)


@given(rows)
def test_many_observations_are_flagged_as_one_by_one(table: list[Any]):
    result = np.array([row[0] for row in table], dtype=np.float64)
    flags = gross_range(result, columns([row[1] for row in table]), columns([row[2] for row in table]))
    assert flags.tolist() == [one_by_one(*row) for row in table]
    assert flags.dtype == np.uint8


def test_bounds_belong_to_the_range_and_one_bound_is_enough():
    result = np.array([0.0, 10.0, 10.1, -1.0])
    fail = np.array([[0.0, np.nan]] * 4)
    suspect = np.array([[np.nan, 10.0]] * 4)
    assert gross_range(result, fail, suspect).tolist() == [1, 1, 3, 4]


def test_severity_orders_flags_and_is_undone():
    order = np.array(ROLL_UP, dtype=np.uint8)
    assert severity(order).tolist() == [0, 1, 2, 3, 4]
    assert flag_of(severity(order)).tolist() == list(ROLL_UP)
