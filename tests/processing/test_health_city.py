"""What part of the city's registered things delivers, and what its buildings take: quotients of sums over members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from processing.calendar import edges
from processing.indicator import Given, Members
from processing.indicators import indicators
from processing.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processing.indicator import Results

SPAN = edges("day", np.datetime64("2026-03-28T12:00", "ms"), np.datetime64("2026-03-30T12:00", "ms"), "Europe/Berlin")
"""Three days, the middle one of 23 hours."""
TWO_GROUPS = Members(np.array([0, 1, 2, 3, 2]), np.array([0, 0, 0, 1, 1]), 2)
DAY_MS = 86_400_000


def asked(name: str, told: Sequence[tuple[int, int, float]], sites: Sequence[dict[str, Any]], window: str) -> Results:
    """Ask of four things that told something of some days: thing, day, result."""
    thing, day, result = zip(*told, strict=True) if told else ((), (), ())
    chosen = np.array(day, dtype=np.int64)
    known = {"coverage": np.ones(len(chosen)), "samples": np.full(len(chosen), 24)}
    rows = Rows.of(4, thing, SPAN[chosen], result, **known)
    one = indicators()[name]
    span = SPAN if window == "day" else SPAN[[0, -1]]
    return one.compute(Given(window=window, edges=span, rows={one.inputs[0]: rows}, sites=sites, members=TWO_GROUPS))


def test_a_thing_reports_once_it_delivered_and_counts_for_what_it_stands_for():
    sites: list[dict[str, Any]] = [{"light_points": 10}, {"light_points": 30}, {"light_points": 60}, {}]
    told = [(0, 0, 5.0), (1, 1, 1.0), (3, 1, 9.0)]
    found = asked("reporting_street_lights", told, sites, "day")
    assert found.value.tolist() == pytest.approx(np.array([[0.1, 0.3, np.nan], [np.nan, 1 / 61, np.nan]]), nan_ok=True)
    assert found.samples.tolist() == [[1, 1, 0], [0, 1, 0]]
    assert asked("reporting_street_lights", told, sites, "week").value[:, 0].tolist() == pytest.approx([0.4, 1 / 61])


def test_every_container_counts_once():
    found = asked("reporting_containers", [(0, 0, 5.0), (0, 1, 5.0), (2, 0, 1.0)], [{}] * 4, "week")
    assert found.value[:, 0].tolist() == pytest.approx([2 / 3, 1 / 2])


def test_spaces_of_a_car_park_count_with_it_alone():
    sites: list[dict[str, Any]] = [{"capacity": 100}, {"parking_lot": "lot"}, {}, {}]
    found = asked("reporting_parking", [(0, 0, 1.0), (1, 0, 1.0), (3, 0, 1.0)], sites, "day")
    assert found.value[:, 0].tolist() == pytest.approx([100 / 101, 1 / 2])


def test_energy_by_area_is_a_quotient_of_sums():
    sites = [{"floor_area_m2": 100}, {"floor_area_m2": 300}, {}, {"floor_area_m2": 50}]
    told = [(thing, day, 20.0 * (thing + 1)) for thing in range(4) for day in range(3)]
    found = asked("municipal_energy", told, sites, "week")
    assert found.value[:, 0].tolist() == pytest.approx([(60 + 120) / 400, 240 / 50])
    assert found.coverage[:, 0].tolist() == pytest.approx([1.0, 1.0])
    assert found.samples[:, 0].tolist() == [2 * 72, 72]


def test_what_was_not_measured_lowers_the_coverage_by_its_area():
    sites = [{"floor_area_m2": 100}, {"floor_area_m2": 300}, {}, {}]
    told = [(1, day, 30.0) for day in range(3)]
    found = asked("municipal_energy", told, sites, "week")
    assert found.coverage[:, 0].tolist() == pytest.approx([0.75, 0.0])
    assert found.value[:, 0].tolist() == pytest.approx([90 / 400, np.nan], nan_ok=True)


@pytest.mark.parametrize("name", ["reporting_parking", "reporting_containers", "reporting_meters", "municipal_energy"])
def test_who_never_spoke_says_nothing_of_the_city(name: str):
    assert np.isnan(asked(name, [], [{}] * 4, "week").value).all()
