"""The baseline against numpy's least squares over a design matrix, its limits, and anomalies put into a quiet year."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.baseline import BENDS, ENERGY, TEMPERATURE, Hours, fit, hour_of_week, models, quality_of_fit
from processing.calendar import edges
from processing.indicator import Given, Results
from processing.indicators import indicators
from processing.indicators.anomaly import pairs
from processing.local import months_before
from processing.rows import Rows
from sensors.quality import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNHURRIED = settings(deadline=None, max_examples=20)
"""A busy machine is slow, not wrong."""
ZONE = "Europe/Berlin"
FIRST = np.datetime64("2026-02-28T23:00", "ms")
"""The first of March begins in Berlin."""
DAYS = edges("day", FIRST, FIRST + np.timedelta64(36, "D"), ZONE)
"""All of March, with its day of 23 hours, and some days of April."""
COVER = edges("hour", np.datetime64("2025-02-28T23:00"), DAYS[-1], ZONE)
START = COVER[:-1].view(np.int64)
CLOCKS = [datetime.fromtimestamp(time / 1000, UTC).astimezone(ZoneInfo(ZONE)) for time in START.tolist()]
FREE = holidays.country_holidays("DE", subdiv="MV", years=[2025, 2026])
OF_WEEK = np.array([24 * (6 if clock.date() in FREE else clock.weekday()) + clock.hour for clock in CLOCKS])
COLD = np.array(
    [9 - 9 * np.cos((clock.timetuple().tm_yday - 20) / 58.1) + 4 * np.sin(clock.hour / 3.8) for clock in CLOCKS]
)
TRAINED = FIRST.astype(np.int64) > START


def usual(temperature: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take more from 7 to 19 on working days, and 0.5 kWh for each degree below 15. [kWh]"""
    busy = (OF_WEEK < 5 * 24) & (OF_WEEK % 24 >= 7) & (OF_WEEK % 24 < 19)
    load: NDArray[np.float64] = 4.0 + 6.0 * busy + 0.5 * np.maximum(15.0 - temperature, 0.0)
    return load


def noisy(seed: int, size: float) -> NDArray[np.float64]:
    noise: NDArray[np.float64] = np.random.default_rng(seed).normal(0.0, size, len(START))
    return noise


def rows(*columns: NDArray[np.float64], flag: int = Quality.GOOD) -> Rows:
    told = [np.flatnonzero(~np.isnan(column)) for column in columns]
    series = np.repeat(np.arange(len(columns)), [len(each) for each in told])
    place, value = np.concatenate(told), np.concatenate([each[mine] for each, mine in zip(columns, told, strict=True)])
    ones = np.ones(len(place))
    return Rows.of(len(columns), series, START[place], value, flag, coverage=ones, samples=ones.astype(np.int64))


def asked(energy: Rows, temperature: Rows, days: NDArray[np.datetime64] = DAYS) -> Given:
    read = {ENERGY: energy, TEMPERATURE: temperature}
    return Given(window="day", edges=days, rows=read, sites=[{}] * energy.count, zone=ZONE, land="MV")


def computed(name: str, energy: NDArray[np.float64], temperature: NDArray[np.float64] = COLD) -> Results:
    return indicators()[name].compute(asked(rows(energy), rows(temperature)))


def test_golden_vector_of_cv_rmse_and_nmbe():
    """y 100,120,80,110,90; fit 95,125,85,100,90; p = 1: CV(RMSE) 6.61 %, NMBE +1.25 %."""
    actual, fitted = np.array([[100.0, 120, 80, 110, 90]]), np.array([[95.0, 125, 85, 100, 90]])
    cv_rmse, nmbe = quality_of_fit(actual, fitted, np.array([1]))
    assert cv_rmse == pytest.approx([6.61], abs=0.005)
    assert nmbe == pytest.approx([1.25])
    with_gap = np.insert(actual, 2, np.nan, axis=1), np.insert(fitted, 2, 7.0, axis=1)
    assert quality_of_fit(*with_gap, np.array([1])) == (cv_rmse, nmbe)
    assert np.isnan(quality_of_fit(actual, fitted, np.array([5]))).all()
    assert np.isnan(quality_of_fit(np.zeros((1, 5)), fitted, np.array([1]))).all()


def test_hours_of_the_week_are_local_and_holidays_sundays():
    given_days = asked(rows(usual(COLD)), rows(COLD))
    assert hour_of_week(START, given_days).tolist() == OF_WEEK.tolist()


@pytest.mark.parametrize(("seed", "gaps"), [(1, 0.0), (2, 0.2)])
def test_the_fit_is_that_of_least_squares_over_a_design_matrix(seed: int, gaps: float):
    rng = np.random.default_rng(seed)
    energy = usual(COLD) + noisy(seed, 1.0)
    energy[rng.random(len(energy)) < gaps] = np.nan
    temperature = np.where(rng.random(len(COLD)) < gaps, np.nan, COLD)
    hours = Hours(START[TRAINED], OF_WEEK[TRAINED], energy[np.newaxis, TRAINED], temperature[np.newaxis, TRAINED])
    model = fit(hours)
    use = TRAINED & ~np.isnan(energy) & ~np.isnan(temperature)
    constants = (OF_WEEK[use, np.newaxis] == np.arange(168)).astype(float)
    lines = np.column_stack([temperature[use], *(np.maximum(temperature[use] - bend, 0) for bend in BENDS)])
    design = np.column_stack([constants, lines])
    solution, _, rank, _ = np.linalg.lstsq(design, energy[use], rcond=1e-12)
    assert model.expected(hours)[0, use[TRAINED]] == pytest.approx(design @ solution, rel=1e-6)
    assert model.parameters.tolist() == [rank]
    rest = energy[use] - design @ solution
    assert model.cv_rmse[0] == pytest.approx(100 * np.sqrt((rest**2).sum() / (use.sum() - rank)) / energy[use].mean())
    assert model.nmbe[0] == pytest.approx(0.0, abs=1e-6)
    for hour in (0, 35, 150):
        mine = rest[OF_WEEK[use] == hour]
        assert model.scale[0, hour] == pytest.approx(1.4826 * np.median(np.abs(mine - np.median(mine))), rel=1e-5)


def test_a_bias_over_the_months_of_the_fit_is_none_and_what_changed_among_them_shows_in_the_deviation():
    """The building takes 2 kWh more in every hour since December: no bias, but more than expected in March, too."""
    energy = usual(COLD) + 2.0 * (np.datetime64("2025-12-01", "ms").astype(np.int64) <= START)
    found = computed("baseline", energy)
    assert found.parts["nmbe"] == pytest.approx(np.zeros((1, len(DAYS) - 1)), abs=1e-6)
    assert (found.parts["actual"][0] > 1.05 * found.parts["expected"][0]).all()


def test_what_follows_hour_and_weather_is_foretold():
    """The truth bends at 15 degrees, as the model does: nothing is left over but the noise."""
    energy = usual(COLD) + noisy(3, 0.3)
    found, truth = computed("baseline", energy), usual(COLD)
    assert (found.value < 100 * 0.35 / truth.mean()).all()
    day = np.searchsorted(START, DAYS.view(np.int64))
    expected = [truth[begin:end].sum() for begin, end in itertools.pairwise(day)]
    assert found.parts["expected"][0] == pytest.approx(expected, rel=0.03)
    assert found.parts["hours"][0].tolist() == [end - begin for begin, end in itertools.pairwise(day)]
    assert set(found.parts["hours"][0]) == {23.0, 24.0}


def test_energy_saved_shows_as_a_deviation_below_zero():
    saved = np.where(TRAINED, usual(COLD), 0.9 * usual(COLD))
    found = computed("baseline", saved + noisy(4, 0.1))
    daily = {
        f"baseline_{part}_day": Rows.of(
            1,
            np.zeros(len(DAYS) - 1),
            DAYS[:-1],
            found.parts[part][0],
            coverage=np.ones(len(DAYS) - 1),
            samples=np.full(len(DAYS) - 1, 24),
        )
        for part in ("actual", "expected", "hours")
    }
    deviation = indicators()["energy_deviation"].compute(Given(window="day", edges=DAYS, rows=daily, sites=[{}]))
    march = slice(0, 31)
    assert (deviation.value / deviation.parts["expected"])[0, march] == pytest.approx(np.full(31, -0.1), abs=0.02)
    assert deviation.coverage == pytest.approx(np.ones((1, len(DAYS) - 1)))


@pytest.mark.parametrize(("noise", "accepted"), [(0.5, True), (6.0, False)])
def test_a_model_that_does_not_fit_expects_nothing(noise: float, accepted: bool):  # noqa: FBT001
    found = computed("baseline", np.maximum(usual(COLD) + noisy(5, noise), 0.0))
    assert ((found.value <= 30.0) == accepted).all()
    assert (np.isnan(found.parts["expected"]) == (not accepted)).all()
    assert np.isnan(computed("anomaly", np.maximum(usual(COLD) + noisy(5, noise), 0.0)).value).all() == (not accepted)


def test_a_day_alone_comes_out_as_among_others_and_without_what_lies_farther_back():
    """A change before the twelve months of April does not matter to its days."""
    energy = usual(COLD) + noisy(6, 0.5)
    early = np.datetime64("2025-03-31T22:00", "ms").astype(np.int64) > START
    for name in ("baseline", "anomaly"):
        one = indicators()[name]
        every = one.compute(asked(rows(energy), rows(COLD)))
        for number in (0, 28, 30, 31, 35):
            alone = one.compute(asked(rows(energy), rows(COLD), DAYS[number : number + 2]))
            assert alone.value[:, 0] == pytest.approx(every.value[:, number], rel=1e-12)
            for part in alone.parts:
                assert alone.parts[part][:, 0] == pytest.approx(
                    every.parts[part][:, number], rel=1e-9, abs=1e-9, nan_ok=True
                )
        april = asked(rows(np.where(early, 99.0, energy)), rows(COLD), DAYS[31:])
        assert one.compute(april).value == pytest.approx(every.value[:, 31:])


def test_months_before_are_local():
    found = months_before(DAYS[[0, 30, 31]].view(np.int64), 12, ZONE).view("datetime64[ms]")
    assert found.tolist() == [
        datetime(2025, 2, 28, 23),  # noqa: DTZ001
        datetime(2025, 2, 28, 23),  # noqa: DTZ001
        datetime(2025, 3, 31, 22),  # noqa: DTZ001
    ]


def test_a_burst_of_three_hours_is_an_anomaly_and_one_of_a_single_hour_is_none():
    quiet = usual(COLD) + noisy(7, 0.2)
    begin = int(np.searchsorted(START, np.datetime64("2026-03-14T01:00", "ms").astype(np.int64)))
    burst = quiet.copy()
    burst[begin : begin + 3] += 20.0
    burst[begin + 24 * 3] += 20.0
    found = computed("anomaly", burst)
    day = 13
    assert found.parts["hours"][0, day] == 3.0
    assert found.parts["excess"][0, day] == pytest.approx(60.0, abs=2.0)
    assert found.parts["local_hour"][0, day] in (2.0, 3.0)
    assert found.value[0, day] > 20
    others = np.delete(found.parts["hours"][0], day)
    assert others.sum() <= 2
    assert found.parts["hours"][0, day + 3] == 0.0


def test_doubted_hours_are_neither_learnt_nor_judged():
    energy = usual(COLD) + noisy(8, 0.2)
    doubted = np.where(TRAINED, Quality.GOOD, Quality.SUSPECT)
    told = rows(energy)
    given_days = asked(replace(told, quality=doubted.astype(np.uint8)), rows(COLD))
    assert np.isnan(indicators()["anomaly"].compute(given_days).value).all()


def test_without_a_weather_station_only_the_hour_of_the_week_counts():
    nothing = np.full(len(START), np.nan)
    found = computed("baseline", usual(np.full(len(START), 15.0)) + noisy(9, 0.2), nothing)
    assert (found.parts["parameters"] == 168).all()
    assert (found.value < 5).all()


def test_each_month_has_its_own_model():
    given_days = asked(rows(usual(COLD)), rows(COLD))
    assert [month.windows.tolist() for month in models(given_days)] == [list(range(31)), list(range(31, 37))]


@UNHURRIED
@given(st.lists(st.integers(-6, 6) | st.none(), min_size=2, max_size=12))
def test_pairs_have_in_common_what_a_loop_says(z: list[int | None]):
    both = pairs(np.array([[[np.nan if one is None else float(one) for one in z]]]))[0, 0]
    told = [one or 0 for one in z]
    for place in range(1, len(told)):
        neighbours = [told[place - 1], *told[place + 1 : place + 2]]
        common = [min(abs(told[place]), abs(other)) for other in neighbours if told[place] * other > 0]
        assert both[place - 1] == max(common, default=0)
