"""Stretches of rows and what is laid out from them, against loops over rows and windows."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.cells import FEW, Held, Stretches, column_of
from processing.rows import NEVER, Rows
from processing.windows import cut, overlap, time_weighted_mean, worst_flag
from tests.processing.oracle import shared_time

if TYPE_CHECKING:
    from numpy.typing import NDArray

COUNT, WIDTH, WINDOWS = 3, 100, 6
UNHURRIED = settings(deadline=None)
Row = tuple[int, int]
"""Series and time."""
ROWS = st.lists(
    st.tuples(st.integers(0, COUNT - 1), st.integers(-150, WIDTH * WINDOWS + 150)), max_size=40, unique=True
).map(sorted)
EDGES = st.just([number * WIDTH for number in range(WINDOWS + 1)]) | st.lists(
    st.integers(0, WIDTH * WINDOWS), min_size=1, max_size=WINDOWS, unique=True
).map(sorted)


def stretches_of(rows: list[Row], edges: list[int]) -> Stretches:
    series, time = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    return Stretches.of(series, column_of(time, np.array(edges)), (COUNT, len(edges) - 1))


def held_of(rows: list[Row], edges: list[int], hold: int) -> Held:
    until = [min(time + hold, following(rows, series, time)) for series, time in rows]
    time = np.array([time for _, time in rows], dtype=np.int64)
    return Held.of(stretches_of(rows, edges), np.array(edges), time, np.array(until, dtype=np.int64))


def following(rows: list[Row], series: int, time: int) -> int:
    return min((row[1] for row in rows if row[0] == series and row[1] > time), default=int(NEVER))


def window_of(time: int, edges: list[int]) -> int:
    return sum(edge <= time for edge in edges)


@UNHURRIED
@given(ROWS, EDGES)
def test_a_stretch_is_what_lies_in_one_window_of_one_series(rows: list[Row], edges: list[int]):
    found = stretches_of(rows, edges)
    keys = [(series, window_of(time, edges)) for series, time in rows]
    different = sorted(set(keys))
    assert list(zip(found.series.tolist(), found.column.tolist(), strict=True)) == different
    assert found.first.tolist() == [keys.index(key) for key in different]
    assert found.count.tolist() == [keys.count(key) for key in different]
    assert found.inside.tolist() == [1 <= column < len(edges) for _, column in different]


@UNHURRIED
@given(ROWS, EDGES)
def test_sums_and_extremes_are_those_of_the_rows_of_each_stretch(rows: list[Row], edges: list[int]):
    found = stretches_of(rows, edges)
    amount = np.array([1.0 + 2 * number for number in range(len(rows))])
    parts = [amount[a : a + n] for a, n in zip(found.first.tolist(), found.count.tolist(), strict=True)]
    assert found.summed(amount).tolist() == [part.sum() for part in parts]
    assert found.greatest(amount).tolist() == [part.max() for part in parts]
    assert found.least(amount).tolist() == [part.min() for part in parts]


@UNHURRIED
@given(ROWS, EDGES, st.integers(0, 3 * WIDTH))
def test_every_window_gets_what_holds_in_it(rows: list[Row], edges: list[int], hold: int):
    held = held_of(rows, edges, hold)
    if len(edges) < 2:
        assert held.spread_time(held.known, None).shape == held.coverage.shape == (COUNT, 0)
        return
    known = held.spread_time(held.known, None)
    for series in range(COUNT):
        for window, (start, end) in enumerate(itertools.pairwise(edges)):
            spans = [(time, min(time + hold, following(rows, series, time))) for s, time in rows if s == series]
            assert known[series, window] == sum(shared_time(a, b, start, end) for a, b in spans)
            assert held.coverage[series, window] == known[series, window] / (end - start)


@UNHURRIED
@given(ROWS, EDGES, st.integers(0, 3 * WIDTH))
def test_what_is_no_number_in_one_series_stays_there(rows: list[Row], edges: list[int], hold: int):
    held, amount = held_of(rows, edges, hold), np.arange(1.0, len(rows) + 1)
    odd = np.where([series == 1 for series, _ in rows], np.nan, amount)
    last, others = held.stretches.last, [0, 2]
    found = held.spread_time(held.total(odd), odd[last])
    assert found[others].tolist() == held.spread_time(held.total(amount), amount[last])[others].tolist()


def busy(seed: int) -> Rows:
    """Make series of which some windows hold one row, some a hundred, and some none."""
    chance = np.random.default_rng(seed)
    time = np.cumsum(chance.choice([1_000, 60_000, 500_000, 4_000_000], (COUNT, 400), p=[0.7, 0.2, 0.08, 0.02]), axis=1)
    series = np.repeat(np.arange(COUNT), 400)
    return Rows.of(COUNT, series, time.ravel(), chance.random(time.size), chance.choice([1, 2, 3], time.size))


def quarters(first: int, count: int) -> NDArray[np.datetime64]:
    return (np.arange(first, first + count + 1) * 900_000).astype("datetime64[ms]")


@pytest.mark.parametrize("seed", range(5))
def test_a_window_alone_has_the_same_bits_as_among_many(seed: int):
    rows, hold = busy(seed), np.timedelta64(20, "m")
    together = cut(rows, quarters(0, 40))
    assert together.samples.max() > 5 * FEW
    for window in range(40):
        alone = cut(rows, quarters(window, 1))
        mean, coverage = time_weighted_mean(alone, hold)
        all_means, all_coverages = time_weighted_mean(together, hold)
        assert mean[:, 0].tobytes() == all_means[:, window].tobytes()
        assert coverage[:, 0].tobytes() == all_coverages[:, window].tobytes()
        load, loads = (overlap(each, each.until(hold), each.rows.value) for each in (alone, together))
        assert load[:, 0].tobytes() == loads[:, window].tobytes()
        assert (
            worst_flag(alone, alone.until(hold))[:, 0] == worst_flag(together, together.until(hold))[:, window]
        ).all()


def test_a_day_of_23_hours_weighs_23_hours():
    rows = Rows.of(1, [0], [0], [2.0])
    days = np.array([0, 24, 47, 71]).astype("datetime64[h]").astype("datetime64[ms]")
    hours = overlap(cut(rows, days), np.array([NEVER])) / 3_600_000
    assert hours.tolist() == [[24.0, 23.0, 24.0]]
