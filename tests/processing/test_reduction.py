"""Days that make weeks and months, members that make groups, against a walk over the days and members one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.calendar import ROLLED, edges, local_days
from processing.indicator import Given, Grouping, Members, Reduction, Results
from processing.indicators import indicators
from processing.reduction import beside, formulas, grouped, laid_out, rolled
from processing.rows import Rows
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Sequence

ZONE = "Europe/Berlin"
MARCH = local_days(np.datetime64("2026-03-01T12:00"), np.datetime64("2026-03-31T12:00"), ZONE)
"""31 days, the 29th of which has 23 hours; shape (32,)."""
UNHURRIED = settings(deadline=None)
ENERGY, PEAK = indicators()["energy"], indicators()["peak_demand"]


def days(
    values: Sequence[float], coverage: Sequence[float] | float = 1.0, quality: Sequence[int] | int = 1, **further: Any
) -> Rows:
    """Make the days of March of one thing; NaN is a day without a value."""
    known = np.broadcast_to(np.asarray(coverage, dtype=np.float64), len(values))
    return Rows.of(
        1, np.zeros(len(values)), MARCH[: len(values)], values, quality,
        coverage=known, samples=np.arange(len(values)), **further,
    )  # fmt: skip


def month(how: Reduction, rows: Rows) -> Results:
    made = rolled(ENERGY, how)
    return made.formula(Given(window="month", edges=MARCH[[0, -1]], rows={"energy_day": rows}, sites=[{}]))


def test_a_month_of_constant_power_has_743_hours():
    energy = 10.0 * (np.diff(MARCH) / np.timedelta64(1, "h"))
    found = month(Reduction.SUM, days(energy.tolist()))
    assert found.value.tolist() == [[7430.0]]
    assert found.coverage.tolist() == [[1.0]]
    assert found.samples.tolist() == [[sum(range(31))]]
    assert found.quality.tolist() == [[Quality.GOOD]]


def test_a_mean_is_weighted_by_the_time_that_is_known():
    found = month(Reduction.MEAN, days([10.0, 20.0], coverage=[1.0, 0.25]))
    assert found.value == pytest.approx(np.array([[12.0]]))
    assert found.coverage == pytest.approx(np.array([[30 / 743]]))


@pytest.mark.parametrize(
    ("how", "expected"), [(Reduction.MAXIMUM, 9.0), (Reduction.MINIMUM, 1.0), (Reduction.LAST, 4.0)]
)
def test_one_day_speaks_for_all(how: Reduction, expected: float):
    assert month(how, days([3.0, 9.0, np.nan, 1.0, 4.0])).value.tolist() == [[expected]]


def test_what_is_doubted_on_one_day_is_doubted_in_the_month():
    assert month(Reduction.SUM, days([1.0, 2.0], quality=[1, 3])).quality.tolist() == [[Quality.SUSPECT]]


def test_a_greatest_day_brings_its_parts_along_and_of_equal_ones_it_is_the_earliest():
    made = rolled(PEAK, Reduction.MAXIMUM)
    rows = {name: days([4.0, 7.0, 7.0, 5.0]) for name in made.inputs}
    for number, part in enumerate(PEAK.parts):
        rows[PEAK.property_name("day", part.name)] = days([10.0, 20.0 + number, 30.0, 40.0])
    found = made.formula(Given(window="month", edges=MARCH[[0, -1]], rows=rows, sites=[{}]))
    assert found.value.tolist() == [[7.0]]
    assert [found.parts[part.name].tolist() for part in PEAK.parts] == [[[20.0 + n]] for n in range(len(PEAK.parts))]


def test_a_window_without_days_is_missing():
    made = rolled(ENERGY, Reduction.SUM)
    for count in (0, 2):
        rows = Rows.of(count, [], [], [], coverage=np.empty(0), samples=np.empty(0, dtype=np.int64))
        found = made.compute(Given(window="month", edges=MARCH[[0, -1]], rows={"energy_day": rows}, sites=[{}] * count))
        assert found.value.shape == (count, 1)
        assert (found.quality == Quality.MISSING).all()


@UNHURRIED
@given(st.data(), st.sampled_from(list(Reduction)), st.sampled_from(ROLLED))
def test_any_reduction_is_a_walk_over_the_days(data: st.DataObject, how: Reduction, window: str):
    start = np.datetime64(data.draw(st.sampled_from(["2026-03-20", "2026-10-20", "2024-02-25", "2025-12-20"])))
    dates = local_days(start, start + np.timedelta64(30, "D"), ZONE)
    chosen = data.draw(st.lists(st.integers(0, len(dates) - 2), unique=True, max_size=12).map(sorted))
    values = data.draw(st.lists(st.integers(-50, 50), min_size=len(chosen), max_size=len(chosen)))
    known = data.draw(st.lists(st.sampled_from([0.25, 0.5, 1.0]), min_size=len(chosen), max_size=len(chosen)))
    rows = Rows.of(
        1,
        np.zeros(len(chosen)),
        dates[chosen],
        values,
        coverage=np.array(known),
        samples=np.ones(len(chosen), dtype=int),
    )
    cover = edges(window, dates[0], dates[-1], ZONE)
    found = rolled(ENERGY, how).formula(Given(window=window, edges=cover, rows={"energy_day": rows}, sites=[{}]))
    for column in range(len(cover) - 1):
        mine = [
            (value, part * float((dates[day + 1] - dates[day]) / np.timedelta64(1, "h")))
            for day, value, part in zip(chosen, values, known, strict=True)
            if cover[column] <= dates[day] < cover[column + 1]
        ]
        hours = float((cover[column + 1] - cover[column]) / np.timedelta64(1, "h"))
        assert found.value[0, column] == pytest.approx(walked(how, mine), nan_ok=True)
        assert found.coverage[0, column] == pytest.approx(sum(time for _, time in mine) / hours)
        assert found.samples[0, column] == len(mine)


def walked(how: Reduction, days: Sequence[tuple[float, float]]) -> float:
    if not days:
        return float("nan")
    values = [value for value, _ in days]
    return {
        Reduction.SUM: lambda: float(sum(values)),
        Reduction.MEAN: lambda: sum(value * time for value, time in days) / sum(time for _, time in days),
        Reduction.MAXIMUM: lambda: max(values),
        Reduction.MINIMUM: lambda: min(values),
        Reduction.LAST: lambda: values[-1],
    }[how]()


HOUR = edges("hour", np.datetime64("2026-06-01T08:00"), np.datetime64("2026-06-01T09:00"), ZONE)
TWO = Members(np.array([0, 1, 2, 2]), np.array([0, 0, 0, 1]), 2)
"""Three things in one group, the last of which is a group of its own, too."""


def of_members(how: Grouping, values: Sequence[float], coverage: float = 1.0) -> Results:
    (made,) = (one for one in grouped(indicators()["occupancy"], how) if one.windows == ("hour",))
    count = len(values)
    rows = Rows.of(
        count, np.arange(count), np.full(count, HOUR[0]), values, [1, 3, 1],
        coverage=np.full(count, coverage), samples=np.full(count, 4),
    )  # fmt: skip
    sites = [{"capacity": 10}, {"capacity": 30}, {}]
    return made.formula(Given(window="hour", edges=HOUR, rows={"occupancy_hour": rows}, sites=sites, members=TWO))


def test_a_group_is_no_mean_of_ratios():
    found = of_members(Grouping(Reduction.MEAN, "capacity", 1.0), [0.5, 0.9, 0.0])
    assert found.value == pytest.approx(np.array([[32.0 / 41.0], [0.0]]))
    assert found.samples.tolist() == [[12], [4]]
    assert found.quality.tolist() == [[Quality.SUSPECT], [Quality.GOOD]]


def test_a_member_without_weight_is_left_out_where_nothing_is_said():
    found = of_members(Grouping(Reduction.MEAN, "capacity"), [0.5, 0.9, 0.0])
    assert found.value == pytest.approx(np.array([[32.0 / 40.0], [np.nan]]), nan_ok=True)


def test_a_member_that_is_not_known_lowers_the_coverage_of_its_group():
    found = of_members(Grouping(Reduction.SUM), [0.5, np.nan, 0.25])
    assert found.value.tolist() == [[0.75], [0.25]]
    assert found.coverage == pytest.approx(np.array([[2 / 3], [1.0]]))
    assert of_members(Grouping(Reduction.MAXIMUM), [0.5, 0.75, 0.25]).value.tolist() == [[0.75], [0.25]]
    assert of_members(Grouping(Reduction.MINIMUM), [0.5, 0.75, 0.25]).value.tolist() == [[0.25], [0.25]]


def test_a_group_nobody_knows_anything_of_is_missing():
    found = of_members(Grouping(Reduction.SUM), [0.5, 0.5, np.nan])
    assert np.isnan(found.judged(0.5).value[1, 0])
    assert found.coverage[1, 0] == 0.0


@UNHURRIED
@given(st.data())
def test_totals_of_members_are_sums_one_by_one(data: st.DataObject):
    things, count = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 4))
    pairs = sorted(data.draw(st.sets(st.tuples(st.integers(0, count - 1), st.integers(0, things - 1)))))
    group, thing = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    matrix = np.array(data.draw(st.lists(st.integers(-9, 9), min_size=things, max_size=things)), dtype=float)[:, None]
    members = Members(thing, group, count)
    of = [[matrix[each, 0] for of, each in pairs if of == number] for number in range(count)]
    assert members.total(matrix)[:, 0].tolist() == [sum(values) for values in of]
    assert members.greatest(matrix)[:, 0].tolist() == [max(values, default=-np.inf) for values in of]


def test_values_beside_others_are_found_by_series_and_time():
    rows = Rows.of(2, [0, 0, 1], MARCH[[0, 1, 0]], [1.0, 2.0, 3.0])
    others = Rows.of(2, [1, 0], MARCH[[0, 1]], [30.0, 20.0])
    assert beside(rows, others).tolist() == pytest.approx([np.nan, 20.0, 30.0], nan_ok=True)
    assert np.isnan(beside(rows, Rows.of(2, [], [], []))).all()


def test_results_that_begin_no_window_are_left_out():
    rows = Rows.of(1, [0, 0], [HOUR[0], HOUR[0] + np.timedelta64(1, "m")], [1.0, 2.0])
    assert laid_out(rows, HOUR).value.tolist() == [[1.0]]


def test_every_formula_follows_from_a_declaration():
    made = formulas(list(indicators().values()))
    names = {one.property_name(window) for one in made for window in one.windows if window != "now"}
    declared = {one.property_name(window) for one in indicators().values() for window in one.every_window()}
    assert names == declared
