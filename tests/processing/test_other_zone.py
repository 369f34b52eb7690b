"""A city that was computed by another zone's midnights: old days are not summed together with new ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from processing.calendar import local_days
from processing.reduction import local_only
from processing.region import Region
from processing.rows import Rows
from processing.worker import Worker
from sensors.model import Batch, Datastream, Thing
from storage.catalogue import Catalogue
from storage.store import Query, Store, open_store

if TYPE_CHECKING:
    from numpy.typing import NDArray

BEGIN = datetime(2026, 5, 31, 12, tzinfo=UTC)
END = BEGIN + timedelta(days=10)
READINGS: dict[Datastream, tuple[str, list[float]]] = {
    Datastream("meter", "total_active_energy_import"): ("energy_meter", [float(quarter) for quarter in range(96 * 9)]),
    Datastream("space", "occupied"): ("parking_spot", [quarter // 4 % 2 for quarter in range(96 * 9)]),
}
LONGER = (
    *("meter/energy_week", "meter/weekend_ratio_week", "meter/night_day_ratio_week", "meter/load_factor_week"),
    *("space/arrivals_week", "city/energy_week", "city/arrivals_week", "city/mean_stay_week"),
)


def filled() -> tuple[Store, Catalogue]:
    store, catalogue = open_store("memory://"), Catalogue("sqlite://")
    times = [
        np.datetime64(BEGIN.replace(tzinfo=None), "ms") + np.timedelta64(15 * place, "m") for place in range(96 * 9)
    ]
    for stream, (kind, said) in READINGS.items():
        catalogue.put([Thing(id=stream.thing, name=stream.thing, kind=kind, longitude=12.1, latitude=54.1)])
        store.write(Batch.of((stream,), np.zeros(len(said)), times, said))
    return store, catalogue


def told(store: Store) -> dict[str, list[tuple[float, float, float]]]:
    """Give what is known of weeks, by datastream: start, result and coverage."""
    found = {}
    for name in LONGER:
        thing, _, observed = name.partition("/")
        batch = store.read(Query(datastreams=[Datastream(thing, observed, derived=True)]))
        known = batch.take(~np.isnan(batch.result))
        columns = (known.phenomenon_time.astype(np.int64), known.result.round(9), known.coverage.round(6))
        found[name] = list(zip(*(column.tolist() for column in columns), strict=True))
    return found


def test_weeks_of_a_city_that_was_computed_by_another_zone_are_those_of_one_that_never_was():
    (store, catalogue), athens = filled(), Region(zone="Europe/Athens")
    Worker(store, catalogue).step(END)
    berlin = told(store)
    Worker(store, catalogue, region=athens).recompute(BEGIN, END, END)
    fresh, empty = filled()
    Worker(fresh, empty, region=athens).step(END)
    by_athens = told(fresh)
    assert all(len(by_athens[name]) >= 1 for name in LONGER)
    for name, weeks in told(store).items():
        assert [week for week in weeks if week not in berlin[name]] == by_athens[name]
        assert max(coverage for _, _, coverage in weeks) <= 1.0


def test_what_was_computed_by_other_midnights_is_taken_back_and_nothing_else():
    (store, catalogue), athens = filled(), Region(zone="Europe/Athens")
    Worker(store, catalogue).step(END)
    worker = Worker(store, catalogue, region=athens)
    assert worker.take_back(BEGIN - timedelta(days=366), END, END) > 0
    worker.recompute(BEGIN, END, END)
    fresh, empty = filled()
    Worker(fresh, empty, region=athens).step(END)
    assert everything(store) == everything(fresh)
    assert worker.take_back(BEGIN - timedelta(days=366), END, END) == 0
    assert worker.recompute(BEGIN, END, END).written == 0
    assert worker.step(END + timedelta(minutes=1)).written == 0


def test_days_outside_of_the_span_stay():
    store, catalogue = filled()
    Worker(store, catalogue).step(END)
    worker = Worker(store, catalogue, region=Region(zone="Europe/Athens"))
    days = Query(datastreams=[Datastream("meter", "energy_day", derived=True)])
    before = int(np.count_nonzero(~np.isnan(store.read(days).result)))
    worker.take_back(BEGIN, BEGIN + timedelta(days=5), END)
    assert int(np.count_nonzero(~np.isnan(store.read(days).result))) == before - 5


def everything(store: Store) -> set[tuple[str, int, float, float]]:
    """Give every result of which anything is known: datastream, start, result and coverage."""
    derived = [stream for stream in store.changes(0).datastreams if stream.derived]
    batch = store.read(Query(datastreams=derived))
    known = batch.take(~np.isnan(batch.result))
    names = [known.datastreams[code].name for code in known.datastream.tolist()]
    columns = (known.phenomenon_time.astype(np.int64), known.result.round(6), known.coverage.round(6))
    return set(zip(names, *(column.tolist() for column in columns), strict=True))


@given(st.lists(st.integers(0, 30 * 24), max_size=20, unique=True), st.sampled_from(["Europe/Berlin", "Asia/Tehran"]))
def test_only_rows_of_local_midnights_are_left(hours: list[int], zone: str):
    start = np.datetime64("2026-03-15T00:00", "ms")
    midnights = local_days(start, start + np.timedelta64(31, "D"), zone)
    time: NDArray[np.datetime64] = np.sort(start + np.array(hours, dtype="timedelta64[h]"))
    rows = Rows.of(1, np.zeros(len(time)), time, np.ones(len(time)))
    kept = local_only(rows, zone).time.view("datetime64[ms]").tolist()
    assert kept == [each for each in time.tolist() if each in midnights.tolist()]
