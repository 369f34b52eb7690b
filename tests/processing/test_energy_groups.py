"""Street lights, simultaneity and carbon dioxide against loops and tables."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.calendar import edges
from processing.co2 import TABLE, factors, table
from processing.indicator import Given, Members
from processing.indicators import indicators
from processing.rows import Rows
from processing.sun import MS_PER_DAY, daylight

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNHURRIED = settings(deadline=None, max_examples=15)
"""A busy machine is slow, not wrong."""
ZONE = "Europe/Berlin"
MINUTE = 60_000
TABLES = {1: 3416371659}
"""Checksum of the table of factors by the version of the indicator that counts with it."""


def days(begin: str, count: int) -> NDArray[np.datetime64]:
    noon = np.datetime64(f"{begin}T12:00", "ms")
    return edges("day", noon, noon + np.timedelta64(24 * (count - 1) + 1, "h"), ZONE)


SWITCHES = st.lists(
    st.tuples(st.integers(0, 6 * 24 * 60), st.sampled_from([0.0, 1.0])), max_size=25, unique_by=lambda s: s[0]
)
PLACES = st.tuples(st.floats(6.0, 15.0), st.floats(47.0, 55.0))


@UNHURRIED
@given(
    st.sampled_from(["2026-03-27", "2026-06-20", "2026-10-23", "2026-12-20"]),
    st.lists(SWITCHES, min_size=1, max_size=3),
    PLACES,
)
def test_street_lights_are_counted_as_minute_by_minute(begin: str, cabinets: list[Any], place: tuple[float, float]):
    covered = days(begin, 4)
    start = int(covered[0].astype(int)) - 12 * 60 * MINUTE
    flat = [
        (code, start + minute * MINUTE, on) for code, switches in enumerate(cabinets) for minute, on in sorted(switches)
    ]
    series, time, value = zip(*flat, strict=True) if flat else ((), (), ())
    rows = Rows.of(len(cabinets), series, np.array(time, dtype=np.int64), value)
    places = np.array([place] * len(cabinets))
    of_days = Given(window="day", edges=covered, rows={"switched_on": rows}, sites=[{}] * len(cabinets), places=places)
    found = indicators()["street_light_hours"].formula(of_days)
    sun = daylight(places[:1], int(covered[0].astype(int)) // MS_PER_DAY - 2, 10)
    for code, switches in enumerate(cabinets):
        known = dict(switches)
        for number in range(4):
            first, end = (int(edge.astype(int)) for edge in covered[number : number + 2])
            on, by_day, dark = by_minute(known, start, (first, end), sun)
            assert found.value[code, number] == pytest.approx(on / 60) or (
                on == 0 and found.coverage[code, number] == 0
            )
            assert found.parts["by_day"][code, number] == pytest.approx(by_day, abs=4)
            assert found.parts["dark"][code, number] == pytest.approx(dark, abs=4)
    for number in range(4):
        one = indicators()["street_light_hours"].formula(replace(of_days, edges=covered[number : number + 2]))
        assert np.array_equal(one.value[:, 0], found.value[:, number], equal_nan=True)
        assert all(np.array_equal(one.parts[name][:, 0], found.parts[name][:, number]) for name in one.parts)


def by_minute(known: dict[int, float], start: int, span: tuple[int, int], sun: Any) -> tuple[int, int, int]:
    """Walk through the minutes of a window: how many are lit, lit by day, unlit in the night."""
    lit = by_day = dark = 0
    for now in range(span[0], span[1], MINUTE):
        minute = (now - start) // MINUTE
        told = [known[earlier] for earlier in sorted(known) if minute - 24 * 60 < earlier <= minute]
        middle = now + MINUTE // 2
        light = any(
            up + 30 * MINUTE < middle < down - 30 * MINUTE for up, down in zip(sun.rise[0], sun.set[0], strict=True)
        )
        dusk = any(
            up - 30 * MINUTE < middle < down + 30 * MINUTE for up, down in zip(sun.rise[0], sun.set[0], strict=True)
        )
        lit += bool(told and told[-1])
        by_day += bool(told and told[-1] and light)
        dark += bool(told and not told[-1] and not dusk)
    return lit, by_day, dark


def test_a_night_is_from_sunset_to_sunrise_and_lamps_that_keep_to_it_are_no_fault():
    covered = days("2026-06-21", 1)
    place = np.array([[12.1, 54.09]])
    sun = daylight(place, int(covered[0].astype(int)) // MS_PER_DAY, 3)
    up, down = sun.rise[0, 1], sun.set[0, 1]
    times = np.array([int(covered[0].astype(int)) - 1, up, down])
    rows = Rows.of(1, np.zeros(3), times, [1.0, 0.0, 1.0])
    found = indicators()["street_light_hours"].compute(
        Given(window="day", edges=covered, rows={"switched_on": rows}, sites=[{}], places=place)
    )
    assert found.value == pytest.approx(found.parts["night"])
    assert found.parts["night"][0, 0] == pytest.approx(24 - (down - up) / 3.6e6)
    assert found.parts["by_day"].tolist() == found.parts["dark"].tolist() == [[0.0]]


LOADS = st.lists(st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=8, max_size=8), min_size=1, max_size=5)


@UNHURRIED
@given(LOADS, st.lists(st.sets(st.integers(0, 4)), min_size=1, max_size=3))
def test_simultaneity_is_that_of_the_members_that_are_wholly_known(loads: list[Any], groups: list[set[int]]):
    covered = edges("hour", np.datetime64("2026-06-01T00:00"), np.datetime64("2026-06-01T02:00"), ZONE)
    quarters = edges("15min", covered[0], covered[-1], ZONE)
    flat = [
        (code, place, value) for code, each in enumerate(loads) for place, value in enumerate(each) if value is not None
    ]
    series, place, value = (
        (np.array(column) for column in zip(*flat, strict=True)) if flat else (np.array([], dtype=int),) * 3
    )
    ones = np.ones(len(flat))
    rows = Rows.of(len(loads), series, quarters[place], value, coverage=ones, samples=ones.astype(np.int64))
    of = [sorted(member for member in group if member < len(loads)) for group in groups]
    pairs = np.array([(thing, group) for group, members in enumerate(of) for thing in members], dtype=np.int64).reshape(
        -1, 2
    )
    members = Members(pairs[:, 0], pairs[:, 1], len(of))
    found = indicators()["simultaneity"].formula(
        Given(window="hour", edges=covered, rows={"energy_15min": rows}, sites=[{}] * len(loads), members=members)
    )
    for group, mine in enumerate(of):
        for hour in range(2):
            told = [loads[thing][4 * hour : 4 * hour + 4] for thing in mine]
            whole = [each for each in told if None not in each]
            peaks = sum(max(each) for each in whole)
            expected = max(map(sum, zip(*whole, strict=True))) / peaks if len(whole) >= 2 and peaks else np.nan
            assert found.value[group, hour] == pytest.approx(expected, nan_ok=True)
            assert found.coverage[group, hour] == pytest.approx(len(whole) / max(len(mine), 1))


def test_factors_are_those_of_the_year_and_the_newest_counts_on_as_not_final():
    grams, open_ended = factors("electricity", np.array([2005, 2006, 2023, 2024, 2025, 2026, 2031]))
    assert grams == pytest.approx(np.array([np.nan, 608, 379, 353, 344, 344, 344]), nan_ok=True)
    assert open_ended.tolist() == [False, False, False, True, True, True, True]
    assert not factors("gas", np.array([2026]))[1].any()
    assert np.isnan(factors("peat", np.array([2020]))[0]).all()


def test_who_changes_the_table_raises_the_version():
    assert zlib.crc32(TABLE.read_bytes()) == TABLES[indicators()["co2"].version]
    electricity = [factor for factor in table() if factor.carrier == "electricity"]
    assert [factor.first_year for factor in electricity] == list(range(2006, 2026))
    assert all(factor.first_year <= factor.last_year and factor.source for factor in table())


def test_the_year_of_a_factor_is_the_local_one():
    """New year's night: the day that begins at 23:00 UTC is of the new year."""
    covered = days("2019-12-31", 2)
    ones = np.ones(2)
    rows = Rows.of(1, [0, 0], covered[:-1], [1000.0, 1000.0], coverage=ones, samples=ones.astype(np.int64))
    nothing = Rows.of(1, [], [], [])
    every = {"energy_day": rows, "gas_energy_day": nothing, "heat_energy_day": nothing}
    found = indicators()["co2"].compute(Given(window="day", edges=covered, rows=every, sites=[{}]))
    assert found.value.tolist() == [[409.0, 365.0]]
