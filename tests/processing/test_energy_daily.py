"""Load shapes, ratios and sums of days against a loop, on both days on which the clocks are set, alone and together."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.calendar import edges
from processing.indicator import Given, Results
from processing.indicators import indicators
from processing.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

UNHURRIED = settings(deadline=None, max_examples=20)
"""A busy machine is slow, not wrong."""
ZONE = "Europe/Berlin"
SEEDS = st.integers(0, 1000)
BEGINS = st.sampled_from(["2026-01-05", "2026-03-25", "2026-05-12", "2026-10-21", "2025-12-22"])
"""Local days from which ten are looked at: among them both changes of the clock, Ascension Day and Christmas."""
TENTH = 10.0


def cover(window: str, begin: str, days: int) -> NDArray[np.datetime64]:
    noon = np.datetime64(f"{begin}T12:00")
    return edges(window, noon, noon + np.timedelta64(24 * (days - 1) + 1, "h"), ZONE)


def rows_of(starts: NDArray[np.datetime64], *values: NDArray[np.float64]) -> Rows:
    """Make rows of a thing for each column of values; those that are not known are left out."""
    told = [np.flatnonzero(~np.isnan(each)) for each in values]
    series = np.repeat(np.arange(len(values)), [len(each) for each in told])
    place = np.concatenate([np.empty(0, dtype=np.int64), *told])
    value = np.concatenate([np.empty(0), *(each[mine] for each, mine in zip(values, told, strict=True))])
    ones = np.ones(len(place))
    return Rows.of(len(values), series, starts[place], value, coverage=ones, samples=ones.astype(np.int64))


def asked(
    name: str, window: str, covered: NDArray[np.datetime64], rows: Mapping[str, Rows], sites: list[dict[str, Any]]
) -> Given:
    every = {one: rows.get(one, Rows.of(len(sites), [], [], [])) for one in indicators()[name].inputs}
    return Given(window=window, edges=covered, rows=every, sites=sites, zone=ZONE, land="MV")


def alone(name: str, given_all: Given) -> Results:
    """Compute each window by itself and put the results side by side."""
    each = [
        indicators()[name].compute(replace(given_all, edges=given_all.edges[number : number + 2]))
        for number in range(len(given_all.edges) - 1)
    ]
    beside = {
        column: np.concatenate([getattr(one, column) for one in each], axis=1)
        for column in ("value", "coverage", "samples", "quality")
    }
    parts = {part: np.concatenate([one.parts[part] for one in each], axis=1) for part in each[0].parts}
    return Results(**beside, parts=parts)


def same(one: Results, other: Results) -> None:
    assert np.array_equal(one.value, other.value, equal_nan=True)
    assert np.array_equal(one.coverage, other.coverage)
    assert np.array_equal(one.samples, other.samples)
    assert np.array_equal(one.quality, other.quality)
    assert all(np.array_equal(one.parts[part], other.parts[part], equal_nan=True) for part in one.parts)


def clock(start: np.datetime64) -> datetime:
    return datetime.fromtimestamp(int(start.astype("datetime64[s]").astype(int)), UTC).astimezone(ZoneInfo(ZONE))


def drawn(seed: int, count: int, gaps: float = 0.1) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(count) < gaps, np.nan, np.round(rng.gamma(2.0, 3.0, count), 2))


def test_load_factor_of_the_golden_vector():
    """1,200 kWh/day, peak 15-min 100 kW: 0.50."""
    start = cover("day", "2026-06-01", 1)
    rows = {
        "mean_power_day": rows_of(start, np.array([1200 / 24])),
        "peak_demand_day": rows_of(start, np.array([100.0])),
    }
    assert indicators()["load_factor"].compute(asked("load_factor", "day", start, rows, [{}])).value.tolist() == [[0.5]]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_load_factor_counts_real_hours(day: str, hours: int):
    """A week that ends with the day on which the clocks are set, read from the meter on: E / (P * hours)."""
    covered = cover("week", day, 1)
    assert (covered[1] - covered[0]) / np.timedelta64(1, "h") == 6 * 24 + hours
    quarters = edges("15min", covered[0] - np.timedelta64(1, "D"), covered[1] + np.timedelta64(1, "D"), ZONE)
    rises = drawn(7, len(quarters) - 1, 0.0)
    register = np.concatenate([[0.0], np.cumsum(rises)])
    of_days = edges("day", covered[0], covered[1], ZONE)
    meter = {"total_active_energy_import": Rows.of(1, np.zeros(len(quarters)), quarters, register)}
    daily = {
        f"{name}_day": indicators()[name].compute(Given(window="day", edges=of_days, rows=meter, sites=[{}])).value[0]
        for name in ("mean_power", "peak_demand")
    }
    rows = {name: rows_of(of_days, values) for name, values in daily.items()}
    found = indicators()["load_factor"].compute(asked("load_factor", "week", covered, rows, [{}]))
    inside = rises[96:-96]
    assert len(inside) == 4 * (6 * 24 + hours)
    assert found.value[0, 0] == pytest.approx(inside.sum() / (4 * inside.max() * (6 * 24 + hours)))


def test_a_load_factor_above_one_is_cut_and_doubted():
    start = cover("day", "2026-06-01", 1)
    rows = {"mean_power_day": rows_of(start, np.array([11.0])), "peak_demand_day": rows_of(start, np.array([10.0]))}
    found = indicators()["load_factor"].compute(asked("load_factor", "day", start, rows, [{}]))
    assert (found.value.tolist(), found.quality.tolist()) == ([[1.0]], [[3]])


@UNHURRIED
@given(SEEDS, BEGINS)
def test_base_load_is_a_percentile_of_seven_local_days(seed: int, begin: str):
    covered = cover("day", begin, 4)
    quarters = edges("15min", covered[0] - np.timedelta64(8, "D"), covered[-1], ZONE)
    taken, own = (drawn(seed + offset, len(quarters) - 1, gaps) for offset, gaps in ((0, 0.15), (1, 0.05)))
    rows = {
        "energy_15min": rows_of(quarters, taken, taken),
        "pv_used_15min": rows_of(quarters, own, np.full(len(own), np.nan)),
    }
    given_days = asked("base_load", "day", covered, rows, [{"pv_plant": "roof"}, {"pv_plant": ""}])
    found = indicators()["base_load"].compute(given_days)
    for number, end in enumerate(covered[1:]):
        first = cover("day", str((clock(covered[number])).date()), 1)[0]
        week = edges("day", first - np.timedelta64(6 * 24 - 12, "h"), end, ZONE)[0]
        mine = (quarters[:-1] >= week) & (quarters[:-1] < end)
        for thing, power in enumerate((4 * (taken + own), 4 * taken)):
            told = power[mine][~np.isnan(power[mine])]
            assert found.coverage[thing, number] == pytest.approx(len(told) / mine.sum())
            expected = np.percentile(told, [2.5, 97.5]) if len(told) / mine.sum() >= 0.75 else [np.nan, np.nan]
            shown = [found.value[thing, number], found.parts["high"][thing, number]]
            assert shown == pytest.approx(expected, nan_ok=True)
    same(found, alone("base_load", given_days))


@UNHURRIED
@given(SEEDS, BEGINS)
def test_nights_and_days_are_told_apart_by_the_clock_on_the_wall(seed: int, begin: str):
    covered = cover("day", begin, 6)
    quarters = edges("15min", covered[0], covered[-1], ZONE)
    taken = drawn(seed, len(quarters) - 1)
    given_days = asked("night_energy", "day", covered, {"energy_15min": rows_of(quarters, taken)}, [{}])
    found = indicators()["night_energy"].compute(given_days)
    for number, (start, end) in enumerate(itertools.pairwise(covered)):
        told = [
            (value, not 6 <= clock(quarter).hour < 22)
            for quarter, value in zip(quarters[:-1], taken, strict=True)
            if start <= quarter < end and not np.isnan(value)
        ]
        night, day = ([value for value, dark in told if dark is wanted] for wanted in (True, False))
        shown = [found.value[0, number], *(found.parts[name][0, number] for name in ("hours", "rest", "rest_hours"))]
        assert shown == pytest.approx([sum(night), len(night) / 4, sum(day), len(day) / 4])
    same(found, alone("night_energy", given_days))


def test_night_to_day_of_a_constant_load_is_one_whatever_the_clocks_do():
    for begin in ("2026-03-23", "2026-10-19"):
        covered = cover("day", begin, 7)
        quarters = edges("15min", covered[0], covered[-1], ZONE)
        rows = {"energy_15min": rows_of(quarters, np.full(len(quarters) - 1, 2.5))}
        nights = indicators()["night_energy"].compute(asked("night_energy", "day", covered, rows, [{}]))
        assert set(nights.parts["hours"][0]) == {8.0, 7.0 if begin < "2026-06" else 9.0}
        parts = {"": nights.value, **nights.parts}
        daily = {
            "_".join(filter(None, ("night_energy", part, "day"))): rows_of(covered, each[0])
            for part, each in parts.items()
        }
        week = asked("night_day_ratio", "week", cover("week", begin, 1), daily, [{}])
        assert indicators()["night_day_ratio"].compute(week).value == pytest.approx(np.array([[1.0]]))


@UNHURRIED
@given(SEEDS, BEGINS)
def test_weekends_and_holidays_are_told_apart_from_working_days(seed: int, begin: str):
    covered = cover("month", begin, 1)
    days = edges("day", covered[0], covered[-1], ZONE)
    power, free = drawn(seed, len(days) - 1), holidays.country_holidays("DE", subdiv="MV")
    given_month = asked("weekend_ratio", "month", covered, {"mean_power_day": rows_of(days, power)}, [{}])
    found = indicators()["weekend_ratio"].formula(given_month)
    sums = {True: [0.0, 0.0], False: [0.0, 0.0]}
    for start, end, value in zip(days[:-1], days[1:], power, strict=True):
        date, hours = clock(start).date(), (end - start) / np.timedelta64(1, "h")
        if not np.isnan(value):
            of = sums[date.weekday() >= 5 or date in free]
            of[0], of[1] = of[0] + value * hours, of[1] + hours
    expected = (sums[True][0] / sums[True][1]) / (sums[False][0] / sums[False][1])
    assert found.value[0, 0] == pytest.approx(expected)


MADE, LOAD = np.array([0.0, 2.0, 5.0, 1.0]), np.array([1.0, 1.0, 2.0, 2.0])
"""The golden vector: kWh by quarter hour."""


def own_use(window: str, made: NDArray[np.float64], load: NDArray[np.float64], *, metered_load: bool) -> Results:
    """Compute what of ``made`` was used, by a meter of all use, or by one of what the grid gave and took."""
    covered = cover("15min", "2026-06-01", 1)[0] + np.arange(len(made) + 1) * np.timedelta64(15, "m")
    taken, fed = (
        (load, np.full(len(load), np.nan)) if metered_load else (np.maximum(load - made, 0), np.maximum(made - load, 0))
    )
    rows = {
        "energy_15min": rows_of(covered, taken),
        "energy_export_15min": rows_of(covered, fed),
        "generation_15min": rows_of(covered, made),
    }
    span = covered if window == "15min" else covered[[0, -1]]
    return indicators()["pv_used"].compute(asked("pv_used", window, span, rows, [{"meters_load": metered_load}]))


@pytest.mark.parametrize("counted", ["use", "grid"])
def test_pv_resolution_of_the_golden_vector(counted: str):
    """Self-consumption 0.50, self-sufficiency 0.6667; on the summed hour it would be 0.75 and 1.00."""
    found = own_use("hour", MADE, LOAD, metered_load=counted == "use")
    day = cover("day", "2026-06-01", 1)
    parts = {"": found.value, **found.parts}
    rows = {"_".join(filter(None, ("pv_used", part, "day"))): rows_of(day, each[0]) for part, each in parts.items()}
    for name, share in (("self_consumption", 0.5), ("self_sufficiency", 2 / 3)):
        assert indicators()[name].compute(asked(name, "day", day, rows, [{}])).value == pytest.approx(
            np.array([[share]])
        )
    of_sums = min(MADE.sum(), LOAD.sum())
    assert (of_sums / MADE.sum(), of_sums / LOAD.sum()) == (0.75, 1.0)


@UNHURRIED
@given(SEEDS)
def test_both_ways_to_meter_own_use_agree(seed: int):
    made, load = drawn(seed, 8), drawn(seed + 5000, 8)
    one, other = (own_use("15min", made, load, metered_load=way) for way in (True, False))
    assert one.value == pytest.approx(other.value, nan_ok=True)
    for part in ("generated", "consumption"):
        assert one.parts[part] == pytest.approx(other.parts[part], nan_ok=True)
    assert one.value[0] == pytest.approx(np.minimum(made, load), nan_ok=True)


def test_what_a_meter_without_a_plant_says_of_own_use_is_nothing_at_all():
    """No coverage and no samples: such a result is never written."""
    covered = cover("day", "2026-06-01", 1)
    quarters = edges("15min", covered[0], covered[1], ZONE)
    rows = {"energy_15min": rows_of(quarters, np.ones(len(quarters) - 1))}
    found = indicators()["pv_used"].compute(asked("pv_used", "day", covered, rows, [{}]))
    assert (found.coverage.tolist(), found.samples.tolist()) == ([[0.0]], [[0]])
    assert np.isnan(found.value).all()


@UNHURRIED
@given(SEEDS, BEGINS)
def test_a_year_of_energy_by_area_is_365_local_days(seed: int, begin: str):
    covered = cover("day", begin, 3)
    days = edges("day", covered[0] - np.timedelta64(370, "D"), covered[-1], ZONE)
    taken = drawn(seed, len(days) - 1, 0.05)
    given_days = asked(
        "energy_intensity", "day", covered, {"energy_day": rows_of(days, taken)}, [{"floor_area_m2": 200}]
    )
    found = indicators()["energy_intensity"].compute(given_days)
    for number, end in enumerate(covered[1:]):
        until = int(np.searchsorted(days, end))
        year = taken[until - 365 : until]
        assert found.value[0, number] == pytest.approx(365 * np.nanmean(year) / 200)
        assert found.coverage[0, number] == pytest.approx(np.count_nonzero(~np.isnan(year)) / 365)
    same(found, alone("energy_intensity", given_days))


def test_warm_days_do_not_count_for_heat_by_degree_day():
    """Ten degree days, 120 kWh on the cold ones and 50 kWh on the warm: 12 kWh for each degree."""
    covered = cover("week", "2026-04-06", 1)
    days = edges("day", covered[0], covered[1], ZONE)
    rows = {
        "heat_energy_day": rows_of(days, np.array([60.0, 36.0, 24.0, 20.0, 15.0, 10.0, 5.0])),
        "heating_degree_days_day": rows_of(days, np.array([5.0, 3.0, 2.0, 0.0, 0.0, 0.0, 0.0])),
    }
    found = indicators()["heat_per_degree_day"].compute(asked("heat_per_degree_day", "week", covered, rows, [{}]))
    assert found.value == pytest.approx(np.array([[12.0]]))
    assert found.parts["degree_days"].tolist() == [[10.0]]


@pytest.mark.parametrize(("degrees", "expected"), [(15.0, 0.0), (14.999, 5.001), (-10.0, 30.0), (25.0, 0.0)])
def test_degree_days_follow_the_rule_of_20_and_15(degrees: float, expected: float):
    for day in ("2026-03-29", "2026-10-25"):
        covered = cover("day", day, 1)
        hours = np.arange(covered[0], covered[1], np.timedelta64(1, "h"))
        rows = Rows.of(1, np.zeros(len(hours)), hours, np.full(len(hours), degrees))
        asked_day = Given(window="day", edges=covered, rows={"outdoor_temperature": rows}, sites=[{}])
        found = indicators()["heating_degree_days"].compute(asked_day)
        assert found.value == pytest.approx(np.array([[expected]]))
        assert found.coverage.tolist() == [[1.0]]
