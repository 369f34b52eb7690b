"""Shares of groups against sums over lists."""

from __future__ import annotations

from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.indicator import Given, Members
from processing.rows import Rows
from processing.shares import share

UNHURRIED = settings(deadline=None)
"""A busy machine is slow, not wrong."""
DAYS = np.arange("2026-03-22T23:00", "2026-04-05T23:00", np.timedelta64(24, "h"), dtype="datetime64[ms]")
DAYS[7:] -= np.timedelta64(1, "h")
"""Local midnights of two weeks; the first ends with the day of 23 hours."""
EDGES = np.array(["2026-03-22T23:00", "2026-03-29T22:00", "2026-04-05T22:00"], dtype="datetime64[ms]")
DAY = st.tuples(
    st.sampled_from([nan, 0.0, 1.0, 2.0]), st.sampled_from([nan, 0.0, 1.0, 4.0]), st.sampled_from([0.8, 1.0])
)
"""Part, whole, and coverage."""
THING = st.lists(DAY, min_size=14, max_size=14)
GROUPS = st.lists(st.lists(st.integers(0, 2), unique=True, max_size=3).map(sorted), max_size=3)


def rows_of(city: list[list[tuple[float, float, float]]], column: int) -> Rows:
    flat = np.array(city).reshape(-1, 3)
    series, times = np.repeat(np.arange(len(city)), 14), np.tile(DAYS, len(city))
    known, ones = flat[:, 2], np.ones(len(flat), dtype=np.int64)
    return Rows.of(len(city), series, times, flat[:, column], coverage=known, samples=ones)


def members(groups: list[list[int]]) -> Members:
    pairs = np.array([(group, thing) for group, things in enumerate(groups) for thing in things], dtype=np.int64)
    group, thing = pairs.reshape(-1, 2).T
    return Members(thing, group, len(groups))


@UNHURRIED
@given(city=st.lists(THING, min_size=3, max_size=3), groups=GROUPS, times_whole=st.booleans())
def test_a_share_is_the_quotient_of_sums(
    *, city: list[list[tuple[float, float, float]]], groups: list[list[int]], times_whole: bool
):
    rows = {"part": rows_of(city, 0), "whole": rows_of(city, 1)}
    told = Given(window="week", edges=EDGES, rows=rows, sites=[{}] * 3, members=members(groups))
    ours = share(told, "part", "whole", times_whole=times_whole)
    assert ours.value.shape == (len(groups), 2)
    hours = [24] * 6 + [23] + [24] * 7
    for number, things in enumerate(groups):
        for week, days in enumerate((range(7), range(7, 14))):
            cells = [(*city[thing][day], hours[day]) for thing in things for day in days]
            both = [(part, whole) for part, whole, _, _ in cells if not (isnan(part) or isnan(whole))]
            below = sum(whole for _, whole in both)
            above = sum(part * whole if times_whole else part for part, whole in both)
            assert ours.value[number, week] == pytest.approx(above / below if below else nan, nan_ok=True)
            known = sum(coverage * length for _, whole, coverage, length in cells if not isnan(whole))
            assert ours.coverage[number, week] == pytest.approx(known / max(sum(cell[3] for cell in cells), 1))
            assert ours.samples[number, week] == sum(not isnan(whole) for _, whole, _, _ in cells)
