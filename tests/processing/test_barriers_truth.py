"""What is made of the counts at barriers beside who truly drove through them in the simulated city, over eight days.

Counts are told with every change of the free spaces, and once a quarter hour. One car park counts everybody, one misses
one in eighty that leave, one as many in either direction; all counts start anew at midnight UTC.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from processing.calendar import edges
from processing.indicator import Given, Results
from processing.indicators import indicators
from processing.lots import CLOSED, COUNTED, FREE, OUT_OF_SERVICE
from processing.metering import ARRIVED, LEFT
from processing.rows import Rows
from simulators.city import City
from simulators.truth import driven, occupied

ZONE = "Europe/Berlin"
FIRST, DAYS = 20_744, 10
"""2026-10-18, in days since 1970."""
BEGIN, END = np.datetime64("2026-10-18T22:00", "ms"), np.datetime64("2026-10-26T23:00", "ms")
"""Local midnights; in between the clocks are set back."""
MISSED_IN, MISSED_OUT = np.array([0.0, 0.001, 0.006]), np.array([0.0, 0.012, 0.006])
"""By the city's file, of a few thousand vehicles."""

AT_EDGES = 10
"""Vehicles between two readings around midnight, a quarter of an hour apart, that may count for either day."""


class Told(NamedTuple):
    city: City
    given: Given
    """Of the car parks with barriers, days."""


@cache
def told() -> Told:
    city = City(seed=6)
    sent = [city.lots.uplinks(day) for day in range(FIRST, FIRST + DAYS)]
    gates = city.lots.gates
    column = {name: np.concatenate([getattr(each, name) for each in sent]) for name in ("device", "sampled", "reading")}
    mine = np.isin(column["device"], gates)
    series = np.searchsorted(gates, column["device"][mine])
    time, reading = column["sampled"][mine].astype("datetime64[ms]"), column["reading"][mine]
    nothing = Rows.of(len(gates), [], [], [])
    rows = dict.fromkeys((COUNTED, OUT_OF_SERVICE, CLOSED), nothing)
    rows |= {
        name: Rows.of(len(gates), series, time, reading[:, at])
        for at, name in enumerate((FREE, ARRIVED.input, LEFT.input))
    }
    sites = [{"capacity": int(city.lots.capacity[row]), "counts_start_anew": 1} for row in gates]
    given = Given(window="day", edges=edges("day", BEGIN, END, ZONE), rows=rows, sites=sites, zone=ZONE)
    return Told(city, given)


def computed(name: str) -> Results:
    return indicators()[name].compute(told().given)


@pytest.mark.parametrize(
    ("name", "way", "missed"), [("vehicles_arrived", 0, MISSED_IN), ("vehicles_left", 1, MISSED_OUT)]
)
def test_days_have_the_vehicles_that_drove_through_but_for_those_that_were_missed(
    name: str, way: int, missed: np.ndarray
):
    true = driven(told().city, told().given.edges)[way].value
    found = computed(name)
    assert (found.coverage == 1.0).all()
    assert true.sum(axis=1).min() > 8000
    assert np.abs(found.value[0] - true[0]).max() < AT_EDGES
    assert (found.value < true + AT_EDGES).all()
    expected, total = missed * true.sum(axis=1), true.sum(axis=1)
    assert np.abs(total - found.value.sum(axis=1) - expected).max() < 3 * np.sqrt(expected.max()) + AT_EDGES


def test_the_count_at_barriers_is_the_truth_where_nobody_is_missed_and_drifts_elsewhere():
    """The drift is what was missed on the way out less that on the way in, from night to night."""
    truly = driven(told().city, told().given.edges)
    found = computed("counting_drift")
    assert found.value[0, 1:] == pytest.approx(np.zeros(len(told().given.edges) - 2), abs=1e-9)
    missed = (truly.out.value * MISSED_OUT[:, None] - truly.into.value * MISSED_IN[:, None])[:, 1:]
    drift, nights = found.value[:, 1:], missed.shape[1]
    assert missed[1].sum() > 80
    assert drift[1].sum() == pytest.approx(missed[1].sum(), abs=3 * np.sqrt(missed[1].sum()))
    # Where as many are missed either way it is chance: it grows as the root of the vehicles that pass.
    chance = np.sqrt(2 * 0.006 * truly.into.value[2, 1:].sum())
    assert abs(drift[2].sum() - missed[2].sum()) < 3 * chance
    assert found.parts["passed"][0, 1:].sum() == pytest.approx(
        (truly.into.value + truly.out.value)[0, 1:].sum(), rel=0.02
    )
    assert nights == 7


def test_occupancy_by_the_count_is_the_true_one_but_for_a_days_drift():
    city, cover = told().city, told().given.edges
    minutes = np.arange(int(cover[1].astype(int)), int(cover[-1].astype(int)), 60_000)
    stood = occupied(city, minutes).value[city.lots.gates]
    day = np.searchsorted(cover.astype(int), minutes, side="right") - 1
    true = np.array([stood[:, day == one].mean(axis=1) for one in range(1, len(cover) - 1)]).T
    found = computed("counted_occupancy")
    off = found.parts["vehicles"][:, 1:] - true
    assert np.abs(off[0]).max() < 0.5
    assert 1 < off[1].mean() < 25
    assert np.abs(off[2]).max() < 20


def test_arrivals_that_search_are_those_that_came_while_it_was_busy():
    """By who came in each minute; a share of 85 % is crossed within a minute."""
    city, cover = told().city, told().given.edges
    minutes = np.arange(int(cover[0].astype(int)), int(cover[-1].astype(int)) + 1, 60_000)
    came = driven(city, minutes).into.value
    share = occupied(city, minutes[:-1]).value[city.lots.gates] / city.lots.capacity[city.lots.gates][:, None]
    searching, observed = (
        computed("searching_arrivals").value.sum(axis=1),
        computed("observed_arrivals").value.sum(axis=1),
    )
    true = (came * (share >= 0.85)).sum(axis=1)
    assert observed == pytest.approx(came.sum(axis=1), rel=0.01)
    assert true.max() > 300
    assert searching == pytest.approx(true, rel=0.08, abs=20)
