"""History computed again: stage by stage, here, on processes and on a Dask cluster, the same bit for bit."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from distributed import Client, LocalCluster

from processing.backfill import Crew
from processing.group import places
from processing.indicators.municipal_energy import AREA
from processing.worker import Worker
from sensors.model import Batch, Calibration, Datastream, Thing
from storage.catalogue import Catalogue
from storage.engines.memory import Memory
from storage.store import Query

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

START = datetime(2026, 3, 20, tzinfo=UTC)
NOW = datetime(2026, 4, 2, tzinfo=UTC)
"""The day of 23 hours lies between them."""
CHANGED = Calibration(since=int(datetime(2026, 3, 25, tzinfo=UTC).timestamp() * 1000), properties={"capacity": 80})


def thing(name: str, kind: str, **of: object) -> Thing:
    return Thing(id=name, name=name, kind=kind, longitude=12.1, latitude=54.1, district="Mitte", **of)  # type: ignore[arg-type]


THINGS = (
    thing("lot", "parking_lot", properties={"capacity": 100}, calibrations=(CHANGED,)),
    thing("space", "parking_spot"),
    thing("bin", "waste_container", properties={"capacity_l": 1100}),
    *(thing(f"meter{number}", "energy_meter") for number in range(3)),
)
OBSERVED = {
    "parking_lot": "available_spot_number",
    "parking_spot": "occupied",
    "waste_container": "filling_level",
    "energy_meter": "total_active_energy_import",
}


def history() -> Batch:
    """Make twelve days of random readings of every thing."""
    random = np.random.default_rng(5)
    streams = tuple(Datastream(one.id, OBSERVED[one.kind]) for one in THINGS)
    code = random.integers(0, len(THINGS), 6000)
    time = np.datetime64(START.replace(tzinfo=None), "ms") + random.integers(0, 12 * 86_400_000, 6000)
    occupied = code == 1
    value = np.where(occupied, random.integers(0, 2, 6000), random.uniform(0, 90, 6000))
    rising = code >= 3
    hours = (time - np.datetime64(START.replace(tzinfo=None), "ms")) / np.timedelta64(1, "h")
    return Batch.of(streams, code, time, np.where(rising, 7.0 * hours, value))


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    opened = Catalogue("sqlite://")
    opened.put(THINGS)
    yield opened
    opened.close()


def derived(store: Memory) -> Batch:
    """Read all results, in an order that does not tell which of them were written first."""
    streams = sorted(stream for stream in store.spans().datastreams if stream.derived)
    held = store.read(Query(datastreams=streams))
    place = np.array(places(held.datastreams, streams), dtype=np.int32)
    held = replace(held, datastreams=tuple(streams), datastream=place[held.datastream])
    return held.take(np.lexsort((held.phenomenon_time, held.datastream)))


def computed(catalogue: Catalogue, crew: Crew | None = None) -> tuple[Memory, list[tuple[int, ...]]]:
    store, heard = Memory(), []
    store.write(history())
    worker = Worker(store, catalogue)
    worker.recompute(START, NOW, NOW, crew=crew, told=lambda stage, done, of: heard.append((*stage, done, of)))
    return store, heard


COLUMNS = ("datastream", "phenomenon_time", "result", "quality", "coverage", "samples")
WRITTEN = (*COLUMNS, "result_time", "revision")


def assert_same_bits(one: Memory, other: Memory, columns: Sequence[str] = WRITTEN) -> None:
    left, right = derived(one), derived(other)
    assert len(left) > 1000
    assert left.datastreams == right.datastreams
    for column in columns:
        assert getattr(left, column).tobytes() == getattr(right, column).tobytes(), column


@contextmanager
def processes() -> Iterator[Crew]:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield Crew(pool, 4)


@contextmanager
def cluster() -> Iterator[Crew]:
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0") as machines,
        Client(machines) as client,
        client.get_executor() as pool,
    ):
        yield Crew(pool, 4)


def test_a_backfill_is_what_the_worker_would_have_made_step_by_step(catalogue: Catalogue):
    store, _ = computed(catalogue)
    stepped = Memory()
    stepped.write(history())
    Worker(stepped, catalogue, name="stepping").step(NOW)
    assert_same_bits(store, stepped)


def test_what_fell_silent_before_its_week_was_over_is_told_when_that_has_closed(catalogue: Catalogue):
    """Weeks and quarters of groups hold the last reading and the step at which they closed, days apart.

    That day a car park has another capacity, which counts from the next local day on, whatever is computed at once.
    """
    silent = datetime(2026, 3, 25, 11, tzinfo=UTC)
    said = history().take(history().phenomenon_time < np.datetime64(silent.replace(tzinfo=None), "ms"))
    stepped, at_once = Memory(), Memory()
    for store in (stepped, at_once):
        store.write(said)
    worker = Worker(stepped, catalogue)
    for now in (silent, silent + timedelta(days=3), NOW):
        worker.step(now)
    Worker(at_once, catalogue).recompute(START, NOW, NOW)
    assert_same_bits(stepped, at_once, COLUMNS)


LARGER = Calibration(since=int(datetime(2026, 2, 9, 12, tzinfo=UTC).timestamp() * 1000), properties={AREA: 300})


def test_a_long_window_counts_its_site_as_it_was_when_it_began():
    """Whichever windows are computed at once: a year, or a month of it."""
    site = {AREA: 100}
    meters = (
        thing("old", "energy_meter", properties=site),
        thing("new", "energy_meter", properties=site, calibrations=(LARGER,)),
    )
    begin, end = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC)
    hours = np.arange(62 * 24)
    times = np.tile(np.datetime64("2026-01-31T00:00", "ms") + hours.astype("timedelta64[h]"), 2)
    streams = [Datastream(one.id, "total_active_energy_import") for one in meters]
    said = Batch.of(streams, np.repeat([0, 1], len(hours)), times, np.tile(hours * 1.0, 2))
    year, months = Memory(), Memory()
    with closing(Catalogue("sqlite://")) as catalogue:
        catalogue.put(meters)
        for store in (year, months):
            store.write(said)
        Worker(year, catalogue).recompute(begin, end, end)
        for first, last in pairwise((begin, begin.replace(month=3), end)):
            Worker(months, catalogue).recompute(first, last, end)
    assert_same_bits(year, months, COLUMNS)
    told = year.read(Query(datastreams=[Datastream("city", "municipal_energy_month", derived=True)]))
    # March has 743 hours; either meter takes one kWh an hour.
    assert told.result.tolist() == [1344 / 200, 1486 / 400]
    scored = year.read(Query(datastreams=[Datastream("old", "energy_forecast_tomorrow_skill_day", derived=True)]))
    assert scored.samples.max() == 28


@pytest.mark.parametrize("crew", [processes, cluster])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_many_hands_make_the_same_bits(catalogue: Catalogue, crew):
    alone, _ = computed(catalogue)
    with crew() as hands:
        together, heard = computed(catalogue, hands)
    assert_same_bits(alone, together)
    # Stage after stage, and in each of them one portion after the other, of as many as it has at most.
    assert heard == sorted(heard)
    for stage in {number for number, *_ in heard}:
        mine = [(done, of) for number, _, done, of in heard if number == stage]
        assert [done for done, _ in mine] == list(range(1, len(mine) + 1))
        assert len({of for _, of in mine}) == 1
        assert len(mine) <= mine[-1][1]
    assert {number for number, *_ in heard} <= set(range(1, heard[-1][1] + 1))


def test_no_window_is_computed_in_two_portions(catalogue: Catalogue):
    """A week lies in portions of several days: who reads ahead would write it twice."""
    store = Memory()
    store.write(history())
    with ThreadPoolExecutor(1) as thread:
        ahead = Worker(store, catalogue).recompute(START, NOW, NOW, crew=Crew(thread, 1000))
    assert ahead.written == len(derived(store))
    again = Worker(store, catalogue).recompute(START, NOW, NOW)
    assert (again.windows, again.written) == (ahead.windows, 0)


def test_a_second_backfill_writes_nothing(catalogue: Catalogue):
    store, _ = computed(catalogue)
    report = Worker(store, catalogue).recompute(START, NOW, NOW)
    assert report.windows > 0
    assert (report.written, report.revised) == (0, 0)


def test_only_windows_of_the_span_are_computed_again(catalogue: Catalogue):
    store, _ = computed(catalogue)
    late = START + timedelta(days=3, hours=5)
    store.write(Batch.of((Datastream("lot", "available_spot_number"),), [0], [late.replace(tzinfo=None)], [50.0]))
    worker = Worker(store, catalogue)
    assert worker.recompute(START + timedelta(days=8), NOW, NOW).written == 0
    assert worker.recompute(START + timedelta(days=3), START + timedelta(days=4), NOW).revised > 0


def test_a_hand_that_fails_is_heard_of(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch):
    """What computes is exchanged for a function of Python's own, which the other process finds and which fails."""
    monkeypatch.setattr("processing.backfill._compute", divmod)
    with processes() as crew, pytest.raises(TypeError, match="divmod expected 2 arguments, got 4"):
        computed(catalogue, crew)
