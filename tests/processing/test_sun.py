"""Sunrise and sunset against the library astral, and daylight against sums of days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from astral import Observer
from astral.sun import sunrise, sunset
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processing.sun import MS_PER_DAY, daylight

UNHURRIED = settings(deadline=None)
"""A busy machine is slow, not wrong."""
ROSTOCK = (12.1, 54.09)
EPOCH = date(1970, 1, 1)
DATES = st.dates(date(1990, 1, 1), date(2060, 12, 31))
PLACES = st.tuples(st.floats(-30.0, 45.0), st.floats(-58.0, 60.0))
MINUTE = 60_000


def instant(time: datetime) -> float:
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1)


@UNHURRIED
@given(DATES, PLACES)
@example(date(2026, 6, 21), ROSTOCK)
@example(date(2026, 12, 21), ROSTOCK)
@example(date(2026, 3, 29), ROSTOCK)
def test_the_sun_rises_and_sets_when_astral_says_so(day: date, place: tuple[float, float]):
    """Both follow NOAA; within two minutes, for astral takes the sun's place of a whole day's fraction."""
    found = daylight(np.array([place]), (day - EPOCH).days, 1)
    observer = Observer(latitude=place[1], longitude=place[0])
    assert found.rise[0, 0] == pytest.approx(instant(sunrise(observer, day)), abs=2 * MINUTE)
    assert found.set[0, 0] == pytest.approx(instant(sunset(observer, day)), abs=2 * MINUTE)


def test_rostock_has_seventeen_hours_of_day_at_midsummer_and_seven_at_midwinter():
    for day, hours in (("2026-06-21", 17.2), ("2026-12-21", 7.35), ("2026-03-20", 12.2)):
        found = daylight(np.array([ROSTOCK]), int(np.datetime64(day, "D").astype(int)), 1)
        assert (found.set - found.rise)[0, 0] / 3.6e6 == pytest.approx(hours, abs=0.1)


def test_beyond_the_polar_circle_the_sun_stays_up_or_away():
    found = daylight(np.array([[25.0, 75.0]]), int(np.datetime64("2026-06-20", "D").astype(int)), 3)
    assert (found.set - found.rise)[0] == pytest.approx(np.full(3, MS_PER_DAY), abs=MINUTE)
    assert found.set[0, :-1].tolist() == found.rise[0, 1:].tolist()
    dark = daylight(np.array([[25.0, 75.0]]), int(np.datetime64("2026-12-20", "D").astype(int)), 3)
    assert (dark.set - dark.rise).tolist() == [[0] * 3]
    for margin in (30 * MINUTE, -30 * MINUTE):
        for sun in (found, dark):
            lasting = sun.lasting(margin)
            assert (lasting.rise.tolist(), lasting.set.tolist()) == (sun.rise.tolist(), sun.set.tolist())


@UNHURRIED
@given(DATES, st.floats(-179.0, 179.0), st.floats(-89.0, 89.0), st.integers(-60, 60))
@example(date(2026, 5, 17), 18.96, 69.65, -30)
def test_days_with_margins_do_not_overlap_and_move_only_where_the_sun_rises_or_sets(
    day: date, longitude: float, latitude: float, minutes: int
):
    sun = daylight(np.array([[longitude, latitude]]), (day - EPOCH).days, 12)
    found, margin = sun.lasting(minutes * MINUTE), minutes * MINUTE
    days = list(zip(found.rise[0].tolist(), found.set[0].tolist(), strict=True))
    assert all(rise <= down for rise, down in days)
    assert all(down <= rise for (_, down), (rise, _) in pairwise(days))
    for moved, real in ((found.rise - sun.rise, sun.rises), (sun.set - found.set, sun.sets)):
        assert (np.abs(moved) <= np.where(real, abs(margin), 0)).all()
        long = (sun.set - sun.rise > 3 * abs(margin)) & (sun.set - sun.rise < MS_PER_DAY - 3 * abs(margin))
        assert (moved == margin)[:, 1:-1][(long & real)[:, 1:-1]].all()


@UNHURRIED
@given(DATES, st.floats(-179.0, 179.0), st.integers(0, MS_PER_DAY * 3), st.integers(0, MS_PER_DAY * 2))
def test_daylight_between_two_instants_is_what_lies_in_the_days(day: date, longitude: float, start: int, length: int):
    first = (day - EPOCH).days
    sun = daylight(np.array([[longitude, 50.0]]), first, 12)
    begin = np.array([(first + 3) * MS_PER_DAY + start])
    place = np.zeros(1, dtype=np.int64)
    passed = sun.until(place, begin + length) - sun.until(place, begin)
    spans = zip(sun.rise[0].tolist(), sun.set[0].tolist(), strict=True)
    expected = sum(max(0, min(down, int(begin[0]) + length) - max(up, int(begin[0]))) for up, down in spans)
    assert passed.tolist() == [expected]
