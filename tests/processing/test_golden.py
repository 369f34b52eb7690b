"""The golden vectors of the definitions, named after their cases, as far as windows and counters carry them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from processing.calendar import edges
from processing.counter import Event, counted
from processing.indicator import Given, Members, Results
from processing.indicators import indicators
from processing.indicators.time_to_full import hours_until_full
from processing.level import theil_sen
from processing.rows import Rows
from processing.windows import cut, time_weighted_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

ZONE = "Europe/Berlin"
HOURLY = edges("hour", np.datetime64("2026-06-01T08:00"), np.datetime64("2026-06-01T09:00"), ZONE)
LOT = Rows.of(1, [0, 0, 0], ["2026-06-01T08:00", "2026-06-01T08:30", "2026-06-01T08:45"], [4.0, 8.0, 6.0])


def minutes(count: int) -> np.timedelta64:
    return np.timedelta64(count, "m")


def test_twa_vs_mean():
    mean, coverage = time_weighted_mean(cut(LOT, HOURLY), minutes(60))
    assert mean.tolist() == [[5.5]]
    assert coverage.tolist() == [[1.0]]


def test_twa_with_hold():
    mean, coverage = time_weighted_mean(cut(LOT, HOURLY), minutes(20))
    assert mean == pytest.approx(np.array([[5.8]]))
    assert coverage == pytest.approx(np.array([[0.8333]]), abs=5e-5)


def test_turnover_duration_utilisation():
    """On 20 spaces 90 vehicles stand for 2 h each within 12 h; what is made of it for them as a group."""
    start, hour = np.datetime64("2026-05-31T22:00"), np.timedelta64(1, "h")
    half_day = np.array([start, start + 12 * hour]).astype("datetime64[ms]")
    comings = [(space, start + turn * minutes(126)) for space in range(20) for turn in range(5 - space % 2)]
    states = [(space, start - hour, 0.0) for space in range(20)]
    states += [row for space, came in comings for row in ((space, came, 1.0), (space, came + 2 * hour, 0.0))]
    series, time, value = zip(*states, strict=True)
    rows = Rows.of(20, series, np.array(time).astype("datetime64[ms]"), value)

    def computed(name: str, given: Mapping[str, Rows]) -> Results:
        members = Members(np.arange(20), np.zeros(20, dtype=np.int64), 1)
        told = Given(window="day", edges=half_day, rows=given, sites=[{}] * 20, members=members)
        return indicators()[name].formula(told)

    came, stays = computed("arrivals", {"occupied": rows}), computed("stays", {"occupied": rows})
    load = stays.parts["hours"]
    assert (came.value.sum(), load.sum(), stays.parts["initially_parked"].sum()) == (90.0, pytest.approx(180.0), 0.0)
    assert load.sum() / (20 * 12) == pytest.approx(0.75)
    assert np.mean(time_weighted_mean(cut(rows, half_day), 24 * hour)[0]) == pytest.approx(0.75)

    def day(values: NDArray[np.float64]) -> Rows:
        # A result knows half of its day: these twelve hours.
        return Rows.of(20, np.arange(20), [start] * 20, values.ravel(), coverage=np.full(20, 0.5))

    turned = computed("turnover", {"arrivals_day": day(came.value)})
    assert turned.value == pytest.approx(np.array([[4.5]]))
    rest = {f"stays_{name}": day(part) for name, part in (("hours_day", load), ("cut_day", stays.parts["cut"]))}
    mean = computed("mean_stay", {"arrivals_day": day(came.value), "stays_day": day(stays.value), **rest})
    assert mean.value == pytest.approx(np.array([[2.0]]))
    assert mean.parts["censored"].tolist() == [[0.0]]


def car_park(name: str, window: str, of: dict[str, Rows], **site: float) -> Results:
    """Compute an indicator of a car park from the morning of a day in June on."""
    covered = edges(window, np.datetime64("2026-06-01T08:00"), np.datetime64("2026-06-01T08:01"), ZONE)
    return indicators()[name].compute(Given(window=window, edges=covered, rows=of, sites=[site]))


def test_occupancy_and_load_of_a_car_park():
    """The vectors of the mean over time, as free spaces of ten: 5.5 vehicles, of which the plain mean makes 6."""
    free = LOT.with_value(10.0 - LOT.value)
    assert car_park("occupancy", "hour", {"available_spot_number": free}, capacity=10).value == pytest.approx(0.55)
    assert car_park("parked_hours", "hour", {"available_spot_number": free}, capacity=10).value == pytest.approx(5.5)


def test_utilisation_is_occupancy():
    """180 space-hours on 20 spaces in 12 h: utilisation 0.75."""
    hours = np.datetime64("2026-05-31T22:00") + np.arange(24) * np.timedelta64(1, "h")
    vehicles = Rows.of(1, np.zeros(24), hours, np.where(np.arange(24) < 12, 15.0, 0.0))
    of = {"occupied_spot_number": vehicles}
    assert car_park("parked_hours", "day", of, capacity=20).value == pytest.approx(180.0)
    assert car_park("occupancy", "day", of, capacity=20).value * 2 == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("readings", "site", "expected"),
    [([100.0, 150.0, 20.0, 60.0], {}, 110.0), ([990.0, 15.0], {"counter_modulus_vehicles": 1000.0}, 25.0)],
)
@pytest.mark.parametrize("name", ["vehicles_arrived", "vehicles_left"])
def test_counters_of_vehicles(name: str, readings: list[float], site: dict[str, float], expected: float):
    """Restarted, and rolled over."""
    times = np.datetime64("2026-06-01T08:00") + np.arange(len(readings)) * np.timedelta64(
        60 // (len(readings) - 1), "m"
    )
    rows = Rows.of(1, np.zeros(len(readings)), times, readings)
    (counter,) = indicators()[name].inputs
    assert car_park(name, "hour", {counter: rows}, **site).value == pytest.approx(expected)


def test_counter_reset():
    hours = np.arange("2026-06-01T08", "2026-06-01T12", dtype="datetime64[h]")
    steps = counted(Rows.of(1, np.zeros(4), hours, [100.0, 150.0, 20.0, 60.0]), np.array([np.nan]))
    assert steps.amount.tolist() == [50.0, 20.0, 40.0, 0.0]
    assert steps.amount.sum() == 110.0
    assert steps.event.tolist() == [Event.NONE, Event.RESET, Event.NONE, Event.NONE]


def test_counter_rollover():
    hours = np.arange("2026-06-01T08", "2026-06-01T10", dtype="datetime64[h]")
    steps = counted(Rows.of(1, np.zeros(2), hours, [990.0, 15.0]), np.array([1000.0]))
    assert steps.amount.tolist() == [25.0, 0.0]
    assert steps.event.tolist() == [Event.ROLLOVER, Event.NONE]


def meter_at_10_kw(day: str, window: str, indicator: str) -> Results:
    """Read a meter that counts 10 kW every quarter hour, from the day before to the day after."""
    noon = np.datetime64(f"{day}T12:00")
    times = np.arange(noon - np.timedelta64(36, "h"), noon + np.timedelta64(36, "h"), np.timedelta64(15, "m"))
    rows = Rows.of(1, np.zeros(len(times)), times, 2.5 * np.arange(len(times)))
    midnight, next_midnight = edges("day", noon, noon + np.timedelta64(1, "h"), ZONE)
    cover = edges(window, midnight, next_midnight, ZONE)
    given = Given(window=window, edges=cover, rows={"total_active_energy_import": rows}, sites=[{}])
    return indicators()[indicator].compute(given)


@pytest.mark.parametrize(("day", "quarters", "energy"), [("2026-03-29", 92, 230.0), ("2026-10-25", 100, 250.0)])
def test_dst_load(day: str, quarters: int, energy: float):
    of_day, of_quarters = (meter_at_10_kw(day, window, "energy").value for window in ("day", "15min"))
    assert of_day == pytest.approx(np.array([[energy]]))
    assert of_quarters == pytest.approx(np.full((1, quarters), 2.5))
    mean_power = of_day / (quarters / 4)
    assert mean_power == pytest.approx(np.array([[10.0]]))
    assert meter_at_10_kw(day, "day", "peak_demand").value == pytest.approx(np.array([[10.0]]))


def test_fill_rate():
    hours, level = np.array([[0.0, 3.0, 6.0, 9.0, 12.0]]), np.array([[20.0, 28.0, 34.0, 43.0, 50.0]])
    assert theil_sen(hours, level) == pytest.approx(np.array([2.5]))
    assert 24 * theil_sen(hours, level) == pytest.approx(np.array([60.0]))
    assert hours_until_full(hours - 12.0, level) == pytest.approx(np.array([16.0]))
