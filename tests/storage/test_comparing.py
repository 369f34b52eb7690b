from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from sensors.model import Batch, Datastream
from storage.comparing import aligned, compare
from tests.storage.rows import some_rows

A, B = Datastream("a", "level"), Datastream("b", "level")
DAY = 86_400_000
ROWS = Batch.of([A, B], [0, 0, 0, 1], [0, 1, DAY, 0], [0.1, 2, 3, 4], coverage=0.3)


def rows(*chosen: int) -> Batch:
    return ROWS.take(np.array(chosen, dtype=int))


@given(some_rows())
def test_the_same_rows_are_alike_on_all_days(batch: Batch):
    found = compare(batch, batch)
    assert found.days == found.alike
    assert len(found.lacking) == len(found.unlike) == 0


def test_what_is_missing_is_named_by_datastream_and_day():
    found = compare(ROWS, rows(0, 2))
    assert found.lacking.tolist() == [1, 3]
    assert found.unlike.datastream.tolist() == [0, 1]
    assert found.unlike.day.tolist() == [0, 0]
    assert found.unlike.source_count.tolist() == [2, 1]
    assert found.unlike.target_count.tolist() == [1, 0]
    assert found.unlike.missing.tolist() == [1, 1]
    assert (found.days, found.alike) == (3, 1)


def test_what_the_target_has_besides_is_not_wrong():
    found = compare(rows(0, 2), ROWS)
    assert len(found.lacking) == 0
    assert found.unlike.further.tolist() == [1, 1]
    assert not found.unlike.wrong().any()
    assert (found.days, found.alike) == (2, 1)


@pytest.mark.parametrize("column", ["result", "quality", "revision", "samples", "coverage", "result_time"])
def test_every_column_may_differ(column: str):
    changed = getattr(ROWS, column).copy()
    changed[1] += np.ones(1, dtype=changed.dtype)[0] if column != "result_time" else np.timedelta64(1, "ms")
    found = compare(ROWS, replace(ROWS, **{column: changed}))
    assert found.unlike.different.tolist() == [1]
    assert found.lacking.tolist() == [1]


def test_fifteen_digits_are_enough():
    third = replace(ROWS, result=ROWS.result / 3)
    rounded = replace(third, result=np.array([float(f"{number:.15g}") for number in third.result]))
    assert not np.array_equal(third.result, rounded.result)
    found = compare(third, rounded)
    assert found.days == found.alike == 3


def test_eleven_digits_are_not():
    third = replace(ROWS, result=ROWS.result / 3)
    rounded = replace(third, result=np.array([float(f"{number:.10g}") for number in third.result]))
    assert len(compare(third, rounded).unlike) > 0


def test_rows_are_aligned_to_another_dictionary():
    found = aligned(ROWS, [B, Datastream("c", "level")])
    assert found.datastream.tolist() == [0]
    assert found.result.tolist() == [4.0]
    assert len(aligned(Batch.empty(), [A])) == 0


def test_nothing_is_like_nothing():
    nothing = aligned(Batch.empty(), [A])
    assert compare(nothing, nothing).days == 0
    assert compare(nothing, ROWS).unlike.further.sum() == 4
