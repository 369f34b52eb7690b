from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.model import Batch, Datastream
from storage.checksum import checksum, row_sums, tally
from tests.storage.rows import some_rows

A, B = Datastream("a", "level"), Datastream("b", "level")
DAY = 86_400_000


@given(some_rows(), st.randoms())
def test_the_order_of_rows_does_not_matter(batch: Batch, chance):
    order = list(range(len(batch)))
    chance.shuffle(order)
    assert checksum(batch.take(np.array(order, dtype=int))) == checksum(batch)


@given(some_rows(), st.integers(0, 20))
def test_sums_of_parts_add_up(batch: Batch, cut: int):
    rows = np.arange(len(batch))
    parts = checksum(batch.take(rows[:cut])) + checksum(batch.take(rows[cut:]))
    assert parts % 2**64 == checksum(batch)


@given(some_rows(), st.integers(1, 5))
def test_rows_are_summed_up_some_at_once(batch: Batch, size: int):
    with pytest.MonkeyPatch.context() as small:
        small.setattr("storage.checksum.ROWS_AT_ONCE", size)
        assert checksum(batch) == int(row_sums(batch).sum(dtype=np.uint64))


@given(some_rows())
def test_a_dictionary_in_another_order_says_the_same(batch: Batch):
    turned = Batch(
        batch.datastreams[::-1],
        (len(batch.datastreams) - 1 - batch.datastream).astype(np.int32),
        *(batch.phenomenon_time, batch.result_time, batch.result, batch.quality),
        *(batch.revision, batch.coverage, batch.samples),
    )
    assert checksum(turned) == checksum(batch)


ONE = {"result": [7.5], "result_time": [2], "quality": [1], "revision": [0], "coverage": [0.5], "samples": [3]}


def of(stream: Datastream = A, time: int = 1, **changes: list[float]) -> Batch:
    columns = ONE | changes
    return Batch.of([stream], [0], [time], columns.pop("result"), **columns)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "other",
    [
        of(time=2),
        of(B),
        of(Datastream("a", "level", derived=True)),
        of(result=[np.nextafter(7.5, 8)]),
        of(result=[np.nan]),
        of(result_time=[3]),
        of(quality=[2]),
        of(revision=[1]),
        of(coverage=[0.25]),
        of(coverage=[np.nan]),
        of(samples=[4]),
    ],
)
def test_every_column_counts(other: Batch):
    assert checksum(other) != checksum(of())


def test_what_is_there_twice_does_not_vanish():
    once = of()
    assert checksum(once.take(np.array([0, 0]))) not in {0, checksum(once)}


def test_zero_has_no_sign_and_missing_is_missing():
    assert checksum(of(result=[-0.0])) == checksum(of(result=[0.0]))
    assert checksum(of(result=[-np.nan])) == checksum(of(result=[np.nan]))


def test_a_tally_counts_by_datastream_and_day_of_utc():
    batch = Batch.of([A, B], [1, 0, 0, 0], [5, DAY - 1, DAY, DAY + 1], [1, 2, 3, 4])
    found = tally(batch)
    assert found.datastream.tolist() == [0, 0, 1]
    assert found.day.tolist() == [0, 1, 0]
    assert found.count.tolist() == [1, 2, 1]
    sums = row_sums(batch).tolist()
    assert found.checksum.tolist() == [sums[1], (sums[2] + sums[3]) % 2**64, sums[0]]


def test_nothing_has_no_sum():
    assert checksum(Batch.empty()) == 0
    assert len(tally(Batch.empty())) == 0
