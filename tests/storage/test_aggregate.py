"""Sums by window: small cases that can be read, and a brute force over any rows."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.model import Batch, Datastream
from sensors.quality import Quality
from storage import aggregate as module
from storage.aggregate import Aggregates, aggregate
from storage.windows import Function, Windows

A, B = Datastream("a", "level"), Datastream("b", "level")
NAN = float("nan")
ALL = tuple(Function)


def windows(*edges: int, hold: int = 100) -> Windows:
    return Windows(np.array(edges, dtype="datetime64[ms]"), np.timedelta64(hold, "ms"))


def rows(times: list[int], results: list[float], quality: list[int] | int = 1) -> Batch:
    return Batch.of([A], [0] * len(times), np.array(times), results, quality=quality)


def told(found: Aggregates, function: Function) -> list[tuple[int, int, float]]:
    column = found.columns[function]
    start = found.start.view(np.int64)
    return [
        (int(found.datastream[row]), int(start[row]), float(column[row])) for row in np.flatnonzero(~np.isnan(column))
    ]


def test_two_windows_of_one_datastream():
    found = aggregate(rows([0, 4, 10], [2, 6, 1]), [A], windows(0, 10, 20), ALL)
    assert told(found, Function.COUNT) == [(0, 0, 2), (0, 10, 1)]
    assert told(found, Function.MEAN) == [(0, 0, 4), (0, 10, 1)]
    assert told(found, Function.MINIMUM) == [(0, 0, 2), (0, 10, 1)]
    assert told(found, Function.MAXIMUM) == [(0, 0, 6), (0, 10, 1)]
    assert told(found, Function.FIRST) == [(0, 0, 2), (0, 10, 1)]
    assert told(found, Function.LAST) == [(0, 0, 6), (0, 10, 1)]
    assert told(found, Function.TIME_WEIGHTED_MEAN) == [(0, 0, (2 * 4 + 6 * 6) / 10), (0, 10, 1)]
    assert told(found, Function.INCREASE) == [(0, 0, 4), (0, 10, 1)]


def test_what_held_before_speaks_for_a_window_as_long_as_it_may():
    found = aggregate(rows([5], [3]), [A], windows(10, 20, 30, 40, hold=20), [Function.TIME_WEIGHTED_MEAN])
    assert told(found, Function.TIME_WEIGHTED_MEAN) == [(0, 10, 3), (0, 20, 3)]


def test_a_missing_row_ends_what_held_before_it():
    found = aggregate(rows([0, 5], [3, NAN], [1, Quality.MISSING]), [A], windows(0, 10, 20), ALL)
    assert told(found, Function.TIME_WEIGHTED_MEAN) == [(0, 0, 3)]
    assert told(found, Function.COUNT) == [(0, 0, 1)]


def test_a_counter_that_begins_anew_counts_its_new_value():
    found = aggregate(rows([0, 5, 12, 15], [90, 95, 2, 3]), [A], windows(0, 10, 20), [Function.INCREASE])
    assert told(found, Function.INCREASE) == [(0, 0, 5), (0, 10, 3)]


def test_of_nothing_comes_nothing():
    assert len(aggregate(Batch.empty(), [A, B], windows(0, 10), ALL)) == 0
    assert len(aggregate(Batch.empty(), [], windows(0, 10), ALL)) == 0


def test_windows_of_one_length_reach_to_the_end_or_beyond():
    made = Windows.every(np.timedelta64(15, "m"), np.datetime64("2026-03-29T00:00"), np.datetime64("2026-03-29T00:40"))
    assert len(made) == 3
    assert made.end == np.datetime64("2026-03-29T00:45")
    with pytest.raises(ValueError, match="step above 0"):
        Windows.every(np.timedelta64(0, "m"), np.datetime64("2026-01-01"), np.datetime64("2026-01-02"))


VALUES = st.sampled_from([st.integers(-5, 5), st.integers(-5, 5).map(lambda number: number / 2)])
"""Whole numbers are summed in another way than others."""
ROWS = VALUES.flatmap(
    lambda value: st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 60), value, st.sampled_from([1, 2, 3, 4, 9])),
        unique_by=lambda row: row[:2],
        max_size=25,
    )
)
EDGES = st.lists(st.integers(0, 60), min_size=2, max_size=6, unique=True).map(sorted)


@given(ROWS, EDGES, st.integers(1, 30), st.sampled_from([1, 4, 2_000_000]))
def test_it_is_what_a_loop_would_find(
    drawn: list[tuple[int, int, float, int]], edges: list[int], hold: int, at_once: int
):
    drawn = sorted(drawn)
    stream, time, value, quality = (list(column) for column in zip(*drawn, strict=True)) if drawn else ([], [], [], [])
    result = [NAN if flag == Quality.MISSING else number for number, flag in zip(value, quality, strict=True)]
    batch = Batch.of([A, B], stream, np.array(time, dtype=np.int64), result, quality=quality)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "CELLS_AT_ONCE", at_once)
        found = aggregate(batch, [A, B], windows(*edges, hold=hold), ALL)
    for function in ALL:
        expected = [
            (each, begin, number)
            for each in (0, 1)
            for begin, end in pairwise(edges)
            if (number := loop(function, [row[1:] for row in drawn if row[0] == each], begin, end, hold)) is not None
        ]
        assert len(found.columns[function]) == len(found)
        np.testing.assert_allclose(np.array(told(found, function)), np.array(expected), rtol=1e-12)


def test_whole_numbers_too_large_to_be_summed_exactly_leave_what_comes_after_as_it_is():
    found = aggregate(rows([0, 5, 10], [2.0**53, 3, 4]), [A], windows(0, 5, 10, 15), [Function.TIME_WEIGHTED_MEAN])
    assert told(found, Function.TIME_WEIGHTED_MEAN) == [(0, 0, 2.0**53), (0, 5, 3), (0, 10, 4)]


OF_GROUPS = tuple(function for function in ALL if function not in {Function.FIRST, Function.LAST})


@given(ROWS, EDGES, st.integers(1, 30), st.lists(st.integers(0, 2), min_size=2, max_size=2), st.sampled_from([1, 9]))
def test_groups_are_what_their_members_are_together(
    drawn: list[tuple[int, int, float, int]], edges: list[int], hold: int, groups: list[int], at_once: int
):
    drawn = sorted(drawn)
    stream, time, value, quality = (list(column) for column in zip(*drawn, strict=True)) if drawn else ([], [], [], [])
    result = [NAN if flag == Quality.MISSING else number for number, flag in zip(value, quality, strict=True)]
    batch = Batch.of([A, B], stream, np.array(time, dtype=np.int64), result, quality=quality)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "CELLS_AT_ONCE", at_once)
        found = aggregate(batch, [A, B], windows(*edges, hold=hold), OF_GROUPS, groups)
    members = [[[row[1:] for row in drawn if row[0] == each] for each in (0, 1) if groups[each] == group]
               for group in range(3)]  # fmt: skip
    for function in OF_GROUPS:
        expected = [
            (group, begin, number)
            for group in range(3)
            for begin, end in pairwise(edges)
            if (number := together(function, members[group], begin, end, hold)) is not None
        ]
        np.testing.assert_allclose(np.array(told(found, function)), np.array(expected), rtol=1e-12)


def together(function: Function, members: list[list[tuple[int, float, int]]], begin: int, end: int, hold: int) -> Any:
    """Compute one number of one window of several series the slow way."""
    if function is Function.MEAN:
        total = [value for series in members for time, value, flag in series
                 if begin <= time < end and flag not in {Quality.FAIL, Quality.MISSING}]  # fmt: skip
        return sum(total) / len(total) if total else None
    if function is Function.TIME_WEIGHTED_MEAN:
        held = [known for series in members for moment in range(begin, end)
                if (known := at(series, moment, hold)) is not None]  # fmt: skip
        return sum(held) / len(held) if held else None
    each = [number for series in members if (number := loop(function, series, begin, end, hold)) is not None]
    ways = {Function.MINIMUM: min, Function.MAXIMUM: max}
    return ways.get(function, sum)(each) if each else None


def test_a_group_has_neither_first_nor_last():
    with pytest.raises(ValueError, match="ask for each of them"):
        aggregate(Batch.empty(), [A], windows(0, 10), [Function.LAST], [0])
    with pytest.raises(ValueError, match="numbered from 0"):
        aggregate(Batch.empty(), [A], windows(0, 10), [Function.MEAN], [-1])
    assert len(aggregate(Batch.empty(), [], windows(0, 10), [Function.MEAN], [])) == 0


def loop(function: Function, series: list[tuple[int, float, int]], begin: int, end: int, hold: int) -> float | None:  # noqa: PLR0911
    """Compute one number of one window the slow way: millisecond by millisecond, row by row."""
    good = [(time, value) for time, value, flag in series if flag not in {Quality.FAIL, Quality.MISSING}]
    inside = [value for time, value in good if begin <= time < end]
    if function is Function.TIME_WEIGHTED_MEAN:
        held = [known for moment in range(begin, end) if (known := at(series, moment, hold)) is not None]
        return sum(held) / len(held) if held else None
    if function is Function.INCREASE:
        steps = [
            (time, new - old if new >= old else new) for (_, old), (time, new) in pairwise(good) if begin <= time < end
        ]
        return sum(step for _, step in steps) if steps else None
    if not inside:
        return None
    match function:
        case Function.COUNT:
            return len(inside)
        case Function.MEAN:
            return sum(inside) / len(inside)
        case Function.MINIMUM:
            return min(inside)
        case Function.MAXIMUM:
            return max(inside)
        case Function.FIRST:
            return inside[0]
    return inside[-1]


def at(series: list[tuple[int, float, int]], moment: int, hold: int) -> float | None:
    past = [row for row in series if row[0] <= moment]
    if not past or past[-1][2] in {Quality.FAIL, Quality.MISSING} or moment >= past[-1][0] + hold:
        return None
    return past[-1][1]
