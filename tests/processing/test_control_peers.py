"""Neighbours, and the check that compares a thing with them."""

from __future__ import annotations

from datetime import timedelta
from math import cos, hypot, radians
from statistics import fmean, median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.control import checks, control, reach
from processing.control.peers import CELL, peer_median
from processing.peers import FEWEST, Peers, alike, nearest
from processing.rows import Rows
from sensors.model import ObservedProperty, SeriesKind
from sensors.quality import Quality

HOUR = 3_600_000
LEVEL = ObservedProperty(
    name="level",
    title="Level",
    title_de="Stand",
    unit="1",
    series=SeriesKind.GAUGE,
    description="",
    source="",
    fail=(-99.0, 99.0),
    max_hold=timedelta(hours=1),
    checks={"peers": 5.0},
)
Walk = list[tuple[int, int, float]]
"""Series, minute, value; one per series and minute, sorted."""
WALKS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 200), st.sampled_from([0.0, 1.0, 7.0, 20.0])),
    max_size=40,
    unique_by=lambda row: row[:2],
).map(sorted)


def rows_of(walk: Walk, count: int = 6) -> Rows:
    series, minute, value = (list(column) for column in zip(*walk, strict=True)) if walk else ([],) * 3
    times = np.array(minute, dtype=np.int64) * 60_000
    good = np.full(len(walk), Quality.GOOD, dtype=np.uint8)
    return Rows(count, np.array(series, dtype=np.int64), times, np.array(value, dtype=np.float64), good)


def said(walk: Walk, series: int, hour: int) -> list[float]:
    values = [value for one, minute, value in walk if one == series and minute // 60 == hour]
    return [fmean(values)] if values else []


@given(WALKS, st.lists(st.lists(st.integers(-1, 5), min_size=4, max_size=4), min_size=6, max_size=6))
def test_a_row_is_compared_with_what_its_peers_said_in_the_same_hour(walk: Walk, of: list[list[int]]):
    expected = []
    for series, minute, _ in walk:
        told = [mean for peer in of[series] if peer >= 0 for mean in said(walk, peer, minute // 60)]
        expected.append(median(told) if len(told) >= FEWEST else np.nan)
    if walk:
        ours = peer_median(rows_of(walk), np.array(of))
        assert ours.tolist() == pytest.approx(expected, nan_ok=True)


def test_one_that_differs_from_its_neighbours_is_doubted():
    walk = [(series, 5, 30.0 if series == 2 else 20.0 + series / 10) for series in range(6)]
    beside = nearest(np.array([[12.1 + 0.001 * place, 54.1] for place in range(6)]))
    found = control(rows_of(walk), LEVEL, [{}] * 6, names=checks(), peers=beside)
    assert found.flags.tolist() == [1, 1, Quality.SUSPECT, 1, 1, 1]
    assert (found.reasons & checks()["peers"].mask > 0).tolist() == [False, False, True, False, False, False]


def test_without_neighbours_nothing_is_said():
    walk = [(series, 5, 10.0 * series) for series in range(6)]
    alone = Peers(np.full((6, 4), -1))
    for peers in (None, alone, nearest(np.array([[12.0 + place, 54.1] for place in range(6)]))):
        assert (control(rows_of(walk), LEVEL, [{}] * 6, names=["peers"], peers=peers).flags == Quality.GOOD).all()
    assert not len(control(rows_of([]), LEVEL, [{}] * 6, names=["peers"], peers=alone).flags)


def test_what_failed_by_itself_is_nobodys_peer():
    walk = [(0, 5, 0.0), (1, 5, 0.0), (2, 5, 0.0), (3, 5, 98.0), (4, 5, 999.0), (5, 5, 999.0)]
    everyone = Peers(np.array([[other for other in range(6) if other != one] for one in range(6)]))
    found = control(rows_of(walk), LEVEL, [{}] * 6, names=checks(), peers=everyone)
    assert found.flags.tolist() == [1, 1, 1, Quality.SUSPECT, Quality.FAIL, Quality.FAIL]


def test_peers_matter_for_an_hour():
    far = reach(LEVEL, [{}], names=["peers"])
    assert far.before == far.after == CELL == HOUR


PLACES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=30)


@given(PLACES, st.integers(1, 5))
def test_the_nearest_are_those_of_a_walk_over_all(grid: list[tuple[int, int]], most: int):
    places = np.array([(12.0 + x / 1000, 54.0 + y / 1000) for x, y in grid]).reshape(-1, 2)
    ours = nearest(places, radius_m=1000.0, most=most).of
    east = cos(radians(places[:, 1].mean())) if grid else 1.0
    for one, (x, y) in enumerate(places):
        away = {
            other: 111_320 * hypot((a - x) * east, b - y)
            for other, (a, b) in enumerate(places.tolist())
            if other != one
        }
        near = sorted(distance for distance in away.values() if distance <= 1000)[:most]
        mine = [away[other] for other in ours[one].tolist() if other >= 0]
        assert mine == pytest.approx(near)
        assert len(set(ours[one].tolist()) - {-1}) == len(near)


def test_many_things_are_searched_in_blocks():
    chance = np.random.default_rng(3)
    places = np.array([12.0, 54.0]) + chance.random((700, 2)) / 10
    ours = nearest(places, radius_m=2000.0).of
    metres = (places - places[0]) * 111_320 * np.array([np.cos(np.radians(places[:, 1].mean())), 1.0])
    order = np.argsort(np.hypot(*metres.T))
    assert ours[0].tolist() == order[1:9].tolist()


@given(st.lists(st.sampled_from(["", "a", "b", "c"]), max_size=12), st.integers(1, 4))
def test_peers_of_a_group_are_the_next_of_its_name(groups: list[str], most: int):
    ours = alike(groups, most).of
    assert ours.shape == (len(groups), most)
    for one, name in enumerate(groups):
        others = [other for other, same in enumerate(groups) if same == name and other != one]
        following = sorted(others, key=lambda other: (other < one, other))
        wanted = following[:most] if name else []
        assert ours[one].tolist() == wanted + [-1] * (most - len(wanted))
