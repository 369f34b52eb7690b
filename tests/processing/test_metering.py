"""Interval energy and peak demand against a loop over readings, for meters that restart, roll over and err."""

from __future__ import annotations

import itertools
from math import isnan, nan
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processing.calendar import edges
from processing.due import Touched
from processing.indicator import Given, Results
from processing.indicators import indicators
from processing.metering import EXPORT, HEAT, IMPORT, INPUT, NEIGHBOURS, VOLUME, Metered, Register, metered
from processing.rows import NEVER, Rows
from sensors.kinds import properties
from sensors.quality import Quality
from tests.processing import oracle
from tests.processing.oracle import Reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNHURRIED = settings(deadline=None)
"""A busy machine is slow, not wrong."""
ZONE = "Europe/Berlin"
DAY = np.datetime64("2026-05-31T22:00", "ms")
"""The first of June begins in Berlin."""
BEGIN = int(DAY.astype(int))
MINUTE, HOUR = 60_000, 3_600_000
FULL = 1000.0
SITE = st.fixed_dictionaries({}, optional={"counter_modulus_kwh": st.just(FULL), "max_power_kw": st.just(40.0)})
ANY = st.tuples(st.integers(0, 36 * 60), st.sampled_from([0.0, 5.0, 50.0, 60.0, 95.0, 910.0, 995.0]))
READINGS = st.lists(ANY, max_size=12, unique_by=lambda reading: reading[0]).map(sorted)
STEPS = st.lists(st.tuples(st.integers(1, 90), st.integers(0, 20)), min_size=2, max_size=60)
STEADY = STEPS.map(lambda steps: rolling(steps)[0])
METERS = st.lists(st.tuples(READINGS | STEADY, SITE), min_size=1, max_size=3)
Meters = list[tuple[list[Reading], dict[str, Any]]]
"""Readings by minutes since the beginning, and what the site says."""


def rolling(steps: list[tuple[int, int]]) -> tuple[list[Reading], int]:
    """Read a meter that began at 900 after each (minutes, count), and tell what it counted from first to last."""
    minutes, counts = ([*itertools.accumulate(column)] for column in zip(*steps, strict=True))
    readings = [(minute, (900.0 + count) % FULL) for minute, count in zip(minutes, counts, strict=True)]
    return readings, counts[-1] - counts[0]


def of_meters(window: str, cover: NDArray[np.datetime64], meters: Meters) -> Given:
    flat = [(code, *reading) for code, (readings, _) in enumerate(meters) for reading in readings]
    series, minute, value = zip(*flat, strict=True) if flat else ((), (), ())
    rows = Rows.of(len(meters), series, BEGIN + np.array(minute, dtype=np.int64) * MINUTE, value)
    return Given(window=window, edges=cover, rows={INPUT: rows}, sites=[site for _, site in meters])


def windows(window: str, hours: int) -> NDArray[np.datetime64]:
    return edges(window, DAY, DAY + np.timedelta64(hours, "h"), ZONE)


def gathered(window: str, hours: int, meters: Meters) -> Metered:
    cover = windows(window, hours)
    return metered(of_meters(window, cover, meters), cover)


def computed(indicator: str, window: str, hours: int, meters: Meters) -> Results:
    return indicators()[indicator].compute(of_meters(window, windows(window, hours), meters))


def energy(readings: list[Reading], site: dict[str, Any], start: int, end: int) -> tuple[float, float]:
    """Give the energy of a window, NaN where nothing is known, and its coverage; times in minutes."""
    kept = oracle.without_glitches(readings, 120)
    amount, reached, known = 0.0, 0, 0
    for (a, before), (b, after) in itertools.pairwise(kept):
        rise, _ = oracle.counted(before, after, site.get("counter_modulus_kwh", nan))
        most = site.get("max_power_kw", nan) * max((b - a) / 60, 0.25)
        shared = oracle.shared_time(a, b, start, end)
        if b - a <= 720 and not rise > most:
            amount += rise * shared / (b - a)
            reached += shared
            known += shared if b - a <= 120 else 0
    return (amount if reached else nan), known / (end - start)


@UNHURRIED
@given(METERS)
@example([([(0, 990.0), (60, 15.0), (90, 20.0), (800, 30.0), (830, 500.0)], {"counter_modulus_kwh": FULL})])
@example([([(0, 100.0), (60, 150.0), (120, 20.0), (180, 60.0)], {"max_power_kw": 40.0})])
def test_energy_is_gathered_step_by_step(meters: Meters):
    found = gathered("15min", 24, meters)
    expected = [
        [energy(readings, site, start, start + 15) for start in range(0, 24 * 60, 15)] for readings, site in meters
    ]
    assert found.amount == pytest.approx(np.array(expected)[:, :, 0], abs=1e-9, nan_ok=True)
    assert (found.coverage == np.array(expected)[:, :, 1]).all()


@UNHURRIED
@given(METERS)
@example([([(5 * step, float(step % 7 * step)) for step in range(300)], {})])
def test_peak_demand_is_the_greatest_wholly_known_quarter_hour(meters: Meters):
    given_day = of_meters("day", windows("day", 24), meters)
    found = indicators()["peak_demand"].formula(given_day)
    for number, (readings, site) in enumerate(meters):
        quarters = [energy(readings, site, start, start + 15) for start in range(0, 24 * 60, 15)]
        whole = [4 * amount for amount, known in quarters if known == 1.0]
        assert found.value[number, 0] == pytest.approx(max(whole, default=nan), abs=1e-9, nan_ok=True)
        assert found.coverage[number, 0] == pytest.approx(len(whole) / 96)


@UNHURRIED
@given(METERS)
def test_quarter_hours_add_up_to_hours_and_hours_to_days(meters: Meters):
    quarter, hour, day = (np.nan_to_num(gathered(window, 48, meters).amount) for window in ("15min", "hour", "day"))
    assert quarter.reshape(len(meters), 48, 4).sum(axis=2) == pytest.approx(hour, abs=1e-9)
    assert hour.reshape(len(meters), 2, 24).sum(axis=2) == pytest.approx(day, abs=1e-9)


@UNHURRIED
@given(STEPS)
@example([(60, 20)] * 60)
def test_all_that_was_counted_within_two_days_is_in_them(steps: list[tuple[int, int]]):
    steps = [(minutes % 48 + 1, count) for minutes, count in steps]
    readings, counted = rolling(steps)
    found = gathered("15min", 48, [(readings, {"counter_modulus_kwh": FULL})])
    assert np.nansum(found.amount) == pytest.approx(counted, abs=1e-9)


def test_counter_reset_in_an_hourly_meter():
    """100, 150, 20, 60: 110 kWh in all, and the hour of the restart is SUSPECT."""
    found = computed("energy", "hour", 3, [([(0, 100.0), (60, 150.0), (120, 20.0), (180, 60.0)], {})])
    assert found.value.tolist() == [[50.0, 20.0, 40.0]]
    assert found.quality.tolist() == [[Quality.GOOD, Quality.SUSPECT, Quality.GOOD]]


def test_doubt_reaches_into_every_window_that_a_step_does():
    """Restarted between the readings at 15 and 75 minutes: all four quarter hours are SUSPECT, and none beyond."""
    found = gathered("15min", 2, [([(0, 100.0), (15, 110.0), (75, 20.0), (120, 30.0)], {})])
    assert found.quality.tolist() == [[Quality.GOOD, *[Quality.SUSPECT] * 4, *[Quality.GOOD] * 3]]


def test_load_factor():
    """1,200 kWh in a day of 24 h whose peak quarter hour is 100 kW: half of what the peak could have given."""
    rises = [25.0 if quarter == 48 else 1175.0 / 95 for quarter in range(96)]
    readings = [(15 * quarter, count) for quarter, count in enumerate(itertools.accumulate([0.0, *rises]))]
    of_day = computed("energy", "day", 24, [(readings, {})]).value
    peak = computed("peak_demand", "day", 24, [(readings, {})]).value
    assert of_day == pytest.approx(np.array([[1200.0]]))
    assert peak == pytest.approx(np.array([[100.0]]))
    assert of_day / (peak * 24) == pytest.approx(np.array([[0.50]]))


def test_a_gap_is_spread_as_an_estimate_but_not_known():
    """Readings 2 h apart are known, up to 12 h spread and doubted, beyond that nothing."""
    for minutes, coverage, amount in ((120, 1.0, 12.0), (121, 0.0, 12.0), (720, 0.0, 12.0), (721, 0.0, nan)):
        found = gathered("hour", 1, [([(0, 0.0), (minutes, 12.0 * minutes / 60)], {})])
        assert found.coverage.tolist() == [[coverage]]
        assert found.amount == pytest.approx(np.array([[amount]]), nan_ok=True)
    # Enough is known here to state a value; part of it is an estimate.
    partly = computed("energy", "day", 24, [([(0, 0.0), (1200, 10.0), (1320, 11.0), (1440, 12.0)], {})])
    assert isnan(partly.value[0, 0])
    readings = [*((60 * hour, float(hour)) for hour in range(21)), (1440, 24.0)]
    mostly = computed("energy", "day", 24, [(readings, {})])
    assert mostly.value == pytest.approx(np.array([[24.0]]))
    assert mostly.coverage == pytest.approx(np.array([[20 / 24]]))
    assert mostly.quality.tolist() == [[Quality.SUSPECT]]


def test_more_than_the_connection_carries_counts_nothing():
    """At most 40 kW: 40 kWh in an hour are possible, 41 are not; a coarse counter may step within a minute."""
    for minutes, rise, possible in ((60, 40.0, True), (60, 41.0, False), (1, 10.0, True), (1, 10.5, False)):
        found = gathered("hour", 1, [([(0, 0.0), (minutes, rise)], {"max_power_kw": 40})])
        assert found.amount == pytest.approx(np.array([[rise if possible else nan]]), nan_ok=True)
        assert found.coverage == pytest.approx(np.array([[minutes / 60 * possible]]))


@pytest.mark.parametrize("register", [IMPORT, EXPORT, HEAT, VOLUME], ids=lambda register: register.input)
def test_a_register_is_known_for_as_long_as_its_property_holds(register: Register):
    assert register.hold == properties()[register.input].max_hold
    assert register.longest_gap > register.hold


def test_mean_power_is_energy_by_real_hours_and_tells_what_was_interpolated():
    """Read every 20 minutes from five past on: of the edges of quarter hours those at 45 minutes meet a reading."""
    readings = [(minute, minute / 6) for minute in range(-15, 24 * 60 + 40, 20)]
    found = computed("mean_power", "15min", 24, [(readings, {})])
    assert found.value == pytest.approx(np.full((1, 96), 10.0))
    assert found.parts["interpolated"].min() == 0.5
    on_the_mark = computed("mean_power", "hour", 24, [([(60 * hour, 3.0 * hour) for hour in range(25)], {})])
    assert on_the_mark.value == pytest.approx(np.full((1, 24), 3.0))
    assert not on_the_mark.parts["interpolated"].any()


def test_mean_power_of_a_partly_known_window_is_that_of_what_is_known():
    """Twenty hours are known at 6 kW; the energy is 120 kWh, the mean power is not 120 kWh / 24 h."""
    readings = [(60 * hour, 6.0 * hour) for hour in range(21)]
    found = computed("mean_power", "day", 24, [(readings, {})])
    assert found.value == pytest.approx(np.array([[6.0]]))
    assert found.coverage == pytest.approx(np.array([[20 / 24]]))
    assert found.quality.tolist() == [[Quality.SUSPECT]]


@pytest.mark.parametrize(
    ("quarter", "hour"), [(0, 0.0), (7, 1.75), (8, 2.0), (11, 2.75), (12, 2.0), (15, 2.75), (99, 23.75)]
)
def test_the_peak_of_an_autumn_day_tells_its_instant_and_the_hour_of_the_clock(quarter: int, hour: float):
    """In the night to 2026-10-25 hour 2 comes twice: the clock says the same, the instants differ."""
    midnight, after = edges("day", np.datetime64("2026-10-25T12:00"), np.datetime64("2026-10-25T13:00"), ZONE)
    times = np.arange(midnight, after + np.timedelta64(1, "m"), np.timedelta64(15, "m"))
    rises = np.where(np.arange(100) == quarter, 5.0, 1.0)
    rows = Rows.of(1, np.zeros(101), times, np.concatenate([[0.0], np.cumsum(rises)]))
    given_day = Given(window="day", edges=np.array([midnight, after]), rows={INPUT: rows}, sites=[{}])
    found = indicators()["peak_demand"].compute(given_day)
    assert found.value.tolist() == [[20.0]]
    assert found.parts["began"].tolist() == [[int(times[quarter].astype(int)) / 1000]]
    assert found.parts["local_hour"].tolist() == [[hour]]


def test_of_equal_peaks_the_first_is_told():
    found = computed("peak_demand", "day", 24, [([(15 * quarter, float(quarter)) for quarter in range(97)], {})])
    assert found.parts["local_hour"].tolist() == [[0.0]]


def test_daily_readings_tell_of_days_and_not_of_hours():
    site: dict[str, Any] = {}
    daily = [(1440 * day + 300, 24.0 * day) for day in range(-1, 3)]
    rows = of_meters("day", windows("day", 24), [(daily, site)]).rows[INPUT]
    for window, expected in (("day", 24.0), ("hour", nan)):
        cover = windows(window, 24)
        given_water = Given(window=window, edges=cover, rows={"total_volume": rows}, sites=[site])
        found = indicators()["water_volume"].compute(given_water)
        assert found.value == pytest.approx(np.full((1, len(cover) - 1), expected), nan_ok=True)


def test_energy_of_gas_needs_its_calorific_value():
    rows = of_meters("day", windows("day", 24), [([(0, 0.0), (1440, 5.0)], {}), ([(0, 0.0), (1440, 5.0)], {})]).rows[
        INPUT
    ]
    sites: list[dict[str, Any]] = [{"kwh_per_m3": 10.0}, {}]
    given_gas = Given(window="day", edges=windows("day", 24), rows={"total_volume": rows}, sites=sites)
    found = indicators()["gas_energy"].compute(given_gas)
    assert found.value == pytest.approx(np.array([[50.0], [nan]]), nan_ok=True)
    assert found.coverage.tolist() == [[1.0], [0.0]]
    assert found.samples[1, 0] == 0


CHANGE = st.tuples(st.integers(0, 30 * 60), st.sampled_from([0.0, 40.0, 500.0, 999.0]))


@settings(deadline=None, max_examples=30)
@given(READINGS | STEADY, CHANGE, st.sampled_from(["told", "refused"]))
@example([(5 * step, float(step)) for step in range(300)], (607, 0.0), False)
def test_no_window_changes_beyond_the_neighbours_of_what_changed(readings: list[Reading], change: Reading, how: str):
    """Add one reading to a meter, correct it or take it away: compare with all windows computed anew."""
    earlier = [one for one in readings if one[0] != change[0]]
    after = earlier if how == "refused" else sorted([*earlier, change])
    before, now = (gathered("15min", 36, [(each, {})]) for each in (readings, after))
    at = np.array([BEGIN + change[0] * MINUTE])
    near = Touched(at, at).between(
        of_meters("15min", windows("15min", 36), [(after, {})]).rows[INPUT], NEIGHBOURS.readings
    )
    cover = windows("15min", 36).astype(np.int64)
    untouched = (cover[1:] <= near.first[0]) | (cover[:-1] >= near.last[0])
    for name in ("amount", "hours", "coverage", "samples", "quality"):
        old, new = (getattr(each, name)[0, untouched] for each in (before, now))
        assert old == pytest.approx(new, abs=1e-9, nan_ok=True), name


def test_of_a_dense_series_few_windows_are_near_to_a_change():
    rows = of_meters("15min", windows("15min", 24), [([(5 * step, 1.0 * step) for step in range(200)], {})]).rows[INPUT]
    at = np.array([BEGIN + 500 * MINUTE])
    near = Touched(at, at).between(rows, NEIGHBOURS.readings)
    assert (near.first[0], near.last[0]) == (BEGIN + 480 * MINUTE, BEGIN + 520 * MINUTE)
    none = Touched(at, at).between(rows.take(rows.time < 0), NEIGHBOURS.readings)
    assert (none.first[0], none.last[0]) == (-NEVER, NEVER)
