"""Smoothed levels, emptyings and the time to full against loops over each container's readings."""

from __future__ import annotations

import itertools
from math import isnan, nan
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processing.indicator import Given
from processing.indicators import indicators
from processing.level import at, emptyings, last_values, since_emptying, spread, theil_sen
from processing.rows import Rows
from tests.processing import oracle

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNHURRIED = settings(deadline=None)
"""A busy machine is slow, not wrong."""
BEGIN = int(np.datetime64("2026-06-01T00:00", "ms").astype(int))
HOUR = 3_600_000
Levels = list[tuple[int, float]]
"""Minutes since the beginning and per cent, ascending."""

LEVELS = st.lists(
    st.tuples(st.integers(0, 60 * 60), st.sampled_from([0.0, 5.0, 20.0, 21.0, 50.0, 51.0, 80.0, 95.0])),
    max_size=12,
    unique_by=lambda reading: reading[0],
).map(sorted)
FILLING = st.lists(st.tuples(st.integers(5, 90), st.integers(-2, 8)), min_size=2, max_size=40).map(
    lambda steps: [
        (minutes, float(10 + level % 85))
        for minutes, level in zip(*(itertools.accumulate(column) for column in zip(*steps, strict=True)), strict=True)
    ]
)
CITY = st.lists(LEVELS | FILLING, min_size=1, max_size=3)
SIX_HOURS: Levels = [(5, 10.0), (65, 11.0), (185, 13.0), (365, 16.0)]
VALUES = st.sampled_from([0.0, 10.0, 20.0, 20.5, 49.0, 50.0, 60.0, 90.0])


def rows_of(city: list[Levels]) -> Rows:
    flat = [(code, *reading) for code, readings in enumerate(city) for reading in readings]
    series, minute, level = zip(*flat, strict=True) if flat else ((), (), ())
    return Rows.of(len(city), series, BEGIN + np.array(minute, dtype=np.int64) * 60_000, level)


def computed(indicator: str, city: list[Levels], hours: int, begin: int = 0) -> NDArray[np.float64]:
    cover = (BEGIN + np.arange(begin, begin + hours + 1) * HOUR).astype("datetime64[ms]")
    rows = {"filling_level": rows_of(city)}
    return indicators()[indicator].compute(Given(window="hour", edges=cover, rows=rows, sites=[{}] * len(city))).value


def smoothed(readings: Levels, hour: int) -> float:
    """Give the median of the last five readings of the 24 h before an hour's end, NaN after 12 h of silence."""
    end = 60 * hour + 60
    recent = [(minute, level) for minute, level in readings if end - 24 * 60 <= minute < end]
    if not recent or recent[-1][0] + 12 * 60 < end:
        return nan
    return median(level for _, level in recent[-5:])


def until_full(readings: Levels, hour: int) -> float:
    """Fit all readings since the last emptying before an hour's end; NaN for fewer than 3 or less than 6 h."""
    seen = [(minute - 60 * hour - 60, level) for minute, level in readings if minute < 60 * hour + 60]
    points = seen[max(oracle.emptied([level for _, level in seen]), default=0) :]
    if len(points) > 24:
        points = [points[(len(points) - 1) * place // 23] for place in range(24)]
    if len(points) < 3 or points[-1][0] - points[0][0] < 6 * 60:
        return nan
    line = [(minute / 60, level) for minute, level in points]
    rate = max(oracle.theil_sen(line), 0.0)
    missing = 90 - median(level - rate * time for time, level in line)
    if missing <= 0:
        return 0.0
    return min(missing / rate, 720.0) if rate else 720.0


@UNHURRIED
@given(CITY)
def test_a_smoothed_level_is_the_median_of_the_last_five_readings(city: list[Levels]):
    expected = [[smoothed(readings, hour) for hour in range(80)] for readings in city]
    assert computed("filling_level_smoothed", city, 80) == pytest.approx(np.array(expected), nan_ok=True)


@UNHURRIED
@given(CITY)
@example(
    [[(60 * hour, 60.0 - 5 * (hour > 9)) for hour in range(10)] + [(60 * hour, float(hour)) for hour in range(10, 20)]]
)
@example([[(0, 96.0), (240, 92.0), (480, 88.0)]])
def test_the_time_to_full_is_that_of_the_line_since_the_last_emptying(city: list[Levels]):
    hold = 12 * 60
    hours = range(60)
    expected = [[until_full(readings, hour) for hour in hours] for readings in city]
    for readings, line in zip(city, expected, strict=True):
        for hour in hours:
            # Below three quarters of known time an indicator says nothing.
            known = [
                oracle.shared_time(a, min(b, a + hold), 60 * hour, 60 * hour + 60)
                for a, b in itertools.pairwise([*(minute for minute, _ in readings), 10**9])
            ]
            line[hour] = line[hour] if sum(known) >= 45 else nan
    assert computed("time_to_full", city, 60) == pytest.approx(np.array(expected), rel=1e-6, nan_ok=True)


@UNHURRIED
@given(FILLING, st.sampled_from(["time_to_full", "filling_level_smoothed"]))
@example(SIX_HOURS, "time_to_full")
def test_a_window_alone_is_to_the_bit_the_same_as_among_many(readings: Levels, indicator: str):
    together = computed(indicator, [readings], 20)[0]
    alone = [computed(indicator, [readings], 1, begin)[0, 0] for begin in range(20)]
    assert np.array_equal(together, alone, equal_nan=True)


def test_six_hours_are_enough_at_whatever_minute_they_begin():
    value = computed("time_to_full", [SIX_HOURS], 18)[0]
    assert np.isnan(value[:6]).all()
    # 1 %-point per hour, 16 % at 06:05: 90 % at 80:05, counted from the end of each window.
    assert value[6:] == pytest.approx(80 + 5 / 60 - np.arange(7, 19))


@UNHURRIED
@given(st.lists(st.lists(VALUES, max_size=10), min_size=1, max_size=4))
@example([[60.0, 90.0, 60.0, 10.0, 10.0], [50.0, 50.0, 50.0, 20.0, 20.0], [50.0, 50.0, 50.0, 20.5, 20.0]])
@example([[90.0, 90.0, 90.0, 0.0], [0.0, 90.0]])
def test_an_emptying_is_what_three_readings_before_and_two_after_agree_on(city: list[list[float]]):
    found = emptyings(rows_of([list(enumerate(levels)) for levels in city]))
    expected = [place in oracle.emptied(levels) for levels in city for place in range(len(levels))]
    assert found.tolist() == expected


def found_at(levels: list[float]) -> list[int]:
    return np.flatnonzero(emptyings(rows_of([list(enumerate(levels))]))).tolist()


def test_one_wrong_echo_hides_no_emptying():
    assert found_at([80.0, 81.0, 82.0, 3.0, 4.0, 5.0]) == [3]
    assert found_at([80.0, 81.0, 30.0, 3.0, 4.0, 5.0]) == [3]
    assert found_at([80.0, 81.0, 82.0, 3.0, 99.0, 4.0, 5.0]) == [5]
    assert found_at([80.0, 81.0, 3.0, 82.0, 83.0]) == []


@UNHURRIED
@given(st.lists(VALUES, max_size=12), st.lists(VALUES, max_size=12))
@example([90.0, 90.0, 90.0, 0.0, 0.0], [60.0, 60.0])
@example([90.0, 90.0, 0.0, 0.0], [0.0, 60.0, 60.0, 60.0, 10.0, 10.0, 50.0])
def test_only_the_rows_of_a_stretch_tell_of_its_last_emptying(one: list[float], other: list[float]):
    """Ask for every stretch of the second container that lies behind the first one's rows."""
    rows, before = rows_of([list(enumerate(one)), list(enumerate(other))]), len(one)
    first, end = np.array([(a, b) for a in range(len(other) + 1) for b in range(a, len(other) + 1)]).T
    expected = [a + max(oracle.emptied(other[a:b]), default=0) for a, b in zip(first, end, strict=True)]
    assert (since_emptying(rows, before + first, before + end) - before).tolist() == expected


@UNHURRIED
@given(st.integers(0, 5), st.integers(0, 200), st.integers(2, 24))
def test_indexes_are_spread_evenly_from_the_first_to_the_last(first: int, size: int, count: int):
    chosen = spread(np.array([first]), np.array([first + size]), count)[0].tolist()
    assert chosen[min(size, count) :] == [-1] * (count - min(size, count))
    kept = chosen[: min(size, count)]
    if size <= count:
        assert kept == list(range(first, first + size))
    else:
        steps = {b - a for a, b in itertools.pairwise(kept)}
        assert (kept[0], kept[-1]) == (first, first + size - 1)
        assert max(steps) - min(steps) <= 1


@UNHURRIED
@given(st.lists(st.floats(0, 100), max_size=8), st.integers(0, 8), st.integers(1, 6))
def test_the_last_values_come_newest_first(levels: list[float], first: int, count: int):
    first = min(first, len(levels))
    rows = rows_of([list(enumerate(levels))])
    found = last_values(rows, np.array([first]), np.array([len(levels)]), count)[0]
    newest = levels[first:][::-1][:count]
    assert found == pytest.approx([*newest, *[nan] * (count - len(newest))], nan_ok=True)


def test_no_index_is_no_value():
    assert at(np.array([3.0, 4.0]), np.array([1, -1, 0])) == pytest.approx([4.0, nan, 3.0], nan_ok=True)
    assert at(np.array([]), np.array([-1])) == pytest.approx([nan], nan_ok=True)


POINTS = st.lists(st.tuples(st.integers(0, 20) | st.just(nan), st.integers(-50, 50)), min_size=6, max_size=6)


@UNHURRIED
@given(st.lists(POINTS, min_size=1, max_size=4))
def test_theil_sen_is_the_median_of_the_slopes_of_all_pairs(lines: list[list[tuple[float, float]]]):
    """Points in ascending order, as readings come; NaN fills up; two points at one time have no slope."""
    ordered = [sorted(line, key=lambda point: (isnan(point[0]), point[0])) for line in lines]
    x, y = np.moveaxis(np.array(ordered, dtype=np.float64), 2, 0)
    expected = [oracle.theil_sen([point for point in line if not isnan(point[0])]) for line in ordered]
    assert theil_sen(x, y) == pytest.approx(np.array(expected), nan_ok=True)


def test_theil_sen_fits_many_lines_block_by_block(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("processing.level.BLOCK", 2)
    slopes = np.arange(5.0)
    assert (
        theil_sen(np.tile(np.arange(3.0), (5, 1)), slopes[:, np.newaxis] * np.arange(3.0)).tolist() == slopes.tolist()
    )
