from __future__ import annotations

import numpy as np

from simulators.containers import OVERFULL, UNIT
from simulators.rhythm import DAY, HOUR
from tests.simulators.cities import whole_city

MONDAY = 20_619
"""2026-06-15, counted since 1970."""
WEEK = range(MONDAY, MONDAY + 7)


def hourly() -> np.ndarray:
    return np.concatenate(
        [whole_city().containers.level(day, day * DAY + np.arange(24) * HOUR) for day in WEEK], axis=1
    )


def test_levels_rise_but_for_the_emptyings():
    falls = np.diff(hourly()) < 0
    assert 0 < falls.sum() <= 7 * len(falls)
    rises = np.diff(hourly())[~falls]
    assert rises.min() >= 0


def test_an_emptied_container_is_nearly_empty():
    levels = hourly()
    row, hour = np.nonzero(np.diff(levels) < -20)
    assert len(row) > 30
    assert np.median(levels[row, hour + 1]) < 8


def test_levels_stay_within_their_range_and_some_overflow():
    levels = hourly()
    assert levels.min() >= 0
    assert levels.max() == 100
    assert 0.003 < (levels >= 99).mean() < 0.12


def test_levels_go_on_over_midnight():
    containers, midnight = whole_city().containers, np.array([(MONDAY + 1) * DAY])
    before = containers.level(MONDAY, midnight - 1)
    after = containers.level(MONDAY + 1, midnight)
    assert np.abs(after - before).max() < 0.01


def test_a_filling_is_the_sum_of_deposits_since_the_emptying():
    containers = whole_city().containers
    row, time = np.array([0, 1, 2]), np.full(3, MONDAY * DAY + 20 * HOUR)
    since = containers._emptied(MONDAY, row, time)
    for i in row:
        total = 0.0
        for minute in range(since[i] // 60_000, time[i] // 60_000):
            day, hour = minute // 1440, minute % 1440 // 60
            total += containers._deposits(int(day))[i, hour] / 60
        filled = containers._filled(MONDAY, row, time)[i]
        assert abs(filled - min(total, OVERFULL)) < 0.02 * UNIT * 100 / 60


def test_readings_tell_the_level_within_the_sensors_noise():
    city = whole_city()
    uplinks = city.containers.uplinks(MONDAY)
    sites = [city.places[i].site for i in uplinks.device]
    empty, full = (np.array([site[f"distance_{end}_mm"] for site in sites]) for end in ("empty", "full"))
    filled = city.containers._filled(MONDAY, uplinks.device - uplinks.device.min(), uplinks.sampled) / (100 * UNIT)
    apart = uplinks.reading[:, 0] - (empty - filled * (empty - full))
    assert np.abs(np.median(apart)) < 1
    assert 3 < np.percentile(np.abs(apart), 68) < 5
    assert 0 < (np.abs(apart) > 50).sum() < 0.02 * len(apart)
