"""A nonsense number at one site of an old register: counts as not told, and takes results from nobody else."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from processing.indicator import Events, Results
from processing.worker import Worker
from sensors.model import Calibration, Datastream, Thing
from sensors.quality import Quality
from storage.catalogue import Catalogue
from storage.store import Query, Store, open_store
from tests.processing.small_city import BIN, LOT, METER, SPACE, at, held, rows

if TYPE_CHECKING:
    from collections.abc import Iterable

LONG = 10**400
GAS = Thing(id="gas", name="Gas", kind="gas_meter", longitude=12.1, latitude=54.1)
SAID: dict[str, tuple[str, Any]] = {
    "lot": ("available_spot_number", lambda quarter: float(quarter % 50)),
    "space": ("occupied", lambda quarter: float(quarter // 7 % 2)),
    "bin": ("filling_level", lambda quarter: float(quarter % 90)),
    "meter": ("total_active_energy_import", float),
    "gas": ("total_volume", float),
}
NONSENSE: dict[str, tuple[str, ...]] = {
    "lot": ("capacity", "vehicles_at_night", "expected_interval_min"),
    "space": ("max_stay_min",),
    "bin": (
        *("capacity_l", "emptying_every_weeks", "emptying_hour", "emptyings_per_year_summer"),
        *("stuck_hours", "spike_hours", "gap_hours", "spike"),
    ),
    "meter": ("floor_area_m2", "inhabitants", "max_power_kw", "counter_modulus_kwh", "co2_g_per_kwh"),
    "gas": ("kwh_per_m3",),
}


def site(name: str, value: Any) -> dict[str, Any]:
    if name in {"stuck_hours", "spike_hours", "gap_hours", "spike"}:
        return {"checks": {"filling_level": {"stuck_hours": 12.0, name: value}}}
    return {name: value}


def computed(things: Iterable[Thing], hours: float = 30) -> Store:
    store, catalogue = open_store("memory://"), Catalogue("sqlite://")
    catalogue.put(things)
    for thing in things:
        observed, told = SAID[thing.id.partition("-")[0]]
        readings = [(quarter / 4, told(quarter)) for quarter in range(-4, int(hours * 4))]
        store.write(rows(Datastream(thing.id, observed), *readings))
    worker = Worker(store, catalogue)
    report = worker.step(at(hours=hours))
    assert (report.written > 0, report.left_out) == (True, 0)
    assert worker.step(at(hours=hours)).windows == 0
    catalogue.close()
    return store


def results(store: Store, thing: str) -> dict[Any, Any]:
    streams = [one for one in store.changes(0).datastreams if one.derived and one.thing == thing]
    return held(store, streams)


def innocent(thing: Thing) -> dict[Any, Any]:
    return results(computed([thing]), thing.id)


@pytest.mark.parametrize("thing", [LOT, SPACE, BIN, METER, GAS], ids=lambda thing: thing.id)
def test_a_neighbour_has_the_results_that_it_has_alone(thing: Thing):
    """Every nonsense value at a thing of its own, all beside one that says nothing of the kind."""
    bad = [
        replace(thing, id=f"{thing.id}-bad-{name}-{place}", properties={**thing.properties, **site(name, value)})
        for name in NONSENSE[thing.id]
        for place, value in enumerate((inf, nan, 1e308, 9_007_199_254_740_993_000, LONG, 1e15, -1e15, 1e-300))
    ]
    store = computed([thing, *bad])
    assert results(store, thing.id) == innocent(thing) != {}
    assert not np.isinf(store.read(Query(datastreams=list(store.changes(0).datastreams))).result).any()


def test_a_nonsense_number_of_a_later_day_harms_nobody_either():
    worse = Calibration(since=0, properties=site("stuck_hours", inf))
    store = computed([BIN, replace(BIN, id="bin-bad", calibrations=(worse,))])
    assert results(store, "bin") == innocent(BIN)


def test_results_that_are_not_finite_are_not_known():
    value = np.array([[1.0, inf, -inf, nan, 5.0]])
    whole, flags = np.ones((1, 5)), np.full((1, 5), Quality.GOOD, dtype=np.uint8)
    part = np.array([[1.0, 2.0, 3.0, 4.0, inf]])
    found = Results(value, whole, np.ones((1, 5), dtype=np.int64), flags, {"p": part}).judged(0.5)
    np.testing.assert_array_equal(found.value, [[1.0, nan, nan, nan, 5.0]])
    np.testing.assert_array_equal(found.quality, [[1, 9, 9, 9, 1]])
    np.testing.assert_array_equal(found.parts["p"], [[1.0, nan, nan, nan, nan]])
    assert found.part("p").quality.tolist() == [[1, 9, 9, 9, 9]]


def test_parts_that_are_infinite_are_not_known_where_all_values_are():
    one = np.array([[1.0]])
    flags = np.array([[Quality.GOOD]], dtype=np.uint8)
    found = Results(one, one, np.array([[1]]), flags, {"p": np.array([[inf]])}).judged(0.5)
    assert found.value.tolist() == [[1.0]]
    assert np.isnan(found.parts["p"]).all()


def test_what_happened_infinitely_did_not_happen():
    two = np.array([1, 2])
    events = Events(two, two, np.array([inf, 3.0]), two.astype(np.uint8), two)
    assert (events.finite().value.tolist(), events.finite().time.tolist()) == ([3.0], [2])
