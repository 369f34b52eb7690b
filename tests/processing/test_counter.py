"""Counters against a loop from reading to reading, and against counters whose true count is known."""

from __future__ import annotations

import itertools
from math import nan
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processing.counter import Event, counted, flags, without_glitches
from processing.rows import Rows
from sensors.quality import Quality
from tests.processing import oracle

if TYPE_CHECKING:
    from tests.processing.oracle import Reading

UNHURRIED = settings(deadline=None)
"""A busy machine is slow, not wrong."""
MAX_GAP = 10
FULL = 40
"""A modulus with room for readings above 0.9 and below 0.1 of it."""
SERIES = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from([0, 1, 3, 4, 5, 20, 35, 36, 37, 39])),
    max_size=12,
    unique_by=lambda reading: reading[0],
).map(sorted)
CITY = st.lists(SERIES, min_size=1, max_size=4)
RISES = st.lists(st.integers(0, FULL // 10), min_size=1, max_size=60)


def gap(length: int) -> np.timedelta64:
    return np.timedelta64(length, "ms")


def rows_of(city: list[list[Reading]], quality: int = Quality.GOOD) -> Rows:
    flat = [(code, *reading) for code, readings in enumerate(city) for reading in readings]
    series, time, value = zip(*flat, strict=True) if flat else ((), (), ())
    return Rows.of(len(city), series, np.array(time, dtype=np.int64), value, quality)


def readings_of(rows: Rows) -> list[list[Reading]]:
    mine = [rows.series == code for code in range(rows.count)]
    return [list(zip(rows.time[own].tolist(), rows.value[own].tolist(), strict=True)) for own in mine]


def total(values: list[float], modulus: float = nan) -> float:
    rows = rows_of([list(enumerate(values))])
    return float(counted(without_glitches(rows, gap(MAX_GAP)), np.array([modulus])).amount.sum())


@UNHURRIED
@given(CITY)
def test_strays_are_left_out_as_a_loop_would(city: list[list[Reading]]):
    kept = without_glitches(rows_of(city), gap(MAX_GAP))
    assert readings_of(kept) == [oracle.without_glitches(readings, MAX_GAP) for readings in city]


@UNHURRIED
@given(CITY, st.lists(st.sampled_from([nan, FULL, 2 * FULL]), min_size=4, max_size=4))
@example([[(0, 36), (1, 3)], [(0, 35), (1, 3)], [(0, 36), (1, 5)], [(0, 39), (1, 0)]], [FULL] * 4)
def test_each_step_is_counted_as_a_loop_would(city: list[list[Reading]], moduli: list[float]):
    rows = rows_of(city)
    steps = counted(rows, np.array(moduli[: len(city)]))
    for code, readings in enumerate(city):
        own = rows.series == code
        expected = [oracle.counted(a, b, moduli[code]) for (_, a), (_, b) in itertools.pairwise(readings)]
        assert steps.amount[own][:-1] == pytest.approx([amount for amount, _ in expected])
        assert [Event(event).name for event in steps.event[own][:-1]] == [event for _, event in expected]
        assert steps.until[own][:-1].tolist() == [time for time, _ in readings[1:]]
        # The last reading of a series opens no step.
        assert steps.amount[own][-1:].tolist() == [0.0] * bool(readings)
        assert steps.event[own][-1:].tolist() == [Event.NONE] * bool(readings)
        assert steps.until[own][-1:].tolist() == [time for time, _ in readings[-1:]]


@UNHURRIED
@given(RISES, st.integers(0, FULL - 1))
@example([4] * 11, 0)
def test_a_counter_that_rolls_over_counts_what_was_truly_counted(rises: list[int], begin: int):
    true = np.cumsum([begin, *rises])
    rows = rows_of([list(enumerate((true % FULL).tolist()))])
    steps = counted(rows, np.array([float(FULL)]))
    assert steps.amount.sum() == true[-1] - true[0]
    assert np.count_nonzero(steps.event == Event.ROLLOVER) == true[-1] // FULL - true[0] // FULL
    assert not (steps.event == Event.RESET).any()


@UNHURRIED
@given(st.lists(RISES, min_size=1, max_size=4))
def test_a_counter_that_restarts_counts_from_zero(lives: list[list[int]]):
    """Each life of the meter begins at zero with a reading; the lives' own counts come to the total."""
    values = [float(value) for rises in lives for value in (0, *itertools.accumulate(rises))]
    steps = counted(rows_of([list(enumerate(values))]), np.array([nan]))
    assert steps.amount.sum() == sum(map(sum, lives))
    assert np.count_nonzero(steps.event == Event.RESET) == sum(sum(rises) > 0 for rises in lives[:-1])


@UNHURRIED
@given(st.lists(st.integers(0, 20), min_size=1, max_size=10), st.integers(0, 10**6), st.data())
def test_one_stray_reading_does_not_change_the_total(rises: list[int], stray: int, data: st.DataObject):
    values = [float(value) for value in itertools.accumulate([100, *rises])]
    place = data.draw(st.integers(1, len(values) - 1))
    assert total([*values[:place], float(stray), *values[place:]]) == values[-1] - values[0]


def test_readings_far_apart_unmask_no_stray():
    for times, left in (((0, 10, 20), 2), ((0, 11, 20), 3), ((0, 10, 21), 3)):
        rows = rows_of([list(zip(times, (100.0, 0.0, 101.0), strict=True))])
        assert len(without_glitches(rows, gap(MAX_GAP))) == left


def test_a_step_lasts_only_when_the_next_reading_comes_in_time():
    rows = rows_of([[(0, 1.0), (10, 2.0), (21, 3.0)], [(30, 0.0)]])
    assert counted(rows, np.full(2, nan)).lasting(rows, gap(10)).tolist() == [10, 10, 21, 30]


@UNHURRIED
@given(CITY, st.data())
def test_a_step_has_the_worse_flag_of_its_readings_and_a_reset_is_doubted(
    city: list[list[Reading]], data: st.DataObject
):
    order = [Quality.UNKNOWN, Quality.GOOD, Quality.SUSPECT]
    rows = rows_of(city)
    size = len(rows)
    quality = data.draw(st.lists(st.sampled_from(order), min_size=size, max_size=size))
    rows = rows.with_quality(np.array(quality, dtype=np.uint8))
    steps = counted(rows, np.full(len(city), float(FULL)))
    longest = data.draw(st.integers(1, 60))
    expected = []
    for row in range(size):
        goes_on = row + 1 < size and rows.series[row + 1] == rows.series[row]
        near = goes_on and rows.time[row + 1] - rows.time[row] <= longest
        both = quality[row : row + 2] if near else quality[row : row + 1]
        doubt = [Quality.SUSPECT] if near and steps.event[row] == Event.RESET else []
        expected.append(max([*both, *doubt], key=order.index))
    assert flags(rows, steps, gap(longest)).tolist() == expected


def test_a_new_counter_is_no_glitch_of_the_old_one():
    rows = rows_of([[(0, 100.0), (10, 101.0), (20, 100.5), (30, 103.0)]])
    exchanged = [[15]]
    kept = without_glitches(rows, gap(MAX_GAP), exchanged)
    assert kept.value.tolist() == [100.0, 101.0, 100.5, 103.0]
    assert counted(kept, np.array([nan]), exchanged).amount.tolist() == [1.0, 0.0, 2.5, 0.0]
    assert len(without_glitches(rows, gap(MAX_GAP))) == 3
