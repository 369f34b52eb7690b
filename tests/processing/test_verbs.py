"""The verbs over windows against an oracle that walks second by second, for any rows, windows and series."""

from __future__ import annotations

import itertools
from datetime import datetime
from math import isnan, nan
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.calendar import edges, local_days
from processing.counter import counted, without_glitches
from processing.level import median, theil_sen
from processing.lots import Taken, TakenWithin
from processing.rows import Rows
from processing.windows import (
    cut,
    held_until,
    last,
    maximum,
    minimum,
    overlap,
    time_weighted_mean,
    worst_flag,
)
from sensors.quality import flag_of, severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

SERIES = 3
SPAN = 60
"""Seconds that the oracle walks through."""
Walk = list[tuple[int, int, int, int]]
"""Rows as series, second, value, quality; one per series and second."""

WALKS = st.lists(
    st.tuples(st.integers(0, SERIES - 1), st.integers(0, SPAN - 1), st.integers(0, 5), st.sampled_from([1, 2, 3])),
    max_size=25,
    unique_by=lambda row: row[:2],
)
EDGES = st.lists(st.integers(0, SPAN), min_size=2, max_size=5, unique=True).map(sorted)
HOLDS = st.integers(1, SPAN)


def rows_of(walk: Walk) -> Rows:
    series, second, value, quality = (list(column) for column in zip(*walk, strict=True)) if walk else ([],) * 4
    return Rows.of(SERIES, series, np.array(second, dtype=np.int64) * 1000, value, quality)


def instants(seconds: list[int]) -> NDArray[np.datetime64]:
    return (np.array(seconds, dtype=np.int64) * 1000).astype("datetime64[ms]")


def held(walk: Walk, series: int, second: int, hold: int) -> float:
    """Give the value that holds during a second, NaN where none does."""
    earlier = [row for row in walk if row[0] == series and row[1] <= second]
    newest = max(earlier, key=lambda row: row[1], default=None)
    return nan if newest is None or second >= newest[1] + hold else float(newest[2])


def windows_of(walk: Walk, limits: list[int], hold: int) -> list[list[list[float]]]:
    """Give for each series and window the value of every second."""
    return [
        [[held(walk, series, second, hold) for second in range(a, b)] for a, b in itertools.pairwise(limits)]
        for series in range(SERIES)
    ]


def each(walk: Walk, limits: list[int], hold: int, say: object) -> NDArray[np.float64]:
    assert callable(say)
    return np.array([[say(values) for values in windows] for windows in windows_of(walk, limits, hold)])


def known(values: list[float]) -> list[float]:
    return [value for value in values if not isnan(value)]


def mean(values: list[float]) -> float:
    return float(np.mean(known(values))) if known(values) else nan


def seconds(count: int) -> np.timedelta64:
    return np.timedelta64(count, "s")


def same(ours: NDArray[np.float64], oracle: NDArray[np.float64]) -> bool:
    return bool(ours == pytest.approx(oracle, nan_ok=True))


@given(WALKS, EDGES, HOLDS)
def test_the_mean_is_that_of_every_known_second(walk: Walk, limits: list[int], hold: int):
    ours, coverage = time_weighted_mean(cut(rows_of(walk), instants(limits)), seconds(hold))
    assert same(ours, each(walk, limits, hold, mean))
    assert same(coverage, each(walk, limits, hold, lambda values: len(known(values)) / len(values)))


@given(WALKS, EDGES, HOLDS)
def test_load_is_the_sum_of_every_known_second(walk: Walk, limits: list[int], hold: int):
    ours = parked(walk, limits, hold).load()
    assert same(ours, each(walk, limits, hold, lambda values: sum(known(values)) * 1000 if known(values) else nan))
    total = overlap(cut(rows := rows_of(walk), instants(limits)), held_until(rows, seconds(hold)), rows.value)
    assert same(total, np.nan_to_num(ours))


@given(WALKS, EDGES, HOLDS, st.integers(0, 5))
def test_share_of_time_counts_the_seconds_of_a_condition(walk: Walk, limits: list[int], hold: int, limit: int):
    ours = parked(walk, limits, hold).share_of_time(limit / 5)
    assert same(
        ours, each(walk, limits, hold, lambda values: mean([v if isnan(v) else float(v >= limit) for v in values]))
    )


def parked(walk: Walk, limits: list[int], hold: int) -> TakenWithin:
    """Take the values for vehicles on five spaces."""
    rows = rows_of(walk)
    return Taken(rows, np.full(len(rows), 5.0), held_until(rows, seconds(hold))).within(instants(limits))


@given(WALKS, EDGES, HOLDS)
def test_last_is_what_holds_in_the_last_second(walk: Walk, limits: list[int], hold: int):
    ours = last(cut(rows_of(walk), instants(limits)), seconds(hold))
    assert same(ours, each(walk, limits, hold, lambda values: values[-1]))


@given(WALKS, EDGES)
def test_extremes_counts_and_flags_are_those_of_the_rows_in_the_window(walk: Walk, limits: list[int]):
    pieces = cut(rows_of(walk), instants(limits))
    for series in range(SERIES):
        for window, (start, end) in enumerate(itertools.pairwise(limits)):
            inside = [row for row in walk if row[0] == series and start <= row[1] < end]
            values = [float(row[2]) for row in inside]
            assert pieces.samples[series, window] == len(inside)
            assert maximum(pieces)[series, window] == pytest.approx(max(values, default=nan), nan_ok=True)
            assert minimum(pieces)[series, window] == pytest.approx(min(values, default=nan), nan_ok=True)
            worst = severity(np.array([row[3] for row in inside], dtype=np.uint8)).max(initial=0)
            assert worst_flag(pieces)[series, window] == flag_of(np.array([worst], dtype=np.uint8))[0]


@given(WALKS, EDGES, HOLDS)
def test_a_window_alone_is_the_same_as_among_many(walk: Walk, limits: list[int], hold: int):
    together, _ = time_weighted_mean(cut(rows_of(walk), instants(limits)), seconds(hold))
    for window in range(len(limits) - 1):
        alone, _ = time_weighted_mean(cut(rows_of(walk), instants(limits[window : window + 2])), seconds(hold))
        assert same(alone[:, 0], together[:, window])


@given(WALKS, st.sampled_from([nan, 5.0]))
def test_counting_goes_from_reading_to_reading(walk: Walk, modulus: float):
    rows = rows_of(walk)
    steps = counted(rows, np.full(SERIES, modulus))
    for series in range(SERIES):
        mine = [(second, float(value)) for s, second, value, _ in sorted(walk) if s == series]
        amounts = [counted_once(a, b, modulus) for (_, a), (_, b) in itertools.pairwise(mine)]
        assert steps.amount[rows.series == series].tolist() == pytest.approx([*amounts, 0.0] if mine else [])


def counted_once(before: float, after: float, modulus: float) -> float:
    if after >= before:
        return after - before
    rolled = before >= 0.9 * modulus and after <= 0.1 * modulus
    return modulus - before + after if rolled else after


def test_a_stray_reading_is_left_out_and_a_reset_stays():
    def kept(*values: float) -> list[float]:
        rows = Rows.of(1, np.zeros(len(values)), np.arange(len(values)) * 1000, values)
        return [float(value) for value in without_glitches(rows, seconds(60)).value]

    assert kept(100, 0, 101) == [100, 101]
    assert kept(100, 900, 101) == [100, 101]
    assert kept(100, 5, 6) == [100, 5, 6]


@given(st.lists(st.lists(st.floats(-1e6, 1e6) | st.just(nan), min_size=4, max_size=4), min_size=1, max_size=4))
def test_the_median_leaves_out_what_is_not_known(lines: list[list[float]]):
    oracle = [float(np.median(known(line))) if known(line) else nan for line in lines]
    assert same(median(np.array(lines)), np.array(oracle))


@given(
    st.lists(st.integers(0, 100), min_size=2, max_size=8, unique=True).map(sorted), st.floats(-5, 5), st.floats(-50, 50)
)
def test_theil_sen_finds_a_line(hours: list[int], slope: float, level: float):
    x = np.array([hours], dtype=np.float64)
    assert theil_sen(x, slope * x + level) == pytest.approx(np.array([slope]), abs=1e-6)


FIRST, LAST = datetime(1991, 1, 1), datetime(2036, 12, 31)  # noqa: DTZ001 - that is what Hypothesis takes


@given(st.datetimes(FIRST, LAST), st.sampled_from(["15min", "hour", "day"]))
def test_windows_follow_each_other_and_cover_the_span(when: object, window: str):
    start = np.datetime64(when, "ms")  # type: ignore[call-overload]  # numpy reads a datetime
    cover = edges(window, start, start + np.timedelta64(30, "h"), "Europe/Berlin")
    widths = np.diff(cover) / np.timedelta64(1, "h")
    assert cover[0] <= start
    assert cover[-1] >= start + np.timedelta64(30, "h")
    assert set(widths.tolist()) <= {"15min": {0.25}, "hour": {1.0}, "day": {23.0, 24.0, 25.0}}[window]


def test_days_of_23_and_25_hours():
    spring = local_days(np.datetime64("2026-03-28T23:00"), np.datetime64("2026-03-29T22:00"), "Europe/Berlin")
    autumn = local_days(np.datetime64("2026-10-24T22:00"), np.datetime64("2026-10-25T23:00"), "Europe/Berlin")
    assert (np.diff(spring) / np.timedelta64(1, "h")).tolist() == [23.0]
    assert (np.diff(autumn) / np.timedelta64(1, "h")).tolist() == [25.0]


def test_an_empty_span_has_no_window_and_a_strange_window_is_refused():
    noon = np.datetime64("2026-06-01T12:00")
    assert edges("hour", noon, noon, "Europe/Berlin").tolist() == [noon.item()]
    with pytest.raises(ValueError, match="Known: now, 15min, hour, day, week"):
        edges("fortnight", noon, noon, "Europe/Berlin")
