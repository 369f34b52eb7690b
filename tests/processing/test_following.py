"""The worker follows its own results: long windows, groups, references and events, with late data and restarts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from processing import group
from processing.indicator import Events, Grouping, Reduction, Results
from processing.indicators import indicators
from processing.reduction import formulas
from processing.windows import coverage, cut, held_until, last, worst_flag
from processing.worker import Worker
from sensors.model import Batch, Datastream, Thing
from sensors.quality import Quality
from storage.catalogue import Catalogue
from storage.engines.memory import Memory
from storage.store import Query

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from processing.indicator import Given, Indicator

MARCH = datetime(2026, 2, 28, 23, tzinfo=UTC)
"""Local midnight of 1 March."""
METERS = tuple(
    Thing(id=name, name=name, kind="energy_meter", longitude=12.1, latitude=54.1, district=district)
    for name, district in (("one", "Mitte"), ("two", "Mitte"), ("far", "Nord"))
)


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    opened = Catalogue("sqlite://")
    opened.put(METERS)
    yield opened
    opened.close()


def declare(monkeypatch: pytest.MonkeyPatch, *declared: Indicator) -> None:
    made = tuple(formulas(declared))
    monkeypatch.setattr(group, "every_formula", lambda: made)
    names = {prop.name: prop for one in declared for prop in one.observed_properties()}
    monkeypatch.setattr(group, "derived_properties", lambda: names)
    windows = {one.property_name(window): window for one in declared for window in one.every_window()}
    monkeypatch.setattr(group, "window_of", lambda: windows)
    for name in ("_made_of_things", "_made_of_groups"):  # made once of what is declared
        monkeypatch.setattr(group, name, cache(getattr(group, name).__wrapped__))


def plain(name: str, *inputs: str, **of: object) -> Indicator:
    """Declare an indicator that takes the last value of its first input."""

    def formula(given: Given) -> Results:
        rows, hold = given.rows[inputs[0]], np.timedelta64(2, "h")
        pieces = cut(rows, given.edges)
        return Results(
            last(pieces, hold), coverage(pieces, hold), pieces.samples, worst_flag(pieces, held_until(rows, hold))
        )

    made = replace(indicators()["energy"], name=name, inputs=inputs, formula=formula, **of)  # type: ignore[arg-type]
    return replace(made, lookback=timedelta(hours=2), lookahead=timedelta(0), patience=timedelta(0), min_coverage=0.0)


ENERGY = replace(indicators()["energy"], roll_up=Reduction.SUM, grouping=Grouping(Reduction.SUM))


def read(store: Memory, thing: str, name: str) -> list[tuple[str, float, int, int]]:
    """Give time, result, flag and revision of a derived datastream."""
    batch = store.read(Query(datastreams=[Datastream(thing, name, derived=True)]))
    columns = (batch.phenomenon_time, batch.result.round(6), batch.quality, batch.revision)
    return [(str(time)[:16], *row) for time, *row in zip(*(column.tolist() for column in columns), strict=True)]


def observed(name: str, thing: str, times: Sequence[datetime], values: Sequence[float]) -> Batch:
    moments = [np.datetime64(time.replace(tzinfo=None), "ms") for time in times]
    return Batch.of((Datastream(thing, name),), np.zeros(len(times)), moments, values)


def counting(thing: str, days: int, power: float) -> Batch:
    """Count a constant power [kW], hour by hour."""
    hours = range(days * 24 + 1)
    times = [MARCH + timedelta(hours=hour) for hour in hours]
    return observed("total_active_energy_import", thing, times, [power * hour for hour in hours])


def test_days_make_the_month_when_it_has_closed(monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue):
    declare(monkeypatch, ENERGY)
    worker = Worker(store := Memory(), catalogue)
    store.write(counting("one", 31, 10.0))
    worker.step(MARCH + timedelta(days=30))
    assert read(store, "one", "energy_month") == []
    assert [week[1:3] for week in read(store, "one", "energy_week")][1:] == [(1680.0, 1)] * 3 + [(1670.0, 1)]
    assert read(store, "one", "energy_week")[0][2] == Quality.MISSING  # of the first week one day is known
    worker.step(MARCH + timedelta(days=31))
    assert read(store, "one", "energy_month") == [("2026-02-28 23:00", 7430.0, Quality.GOOD, 0)]


def test_a_late_reading_restates_day_month_and_groups(monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue):
    declare(monkeypatch, ENERGY)
    worker = Worker(store := Memory(), catalogue)
    for name, power in (("one", 10.0), ("two", 5.0), ("far", 1.0)):
        store.write(counting(name, 31, power))
    now = MARCH + timedelta(days=32)
    worker.step(now)
    assert read(store, "district:Mitte", "energy_month")[0][1] == pytest.approx(743 * 15.0)
    assert read(store, "city", "energy_month")[0][1] == pytest.approx(743 * 16.0)
    late = MARCH + timedelta(days=4, minutes=30)
    store.write(observed("total_active_energy_import", "one", [late], [10.0 * 96 + 9.0]))
    worker.step(now)
    quarters = {time: (value, revision) for time, value, _, revision in read(store, "district:Mitte", "energy_15min")}
    assert quarters["2026-03-04 23:00"] == (4.5 + 1.25, 1)
    assert quarters["2026-03-04 23:30"] == (0.5 + 1.25, 1)
    assert quarters["2026-03-05 00:00"] == (2.5 + 1.25, 0)
    # The day counts the same energy, from one reading more; the other days are left alone.
    assert [(time, value) for time, value, _, revision in read(store, "city", "energy_day") if revision] == [
        ("2026-03-04 23:00", 16.0 * 24)
    ]


def test_following_ends_where_it_would_have_been_computed_at_once(
    monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue
):
    declare(monkeypatch, ENERGY)
    worker, at_once = Worker(store := Memory(), catalogue), Memory()
    for name in ("two", "far"):
        for each in (store, at_once):
            each.write(counting(name, 10, 1.0))
    whole = counting("one", 10, 3.0)
    for part in np.array_split(np.random.default_rng(7).permutation(len(whole)), 5):
        store.write(whole.take(np.sort(part)))
        worker.step(MARCH + timedelta(days=11))
    at_once.write(whole)
    Worker(at_once, catalogue, name="other").step(MARCH + timedelta(days=11))
    for name in ("energy_15min", "energy_day", "energy_week"):
        for thing in ("one", "city"):
            told, expected = (
                [row[:3] for row in read(each, thing, name) if row[2] != Quality.MISSING] for each in (store, at_once)
            )
            assert told == expected != []


def test_what_another_thing_observes_is_known_to_those_that_name_it(
    monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue
):
    station = Thing(id="mast", name="Mast", kind="energy_meter", longitude=12.1, latitude=54.1)
    catalogue.put([station, *(replace(meter, properties={"weather_station": "mast"}) for meter in METERS[:2])])
    declare(
        monkeypatch, plain("outside", "active_power", windows=("hour",), references={"active_power": "weather_station"})
    )
    worker = Worker(store := Memory(), catalogue)
    store.write(observed("active_power", "mast", [MARCH], [7.0]))
    store.write(observed("active_power", "one", [MARCH], [99.0]))
    worker.step(MARCH + timedelta(hours=1))
    assert [read(store, name, "outside_hour") for name in ("one", "two", "far", "mast")] == [
        [("2026-02-28 23:00", 7.0, Quality.GOOD, 0)],
        [("2026-02-28 23:00", 7.0, Quality.GOOD, 0)],
        [],
        [],
    ]
    store.write(observed("active_power", "mast", [MARCH + timedelta(minutes=5)], [8.0]))
    worker.step(MARCH + timedelta(hours=1))
    assert read(store, "two", "outside_hour") == [("2026-02-28 23:00", 8.0, Quality.GOOD, 1)]


def test_events_are_told_once_and_taken_back_when_they_did_not_happen(
    monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue
):
    def peaks(given: Given) -> Events:
        rows = given.rows["active_power"]
        top = (rows.value > 5.0) & (rows.next_time() - rows.time > 60_000)
        one = np.flatnonzero(top)
        count = np.ones(len(one), dtype=np.int64)
        return Events(rows.series[one], rows.time[one], rows.value[one], count.astype(np.uint8), count)

    declared = replace(plain("peak", "active_power", windows=("15min", "hour")), happenings=peaks)
    declare(monkeypatch, replace(declared, lookahead=timedelta(minutes=1)))
    worker = Worker(store := Memory(), catalogue)
    store.write(observed("active_power", "two", [MARCH, MARCH + timedelta(minutes=10)], [9.0, 1.0]))
    worker.step(MARCH + timedelta(hours=1))
    assert read(store, "two", "peak_event") == [("2026-02-28 23:00", 9.0, Quality.GOOD, 0)]
    assert worker.step(MARCH + timedelta(hours=1)).written == 0
    store.write(observed("active_power", "two", [MARCH + timedelta(seconds=30)], [1.0]))
    worker.step(MARCH + timedelta(hours=1))
    ((_, value, flag, revision),) = read(store, "two", "peak_event")
    assert (np.isnan(value), flag, revision) == (True, Quality.MISSING, 1)


def test_a_window_of_now_is_never_stored(monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue):
    declare(monkeypatch, plain("present", "active_power", windows=("now",)))
    worker = Worker(store := Memory(), catalogue)
    store.write(observed("active_power", "two", [MARCH], [9.0]))
    report = worker.step(MARCH + timedelta(hours=1))
    assert (report.windows, report.written) == (0, 0)
