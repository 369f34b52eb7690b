from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulators.steps import Steps, held, means


def steps_of(changes: list[tuple[int, int, int]]) -> Steps:
    ordered = sorted({(row, time): value for row, time, value in changes}.items())
    columns = [[row for (row, _), _ in ordered], [time for (_, time), _ in ordered], [value for _, value in ordered]]
    return Steps(*(np.array(column, dtype=np.int64) for column in columns))


def brute(changes: list[tuple[int, int, int]], before: list[int], row: int, time: int) -> int:
    known = {(r, t): v for r, t, v in changes}
    past = [(t, v) for (r, t), v in known.items() if r == row and t <= time]
    return max(past)[1] if past else before[row]


def test_a_value_holds_until_the_next():
    steps = steps_of([(0, 10, 5), (1, 10, 7), (1, 20, 8)])
    row, time = np.array([0, 0, 1, 1, 1]), np.array([9, 10, 9, 19, 99])
    assert held(steps, np.array([1, 2]), row, time).tolist() == [1, 5, 2, 7, 8]


def test_the_mean_is_weighted_with_time():
    steps = steps_of([(0, 30, 8), (0, 45, 6)])
    assert means(steps, np.array([4]), np.array([0, 60, 120])).tolist() == [[5.5, 6.0]]


def test_without_rows_edges_or_changes_nothing_breaks():
    none = steps_of([])
    assert means(none, np.array([3, 4]), np.array([0, 10])).tolist() == [[3.0], [4.0]]
    assert means(none, np.zeros(0, dtype=np.int64), np.array([0, 10])).shape == (0, 1)
    assert means(none, np.array([3]), np.zeros(0, dtype=np.int64)).shape == (1, 0)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30), st.integers(0, 9)), max_size=12),
    st.lists(st.integers(0, 30), min_size=2, max_size=5, unique=True).map(sorted),
)
def test_means_are_those_of_every_millisecond(changes: list[tuple[int, int, int]], edges: list[int]):
    before = [1, 2, 3]
    result = means(steps_of(changes), np.array(before), np.array(edges))
    for row in range(3):
        for i, (start, end) in enumerate(pairwise(edges)):
            expected = np.mean([brute(changes, before, row, time) for time in range(start, end)])
            assert np.isclose(result[row, i], expected)
