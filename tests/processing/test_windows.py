"""Cutting series at real instants, and the verbs over the pieces, against a loop over rows to the millisecond."""

from __future__ import annotations

import itertools
from math import nan
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processing.rows import NEVER, Rows
from processing.windows import (
    coverage,
    cut,
    held_until,
    overlap,
    positions,
    time_weighted_mean,
    worst_between,
    worst_flag,
)
from sensors.quality import ROLL_UP, Quality
from tests.processing.oracle import shared_time

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNHURRIED = settings(deadline=None)
"""A busy machine is slow, not wrong."""
BEGIN = int(np.datetime64("2026-06-01T08:00", "ms").astype(int))
HALF_DAY = 43_200_000
Row = tuple[int, int, float, Quality]
"""Series, milliseconds since the beginning, value, flag."""

COUNT = 4
ROWS = st.lists(
    st.tuples(
        st.integers(0, COUNT - 1),
        st.integers(-HALF_DAY, 2 * HALF_DAY) | st.integers(-2, 12).map(lambda quarter: quarter * 900_000),
        st.floats(-100, 100),
        st.sampled_from([Quality.GOOD, Quality.UNKNOWN, Quality.SUSPECT]),
    ),
    max_size=30,
    unique_by=lambda row: row[:2],
)
UNEVEN = st.lists(st.integers(0, HALF_DAY), min_size=2, max_size=8, unique=True).map(sorted)
EVEN = st.tuples(st.integers(0, 3_600_000), st.sampled_from([1, 900_000, 3_600_000]), st.integers(1, 12)).map(
    lambda grid: [grid[0] + grid[1] * number for number in range(grid[2] + 1)]
)
EDGES = UNEVEN | EVEN
HOLDS = st.integers(0, HALF_DAY) | st.just(900_000)


def rows_of(rows: list[Row]) -> Rows:
    series, time, value, quality = zip(*rows, strict=True) if rows else ((),) * 4
    return Rows.of(COUNT, series, np.array(time, dtype=np.int64) + BEGIN, value, quality)


def instants(limits: list[int]) -> NDArray[np.datetime64]:
    return (np.array(limits, dtype=np.int64) + BEGIN).astype("datetime64[ms]")


def span(milliseconds: int) -> np.timedelta64:
    return np.timedelta64(milliseconds, "ms")


def own(rows: list[Row], series: int) -> list[Row]:
    return sorted((row for row in rows if row[0] == series), key=lambda row: row[1])


def cells(limits: list[int]) -> list[tuple[int, int, int, int]]:
    """Give every series, window, and the window's start and end."""
    pairs = list(itertools.pairwise(limits))
    return [(series, window, *pair) for series in range(COUNT) for window, pair in enumerate(pairs)]


def held(rows: list[Row], hold: int, start: int, end: int) -> list[tuple[int, Row]]:
    """Give how long each row of one series holds in a window."""
    until = [*(row[1] for row in rows), int(NEVER)][1:]
    return [
        (shared_time(row[1], min(row[1] + hold, stop), start, end), row) for row, stop in zip(rows, until, strict=True)
    ]


@UNHURRIED
@given(ROWS, EDGES)
def test_a_cut_knows_the_rows_of_every_window(rows: list[Row], limits: list[int]):
    pieces = cut(rows_of(rows), instants(limits))
    ordered = [row for series in range(COUNT) for row in own(rows, series)]
    assert pieces.shape == (COUNT, len(limits) - 1)
    assert pieces.inside().tolist() == [limits[0] <= row[1] < limits[-1] for row in ordered]
    for series, window, start, end in cells(limits):
        mine = [number for number, row in enumerate(ordered) if row[0] == series]
        assert pieces.samples[series, window] == sum(start <= ordered[number][1] < end for number in mine)
        for found, limit in ((pieces.before_start(), start), (pieces.before_end(), end)):
            assert found[series, window] == max((n for n in mine if ordered[n][1] < limit), default=-1)


@UNHURRIED
@given(ROWS, EDGES, HOLDS)
@example([(0, 0, 4.0, Quality.GOOD), (2, 1_800_000, 8.0, Quality.GOOD)], [0, 3_600_000], 1_200_000)
def test_mean_coverage_and_load_add_up_row_by_row(rows: list[Row], limits: list[int], hold: int):
    pieces = cut(rows_of(rows), instants(limits))
    mean, covered = time_weighted_mean(pieces, span(hold))
    whole = overlap(pieces, pieces.until(span(hold)), pieces.rows.value)
    assert (coverage(pieces, span(hold)) == covered).all()
    for series, window, start, end in cells(limits):
        parts = held(own(rows, series), hold, start, end)
        known = sum(time for time, _ in parts)
        area = sum(time * row[2] for time, row in parts)
        assert covered[series, window] == known / (end - start)
        assert whole[series, window] == pytest.approx(area, abs=1e-3)
        assert mean[series, window] == pytest.approx(area / known if known else nan, abs=1e-9, nan_ok=True)


@UNHURRIED
@given(ROWS, EDGES, HOLDS)
def test_the_worst_flag_is_also_that_of_the_row_that_still_holds(rows: list[Row], limits: list[int], hold: int):
    given_rows = rows_of(rows)
    worst = worst_flag(cut(given_rows, instants(limits)), held_until(given_rows, span(hold)))
    for series, window, start, end in cells(limits):
        speak = [row for time, row in held(own(rows, series), hold, start, end) if time or start <= row[1] < end]
        assert worst[series, window] == max((row[3] for row in speak), key=ROLL_UP.index, default=Quality.MISSING)


@UNHURRIED
@given(ROWS, st.data())
def test_flags_roll_up_over_any_stretch_of_rows(rows: list[Row], data: st.DataObject):
    given_rows = rows_of(rows)
    stretches = data.draw(st.lists(st.lists(st.integers(0, len(rows)), min_size=2, max_size=2).map(sorted), min_size=1))
    first, end = np.array(stretches).T
    expected = [max(given_rows.quality[a:b], key=ROLL_UP.index, default=Quality.MISSING) for a, b in stretches]
    assert worst_between(given_rows, first, end).tolist() == expected


@UNHURRIED
@given(ROWS, st.lists(st.integers(-HALF_DAY, 2 * HALF_DAY), min_size=1, max_size=6, unique=True).map(sorted))
def test_positions_are_those_of_the_first_rows_from_an_instant_on(rows: list[Row], limits: list[int]):
    found = positions(rows_of(rows), instants(limits).view(np.int64))
    before = 0
    for series in range(COUNT):
        mine = own(rows, series)
        assert found[series].tolist() == [before + sum(row[1] < limit for row in mine) for limit in limits]
        before += len(mine)


def test_a_row_at_an_edge_belongs_to_the_window_that_it_opens():
    pieces = cut(rows_of([(0, 900_000, 1.0, Quality.GOOD)]), instants([0, 900_000, 1_800_000]))
    assert pieces.samples[0].tolist() == [0, 1]
    assert coverage(pieces, span(900_000))[0].tolist() == [0.0, 1.0]


def test_rows_leave_out_what_failed_or_is_missing_and_put_the_rest_in_order():
    flags = [Quality.GOOD, Quality.FAIL, Quality.MISSING, Quality.SUSPECT, Quality.GOOD, Quality.UNKNOWN]
    rows = Rows.of(3, [2, 0, 0, 2, 0, 0], [30, 1, 2, 10, 5, 3], [1.0, 2.0, 3.0, 4.0, nan, 6.0], flags)
    assert rows.series.tolist() == [0, 2, 2]
    assert rows.time.tolist() == [3, 10, 30]
    assert rows.value.tolist() == [6.0, 4.0, 1.0]
    assert rows.quality.tolist() == [Quality.UNKNOWN, Quality.SUSPECT, Quality.GOOD]


@UNHURRIED
@given(ROWS)
def test_rows_know_their_neighbours_and_each_series_its_newest(rows: list[Row]):
    given_rows = rows_of(rows)
    mine = [[row[1] + BEGIN for row in own(rows, series)] for series in range(COUNT)]
    assert given_rows.newest().tolist() == [times[-1] if times else -NEVER for times in mine]
    assert given_rows.next_time().tolist() == [time for times in mine for time in [*times[1:], NEVER][: len(times)]]
    assert given_rows.continues().tolist() == [number > 0 for times in mine for number in range(len(times))]
