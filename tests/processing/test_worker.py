"""The worker keeps indicators up to date: whatever arrives, in whatever order, however it is interrupted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing import portion
from processing.due import Touched, asked
from processing.group import groups
from processing.region import Region
from processing.worker import Worker
from sensors.model import Batch, Calibration, Device, Thing
from sensors.quality import Quality
from storage.store import Query, Store, StoreBusyError, open_store
from tests.processing.small_city import (
    ARRIVED,
    COUNTER,
    EVERY_QUARTER,
    FREE,
    LEFT,
    LEVEL,
    METER,
    OCCUPIED,
    SPACE,
    SPACES_IN_SERVICE,
    TAKEN_BACK,
    at,
    city,
    held,
    milliseconds,
    of,
    rows,
    time,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.catalogue import Catalogue


@pytest.fixture(params=["memory", "duckdb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = open_store("memory://" if request.param == "memory" else f"duckdb://{tmp_path}/city.duckdb")
    yield opened
    opened.close()


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    opened = city()
    yield opened
    opened.close()


def test_an_empty_city_has_no_results(store: Store, catalogue: Catalogue):
    worker = Worker(store, catalogue)
    for hours in (1, 30):
        report = worker.step(at(hours=hours))
        assert (report.windows, report.written, report.revised) == (0, 0, 0)
    assert held(store) == {}


def test_a_window_is_computed_when_it_has_closed(store: Store, catalogue: Catalogue):
    store.write(rows(FREE, (8.0, 60), (8.5, 20), (8.75, 40)))
    worker = Worker(store, catalogue)
    worker.step(at(hours=8, minutes=59))
    assert of(store, "lot/occupancy_hour") == {}
    assert of(store, "lot/occupancy_15min") == {8.0: (0.4, 0), 8.25: (0.4, 0), 8.5: (0.8, 0)}
    report = worker.step(at(hours=9))
    assert of(store, "lot/occupancy_hour") == {8.0: (0.55, 0)}
    assert of(store, "lot/occupancy_15min")[8.75] == (0.6, 0)
    assert (report.written >= 2, report.revised) == (True, 0)


def test_nothing_new_is_nothing_done(store: Store, catalogue: Catalogue):
    store.write(rows(FREE, (8.0, 60)))
    worker = Worker(store, catalogue)
    assert worker.step(at(hours=9)).written > 0
    before = store.changes(0).version
    for _ in range(3):
        report = worker.step(at(hours=9, minutes=1))
        assert (report.windows, report.written, report.revised) == (0, 0, 0)
    assert store.changes(0).version == before


def test_what_is_made_of_results_is_computed_once_a_step(store: Store, catalogue: Catalogue):
    """Of a day's energy five stages make intensities, forecasts, deviations, weeks and the city's: none does twice."""
    store.write(rows(COUNTER, *((quarter / 4, float(quarter)) for quarter in range(-4, 110))))
    store.write(rows(FREE, *((quarter / 4, float(quarter % 50)) for quarter in range(110))))
    worker = Worker(store, catalogue)
    first = worker.step(at(hours=40))
    assert (first.written > 0, first.revised) == (True, 0)
    assert first.windows == worker.recompute(at(days=-800), at(days=800), at(hours=40)).windows


def test_what_still_holds_fills_later_windows_without_new_rows(store: Store, catalogue: Catalogue):
    store.write(rows(FREE, (8.0, 60)))
    worker = Worker(store, catalogue)
    for quarter in range(33, 50):
        worker.step(at(hours=quarter / 4))
    # Held for two hours, and then known for no part of a window, so nothing is said.
    assert of(store, "lot/occupancy_15min") == {8 + quarter / 4: (0.4, 0) for quarter in range(8)}


def test_a_late_row_restates_exactly_the_windows_it_touches(store: Store, catalogue: Catalogue):
    store.write(rows(FREE, (8.0, 60), (9.0, 20), (9.5, 20)))
    worker = Worker(store, catalogue)
    worker.step(at(hours=10))
    before = held(store)
    store.write(rows(FREE, (8.5, 50)))
    report = worker.step(at(hours=10))
    after = held(store)
    changed = {key for key in after if after[key] != before.get(key)}
    (first, second), hour = (time(at(hours=hours)).item() for hours in (8.5, 8.75)), time(at(hours=8)).item()
    assert changed == {
        *((f"lot/{name}_15min", first) for name in EVERY_QUARTER),
        *((f"lot/{name}_15min", second) for name in EVERY_QUARTER if name != SPACES_IN_SERVICE),
        *((f"lot/{name}_hour", hour) for name in (*EVERY_QUARTER, "full_share", "busy_share")),
    }
    assert all(after[key][-1] == 1 for key in changed)
    assert report.written == report.revised == 2 * len(changed), "the same of the city"


def test_a_clock_that_began_in_2000_has_the_years_in_between_computed_by_nobody(store: Store, catalogue: Catalogue):
    worker = Worker(store, catalogue)
    store.write(rows(FREE, (8.0, 60)))
    worker.step(at(hours=9))
    reset = -26 * 365 * 24.0
    store.write(rows(FREE, (reset, 50), (9.0, 40)))
    assert worker.step(at(hours=10)).windows < 30_000  # of free spaces four weeks of forecasts, and not a million
    occupancy = of(store, "lot/occupancy_15min")
    assert (occupancy[reset], occupancy[9.5]) == ((0.5, 0), (0.6, 0))
    assert worker.recompute(at(days=-1), at(days=1), at(hours=10)).written == 0


def test_every_restatement_is_the_next_revision(store: Store, catalogue: Catalogue):
    worker = Worker(store, catalogue)
    store.write(rows(FREE, (8.0, 60)))
    worker.step(at(hours=8.25))
    for minute in range(1, 6):
        store.write(rows(FREE, (8.0 + minute / 60, 60 - minute)))
        worker.step(at(hours=8.25))
    assert of(store, "lot/occupancy_15min")[8.0][1] == 5


def test_failed_rows_say_nothing(store: Store, catalogue: Catalogue):
    store.write(rows(FREE, (8.0, 60), quality=Quality.FAIL))
    Worker(store, catalogue).step(at(hours=9))
    assert held(store) == {}


def test_below_the_minimum_coverage_is_missing_and_not_zero(store: Store, catalogue: Catalogue):
    store.write(rows(FREE, (8.125, 60)))
    Worker(store, catalogue).step(at(hours=8.25))
    found = held(store)
    assert {name for name, _ in found} == {f"lot/{name}_15min" for name in EVERY_QUARTER}
    assert set(found.values()) == {(None, Quality.MISSING, 0.5, 1, 0)}


def test_a_day_of_23_hours(store: Store, catalogue: Catalogue):
    store.write(rows(COUNTER, *((quarter / 4, 10 * quarter / 4) for quarter in range(100))))
    Worker(store, catalogue).step(at(hours=40))
    assert of(store, "meter/energy_day")[0] == (230.0, 0)
    assert of(store, "meter/peak_demand_day")[0] == (10.0, 0)
    assert sum(hours < 23 for hours in of(store, "meter/energy_15min")) == 92


def test_a_counter_waits_for_the_reading_after_the_window(store: Store, catalogue: Catalogue):
    worker = Worker(store, catalogue)
    store.write(rows(COUNTER, (8.0, 100), (8.9, 109)))
    worker.step(at(hours=9, minutes=30))
    assert of(store, "meter/energy_hour") == {}
    store.write(rows(COUNTER, (9.1, 111)))
    worker.step(at(hours=9, minutes=31))
    assert of(store, "meter/energy_hour") == {8.0: (10.0, 0)}


def test_a_counter_does_not_wait_forever(store: Store, catalogue: Catalogue):
    worker = Worker(store, catalogue)
    store.write(rows(COUNTER, (8.0, 100), (8.9, 109)))
    worker.step(at(hours=10, minutes=59))
    assert of(store, "meter/energy_hour") == {}
    worker.step(at(hours=11))
    assert of(store, "meter/energy_hour") == {8.0: (9.0, 0)}
    store.write(rows(COUNTER, (9.9, 119)))
    worker.step(at(hours=11))
    assert of(store, "meter/energy_hour")[8.0] == (10.0, 1)


@pytest.mark.parametrize("ahead", [timedelta(hours=2), timedelta(days=3650)])
@pytest.mark.parametrize("restarted", [False, True])
def test_what_a_clock_closed_that_was_ahead_closes_again(catalogue: Catalogue, ahead: timedelta, *, restarted: bool):
    """The hours that had not come yet were stated by what held; their own rows come when the clock is right again."""
    store = open_store("memory://")
    worker = Worker(store, catalogue)
    for minutes in range(0, 6 * 60, 15):
        store.write(rows(FREE, (minutes / 60, minutes % 90)))
        worker.step(at(minutes=minutes + 1))
        if minutes == 150:
            worker.step(at(minutes=minutes) + ahead)
            worker = Worker(store, catalogue) if restarted else worker
    assert worker.recompute(at(days=-1), at(days=1), at(minutes=346)).written == 0


def test_two_days_without_a_step_lose_no_window(store: Store, catalogue: Catalogue):
    store.write(rows(OCCUPIED, (8.1, 1)))
    Worker(store, catalogue).step(at(hours=8.2))
    Worker(store, catalogue).step(at(hours=60))
    assert of(store, "space/occupancy_hour") == {8.0 + hour: (1.0, 0) for hour in range(24)} | {
        32.0: (pytest.approx(np.nan, nan_ok=True), 0)
    }


def test_a_bin_is_smoothed_and_foreseen(store: Store, catalogue: Catalogue):
    store.write(rows(LEVEL, (0.0, 20), (3.0, 28), (6.0, 34), (9.0, 43), (12.0, 50)))
    Worker(store, catalogue).step(at(hours=13))
    assert of(store, "bin/filling_level_smoothed_hour")[12.0] == (34.0, 0)
    assert of(store, "bin/time_to_full_hour")[12.0] == (15.0, 0)


def test_an_interrupted_step_is_made_up_for(store: Store, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(portion, "AT_ONCE", 0)
    store.write(rows(FREE, (8.0, 60), (9.5, 20)))
    store.write(rows(OCCUPIED, (8.0, 1)))
    with monkeypatch.context() as patch:
        writes = iter([store.write])

        def once(batch: Batch) -> object:
            """Write the first batch, then be busy."""
            write = next(writes, None)
            if write is None:
                raise StoreBusyError("busy")
            return write(batch)

        patch.setattr(store, "write", once)
        with pytest.raises(StoreBusyError):
            Worker(store, catalogue).step(at(hours=10))
    partly = held(store)
    assert partly
    assert catalogue.position("processing") == 0
    Worker(store, catalogue).step(at(hours=10))
    assert held(store).items() > partly.items()
    assert {row[-1] for row in held(store).values()} == {0}


def test_a_changed_capacity_is_applied_by_recomputing(store: Store, catalogue: Catalogue):
    store.write(rows(FREE, (8.0, 60), (9.0, 60)))
    worker = Worker(store, catalogue)
    worker.step(at(hours=10))
    catalogue.put(
        [Thing(id="lot", name="Lot", kind="parking_lot", longitude=0, latitude=0, properties={"capacity": 80})]
    )
    assert worker.step(at(hours=10)).written == 0
    report = worker.recompute(at(hours=8), at(hours=9), at(hours=10))
    windows, of_lot_and_city = 4 + 1, 2
    assert report.revised == report.written == len(EVERY_QUARTER) * windows * of_lot_and_city
    assert of(store, "lot/occupancy_hour") == {8.0: (0.25, 1), 9.0: (0.4, 0)}


def test_recomputing_everything_changes_nothing(store: Store, catalogue: Catalogue):
    store.write(rows(FREE, (8.0, 60), (9.0, 60)))
    store.write(rows(COUNTER, (8.0, 60), (9.0, 66)))
    worker = Worker(store, catalogue)
    worker.step(at(hours=30))
    before = held(store)
    report = worker.recompute(datetime(1970, 1, 1, tzinfo=UTC), at(days=10000), at(hours=30))
    assert report.windows >= len(before)
    assert (report.written, report.revised) == (0, 0)
    assert held(store) == before


def test_an_instant_needs_a_zone(store: Store, catalogue: Catalogue):
    with pytest.raises(ValueError, match="no zone"):
        Worker(store, catalogue).step(datetime(2026, 3, 29))  # noqa: DTZ001 - the mistake under test


def test_an_exchanged_meter_counts_nothing_between_its_registers(store: Store, catalogue: Catalogue):
    old, new = (Device(id=name, model="plain", thing=METER) for name in ("old", "new"))
    catalogue.put([], [old])
    catalogue.end("old", milliseconds(at(hours=9.6)))
    catalogue.assign(replace(new, valid_from=milliseconds(at(hours=9.6))))
    before = [(8 + quarter / 4, 90_000 + quarter) for quarter in range(7)]
    after = [(9.5 + quarter / 4, 40 + 2 * quarter) for quarter in range(1, 8)]
    store.write(rows(COUNTER, *before, *after))
    Worker(store, catalogue).step(at(hours=14))
    energy = of(store, "meter/energy_15min")
    assert [energy[8 + quarter / 4][0] for quarter in range(6)] == [1.0] * 6
    assert np.isnan(energy[9.5][0])
    assert [energy[9.75 + quarter / 4][0] for quarter in range(6)] == [2.0] * 6


def test_a_capacity_counts_from_the_day_on_which_it_is_in_force(store: Store, catalogue: Catalogue):
    fewer = Calibration(since=milliseconds(at(hours=23)), properties={"capacity": 80})
    catalogue.calibrate("lot", fewer)
    store.write(rows(FREE, *((quarter / 4, 40) for quarter in range(4 * 30))))
    Worker(store, catalogue).step(at(hours=30))
    occupancy = of(store, "lot/occupancy_hour")
    assert {occupancy[float(hour)][0] for hour in range(23)} == {0.6}
    assert {occupancy[float(hour)][0] for hour in range(23, 29)} == {0.5}


def test_a_day_that_began_before_the_last_reading_mattered_is_stated_when_its_patience_ends(
    store: Store, catalogue: Catalogue
):
    store.write(rows(COUNTER, (0.0, 0)))
    Worker(store, catalogue).step(at(hours=20.25))
    assert of(store, "meter/energy_day") == {}
    Worker(store, catalogue).step(at(hours=25))
    ((hours, (result, revision)),) = of(store, "meter/energy_day").items()
    assert (hours, np.isnan(result), revision) == (0.0, True, 0)


def test_what_is_no_longer_known_is_taken_back_and_stays_where_nothing_was_ever_said(
    store: Store, catalogue: Catalogue
):
    """Readings in between show that the one at 36:05 was stray: what it told of is not known then."""
    worker = Worker(store, catalogue)
    store.write(rows(ARRIVED, (30.0, 60), (32.4, 0), (36.05, 0), (37.75, 76)))
    worker.step(at(hours=42))
    arrived_then = of(store, "lot/vehicles_arrived_hour")[36.0]
    assert arrived_then == (round(76 * 0.95 / 1.7, 9), 0)
    store.write(rows(ARRIVED, (35.2, 75)))
    worker.step(at(hours=42))
    taken_back = {key: row for key, row in held(store).items() if row[:-1] == TAKEN_BACK}
    assert ("lot/vehicles_arrived_hour", time(at(hours=36)).item()) in taken_back
    assert {row[-1] for row in taken_back.values()} == {1}
    later, other = open_store("memory://"), city()
    later.write(store.read(Query(datastreams=[ARRIVED])))
    Worker(later, other).step(at(hours=42))
    assert held(store).keys() - held(later).keys() == taken_back.keys()
    other.close()


def test_a_counter_that_begins_anew_a_day_later_casts_no_doubt_on_what_was_known(store: Store, catalogue: Catalogue):
    worker = Worker(store, catalogue)
    store.write(rows(ARRIVED, (2.5, 10), (3.5, 20), (4.5, 30), (30.0, 5)))
    store.write(rows(LEFT, (2.5, 1), (3.5, 2), (4.5, 3)))
    worker.step(at(hours=60))
    hours = {key[1]: row[:2] for key, row in held(store).items() if key[0] == "lot/counted_occupancy_hour"}
    # The least of the night is at 2:30: none stand there, 9 more an hour later, and 9 more an hour after that.
    known = {time(at(hours=hour)).item(): (value, Quality.GOOD) for hour, value in ((3, 0.045), (4, 0.135), (5, 0.18))}
    assert {when: row for when, row in hours.items() if row[0] is not None} == known


def test_however_much_is_computed_at_once_the_same_is_written(
    store: Store, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
):
    """Compare all of a stage, read and written together, with each portion alone."""
    alone, other = open_store("memory://"), city()
    steps = (
        (8.2, (rows(OCCUPIED, (8.1, 1)), rows(COUNTER, (7.5, 60), (8.1, 66)), rows(LEVEL, (0.0, 20), (8.0, 43)))),
        (9.1, (rows(FREE, (8.0, 60), (9.0, 20)), rows(COUNTER, (8.5, 70)), rows(OCCUPIED, (8.9, 0)))),
        (33.3, (rows(LEVEL, (5.0, 31)), rows(COUNTER, (8.3, 67), (33.0, 90)), rows(FREE, (33.1, 10)))),
    )
    for into, of_city, most in ((store, catalogue, portion.AT_ONCE), (alone, other, 0)):
        monkeypatch.setattr(portion, "AT_ONCE", most)
        worker = Worker(into, of_city)
        for hours, batches in steps:
            for batch in batches:
                into.write(batch)
            worker.step(at(hours=hours))
    assert len(held(store)) > 100
    assert held(store) == held(alone)
    other.close()


@settings(max_examples=20, deadline=None)
@given(most=st.floats(0, 200))
def test_rounds_hold_every_portion_in_order_and_no_more_than_they_may(most: float):
    """Of five spaces and seventeen days."""
    begin, end = (int(time(at(days=days)).astype(np.int64)) for days in (0, 17))
    spaces = [replace(SPACE, id=f"space-{number}") for number in range(5)]
    known = Touched(np.full(5, begin), np.full(5, end))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(portion, "THINGS", 1)
        patch.setattr(portion, "AT_ONCE", most)
        every = [
            one
            for group in groups(spaces, {})
            if not group.groups
            for one in portion.portions(
                group, [(each, asked(each, known, known, (begin, end), end)) for each in group.indicators], Region()
            )
        ]
        found = list(portion.rounds(iter(every)))
    assert len(every) >= 15
    assert [id(one) for some in found for one in some] == [id(one) for one in every]
    assert all(len(some) == 1 or sum(one.days() for one in some) <= most for some in found)
    assert all(sum(one.days() for one in [*some, after[0]]) > most for some, after in pairwise(found))
